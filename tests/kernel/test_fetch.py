"""Images from servers on a real kernel: over a bad network, with access data, by jobs, and what is
never said."""

import hashlib
import json
import os
import pty
import re
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import failures
from sources import Generated
from stage import NOTICED, PATIENCE, QUICK, UXM, Modules, Uxm, listed, update, wait_until

NAME = failures.NAME
SIZE = 3_000_001
WHOLE = 37_916_419
CUTS = 20
BUFFER = 65536
PASSWORD = "Zq9-vErY-sEcReT"


def gen(size=SIZE):
    return f"gen/{size}/{NAME}"


def digest(size=SIZE):
    return hashlib.sha256(Generated(size).read(0, size)).hexdigest()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = failures.Stage()

    @classmethod
    def tearDownClass(cls):
        cls.stage.close()

    def _http(self, path, who=""):
        return f"http://{who}127.0.0.1:{self.stage.server('server.py')}/{path}"

    def _https(self, path, *more):
        return f"https://localhost:{self.stage.server('server.py', 'right', *more)}/{path}"

    def _log(self):
        with urllib.request.urlopen(self._http("log"), timeout=PATIENCE) as answer:
            return [json.loads(line) for line in answer.read().decode().splitlines()]

    def _updated(self, run):
        self.assertEqual(run.code, 0, run.sentence())
        self.assertEqual([entry["version"] for entry in listed()], ["1.6.1"])

    def _refused(self, run, code, words):
        self.assertEqual(run.code, code, run.sentence() or run.out.text())
        self.assertIn(words, run.sentence())
        self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])

    def _notes(self, run):
        return [event["text"] for event in run.events() if event["event"] == "note"]


class BadNetwork(Case):
    def twenty_cuts_in_38_mb_are_a_pause_for_the_module_and_no_byte_comes_twice(self):
        path = f"cuts/{WHOLE // (CUTS + 1) + 1}/{gen(WHOLE)}"
        flash = self.stage.file("flash")
        with Modules("--flash", flash, *QUICK):
            run = update(self._http(path), "--sha256", digest(WHOLE))
            self._updated(run)
        with open(flash, "rb") as file:
            self.assertIn(Generated(WHOLE).read(0, WHOLE), file.read())
        sent = [entry["sent"] for entry in self._log() if entry["target"] == "/" + path]
        print(f"  {len(sent)} requests, {sum(sent) - WHOLE} bytes sent twice")
        self.assertEqual(len(sent), CUTS + 1)
        self.assertGreaterEqual(sum(sent), WHOLE)
        self.assertLessEqual(sum(sent), WHOLE + CUTS * BUFFER)
        notes = [note for note in self._notes(run) if "trying again" in note]
        self.assertEqual(len(notes), CUTS)
        counts = [e["accepted"] for e in run.events() if e["event"] == "progress"]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], WHOLE)

    def goes_on_by_ftp_too(self):
        port = self.stage.server("ftp.py", None, "--log", self.stage.file("ftp-log"))
        with Modules(*QUICK):
            run = update(f"ftp://127.0.0.1:{port}/cuts/700000/{gen()}", "--sha256", digest())
            self._updated(run)
        with open(self.stage.file("ftp-log"), encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        self.assertEqual([entry["rest"] for entry in entries], [0, 700000, 1400000, 2100000,
                                                                2800000])

    def a_server_that_ignores_range_is_compared_with_what_came(self):
        with Modules(*QUICK):
            self._updated(update(self._http(f"once-cut/1500000/ignore-range/{gen()}"),
                                 "--sha256", digest()))

    def other_bytes_the_second_time_end_the_update(self):
        row = [row for row in failures.rows() if row.what == "other bytes the second time"][0]
        with Modules(*QUICK):
            run = update(self._http(f"change/silent-whole/1500000/{gen()}"))
            self._refused(run, row.code, "start again")
            self.assertTrue(row.fits(run.sentence()), run.sentence())

    def a_file_that_has_changed_ends_the_update(self):
        for what in ("etag", "modified", "length", "digest"):
            with self.subTest(what), Modules(*QUICK):
                run = update(self._http(f"change/{what}/1500000/{gen()}"))
                self._refused(run, 6, "has changed on the server while it was fetched")

    def a_server_that_asks_to_wait_is_waited_for(self):
        with Modules(*QUICK):
            began = time.monotonic()
            run = update(self._http(f"retry-after/2/503/2/{gen()}"))
            self._updated(run)
            self.assertGreaterEqual(time.monotonic() - began, 4)
            self.assertEqual(len([n for n in self._notes(run) if "asks to wait 2 s" in n]), 2)

    def a_server_that_says_nothing_is_asked_again(self):
        with Modules(*QUICK):
            run = update(self._http(f"mute/1/{gen()}"), "--network-timeout", "1")
            self._updated(run)
            self.assertEqual(len([n for n in self._notes(run) if "sends nothing;" in n]), 1)

    def a_server_that_never_answers_is_given_up_after_six_attempts(self):
        """With all the pauses between them."""
        row = [row for row in failures.rows() if row.what == "no answer in time"][0]
        arguments, _ = next(failures.commands(self.stage, row.what))
        with Modules(*QUICK):
            run = Uxm("update", "--json", *arguments)
            run.code = run.end(2 * PATIENCE)
            self._refused(run, row.code, "1 s")
            self.assertTrue(row.fits(run.sentence()), run.sentence())
            self.assertEqual(len([n for n in self._notes(run) if "sends nothing;" in n]), 5)

    def a_server_that_stalls_is_given_up_after_the_network_timeout(self):
        for what, path in (
            ("less than the image's first 2 KiB in 60 s", "trickle/1"),
            ("less than 64 KiB in 60 s, or nothing any more", "trickle/2000"),
            ("less than 64 KiB in 60 s, or nothing any more", "stall/3000"),
        ):
            row = [row for row in failures.rows() if row.what == what][0]
            with self.subTest(path), Modules(*QUICK):
                run = update(self._http(f"{path}/{gen()}"), "--network-timeout", "3")
                self._refused(run, row.code, "3 s")
                self.assertTrue(row.fits(run.sentence()), run.sentence())


    def standard_input_that_stalls_is_given_up_after_the_network_timeout(self):
        for what, count in (
            ("less than the first 2 KiB of standard input in 60 s", 2047),
            ("less than 64 KiB of standard input in 60 s", 2048),
        ):
            row = [row for row in failures.rows() if row.what == what][0]
            read, write = os.pipe()
            os.write(write, bytes(count))
            with self.subTest(count), Modules(*QUICK):
                run = update("-", "--name", NAME, "--size", str(SIZE), "--network-timeout", "1",
                             stdin=read)
                self._refused(run, row.code, "1 s")
                self.assertTrue(row.fits(run.sentence()), run.sentence())
            os.close(read)
            os.close(write)


class Unplug(Case):
    def _ends_at_once(self, url, until, *options):
        with Modules(*QUICK) as module:
            run = Uxm("update", "--json", *options, url)
            run.out.wait_for(until)
            module.tell("unplug")
            module.screen.wait_for("left the bus")
            began = time.monotonic()
            run.code = run.end()
            print(f"  {time.monotonic() - began:.3f} s from the unplug to the end")
            self.assertLess(time.monotonic() - began, NOTICED)
            self.assertEqual(run.code, 7, run.sentence())
            self.assertIn("unplugged", run.sentence())

    def while_bytes_come_slowly(self):
        self._ends_at_once(self._http(f"trickle/200000/{gen()}"), '"accepted":[1-9]')

    def while_nothing_comes(self):
        self._ends_at_once(self._http(f"stall/1000000/{gen()}"), '"accepted":[1-9]')

    def while_nothing_comes_by_ftp(self):
        port = self.stage.server("ftp.py")
        self._ends_at_once(f"ftp://127.0.0.1:{port}/stall/1000000/{gen()}",
                                   '"accepted":[1-9]')

    def in_the_pause_before_another_attempt(self):
        self._ends_at_once(self._http(f"once-cut/1000000/retry-after/60/503/9/{gen()}"),
                                   "asks to wait")


class Servers(Case):
    def an_authority_a_certificate_and_a_pin(self):
        port = self.stage.server("server.py", "right", "--authority", self.stage.authority)
        url = f"https://localhost:{port}/{gen()}"
        own = ["--cert", self.stage.file("client.pem"), "--cert-key", self.stage.file("client.key")]
        trusted = ["--ca-directory", self.stage.file("trusted")]
        with Modules(*QUICK):
            self._refused(update(url, *own), 6, "not signed by a trusted authority")
            self._refused(update(url, *trusted, *own, "--pin", failures.PIN), 6, "pinned")
            self._updated(update(url, *trusted, *own, "--pin", self._pin("right")))

    def _pin(self, name):
        public = subprocess.run(
            ["openssl", "pkey", "-in", self.stage.file(name + ".key"), "-pubout", "-outform", "DER"],
            check=True, capture_output=True).stdout
        return "sha256//" + subprocess.run(
            ["openssl", "base64", "-A"], input=hashlib.sha256(public).digest(), check=True,
            capture_output=True).stdout.decode()

    def ftp_and_ftps_with_and_without_a_user(self):
        user = ("--user", f"me:{PASSWORD}")
        plain = self.stage.server("ftp.py", None, *user)
        secure = self.stage.server("ftp.py", "right", *user, "--no-anonymous")
        netrc = self.stage.file("netrc", f"machine localhost login me password {PASSWORD}\n")
        with Modules(*QUICK):
            self._updated(update(f"ftp://127.0.0.1:{plain}/{gen()}"))
            self._updated(update(f"ftps://localhost:{secure}/{gen()}", *self.stage.trusted,
                                 "--netrc", netrc))

    def basic_and_digest(self):
        with Modules(*QUICK):
            for kind in ("basic", "md5", "sha256", "both"):
                path = f"access/{kind}/me/{PASSWORD}/{gen(100_000)}"
                self._updated(update(self._http(path, who=f"me:{PASSWORD}@")))

    def stored_defaults_and_the_mac(self):
        port = self.stage.server("server.py")
        stored = self.stage.file("stored.json", json.dumps({
            "method": "http", "server": "127.0.0.1", "port": port, "user": "{mac}",
            "password": PASSWORD,
            "path": f"access/md5/{{mac}}/{PASSWORD}/gen/100000"}).replace('"{mac}"', '"000413aabbcc"'))
        with Modules(*QUICK):
            run = update(NAME, "--defaults", stored, "--mac", "00:04:13:AA:BB:CC")
            self._updated(run)
            self.assertNotIn("others may read it", run.out.text())
            os.chmod(stored, 0o644)
            run = update(NAME, "--defaults", stored, "--mac", "000413aabbcc")
            self._updated(run)
            self.assertIn("others may read it", self._notes(run)[0])


class Failures(Case):
    def rows_of_the_readme_leave_the_module_as_it_was(self):
        """Some of each kind: tests/tools/test_tools_failures.py provokes all of them."""
        some = ("another scheme", "nobody listens", "certificate expired", "404",
                "redirected to another scheme", "a body in chunks", "longer than announced",
                "FTP: no such file")
        with Modules(*QUICK):
            for row in failures.rows():
                if row.what not in some:
                    continue
                with self.subTest(row.what):
                    arguments, more = next(failures.commands(self.stage, row.what))
                    setting = [f"{name}={value}" for name, value in more.items()]
                    run = update(*arguments, wrap=["/usr/bin/env", *setting])
                    self.assertEqual(run.code, row.code, run.sentence())
                    self.assertTrue(row.fits(run.sentence()), run.sentence())
                    self.assertEqual(run.result()["text"], run.sentence().removeprefix("uxm: "))
            self.assertLessEqual(set(some), {row.what for row in failures.rows()})
            self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])

    def an_image_that_is_larger_than_the_module_holds(self):
        row = [row for row in failures.rows() if row.what.startswith("larger than the module")][0]
        with Modules("--largest-image", str(SIZE - 1), *QUICK):
            run = update(self._http(gen()))
            self._refused(run, row.code, f" {SIZE} bytes")
            self.assertTrue(row.fits(run.sentence()), run.sentence())


class Job:
    """A running `uxm update --job`, which gets its orders by a pipe."""

    def __init__(self, orders):
        read, write = os.pipe()
        self.run = Uxm("update", "--job", str(read), pass_fds=[read])
        os.close(read)
        self.write = write
        self.orders = orders

    def command_line(self):
        with open(f"/proc/{self.run.process.pid}/cmdline", encoding="utf-8") as file:
            return file.read()

    def begin(self):
        """Hands the orders over. Before that its command line can be looked at in peace."""
        with os.fdopen(self.write, "w") as pipe:
            json.dump(self.orders, pipe)
        return self

    def end(self):
        self.run.code = self.run.end()
        return self.run


class Jobs(Case):
    def a_job_updates_and_tells_in_json_lines(self):
        path = f"access/both/me/{PASSWORD}/{gen()}"
        with Modules(*QUICK):
            job = Job({"url": self._http(path), "user": "me", "password": PASSWORD,
                       "sha256": digest(), "network_timeout": 30, "return_timeout": 30})
            run = job.begin().end()
            self._updated(run)
            self.assertEqual(run.result()["result"], "updated")
            self.assertEqual(run.err.text(), "")

    def a_job_by_stored_defaults(self):
        port = self.stage.server("ftp.py", None, "--user", f"me:{PASSWORD}", "--no-anonymous")
        with Modules(*QUICK):
            self._updated(Job({"file": NAME, "mac": "000413aabbcc", "defaults": {
                "method": "ftp", "server": "127.0.0.1", "port": port, "user": "me",
                "password": PASSWORD, "path": f"/gen/{SIZE}"}}).begin().end())

    def what_is_wrong_in_a_job_is_told_in_json_too(self):
        for orders, words in (
            ({"url": "file:///etc/passwd", "name": NAME}, "not file"),
            ({"url": f"tftp://127.0.0.1/{NAME}"}, "not tftp"),
            ({"url": f"/tmp/{NAME}"}, ""),
            ({"url": self._http(gen()), "bogus": 1}, '"bogus"'),
            ({"url": self._http(gen()), "override": "yes"}, '"override"'),
            ({"url": self._http("{mac}/" + gen())}, "MAC"),
        ):
            with self.subTest(words):
                run = Job(orders).begin().end()
                self.assertEqual(run.code, 2, run.sentence())
                self.assertIn(words, run.result()["text"])

    def a_job_ends_with_its_parent_and_leaves_the_module_as_it_was(self):
        orders = json.dumps({"url": self._http(f"trickle/100000/{gen()}")})
        parent = [
            sys.executable, "-c",
            "import subprocess, sys, time\n"
            f"job = subprocess.Popen([{UXM!r}, 'update', '--job', '0'],"
            " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
            f"job.stdin.write({orders!r}.encode()); job.stdin.close()\n"
            "for line in job.stdout:\n"
            "    print(job.pid, line.decode(), end='', flush=True)\n"]
        with Modules(*QUICK) as module:
            with subprocess.Popen(parent, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    number = int(line.split(" ", 1)[0])
                    if re.search('"accepted":[1-9]', line):
                        break
                process.kill()
            began = time.monotonic()
            while os.path.exists(f"/proc/{number}") and time.monotonic() < began + 5:
                time.sleep(0.01)
            self.assertFalse(os.path.exists(f"/proc/{number}"))
            self.assertEqual([(e["version"], e["state"]) for e in listed()], [("1.5.3", "idle")])
            self.assertNotIn("install", module.screen)


class Secrets(Case):
    """Whatever happens, the password stands in no output and, in a job, in no command line."""

    def _look(self, what, *texts):
        for text in texts:
            for form in (PASSWORD, urllib.parse.quote(PASSWORD), "bWU6", "Authorization"):
                self.assertNotIn(form, text, what)

    def _run(self, *arguments, environment=None):
        """By JSON lines, by a descriptor of its own, and on a terminal: all that was said."""
        everything = dict(os.environ, **(environment or {}))
        read, write = os.pipe()
        by_json = subprocess.run([UXM, "update", "--json", *arguments], capture_output=True,
                                 text=True, env=everything, timeout=PATIENCE, check=False)
        by_lines = subprocess.Popen([UXM, "update", "--progress-fd", str(write), *arguments],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    env=everything, pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as stream:
            lines = stream.read()
        out, err = by_lines.communicate(timeout=PATIENCE)
        screen = self._on_a_terminal([UXM, "update", *arguments], everything)
        self._look(arguments, by_json.stdout, by_json.stderr, lines, out, err, screen)
        self.assertIn('"event":"result"', lines)
        return by_json.returncode, by_json.stdout + by_json.stderr

    def _on_a_terminal(self, command, environment):
        master, slave = pty.openpty()
        with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave,
                              env=environment) as process:
            os.close(slave)
            text = b""
            while True:
                try:
                    read = os.read(master, 65536)
                except OSError:
                    break
                if not read:
                    break
                text += read
            process.wait(PATIENCE)
        os.close(master)
        self.assertTrue(text)
        return text.decode()

    def no_output_holds_a_password(self):
        small = gen(100_000)
        me = f"me:{PASSWORD}@"
        right = f"access/both/me/{PASSWORD}x/{small}"
        port = self.stage.server("ftp.py", None, "--user", "me:other", "--no-anonymous")
        netrc = self.stage.file("netrc", f"machine 127.0.0.1 login me password {PASSWORD}\n")
        stored = self.stage.file("stored.json", json.dumps({
            "method": "http", "server": "127.0.0.1", "port": self.stage.server("server.py"),
            "user": "me", "password": PASSWORD, "account": PASSWORD, "path": "404/gen/1"}), 0o644)
        broken = self.stage.file("broken.json", json.dumps({"password": [PASSWORD]}))
        closed = self.stage.closed_port()
        proxy = {"http_proxy": f"http://me:{PASSWORD}@127.0.0.1:{closed}"}
        other = urllib.parse.quote(f"http://{me}127.0.0.1:{closed}/{NAME}")
        cases = [
            (0, [self._http(small, me)], None),
            (0, [self._http(f"once-cut/50000/{small}?key={PASSWORD}", me), "--name", NAME], None),
            (6, [self._http(right.replace(PASSWORD + "x", "right"), me)], None),
            (6, [self._http("404/" + small, me)], None),
            (6, [self._http("410/" + small + f"?token={PASSWORD}", me), "--name", NAME], None),
            (6, [self._http(f"redirect?to={other}", me), "--name", NAME], None),
            (6, [self._http("toftp/" + small, me)], None),
            (6, [f"http://{me}127.0.0.1:{closed}/{NAME}"], None),
            (6, [f"http://{me}nowhere.invalid/{NAME}"], None),
            (6, [f"https://{me}127.0.0.1:{port}/{NAME}"], None),
            (6, [f"ftp://{me}127.0.0.1:{port}/{small}"], None),
            (2, [f"tftp://{me}127.0.0.1/{NAME}"], None),
            (2, [f"http://{me}127.0.0.1:99999/{NAME}"], None),
            (2, [f"http://{me}127.0.0.1/{{mac}}/{NAME}"], None),
            (2, [f"http://{me}h/{NAME}", f"--password={PASSWORD}"], None),
            (5, [f"http://{me}127.0.0.1:{closed}/other.bin"], None),
            (6, [self._http(small)], proxy),
            (6, [self._http("access/basic/me/other/" + small), "--netrc", netrc], None),
            (6, [NAME, "--defaults", stored], None),
            (2, [NAME, "--defaults", broken], None),
        ]
        with Modules(*QUICK):
            for code, arguments, environment in cases:
                shown = [part.replace(PASSWORD, "***") for part in arguments]
                with self.subTest(shown):
                    if code == 2 and "--password" in arguments[-1]:
                        done = subprocess.run([UXM, "update", *arguments], capture_output=True,
                                              text=True, check=False)
                        self._look(shown, done.stdout, done.stderr)
                        self.assertEqual(done.returncode, 2)
                        continue
                    got, said = self._run(*arguments, environment=environment)
                    self.assertEqual(got, code, said)

    def no_output_and_no_command_line_of_a_job_holds_one(self):
        small = gen(100_000)
        base = self._http("")
        access = {"user": "me", "password": PASSWORD}
        cases = [
            (0, {"url": base + small, **access}),
            (6, {"url": base + "access/sha256/me/other/" + small, **access}),
            (6, {"url": base + "404/" + small, **access}),
            (6, {"url": base + "toftp/" + small, **access}),
            (6, {"url": f"http://127.0.0.1:{self.stage.closed_port()}/{NAME}", **access}),
            (6, {"file": NAME, "defaults": {"method": "http", "server": "127.0.0.1", "port":
                 self.stage.server("server.py"), "path": "404", **access}}),
            (2, {"url": base + small, "password": PASSWORD}),
            (2, {"url": base + small, "user": "me", "password": PASSWORD + "\r\nX"}),
            (2, {"url": base + small, "user": "me", "password": PASSWORD * 20}),
            (2, {"url": base + small, "pass": PASSWORD}),
            (2, {"file": NAME, "defaults": {"user": "me", "password": PASSWORD}}),
        ]
        with Modules(*QUICK):
            for code, orders in cases:
                with self.subTest(code=code, keys=list(orders)):
                    job = Job(orders)
                    # Empty while the program is being loaded.
                    wait_until(job.command_line, "the command line")
                    before = job.command_line()
                    job.begin()
                    run = job.end()
                    self._look(list(orders), before, run.out.text(), run.err.text())
                    self.assertIn("--job", before)
                    self.assertEqual(run.code, code, run.sentence())
                    self.assertEqual(run.result()["code"], code)
