"""What the tests on a real kernel stand on: virtual modules, the command, servers and images."""

import hashlib
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("UXM_BIN", os.path.join(TOP, "build", "bin"))
UXM = os.path.join(BIN, "uxm")
UXM_MODULE = os.path.join(BIN, "uxm-module")

# The longest that anything here may take before a test is given up, in seconds.
PATIENCE = 60

# What is noticed at once ends at once, but for a busy machine; by a deadline it would be 5 s or
# more (uxm/deadline.h). How long it takes where nothing else runs is torture's figure.
NOTICED = 4

# Times of the virtual module that tests need not wait out in full, in milliseconds.
QUICK = ["--install-time", "200", "--done-time", "300", "--reboot-time", "300"]


NEW = "snomD7C-1.6.1-r.bin"


def image(size, seed=b"uxm"):
    """Bytes that look like an image: reproducible and not compressible."""
    return hashlib.shake_256(seed).digest(size)


def wait_until(condition, what, patience=PATIENCE):
    """Looks again until the condition holds; for states of the kernel that send no event."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.02)


class Lines:
    """The lines that a process prints, as they come, to be waited for."""

    def __init__(self, stream):
        self.lines = []
        self.ended = False
        self.condition = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.thread.start()

    def _read(self, stream):
        for line in stream:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                self.condition.notify_all()
        with self.condition:
            self.ended = True
            self.condition.notify_all()
        stream.close()

    def wait_for(self, pattern, start=0, patience=PATIENCE):
        """The first line from `start` on in which the pattern is found."""
        end = time.monotonic() + patience
        expression = re.compile(pattern)
        seen = start
        with self.condition:
            while True:
                for line in self.lines[seen:]:
                    seen += 1
                    if expression.search(line):
                        return line
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError(
                        f"no line with {pattern!r} in:\n  " + "\n  ".join(self.lines[-30:])
                    )
                self.condition.wait(left)

    def last(self, pattern):
        """What of the last line that fits does; None where none does."""
        with self.condition:
            found = [re.search(pattern, line) for line in self.lines]
        found = [match.group() for match in found if match]
        return found[-1] if found else None

    def __contains__(self, pattern):
        with self.condition:
            return any(re.search(pattern, line) for line in self.lines)

    def text(self):
        with self.condition:
            return "\n".join(self.lines)


class Modules:
    """A running `uxm-module attach`."""

    def __init__(self, *arguments, serial="TEST", count=1, plugged=True):
        self.serials = [serial] if count == 1 else [f"{serial}-{n + 1}" for n in range(count)]
        command = [UXM_MODULE, "attach", "--serial", serial, "--count", str(count)]
        self.process = subprocess.Popen(
            command + list(arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.screen = Lines(self.process.stdout)
        self.errors = Lines(self.process.stderr)
        self.screen.wait_for("^ready$")
        if plugged:
            self.wait_present()

    def wait_present(self):
        """Until the kernel shows the modules and udev has made their nodes."""
        wait_until(lambda: set(self.serials) <= set(serials_on_bus()), "module on the bus")
        subprocess.run(["udevadm", "settle"], check=True, timeout=PATIENCE)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(PATIENCE)
        self.screen.thread.join()
        self.errors.thread.join()
        self.process.stdin.close()
        wait_until(
            lambda: not set(self.serials) & set(serials_on_bus()), "module gone from the bus"
        )
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def serials_on_bus():
    """Serial numbers of all devices that the kernel has enumerated."""
    found = []
    top = "/sys/bus/usb/devices"
    for device in os.listdir(top):
        try:
            with open(os.path.join(top, device, "serial"), encoding="ascii") as file:
                found.append(file.read().strip())
        except OSError:
            continue
    return found


class Uxm:
    """A running `uxm`, with JSON lines on standard output."""

    def __init__(self, *arguments, wrap=(), stdin=None, pass_fds=()):
        self.process = subprocess.Popen(
            list(wrap) + [UXM] + list(arguments),
            stdin=stdin,
            pass_fds=pass_fds,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    def end(self, patience=PATIENCE):
        """Waits for its end; the exit code."""
        code = self.process.wait(patience)
        self.out.thread.join()
        self.err.thread.join()
        return code

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def events(self):
        return [json.loads(line) for line in self.out.lines]

    def result(self):
        """The last JSON line: the result."""
        events = self.events()
        return events[-1] if events and events[-1].get("event") == "result" else None

    def sentence(self):
        return self.err.text()


def update(*arguments, **keywords):
    """Runs `uxm update --json` to its end."""
    run = Uxm("update", "--json", *arguments, **keywords)
    run.code = run.end()
    return run


def listed():
    """What `uxm list --json` says."""
    done = subprocess.run(
        [UXM, "list", "--json"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


class Server:
    """The misbehaving server, tests/server.py, on a port of its own."""

    def __init__(self, directory, *arguments):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(TOP, "tests", "server.py")]
            + ["--port", "0", "--directory", directory, *arguments],
            stdin=subprocess.PIPE,  # it ends with it
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.out = Lines(self.process.stdout)
        self.port = int(self.out.wait_for(r"^port \d+$").split()[1])

    def url(self, path, scheme="http", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.port}/{path}"

    def requests(self):
        """What was asked so far: "METHOD PATH RANGE", a line each."""
        with urllib.request.urlopen(self.url("requests"), timeout=PATIENCE) as answer:
            return answer.read().decode()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.out.thread.join()


class Folder:
    """A folder of images that goes away with the tests."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="uxm-test-")
        self.path = self.folder.name

    def write(self, name, content):
        path = os.path.join(self.path, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def close(self):
        self.folder.cleanup()


class Offered(unittest.TestCase):
    """A server has an image, which is also the file `file`."""

    SIZE = 3_000_001

    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.content = image(cls.SIZE)
        cls.file = cls.folder.write(NEW, cls.content)
        cls.server = Server(cls.folder.path)
        cls.url = cls.server.url("plain/" + NEW)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.close()
