"""The update on a real kernel, when all goes well, and how it ends after the commit."""

import os
import pty
import re
import signal
import subprocess

from stage import NEW, QUICK, UXM, Modules, Offered, Uxm, image, listed, update, wait_until

SIZE = 3_000_001


class Update(Offered):
    SIZE = SIZE

    def _check_updated(self, run, module):
        self.assertEqual(run.code, 0, run.sentence())
        self.assertIn("1.5.3 to 1.6.1", run.result()["text"])
        self.assertEqual(run.result()["returned"]["version"], "1.6.1")
        self.assertEqual([entry["version"] for entry in listed()], ["1.6.1"])
        self.assertIn("Update successful, rebooting...", module.screen)

    def updates_over_http(self):
        with Modules(*QUICK) as module:
            before = listed()[0]
            self.assertEqual(before["version"], "1.5.3")
            self.assertEqual(before["state"], "idle")
            run = update(self.server.url("plain/" + NEW))
            self._check_updated(run, module)
            counts = [e["accepted"] for e in run.events() if e["event"] == "progress"]
            self.assertEqual(counts, sorted(counts))
            self.assertEqual(counts[-1], SIZE)
            steps = [e["step"] for e in run.events() if e["event"] == "progress"]
            order = list(dict.fromkeys(steps))
            self.assertEqual(
                order,
                ["look", "fetch", "send", "commit", "verify", "install", "reboot", "return"],
            )

    def updates_from_a_file(self):
        with Modules(*QUICK) as module:
            self._check_updated(update(self.file), module)

    def updates_from_standard_input(self):
        with Modules(*QUICK) as module, open(self.file, "rb") as content:
            with subprocess.Popen(
                ["cat", self.file], stdout=subprocess.PIPE
            ) as cat:
                run = update("-", "--name", NEW, "--size", str(SIZE), stdin=cat.stdout)
            self._check_updated(run, module)
            self.assertEqual(len(content.read()), SIZE)

    def the_module_holds_the_very_bytes_of_the_image(self):
        flash = os.path.join(self.folder.path, "flash")
        with Modules("--flash", flash, *QUICK) as module:
            self._check_updated(update(self.file), module)
        with open(flash, "rb") as file:
            self.assertIn(image(SIZE), file.read())
        with Modules("--flash", flash, *QUICK):
            self.assertEqual(listed()[0]["version"], "1.6.1")

    def updates_at_full_speed_and_super_speed(self):
        small = self.folder.write(NEW, image(300_000))
        try:
            for bus in ("full", "super"):
                with Modules("--bus", bus, *QUICK) as module:
                    self._check_updated(update(small), module)
        finally:
            self.folder.write(NEW, image(SIZE))

    def comes_back_under_another_address_at_the_same_port(self):
        with Modules(*QUICK) as module:
            address = _address("TEST")
            port = listed()[0]["port"]
            self._check_updated(update(self.file), module)
            self.assertNotEqual(_address("TEST"), address)
            self.assertEqual(listed()[0]["port"], port)

    def knows_the_module_again_at_another_port(self):
        with Modules("--fault", "other-port@reboot", *QUICK) as module:
            run = update(self.file)
            self._check_updated(run, module)
            self.assertNotEqual(run.result()["returned"]["port"], run.result()["module"]["port"])

    def says_rebooted_but_not_back_yet(self):
        with Modules("--fault", "never-return@reboot", *QUICK) as module:
            run = update(self.file, "--return-timeout", "2")
            self.assertEqual(run.code, 9, run.sentence())
            self.assertIn("not back yet", run.sentence())
            module.tell("plug")
            module.wait_present()
            self.assertEqual(listed()[0]["version"], "1.6.1")

    def says_back_with_the_old_version(self):
        with Modules("--fault", "old-version@reboot", *QUICK):
            run = update(self.file)
            self.assertEqual(run.code, 10, run.sentence())
            self.assertIn("1.5.3 instead of 1.6.1", run.sentence())

    def says_another_module_came_back(self):
        with Modules("--fault", "other-module@reboot", *QUICK) as module:
            run = update(self.file)
            self.assertEqual(run.code, 11, run.sentence())
            self.assertIn("serial TEST", run.sentence())
            module.serials = []

    def reports_what_the_module_itself_refuses(self):
        for fault, words in (
            ("refuse@begin", "refused to begin"),
            ("corrupt-flash@1000000", "SHA-256"),
            ("fail@verify", "gave the update up"),
            ("fail@install", "gave the update up"),
        ):
            with self.subTest(fault), Modules("--fault", fault, *QUICK) as module:
                run = update(self.file)
                self.assertEqual(run.code, 8, run.sentence())
                self.assertIn(words, run.sentence())
                self.assertEqual(listed()[0]["version"], "1.5.3")
                self._check_updated(update(self.file), module)

    def recovers_from_stalls_corruption_and_lost_chunks(self):
        faults = ["stall@100000", "corrupt@700000", "drop@1200000", "corrupt@2999999", "stall@0"]
        arguments = [part for fault in faults for part in ("--fault", fault)]
        with Modules(*arguments, *QUICK) as module:
            self._check_updated(update(self.server.url("plain/" + NEW)), module)

    def shows_a_bar_on_a_terminal_and_lines_elsewhere(self):
        with Modules("--bus-rate", "2000000", *QUICK):
            text = _on_a_terminal([UXM, "update", self.file])
            self.assertIn("\r[", text)
            self.assertRegex(text, r"Transferring: \d\.\d of 3\.0 MB \(\d+ %\), \d\.\d MB/s")
            self.assertIn("was updated from 1.5.3 to 1.6.1", text)
            done = subprocess.run(
                [UXM, "update", self.file], capture_output=True, text=True, check=False
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("\r", done.stdout)
            self.assertNotIn("\033", done.stdout)
            self.assertIn("was given 1.6.1 once more", done.stdout)

    def progress_goes_to_a_descriptor_of_its_own(self):
        with Modules(*QUICK):
            read, write = os.pipe()
            with subprocess.Popen(
                [UXM, "update", self.file, "--progress-fd", str(write)],
                pass_fds=[write],
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                os.close(write)
                with os.fdopen(read) as stream:
                    lines = stream.read().splitlines()
                self.assertEqual(process.wait(), 0)
                self.assertEqual(process.stdout.read(), "")
            self.assertRegex(lines[-1], '"event":"result".*"code":0')

    def an_interrupt_after_the_commit_is_noted_and_the_update_goes_on(self):
        with Modules("--install-time", "2000", "--done-time", "300") as module:
            run = Uxm("update", "--json", self.file)
            module.screen.wait_for("install")
            run.interrupt()
            run.code = run.end()
            self._check_updated(run, module)
            notes = [e["text"] for e in run.events() if e["event"] == "note"]
            self.assertIn("can no longer be stopped", " ".join(notes))

    def a_terminal_that_goes_away_after_the_commit_ends_nothing(self):
        with Modules("--install-time", "2000", "--done-time", "300") as module:
            run = Uxm("update", "--json", self.file)
            module.screen.wait_for("install")
            run.interrupt(signal.SIGHUP)
            run.out.wait_for("can no longer be stopped")
            run.interrupt(signal.SIGHUP)
            self.assertEqual(run.end(), 0, run.sentence())

    def a_second_interrupt_after_the_commit_ends_the_command(self):
        with Modules("--install-time", "4000", "--done-time", "300") as module:
            run = Uxm("update", "--json", self.file)
            module.screen.wait_for("install")
            run.interrupt()
            run.out.wait_for("can no longer be stopped")
            run.interrupt(signal.SIGTERM)
            self.assertEqual(run.end(5), 9, run.sentence())
            module.screen.wait_for("1.6.1")
            module.wait_present()
            wait_until(lambda: [e.get("version") for e in listed()] == ["1.6.1"], "new version")

    def follows_an_update_that_somebody_else_committed(self):
        with Modules("--install-time", "6000", "--done-time", "300") as module:
            first = Uxm("update", "--json", self.file)
            module.screen.wait_for("install")
            first.process.kill()
            first.end()
            run = update(self.file)
            self.assertEqual(run.code, 0, run.sentence())
            notes = [e["text"] for e in run.events() if e["event"] == "note"]
            self.assertIn("busy with another update", " ".join(notes))
            self.assertIn("was given 1.6.1 once more", run.result()["text"])


def _address(serial):
    top = "/sys/bus/usb/devices"
    for device in os.listdir(top):
        try:
            with open(f"{top}/{device}/serial", encoding="ascii") as file:
                if file.read().strip() != serial:
                    continue
            with open(f"{top}/{device}/devnum", encoding="ascii") as file:
                return int(file.read())
        except OSError:
            continue
    raise AssertionError("no such device")


def _on_a_terminal(command):
    """What the command prints on a terminal of 120 columns."""
    master, slave = pty.openpty()
    subprocess.run(["stty", "cols", "120"], stdin=slave, check=True)
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        text = b""
        while True:
            try:
                read = os.read(master, 65536)
            except OSError:
                break
            if not read:
                break
            text += read
        process.wait()
    os.close(master)
    return re.sub(r"\033\[K", "", text.decode())
