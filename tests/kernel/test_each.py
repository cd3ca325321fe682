"""uxm update --each on a real kernel: one module after another."""

import signal

from stage import NEW, QUICK, Modules, Offered, Uxm, listed

SIZE = 300_001


class Each(Offered):
    SIZE = SIZE

    def _counts(self, run, number):
        """Waits until that many modules have been counted; the last count."""
        for _ in range(number):
            line = run.out.wait_for('"event":"count"', getattr(run, "seen", 0))
            run.seen = run.out.lines.index(line, getattr(run, "seen", 0)) + 1
        last = [e for e in run.events() if e["event"] == "count"][-1]
        return last["updated"], last["already"], last["failed"]

    def updates_one_module_after_another_and_counts_them(self):
        run = Uxm("update", "--each", "--json", self.server.url("plain/" + NEW))
        self.addCleanup(run.interrupt, signal.SIGKILL)
        run.out.wait_for("Plug in the first module")
        with Modules(serial="ONE", *QUICK):
            self.assertEqual(self._counts(run, 1), (1, 0, 0))
            self.assertEqual([m["version"] for m in listed()], ["1.6.1"])
            with Modules(serial="TWO", *QUICK) as two:
                run.out.wait_for("2 expansion modules are attached")
                self.assertNotIn("Receiving", two.screen)
        with Modules(serial="THREE", *QUICK):
            self.assertEqual(self._counts(run, 1), (2, 0, 0))
            self.assertEqual(listed()[0]["version"], "1.6.1")
        with Modules("--version", "1.6.1", serial="FOUR", *QUICK):
            self.assertEqual(self._counts(run, 1), (2, 1, 0))
        run.interrupt()
        self.assertEqual(run.end(), 0, run.sentence())
        end = run.events()[-1]
        self.assertEqual((end["event"], end["code"]), ("end", 0))
        self.assertEqual(end["text"], "Ended: 2 updated, 1 ran it already, 0 failed.")

    def says_and_counts_a_failure_and_goes_on_with_the_next(self):
        run = Uxm("update", "--each", self.file)
        self.addCleanup(run.interrupt, signal.SIGKILL)
        run.out.wait_for("Plug in the first module")
        with Modules("--model", "D8C", serial="BAD", *QUICK):
            run.err.wait_for("D8C")
            run.out.wait_for("^0 updated, 1 failed. Unplug it and plug in the next one")
        with Modules(serial="GOOD", *QUICK):
            run.out.wait_for("^1 updated, 1 failed")
        run.interrupt()
        self.assertEqual(run.end(), 5)
        self.assertIn("Ended: 1 updated, 1 failed. The last failure:", run.sentence())

    def what_cannot_be_read_ends_it_before_a_module_is_asked_for(self):
        for source, code in (("/none/" + NEW, 6), ("tftp://h/" + NEW, 2), ("/none", 5)):
            with self.subTest(source):
                run = Uxm("update", "--each", source)
                self.assertEqual(run.end(), code, run.sentence())
                self.assertNotIn("Plug in", run.out.text())

    def an_interrupt_during_an_update_cancels_it(self):
        run = Uxm("update", "--each", "--json", self.file)
        self.addCleanup(run.interrupt, signal.SIGKILL)
        with Modules("--bus-rate", "50000", serial="SLOW", *QUICK):
            run.out.wait_for('"step":"send","accepted":[1-9]')
            run.interrupt(signal.SIGTERM)
            self.assertEqual(run.end(), 13)
            self.assertEqual([(m["version"], m["state"]) for m in listed()], [("1.5.3", "idle")])
        self.assertEqual(run.events()[-1]["code"], 13)
