#!/usr/bin/python3
"""test_tools_failures.py FETCH_ONCE: every row of the README's table of failures comes true."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import failures

PROGRAM = sys.argv.pop(1)


class Failures(unittest.TestCase):
    def setUp(self):
        self.stage = failures.Stage()
        self.addCleanup(self.stage.close)

    def _requests(self, url):
        return self.stage.requests(url) or 0

    def _comes_true(self, row, arguments, more):
        before = self._requests(arguments[0])
        run = subprocess.run([PROGRAM, "update", *arguments], capture_output=True, text=True,
                             env=failures.environment(**more), input=100 * "x", timeout=60,
                             check=False)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        self.assertTrue(row.fits(run.stderr.strip()), f"{row.pattern}\n{run.stderr}")
        self.assertEqual(run.returncode, row.code)
        attempts = failures.ATTEMPTS if row.tried_again else 1
        remarks = failures.REMARKS.get(row.what, attempts - 1)
        self.assertEqual(run.stdout.count("note: "), remarks, run.stdout)
        if self.stage.requests(arguments[0]) is None:
            return
        requests = 0 if row.code == 2 else failures.REQUESTS.get(row.what, attempts)
        # Without access data first, then with them.
        requests += "@" in arguments[0]
        self.assertEqual(self._requests(arguments[0]) - before, requests)

    def test_every_row_says_what_the_readme_says(self):
        for row in failures.rows():
            if row.what not in failures.PROVOKED:
                continue
            for arguments, more in failures.commands(self.stage, row.what):
                with self.subTest(row.what, arguments=arguments):
                    self._comes_true(row, arguments, more)

    def test_every_row_is_provoked_and_every_provocation_has_its_row(self):
        there = [row.what for row in failures.rows()]
        self.assertEqual(len(there), len(set(there)))
        self.assertEqual(sorted(there), sorted([*failures.PROVOKED, *failures.OF_AN_UPDATE]))


if __name__ == "__main__":
    unittest.main()
