"""How the tests on a real kernel and in a browser are found, run and counted."""

import itertools
import os
import sys
import time
import unittest


class Sentences(unittest.TestLoader):
    """Every public method of a test case that takes no argument is a test: its name is a sentence."""

    def getTestCaseNames(self, case):
        inherited = set(dir(unittest.TestCase))
        return [
            name
            for name, value in vars(case).items()
            if callable(value) and not name.startswith("_") and name not in inherited
        ]


class Shared(unittest.TestSuite):
    """The tests of one class after the other, those that no other run has taken."""

    _cleanup = False  # Its tests are not numbered.

    def __init__(self, tests, folder):
        super().__init__(tests)
        self.folder = folder

    def __iter__(self):
        for case, tests in itertools.groupby(flat(super().__iter__()), type):
            try:
                os.mkdir(os.path.join(self.folder, f"{case.__module__}.{case.__qualname__}"))
            except FileExistsError:
                continue
            yield from tests


def flat(tests):
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


class Result(unittest.TextTestResult):
    """A line for each test, with the time that it took."""

    def startTest(self, test):
        self.began = time.monotonic()
        super(unittest.TextTestResult, self).startTest(test)

    def _say(self, how, test):
        name = test.id().removeprefix("__main__.")
        print(f"{how} {name} ({time.monotonic() - self.began:.1f} s)", flush=True)

    def addSuccess(self, test):
        super(unittest.TextTestResult, self).addSuccess(test)
        self._say("ok", test)

    def addError(self, test, err):
        super(unittest.TextTestResult, self).addError(test, err)
        self._say("not ok", test)
        print(self.errors[-1][1], flush=True)

    def addFailure(self, test, err):
        super(unittest.TextTestResult, self).addFailure(test, err)
        self._say("not ok", test)
        print(self.failures[-1][1], flush=True)

    def addSubTest(self, test, subtest, err):
        super(unittest.TextTestResult, self).addSubTest(test, subtest, err)
        if err is not None:
            self._say("not ok", subtest)
            print(self._exc_info_to_string(err, subtest), flush=True)

    def printErrors(self):
        """Said already."""


def run(name, folder, names, share=None):
    """Runs the tests of `folder` that are named, all where none is, and of them only those that no
    other run with the folder `share` has taken; prints and returns how many failed."""
    loader = Sentences()
    suite = loader.loadTestsFromNames(names) if names else loader.discover(folder, "test_*.py")
    if share:
        suite = Shared(suite, share)
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0)
    result = runner.run(suite)
    # A test of which several subtests failed is one.
    failed = len({getattr(test, "test_case", test).id()
                  for test, _ in result.failures + result.errors})
    print(f"{name}: {result.testsRun - failed} passed, {failed} failed", flush=True)
    return failed if result.testsRun else 1
