"""What provisioning offers, as the user is asked."""

import scene
from scene import NEW, OLD, QUICK, VERSION


class Offers(scene.Case):
    def setUp(self):
        super().setUp()
        self.url = self.desk.image(name=NEW, size=200_000)
        file = self.desk.put(name="firmware.xml", text=scene.FIRMWARE.format(url=self.url))
        self.desk.plug(arguments=QUICK)
        self.ready()
        self.set(firmware_status=file, update_policy="ask_for_update")
        self.browser = self.browse("info.htm")
        self.look_at_the_server(self.browser)
        self.reads(self.browser, "An update is offered", self.url)

    def update_now_updates(self):
        self.browser.one("button[value=now]").click()
        self.reads(self.browser, f"{VERSION} (D7C, serial DESK")
        self.assertEqual(self.browser.all("button[value=now]"), [])

    def later_updates_nothing(self):
        self.browser.one("button[value=later]").click()
        scene.wait_until(lambda: not self.browser.all("button[value=later]"), "the offer to go")
        self.reads(self.browser, f"{OLD} (D7C, serial DESK")
        self.assertNotIn("Receiving", self.desk.screen())
