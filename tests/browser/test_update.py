"""Updates as somebody does them with a browser: by a URL. Files are in
test_upload.py."""

import scene
from scene import NEW, OLD, QUICK, SIZE, SLOW, VERSION
from webdriver import wait_until

# Notes what is read on the page whenever it changes: the text of each of these elements.
WATCH = """
window.seen = [];
const note = () => {
	const read = (id) => document.getElementById(id)?.textContent.trim() ?? '';
	const now = [read('said'), read('count'), read('cancel'),
		document.querySelector('li[aria-current]')?.textContent ?? ''];
	if (JSON.stringify(now) !== JSON.stringify(window.seen.at(-1)))
		window.seen.push(now);
};
note();
new MutationObserver(note).observe(document.body, {subtree: true, childList: true});
"""

SUCCESS = "Update successful, rebooting..."


class ByUrl(scene.Case):
    def from_typing_the_url_to_the_new_version(self):
        url = self.desk.image(name=NEW, size=SIZE)
        self.desk.plug(arguments=SLOW)
        info = self.browse("info.htm")
        self.reads(info, f"{OLD} (D7C, serial DESK")
        self.mark(info)
        browser = self.browse("update.htm")
        self.reads(browser, "Met: exactly one expansion module is connected.")
        self.load(browser, url)
        browser.run(WATCH)
        self.mark(browser)
        self.reads(browser, f"The module runs version {VERSION}.")
        self.is_still(browser)
        self.reads(info, f"{VERSION} (D7C, serial DESK")
        self.is_still(info)
        self._saw_all_of_it(browser.run("return window.seen"))
        self.assertEqual(self.versions(), [VERSION])
        browser.open(self.phone + "settings.htm")
        self.assertEqual(browser.one("#firmware_uxm").property("value"), url)

    def _saw_all_of_it(self, seen):
        counts = [int(count) for _, count, _, _ in seen if count]
        self.assertEqual(counts, sorted(counts))
        self.assertGreaterEqual(len({c for c in counts if 0 < c < SIZE}), 2, counts)
        self.assertEqual(counts[-1], SIZE)
        steps = list(dict.fromkeys(step for _, _, _, step in seen if step))
        self.assertEqual(
            [step for step in steps if step in ("Send", "Verify", "Install", "Reboot")][:2],
            ["Send", "Verify"] if "Verify" in steps else ["Send", "Install"],
        )
        self.assertTrue(any(said.startswith(SUCCESS) for said, _, _, _ in seen), seen)
        # Until the commit one can cancel, afterwards it is said that one cannot.
        cancels = list(dict.fromkeys(cancel for _, _, cancel, _ in seen if cancel))
        self.assertEqual(cancels[0], "Cancel")
        self.assertIn("can no longer be stopped", cancels[1])

    def without_javascript_the_page_comes_anew(self):
        url = self.desk.image(name=NEW, size=SIZE)
        self.desk.plug(arguments=SLOW)
        browser = self.browse(script=False)
        # Without JavaScript nothing but a reload shows that the module is there.
        self.ready()
        browser.open(self.phone + "update.htm")
        self.load(browser, url)
        counts = set()

        def look():
            counts.add(browser.text("#count"))
            return f"from {OLD} to {VERSION}" in browser.text("#said") and counts

        wait_until(look, "the new version")
        self.assertGreaterEqual(len([c for c in counts if c and 0 < int(c) <= SIZE]), 2, counts)
        browser.open(self.phone + "info.htm")
        self.reads(browser, f"{VERSION} (D7C, serial DESK")

    def info_without_javascript_comes_anew(self):
        browser = self.browse("info.htm", script=False)
        self.desk.plug(arguments=QUICK)
        self.reads(browser, f"{OLD} (D7C, serial DESK")

    def cancel_keeps_the_old_version(self):
        url = self.desk.image(name=NEW, size=4 * SIZE)
        self.desk.plug(arguments=SLOW)
        browser = self.browse("update.htm")
        self.ready()
        self.load(browser, url)
        self.sends()
        browser.one("button[value=cancel]").click()
        self.reads(browser, "The update was cancelled")
        self.ends("cancelled")
        self.assertEqual(self.versions(), [OLD])
        browser.open(self.phone + "settings.htm")
        self.assertEqual(browser.one("#firmware_uxm").property("value"), "")

    def what_the_server_does_not_have_is_said(self):
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.ready()
        self.load(browser, self.desk.url(path="404/" + NEW))
        self.reads(browser, "404", "Check the address and the server, and try again.")
        self.assertEqual(self.versions(), [OLD])

    def a_page_goes_on_where_uxmd_was_started_again(self):
        self.expected = ["events", "ERR_"]
        url = self.desk.image(name=NEW, size=100_000)
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.ready()
        browser.one("#firmware").type(url)
        token = browser.one("input[name=token]").property("value")
        self.desk.again(arguments=scene.PHONE_IS)
        wait_until(
            lambda: browser.one("input[name=token]").property("value") != token, "the new token"
        )
        self.ready()
        browser.one("button[value=load]").click()
        self.reads(browser, f"The module runs version {VERSION}.")

    def what_was_typed_stays_while_modules_come_and_go(self):
        browser = self.browse("update.htm")
        self.reads(browser, "Not met: No expansion module is attached")
        browser.one("#firmware").type("http://example.org/snomD7C")
        browser.one("input[name=older]").click()
        self.desk.plug(arguments=QUICK)
        self.reads(browser, "Met: exactly one expansion module is connected.")
        browser.one("#firmware").type("-1.6.1-r.bin")
        self.assertEqual(
            browser.one("#firmware").property("value"), "http://example.org/snomD7C-1.6.1-r.bin"
        )
        self.assertTrue(browser.one("input[name=older]").property("checked"))


class Refusals(scene.Case):
    def two_modules_are_said_before_one_presses_and_refused(self):
        self.expected = ["409"]
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.reads(browser, "Met: exactly one expansion module is connected.")
        self.mark(browser)
        self.desk.plug(arguments=QUICK, serial="SECOND")
        self.reads(browser, "Not met: 2 expansion modules are attached; exactly one must be.")
        self.is_still(browser)
        self.load(browser, self.desk.image(name=NEW, size=100_000))
        self.reads(browser, "2 expansion modules are attached", selector="[role=alert]")
        self.assertEqual(self.status()["update"]["phase"], "idle")
        self.assertNotIn("Receiving", self.desk.screen())
        # What was typed is there to be sent again, as soon as that is of use.
        self.desk.unplug()
        self.reads(browser, "Met: exactly one expansion module is connected.")
        browser.one("button[value=load]").click()
        self.reads(browser, f"The module runs version {VERSION}.")

    def an_image_for_another_model_is_refused(self):
        url = self.desk.image(name="snomD8C-1.6.1-r.bin", size=SIZE)
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.reads(browser, "Met: exactly one expansion module is connected.")
        self.load(browser, url)
        self.reads(browser, "Choose another image, or check its name.")
        self.ends("image-refused")
        self.assertEqual(self.versions(), [OLD])

    def a_phone_that_is_too_old_is_said_before_one_presses(self):
        self.desk.clear()
        self.desk.start(arguments=["--phone-type", "D865", "--phone-version", "10.1.20.0"])
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.reads(browser, "Not met: A D7C needs a phone with firmware 10.1.64.14 or later")
