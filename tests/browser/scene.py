"""What the browser tests stand on: the desk in the virtual machine, and browsers that look at it.

A test case is a Case. What a page must never do, complain to the browser's console, is looked for
after each test.
"""

import contextlib
import hashlib
import json
import os
import re
import socket
import subprocess
import unittest
import urllib.parse
import urllib.request

from webdriver import Browser, Driver, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, "build")

OLD = "1.5.3"
VERSION = "1.6.1"
NEW = f"snomD7C-{VERSION}-r.bin"
SIZE = 2_000_001

# The module's steps, so short that nobody has to wait, and so long that they are seen.
QUICK = ["--install-time", "700", "--done-time", "700", "--reboot-time", "300"]
SLOW = ["--bus-rate", "500000", *QUICK]

# As a desk in an office sees the phone: an address that is not the browser's own machine. The
# browser takes it for 127.0.0.1, but treats pages from it as any page by plain http.
PHONE = "198.51.100.10"

PHONE_IS = ["--phone-type", "D865", "--phone-version", "10.1.64.14", "--mac", "000413aabbcc"]

# A firmware file, as provisioning looks for.
FIRMWARE = """<?xml version="1.0" encoding="utf-8" ?>
<firmware-settings><firmware_uxm perm="">{url}</firmware_uxm></firmware-settings>
"""

# How long the virtual machine may run, and how long it may take to come up, in seconds.
MACHINE_LIMIT = 900
BOOT_LIMIT = 120


class Desk:
    """desk.py in the virtual machine. Each of its methods is one here."""

    def __init__(self, ports):
        self.phone, self.lan = ports
        command = [os.path.join(TOP, "tools", "vm"), "--time-limit", str(MACHINE_LIMIT)]
        for port in ports:
            command += ["--forward", f"{port}:{port}"]
        command += ["/usr/bin/python3", os.path.join(HERE, "desk.py"), *map(str, ports)]
        self.process = subprocess.Popen(
            command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the virtual machine has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError("in the virtual machine:\n" + answer["error"])
        return answer["value"]

    def __getattr__(self, what):
        def ask(**arguments):
            self.process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
            self.process.stdin.flush()
            return self._answer()

        return ask

    def stop(self):
        self.process.stdin.close()
        self.process.wait(BOOT_LIMIT)
        self.process.stdout.close()


def free_ports(count):
    """Ports that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextlib.contextmanager
def set_up():
    """One virtual machine and one chromedriver for all tests."""
    driver = Driver()
    try:
        desk = Desk(free_ports(2))
        try:
            Case.driver, Case.desk = driver, desk
            yield
        finally:
            desk.stop()
    finally:
        driver.stop()


class Case(unittest.TestCase):
    """A test with a fresh uxmd, which the browsers that it opens reach at `phone` as from the phone
    itself, and at `lan` as from elsewhere."""

    driver = None
    desk = None
    # More options of uxmd.
    options = ()

    def setUp(self):
        self.phone = f"http://{PHONE}:{self.desk.phone}/"
        self.lan = f"http://{PHONE}:{self.desk.lan}/"
        self.browsers = []
        # What a page is allowed to make the browser say, as regular expressions.
        self.expected = []
        self.addCleanup(self.desk.clear)
        self.desk.start(arguments=[*PHONE_IS, *self.options])

    def tearDown(self):
        complaints = []
        for browser in self.browsers:
            complaints += browser.complaints()
            browser.close()
        self.assertEqual([c for c in complaints if not self._is_expected(c)], [])

    def _is_expected(self, complaint):
        return any(re.search(expression, complaint) for expression in self.expected)

    def browse(self, page=None, names=(), **keywords):
        """A browser, at a page of the phone."""
        browser = Browser(self.driver, names=(PHONE, *names), **keywords)
        self.browsers.append(browser)
        if page is not None:
            browser.open(self.phone + page)
        return browser

    def close(self, browser):
        """As somebody closes the window."""
        self.browsers.remove(browser)
        browser.close()

    def reads(self, browser, *words, selector="main", patience=30):
        """Waits until all these words are to be read on the page."""
        found = []

        def look():
            found[:] = [browser.text(selector)]
            return all(word in found[0] for word in words)

        try:
            wait_until(look, "", patience)
        except AssertionError:
            raise AssertionError(
                f"no {words} at {browser.address()}:\n{found[0]}\nuxmd:\n{self.desk.said()}"
            ) from None
        return found[0]

    def ready(self):
        """Waits until an update could begin."""
        wait_until(lambda: self.status()["ready"], "a module that is ready")

    def load(self, browser, source):
        """Types it into the field Firmware and presses Load."""
        field = browser.one("#firmware")
        field.clear()
        field.type(source)
        browser.one("button[value=load]").click()

    def look_at_the_server(self, browser):
        """Presses the button for it, once no look is under way: who changes where to look begins
        one, and the button is another one when that has ended."""
        wait_until(
            lambda: browser.run("return !document.querySelector('button[value=look]').disabled"),
            "a button that can be pressed",
        )
        browser.one("button[value=look]").click()

    def upload(self, browser, path):
        """Chooses a file and presses Upload."""
        browser.one("#file").type(path)
        browser.one("[data-upload]").click()

    def status(self):
        """status.json, for what no page need show."""
        address = f"http://127.0.0.1:{self.desk.phone}/status.json"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)

    def set(self, **settings):
        """Changes settings as a script on the phone does."""
        query = urllib.parse.urlencode({"settings": "save", **settings})
        address = f"http://127.0.0.1:{self.desk.phone}/settings.htm?{query}"
        urllib.request.urlopen(address, timeout=30).close()

    def ends(self, result):
        """Waits until the update has ended, and that it ended so."""
        update = wait_until(
            lambda: (found := self.status()["update"])["phase"] == "ended" and found, "its end"
        )
        self.assertEqual(update["result"], result, update)

    def sends(self, least=1):
        """Waits until the module has accepted so many bytes."""
        wait_until(lambda: self.status()["update"]["accepted"] >= least, "bytes at the module")

    def mark(self, browser):
        """Marks the page, so that `is_still` can say that it was not loaded again."""
        browser.run("window.marked = true")

    def is_still(self, browser):
        self.assertTrue(browser.run("return window.marked === true"), "the page was loaded again")

    def versions(self):
        return [module.get("version") for module in self.desk.listed()]

    def file(self, name=NEW, size=SIZE):
        """A file on this machine: an image that may be uploaded."""
        path = os.path.join(self.driver.folder.name, name)
        with open(path, "wb") as file:
            file.write(hashlib.shake_256(b"browser").digest(size))
        return path
