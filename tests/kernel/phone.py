"""uxmd on a real kernel, as a program sees it, and what its tests begin with."""

import glob
import json
import os
import re
import signal
import subprocess

from stage import BIN, NEW, PATIENCE, QUICK, Folder, Lines, Offered, listed, wait_until

UXMD = os.path.join(BIN, "uxmd")
SIZE = 2_000_001
SLOW = ["--bus-rate", "500000", *QUICK]


class Uxmd:
    """A running uxmd over the state folder of a test."""

    def __init__(self, state, *arguments):
        self.process = subprocess.Popen(
            [UXMD, "--port", "0", "--address", "127.0.0.1", "--state", state]
            + ["--phone-type", "D865", "--phone-version", "10.1.64.14", *arguments],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = Lines(self.process.stderr)
        line = self.log.wait_for(r"The pages are at ")
        self.base = re.search(r"https?://[^ ]*/", line).group()

    def curl(self, *arguments):
        """Status and body of what curl asks for; None, when there was no whole answer."""
        done = subprocess.run(
            ["curl", "-sS", "--max-time", str(PATIENCE), "-w", "\n%{http_code}", *arguments],
            capture_output=True, text=True, check=False,
        )
        body, _, status = done.stdout.rpartition("\n")
        return (int(status), body) if done.returncode == 0 else (None, done.stderr)

    def page(self, name, *arguments):
        return self.curl(*arguments, self.base + name)

    def status(self):
        return json.loads(self.page("status.json")[1])

    def update(self):
        return self.status()["update"]

    def token(self):
        return re.search(r'name="token" value="([0-9a-f]+)"', self.page("update.htm")[1]).group(1)

    def load(self, url, *arguments):
        """What the button Load sends."""
        return self.page(
            "update.htm", "--data-urlencode", "token=" + self.token(), "-d", "do=load",
            "--data-urlencode", "firmware=" + url, *arguments,
        )

    def wait_for(self, condition, what):
        """Until status.json is so; returns it."""
        found = []

        def look():
            found[:] = [self.status()]
            return condition(found[0])

        wait_until(look, what)
        return found[0]

    def wait_modules(self, count):
        return self.wait_for(
            lambda s: s["modules"] is not None and len(s["modules"]) == count, f"{count} modules"
        )

    def wait_sent(self, least=1):
        self.wait_for(lambda s: s["update"]["accepted"] >= least, "bytes at the module")

    def wait_end(self):
        return self.wait_for(lambda s: s["update"]["phase"] == "ended", "its end")["update"]

    def signal(self, number):
        """Sends it and waits for the end; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self.log.thread.join()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.signal(signal.SIGTERM)


class Case(Offered):
    SIZE = SIZE

    def setUp(self):
        self.home = Folder()
        self.addCleanup(self.home.close)
        self.state = os.path.join(self.home.path, "state")

    def _settings(self):
        """The settings file's text."""
        try:
            with open(os.path.join(self.state, "settings.xml"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def _journal(self):
        return os.path.exists(os.path.join(self.state, "journal.json"))

    def _versions(self):
        return [entry.get("version") for entry in listed()]

    def _is_settled_at(self, source):
        self.assertIn(f">{source}</firmware_uxm>", self._settings())
        self.assertFalse(self._journal())

    def _is_refused(self, answer, *words):
        self.assertGreaterEqual(answer[0], 400, answer[1])
        for word in words:
            self.assertIn(word, answer[1])


def jobs():
    """Processes that run `uxm update --job`."""
    found = []
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(os.path.join(folder, "cmdline"), "rb") as file:
                words = file.read().split(b"\0")
            with open(os.path.join(folder, "stat"), encoding="ascii", errors="replace") as file:
                state = file.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if words[1:3] == [b"update", b"--job"] and state != "Z":
            found.append(int(os.path.basename(folder)))
    return found
