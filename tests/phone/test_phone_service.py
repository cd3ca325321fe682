#!/usr/bin/python3
"""test_phone_service.py SERVICE UXMD: systemd understands the unit file, and keeps uxmd in bounds."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

SERVICE, UXMD = sys.argv[1:3]
del sys.argv[1:3]

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")

# Of 100, as systemd-analyze counts; a unit that says nothing has 96.
EXPOSURE_MOST = 35


class Service(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="uxm-test-")
        self.addCleanup(self.folder.cleanup)
        self.unit = os.path.join(self.folder.name, "uxmd.service")
        with open(SERVICE, encoding="ascii") as file:
            self.text = file.read()
        self._write(self.text)

    def _write(self, text):
        # It need not be installed for this.
        text, count = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=" + UXMD, text)
        self.assertEqual(count, 1)
        with open(self.unit, "w", encoding="ascii") as file:
            file.write(text)

    def _analyze(self, *arguments):
        return subprocess.run(
            ["systemd-analyze", *arguments, self.unit], capture_output=True, text=True,
            timeout=60, check=False,
        )

    def _is_understood(self):
        done = self._analyze("verify", "--man=no", "--recursive-errors=no")
        return done.returncode == 0 and done.stderr == "", done.stderr

    def test_systemd_understands_every_line(self):
        fine, said = self._is_understood()
        self.assertTrue(fine, said)

    def test_a_line_that_is_none_would_be_seen(self):
        self._write(self.text.replace("[Install]", "Unheard=of\n[Install]"))
        self.assertFalse(self._is_understood()[0])

    def test_little_is_open_to_it(self):
        done = self._analyze("security", "--offline=yes", f"--threshold={EXPOSURE_MOST}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_is_not_started_again_where_the_readme_says_so(self):
        with open(README, encoding="utf-8") as file:
            rows = dict(re.findall(r"(?m)^\| (\d+) \| ended .* \| (yes|no) \|$", file.read()))
        self.assertEqual(rows.pop("0"), "no")
        self.assertIn("\nRestart=on-failure\n", self.text)
        prevented = re.search(r"(?m)^RestartPreventExitStatus=(.*)$", self.text).group(1).split()
        self.assertIn("yes", rows.values())
        self.assertEqual(prevented, [code for code, again in rows.items() if again == "no"])

    def test_an_update_after_its_commit_outlives_a_stop(self):
        self.assertIn("\nKillMode=process\n", self.text)
        self.assertIn("\nType=notify\n", self.text)


if __name__ == "__main__":
    unittest.main()
