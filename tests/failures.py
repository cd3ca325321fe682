"""
The README's table of failures of fetching, and how each of its rows is provoked on loopback.

Rows are known by their first column. A row that is not provoked here, and a provocation without its
row, is an error, so that the two cannot drift apart.
"""

import json
import os
import re
import socket
import subprocess
import tempfile
import urllib.parse
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADING = "### When fetching fails"
NAME = "snomD7C-1.6.1-r.bin"
SIZE = 300_000
PIN = "sha256//" + "A" * 43 + "="
ATTEMPTS = 6


class Row:
    """A row of the table: what happened, what is said, the exit code, whether it is tried again."""

    def __init__(self, cells):
        self.what, said, code, tried = cells
        self.said = said
        self.code = int(code)
        self.tried_again = {"yes": True, "no": False}[tried]
        # "..." stands for any words, URL for the URL as it is shown, N for a number.
        pattern = re.escape(said).replace(r"\.\.\.", ".*")
        pattern = re.sub(r"\bURL\b", r"\\S+", pattern)
        self.pattern = re.sub(r"\bN\b", "[0-9]+", pattern)

    def fits(self, sentence):
        tail = r" Tried %d times\." % ATTEMPTS if self.tried_again else ""
        return re.fullmatch("uxm: " + self.pattern + tail, sentence) is not None


def rows():
    """The rows of the README, in order."""
    found = []
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        text = file.read().split(HEADING + "\n", 1)[1]
    for line in re.split(r"^#", text, maxsplit=1, flags=re.MULTILINE)[0].splitlines():
        if line.startswith("| ") and not line.startswith(("| what happened", "| ---")):
            found.append(Row([cell.strip() for cell in line.strip("|\n").split("|")]))
    return found


class Process:
    """A server of tests/, on a port of its own, until its standard input is closed."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(TOP, "tests", program), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class Stage:
    """The servers and certificates that the rows need; each server is started when it is asked for."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="uxm-failures-")
        self.path = self.folder.name
        self.started = {}
        self.sockets = []
        subprocess.run([os.path.join(TOP, "tests", "fetch", "certificates"), self.path], check=True)
        self.authority = self.file("authority.pem")
        self.trusted = ["--ca-file", self.authority]

    def file(self, name, text=None, mode=0o600):
        path = os.path.join(self.path, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, mode)
        return path

    def server(self, program, certificate=None, *more):
        key = (program, certificate, more)
        if key not in self.started:
            arguments = list(more)
            if certificate is not None:
                arguments += ["--certificate", self.file(certificate + ".pem"),
                              "--key", self.file(certificate + ".key")]
            self.started[key] = Process(program, *arguments)
        return self.started[key].port

    def http(self, path, size=SIZE):
        return "http://127.0.0.1:%d/%s" % (self.server("server.py"), self.gen(path, size))

    def https(self, path, certificate="right", host="localhost", size=SIZE):
        port = self.server("server.py", certificate)
        return "https://%s:%d/%s" % (host, port, self.gen(path, size))

    def strict(self):
        port = self.server("server.py", "right", "--authority", self.authority)
        return "https://localhost:%d/%s" % (port, self.gen("", SIZE))

    def ftp(self, path, size=SIZE, who=""):
        port = self.server("ftp.py", None, "--user", "me:right")
        return "ftp://%s127.0.0.1:%d/%s" % (who, port, self.gen(path, size))

    def gen(self, path, size):
        return "%sgen/%d/%s" % (path + "/" if path else "", size, NAME)

    def bare(self, path):
        return "http://127.0.0.1:%d/%s" % (self.server("server.py"), path)

    def listener(self):
        """Somebody who takes connections and says nothing."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.sockets.append(listening)
        return listening.getsockname()[1]

    def closed_port(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            return listening.getsockname()[1]

    def requests(self, url):
        """How many requests there were for this very URL's path; None where nobody counts."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "http" or parts.port != self.server("server.py"):
            return None
        with urllib.request.urlopen("http://127.0.0.1:%d/log" % parts.port, timeout=30) as answer:
            log = [json.loads(line) for line in answer.read().decode().splitlines()]
        return len([entry for entry in log if entry["target"] == parts.path])

    def close(self):
        for server in self.started.values():
            server.stop()
        for one in self.sockets:
            one.close()
        self.folder.cleanup()


def defaults(stage, **values):
    return [NAME, "--defaults", stage.file("defaults.json", json.dumps(values))]


# What to run, by the row: the arguments of `uxm update`, the URL first.
PROVOKED = {
    # Before anything is sent.
    "another scheme": lambda s: ["tftp://127.0.0.1/" + NAME],
    "`{mac}` without `--mac`": lambda s: ["http://127.0.0.1:1/{mac}/" + NAME],
    "stored defaults without a server": lambda s: defaults(s, method="https"),
    "a file of defaults that is none": lambda s: [NAME, "--defaults", s.file("none.json", "[]")],
    "a netrc file that cannot be read": lambda s: [s.http(""), "--netrc", "/nowhere/netrc"],
    # The way to the server.
    "unknown host": lambda s: ["http://nowhere.invalid/" + NAME],
    "nobody listens": lambda s: ["http://127.0.0.1:%d/%s" % (s.closed_port(), NAME)],
    "no answer to the TLS handshake": lambda s: ["https://127.0.0.1:%d/%s" % (s.listener(), NAME)],
    "not a TLS server": lambda s: [s.ftp("").replace("ftp", "https", 1)],
    # Whom it is.
    "certificate expired": lambda s: [s.https("", "expired"), *s.trusted],
    "certificate not valid yet": lambda s: [s.https("", "early"), *s.trusted],
    "certificate of another name": lambda s: [s.https("", "other"), *s.trusted],
    "certificate of an unknown authority": lambda s: [s.https("", "unknown"), *s.trusted],
    "another public key than `--pin`": lambda s: [s.https(""), *s.trusted, "--pin", PIN],
    "file of authorities unusable": lambda s: [s.https(""), "--ca-file", "/nowhere/ca.pem"],
    "own certificate unusable": lambda s: [
        s.https(""), *s.trusted, "--cert", "/nowhere/c.pem", "--cert-key", "/nowhere/k.pem"],
    "own certificate wanted": lambda s: [s.strict(), *s.trusted],
    # What it answers.
    "404": lambda s: [s.http("404")],
    "401, 403": lambda s: [s.http("access/basic/me/right").replace("//", "//me:wrong@", 1)],
    "other 4xx": lambda s: [s.http("410")],
    "501, 505": lambda s: [s.http("501")],
    "other 5xx": lambda s: [s.http("503")],
    "408, 425, 429": lambda s: [s.http("429")],
    "`Retry-After` of more than 600 s": lambda s: [s.http("retry-after/601/503/9")],
    "connection closed instead of an answer": lambda s: [s.bare("headers/none"), "--name", NAME],
    "headers without an end": lambda s: [s.bare("headers/endless"), "--name", NAME],
    "redirected too often": lambda s: [s.http("loop")],
    "redirected to another scheme": lambda s: [s.http("toftp")],
    "redirected from https to http": lambda s: [
        s.https("").split("gen/")[0] + "redirect?to=" + urllib.parse.quote(s.http("")),
        "--name", NAME, *s.trusted],
    "redirected to nowhere": lambda s: [s.http("nowhere")],
    # The body.
    "no length": lambda s: [s.http("nolength")],
    "a length that is none": lambda s: [s.http("badlength")],
    "two lengths": lambda s: [s.http("twolengths")],
    "a body in chunks": lambda s: [s.http("chunked")],
    "an encoded body": lambda s: [s.http("gzip")],
    "an empty file": lambda s: [s.http("empty").replace("gen/%d/" % SIZE, "")],
    "longer than announced": lambda s: [s.http("long/100")],
    "ends early": lambda s: [s.http("short/1000")],
    "reset again and again": lambda s: [s.http("cut/1000")],
    "nothing comes any more": lambda s: [s.http("stall/1000")],
    "another part than asked for": lambda s: [s.http("once-cut/200000/wrong-range")],
    "changed meanwhile": lambda s: [s.http("change/etag/200000")],
    # FTP.
    "FTP: no such file": lambda s: [s.ftp("550")],
    "FTP: not logged in": lambda s: [s.ftp("", who="me:wrong@")],
    "FTP: other 5xx": lambda s: [s.ftp("553")],
    "FTP: 4xx": lambda s: [s.ftp("450")],
    "FTP: no size": lambda s: [s.ftp("nosize")],
}

# How many requests there are in all, where that is not 1, or 6 of what is tried again.
REQUESTS = {
    "401, 403": 2,  # without access data, and with them
    "redirected too often": 6,
    "another part than asked for": 2,
    "changed meanwhile": 2,
}

# Remarks of what went well after another attempt, before the row's failure.
REMARKS = {"another part than asked for": 1, "changed meanwhile": 1}

# What an update alone can tell; tests/kernel/test_fetch.py provokes it.
OF_AN_UPDATE = ["other bytes the second time", "less than 64 KiB in 60 s"]
