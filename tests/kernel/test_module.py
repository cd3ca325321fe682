"""The virtual module as the kernel and other people's tools see it."""

import os
import re
import subprocess
import time
import unittest

from stage import NOTICED, PATIENCE, QUICK, UXM_MODULE, Folder, Lines, Modules, Uxm, image, listed
from stage import serials_on_bus, update, wait_until

NEW = "snomD7C-1.6.1-r.bin"


def lsusb():
    return subprocess.run(
        ["lsusb", "-v", "-d", "1209:0001"], capture_output=True, text=True, check=True
    )


def numbers(serial):
    """The kernel's numbers of the bus and of the device with this serial number, another one of the
    latter at each stay; None where there is none."""
    for device in os.scandir("/sys/bus/usb/devices"):
        try:
            with open(device.path + "/serial", encoding="ascii") as file:
                if file.read().strip() != serial:
                    continue
            found = []
            for name in ("busnum", "devnum"):
                with open(f"{device.path}/{name}", encoding="ascii") as file:
                    found.append(int(file.read()))
            return tuple(found)
        except OSError:
            continue
    return None


def node(serial):
    return "/dev/bus/usb/{:03d}/{:03d}".format(*numbers(serial))


class Descriptors(unittest.TestCase):
    def lsusb_reads_it_without_complaint_at_every_speed(self):
        for bus, words in (
            ("full", ["bMaxPacketSize0        64", "0x0040  1x 64 bytes"]),
            ("high", ["0x0200  1x 512 bytes", "Device Qualifier"]),
            ("super", ["0x0400  1x 1024 bytes", "Binary Object Store Descriptor", "bMaxBurst"]),
        ):
            with self.subTest(bus), Modules("--bus", bus, "--version", "1.5.3"):
                done = lsusb()
                self.assertEqual(done.stderr, "")
                self.assertNotIn("WARNING", done.stdout)
                self.assertNotIn("can't get", done.stdout)
                for word in [*words, "bInterfaceClass       255", "bInterfaceSubClass     85"]:
                    self.assertIn(word, done.stdout)
                self.assertRegex(done.stdout, r"iSerial +\d+ TEST\n")
                self.assertRegex(done.stdout, r"bcdDevice +1\.53\n")

    def every_module_has_a_serial_and_a_version_of_its_own_kind(self):
        with Modules("--model", "D8C", "--version", "1.1.1", "--hardware-level", "3", count=3):
            modules = listed()
            self.assertEqual([e["serial"] for e in modules], ["TEST-1", "TEST-2", "TEST-3"])
            self.assertEqual({e["model"] for e in modules}, {"D8C"})
            self.assertEqual({e["hardware_level"] for e in modules}, {3})
            self.assertEqual(len({e["port"] for e in modules}), 3)

    def a_bad_argument_is_one_sentence_and_status_2(self):
        for arguments in (
            ["attach", "--fault", "explode@1"],
            ["attach", "--bus", "fast"],
            ["attach", "--count", "0"],
            ["attach", "--protocol", "dfu"],
            ["fly"],
        ):
            done = subprocess.run(
                [UXM_MODULE, *arguments], capture_output=True, text=True, check=False
            )
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


class Pace(unittest.TestCase):
    def takes_the_bytes_at_the_pace_of_its_bus(self):
        folder = Folder()
        try:
            file = folder.write(NEW, image(2_000_000))
            for options, least in ((["--bus-rate", "1000000"], 2.0), (["--bus", "full"], 1.64)):
                with self.subTest(options), Modules(*options, *QUICK) as module:
                    began = time.monotonic()
                    run = update(file)
                    took = time.monotonic() - began
                    self.assertEqual(run.code, 0, run.sentence())
                    self.assertGreater(took, least)
                    own = module.screen.wait_for("own time")
                    self.assertAlmostEqual(
                        int(re.search(r"receive (\d+) ms", own)[1]), least * 1000, delta=20
                    )
        finally:
            folder.close()


class Plugged(unittest.TestCase):
    def in_again_at_once_it_is_another_stay_on_the_bus(self):
        """Quicker than the kernel's hub driver looks, it would be taken for the one before."""
        with Modules() as module:
            stays = {numbers("TEST")}
            for _ in range(10):
                seen = len(module.screen.lines)
                module.tell("unplug\nplug")
                module.screen.wait_for("attached port", seen)
                module.wait_present()
                stays.add(numbers("TEST"))
                self.assertEqual([e["serial"] for e in listed()], ["TEST"])
            self.assertEqual(len(stays), 11)


class Pulled(unittest.TestCase):
    def a_request_under_way_fails_at_once(self):
        """As with a host controller, which sees that nobody answers. Left alone, SET_INTERFACE would
        hold the kernel up for its 5 s."""
        with Modules() as module:
            for i in range(5):
                with subprocess.Popen(
                    ["/usr/bin/python3", "-c", CHOOSE, node("TEST")],
                    stdout=subprocess.PIPE,
                    text=True,
                ) as chooser:
                    self.assertEqual(chooser.stdout.readline(), "begun\n")
                    time.sleep(i / 1000)
                    seen = len(module.screen.lines)
                    module.tell("unplug")
                    self.assertLess(float(chooser.stdout.readline()), NOTICED)
                module.screen.wait_for("left the bus", seen)
                module.tell("plug")
                module.screen.wait_for("attached port", seen)
                module.wait_present()


class OverTheNetwork(unittest.TestCase):
    """`serve`, and the distribution's own usbip."""

    def setUp(self):
        self.process = subprocess.Popen(
            [UXM_MODULE, "serve", "--port", "3240", "--serial", "NET", *QUICK],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.screen = Lines(self.process.stdout)
        self.screen.wait_for("^ready$")

    def tearDown(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.screen.thread.join()

    def _usbip(self, *arguments):
        return subprocess.run(
            ["usbip", *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def _attach(self):
        done = self._usbip("attach", "-r", "127.0.0.1", "-b", "1-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_until(lambda: "NET" in serials_on_bus(), "module on the bus")
        subprocess.run(["udevadm", "settle"], check=True, timeout=PATIENCE)

    def the_distributions_usbip_lists_attaches_and_detaches_it(self):
        self.assertIn("1209:0001", self._usbip("list", "-r", "127.0.0.1").stdout)
        self._attach()
        self.assertEqual(lsusb().stderr, "")
        self.assertEqual([e["serial"] for e in listed()], ["NET"])
        port = re.search(r"Port (\d+):", self._usbip("port").stdout)[1]
        self.assertEqual(self._usbip("detach", "-p", port).returncode, 0)
        wait_until(lambda: "NET" not in serials_on_bus(), "module gone")

    def an_update_goes_through_it_when_it_is_attached_again(self):
        folder = Folder()
        try:
            file = folder.write(NEW, image(1_000_000))
            self._attach()
            seen = len(self.screen.lines)
            run = Uxm("update", "--json", file)
            self.screen.wait_for("left the bus", seen)
            wait_until(
                lambda: self._usbip("attach", "-r", "127.0.0.1", "-b", "1-1").returncode == 0,
                "attached again",
            )
            self.assertEqual(run.end(), 0, run.sentence())
            self.assertEqual([e["version"] for e in listed()], ["1.6.1"])
        finally:
            folder.close()


class Unlink(unittest.TestCase):
    def a_transfer_that_is_never_answered_ends_when_it_is_cancelled(self):
        """The kernel's CMD_UNLINK: usbip gets RET_UNLINK and no RET_SUBMIT, or it hangs."""
        with Modules("--fault", "silence@status", "--silence", "1000") as module:
            done = subprocess.run(
                ["/usr/bin/python3", "-c", CANCEL, node("TEST")],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            self.assertEqual(done.stdout.split(), ["timeout", "timeout", "gone-free"], done.stderr)
            module.tell("power-loss")
            module.screen.wait_for("left the bus")
            module.wait_present()
            self.assertEqual(listed()[0]["version"], "1.5.3")


# USBDEVFS_CONTROL of linux/usbdevice_fs.h: a STATUS that times out in the kernel after 300 ms, twice.
CANCEL = """
import ctypes, errno, fcntl, os, struct, sys
node = os.open(sys.argv[1], os.O_RDWR)
for _ in range(2):
    data = ctypes.create_string_buffer(32)
    request = struct.pack("@BBHHHIP", 0xC1, 3, 0, 0, 32, 300, ctypes.addressof(data))
    try:
        fcntl.ioctl(node, 0xC0005500 | struct.calcsize("@BBHHHIP") << 16, request)
        print("answered")
    except OSError as error:
        print("timeout" if error.errno == errno.ETIMEDOUT else error)
os.close(node)
print("gone-free")
"""

# USBDEVFS_CLAIMINTERFACE, and USBDEVFS_SETINTERFACE again and again, until one fails: says how long
# that one took, in seconds.
CHOOSE = """
import fcntl, os, struct, sys, time
node = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(node, 0x8004550F, struct.pack("@I", 0))
print("begun", flush=True)
try:
    while True:
        began = time.monotonic()
        fcntl.ioctl(node, 0x80085504, struct.pack("@II", 0, 0))
except OSError as error:
    print(time.monotonic() - began)
"""
