"""uxmd on a real kernel: its pages, updates by hand, and what is left when it is killed."""

import glob
import os
import signal
import socket
import subprocess
import threading
import urllib.parse

from phone import NEW, SIZE, SLOW, Case, Uxmd, jobs
from stage import PATIENCE, QUICK, UXM, Lines, Modules, listed, wait_until


class Pages(Case):
    def info_shows_the_module_and_that_it_left(self):
        with Uxmd(self.state) as uxmd:
            uxmd.wait_modules(0)
            self.assertRegex(
                uxmd.page("info.htm")[1], r"USB Expansion Module</th><td>(0|none)"
            )
            with Modules("--version", "1.5.3", serial="HERE", *QUICK):
                uxmd.wait_modules(1)
                status, page = uxmd.page("info.htm")
                self.assertEqual(status, 200)
                self.assertRegex(page, r"USB Expansion Module</th><td>1<")
                self.assertIn("1.5.3 (D7C, serial HERE, hardware level 1)", page)
                self.assertIn("D865", page)
                self.assertIn("10.1.64.14", page)
            uxmd.wait_modules(0)
            self.assertNotIn("HERE", uxmd.page("info.htm")[1])

    def an_event_stream_says_that_a_module_came(self):
        with Uxmd(self.state) as uxmd:
            uxmd.wait_modules(0)
            with subprocess.Popen(
                ["curl", "-sN", uxmd.base + "events"], stdout=subprocess.PIPE, text=True
            ) as curl:
                events = Lines(curl.stdout)
                events.wait_for(r'^data: .*"modules":\[\]')
                with Modules(serial="CAME", *QUICK):
                    events.wait_for(r'^data: .*"serial":"CAME"')
                curl.terminate()
                events.thread.join()

    def settings_are_there_after_a_restart_and_after_sighup(self):
        with Uxmd(self.state) as uxmd:
            answer = uxmd.page("settings.htm?settings=save&http_user=admin&http_pass=s3cret")
            self.assertEqual(answer[0], 200, answer[1])
            self.assertEqual(uxmd.page("info.htm")[0], 401)
            uxmd.process.send_signal(signal.SIGHUP)
            uxmd.log.wait_for("start-up procedure begins again")
            self.assertEqual(uxmd.page("info.htm")[0], 401)
            self.assertEqual(uxmd.signal(signal.SIGTERM), 0)
        with Uxmd(self.state) as uxmd:
            self.assertEqual(uxmd.page("info.htm")[0], 401)
            for how in ("--basic", "--digest"):
                self.assertEqual(uxmd.page("info.htm", how, "-u", "admin:s3cret")[0], 200)
            page = uxmd.page("settings.htm", "--digest", "-u", "admin:s3cret")[1]
            self.assertIn("admin", page)
            self.assertNotIn("s3cret", page)
            self.assertNotIn("s3cret", uxmd.log.text())

    def reboot_by_get_reads_settings_that_were_changed_meanwhile(self):
        with Uxmd(self.state) as uxmd:
            uxmd.page("settings.htm?settings=save&download_server=one.example")
            path = os.path.join(self.state, "settings.xml")
            text = self._settings().replace("one.example", "two.example")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            self.assertIn("one.example", uxmd.page("settings.htm")[1])
            self.assertEqual(uxmd.page("advanced_update.htm?reboot=Reboot")[0], 200)
            uxmd.log.wait_for("start-up procedure begins again")
            wait_until(lambda: "two.example" in uxmd.page("settings.htm")[1], "the new settings")


class Updates(Case):
    def an_update_by_its_url(self):
        with Modules(*SLOW) as module, Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            self.assertEqual(uxmd.load(self.url)[0], 303)
            seen = []
            uxmd.wait_for(
                lambda s: seen.append(s["update"]) or s["update"]["phase"] == "ended", "its end"
            )
            counts = [update["accepted"] for update in seen]
            self.assertEqual(counts, sorted(counts))
            self.assertTrue(any(0 < count < SIZE for count in counts), counts)
            self.assertEqual(seen[-1]["result"], "updated", seen[-1])
            self.assertEqual(self._versions(), ["1.6.1"])
            self.assertIn("Update successful, rebooting...", module.screen)
            self._is_settled_at(self.url)
            uxmd.wait_for(
                lambda s: s["modules"] and s["modules"][0]["version"] == "1.6.1", "it is back"
            )
            self.assertIn("1.6.1 (D7C", uxmd.page("info.htm")[1])

    def without_the_token_nothing_is_updated(self):
        with Modules(*QUICK) as module, Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            answer = uxmd.page("update.htm", "-d", "do=load", "-d", "firmware=" + self.url)
            self._is_refused(answer)
            self.assertEqual(uxmd.update()["phase"], "idle")
            self.assertNotIn("Receiving", module.screen)

    def two_modules_are_refused_and_neither_is_touched(self):
        with Modules(count=2, *QUICK) as modules, Uxmd(self.state) as uxmd:
            uxmd.wait_modules(2)
            self._is_refused(uxmd.load(self.url), "2 ")
            self.assertFalse(uxmd.status()["ready"])
            self.assertEqual(uxmd.update()["phase"], "idle")
            self.assertNotIn("Receiving", modules.screen)
            self.assertFalse(self._journal())

    def a_second_update_is_refused_while_one_runs(self):
        with Modules(*SLOW), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            uxmd.load(self.url)
            uxmd.wait_sent()
            self._is_refused(uxmd.load(self.url), "running already")
            self.assertEqual(uxmd.wait_end()["result"], "updated")

    def a_file_by_a_raw_body(self):
        with Modules(*QUICK), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            status, text = uxmd.page(
                "upload?name=" + NEW, "-H", "X-Uxm-Token: " + uxmd.token(), "-X", "POST",
                "-T", self.file,
            )
            self.assertEqual(status, 202, text)
            self.assertEqual(uxmd.wait_end()["result"], "updated")
            self.assertEqual(self._versions(), ["1.6.1"])
            self._is_settled_at(NEW)

    def a_file_by_a_form(self):
        with Modules(*QUICK), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            status, text = uxmd.page(
                "update.htm", "-F", "token=" + uxmd.token(), "-F", "file=@" + self.file
            )
            self.assertEqual(status, 303, text)
            self.assertEqual(uxmd.wait_end()["result"], "updated")
            self.assertEqual(self._versions(), ["1.6.1"])
            self._is_settled_at(NEW)

    def an_upload_that_is_cut_off_changes_nothing(self):
        with Modules(*SLOW), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            with subprocess.Popen(
                ["curl", "-s", "-X", "POST", "-T", self.file]
                + ["-H", "X-Uxm-Token: " + uxmd.token(), uxmd.base + "upload?name=" + NEW]
            ) as curl:
                uxmd.wait_sent()
                curl.kill()
            self._is_truncated(uxmd)

    def an_upload_that_was_cut_off_is_made_again(self):
        """The module has kept what came of it: the whole comes once more, and it takes the rest."""
        file = os.path.join(self.home.path, NEW)
        subprocess.run(
            [UXM, "image", "create", self.file, "--model", "D7C", "--version", "1.6.1"]
            + ["--hardware", "1-3", "-o", file],
            check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE,
        )
        with Modules(*SLOW), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            upload = ["-H", "X-Uxm-Token: " + uxmd.token(), "-X", "POST", "-T", file]
            with subprocess.Popen(
                ["curl", "-s", *upload, uxmd.base + "upload?name=" + NEW]
            ) as curl:
                uxmd.wait_sent(SIZE // 4)
                curl.kill()
            self._is_truncated(uxmd)
            uxmd.wait_for(lambda s: s["ready"], "the module at rest")
            status, text = uxmd.page("upload?name=" + NEW, *upload)
            self.assertEqual(status, 202, text)
            self.assertEqual(uxmd.wait_end()["result"], "updated", uxmd.update())
            self.assertIn("Continuing at", uxmd.log.text())
            self.assertEqual(self._versions(), ["1.6.1"])

    def an_upload_that_lacks_its_last_byte_is_truncated(self):
        with open(self.file, "rb") as file:
            content = file.read()
        with Modules(*QUICK), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            to = urllib.parse.urlsplit(uxmd.base)
            with socket.create_connection((to.hostname, to.port)) as visitor:
                visitor.sendall(
                    f"POST /upload?name={NEW} HTTP/1.1\r\nHost: {to.netloc}\r\n"
                    f"X-Uxm-Token: {uxmd.token()}\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n".encode()
                )
                visitor.sendall(content[:-1])
            self._is_truncated(uxmd)

    def _is_truncated(self, uxmd):
        end = uxmd.wait_end()
        self.assertEqual(end["result"], "fetch-failed", end)
        self.assertIn("The uploaded file is truncated: it was to have", end["text"])
        self.assertEqual(self._versions(), ["1.5.3"])
        self.assertNotIn("firmware_uxm", self._settings())
        self.assertFalse(self._journal())

    def cancel_keeps_the_old_version(self):
        with Modules(*SLOW), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            uxmd.load(self.url)
            uxmd.wait_sent()
            answer = uxmd.page("update.htm", "-d", "do=cancel&token=" + uxmd.token())
            self.assertEqual(answer[0], 303, answer[1])
            self.assertEqual(uxmd.wait_end()["result"], "cancelled")
            self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])
            self.assertNotIn("firmware_uxm", self._settings())

    def a_server_that_has_no_such_file_is_said(self):
        with Modules(*QUICK), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            uxmd.load(self.server.url("404/" + NEW))
            end = uxmd.wait_end()
            self.assertEqual(end["result"], "fetch-failed")
            self.assertIn("404 Not Found", end["text"])
            self.assertIn("404 Not Found", uxmd.page("update.htm")[1])


class Ends(Case):
    """uxmd ends, or is killed, during an update."""

    def sigterm_before_the_commit_cancels(self):
        with Modules(*SLOW), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            uxmd.load(self.url)
            uxmd.wait_sent()
            self.assertEqual(uxmd.signal(signal.SIGTERM), 0)
            self.assertIn("cancelled", uxmd.log.text())
            self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])
            self.assertFalse(self._journal())

    def killed_before_the_commit_the_module_keeps_its_version(self):
        with Modules(*SLOW):
            with Uxmd(self.state) as uxmd:
                uxmd.wait_modules(1)
                uxmd.load(self.url)
                uxmd.wait_sent()
                uxmd.signal(signal.SIGKILL)
            self.assertTrue(self._journal())
            wait_until(lambda: jobs() == [], "the job's end")
            self.assertEqual(self._versions(), ["1.5.3"])
            with Uxmd(self.state) as uxmd:
                uxmd.log.wait_for("was interrupted")
                self.assertEqual(uxmd.status()["update"]["result"], "internal")
                self.assertNotIn("firmware_uxm", self._settings())
                self.assertFalse(self._journal())
                uxmd.load(self.url)
                self.assertEqual(uxmd.wait_end()["result"], "updated")

    def killed_after_the_commit_the_next_start_settles_it(self):
        self._ends_after_the_commit(signal.SIGKILL)

    def sigterm_after_the_commit_leaves_the_job_to_finish(self):
        self._ends_after_the_commit(signal.SIGTERM)

    def _ends_after_the_commit(self, number):
        with Modules("--install-time", "4000", "--done-time", "300", "--reboot-time", "300"):
            with Uxmd(self.state) as uxmd:
                uxmd.wait_modules(1)
                uxmd.load(self.url)
                uxmd.wait_for(lambda s: s["update"]["phase"] == "committed", "COMMIT")
                uxmd.signal(number)
            self.assertEqual(len(jobs()), 1)
            self.assertTrue(self._journal())
            self.assertNotIn("firmware_uxm", self._settings())
            wait_until(lambda: jobs() == [], "the job's end")
            self.assertEqual(self._versions(), ["1.6.1"])
            with Uxmd(self.state) as uxmd:
                uxmd.log.wait_for("firmware_uxm is now")
                wait_until(lambda: not self._journal(), "the journal's end")
                self._is_settled_at(self.url)

    def started_again_during_the_installation_it_waits_for_the_end(self):
        with Modules("--install-time", "4000", "--done-time", "300", "--reboot-time", "300"):
            with Uxmd(self.state) as uxmd:
                uxmd.wait_modules(1)
                uxmd.load(self.url)
                uxmd.wait_for(lambda s: s["update"]["phase"] == "committed", "COMMIT")
                uxmd.signal(signal.SIGKILL)
            with Uxmd(self.state) as uxmd:
                uxmd.log.wait_for("firmware_uxm is now")
                wait_until(lambda: not self._journal(), "the journal's end")
                self._is_settled_at(self.url)
                self.assertEqual(self._versions(), ["1.6.1"])


class Signs(Case):
    def the_keyboards_led_blinks_and_does_again_what_it_did(self):
        led = keyboard_led()
        with Modules(*SLOW), Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            self._has_led(uxmd, os.path.basename(led))
            for trigger, brightness in (("none", "1"), ("kbd-capslock", "0")):
                with self.subTest(trigger):
                    write(led, "trigger", trigger)
                    # 0 would take the trigger away (the kernel's leds-class.rst).
                    if brightness != "0":
                        write(led, "brightness", brightness)
                    changes = Changes(led)
                    uxmd.load(self.url)
                    uxmd.wait_sent()
                    self.assertEqual(uxmd.wait_end()["result"], "updated")
                    self.assertGreaterEqual(changes.end(), 3)
                    self.assertIn(f"[{trigger}]", read(led, "trigger"))
                    self.assertEqual(read(led, "brightness").strip(), brightness)
                    uxmd.wait_for(lambda s: s["ready"], "the module at rest")

    def killed_during_an_update_the_next_start_puts_the_led_right(self):
        led = keyboard_led()
        for trigger, brightness in (("none", "1"), ("kbd-capslock", "0")):
            with self.subTest(trigger), Modules(*SLOW):
                with Uxmd(self.state) as uxmd:
                    uxmd.wait_modules(1)
                    self._has_led(uxmd, os.path.basename(led))
                    write(led, "trigger", trigger)
                    if brightness != "0":
                        write(led, "brightness", brightness)
                    uxmd.load(self.url)
                    uxmd.wait_sent()
                    uxmd.signal(signal.SIGKILL)
                wait_until(lambda: jobs() == [], "the job's end")
                # This kernel has no trigger "timer".
                self.assertIn("[none]", read(led, "trigger"))
                write(led, "brightness", "0")
                with Uxmd(self.state):
                    self.assertIn(f"[{trigger}]", read(led, "trigger"))
                    self.assertEqual(read(led, "brightness").strip(), brightness)

    def _has_led(self, uxmd, name):
        """The setting is out of the pages' reach."""
        with open(os.path.join(self.state, "settings.xml"), "w", encoding="utf-8") as file:
            file.write(f"<settings><phone-settings><led>{name}</led></phone-settings></settings>")
        uxmd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: name in uxmd.page("settings.htm")[1], "the setting")


class Changes:
    """Counts how often a LED is seen going on or off."""

    def __init__(self, led):
        self.count = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look, args=(led,), daemon=True)
        self.thread.start()

    def _look(self, led):
        last = read(led, "brightness")
        while not self.ended.wait(0.05):
            now = read(led, "brightness")
            self.count += now != last
            last = now

    def end(self):
        self.ended.set()
        self.thread.join()
        return self.count


def keyboard_led():
    """The folder of the LED for Caps Lock of the machine's keyboard."""
    found = glob.glob("/sys/class/leds/*::capslock")
    if not found:
        raise AssertionError("this machine has no keyboard with LEDs")
    return found[0]


def read(led, name):
    with open(os.path.join(led, name), encoding="ascii") as file:
        return file.read()


def write(led, name, text):
    with open(os.path.join(led, name), "w", encoding="ascii") as file:
        file.write(text)
