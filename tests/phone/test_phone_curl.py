#!/usr/bin/python3
"""test_phone_curl.py BIN: uxmd as programs meet it: the curl command, over http and https."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "kernel"))
os.environ["UXM_BIN"] = sys.argv.pop(1)

from phone import Uxmd  # noqa: E402
from stage import Lines  # noqa: E402

# Lists a module, and refuses each image before it has read it.
REFUSING = """#!/bin/sh
case $1 in
list) echo '{"port":"1-1","serial":"A1","model":"D7C","version":"1.5.3","hardware_level":1,'\\
	'"protocol":"stream","state":"idle"}' ;;
*) exec 0<&-
	echo '{"event":"result","result":"image-refused","code":5,"text":"It is not for this module.",'\\
	'"committed":false}'
	exit 5 ;;
esac
"""
SAVE = "settings.htm?settings=save&"
# Each is what browsers send along with a link or a picture on another site's page.
CROSS_SITE = ("Accept-Language: en", "Origin: http://evil.example", "Referer: http://evil.example/",
              "Sec-Fetch-Site: cross-site")


class Case(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="uxm-test-")
        self.addCleanup(self.home.cleanup)
        self.state = os.path.join(self.home.name, "state")

    def _start(self, *arguments):
        uxmd = Uxmd(self.state, *arguments)
        self.addCleanup(uxmd.signal, 15)
        return uxmd

    def _settings(self):
        try:
            with open(os.path.join(self.state, "settings.xml"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""


class Programs(Case):
    def test_the_documented_gets_act_at_once(self):
        uxmd = self._start()
        self.assertEqual(uxmd.page(SAVE + "firmware_interval=60&download_port=2121")[0], 200)
        self.assertIn(">60</firmware_interval>", self._settings())
        self.assertIn(">2121</download_port>", self._settings())
        self.assertEqual(uxmd.page("dummy.htm?settings=save&firmware_interval=61")[0], 200)
        self.assertIn(">61</firmware_interval>", self._settings())
        before = len(uxmd.log.lines)
        self.assertEqual(uxmd.page("advanced_update.htm?reboot=Reboot")[0], 200)
        uxmd.log.wait_for("start-up procedure begins again", before)

    def test_what_browsers_send_along_changes_nothing(self):
        uxmd = self._start()
        for header in CROSS_SITE:
            with self.subTest(header):
                status, page = uxmd.page(SAVE + "firmware_interval=60", "-H", header)
                self.assertEqual(status, 200, page)
                self.assertIn("Is this meant?", page)
                self.assertEqual(self._settings(), "")
                page = uxmd.page("advanced_update.htm?reboot=Reboot", "-H", header)[1]
                self.assertIn("Is this meant?", page)
                answer = uxmd.page("update.htm", "-H", header, "-d", "do=cancel&token=0")
                self.assertEqual(answer[0], 403, answer[1])
        self.assertNotIn("begins again", uxmd.log.text())
        self.assertEqual(uxmd.page("info.htm", "-H", "Host: evil.example")[0], 421)

    def test_basic_digest_and_wrong_passwords(self):
        uxmd = self._start()
        self.assertEqual(uxmd.page(SAVE + "http_user=admin&http_pass=s3cret")[0], 200)
        self.assertEqual(uxmd.page("info.htm")[0], 401)
        for how in ("--basic", "--digest", "--anyauth"):
            with self.subTest(how):
                self.assertEqual(uxmd.page("info.htm", how, "-u", "admin:s3cret")[0], 200)
                status = uxmd.page(SAVE + "firmware_interval=60", how, "-u", "admin:s3cret")[0]
                self.assertEqual(status, 200)
        for how in ("--basic", "--digest"):
            for user in ("admin:wrong", "other:s3cret", "admin:"):
                with self.subTest(how, user=user):
                    self.assertIn(uxmd.page("info.htm", how, "-u", user)[0], (401, 429))
        status, head = uxmd.page("info.htm", "--basic", "-u", "admin:s3cret", "-i")
        self.assertEqual(status, 429)
        self.assertRegex(head, r"(?i)\r?\nRetry-After: [1-9]")
        # Another address does not wait.
        status = uxmd.page("info.htm", "--basic", "-u", "admin:s3cret", "--interface", "127.0.0.9")[0]
        self.assertEqual(status, 200)

    def test_users_that_digest_cannot_carry_get_in_by_basic_alone(self):
        uxmd = self._start()
        for user in ('a"b', "a\\b", 128 * "a", 127 * "a", "J\u00fcrgen"):
            digest = len(user) < 128 and not set(user) & set('"\\')
            values = ("http_user=" + user, "http_pass=s3cret")
            before = ("-G", "-d", "settings=save", "--data-urlencode", values[0])
            answer = uxmd.page("settings.htm", *before, "--data-urlencode", values[1])
            self.assertEqual(answer[0], 200, answer[1])
            for how in ("--basic", "--anyauth", "--digest"):
                with self.subTest(how, user=user):
                    status = uxmd.page("info.htm", how, "-u", user + ":s3cret")[0]
                    self.assertEqual(status, 200 if digest or how != "--digest" else 401)
            self.assertNotIn("A wrong password", uxmd.log.text())
            again = ("settings.htm?settings=save&remove=http_pass", "--basic")
            self.assertEqual(uxmd.page(*again, "-u", user + ":s3cret")[0], 200)

    def test_a_password_without_a_user_locks_nobody_out(self):
        uxmd = self._start()
        self.assertEqual(uxmd.page(SAVE + "http_pass=s3cret")[0], 200)
        self.assertEqual(uxmd.page("info.htm")[0], 401)
        for user in (":s3cret", "admin:s3cret"):
            for how in ("--basic", "--anyauth"):
                with self.subTest(how, user=user):
                    self.assertEqual(uxmd.page("info.htm", how, "-u", user)[0], 200)
                    answer = uxmd.page(SAVE + "firmware_interval=60", how, "-u", user)
                    self.assertEqual(answer[0], 200, answer[1])
        self.assertEqual(uxmd.page("info.htm", "--basic", "-u", ":wrong")[0], 401)

    def test_an_upload_that_is_refused_early_is_told_why(self):
        program = os.path.join(self.home.name, "uxm")
        with open(program, "w", encoding="utf-8") as file:
            file.write(REFUSING)
        os.chmod(program, 0o755)
        image = os.path.join(self.home.name, "snomD7C-1.6.1-r.bin")
        with open(image, "wb") as file:
            file.write(bytes(3_000_000))
        uxmd = self._start("--uxm", program)
        uxmd.wait_modules(1)
        token = uxmd.token()
        ways = (
            ("upload?name=snomD7C-1.6.1-r.bin", "-H", "X-Uxm-Token: " + token,
             "--data-binary", "@" + image),
            ("update.htm", "-H", "Accept: application/json, */*", "-F", "token=" + token,
             "-F", "file=@" + image),
        )
        for way in 5 * ways:
            with self.subTest(way[0]):
                status, text = uxmd.page(*way)
                self.assertEqual(status, 422, text)
                self.assertEqual(json.loads(text), {"text": "It is not for this module."})

    def test_a_form_is_no_file(self):
        uxmd = self._start()
        file = os.path.join(self.home.name, "file")
        with open(file, "wb") as out:
            out.write(b"UXMI")
        status, text = uxmd.page("upload?name=snomD7C-1.6.1-r.bin", "-F", "file=@" + file,
                                 "-H", "X-Uxm-Token: " + uxmd.token())
        self.assertEqual(status, 415, text)
        self.assertIn("update.htm", text)

    def test_ten_thousand_bytes_of_header_are_fine_and_more_than_32_kib_are_refused(self):
        uxmd = self._start()
        self.assertEqual(uxmd.page("info.htm", "-H", "X-Long: " + 10_000 * "x")[0], 200)
        self.assertEqual(uxmd.page("info.htm?x=" + 10_000 * "x")[0], 200)
        for size in (*range(31_500, 33_500, 100), 40_000, 120_000):
            with self.subTest(size):
                status = uxmd.page("info.htm", "-H", "X-Long: " + size * "x")[0]
                self.assertIn(status, (431,) if size > 32_768 else (200, 431))
                status = uxmd.page("info.htm?x=" + size * "x")[0]
                self.assertIn(status, (414,) if size > 32_768 else (200, 431))
        self.assertEqual(uxmd.page("info.htm")[0], 200)

    def test_a_post_that_never_ends_is_ended(self):
        uxmd = self._start()
        with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
            done = subprocess.run(
                ["curl", "-s", "--max-time", "50", "-X", "POST", "-T", "-", "-H", "Expect:"]
                + ["-w", "%{http_code}", "-o", os.devnull, uxmd.base + "update.htm"],
                stdin=endless.stdout, capture_output=True, text=True, check=False,
            )
            endless.kill()
        self.assertIn(done.stdout, ("413", "000"))
        self.assertNotEqual(done.returncode, 28, "curl had to give up")
        self.assertEqual(uxmd.page("info.htm")[0], 200)

    def test_two_hundred_idle_connections_hold_nobody(self):
        uxmd = self._start()
        port = int(uxmd.base.rsplit(":", 1)[1].rstrip("/"))
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
        try:
            for connection in idle[::2]:
                connection.sendall(b"GET /info.htm HTTP/1.1\r\nHos")
            for _ in range(10):
                self.assertEqual(uxmd.page("status.json")[0], 200)
        finally:
            for connection in idle:
                connection.close()
        self.assertEqual(uxmd.page("info.htm")[0], 200)

    def test_a_password_that_is_set_ends_an_event_stream(self):
        uxmd = self._start()
        with subprocess.Popen(["curl", "-sN", uxmd.base + "events"], stdout=subprocess.PIPE,
                              text=True) as curl:
            events = Lines(curl.stdout)
            events.wait_for("^data: ")
            self.assertEqual(uxmd.page(SAVE + "http_user=admin&http_pass=s3cret")[0], 200)
            self.assertEqual(curl.wait(60), 0)
            events.thread.join()
        self.assertEqual(uxmd.page("events", "--max-time", "5")[0], 401)


class Https(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="uxm-test-")
        cls.certificates = cls.folder.name
        subprocess.run(
            [os.path.join(TOP, "tests", "fetch", "certificates"), cls.certificates], check=True
        )

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def _file(self, name):
        return os.path.join(self.certificates, name)

    def _serve(self):
        return self._start("--certificate", self._file("right.pem"), "--key", self._file("right.key"))

    def _is_there(self, uxmd):
        status, text = uxmd.page("info.htm", "--cacert", self._file("authority.pem"))
        self.assertEqual(status, 200, text)

    def test_the_right_authority_is_all_that_is_needed(self):
        uxmd = self._serve()
        self.assertTrue(uxmd.base.startswith("https://"))
        self._is_there(uxmd)
        authority = ("--cacert", self._file("authority.pem"))
        save = SAVE + "http_user=admin&http_pass=s3cret"
        self.assertEqual(uxmd.page(save, *authority)[0], 200)
        for how in ("--basic", "--digest"):
            self.assertEqual(uxmd.page("info.htm", how, "-u", "admin:s3cret", *authority)[0], 200)
        self.assertEqual(uxmd.page("info.htm", *authority)[0], 401)

    def test_tls_is_1_2_or_newer(self):
        port = self._serve().base.rsplit(":", 1)[1].rstrip("/")
        # The curl command would not offer the old ones.
        for version, taken in (("1.0", False), ("1.1", False), ("1.2", True), ("1.3", True)):
            with self.subTest(version):
                done = subprocess.run(
                    ["gnutls-cli", "--x509cafile", self._file("authority.pem"), "--port", port]
                    + ["--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version, "127.0.0.1"],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                    check=False,
                )
                self.assertEqual("Handshake was completed" in done.stdout, taken, done.stdout)

    def test_another_authority_is_not_believed(self):
        uxmd = self._serve()
        status, text = uxmd.page("info.htm", "--cacert", self._file("stranger.pem"))
        self.assertIsNone(status)
        self.assertIn("certificate", text)
        self._is_there(uxmd)

    def test_what_is_no_tls_gets_nothing_and_harms_nothing(self):
        uxmd = self._serve()
        port = int(uxmd.base.rsplit(":", 1)[1].rstrip("/"))
        status, text = uxmd.curl(f"http://127.0.0.1:{port}/info.htm")
        self.assertNotEqual(status, 200)
        self.assertNotIn("USB Expansion Module", text)
        for noise in (b"", b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 64,
                      b"\x16\x03\x01\x40\x00" + 16384 * b"\0", b"\x16\x03\x01\x00\x05\x01\0\0\1\0"):
            with self.subTest(noise[:20]), socket.create_connection(("127.0.0.1", port)) as peer:
                try:
                    peer.sendall(noise)
                except ConnectionError:
                    pass
            self._is_there(uxmd)
        self.assertIsNone(uxmd.process.poll())

    def test_a_visitor_who_says_nothing_in_the_handshake_holds_nobody(self):
        uxmd = self._serve()
        port = int(uxmd.base.rsplit(":", 1)[1].rstrip("/"))
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for peer in silent[::2]:
            peer.sendall(b"\x16\x03\x01")
        self._is_there(uxmd)
        for peer in silent:
            peer.close()

    def test_https_to_pages_over_http_gets_nothing_and_harms_nothing(self):
        uxmd = self._start()
        status, _ = uxmd.curl(uxmd.base.replace("http:", "https:") + "info.htm")
        self.assertIsNone(status)
        self.assertEqual(uxmd.page("info.htm")[0], 200)

    def test_a_certificate_with_another_key_ends_it_with_a_sentence(self):
        done = subprocess.run(
            [os.path.join(os.environ["UXM_BIN"], "uxmd"), "--port", "0", "--state", self.state]
            + ["--certificate", self._file("right.pem"), "--key", self._file("other.key")],
            capture_output=True, text=True, timeout=60, check=False,
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("belong together", done.stderr)


if __name__ == "__main__":
    unittest.main()
