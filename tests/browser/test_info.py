"""Pages that change by themselves, and who may do what on them."""

import contextlib
import urllib.error
import urllib.request

import scene
from scene import NEW, OLD, QUICK

USER, PASSWORD = "admin", "s3cret"


# Event streams that one address may hold.
STREAMS = 8


class Info(scene.Case):
    def changes_by_itself_when_a_module_comes_or_goes(self):
        browser = self.browse("info.htm")
        self.reads(browser, "D865", "000413aabbcc", "10.1.64.14", "USB Expansion Module 0")
        self.mark(browser)
        self.desk.plug(arguments=QUICK)
        self.reads(browser, "USB Expansion Module 1", f"{OLD} (D7C, serial DESK, hardware level 1)")
        self.desk.plug(arguments=QUICK, serial="SECOND")
        self.reads(browser, "USB Expansion Module 2", "serial SECOND")
        self.desk.unplug()
        self.desk.unplug()
        self.reads(browser, "USB Expansion Module 0")
        self.is_still(browser)

    def goes_on_after_uxmd_was_started_again(self):
        self.expected = ["events", "ERR_"]
        browser = self.browse("info.htm")
        self.reads(browser, "USB Expansion Module 0")
        self.mark(browser)
        self.desk.again(arguments=scene.PHONE_IS)
        self.desk.plug(arguments=QUICK)
        self.reads(browser, "USB Expansion Module 1")
        self.is_still(browser)

    def goes_on_where_there_is_no_stream_left(self):
        self.expected = ["503"]
        with contextlib.ExitStack() as streams:
            for _ in range(STREAMS):
                self._watch(streams)
            browser = self.browse("info.htm")
            self.reads(browser, "USB Expansion Module 0")
            self.mark(browser)
            self.desk.plug(arguments=QUICK)
            self.reads(browser, "USB Expansion Module 1")
            before = self._streams()
        # It asks for one again.
        self._wait_for_streams(before + 1)
        self.desk.unplug()
        self.reads(browser, "USB Expansion Module 0")
        self.is_still(browser)

    def holds_no_stream_while_nobody_sees_it(self):
        browser = self.browse("info.htm")
        self.reads(browser, "USB Expansion Module 0")
        self.mark(browser)
        with contextlib.ExitStack() as streams:
            for _ in range(STREAMS - 1):
                self._watch(streams)
            self._show(browser, False)
            scene.wait_until(lambda: self._watch(streams), "room for one more stream")
        self.desk.plug(arguments=QUICK)
        before = self._streams()
        self._show(browser, True)
        self._wait_for_streams(before + 1)
        self.reads(browser, "USB Expansion Module 1")
        self.is_still(browser)

    def _watch(self, streams):
        """One more event stream of another program; whether there is one."""
        try:
            url = f"http://127.0.0.1:{self.desk.phone}/events"
            streams.enter_context(urllib.request.urlopen(url))
            return True
        except urllib.error.HTTPError as error:
            error.close()
            return False

    def _streams(self):
        return sum(line.startswith("GET /events") for line in self.desk.asked())

    def _wait_for_streams(self, least):
        scene.wait_until(lambda: self._streams() >= least, "a page that asks for events")

    @staticmethod
    def _show(browser, is_seen):
        """As the browser does for a page behind another one, or before all again."""
        browser.run(
            "Object.defineProperty(document, 'hidden', {configurable: true, value: arguments[0]});"
            "document.dispatchEvent(new Event('visibilitychange'));",
            not is_seen,
        )


class Settings(scene.Case):
    def are_saved_and_shown(self):
        browser = self.browse("settings.htm")
        browser.one("#download_server").type("images.example")
        browser.one("#download_password").type(PASSWORD)
        browser.one("form button").click()
        self.reads(browser, "The settings are saved.")
        self.assertEqual(browser.one("#download_server").property("value"), "images.example")
        self.assertNotIn(PASSWORD, browser.source())
        self.assertIn(">images.example</download_server>", self.desk.settings())
        # A reload sends nothing again.
        browser.ask("POST", "/refresh")
        self.assertIn("images.example", self.desk.settings())

    def that_are_wrong_are_all_refused_and_shown_again(self):
        self.expected = ["400"]
        browser = self.browse("settings.htm")
        browser.one("#download_server").type("images.example")
        # The browser itself would not send that.
        browser.run("document.forms[0].noValidate = true")
        field = browser.one("#firmware_interval")
        field.clear()
        field.type("0")
        browser.one("form button").click()
        self.reads(browser, "firmware_interval", selector="[role=alert]")
        self.assertEqual(browser.one("#download_server").property("value"), "images.example")
        self.assertNotIn("images.example", self.desk.settings())

    def what_is_entered_is_never_taken_for_html(self):
        text = "<img src=x onerror=document.title='x'>\"'><b>"
        browser = self.browse("settings.htm")
        browser.one("#download_path").type(text)
        browser.one("form button").click()
        self.reads(browser, "The settings are saved.")
        self.assertEqual(browser.one("#download_path").property("value"), text)
        self.assertEqual(browser.all("main img"), [])

    def start_the_start_up_procedure_again(self):
        browser = self.browse("advanced_update.htm")
        browser.one("form button").click()
        self.reads(browser, "The start-up procedure has begun.")
        self.assertIn("start-up procedure begins again", self.desk.said())


class Access(scene.Case):
    def without_a_password_nobody_else_changes_anything(self):
        browser = self.browse()
        for page in ("update.htm", "settings.htm", "advanced_update.htm"):
            browser.open(self.lan + page)
            self.reads(browser, "No password is set")
            buttons = browser.all("main button")
            self.assertEqual([b.text() for b in buttons if b.is_enabled()], [], page)

    def with_the_password_one_updates_from_elsewhere(self):
        url = self.desk.image(name=NEW, size=100_000)
        self.desk.plug(arguments=QUICK)
        self.ready()
        self.set(http_user=USER, http_pass=PASSWORD)
        browser = self.browse()
        self.expected = ["401"]
        browser.open(self.lan.replace("//", f"//{USER}:wrong@") + "info.htm")
        self.assertNotIn("D865", browser.source())
        browser.open(self.lan.replace("//", f"//{USER}:{PASSWORD}@") + "info.htm")
        browser.open(self.lan + "update.htm")
        self.assertNotIn("No password is set", browser.text())
        self.load(browser, url)
        self.reads(browser, f"The module runs version {scene.VERSION}.")
