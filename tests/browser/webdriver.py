"""A small client of chromedriver: headless Chromium, one window at a time.

The commands are those of W3C WebDriver; what it lacks (dark mode, narrow screens, a whole page's
picture, Chromium's log) are those of chromedriver and of the DevTools protocol.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# The longest that a page is waited for, in seconds.
PATIENCE = 30

# How WebDriver writes a reference to an element (W3C WebDriver, 11).
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


# What chromedriver says, as an "unknown error" of the DevTools, when the page is replaced while it
# looks at one of its elements.
REPLACED = re.compile(
    "node with given id|aborted by navigation|context with specified id", re.IGNORECASE
)


class Failure(Exception):
    """What chromedriver answered instead: `code` is WebDriver's word for it."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code
        if code == "unknown error" and REPLACED.search(text):
            self.code = "stale element reference"


class Driver:
    """A running chromedriver, which starts and ends the browsers."""

    def __init__(self):
        program = shutil.which("chromedriver")
        if program is None:
            raise SystemExit("chromedriver is missing: run tools/setup.")
        # Browsers and their left-overs go with it, however it ends.
        self.folder = tempfile.TemporaryDirectory(prefix="uxm-browser-")
        self.process = subprocess.Popen(
            [program, "--port=0"],
            env=dict(os.environ, TMPDIR=self.folder.name, HOME=self.folder.name),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        for line in self.process.stdout:
            said += line
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        else:
            raise SystemExit("chromedriver did not start:\n" + said)
        self.base = f"http://127.0.0.1:{found.group(1)}"
        self.browsers = set()

    def ask(self, method, path, body=None):
        """One command; returns its value."""
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                value = json.load(error)["value"]
            raise Failure(value["error"], value["message"].splitlines()[0]) from None

    def stop(self):
        """Ends it, and the browsers first: they would outlive it."""
        for browser in list(self.browsers):
            with contextlib.suppress(Failure, OSError):
                browser.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.folder.cleanup()


class Browser:
    """A browser with a profile of its own. With `script` False no page's JavaScript runs; `names`
    are hosts that it takes for 127.0.0.1."""

    def __init__(self, driver, script=True, names=()):
        arguments = ["--headless=new", "--no-first-run", "--disable-background-networking"]
        arguments += ["--disable-dev-shm-usage", "--disable-gpu", "--window-size=1000,900"]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        if names:
            rules = ", ".join(f"MAP {name} 127.0.0.1" for name in names)
            arguments.append("--host-resolver-rules=" + rules)
        options = {"args": arguments}
        if not script:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        self.driver = driver
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
            # A test looks at what is there while the page goes on.
            "pageLoadStrategy": "normal",
            "unhandledPromptBehavior": "accept",
            "timeouts": {"pageLoad": PATIENCE * 1000, "script": PATIENCE * 1000, "implicit": 0},
        }
        found = driver.ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.version = found["capabilities"]["browserVersion"]
        self.path = "/session/" + found["sessionId"]
        driver.browsers.add(self)

    def ask(self, method, path, body=None):
        return self.driver.ask(method, self.path + path, body)

    def devtools(self, command, **parameters):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    # ---- pages

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def address(self):
        return self.ask("GET", "/url")

    def source(self):
        return self.ask("GET", "/source")

    def run(self, script, *arguments):
        """Runs a script in the page; returns what it returns."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """Runs a script; returns what it hands to the function that is its last argument."""
        return self.ask("POST", "/execute/async", {"script": script, "args": list(arguments)})

    # ---- elements, by CSS selectors

    def all(self, selector):
        found = self.ask("POST", "/elements", {"using": "css selector", "value": selector})
        return [Element(self, one[ELEMENT]) for one in found]

    def one(self, selector):
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        return Element(self, found[ELEMENT])

    def names(self):
        """Role and name, as a screen reader tells them, of all that is on the page."""
        nodes = self.devtools("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes if not node["ignored"]
        ]

    def text(self, selector="main"):
        """What is to be read in an element; "" where there is none, or not any more."""
        try:
            return self.one(selector).text()
        except Failure as failure:
            if failure.code in ("no such element", "stale element reference"):
                return ""
            raise

    # ---- how it is shown

    def show_as(self, dark=False, width=None):
        """In the dark, or on a phone's narrow screen; both at once, if wanted."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        if width is None:
            self.devtools("Emulation.clearDeviceMetricsOverride")
        else:
            self.devtools(
                "Emulation.setDeviceMetricsOverride",
                width=width, height=740, deviceScaleFactor=1, mobile=True,
            )

    def picture(self, path):
        """The whole page, however long, into a PNG file."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.devtools("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    # ---- the end

    def complaints(self):
        """What the browser itself had to say since it was last asked: warnings and errors."""
        entries = self.ask("POST", "/se/log", {"type": "browser"})
        return [e["message"] for e in entries if e["level"] in ("SEVERE", "WARNING")]

    def close(self):
        self.driver.browsers.discard(self)
        self.ask("DELETE", "")


class Element:
    def __init__(self, browser, reference):
        self.browser = browser
        self.path = "/element/" + reference

    def _ask(self, method, path, body=None):
        return self.browser.ask(method, self.path + path, body)

    def text(self):
        return self._ask("GET", "/text")

    def click(self):
        self._ask("POST", "/click")

    def type(self, text):
        """Keys as somebody presses them; for a file's field, the file's path."""
        self._ask("POST", "/value", {"text": text})

    def clear(self):
        self._ask("POST", "/clear")

    def attribute(self, name):
        return self._ask("GET", "/attribute/" + name)

    def property(self, name):
        return self._ask("GET", "/property/" + name)

    def is_enabled(self):
        return self._ask("GET", "/enabled")

    def name(self):
        """What a screen reader calls it (W3C Accessible Name)."""
        return self._ask("GET", "/computedlabel")


def wait_until(condition, what, patience=PATIENCE):
    """Looks again until the condition gives something true; returns that."""
    end = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.05)
