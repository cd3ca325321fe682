"""uxmd as systemd runs it, by the unit file that is installed: confined, watched, started again."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile

from phone import NEW, SLOW, Case, Uxmd, jobs
from stage import BIN, PATIENCE, QUICK, Modules, wait_until

SYSTEMD = "/lib/systemd/systemd"
RUN = "/run/systemd"
STATE = "/var/lib/uxmd"
PORT = 18090


class Served(Uxmd):
    """That which systemd has started."""

    def __init__(self, pid):
        self.pid = pid
        self.base = f"http://127.0.0.1:{PORT}/"


class Systemd:
    """A systemd of its own, with nothing but uxmd."""

    def __init__(self, log, **changes):
        # What it must be able to run is not below /tmp, of which it has its own.
        self.folder = tempfile.mkdtemp(prefix="uxm-test-", dir="/run")
        self.log = log
        self.units = os.path.join(RUN, "system")
        os.makedirs(self.units)
        subprocess.run(
            ["cmake", "--install", os.path.dirname(BIN), "--prefix", self.folder],
            check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE,
        )
        self._write_units(changes)
        self.process = subprocess.Popen(
            ["unshare", "--fork", "--pid", "--mount", "--mount-proc", "--kill-child", SYSTEMD]
            + ["--system", "--unit=uxmd.service"],
            env={**os.environ, "container": "test", "SYSTEMD_UNIT_PATH": self.units},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def _write_units(self, changes):
        with open(
            os.path.join(self.folder, "lib/systemd/system/uxmd.service"), encoding="ascii"
        ) as file:
            lines = file.read().splitlines()
        changes["ExecStart"] = (
            f"{self.folder}/bin/uxmd --config {self.units}/empty.conf --port {PORT} --phone-version 10.1.64.14"
        )
        # There is none that would start the rest of the machine.
        text = "\n".join(
            f"{line.split('=')[0]}={changes[line.split('=')[0]]}"
            if line.split("=")[0] in changes else line for line in lines
        ).replace("[Unit]", "[Unit]\nDefaultDependencies=no")
        text = text.replace("[Service]", f"[Service]\nStandardError=append:{self.log}")
        with open(os.path.join(self.units, "uxmd.service"), "w", encoding="ascii") as file:
            file.write(text)
        with open(os.path.join(self.units, "empty.conf"), "w", encoding="ascii"):
            pass
        for target in ("basic", "sysinit", "network"):
            path = os.path.join(self.units, target + ".target")
            with open(path, "w", encoding="ascii") as file:
                file.write("[Unit]\nDefaultDependencies=no\n")

    def control(self, *words):
        """What systemctl says, among systemd's own processes: it answers no others."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as file:
            number = file.read().strip()
        if not number:
            return ""
        return subprocess.run(
            ["nsenter", "--target", number, "--pid", "--mount", "systemctl", *words],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        ).stdout

    def served(self, but=None):
        """Until it has said that it is ready; `but`: the number of a process that is not meant."""
        wait_until(lambda: running(but) and "active" in self.control("is-active", "uxmd").split(),
                   "a uxmd that is ready")
        return Served(running(but)[0])

    def stop(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        wait_until(lambda: not running(None), "the end of uxmd")
        for folder in (self.folder, RUN, STATE):
            shutil.rmtree(folder, ignore_errors=True)


def running(but):
    """The numbers of the processes that run uxmd."""
    found = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                name = file.read().strip()
        except OSError:
            continue
        if name == "uxmd" and int(path.split("/")[2]) != but:
            found.append(int(path.split("/")[2]))
    return found


class Service(Case):
    def setUp(self):
        super().setUp()
        if os.path.exists(RUN) or os.path.exists(STATE):
            self.skipTest("this machine has a systemd, or a uxmd, of its own")
        self.state = STATE
        self.log = os.path.join(self.home.path, "log")

    def _start(self, **changes):
        systemd = Systemd(self.log, **changes)
        self.addCleanup(systemd.stop)
        return systemd

    def _said(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def an_update_with_a_led_works_in_its_bounds(self):
        led = os.path.basename(glob.glob("/sys/class/leds/*::capslock")[0])
        os.makedirs(STATE)
        with open(os.path.join(STATE, "settings.xml"), "w", encoding="ascii") as file:
            file.write(f"<settings><phone-settings><led>{led}</led></phone-settings></settings>")
        uxmd = self._start().served()
        with open(f"/proc/{uxmd.pid}/status", encoding="ascii") as file:
            status = file.read()
        self.assertIn("NoNewPrivs:\t1", status)
        self.assertIn("Seccomp:\t2", status)
        self.assertIn("CapEff:\t0000000000000400", status)
        with Modules(*QUICK):
            uxmd.wait_modules(1)
            uxmd.load(self.url)
            self.assertEqual(uxmd.wait_end()["result"], "updated")
            token = "X-Uxm-Token: " + uxmd.token()
            uxmd.wait_for(lambda s: s["ready"], "the module at rest")
            answer = uxmd.page("upload?name=" + NEW, "-H", token, "-X", "POST", "-T", self.file)
            self.assertEqual(answer[0], 202, answer[1])
            self.assertEqual(uxmd.wait_end()["result"], "updated")
            self._is_settled_at(NEW)
        self.assertNotIn("LED", self._said())
        self.assertNotIn("error", self._said())

    def killed_or_hanging_it_is_started_again(self):
        systemd = self._start(WatchdogSec="3")
        first = systemd.served()
        os.kill(first.pid, signal.SIGKILL)
        second = systemd.served(first.pid)
        os.kill(second.pid, signal.SIGSTOP)
        third = systemd.served(second.pid)
        self.assertEqual(third.page("info.htm")[0], 200)

    def a_stop_after_the_commit_leaves_the_update_and_the_next_start_settles_it(self):
        systemd = self._start()
        uxmd = systemd.served()
        with Modules("--install-time", "4000", "--done-time", "300", "--reboot-time", "300"):
            uxmd.wait_modules(1)
            uxmd.load(self.url)
            uxmd.wait_for(lambda s: s["update"]["phase"] == "committed", "COMMIT")
            systemd.control("stop", "uxmd")
            self.assertEqual(running(None), [])
            self.assertEqual(len(jobs()), 1)
            wait_until(lambda: jobs() == [], "the job's end")
            systemd.control("start", "uxmd")
            systemd.served()
            wait_until(lambda: not self._journal(), "the journal's end")
            self._is_settled_at(self.url)

    def a_stop_before_the_commit_cancels_the_update(self):
        systemd = self._start()
        uxmd = systemd.served()
        with Modules(*SLOW):
            uxmd.wait_modules(1)
            uxmd.load(self.url)
            uxmd.wait_sent()
            systemd.control("stop", "uxmd")
            self.assertEqual(running(None) + jobs(), [])
            self.assertEqual(self._versions(), ["1.5.3"])
            self.assertIn("(cancelled)", self._said())
