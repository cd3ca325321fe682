"""Updates by provisioning on a real kernel: uxmd, a server with two files, virtual modules.

What takes long by the constants of phone/record.h and phone/provisioner.h (the pauses between tries,
"later" asking again) is tested with a clock of its own in tests/phone.
"""

import json
import os
import re
import signal
import socket
import time
import unittest
import urllib.request

import nginx  # tests/nginx.py
from phone import NEW, SIZE, SLOW, Case, Uxmd, jobs
from stage import PATIENCE, QUICK, Folder, Modules, Server, image, wait_until

OLD = "snomD7C-1.4.0-r.bin"
LARGE = "snomD7C-1.6.2-r.bin"
LARGE_SIZE = 37_916_419

# Seconds from one look to the next with firmware_interval=1, at most, and what a busy machine takes to
# start uxm. What the interval is to the millisecond, test_provisioner_look knows; two would be 96.
INTERVAL_MOST = 75


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def firmware_file(**urls):
    tags = "".join(f'<{name} perm="">{url}</{name}>' for name, url in urls.items())
    return f'<?xml version="1.0" encoding="utf-8" ?>\n<firmware-settings>{tags}</firmware-settings>\n'


def settings_file(**settings):
    tags = "".join(f'<{name} perm="">{value}</{name}>' for name, value in settings.items())
    return f"<settings><phone-settings>{tags}</phone-settings></settings>\n"


class Phone(Uxmd):
    """One whose state is asked for often: a curl each time costs more than the rest."""

    def status(self):
        with urllib.request.urlopen(self.base + "status.json", timeout=PATIENCE) as answer:
            return json.load(answer)


class Provisioned(Case):
    """nginx with a firmware file, and a phone that is to look at it. What misbehaves comes from
    tests/server.py, which has the same files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.logs = Folder()
        cls.nginx = nginx.Nginx(cls.logs.path, cls.folder.path)
        cls.url = cls.nginx.url(NEW)
        cls.written = 0

    @classmethod
    def tearDownClass(cls):
        cls.nginx.stop()
        cls.logs.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.name = f"firmware-{self.id().rsplit('.', 1)[-1]}.xml"
        self._offer(self.url)
        self._phone(update_policy="auto_update")

    def _offer(self, url, **more):
        """What the firmware file on the server says."""
        path = os.path.join(self.folder.path, self.name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(firmware_file(firmware_uxm=url, **more))
        # nginx tells two files of one length from each other by whole seconds.
        type(self).written = max(self.written + 2, int(time.time()))
        os.utime(path + ".new", (self.written, self.written))
        os.rename(path + ".new", path)

    def _phone(self, **settings):
        """The settings of the phone before uxmd is started."""
        os.makedirs(self.state, exist_ok=True)
        settings.setdefault("firmware_status", self.nginx.url(self.name))
        settings.setdefault("firmware_spread", 0)
        with open(os.path.join(self.state, "settings.xml"), "w", encoding="utf-8") as file:
            file.write(settings_file(**settings))

    def _says(self, uxmd, *words):
        """Waits until the sentence of provisioning holds all of these; returns the status."""
        try:
            return uxmd.wait_for(
                lambda s: all(word in str(s["provisioning"]["text"]) for word in words),
                f"the sentence with {words}",
            )
        except AssertionError as error:
            said = uxmd.status()["provisioning"]
            raise AssertionError(f"{error}; it is: {said}\n{uxmd.log.text()}") from None

    def _look(self, uxmd):
        """What the button sends; waits for the look's end."""
        before = self._looks()
        answer = uxmd.page("info.htm?do=look")
        self.assertEqual(answer[0], 200, answer[1])
        wait_until(lambda: self._looks() > before, "a request for the firmware file")
        uxmd.wait_for(lambda s: not s["provisioning"]["looking"], "the look's end")

    def _looks(self):
        return self._asked("/" + self.name)

    def _targets(self):
        """What was asked of both servers."""
        return [one["uri"] for one in self.nginx.requests()] + [
            line.split()[1] for line in self.server.requests().splitlines()
        ]

    def _asked(self, target):
        """How often something was asked for."""
        return self._targets().count(target)

    def _image_asked(self):
        return sum(target.endswith(".bin") for target in self._targets())

    def _answer(self, uxmd, word):
        question = uxmd.status()["provisioning"]["question"]
        return uxmd.page(
            "info.htm", "-d", f"do={word}", "--data-urlencode", "question=" + question,
            "--data-urlencode", "token=" + uxmd.token(),
        )

    def _is_updated(self, uxmd, version="1.6.1", source=None):
        """Waits until the one module runs it and firmware_uxm says so."""
        source = source or self.url
        self._says(uxmd, "what was installed last")
        uxmd.wait_for(
            lambda s: s["modules"] and s["modules"][0].get("version") == version, "the version"
        )
        self._is_settled_at(source)


class Session(unittest.TestCase):
    """The administrator's session of the README: nginx with two files, and nobody at the phone."""

    def the_administrator_edits_the_firmware_file_and_the_module_runs_the_new_version(self):
        home = Folder()
        self.addCleanup(home.close)
        files = os.path.join(home.path, "files")
        os.mkdir(files)
        server = nginx.Nginx(home.path, files)
        self.addCleanup(server.stop)
        state = os.path.join(home.path, "state")
        os.mkdir(state)

        def write(name, text):
            with open(os.path.join(files, name), "w", encoding="utf-8") as file:
                file.write(text)

        with open(os.path.join(files, NEW), "wb") as file:
            file.write(image(SIZE))
        write("000413aabbcc.xml", settings_file(
            firmware_status=server.url("firmware.xml"), update_policy="auto_update",
            firmware_interval=1,
        ))
        write("firmware.xml", firmware_file(firmware_uxm=""))
        with Modules("--version", "1.5.3", serial="ADMIN", *QUICK), \
                Phone(state, "--mac", "000413aabbcc") as uxmd:
            # The one step on the phone.
            answer = uxmd.page(
                "settings.htm?settings=save&setting_server=" + server.url("%7Bmac%7D.xml")
            )
            self.assertEqual(answer[0], 200, answer[1])
            uxmd.wait_for(
                lambda s: "offers no firmware" in str(s["provisioning"]["text"]), "the first look"
            )
            write("firmware.xml", firmware_file(firmware_uxm=server.url(NEW)))
            edited = time.time()
            wait_until(
                lambda: uxmd.status()["modules"] and
                uxmd.status()["modules"][0].get("version") == "1.6.1",
                "the new version", INTERVAL_MOST + PATIENCE,
            )
            came = [one["at"] for one in server.requests()
                    if (one["uri"], one["status"]) == ("/firmware.xml", 200) and one["at"] > edited]
            self.assertEqual(len(came), 1)
            self.assertLessEqual(came[0] - edited, INTERVAL_MOST)
            uxmd.wait_for(
                lambda s: "what was installed last" in str(s["provisioning"]["text"]), "it is done"
            )
            with open(os.path.join(state, "settings.xml"), encoding="utf-8") as file:
                self.assertIn(f">{server.url(NEW)}</firmware_uxm>", file.read())
            # Nothing has changed since: a look costs two short answers and no download.
            before = len(server.requests())
            self.assertEqual(uxmd.page("info.htm?do=look")[0], 200)
            wait_until(lambda: len(server.requests()) >= before + 2, "another look")
            self.assertEqual(
                [(one["uri"], one["status"]) for one in server.requests()[before:before + 2]],
                [("/000413aabbcc.xml", 304), ("/firmware.xml", 304)],
            )
            self.assertEqual(sum(one["uri"] == "/" + NEW for one in server.requests()), 1)
            agents = [one["agent"] for one in server.requests() if one["uri"].endswith(".xml")]
            for agent in agents:
                self.assertIn("snomD865-SIP 10.1.64.14 000413aabbcc SXM:0 UXM:", agent)
            self.assertIn("UXM:1)", agents[-1])


class Gates(Provisioned):
    def each_policy_is_obeyed_and_said(self):
        self._phone(update_policy="settings_only")
        with Modules(*QUICK) as module, Phone(self.state) as uxmd:
            for policy in ("settings_only", "never_update", "never_update_firm"):
                uxmd.page("settings.htm?settings=save&update_policy=" + policy)
                self._says(uxmd, "is not installed because update_policy is " + policy)
                self.assertIn(policy, uxmd.page("info.htm")[1])
            self.assertNotIn("Receiving", module.screen)
            self.assertEqual(self._image_asked(), 0)
            # What it says is obeyed at once, without another look.
            looks = self._looks()
            uxmd.page("settings.htm?settings=save&update_policy=auto_update")
            self._is_updated(uxmd)
            self.assertEqual(self._looks(), looks)

    def of_two_modules_neither_is_updated_until_one_is_removed(self):
        leaves = Modules(serial="LEAVES", *QUICK)
        self.addCleanup(leaves.stop)
        with Modules(serial="STAYS", *QUICK), Phone(self.state) as uxmd:
            self._says(uxmd, "2 expansion modules are attached")
            self.assertEqual(self._versions(), ["1.5.3", "1.5.3"])
            self.assertEqual(uxmd.update()["phase"], "idle")
            looks = self._looks()
            leaves.stop()
            self._is_updated(uxmd)
            self.assertEqual(uxmd.update()["serial"], "STAYS")
            self.assertNotIn("Receiving", leaves.screen)
            self.assertEqual(self._looks(), looks)

    def an_older_image_is_installed_unless_that_is_forbidden(self):
        self.folder.write(OLD, image(SIZE, b"old"))
        url = self.nginx.url(OLD)
        self._offer(url)
        self._phone(update_policy="auto_update", uxm_allow_older="off")
        with Modules(*QUICK), Phone(self.state) as uxmd:
            self._says(uxmd, "older than what the module runs (1.5.3)", "uxm_allow_older is off")
            self.assertEqual(self._versions(), ["1.5.3"])
            uxmd.page("settings.htm?settings=save&uxm_allow_older=on")
            self._is_updated(uxmd, "1.4.0", url)
            self.assertIn("is older than what the module runs, as allowed", uxmd.log.text())

    def an_image_that_the_module_runs_already_is_not_downloaded(self):
        before = self._image_asked()
        with Modules("--version", "1.6.1", *QUICK) as module, Phone(self.state) as uxmd:
            self._is_updated(uxmd)
            self.assertEqual(self._image_asked(), before)
            self.assertNotIn("Receiving", module.screen)

    def an_old_phone_and_another_models_image_are_said(self):
        with Modules(*QUICK) as module:
            with Phone(self.state, "--phone-version", "10.1.30.0") as uxmd:
                self._says(uxmd, "10.1.64.14", "10.1.30.0")
                self._offer(self.nginx.url("snomD8C-1.6.1-r.bin"))
                self._look(uxmd)
                self._says(uxmd, "is for a D8C, but the module is a D7C")
            self.assertNotIn("Receiving", module.screen)

    def a_file_that_is_no_xml_changes_nothing_and_is_said_with_its_place(self):
        with Modules(*QUICK) as module, Phone(self.state) as uxmd:
            self._is_updated(uxmd)
            path = os.path.join(self.folder.path, self.name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("<firmware-settings>\n<<<<<<< HEAD\n</firmware-settings>\n")
            uxmd.page("info.htm?do=look")
            said = uxmd.wait_for(lambda s: s["provisioning"]["look"], "that the look failed")
            self.assertIn("line 2", said["provisioning"]["look"])
            self.assertIn("line 2", uxmd.page("info.htm")[1])
            self._is_settled_at(self.url)
            self.assertEqual(self._versions(), ["1.6.1"])
            self.assertEqual(len(re.findall("Update successful", module.screen.text())), 1)


class Asked(Provisioned):
    def the_user_says_later_and_then_now(self):
        self._phone(update_policy="ask_for_update")
        with Modules(*QUICK) as module, Phone(self.state) as uxmd:
            status = self._says(uxmd, "say 'Update now' or 'Later'")
            self.assertTrue(status["provisioning"]["asking"])
            self.assertEqual(status["provisioning"]["offer"], self.url)
            for page in ("info.htm", "update.htm"):
                self.assertIn("Update now", uxmd.page(page)[1])
            self.assertIn("say 'Update now'", uxmd.log.text())
            self.assertEqual(self._answer(uxmd, "later")[0], 303)
            self._says(uxmd, "the user said 'Later'")
            self.assertNotIn("Update now", uxmd.page("info.htm")[1])
            # The next look asks again.
            self._look(uxmd)
            self._says(uxmd, "say 'Update now' or 'Later'")
            self.assertNotIn("Receiving", module.screen)
            self.assertEqual(self._answer(uxmd, "now")[0], 303)
            self._is_updated(uxmd)

    def an_answer_to_another_offer_is_refused(self):
        self._phone(update_policy="ask_for_update")
        with Modules(*QUICK), Phone(self.state) as uxmd:
            self._says(uxmd, "say 'Update now'")
            answer = uxmd.page(
                "info.htm", "-d", "do=now&question=00000000&token=" + uxmd.token()
            )
            self._is_refused(answer, "Another update is offered")
            answer = uxmd.page("info.htm", "-d", "do=now&question=00000000")
            self.assertEqual(answer[0], 403)
            self.assertEqual(uxmd.update()["phase"], "idle")


class Again(Provisioned):
    def sighup_and_reboot_look_at_the_server_again(self):
        with Modules("--version", "1.6.1", *QUICK), Phone(self.state) as uxmd:
            self._is_updated(uxmd)
            looks = self._looks()
            uxmd.process.send_signal(signal.SIGHUP)
            wait_until(lambda: self._looks() == looks + 1, "a look after SIGHUP")
            uxmd.wait_for(lambda s: not s["provisioning"]["looking"], "its end")
            uxmd.page("advanced_update.htm?reboot=Reboot")
            wait_until(lambda: self._looks() == looks + 2, "a look after reboot=Reboot")

    def a_server_that_is_down_for_three_looks_is_borne(self):
        port = free_port()
        away = Server(self.folder.path, "--port", str(port))
        url = f"http://127.0.0.1:{port}/plain/"
        self._offer(url + NEW)
        self._phone(update_policy="settings_only", firmware_status=url + self.name)
        failed = "look at the server failed"
        with Modules(*QUICK), Phone(self.state) as uxmd:
            self._says(uxmd, "update_policy is settings_only")
            away.stop()
            self.assertEqual(uxmd.page("info.htm?do=look")[0], 200)
            wait_until(lambda: uxmd.log.text().count(failed) == 1, "a look that fails")
            first = time.monotonic()
            # The next one comes by itself, after a minute, half as much more or less.
            wait_until(lambda: uxmd.log.text().count(failed) == 2, "another look", 90 + PATIENCE)
            self.assertGreater(time.monotonic() - first, 29)
            self.assertEqual(uxmd.page("info.htm?do=look")[0], 200)
            wait_until(lambda: uxmd.log.text().count(failed) == 3, "the third look")
            said = uxmd.status()["provisioning"]
            self.assertIn("refused", said["look"])
            self.assertIn("update_policy is settings_only", said["text"])
            away = Server(self.folder.path, "--port", str(port))
            self.addCleanup(away.stop)
            uxmd.page("settings.htm?settings=save&update_policy=auto_update")
            self._is_updated(uxmd, source=url + NEW)

    def a_large_image_that_breaks_off_twice_arrives(self):
        self.folder.write(LARGE, image(LARGE_SIZE, b"large"))
        url = self.server.url("cuts/15000000/" + LARGE)
        self._offer(url)
        with Modules("--bus", "none", *QUICK), Phone(self.state) as uxmd:
            self._is_updated(uxmd, "1.6.2", url)
            self.assertEqual(uxmd.update()["accepted"], LARGE_SIZE)
            self.assertEqual(self._asked("/cuts/15000000/" + LARGE), 3)

    def a_large_image_whose_update_fails_twice_is_installed_by_the_third(self):
        """Two whole jobs fail: of the server, and of a module that is unplugged half way."""
        self.folder.write(LARGE, image(LARGE_SIZE, b"large"))
        url = self.server.url("retry-after/3600/503/1/" + LARGE)
        self._offer(url)
        with Modules("--bus-rate", "8000000", *QUICK) as module:
            with Phone(self.state) as uxmd:
                self._says(uxmd, "failed (try 1 of 5)", "3600 s")
            self.assertEqual(self._failure()["tries"], 1)
            with Phone(self.state) as uxmd:
                # A restart is no reason to try before the pause is over.
                self._says(uxmd, "failed (try 1 of 5)")
                self.assertEqual(jobs(), [])
            self._end_pause()
            with Phone(self.state) as uxmd:
                uxmd.wait_sent(LARGE_SIZE // 10)
                module.tell("unplug")
                uxmd.wait_modules(0)
                module.tell("plug")
                self._says(uxmd, "failed (try 2 of 5)")
            self.assertEqual(self._failure()["tries"], 2)
            self.assertNotIn("firmware_uxm", self._settings())
            self._end_pause()
            with Phone(self.state) as uxmd:
                self._is_updated(uxmd, "1.6.2", url)
                self.assertEqual(uxmd.update()["accepted"], LARGE_SIZE)
        self.assertEqual(self._record()["failures"], [])

    def _record(self):
        with open(os.path.join(self.state, "record.json"), encoding="utf-8") as file:
            return json.load(file)

    def _failure(self):
        """The one that is remembered."""
        failures = self._record()["failures"]
        self.assertEqual(len(failures), 1, failures)
        return failures[0]

    def _end_pause(self):
        """The phone was off until the pause was over."""
        record = self._record()
        self.assertGreater(record["failures"][0]["next"], time.time() + 60)
        record["failures"][0]["next"] = int(time.time())
        with open(os.path.join(self.state, "record.json"), "w", encoding="utf-8") as file:
            json.dump(record, file)

    def an_image_that_the_server_has_not_is_not_asked_for_again_until_it_is_another(self):
        missing = self.server.url("404/" + NEW)
        self._offer(missing)
        with Modules(*QUICK), Phone(self.state) as uxmd:
            self._says(uxmd, "is not tried again until", "404 Not Found")
            self._look(uxmd)
            uxmd.process.send_signal(signal.SIGHUP)
            uxmd.log.wait_for("start-up procedure begins again")
            self._says(uxmd, "is not tried again until", "404 Not Found")
            self.assertEqual(self._asked("/404/" + NEW), 1)
        with Phone(self.state) as uxmd:
            uxmd.wait_modules(0)
            with Modules(*QUICK):
                self._says(uxmd, "is not tried again until")
                self.assertEqual(self._asked("/404/" + NEW), 1)
                self._offer(self.url)
                self._look(uxmd)
                self._is_updated(uxmd)


class Many(Provisioned):
    def modules_are_updated_one_after_the_other_and_each_once(self):
        self._phone(update_policy="auto_update", uxm_per_module="on")
        with Phone(self.state) as uxmd:
            for serial in ("ONE", "TWO"):
                with Modules(serial=serial, *QUICK):
                    self._says(uxmd, f"serial number {serial} is done")
                    self.assertEqual(self._versions(), ["1.6.1"])
                uxmd.wait_modules(0)
            page = uxmd.page("info.htm")[1]
            self.assertIn("ONE (D7C): " + self.url, page)
            self.assertIn("TWO (D7C): " + self.url, page)
            self._is_settled_at(self.url)
            # The first one comes back with its old version: it had its turn.
            asked = self._image_asked()
            with Modules(serial="ONE", *QUICK) as one:
                self._says(uxmd, "serial number ONE is done")
                self.assertNotIn("Receiving", one.screen)
            self.assertEqual(self._image_asked(), asked)

    def without_it_a_second_module_needs_firmware_uxm_cleared(self):
        with Phone(self.state) as uxmd:
            with Modules(serial="FIRST", *QUICK):
                self._is_updated(uxmd)
            uxmd.wait_modules(0)
            with Modules(serial="SECOND", *QUICK) as second:
                self._says(uxmd, "what was installed last")
                uxmd.wait_modules(1)
                self.assertNotIn("Receiving", second.screen)
                uxmd.page("settings.htm?settings=save&firmware_uxm=")
                self._is_updated(uxmd)
                self.assertEqual(self._versions(), ["1.6.1"])


class PhoneFirst(Provisioned):
    PHONE = "http://127.0.0.1:9/phone.bin?a=1"

    def the_phone_is_updated_before_the_module(self):
        script = os.path.join(self.home.path, "update-phone")
        trace = os.path.join(self.home.path, "trace")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nprintf "%s" "$UXM_FIRMWARE" >{trace}\n')
        os.chmod(script, 0o755)
        self._offer(self.url, firmware=self.PHONE.replace("&", "&amp;"))
        with Modules(*QUICK) as module, Phone(self.state, "--phone-update", script) as uxmd:
            self._is_updated(uxmd)
            with open(trace, encoding="utf-8") as file:
                self.assertEqual(file.read(), self.PHONE)
            self.assertIn(f">{self.PHONE}</firmware>", self._settings())
            log = uxmd.log.text()
            self.assertIn("Update successful", module.screen.text())
        self.assertLess(log.index("phone"), log.index("Update of the D7C"))

    def without_a_command_that_is_said_and_the_module_is_updated(self):
        self._offer(self.url, firmware=self.PHONE)
        with Modules(*QUICK), Phone(self.state) as uxmd:
            self._is_updated(uxmd)
            self.assertNotIn("</firmware>", self._settings())
            self.assertIn("phone", uxmd.status()["provisioning"]["text"])


class Killed(Provisioned):
    """uxmd is killed at each step; its next start settles what is left."""

    def during_a_look(self):
        self._phone(
            update_policy="auto_update",
            firmware_status=self.server.url("stall/20/plain/" + self.name),
        )
        with Modules(*QUICK):
            with Phone(self.state) as uxmd:
                uxmd.wait_for(lambda s: s["provisioning"]["looking"], "a look")
                uxmd.signal(signal.SIGKILL)
            self._phone(update_policy="auto_update")
            with Phone(self.state) as uxmd:
                self._is_updated(uxmd)

    def during_the_phones_own_update(self):
        """Which goes on, prints more than a pipe holds, and is not begun beside itself."""
        def path(name):
            return os.path.join(self.home.path, name)

        with open(path("flash"), "w", encoding="utf-8") as file:
            file.write(
                f"#!/bin/sh\nset -e\necho begun >>{path('trace')}\n"
                f"while [ ! -e {path('go')} ]; do sleep 0.1; done\n"
                "head -c 200000 /dev/zero | tr '\\0' .\n"
                "head -c 200000 /dev/zero | tr '\\0' . >&2\n"
                f"echo Erasing; echo Done >&2; echo done >>{path('trace')}\n"
            )
        os.chmod(path("flash"), 0o755)

        def trace():
            try:
                with open(path("trace"), encoding="utf-8") as file:
                    return file.read().split()
            except FileNotFoundError:
                return []

        phone = "http://127.0.0.1:9/phone.bin"
        self._offer(self.url, firmware=phone)
        with Modules(*QUICK) as module:
            with Phone(self.state, "--phone-update", path("flash")) as uxmd:
                wait_until(lambda: trace() == ["begun"], "the phone's own update")
                uxmd.signal(signal.SIGKILL)
            with Phone(self.state, "--phone-update", path("flash")) as uxmd:
                self._says(uxmd, "its end was not seen")
                with open(path("go"), "w", encoding="utf-8"):
                    pass
                wait_until(lambda: trace() == ["begun", "done"], "its end")
                self.assertNotIn("Receiving", module.screen)
            # The phone comes back with what it has installed.
            with Phone(
                self.state, "--phone-update", path("flash"), "--phone-version", "10.1.99.1"
            ) as uxmd:
                self._is_updated(uxmd)
            self.assertIn(f">{phone}</firmware>", self._settings())
        self.assertEqual(trace(), ["begun", "done"])

    def during_the_download(self):
        with Modules(*SLOW):
            with Phone(self.state) as uxmd:
                uxmd.wait_sent()
                uxmd.signal(signal.SIGKILL)
            self.assertTrue(self._journal())
            wait_until(lambda: jobs() == [], "the job's end")
            self.assertNotIn("firmware_uxm", self._settings())
            with Phone(self.state) as uxmd:
                uxmd.log.wait_for("was interrupted|came to nothing")
                self._is_updated(uxmd)

    def during_the_installation(self):
        with Modules("--install-time", "4000", "--done-time", "300", "--reboot-time", "300"):
            with Phone(self.state) as uxmd:
                uxmd.wait_for(lambda s: s["update"]["phase"] == "committed", "COMMIT")
                uxmd.signal(signal.SIGKILL)
            self.assertNotIn("firmware_uxm", self._settings())
            before = self._image_asked()
            with Phone(self.state) as uxmd:
                self._is_updated(uxmd)
                self.assertIn("firmware_uxm is now", uxmd.log.text())
            self.assertEqual(self._image_asked(), before)

    def between_the_end_and_the_setting(self):
        """The module runs it, the journal says that it was to, and firmware_uxm is not set."""
        with Modules("--version", "1.6.1", serial="DONE", *QUICK):
            entry = {
                "source": self.url, "serial": "DONE", "port": "1-1", "model": "D7C",
                "version": "1.6.1", "committed": True,
            }
            with open(os.path.join(self.state, "journal.json"), "w", encoding="utf-8") as file:
                json.dump([entry], file)
            before = self._image_asked()
            with Phone(self.state) as uxmd:
                self._is_updated(uxmd)
            self.assertEqual(self._image_asked(), before)
