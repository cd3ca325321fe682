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

    def pipe(self):
        """A named one, to which nobody writes."""
        path = self.file(self.below("pipe"))
        os.mkfifo(path)
        return path

    def below(self, name):
        """The name in a folder of its own."""
        return os.path.join(os.path.basename(tempfile.mkdtemp(dir=self.path)), name)

    def server(self, program, certificate=None, *more):
        key = (program, certificate, more)
        if key not in self.started:
            arguments = ["--directory", self.path, *more]
            if certificate is not None:
                arguments += ["--certificate", self.file(certificate + ".pem"),
                              "--key", self.file(certificate + ".key")]
            self.started[key] = Process(program, *arguments)
        return self.started[key].port

    def proxy(self):
        """One that wants a password."""
        return "http://127.0.0.1:%d" % self.server("server.py", None, "--proxy-user", "me:right")

    def http(self, path, size=SIZE):
        return "http://127.0.0.1:%d/%s" % (self.server("server.py"), self.gen(path, size))

    def https(self, path, certificate="right", host="localhost", size=SIZE):
        port = self.server("server.py", certificate)
        return "https://%s:%d/%s" % (host, port, self.gen(path, size))

    def ftps(self, who):
        port = self.server("ftp.py", "right", "--user", "clear:right")
        return "ftps://%slocalhost:%d/%s" % (who, port, self.gen("", SIZE))

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
        """How many requests there were for this very URL's path, or the .sha256 file beside it;
        None where nobody counts."""
        prefix = self.bare("")[:-1]
        url = re.sub("//[^/@]*@", "//", url)
        if not url.startswith(prefix + "/"):
            return None
        with urllib.request.urlopen(prefix + "/log", timeout=30) as answer:
            log = [json.loads(line) for line in answer.read().decode().splitlines()]
        return len([entry for entry in log
                    if entry["target"].removesuffix(".sha256") == url[len(prefix):]])

    def close(self):
        for server in self.started.values():
            server.stop()
        for one in self.sockets:
            one.close()
        self.folder.cleanup()


def defaults(stage, **values):
    return [NAME, "--defaults", stage.file(stage.below("defaults.json"), json.dumps(values))]


def beside(stage, text):
    """An image's URL, with a .sha256 file of this text beside it."""
    name = stage.below(NAME)
    stage.file(name + ".sha256", text)
    return stage.bare("plain/" + name)


def statuses(*numbers):
    return lambda s: [[s.http(str(number))] for number in numbers]


# What to run, by the row: the arguments of `uxm update`, the URL first, with what is to be set in
# the environment before it; or several of these. 100 bytes are there on standard input.
PROVOKED = {
    # Before anything is sent.
    "another scheme": lambda s: ["tftp://127.0.0.1/" + NAME],
    "not a URL": lambda s: [["http://[/" + NAME], ["http://host:port/" + NAME]],
    "a URL that is too long": lambda s: ["http://127.0.0.1/" + 8200 * "a", "--name", NAME],
    "`{mac}` without `--mac`": lambda s: ["http://127.0.0.1:1/{mac}/" + NAME],
    "stored defaults without a server": lambda s: defaults(s, method="https"),
    "a file of defaults that is none": lambda s: [NAME, "--defaults", s.file("none.json", "[]")],
    "a line end in stored user or password": lambda s: [
        defaults(s, server="127.0.0.1", user="me\nyou", password="right"),
        defaults(s, server="127.0.0.1", user="me", password="right\n")],
    "a netrc file that cannot be read": lambda s: [s.http(""), "--netrc", "/nowhere/netrc"],
    "a netrc file that cannot be understood": lambda s: [
        s.http(""), "--netrc", s.file("netrc", 'machine 127.0.0.1 login "me password x\n')],
    "a netrc file, certificate or key that is a pipe": lambda s: [
        [s.http(""), "--netrc", s.pipe()],
        [s.http(""), "--cert", s.pipe(), "--cert-key", s.authority]],
    "a pin that is none": lambda s: [[s.http(""), "--pin", "sha256//"], [s.http(""), "--pin", "x"]],
    "own certificate without its key": lambda s: [
        [s.http(""), "--cert", "/nowhere/c.pem"], [s.http(""), "--cert-key", "/nowhere/k.pem"]],
    # The way to the server.
    "unknown host": lambda s: ["http://nowhere.invalid/" + NAME],
    # A broadcast address, to which TCP does not go.
    "no route": lambda s: ["http://127.255.255.255/" + NAME],
    "nobody listens": lambda s: ["http://127.0.0.1:%d/%s" % (s.closed_port(), NAME)],
    "no answer to the TLS handshake, no greeting by FTP": lambda s: [
        ["%s://127.0.0.1:%d/%s" % (scheme, s.listener(), NAME)] for scheme in ("https", "ftp")],
    "unknown proxy": lambda s: [
        ["http_proxy=http://nowhere.invalid:3128", s.http("")],
        ["https_proxy=http://nowhere.invalid:3128", "https://localhost/" + NAME]],
    "nobody listens at the proxy, or it does not answer in time": lambda s: [
        ["http_proxy=http://127.0.0.1:%d" % s.closed_port(), s.http("")],
        ["https_proxy=http://127.0.0.1:%d" % s.closed_port(), s.https("")],
        ["all_proxy=socks5://127.0.0.1:%d" % s.closed_port(), s.http("")],
        ["https_proxy=http://127.0.0.1:%d" % s.listener(), s.https("")]],
    "no TLS with a proxy that is named by https, or another certificate than it should have":
        lambda s: [
            ["http_proxy=https://localhost:%d" % s.server("server.py", "other"), s.http(""),
             *s.trusted],
            ["https_proxy=https://localhost:%d" % s.server("server.py", "unknown"), s.https(""),
             *s.trusted],
            ["https_proxy=https://localhost:%d" % s.server("ftp.py", None, "--user", "me:right"),
             s.https(""), *s.trusted]],
    "a proxy setting that is none": lambda s: ["http_proxy=strange://127.0.0.1", s.http("")],
    "proxy wants a password (407)": lambda s: [
        ["http_proxy=" + s.proxy(), s.http("")],
        ["https_proxy=" + s.proxy(), "https://localhost:1/" + NAME],
        ["ftp_proxy=" + s.proxy(), "ftp://localhost:1/" + NAME]],
    "proxy makes no connection (502, ...)": lambda s: [
        ["%s_proxy=%s" % (scheme, s.bare("")), "%s://localhost:1/%s" % (scheme, NAME)]
        for scheme in ("https", "ftp")],
    "not a TLS server": lambda s: [s.ftp("").replace("ftp", "https", 1)],
    # Whom it is.
    "certificate expired": lambda s: [s.https("", "expired"), *s.trusted],
    "certificate not valid yet": lambda s: [s.https("", "early"), *s.trusted],
    "certificate of another name": lambda s: [s.https("", "other"), *s.trusted],
    "certificate of an unknown authority": lambda s: [s.https("", "unknown"), *s.trusted],
    "another public key than `--pin`": lambda s: [s.https(""), *s.trusted, "--pin", PIN],
    "file of authorities unusable": lambda s: [s.https(""), "--ca-file", "/nowhere/ca.pem"],
    "folder of authorities unusable": lambda s: [s.https(""), "--ca-directory", "/nowhere"],
    "own certificate unusable": lambda s: [
        s.https(""), *s.trusted, "--cert", "/nowhere/c.pem", "--cert-key", "/nowhere/k.pem"],
    "own certificate wanted": lambda s: [s.strict(), *s.trusted],
    # What it answers.
    "404": statuses(404),
    "401, 403": lambda s: [
        [s.http("access/basic/me/right").replace("//", "//me:wrong@", 1)], [s.http("403")]],
    "other 4xx": statuses(400, 405, 410, 451),
    "408, 425, 429": statuses(408, 425, 429),
    "501, 505": statuses(501, 505),
    "other 5xx": statuses(500, 502, 503, 504),
    "another status (204, 304, 999, ...)": statuses(204, 206, 300, 304, 999),
    "`Retry-After` of more than 600 s": lambda s: [s.http("retry-after/601/503/9")],
    "connection closed instead of an answer": lambda s: [s.bare("headers/none"), "--name", NAME],
    "connection reset instead of an answer": lambda s: [
        [s.bare("headers/reset"), "--name", NAME], [s.ftp("cut/1000")]],
    "no answer in time": lambda s: [
        ["http://127.0.0.1:%d/%s" % (s.listener(), NAME), "--network-timeout", "1"],
        [s.bare("headers/slow"), "--name", NAME, "--network-timeout", "1"]],
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
    "an empty file": lambda s: [
        [s.http("empty").replace("gen/%d/" % SIZE, "")], [s.ftp("", size=0)]],
    "longer than announced": lambda s: [s.http("long/100")],
    "ends early": lambda s: [[s.http("short/1000")], [s.ftp("norest/short/1000")]],
    "reset again and again": lambda s: [
        [s.http("cut/1000")], [s.https("cut/1000"), *s.trusted], [s.ftp("cuts/1000")]],
    "TLS breaks again and again": lambda s: [s.https("garble/1000"), *s.trusted],
    # Here nothing counts but the attempts.
    "nothing comes any more, and `--network-timeout` is above 90": lambda s: [
        s.http("stall/1000"), "--network-timeout", "2"],
    "another part than asked for": lambda s: [s.http("once-cut/200000/wrong-range")],
    "a part without Content-Range": lambda s: [s.http("once-cut/200000/no-range")],
    "a part with two lengths": lambda s: [s.http("once-cut/200000/part-length")],
    "changed meanwhile": lambda s: [
        [s.http("change/%s/200000" % what)] for what in ("etag", "modified", "digest")],
    "another length meanwhile": lambda s: [
        [s.http("change/length/200000")], [s.http("once-cut/200000/changed")],
        [s.ftp("once-cut/200000/grown/7")]],
    # The SHA-256 beside it.
    "no `.sha256` file": lambda s: [s.http("404"), "--sha256-beside"],
    "an empty `.sha256` file": lambda s: [beside(s, ""), "--sha256-beside"],
    "a `.sha256` file that is none": lambda s: [
        [beside(s, text), "--sha256-beside"] for text in (
            NAME + "\n", 63 * "a" + "\n", 64 * "a" + " " + NAME)],
    "a `.sha256` file of another image": lambda s: [
        beside(s, 64 * "a" + "  snomD7C-1.6.2-r.bin\n"), "--sha256-beside"],
    "a `.sha256` file that is too large": lambda s: [s.http("", 5000), "--sha256-beside"],
    "a `.sha256` file in chunks that is too large": lambda s: [
        s.http("chunked", 5000), "--sha256-beside"],
    # FTP.
    "FTP: no such file": lambda s: [s.ftp("550")],
    "FTP: not logged in": lambda s: [s.ftp("", who="me:wrong@")],
    "FTP: other 5xx": lambda s: [s.ftp("553")],
    "FTP: 4xx": lambda s: [[s.ftp("450")], [s.ftp("421")]],
    "FTP: no size": lambda s: [s.ftp("nosize")],
    "FTP: ends early": lambda s: [[s.ftp("short/1000")], [s.ftp("abort/1000")]],
    "ftps: the server does not protect the file": lambda s: [s.ftps("clear:right@"), *s.trusted],
    # No server.
    "a file that cannot be opened": lambda s: ["/nowhere/" + NAME],
    "a folder": lambda s: [s.path, "--name", NAME],
    "a device, a pipe": lambda s: ["/dev/null", "--name", NAME],
    "standard input ends early": lambda s: ["-", "--name", NAME, "--size", "101"],
    "standard input goes on": lambda s: ["-", "--name", NAME, "--size", "99"],
}


def commands(stage, what):
    """The commands of a row, each as its arguments and what it sets in the environment."""
    of_row = PROVOKED[what](stage)
    for command in [of_row] if isinstance(of_row[0], str) else of_row:
        first = 0
        while re.match(r"\w+=", command[first]):
            first += 1
        yield command[first:], dict(word.split("=", 1) for word in command[:first])


def environment(**more):
    """This process's, with no other proxy than what is asked for."""
    kept = {name: value for name, value in os.environ.items()
            if not name.lower().endswith("_proxy")}
    return {**kept, **more}


# How many requests there are in all, where that is not 1, or 6 of what is tried again.
REQUESTS = {
    "a netrc file that cannot be understood": 0,
    "unknown proxy": 0,
    "nobody listens at the proxy, or it does not answer in time": 0,
    "no TLS with a proxy that is named by https, or another certificate than it should have": 0,
    "a proxy setting that is none": 0,
    "proxy wants a password (407)": 0,
    "redirected too often": 6,
    "another part than asked for": 2,
    "a part without Content-Range": 2,
    "a part with two lengths": 2,
    "changed meanwhile": 2,
    "another length meanwhile": 2,
}

# Remarks of what went well after another attempt, before the row's failure.
REMARKS = {what: 1 for what, requests in REQUESTS.items() if requests == 2}

# What an update alone can tell; tests/kernel/test_fetch.py and test_refusals.py provoke it.
OF_AN_UPDATE = ["larger than the module's largest image", "other bytes the second time",
                "less than the image's first 2 KiB in 60 s",
                "less than 64 KiB in 60 s, or nothing any more",
                "less than the first 2 KiB of standard input in 60 s",
                "less than 64 KiB of standard input in 60 s",
                "a file that is written to meanwhile"]
