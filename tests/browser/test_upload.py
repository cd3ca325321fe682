"""Updates by a file that is chosen in the browser."""

import scene
from scene import NEW, OLD, QUICK, SIZE, SLOW, VERSION

# More than what lies on the way between browser and module, in bytes, and how fast the module
# takes it: whoever leaves the page does so in the middle.
LARGE = 30_000_000
STEADY = ["--bus-rate", "3000000", *QUICK]


class Files(scene.Case):

    def _begin(self, arguments=SLOW, size=SIZE, **keywords):
        """A browser that uploads a file."""
        self.desk.plug(arguments=arguments)
        path = self.file(size=size)
        browser = self.browse(**keywords)
        self.ready()
        browser.open(self.phone + "update.htm")
        self.upload(browser, path)
        return browser

    def goes_through_with_javascript(self):
        browser = self._begin()
        self.mark(browser)
        self.sends()
        self.reads(browser, "The image is being sent to the module.", NEW)
        self.reads(browser, f"The module runs version {VERSION}.")
        self.is_still(browser)
        self.assertEqual(self.versions(), [VERSION])
        browser.open(self.phone + "settings.htm")
        self.assertEqual(browser.one("#firmware_uxm").property("value"), NEW)

    def goes_through_by_a_form_without_javascript(self):
        browser = self._begin(script=False)
        self.ends("updated")
        browser.open(self.phone + "update.htm")
        self.reads(browser, VERSION)
        self.assertEqual(self.versions(), [VERSION])

    def leaving_the_page_cancels(self):
        browser = self._begin(STEADY, LARGE)
        self.sends()
        browser.open(self.phone + "info.htm")
        self.reads(browser, self._is_cancelled())

    def closing_the_window_cancels(self):
        browser = self._begin(STEADY, LARGE)
        self.sends()
        self.close(browser)
        self._is_cancelled()

    def cancel_ends_it_and_leaves_the_page_of_use(self):
        browser = self._begin(STEADY, LARGE)
        self.sends()
        browser.one("button[value=cancel]").click()
        self.ends("cancelled")
        self._is_cancelled()
        self.reads(browser, "The update was cancelled")
        self.assertEqual(browser.text("#alert"), "")
        self.upload(browser, self.file(size=100_000))
        self.reads(browser, f"The module runs version {VERSION}.")

    def _is_cancelled(self):
        """Returns what is said of it. Who leaves cuts the upload off and says that it is cancelled,
        on two connections: either may come first."""
        scene.wait_until(lambda: self.status()["update"]["phase"] == "ended", "its end")
        update = self.status()["update"]
        if update["result"] != "cancelled":
            self.assertEqual(update["result"], "fetch-failed", update)
            self.assertIn("The uploaded file is truncated", update["text"])
        self.assertLess(update["accepted"], LARGE)
        self.assertEqual(self.versions(), [OLD])
        self.assertNotIn("firmware_uxm", self.desk.settings())
        return update["text"]

    def a_file_that_is_no_image_is_refused(self):
        self.expected = ["422"]
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.reads(browser, "Met: exactly one expansion module is connected.")
        self.upload(browser, self.file(name="holiday.bin", size=5_000))
        self.reads(browser, "holiday.bin", selector="[role=alert]")
        self.assertEqual(self.versions(), [OLD])
