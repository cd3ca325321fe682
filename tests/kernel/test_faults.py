"""Faults on a real kernel: updates that go on where one stopped, that wait for their module, and that
are killed or lose their module at random moments."""

import hashlib
import json
import os
import random
import re
import subprocess
import time
import unittest

from stage import NEW, NOTICED, PATIENCE, QUICK, UXM, Folder, Modules, Offered, Server, Uxm
from stage import image, listed, serials_on_bus, update, wait_until

SIZE = 3_000_001
MIDDLE = SIZE // 2

# Of the random moments: how many, and from which number they follow.
ROUNDS = int(os.environ.get("UXM_ROUNDS", "20"))
SEED = int(os.environ.get("UXM_SEED", "1"))
ALONE = "UXM_ROUNDS" in os.environ


def notes(run):
    return [event["text"] for event in run.events() if event["event"] == "note"]


def usb_leftovers():
    """Interfaces of modules that a program has claimed: usbfs is their driver then."""
    top = "/sys/bus/usb/drivers/usbfs"
    return [name for name in os.listdir(top) if ":" in name]


class Case(Offered):
    SIZE = SIZE

    def _flash(self):
        return os.path.join(self.folder.path, self.id().rsplit(".", 1)[1] + ".flash")

    def _asked(self):
        """The ranges that the server was asked for, of the image, "-" for all of it."""
        lines = [line.split() for line in self.server.requests().splitlines()]
        return [fields[2] for fields in lines if fields[1].endswith(NEW)]

    def _check_updated(self, run):
        self.assertEqual(run.code, 0, run.sentence())
        self.assertEqual([entry.get("version") for entry in listed()], ["1.6.1"])

    def _interrupt(self, module, *arguments):
        """An update whose module is pulled in the middle, and plugged in again afterwards."""
        run = Uxm("update", "--json", *arguments)
        module.screen.wait_for("left the bus", patience=PATIENCE)
        run.code = run.end()
        self.assertEqual(run.code, 7, run.sentence())
        self.assertIn("unplugged after", run.sentence())
        module.tell("plug")
        module.wait_present()

    def _continued(self, run):
        """Where it says that it continued."""
        said = re.findall(r"Continuing at (\d+) of (\d+) bytes", " ".join(notes(run)))
        self.assertEqual(len(said), 1, notes(run))
        self.assertEqual(int(said[0][1]), SIZE)
        return int(said[0][0])


class Resume(Case):
    def goes_on_after_an_unplug_and_asks_the_server_for_the_rest_alone(self):
        flash = self._flash()
        with Modules("--flash", flash, "--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            source = self.server.url("digest/" + NEW)
            self._interrupt(module, source)
            before = len(self._asked())
            run = update(source)
            self._check_updated(run)
        at = self._continued(run)
        self.assertGreater(at, MIDDLE - 400_000)
        self.assertLessEqual(at, MIDDLE)
        # The first request is for what decides, and is dropped for the second.
        self.assertEqual(self._asked()[before:], ["-", f"bytes={at}-"])
        with open(flash, "rb") as file:
            self.assertIn(self.content, file.read())

    def goes_on_after_a_kill(self):
        with Modules("--bus-rate", "2000000", *QUICK) as module:
            source = self.server.url("digest/" + NEW)
            run = Uxm("update", "--json", source)
            module.screen.wait_for(r"Receiving 1\d{6} of")
            run.process.kill()
            run.end()
            run = update(source)
            self._check_updated(run)
            at = self._continued(run)
            self.assertGreater(at, SIZE // 5)
            self.assertEqual(self._asked()[-1], f"bytes={at}-")

    def goes_on_after_the_module_was_without_power(self):
        flash = self._flash()
        digest = hashlib.sha256(self.content).hexdigest()
        with Modules("--flash", flash, "--fault", f"unplug@{MIDDLE}", *QUICK):
            run = update(self.file, "--sha256", digest)
            self.assertEqual(run.code, 7, run.sentence())
        with Modules("--flash", flash, *QUICK):
            run = update(self.file, "--sha256", digest)
            self._check_updated(run)
            self.assertGreater(self._continued(run), MIDDLE - 400_000)

    def goes_on_from_standard_input_past_what_the_module_has(self):
        flash = self._flash()
        digest = hashlib.sha256(self.content).hexdigest()
        with Modules("--flash", flash, "--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            self._interrupt(module, self.file, "--sha256", digest)
            with subprocess.Popen(["cat", self.file], stdout=subprocess.PIPE) as cat:
                run = update("-", "--name", NEW, "--size", str(SIZE), "--sha256", digest,
                             stdin=cat.stdout)
            self._check_updated(run)
            self.assertGreater(self._continued(run), MIDDLE - 400_000)
        with open(flash, "rb") as file:
            self.assertIn(self.content, file.read())

    def goes_on_with_an_image_whose_header_names_its_digest(self):
        payload = self.folder.write("payload", image(SIZE, b"header"))
        made = os.path.join(self.folder.path, "headed", NEW)
        os.makedirs(os.path.dirname(made))
        subprocess.run(
            [UXM, "image", "create", payload, "--model", "D7C", "--version", "1.6.1"]
            + ["--hardware", "1-3", "-o", made],
            check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE,
        )
        header = os.path.getsize(made) - SIZE
        with Modules("--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            source = self.server.url("plain/headed/" + NEW)
            self._interrupt(module, source)
            run = update(source)
            self._check_updated(run)
            at = self._continued(run)
            self.assertEqual(self._asked()[-1], f"bytes={at + header}-")

    def starts_over_where_no_digest_is_known(self):
        with Modules("--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            source = self.server.url("plain/" + NEW)
            self._interrupt(module, source)
            run = update(source)
            self._check_updated(run)
            self.assertEqual(notes(run), [])
            self.assertEqual(self._asked()[-1], "-")

    def starts_over_with_another_image(self):
        other = self.folder.write(os.path.join("other-" + NEW), image(SIZE, b"other"))
        with Modules("--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            self._interrupt(module, self.server.url("digest/" + NEW))
            digest = hashlib.sha256(image(SIZE, b"other")).hexdigest()
            run = update(other, "--name", NEW, "--sha256", digest)
            self._check_updated(run)
            self.assertEqual(notes(run), [])

    def throws_away_a_kept_part_that_turns_out_damaged(self):
        faults = ["--fault", "corrupt-flash@1000000", "--fault", f"unplug@{MIDDLE}"]
        with Modules(*faults, *QUICK) as module:
            source = self.server.url("digest/" + NEW)
            self._interrupt(module, source)
            run = update(source)
            self.assertEqual(run.code, 8, run.sentence())
            self.assertIn("SHA-256", run.sentence())
            self._continued(run)
            run = update(source)
            self._check_updated(run)
            self.assertEqual(notes(run), [])


class Wait(Case):
    def waits_for_a_module_to_be_plugged_in(self):
        run = Uxm("update", "--json", "--wait", self.file)
        run.out.wait_for("waiting for one to be plugged in")
        with Modules(*QUICK):
            run.code = run.end()
            self._check_updated(run)

    def waits_for_its_module_after_an_unplug_and_goes_on(self):
        with Modules("--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            run = Uxm("update", "--json", "--wait", self.server.url("digest/" + NEW))
            run.out.wait_for("to be plugged in again")
            module.tell("plug")
            run.code = run.end()
            self._check_updated(run)
            at = self._continued(run)
            self.assertEqual(self._asked()[-1], f"bytes={at}-")
            counts = [e["accepted"] for e in run.events() if e["event"] == "progress"]
            self.assertEqual(counts, sorted(counts))

    def waits_on_while_another_module_is_there(self):
        with Modules("--fault", f"unplug@{MIDDLE}", *QUICK) as module:
            run = Uxm("update", "--json", "--wait", self.file)
            run.out.wait_for("to be plugged in again")
            with Modules("--version", "1.1.1", *QUICK, serial="SECOND") as second:
                run.out.wait_for("Another module .serial SECOND.")
                self.assertNotIn("Receiving", second.screen)
                self.assertEqual(usb_leftovers(), [])
            module.tell("plug")
            run.code = run.end()
            self._check_updated(run)
            self.assertEqual(run.result()["returned"]["serial"], "TEST")

    def ends_when_it_is_told_to(self):
        run = Uxm("update", "--json", "--wait", self.file)
        run.out.wait_for("waiting for one to be plugged in")
        run.interrupt()
        self.assertEqual(run.end(NOTICED), 13, run.sentence())

    def asks_for_no_module_where_there_is_no_image(self):
        run = update("--wait", "/no/such/folder/" + NEW)
        self.assertEqual(run.code, 6, run.sentence())
        self.assertIn("/no/such/folder", run.sentence())
        self.assertEqual(notes(run), [])

    def cannot_read_standard_input_a_second_time(self):
        run = update("-", "--wait", "--name", NEW, "--size", str(SIZE))
        self.assertEqual(run.code, 2, run.sentence())
        self.assertIn("--wait", run.sentence())


class Moments(unittest.TestCase):
    """At random moments something happens; an ordinary update afterwards always succeeds."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.server = Server(cls.folder.path)
        cls.flash = os.path.join(cls.folder.path, "flash")
        # Some of its time on the bus, some in each step, and as little as can be while it is away.
        cls.module = Modules(
            "--bus-rate", "2000000", "--verify-rate", "4000000", "--install-time", "80",
            "--done-time", "300", "--reboot-time", "100", "--flash", cls.flash,
        )
        cls.rounds = 0

    @classmethod
    def tearDownClass(cls):
        cls.module.stop()
        cls.server.stop()
        cls.folder.close()

    def _next_image(self):
        """Another image and another version each time, so that it shows which one the module runs."""
        cls = type(self)
        cls.rounds += 1
        version = f"2.{cls.rounds // 1000}.{cls.rounds % 1000}"
        name = f"snomD7C-{version}-r.bin"
        self.content = image(400_001, name.encode())
        self.folder.write(name, self.content)
        return version, self.server.url("digest/" + name)

    def _begin(self, source):
        """An update that has begun: loading the program is no moment of it."""
        run = Uxm("update", "--json", source)
        run.out.wait_for('"step":"look"')
        return run

    def _usual_time(self):
        """Seconds until it waits for the return, and a little of that."""
        _, source = self._next_image()
        run = self._begin(source)
        self.assertEqual(run.end(), 0, run.sentence())
        times = [e["elapsed_ms"] for e in run.events() if e.get("step") == "return"]
        return times[0] * 1.1 / 1000

    def _check_afterwards(self, version, source):
        """A normal update: once the module is there, which it may be about to leave once more."""
        run = None
        for _ in range(3):
            wait_until(lambda: "TEST" in serials_on_bus(), "module on the bus")
            self.assertEqual(usb_leftovers(), [])
            run = update(source)
            left = run.code == 7 and "left while it was looked at" in run.sentence()
            if run.code != 3 and not left:
                break
        self.assertEqual(run.code, 0, run.sentence())
        self.assertEqual(run.result()["returned"]["version"], version)
        with open(self.flash, "rb") as file:
            self.assertIn(self.content, file.read())
        self.assertEqual(usb_leftovers(), [])
        self.assertNotIn("uxm", programs())

    def killed_at_random_moments(self):
        chance = random.Random(SEED)
        longest = self._usual_time()
        steps = {}
        for number in range(ROUNDS):
            version, source = self._next_image()
            with self.subTest(number, seed=SEED):
                run = self._begin(source)
                time.sleep(chance.uniform(0, longest))
                run.process.kill()
                run.end()
                steps[last_step(run)] = steps.get(last_step(run), 0) + 1
                self._check_afterwards(version, source)
        print(f"   killed {ROUNDS} times (seed {SEED}): {counts(steps)}", flush=True)

    def _wait_for_end_or_commit(self, run):
        """The seconds that it took."""
        began = time.monotonic()
        while run.process.poll() is None and not is_committed(run):
            if time.monotonic() - began > 10:
                self.fail(f"It does not end: {where_it_hangs(run, self.module)}")
            time.sleep(0.02)
        return time.monotonic() - began

    def unplugged_at_random_moments(self):
        chance = random.Random(SEED)
        longest = self._usual_time()
        steps = {}
        codes = {}
        slowest = 0
        for number in range(ROUNDS):
            version, source = self._next_image()
            with self.subTest(number, seed=SEED):
                run = self._begin(source)
                time.sleep(chance.uniform(0, longest))
                self.module.tell("unplug")
                # After the commit it waits for the module's return: then that is plugged in.
                took = self._wait_for_end_or_commit(run)
                if not is_committed(run):
                    slowest = max(slowest, took)
                self.module.tell("plug")
                code = run.end()
                self.assertIn(code, (0, 3, 7, 8, 9, 10), run.sentence())
                if not is_committed(run):
                    self.assertIn(code, (3, 7), run.sentence())
                codes[code] = codes.get(code, 0) + 1
                steps[last_step(run)] = steps.get(last_step(run), 0) + 1
                self._check_afterwards(version, source)
        print(f"   unplugged {ROUNDS} times (seed {SEED}): {counts(steps)}", flush=True)
        print(f"   exit codes: {counts(codes)}", flush=True)
        print(f"   longest time from unplug to exit: {slowest * 1000:.0f} ms", flush=True)
        # What is promised is asked of a machine that does nothing else.
        if ALONE:
            self.assertLess(slowest, 1)


class Memory(unittest.TestCase):
    def valgrind_finds_nothing_in_a_real_update(self):
        """Leaks of every kind but what libraries keep to the end, and bytes used before they were
        set, also those handed to the kernel."""
        valgrind = [
            "valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect,possible", "--track-fds=yes",
        ]
        folder = Folder()
        self.addCleanup(folder.close)
        content = image(200_001)
        folder.write(NEW, content)
        server = Server(folder.path)
        self.addCleanup(server.stop)
        with Modules("--silence", "60000", *QUICK):
            run = Uxm("update", "--json", server.url("digest/" + NEW), wrap=valgrind)
            code = run.end(600)
            self.assertEqual(code, 0, run.sentence())
            self.assertEqual(run.result()["returned"]["version"], "1.6.1")
        # The streams that it was started with are the only descriptors that are left.
        for number in re.findall(r"Open file descriptor (\d+):", run.sentence()):
            self.assertLess(int(number), 3, run.sentence())


def programs():
    """The names of all processes, those that were not waited for too."""
    names = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/comm", encoding="utf-8") as file:
                names.append(file.read().strip())
        except OSError:
            continue
    return names


def where_it_hangs(run, module):
    """What is known of an update that does not end."""
    told = [run.out.lines[-1:], run.sentence(), module.screen.lines[-4:]]
    for name in ("wchan", "syscall", "stack"):
        try:
            with open(f"/proc/{run.process.pid}/{name}", encoding="ascii") as file:
                told.append(f"{name}: {file.read()}")
        except OSError as error:
            told.append(f"{name}: {error}")
    return told


def last_step(run):
    steps = [e["step"] for e in whole_events(run) if e["event"] == "progress"]
    return steps[-1] if steps else "start"


def is_committed(run):
    return last_step(run) in ("commit", "verify", "install", "reboot", "return")


def whole_events(run):
    """A line that was cut short by a kill is none."""
    events = []
    with run.out.condition:
        lines = list(run.out.lines)
    for line in lines:
        if line.endswith("}"):
            events.append(json.loads(line))
    return events


def counts(numbers):
    return ", ".join(f"{key} {value}" for key, value in sorted(numbers.items(), key=str))


if __name__ == "__main__":
    unittest.main()
