"""What must not be updated, and what goes wrong: each has its code and its sentence, and leaves the
module on its old version and ready for the next update."""

import fcntl
import os
import signal
import socket
import subprocess

import failures
from stage import NEW, NOTICED, PATIENCE, QUICK, UXM, Modules, Offered, Uxm, image, listed
from stage import update, wait_until

SIZE = 3_000_001


class Case(Offered):
    SIZE = SIZE

    def _refused(self, run, code, *words):
        self.assertEqual(run.code, code, run.sentence() or run.out.text())
        self.assertEqual(len(run.err.lines), 1, run.sentence())
        for word in words:
            self.assertIn(word, run.sentence())
        self.assertEqual(run.result()["code"], code)

    def _still_old_and_ready(self, version="1.5.3"):
        self.assertEqual(
            [(e.get("version"), e.get("state")) for e in listed()], [(version, "idle")]
        )

    def _next_update_succeeds(self):
        run = update(self.file)
        self.assertEqual(run.code, 0, run.sentence())


class Count(Case):
    def refuses_when_no_module_is_present(self):
        self._refused(update(self.file), 3, "No expansion module")

    def refuses_when_two_or_three_modules_are_present_and_touches_none(self):
        for count in (2, 3):
            with self.subTest(count), Modules("--version", "1.5.3", count=count) as modules:
                with Bus() as bus:
                    run = update(self.server.url("plain/" + NEW))
                self._refused(run, 4, f"{count} expansion modules")
                for entry in listed():
                    self.assertIn(entry["port"], run.sentence())
                    self.assertIn(entry["serial"], run.sentence())
                self.assertEqual(run.sentence().count("version 1.5.3"), count)
                self.assertEqual(bus.forbidden(), [])
                self.assertNotIn("Receiving", modules.screen)

    def another_device_with_other_ids_is_no_module(self):
        with Modules(*QUICK), Modules("--product", "0002", serial="OTHER"):
            self.assertEqual([e["serial"] for e in listed()], ["TEST"])
            self._next_update_succeeds()

    def a_setting_makes_other_ids_modules(self):
        with Modules("--product", "0002", *QUICK):
            self._refused(update(self.file), 3)
            run = update(self.file, "--module-id", "1209:0002")
            self.assertEqual(run.code, 0, run.sentence())

    def goes_on_when_a_second_module_is_plugged_in_during_an_update(self):
        with Modules("--bus-rate", "1000000", *QUICK) as first:
            run = Uxm("update", "--json", self.file)
            first.screen.wait_for("Receiving")
            with Modules("--version", "1.1.1", serial="SECOND") as second:
                run.code = run.end()
                self.assertEqual(run.code, 0, run.sentence())
                notes = [e["text"] for e in run.events() if e["event"] == "note"]
                self.assertEqual(len([n for n in notes if "plugged in" in n]), 1)
                self.assertNotIn("Receiving", second.screen)
                versions = {e["serial"]: e["version"] for e in listed()}
                self.assertEqual(versions, {"TEST": "1.6.1", "SECOND": "1.1.1"})


class Plug(Case):
    def unplugged_at_the_first_a_middle_and_the_last_byte(self):
        for offset in (0, SIZE // 2, SIZE - 1):
            with self.subTest(offset), Modules("--fault", f"unplug@{offset}", *QUICK) as module:
                run = update(self.server.url("plain/" + NEW))
                self._refused(run, 7, "unplugged after", "keeps version 1.5.3")
                module.tell("plug")
                module.wait_present()
                self._still_old_and_ready()
                self._next_update_succeeds()

    def ends_within_a_second_of_the_unplug(self):
        with Modules("--bus-rate", "500000", *QUICK) as module:
            run = Uxm("update", "--json", self.file)
            module.screen.wait_for("Receiving")
            module.tell("unplug")
            module.screen.wait_for("left the bus")
            run.code = run.end(NOTICED)
            self._refused(run, 7, "unplugged")

    def unplugged_while_the_server_is_waited_for(self):
        with Modules(*QUICK) as module:
            run = Uxm("update", "--json", self.server.url("stall/1000000/" + NEW))
            run.out.wait_for('"accepted":[1-9]')
            module.tell("unplug")
            module.screen.wait_for("left the bus")
            run.code = run.end(NOTICED)
            self._refused(run, 7, "unplugged")

    def unplugged_during_each_step_the_version_read_afterwards_decides(self):
        for step, code, version in (
            ("verify:50", 10, "1.5.3"),
            ("install:50", 10, "1.5.3"),
            ("done", 0, "1.6.1"),
        ):
            arguments = ["--fault", f"unplug@{step}", "--verify-rate", "3000000", *QUICK]
            with self.subTest(step), Modules(*arguments) as module:
                run = Uxm("update", "--json", self.file)
                module.screen.wait_for("left the bus")
                module.tell("plug")
                run.code = run.end()
                self.assertEqual(run.code, code, run.sentence())
                self._still_old_and_ready(version)
                self._next_update_succeeds()

    def loses_power_and_runs_the_old_version(self):
        for where, code in (("1000000", 7), ("verify", 10), ("install:99", 10)):
            with self.subTest(where), Modules("--fault", f"power-loss@{where}", *QUICK) as module:
                run = update(self.file)
                self.assertEqual(run.code, code, run.sentence())
                module.wait_present()
                self._still_old_and_ready()
                self._next_update_succeeds()


    def the_same_version_as_before_is_no_proof_of_an_update(self):
        with Modules("--version", "1.6.1", "--fault", "power-loss@verify:50", *QUICK):
            self._refused(update(self.file), 8, "left before it reported success", "1.6.1")
            self._next_update_succeeds()

    def unplugged_while_the_server_has_not_answered(self):
        with Modules(*QUICK) as module:
            run = Uxm("update", "--json", self.server.url("headers/slow"), "--name", NEW)
            run.out.wait_for('"step":"fetch"')
            module.tell("unplug")
            module.screen.wait_for("left the bus")
            run.code = run.end(NOTICED)
            self._refused(run, 7, "unplugged")


class Cancel(Case):
    def a_signal_before_the_commit_cancels(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), Modules("--bus-rate", "1000000", *QUICK) as module:
                run = Uxm("update", "--json", self.server.url("plain/" + NEW))
                module.screen.wait_for("Receiving [1-9]")
                run.interrupt(number)
                run.code = run.end(NOTICED)
                self._refused(run, 13, "cancelled")
                self._still_old_and_ready()
                self._next_update_succeeds()

    def a_signal_while_the_server_does_not_answer_cancels(self):
        with Modules(*QUICK):
            run = Uxm("update", "--json", self.server.url("headers/slow"), "--name", NEW)
            run.out.wait_for('"step":"fetch"')
            wait_until(lambda: "headers/slow" in self.server.requests(), "the request")
            run.interrupt()
            run.code = run.end(NOTICED)
            self._refused(run, 13, "cancelled")
            self._still_old_and_ready()

    def killed_in_the_middle_the_next_update_succeeds(self):
        with Modules("--bus-rate", "1000000", *QUICK) as module:
            run = Uxm("update", "--json", self.file)
            module.screen.wait_for("Receiving [1-9]")
            run.process.kill()
            run.end()
            self._next_update_succeeds()


class Silence(Case):
    def a_module_that_never_answers(self):
        with Modules("--fault", "silence@identity"):
            self._refused(update(self.file), 7, "did not answer within 5000 ms")

    def a_module_that_falls_silent_in_the_middle(self):
        with Modules("--fault", "silence@1000000", *QUICK) as module:
            self._refused(update(self.file), 7, "fell silent")
            module.tell("power-loss")
            module.screen.wait_for("left the bus")
            module.wait_present()
            self._still_old_and_ready()
            self._next_update_succeeds()

    def a_module_that_does_not_answer_begin(self):
        with Modules("--fault", "silence@begin", *QUICK):
            self._refused(update(self.file), 7, "did not answer")


class Access(Case):
    def another_program_holds_the_interface(self):
        with Modules("--bus-rate", "500000", *QUICK) as module:
            first = Uxm("update", "--json", self.file)
            module.screen.wait_for("Receiving")
            self._refused(update(self.file), 12, "in use by another program")
            self.assertEqual(first.end(), 0, first.sentence())
            self.assertEqual([e["version"] for e in listed()], ["1.6.1"])

    def no_permission_names_the_udev_rule(self):
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        with Modules(*QUICK):
            run = update(self.server.url("plain/" + NEW), wrap=nobody)
            self._refused(run, 14, "70-uxm.rules", "/dev/bus/usb/")
            done = subprocess.run(
                [*nobody, UXM, "list"], capture_output=True, text=True, check=False
            )
            self.assertEqual(done.returncode, 14)
            self.assertIn("70-uxm.rules", done.stderr)
            self._still_old_and_ready()


class Overwritten(Case):
    def a_file_that_is_overwritten_in_place_is_not_installed_as_a_mixture(self):
        row = [row for row in failures.rows() if "written to meanwhile" in row.what][0]
        path = self.folder.write("its-" + NEW, self.content)
        for source in ([path], ["-", "--size", str(SIZE)]):
            with self.subTest(source), Modules("--bus-rate", "1000000", *QUICK) as module:
                with open(path, "rb") as stream:
                    run = Uxm("update", "--json", *source, "--name", NEW, stdin=stream)
                    module.screen.wait_for("Receiving [1-9]")
                    with open(path, "r+b") as file:
                        file.write(image(SIZE, b"another"))
                    run.code = run.end()
                self._refused(run, row.code, "has changed")
                self.assertTrue(row.fits(run.sentence()), run.sentence())
                self._still_old_and_ready()

    def a_file_that_is_replaced_by_another_one_is_installed_as_it_was(self):
        path = self.folder.write("its-" + NEW, self.content)
        flash = os.path.join(self.folder.path, "flash")
        with Modules("--flash", flash, "--bus-rate", "1000000", *QUICK) as module:
            run = Uxm("update", "--json", path, "--name", NEW)
            module.screen.wait_for("Receiving [1-9]")
            os.replace(self.folder.write("other", image(SIZE, b"another")), path)
            self.assertEqual(run.end(), 0, run.sentence())
        with open(flash, "rb") as file:
            self.assertIn(self.content, file.read())


class Streams(Case):
    """What the caller does with the command's descriptors."""

    def a_reader_that_does_not_read_holds_nothing_up(self):
        read, write = os.pipe()
        fcntl.fcntl(write, 1031, 4096)  # F_SETPIPE_SZ
        os.write(write, b"x" * 4096)
        with Modules("--bus-rate", "1000000", *QUICK) as module:
            with subprocess.Popen(
                [UXM, "update", self.file, "--progress-fd", str(write)], pass_fds=[write]
            ) as process:
                module.screen.wait_for("Update successful")
                self.assertEqual(process.wait(30), 0)
        os.close(read)
        os.close(write)

    def standard_input_is_waited_for_only_when_it_is_wanted(self):
        with Modules("--bus-rate", "1000000", "--install-time", "1000") as module:
            with open(self.file, "rb") as content, subprocess.Popen(
                ["cat"], stdin=content, stdout=subprocess.PIPE
            ) as cat:
                run = Uxm("update", "--json", "-", "--name", NEW, "--size", str(SIZE),
                          stdin=cat.stdout)
                module.screen.wait_for("Update successful")
                with open(f"/proc/{run.process.pid}/stat", encoding="ascii") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                ticks = int(fields[11]) + int(fields[12])
                self.assertEqual(run.end(), 0, run.sentence())
        # Of the four seconds and more that this took, one that spins uses all.
        self.assertLess(ticks / os.sysconf("SC_CLK_TCK"), 2.0)

    def closed_standard_descriptors_become_nothing_else(self):
        with Modules(*QUICK):
            done = subprocess.run(
                ["sh", "-c", f"{UXM} update - --name {NEW} --size 1000 <&- 2>&1"],
                capture_output=True, text=True, timeout=PATIENCE, check=False,
            )
            self.assertEqual(done.returncode, 6, done.stdout)
            self.assertIn("truncated", done.stdout)
            done = subprocess.run(
                ["sh", "-c", f"{UXM} update {self.file} <&- >&- 2>&-"],
                timeout=PATIENCE, check=False,
            )
            self.assertEqual(done.returncode, 0)


class Source(Case):
    """One module for all: none of this may reach it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.module = Modules(*QUICK)

    @classmethod
    def tearDownClass(cls):
        cls.module.stop()
        super().tearDownClass()

    def _check(self, source, code, *words, arguments=(), begun=False):
        start = len(self.module.screen.lines)
        run = update(source, *arguments)
        self._refused(run, code, *words)
        self._still_old_and_ready()
        if not begun:
            shown = "\n".join(self.module.screen.lines[start:])
            self.assertNotIn("Receiving", shown)

    def a_wrong_file_name(self):
        self._check(self.server.url("plain/firmware.bin"), 5, "firmware.bin", "snomD7C-<version>")

    def an_image_for_another_model(self):
        self._check(self.server.url("plain/snomD8C-1.6.1-r.bin"), 5, "D8C", "D7C")

    def an_image_that_is_larger_than_the_module_holds(self):
        self._check(self.server.url("gen/80000001/" + NEW), 5, "80000001")

    def an_unknown_host(self):
        self._check("http://no-such-host.invalid/" + NEW, 6, "no-such-host.invalid")

    def a_closed_port(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self._check(f"http://127.0.0.1:{unused.getsockname()[1]}/{NEW}", 6, "refused")

    def not_found(self):
        self._check(self.server.url("404/" + NEW), 6, "404")

    def a_server_error(self):
        """One that is not asked again; those that are, with their pauses, need no module."""
        self._check(self.server.url("501/" + NEW), 6, "501")

    def an_endless_body(self):
        self._check(self.server.url("endless/" + NEW), 6, "longer than the 3000001", begun=True)

    def a_length_that_is_missing(self):
        self._check(self.server.url("nolength/" + NEW), 6, "length")
        self._check(self.server.url("chunked/" + NEW), 6, "Content-Length")

    def a_body_longer_than_announced(self):
        self._check(self.server.url("long/1000/" + NEW), 6, "longer than the 3000001", begun=True)

    def a_trickle_of_one_byte_a_second(self):
        self._check(
            self.server.url("trickle/1/" + NEW),
            6,
            "did not begin to send",
            arguments=["--network-timeout", "3"],
        )

    def a_trickle_of_two_thousand_bytes_a_second(self):
        self._check(
            self.server.url("trickle/2000/" + NEW),
            6,
            "stalled",
            arguments=["--network-timeout", "3"],
            begun=True,
        )

    def a_redirect_loop(self):
        self._check(self.server.url("loop/" + NEW), 6, "redirect")

    def a_redirect_to_a_file(self):
        self._check(self.server.url("tofile/" + NEW), 6, "file")

    def an_empty_file(self):
        path = os.path.join(self.folder.path, "empty")
        os.makedirs(path, exist_ok=True)
        file = os.path.join(path, NEW)
        with open(file, "wb"):
            pass
        self._check(file, 5, "empty")
        self._check(self.server.url("empty/" + NEW), 5, "empty")

    def a_missing_file(self):
        self._check("/no/such/folder/" + NEW, 6, "/no/such/folder")

    def standard_input_shorter_than_declared(self):
        with open(self.file, "rb") as content:
            run = update("-", "--name", NEW, "--size", str(SIZE + 1), stdin=content)
        self._refused(run, 6, "truncated")
        self._still_old_and_ready()

    def unknown_scheme(self):
        self._check("tftp://127.0.0.1/" + NEW, 2, "tftp")

    def and_after_all_this_an_update_succeeds(self):
        run = update(self.server.url("plain/" + NEW))
        self.assertEqual(run.code, 0, run.sentence())
        with Modules(*QUICK, serial="RESTORED"):
            pass


class Bus:
    """What crosses the bus meanwhile, by usbmon's text interface (the kernel's usbmon.rst)."""

    def __enter__(self):
        subprocess.run(["modprobe", "usbmon"], check=True)
        self.process = subprocess.Popen(
            ["cat", "/sys/kernel/debug/usb/usbmon/0u"], stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.lines = self.process.stdout.read().splitlines()
        self.process.stdout.close()
        self.process.wait()

    def forbidden(self):
        """Submissions that are neither GET_DESCRIPTOR nor IDENTITY, hubs left out."""
        found = []
        setups = 0
        for line in self.lines:
            fields = line.split()
            if len(fields) < 9 or fields[2] != "S" or fields[3].endswith(":001:0"):
                continue
            if fields[3][0] == "B":
                found.append(line)
            if fields[3][:2] not in ("Co", "Ci") or fields[4] != "s":
                continue
            setups += 1
            kind, request = int(fields[5], 16), int(fields[6], 16)
            if (kind, request) not in ((0x80, 6), (0xC1, 1)):
                found.append(line)
        if setups == 0:
            found.append("nothing was seen")
        return found
