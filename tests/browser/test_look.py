"""Pictures of every page in every state, light and dark, on a wide screen and on a phone's: to be
looked at in build/screenshots. What can be said of them without eyes is tested here."""

import os

import scene
from scene import BUILD, NEW, QUICK, SIZE, VERSION

FOLDER = os.path.join(BUILD, "screenshots")

# How each is looked at: its name, whether in the dark, and how wide.
WAYS = (
    ("light", False, None),
    ("dark", True, None),
    ("narrow", False, 360),
    ("narrow-dark", True, 360),
)

# What a screen reader has to have a name for (WAI-ARIA 1.2, 5.4).
TO_BE_NAMED = (
    "button checkbox combobox link listbox progressbar searchbox spinbutton textbox navigation"
).split()

# Long enough to be looked at, also where pictures take their time: from the transfer to the return.
STEPS = ["--bus-rate", "400000", "--verify-rate", "400000", "--install-time", "8000"]
STEPS += ["--done-time", "2000", "--reboot-time", "10000"]

with open(os.path.join(scene.HERE, "readable.js"), encoding="utf-8") as file:
    READABLE = file.read()


class Look(scene.Case):
    def setUp(self):
        super().setUp()
        os.makedirs(FOLDER, exist_ok=True)
        # Wrong input and pages that are not there are part of it.
        self.expected = [r"status of 4\d\d"]

    def _shoot(self, browser, name, script=True):
        """Pictures of what the browser shows now, in each way."""
        for how, dark, width in WAYS:
            browser.show_as(dark, width)
            with self.subTest(f"{name}, {how}"):
                browser.picture(os.path.join(FOLDER, f"{name}-{how}.png"))
                if script:
                    self.assertEqual(browser.run(READABLE), [])
        browser.show_as()
        unnamed = [role for role, text in browser.names() if role in TO_BE_NAMED and not text]
        self.assertEqual(unnamed, [], name)

    def modules_come_and_go(self):
        browser = self.browse("info.htm")
        update = self.browse("update.htm")
        self.reads(browser, "USB Expansion Module 0")
        self.reads(update, "Not met: No expansion module is attached")
        self._shoot(browser, "info-no-module")
        self._shoot(update, "update-no-module")
        self.desk.plug(arguments=QUICK)
        self.reads(browser, "USB Expansion Module 1")
        self.reads(update, "Met: exactly one expansion module is connected.")
        self._shoot(browser, "info-module")
        self._shoot(update, "update-ready")
        update.one("summary").click()
        self._shoot(update, "update-defaults")
        self.desk.plug(arguments=QUICK, serial="SECOND")
        self.reads(browser, "USB Expansion Module 2")
        self.reads(update, "Not met: 2 expansion modules are attached")
        self._shoot(browser, "info-two-modules")
        self._shoot(update, "update-two-modules")
        self.load(update, self.desk.url(path="plain/" + NEW))
        self.reads(update, "2 expansion modules are attached", selector="[role=alert]")
        self._shoot(update, "update-two-modules-refused")

    def an_update_from_its_beginning_to_its_end(self):
        url = self.desk.image(name=NEW, size=2 * SIZE)
        self.desk.plug(arguments=STEPS)
        info = self.browse("info.htm")
        browser = self.browse("update.htm")
        self.ready()
        self.load(browser, url)
        self.sends(SIZE // 4)
        self.reads(browser, "The image is being sent to the module.", " left")
        self._shoot(browser, "update-send")
        self._shoot(info, "info-updating")
        for words, name in (
            ("verifies the image", "update-verify"),
            ("installs the image", "update-install"),
            ("Update successful, rebooting...", "update-reboot"),
            ("Waiting until the module is back.", "update-return"),
        ):
            self.reads(browser, words)
            self._shoot(browser, name)
        self.reads(browser, f"The module runs version {VERSION}.")
        self._shoot(browser, "update-updated")
        self.reads(info, f"{VERSION} (D7C")
        self._shoot(info, "info-updated")

    def what_goes_wrong(self):
        self.desk.plug(arguments=[*QUICK, "--bus-rate", "1000000", "--fault", "fail@verify"])
        info = self.browse("info.htm")
        browser = self.browse("update.htm")
        self.ready()
        self.load(browser, self.desk.image(name="snomD8C-1.6.1-r.bin", size=1000))
        self.reads(browser, "Choose another image, or check its name.")
        self._shoot(browser, "update-refused")
        browser.open(self.phone + "update.htm")
        self.load(browser, self.desk.url(path="404/" + NEW))
        self.reads(browser, "Check the address and the server, and try again.")
        self._shoot(browser, "update-not-found")
        self.ready()
        url = self.desk.image(name=NEW, size=2 * SIZE)
        self.load(browser, url)
        self.sends()
        browser.one("button[value=cancel]").click()
        self.reads(browser, "The update was cancelled")
        self._shoot(browser, "update-cancelled")
        self.ready()
        self.load(browser, self.desk.image(name=NEW, size=1000))
        self.ends("module-failed")
        self.reads(browser, "Check the cable")
        self._shoot(browser, "update-module-failed")
        self.reads(info, "(module-failed)")
        self._shoot(info, "info-module-failed")
        self.upload(browser, self.file(name="holiday.bin", size=1000))
        self.reads(browser, "holiday.bin", selector="[role=alert]")
        self._shoot(browser, "update-upload-refused")

    def an_offer_of_provisioning(self):
        url = self.desk.image(name=NEW, size=1000)
        file = self.desk.put(name="firmware.xml", text=scene.FIRMWARE.format(url=url))
        self.desk.plug(arguments=QUICK)
        self.ready()
        self.set(firmware_status=file, update_policy="ask_for_update")
        browser = self.browse("info.htm")
        self.look_at_the_server(browser)
        self.reads(browser, "An update is offered")
        self._shoot(browser, "info-offer")
        browser.open(self.phone + "update.htm")
        self._shoot(browser, "update-offer")

    def a_module_that_does_not_answer(self):
        self.desk.plug(arguments=[*QUICK, "--fault", "silence@identity"])
        browser = self.browse("info.htm")
        self.reads(browser, "USB Expansion Module 1", "unknown")
        self._shoot(browser, "info-silent-module")
        browser.open(self.phone + "update.htm")
        self.reads(browser, "does not answer")
        self._shoot(browser, "update-silent-module")

    def a_phone_that_is_too_old(self):
        self.desk.again(arguments=["--phone-version", "10.1.20.0"])
        self.desk.plug(arguments=QUICK)
        browser = self.browse("update.htm")
        self.reads(browser, "Not met: A D7C needs a phone")
        self._shoot(browser, "update-phone-too-old")

    def settings_and_questions(self):
        browser = self.browse("settings.htm")
        self._shoot(browser, "settings")
        browser.run("document.forms[0].noValidate = true")
        browser.one("#firmware_interval").type("0000000")
        browser.one("form button").click()
        self.reads(browser, "firmware_interval", selector="[role=alert]")
        self._shoot(browser, "settings-wrong")
        browser.open(self.phone + "settings.htm")
        browser.one("#download_password").type("s3cret")
        browser.one("form button").click()
        self.reads(browser, "The settings are saved.")
        self._shoot(browser, "settings-saved")
        browser.open(self.phone + "advanced_update.htm")
        self._shoot(browser, "restart")
        browser.one("form button").click()
        self.reads(browser, "The start-up procedure has begun.")
        self._shoot(browser, "restart-begun")
        browser.open(self.phone + "settings.htm?settings=save&firmware_interval=60&http_pass=x")
        self.reads(browser, "Is this meant?")
        self._shoot(browser, "confirm")

    def who_may_not(self):
        browser = self.browse()
        browser.open(self.phone + "nothing.htm")
        self._shoot(browser, "no-such-page")
        for page in ("update", "settings", "advanced_update"):
            browser.open(self.lan + page + ".htm")
            self._shoot(browser, f"elsewhere-{page}")
        # uxmd ends while the browser may still ask for something.
        self.expected.append("ERR_")
        old = self.browse("update.htm", script=False)
        self.desk.again(arguments=scene.PHONE_IS)
        self.load(old, "http://example.org/x")
        self.reads(old, "This form is too old")
        self._shoot(old, "form-too-old", script=False)
        other = self.browse(names=("other.test",))
        other.open(f"http://other.test:{self.desk.phone}/info.htm")
        self._shoot(other, "other-name")
