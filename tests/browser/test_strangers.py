"""Pages of others: what they make a browser do on the phone changes nothing.

Everything goes by plain http to addresses that no browser trusts, so that it sends neither
Sec-Fetch-* nor, where a page asks for that, a Referer; and uxmd takes each request as one from the
phone itself, which may change things.
"""

import http.server
import json
import threading
import urllib.parse

import scene
from scene import QUICK

STRANGER = "198.51.100.66"
NAME = "stranger.test"
USER, PASSWORD = "admin", "s3cret"

# What a page can do without being seen. Each asks for URL(NAME), which would change a setting to
# something that has NAME in it.
SILENT = """
const frame = document.createElement('iframe');
frame.name = 'frame';
document.body.append(frame);
const add = (name, tag, attributes) => {
	const element = document.createElement(tag);
	for (const [key, value] of Object.entries(attributes(URL_OF(name))))
		element.setAttribute(key, value);
	document.body.append(element);
};
const quietly = async (act) => { try { await act(); } catch { } };
const send = (name, options) => quietly(() => fetch(URL_OF(name), {mode: 'no-cors', ...options}));

add('image', 'img', (url) => ({src: url}));
add('image-unnamed', 'img', (url) => ({src: url, referrerpolicy: 'no-referrer'}));
add('script', 'script', (url) => ({src: url, referrerpolicy: 'no-referrer'}));
add('style', 'link', (url) => ({rel: 'stylesheet', href: url, referrerpolicy: 'no-referrer'}));
add('prefetch', 'link', (url) => ({rel: 'prefetch', href: url, referrerpolicy: 'no-referrer'}));
add('frame', 'iframe', (url) => ({src: url, referrerpolicy: 'no-referrer'}));
add('object', 'object', (url) => ({data: url}));
add('embed', 'embed', (url) => ({src: url}));
add('video', 'video', (url) => ({src: url, preload: 'auto'}));
add('audio', 'audio', (url) => ({src: url, preload: 'auto'}));
add('background', 'p', (url) => ({style: `background: url('${url}')`}));
add('button', 'input', (url) => ({type: 'image', src: url, alt: ''}));
send('fetch', {});
send('fetch-unnamed', {referrerPolicy: 'no-referrer', credentials: 'include'});
send('fetch-no-language',
	{referrerPolicy: 'no-referrer', credentials: 'include', headers: {'Accept-Language': ''}});
send('fetch-blank-language',
	{referrerPolicy: 'no-referrer', credentials: 'include', headers: {'Accept-Language': ' '}});
send('fetch-head', {method: 'HEAD', referrerPolicy: 'no-referrer', credentials: 'include'});
send('post', {method: 'POST', body: new URLSearchParams({settings: 'save'})});
send('fetch-cors', {mode: 'cors', credentials: 'include'});
send('fetch-put', {mode: 'cors', method: 'PUT'});
navigator.sendBeacon(URL_OF('beacon'), new URLSearchParams({settings: 'save'}));
new EventSource(URL_OF('events'));
quietly(() => new WebSocket(URL_OF('socket').replace('http:', 'ws:')));
const worker = (name) => new Worker(window.URL.createObjectURL(
	new Blob([`try { importScripts('${URL_OF(name)}'); } catch { }`])));
worker('worker');
const form = document.createElement('form');
form.method = 'post';
form.enctype = 'multipart/form-data';
form.target = 'frame';
form.action = URL_OF('form-in-frame');
form.innerHTML = '<input name="settings" value="save"><input name="firmware_uxm" value="evil">';
document.body.append(form);
form.submit();
"""

# What of the list above arrives at the phone whatever browsers do about the rest.
ARRIVE = (
    "image image-unnamed script style frame object embed video audio background button fetch "
    "fetch-unnamed fetch-no-language fetch-blank-language fetch-head post beacon events socket "
    "worker form-in-frame"
).split()

# Pages that go to the phone, in the open: all end on one of the phone's.
OPEN = {
    "link": "<a href='{url}'>Holidays</a>",
    "link-unnamed": "<a href='{url}' rel='noreferrer'>Holidays</a>",
    "refresh": "<meta name='referrer' content='no-referrer'>"
    "<meta http-equiv='refresh' content='0; url={url}'>",
    "location": "<meta name='referrer' content='no-referrer'><script>location = '{url}';</script>",
    "form-get": "<form action='{page}'>{inputs}</form><script>document.forms[0].submit();</script>",
    "form-post": "<form method='post' action='{page}'>{inputs}</form>"
    "<script>document.forms[0].submit();</script>",
    "form-text": "<form method='post' enctype='text/plain' action='{page}'>{inputs}</form>"
    "<script>document.forms[0].submit();</script>",
}


class Stranger:
    """A web server of somebody else's."""

    def __init__(self):
        self.pages = {}
        pages = self.pages

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = pages.get(self.path[1:], "").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Nobody asks."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://{STRANGER}:{self.server.server_port}/"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Strangers(scene.Case):
    def setUp(self):
        super().setUp()
        # What strangers' pages complain about is theirs.
        self.expected = [""]
        self.stranger = Stranger()
        self.addCleanup(self.stranger.stop)
        self.desk.plug(arguments=QUICK)
        self.ready()

    def _browse(self):
        return self.browse(names=(STRANGER, NAME))

    def _wanted(self, name):
        return {"settings": "save", "firmware_uxm": f"http://evil.example/{name}"}

    def _url(self, name):
        return self.phone + "settings.htm?" + urllib.parse.urlencode(self._wanted(name))

    def _nothing_changed(self, case=None):
        with self.subTest(case):
            self.assertNotIn("evil", self.desk.settings())
            self.assertNotIn("changed over the web", self.desk.said())
            self.assertNotIn("start-up procedure begins again", self.desk.said())
            self.assertNotIn("Receiving", self.desk.screen())

    def _arrived(self, name):
        return any(name in line.partition("\r\n")[0] for line in self.desk.asked())

    def _visit_silent(self, browser):
        prefix, _, _ = self._url("@").rpartition("%40")
        script = SILENT.replace("URL_OF", "urlOf")
        self.stranger.pages["silent"] = (
            "<!DOCTYPE html><title>Holidays</title><body><script>"
            f"const urlOf = (name) => {json.dumps(prefix)} + name + '.';\n{script}</script>"
        )
        browser.open(self.stranger.base + "silent")
        for name in ARRIVE:
            scene.wait_until(lambda: self._arrived(f"%2F{name}."), f"the request of {name}")

    def what_a_page_does_silently_changes_nothing(self):
        self._visit_silent(self._browse())
        self._nothing_changed()
        # The same by a script does: so it was not for another reason that nothing changed.
        self.set(firmware_uxm="http://my.own/")
        self.assertIn(">http://my.own/</firmware_uxm>", self.desk.settings())

    def nor_where_the_browser_knows_the_password(self):
        self.set(http_user=USER, http_pass=PASSWORD)
        before = self.desk.settings()
        browser = self._browse()
        browser.open(self.phone.replace("//", f"//{USER}:{PASSWORD}@") + "info.htm")
        self.reads(browser, "D865")
        self._visit_silent(browser)
        self._visit_open(browser)
        self.assertEqual(self.desk.settings(), before)
        self.assertNotIn("Receiving", self.desk.screen())

    def nor_what_it_makes_one_click(self):
        self._visit_open(self._browse())

    def _visit_open(self, browser):
        for name, text in OPEN.items():
            inputs = "".join(
                f"<input name='{key}' value='{value}'>" for key, value in self._wanted(name).items()
            )
            self.stranger.pages[name] = "<!DOCTYPE html><title>Holidays</title>" + text.format(
                url=self._url(name), page=self.phone + "settings.htm", inputs=inputs
            )
            browser.open(self.stranger.base + name)
            for link in browser.all("a[href*=evil]") if name.startswith("link") else []:
                link.click()
            self.reads(browser, "Is this meant?" if "-" not in name or "get" in name
                       or "unnamed" in name else "This form is too old, or comes from elsewhere")
            with self.subTest(name):
                self.assertNotIn("evil", self.desk.settings())

    def not_even_the_right_token_helps_a_page(self):
        browser = self._browse()
        browser.open(self.phone + "settings.htm")
        pairs = self._wanted("token")
        pairs["token"] = browser.one("input[name=token]").property("value")
        inputs = "".join(f"<input name='{k}' value='{v}'>" for k, v in pairs.items())
        for method, words in (("post", "comes from elsewhere"), ("get", "Is this meant?")):
            for policy in ("unsafe-url", "no-referrer"):
                self.stranger.pages["token"] = (
                    f"<!DOCTYPE html><meta name='referrer' content='{policy}'>"
                    f"<form method='{method}' action='{self.phone}settings.htm'>{inputs}</form>"
                    "<script>document.forms[0].submit();</script>"
                )
                browser.open(self.stranger.base + "token")
                self.reads(browser, words)
                self._nothing_changed(f"{method}, {policy}")

    def only_who_confirms_what_a_link_asks_changes_it(self):
        browser = self._browse()
        self.stranger.pages["link"] = OPEN["link"].format(url=self._url("link"))
        for answer in ("main a", "main button"):
            self._nothing_changed()
            browser.open(self.stranger.base + "link")
            browser.one("a").click()
            self.reads(browser, "Is this meant?", "firmware_uxm", "http://evil.example/link")
            browser.one(f"form {answer.split()[1]}").click()
            self.reads(browser, "D865" if answer == "main a" else "The settings are saved.")
        self.assertIn(">http://evil.example/link</firmware_uxm>", self.desk.settings())

    def no_page_begins_an_update_or_a_restart(self):
        browser = self._browse()
        tries = {
            "load": ("post", "update.htm", {"do": "load", "firmware": "http://evil.example/x"}),
            "load-get": ("get", "update.htm", {"do": "load", "firmware": "http://evil.example/x"}),
            "restart": ("post", "advanced_update.htm", {"reboot": "Reboot"}),
            "restart-get": ("get", "advanced_update.htm", {"reboot": "Reboot"}),
            "cancel": ("post", "update.htm", {"do": "cancel"}),
            "upload": ("post", "upload?name=snomD7C-9.9.9-r.bin", {"file": "x"}),
        }
        for name, (method, page, pairs) in tries.items():
            inputs = "".join(f"<input name='{k}' value='{v}'>" for k, v in pairs.items())
            self.stranger.pages[name] = (
                f"<!DOCTYPE html><form method='{method}' action='{self.phone + page}'>{inputs}"
                "</form><script>document.forms[0].submit();</script>"
            )
            browser.open(self.stranger.base + name)
            scene.wait_until(
                lambda: browser.address().startswith(self.phone), f"the phone's answer to {name}"
            )
            self._nothing_changed(name)
            self.assertEqual(self.status()["update"]["phase"], "idle", name)

    def no_page_reads_or_frames_those_of_the_phone(self):
        browser = self._browse()
        self.stranger.pages["frame"] = f"<iframe src='{self.phone}info.htm'></iframe>"
        browser.open(self.stranger.base + "frame")
        scene.wait_until(
            lambda: any("frame-ancestors" in c for c in browser.complaints()), "a refused frame"
        )
        read = browser.run_async(
            "const done = arguments[1];"
            "fetch(arguments[0]).then((answer) => answer.text()).then(done, () => done('refused'));",
            self.phone + "status.json",
        )
        self.assertEqual(read, "refused")

    def a_name_that_is_not_the_phones_shows_nothing(self):
        browser = self._browse()
        browser.open(f"http://{NAME}:{self.desk.phone}/info.htm")
        self.reads(browser, "This address is not this phone's", selector="body")
        self.assertNotIn("D865", browser.source())
