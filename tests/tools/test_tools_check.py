#!/usr/bin/python3
"""test_tools_check.py UXM FETCH_ONCE: looks at real servers, as people and as uxmd order them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import failures
import nginx

UXM, FETCH_ONCE = sys.argv.pop(1), sys.argv.pop(1)
FILES = os.path.join(failures.TOP, "fixtures", "provisioning")
D7C = "http://example.org/snomD7C-1.6.1-r.bin"
AGENT = "Mozilla/4.0 (compatible; snomD785-SIP 10.1.64.14 000413aabbcc SXM:0 UXM:1)"
SECRET = "hunter2"


class Look:
    """One run of uxm check, and the lines that it said."""

    def __init__(self, *arguments, order=None, timeout=60):
        if order is not None:
            arguments = ("--job", "0")
        run = subprocess.run([UXM, "check", *arguments], capture_output=True, text=True,
                             input="" if order is None else json.dumps(order), timeout=timeout,
                             env=failures.environment(), check=False)
        self.code, self.out, self.err = run.returncode, run.stdout, run.stderr
        self.lines = [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def of(self, event, file=None):
        return [line for line in self.lines
                if line["event"] == event and file in (None, line.get("file"))]

    def file(self, file):
        """The line of that file, None if there is none."""
        return next(iter(self.of("file", file)), None)

    def settings(self, file):
        return {line["name"]: (line["value"], line["perm"]) for line in self.of("setting", file)}

    @property
    def result(self):
        return self.lines[-1]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = failures.Stage()
        cls.root = os.path.join(cls.stage.path, "root")
        os.mkdir(cls.root)
        cls.folder = os.path.join(cls.stage.path, "nginx")
        os.mkdir(cls.folder)
        for path in (cls.stage.path, cls.root):
            os.chmod(path, 0o755)
        cls.nginx = nginx.Nginx(cls.folder, cls.root, os.path.join(cls.stage.path, "right"))

    @classmethod
    def tearDownClass(cls):
        cls.nginx.stop()
        cls.stage.close()

    def setUp(self):
        self.before = len(self.nginx.requests())

    def put(self, name, text=None, source=None):
        """A file on both servers, in a folder of this test's own; its path."""
        path = os.path.join(self.id().rsplit(".", 1)[1], name)
        for top in (self.root, self.stage.path):
            whole = os.path.join(top, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            if source is not None:
                shutil.copyfile(os.path.join(FILES, source), whole)
            else:
                with open(whole, "w", encoding="utf-8") as file:
                    file.write(text)
        return path

    def url(self, name, text=None, source=None):
        return self.nginx.url(self.put(name, text, source))

    def bad(self, behaviour, path):
        """The same path on the server that misbehaves."""
        return self.stage.bare("%s/%s" % (behaviour, path))

    def asked(self):
        return self.nginx.requests()[self.before:]

    def settings_for(self, status, perm="", policy="auto_update"):
        return ('<settings><phone-settings><firmware_status perm="%s">%s</firmware_status>'
                '<update_policy perm="">%s</update_policy></phone-settings></settings>'
                % (perm, status, policy))


class Looks(Case):
    def test_the_settings_file_names_the_firmware_file(self):
        firmware = self.url("firmware.xml", source="firmware.xml")
        server = self.url("settings.xml", self.settings_for(firmware))
        look = Look(order={"setting_server": server, "user_agent": AGENT})
        self.assertEqual((look.code, look.err), (0, ""))
        self.assertEqual(look.file("settings")["state"], "came")
        self.assertEqual(look.file("settings")["url"], server)
        self.assertEqual(look.settings("settings"), {"firmware_status": (firmware, ""),
                                                     "update_policy": ("auto_update", "")})
        self.assertEqual(look.settings("firmware"),
                         {"firmware": ("http://example.org/phone.bin", ""), "firmware_uxm": (D7C, "")})
        self.assertEqual(look.result, {"event": "result", "result": "updated", "code": 0,
                                       "text": "The server was looked at."})
        self.assertEqual([(one["status"], one["agent"]) for one in self.asked()], [(200, AGENT)] * 2)

    def test_what_has_not_changed_does_not_come_again(self):
        firmware = self.url("firmware.xml", source="firmware.xml")
        server = self.url("settings.xml", self.settings_for(firmware))
        first = Look(order={"setting_server": server})
        known = {"%s_known" % kind: {key: first.file(kind)[key]
                                     for key in ("url", "etag", "last_modified")}
                 for kind in ("settings", "firmware")}
        second = Look(order={"setting_server": server, "firmware_status": firmware, **known})
        self.assertEqual(second.code, 0)
        self.assertEqual(self.asked()[2]["if_none_match"], first.file("settings")["etag"])
        self.assertEqual([one["status"] for one in self.asked()], [200, 200, 304, 304])
        for kind in ("settings", "firmware"):
            self.assertEqual(second.file(kind), {**first.file(kind), "state": "unchanged"})
        self.assertEqual(second.of("setting"), [])
        # Another state of it, by its date alone too.
        for keys in (("url", "last_modified"), ("url", "etag", "last_modified")):
            now = {"settings_known": {key: known["settings_known"][key] for key in keys}}
            self.assertEqual(Look(order={"setting_server": server, **now}).file("settings")["state"],
                             "unchanged")
        os.utime(os.path.join(self.root, self.put("firmware.xml", source="firmware-older.xml")),
                 (1, 1))
        third = Look(order={"setting_server": server, "firmware_status": firmware, **known})
        self.assertEqual(third.file("settings")["state"], "unchanged")
        self.assertEqual(third.file("firmware")["state"], "came")

    def test_what_is_known_of_another_url_is_not_told(self):
        server = self.url("settings.xml", source="settings-policy-never.xml")
        Look(order={"setting_server": server,
                    "settings_known": {"url": server + "?", "etag": '"x"', "last_modified": "y"}})
        self.assertEqual([(one["if_none_match"], one["if_modified_since"]) for one in self.asked()],
                         [("", "")])

    def test_the_users_own_firmware_file_stays_as_long_as_it_is_under_that_permission(self):
        mine = self.url("mine.xml", source="firmware-older.xml")
        theirs = self.url("theirs.xml", source="firmware.xml")
        for perm, wanted in (("!", mine), ("", theirs), ("R", theirs)):
            server = self.url("settings.xml", self.settings_for(theirs, perm))
            look = Look(order={"setting_server": server, "firmware_status": mine,
                               "firmware_status_own": True})
            self.assertEqual(look.file("firmware")["url"], wanted, perm)
        server = self.url("settings.xml", self.settings_for(theirs, "!"))
        look = Look(order={"setting_server": server, "firmware_status": mine})
        self.assertEqual(look.file("firmware")["url"], theirs)

    def test_nothing_to_do_is_said_so(self):
        empty = self.url("empty.xml", "")
        look = Look(order={"setting_server": empty, "firmware_status": empty})
        self.assertEqual([look.file(kind)["state"] for kind in ("settings", "firmware")],
                         ["empty", "empty"])
        look = Look(order={})
        self.assertEqual((look.code, look.file("settings")["state"], look.file("firmware")["state"]),
                         (0, "not_asked", "not_asked"))
        # An empty tag takes the firmware file away.
        server = self.url("settings.xml", self.settings_for(""))
        look = Look(order={"setting_server": server, "firmware_status": empty})
        self.assertEqual(look.file("firmware")["state"], "not_asked")

    def test_the_mac_goes_into_urls_when_they_are_asked_for(self):
        self.put("000413aabbcc/firmware.xml", source="firmware-mac.xml")
        base = self.nginx.url(self.id().rsplit(".", 1)[1])
        server = self.url("settings.xml", self.settings_for(base + "/{mac}/firmware.xml?m={MAC}"))
        look = Look(order={"setting_server": server, "mac": "00:04:13:AA:BB:CC"})
        self.assertEqual(self.asked()[1]["uri"].split("/", 2)[2],
                         "000413aabbcc/firmware.xml?m=000413aabbcc")
        self.assertEqual(look.settings("firmware"), {"firmware_uxm": (D7C + "?mac={mac}", "")})
        look = Look(order={"setting_server": server})
        self.assertEqual(look.code, 6)
        self.assertIn("the phone's MAC is not known", look.result["text"])

    def test_the_text_form_and_what_is_remarkable(self):
        look = Look(order={"setting_server": self.url("s.htm", source="settings-text-flags.htm"),
                           "firmware_status": self.url("f.xml", source="firmware-bare-ampersand.xml"),
                           "firmware_status_own": True})
        self.assertEqual(look.settings("settings")["setting_server"],
                         ("http://example.org/own.htm", "!"))
        notes = [line["text"] for line in look.of("note")]
        self.assertRegex(notes[0], r"names 2 settings that are not known here")
        self.assertRegex(notes[1], r"names 1 setting that such a file does not set")
        self.assertEqual(look.code, 6)

    def test_urls_that_cannot_be_asked_for_leave_the_phone_its_own(self):
        mine = self.url("mine.xml", source="firmware-uxm-alone.xml")
        server = self.url("s.xml", source="settings-wrong-urls.xml")
        look = Look(order={"setting_server": server, "firmware_status": mine})
        self.assertEqual(look.code, 0)
        # The rest of the file is taken.
        self.assertEqual(look.settings("settings"), {"update_policy": ("auto_update", "")})
        self.assertEqual(look.file("firmware")["url"], mine)
        self.assertEqual(look.settings("firmware"), {"firmware_uxm": (D7C, "")})
        self.assertEqual([line["text"] for line in look.of("note")], [
            "The settings file names '%s' for %s, and the phone keeps its own: it must be a complete "
            "URL of http, https, ftp or ftps, as in http://server/settings.xml; correct it there."
            % pair for pair in (("htp://www.example.com/x.xml", "setting_server"),
                                ("example.org/firmware.xml", "firmware_status"))])
        self.assertIn("  note: The settings file names 'htp://",
                      Look("--setting-server", server).out)

    def test_which_urls_a_settings_file_may_name(self):
        for mac in ({}, {"mac": "000413aabbcc"}):
            for value, taken in (("http://h/x.xml", True), ("HTTPS://h", True), ("ftp://h/x", True),
                                 ("ftps://u:p@h:990/x", True), ("http://h/{mac}.xml?a={MAC}", True),
                                 ("http://{mac}.h/x", True), ("http://[::1]:8080/?m={mac}", True),
                                 ("h", False), ("h/x.xml", False), ("/x.xml", False),
                                 ("{mac}.xml", False), ("//h/x.xml", False), ("http:", False),
                                 ("http://", False), ("http:///", False), ("http://?x", False),
                                 ("http//h/x.xml", False), ("http://h:99999/x", False),
                                 ("http://a b/x", False), ("tftp://h/x", False), ("#x", False),
                                 ("http://h/" + 1600 * "{mac}", False)):
                file = ("<settings><phone-settings><setting_server>%s</setting_server>"
                        "</phone-settings></settings>" % value)
                look = Look(order={"setting_server": self.url("s.xml", file), **mac})
                self.assertEqual(look.code, 0, value)
                self.assertEqual(look.settings("settings"),
                                 {"setting_server": (value, "")} if taken else {}, value)
                self.assertEqual(len(look.of("note")), 0 if taken else 1, value)

    def test_by_https_and_ftp_and_never_a_file_of_this_machine(self):
        path = self.put("firmware.xml", source="firmware-uxm-alone.xml")
        look = Look(order={"firmware_status": self.nginx.url(path, True),
                           "ca_file": self.stage.authority})
        self.assertEqual(look.settings("firmware"), {"firmware_uxm": (D7C, "")})
        look = Look(order={"firmware_status": self.nginx.url(path, True)})
        self.assertEqual((look.code, look.file("firmware")), (6, None))
        port = self.stage.server("ftp.py", None, "--user", "me:" + SECRET)
        ftp = "ftp://me:%s@127.0.0.1:%d/%s" % (SECRET, port, path)
        look = Look(order={"firmware_status": ftp})
        self.assertEqual(look.settings("firmware"), {"firmware_uxm": (D7C, "")})
        known = {key: look.file("firmware")[key] for key in ("url", "last_modified")}
        look = Look(order={"firmware_status": ftp, "firmware_known": known})
        self.assertEqual(look.file("firmware")["state"], "unchanged")
        for wrong in ("file:///etc/passwd", "/etc/passwd", "gopher://localhost/"):
            look = Look(order={"firmware_status": wrong})
            self.assertEqual((look.code, look.file("firmware")), (2, None), wrong)
            # What the server says so is not taken.
            look = Look(order={"setting_server": self.url("s.xml", self.settings_for(wrong))})
            self.assertEqual((look.code, look.file("settings")["state"],
                              look.file("firmware")["state"]), (0, "came", "not_asked"), wrong)

    def test_redirects_are_followed_but_not_from_https_to_http(self):
        path = self.put("firmware.xml", source="firmware-uxm-alone.xml")
        look = Look(order={"firmware_status": self.bad("hops/3", path)})
        self.assertEqual((look.code, look.settings("firmware")), (0, {"firmware_uxm": (D7C, "")}))
        port = self.stage.server("server.py", "right")
        look = Look(order={"firmware_status": "https://localhost:%d/redirect?to=%s"
                           % (port, self.nginx.url(path)), "ca_file": self.stage.authority})
        self.assertEqual(look.code, 6)
        self.assertIn("redirects", look.result["text"])


class Failures(Case):
    def test_a_broken_file_says_where_and_nothing_of_it_counts(self):
        good = self.url("firmware.xml", source="firmware.xml")
        for name, where in (("settings-bad-value.xml", "line 5, column 5: The setting update_policy"),
                            ("firmware-conflict.xml", "line 3, column 1: "),
                            ("login-page.htm", "this is a web page")):
            look = Look(order={"setting_server": self.url("s.xml", source=name),
                               "firmware_status": good})
            self.assertEqual(look.code, 6)
            self.assertIn("The settings file http://127.0.0.1:", look.result["text"])
            self.assertIn(where, look.result["text"])
            self.assertEqual(look.lines, [look.result])
            self.assertEqual(look.err, "uxm: %s\n" % look.result["text"])

    def test_a_good_settings_file_holds_when_the_firmware_file_fails(self):
        missing = self.nginx.url("none.xml")
        broken = self.url("broken.xml", source="firmware-truncated.xml")
        for url, said in ((missing, "404 Not Found"), (broken, "no element found")):
            look = Look(order={"setting_server": self.url("s.xml", self.settings_for(url))})
            self.assertEqual((look.code, look.result["result"]), (6, "fetch-failed"))
            self.assertIn(said, look.result["text"])
            self.assertEqual(look.settings("settings")["firmware_status"], (url, ""))
            self.assertIsNone(look.file("firmware"))

    def test_a_settings_file_that_fails_ends_the_look(self):
        good = self.url("firmware.xml", source="firmware.xml")
        look = Look(order={"setting_server": self.nginx.url("none.xml"), "firmware_status": good})
        self.assertEqual((look.code, look.lines), (6, [look.result]))
        self.assertEqual([one["status"] for one in self.asked()], [404])

    def test_a_server_that_asks_for_a_long_pause_is_left_alone_and_uxmd_is_told(self):
        path = self.put("firmware.xml", source="firmware.xml")
        began = time.monotonic()
        look = Look(order={"firmware_status": self.bad("retry-after/3600/503/9", path)})
        self.assertEqual((look.code, look.result["retry_after"]), (6, 3600))
        self.assertIn("asks to wait 3600 s", look.result["text"])
        self.assertLess(time.monotonic() - began, 30)

    def test_of_a_pause_longer_than_a_day_no_number_is_said(self):
        path = self.put("firmware.xml", source="firmware.xml")
        for seconds in (86400, 172800):
            look = Look(order={"firmware_status": self.bad("retry-after/%d/503/9" % seconds, path)})
            self.assertEqual((look.code, look.result["retry_after"]), (6, 86400))
            self.assertIn("(503 ", look.result["text"])
            self.assertTrue(look.result["text"].endswith(" It asks to wait a day or longer."))

    def test_a_server_in_trouble_is_asked_once_for_a_look(self):
        path = self.put("firmware.xml", source="firmware.xml")
        for way, after in (("retry-after/1/503/1", 1), ("once-503", None)):
            url = self.bad(way, path)
            look = Look(order={"firmware_status": url})
            self.assertEqual((look.code, look.result.get("retry_after")), (6, after))
            # The second request finds it well again.
            look = Look(order={"firmware_status": url})
            self.assertEqual((look.code, look.file("firmware")["state"]), (0, "came"))

    def test_a_server_that_stalls_is_given_up(self):
        path = self.put("firmware.xml", source="firmware.xml")
        look = Look(order={"firmware_status": self.bad("stall/10", path), "network_timeout": 1},
                    timeout=120)
        self.assertEqual(look.code, 6)
        self.assertIn("stalled", look.result["text"])

    def test_a_file_without_an_end_is_not_read_to_it(self):
        path = self.put("firmware.xml", source="firmware.xml")
        look = Look(order={"firmware_status": self.bad("endless", path)})
        self.assertEqual(look.code, 6)
        look = Look(order={"firmware_status": self.stage.bare("chunked/gen/1048577/x.xml")})
        self.assertIn("at most 1048576 bytes are taken", look.result["text"])

    def test_a_value_that_no_line_for_uxmd_can_hold_is_refused(self):
        look = Look(order={"firmware_status": self.url(
            "f.xml", "<firmware-settings><firmware>http://h/%s</firmware></firmware-settings>"
            % (8180 * "\\"))})
        self.assertEqual((look.code, look.file("firmware"), look.of("setting")), (6, None, []))
        self.assertIn("the setting firmware is too long", look.result["text"])


class Secrets(Case):
    def order(self):
        """One in whose every place there is a password."""
        port = self.stage.server("server.py")
        path = self.put("firmware.xml", (
            "<firmware-settings><firmware_uxm>http://u:%s@h/snomD7C-1.6.1-r.bin?t=%s</firmware_uxm>"
            "</firmware-settings>") % (SECRET, SECRET))
        firmware = "http://me:%s@127.0.0.1:%d/user/me/%s/%s" % (SECRET, port, SECRET, path)
        server = self.url("settings.xml", (
            "<settings><phone-settings><http_pass> %s </http_pass><download_password>%s"
            "</download_password></phone-settings></settings>") % (SECRET, SECRET))
        return server, firmware

    def test_no_password_is_shown_to_people(self):
        server, firmware = self.order()
        for more in ([], ["--json"]):
            # The path of a URL is shown; this one's holds what is asked for.
            look = Look("--setting-server", server + "?key=" + SECRET, "--firmware-status", firmware,
                        *more)
            self.assertEqual((look.code, look.err), (0, ""))
            self.assertNotIn(SECRET, look.out.replace("/user/me/%s/" % SECRET, ""))
            self.assertIn("firmware_uxm", look.out)

    def test_uxmd_gets_all_of_it_and_sentences_hold_none(self):
        server, firmware = self.order()
        look = Look(order={"setting_server": server, "firmware_status": firmware})
        self.assertEqual(look.settings("settings")["http_pass"][0], " %s " % SECRET)
        self.assertEqual(look.settings("firmware")["firmware_uxm"][0],
                         "http://u:%s@h/snomD7C-1.6.1-r.bin?t=%s" % (SECRET, SECRET))
        for url in ("http://u:%s@127.0.0.1:1/a.xml?%s" % (SECRET, SECRET),
                    "http//u:%s@h/x" % SECRET, "file://u:%s@h/x" % SECRET):
            look = Look(order={"firmware_status": url})
            self.assertNotIn(SECRET, look.out + look.err, url)
            look = Look("--setting-server", self.url("s.xml", self.settings_for(url)))
            self.assertNotIn(SECRET, look.out + look.err, url)


class Orders(Case):
    def test_a_job_that_is_wrong_is_refused_by_the_name_of_its_key(self):
        for order, words in (({"url": "http://h/x"}, 'key "url" is unknown'),
                             ({"override": True}, 'key "override" is unknown'),
                             ({"settings_known": "x"}, '"settings_known" must be an object'),
                             ({"settings_known": {"etag": "x"}}, '"settings_known" must be an object'),
                             ({"settings_known": {"url": "x", "e": "x"}}, "must be an object of the"),
                             ({"firmware_known": {"url": 7}}, '"firmware_known" must be an object'),
                             ({"firmware_known": {"url": "a\n"}}, "must be an object of the texts"),
                             ({"firmware_status_own": 1}, "must be true or false"),
                             ({"user_agent": "a\r\nX: y"}, "holds a control character"),
                             ({"user_agent": "\u00fc"}, "at most 511 characters of ASCII")):
            look = Look(order=order)
            self.assertEqual((look.code, look.result["code"]), (2, 2), order)
            self.assertIn(words, look.err)

    def test_people_read_sentences(self):
        look = Look("--setting-server", self.url("s.xml", source="settings-permissions.xml"),
                    "--firmware-status", self.url("f.xml", source="firmware.xml"))
        self.assertRegex(look.out, r"^The settings file http://127.0.0.1:\d+/\S+: read\.\n")
        self.assertIn("  firmware_interval = 61 (read-only)\n", look.out)
        self.assertIn("  setting_server = http://example.org/own.xml (the user's own, once changed)\n",
                      look.out)
        self.assertEqual(look.err.count("\n"), 1)

    def test_a_look_that_cannot_be_printed_is_none(self):
        server = self.url("s.xml", self.settings_for(""))
        for form in ([], ["--json"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                run = subprocess.run([UXM, "check", "--setting-server", server, *form],
                                     stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                                     env=failures.environment(), check=False)
            self.assertEqual((run.returncode, run.stderr),
                             (1, "uxm: Standard output cannot be written to.\n"), form)

    def test_a_reader_who_went_away_does_not_take_the_exit_code_with_him(self):
        reader, writer = os.pipe()
        os.close(reader)
        run = subprocess.run([UXM, "update", "--json", "bad.bin"], stdout=writer,
                             stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        os.close(writer)
        self.assertEqual(run.returncode, 5)
        self.assertRegex(run.stderr, r"^uxm: bad\.bin is not named like an image.*\n$")

    def test_images_are_asked_for_with_the_user_agent_too(self):
        image = self.url("snomD7C-1.6.1-r.bin", 1000 * "x")
        for more in (["--user-agent", AGENT], []):
            subprocess.run([FETCH_ONCE, "update", image, *more], env=failures.environment(),
                           capture_output=True, timeout=60, check=True)
        self.assertEqual(self.asked()[0]["agent"], AGENT)
        self.assertRegex(self.asked()[1]["agent"], r"^uxm/[0-9.]+$")

    def started(self, url):
        """A look at somebody who says nothing."""
        process = subprocess.Popen([UXM, "check", "--job", "0"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=failures.environment())
        process.stdin.write(json.dumps({"firmware_status": url}))
        process.stdin.close()
        return process

    def test_a_look_can_be_cancelled(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = self.started("http://127.0.0.1:%d/x.xml" % silent.getsockname()[1])
            connection = silent.accept()[0]
            connection.recv(10)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(10), 13)
            self.assertIn('"code":13', process.stdout.read())
            connection.close()
            process.stdout.close()
            process.stderr.close()

    def test_a_look_ends_with_who_ordered_it(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            order = json.dumps({"firmware_status": "http://127.0.0.1:%d/x" % silent.getsockname()[1]})
            # The process between dies as soon as the request is there.
            parent = subprocess.Popen(
                [sys.executable, "-c",
                 "import subprocess, sys, time\n"
                 "job = subprocess.Popen([sys.argv[1], 'check', '--job', '0'],"
                 " stdin=subprocess.PIPE, text=True)\n"
                 "job.stdin.write(sys.argv[2]); job.stdin.close()\n"
                 "time.sleep(60)\n", UXM, order], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=failures.environment())
            connection = silent.accept()[0]
            self.assertTrue(connection.recv(10))
            parent.kill()
            parent.wait()
            connection.settimeout(20)
            while connection.recv(4096):
                pass
            connection.close()
            parent.stdout.close()


if __name__ == "__main__":
    unittest.main()
