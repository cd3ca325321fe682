"""kill -9 of uxmd at random moments while settings change and updates run."""

import os
import random
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree
from urllib.parse import urlsplit

from phone import UXMD, Case, Uxmd, jobs
from stage import PATIENCE, Modules, image, listed, wait_until

ROUNDS = int(os.environ.get("UXM_ROUNDS", "20"))
SEED = int(os.environ.get("UXM_SEED", "1"))
SIZE = 400_001


class Changes:
    """Settings that change all the time: two of them, always together, to numbers that rise."""

    def __init__(self, base, first):
        self.address = (urlsplit(base).hostname, urlsplit(base).port)
        self.asked = self.kept = first
        self.ended = threading.Event()
        self.wrong = None
        self.thread = threading.Thread(target=self._change, daemon=True)
        self.thread.start()

    def _change(self):
        try:
            with socket.create_connection(self.address, PATIENCE) as connection:
                while not self.ended.wait(0.05):
                    self._change_once(connection)
        except OSError:
            return

    def _change_once(self, connection):
        number = self.asked = self.kept + 1
        # Long enough for several blocks of a file.
        path = f"/{number}" + 1000 * "x"
        connection.sendall(
            f"GET /settings.htm?settings=save&download_path={path}&download_server=s{number} "
            "HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )
        answer = connection.recv(65536)
        if not answer:
            self.ended.set()
        elif answer.startswith(b"HTTP/1.1 200 "):
            self.kept = number
            while b"</html>" not in answer and (block := connection.recv(65536)):
                answer += block
        else:
            self.wrong = answer
            self.ended.set()

    def end(self):
        """What was answered that is no answer to a change, or None."""
        self.ended.set()
        self.thread.join()
        return self.wrong


class Kills(Case):
    def setUp(self):
        super().setUp()
        self.flash = os.path.join(self.home.path, "flash")
        self.contents = {}
        self.number = 0  # of the last change that was kept for certain
        self.firmware = None
        self.moments = {}

    def _next_image(self):
        """Another image and version each time, so that it shows which one the module runs."""
        number = len(self.contents) + 1
        version = f"2.{number // 1000}.{number % 1000}"
        name = f"snomD7C-{version}-r.bin"
        self.contents[version] = image(SIZE, name.encode())
        self.folder.write(name, self.contents[version])
        return version, self.server.url("digest/" + name)

    def _kept(self):
        """The settings file, which is always whole."""
        text = self._settings()
        if not text:
            self.assertEqual(self.number, 0)
            return {}
        root = xml.etree.ElementTree.fromstring(text)
        self.assertEqual(root.tag, "settings")
        self.assertEqual([name for name in os.listdir(self.state) if name.endswith(".bad")], [])
        return {setting.tag: setting.text for setting in root.find("phone-settings")}

    def _check_settings(self, changes):
        kept = self._kept()
        numbers = {changes.kept, changes.asked}
        if numbers == {0}:
            return
        text = kept.get("download_server", "s0")
        self.assertIn(int(text[1:]), numbers)
        if text != "s0":
            self.assertEqual(kept["download_path"], f"/{text[1:]}" + 1000 * "x")
        self.number = int(text[1:])

    def _kill_starts(self, chance):
        """Some do not live long enough to serve a page."""
        while chance.random() < 0.3:
            with subprocess.Popen(
                [UXMD, "--port", "0", "--address", "127.0.0.1", "--state", self.state],
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ) as process:
                time.sleep(chance.uniform(0, 1))
                process.kill()

    def _check_settled(self, uxmd, version, url):
        """What the module runs, and that firmware_uxm says so."""
        uxmd.wait_for(lambda s: s["ready"], "the module at rest")
        wait_until(lambda: not self._journal(), "the journal's end")
        runs = self._versions()
        self.assertEqual(len(runs), 1)
        if runs[0] == version:
            self.firmware = url
        else:
            self.assertEqual(runs[0], self.runs)
        self.runs = runs[0]
        self.assertEqual(self._kept().get("firmware_uxm"), self.firmware)
        with open(self.flash, "rb") as file:
            self.assertIn(self.contents.get(runs[0], b""), file.read())

    def _usual_time(self):
        """Seconds from the answer to Load to the end, and a little of that."""
        version, url = self._next_image()
        with Uxmd(self.state) as uxmd:
            uxmd.wait_modules(1)
            uxmd.load(url)
            begun = time.monotonic()
            uxmd.log.wait_for("Update ended")
            took = time.monotonic() - begun
            self.assertEqual(uxmd.update()["result"], "updated")
            self._check_settled(uxmd, version, url)
        return took * 1.1

    def _kill_once(self, uxmd, url, wait, loaded):
        """Kills it, with all that was going on: after Load was answered, or at any time."""
        changes = Changes(uxmd.base, self.number)
        answers = []
        loader = threading.Thread(target=self._load, args=(uxmd, url, answers), daemon=True)
        loader.start()
        if loaded:
            loader.join()
            self.assertEqual([status for status, _ in answers], [303])
        time.sleep(wait)
        uxmd.signal(9)
        self.assertIsNone(changes.end())
        loader.join()
        moment = uxmd.log.last(r"(begins\.|step \w+|firmware_uxm is now|Update ended)") or "before"
        self.moments[moment] = self.moments.get(moment, 0) + 1
        self._check_settings(changes)
        # Before the commit a job ends with uxmd; after it, it follows the module to the end.
        wait_until(lambda: jobs() == [], "the job's end")

    def _load(self, uxmd, url, answers):
        try:
            answers.append(uxmd.load(url))
        except AttributeError:
            """There was no page any more to take the token from."""

    def uxmd_killed_at_random_moments(self):
        chance = random.Random(SEED)
        self.runs = "1.5.3"
        with Modules(
            "--bus-rate", "400000", "--verify-rate", "4000000", "--install-time", "80",
            "--done-time", "300", "--reboot-time", "50", "--flash", self.flash,
        ):
            longest = self._usual_time()
            uxmd = Uxmd(self.state)
            for number in range(ROUNDS):
                version, url = self._next_image()
                with self.subTest(number, seed=SEED):
                    uxmd.wait_for(lambda s: s["ready"], "the module at rest")
                    self._kill_once(
                        uxmd, url, chance.uniform(0, longest), chance.random() < 0.8
                    )
                    self._kill_starts(chance)
                    uxmd = Uxmd(self.state)
                    self._check_settled(uxmd, version, url)
            version, url = self._next_image()
            uxmd.load(url)
            self.assertEqual(uxmd.wait_end()["result"], "updated")
            self._check_settled(uxmd, version, url)
            self.assertEqual(self.runs, version)
            uxmd.signal(15)
        # Most of it hit an update that ran.
        self.assertGreater(self.number, ROUNDS)
        self.assertGreaterEqual(sum(self.moments.get(f"step {step}", 0) for step in (
            "send", "verify", "install", "reboot", "return")), ROUNDS // 4, self.moments)
        print(f"   killed {ROUNDS} times (seed {SEED}): "
              + ", ".join(f"{what} {count}" for what, count in sorted(self.moments.items())))
        print(f"   {self.number} changes of settings were kept", flush=True)
