"""The desk that the browser tests look at: virtual modules, uxmd and an image server on a real
kernel. Runs in the virtual machine and does what the lines of standard input say, a JSON object
each: {"do": METHOD, ...ARGUMENTS}; each is answered by a line {"value": ...} or {"error": TEXT}.

    desk.py PHONE LAN

At port PHONE uxmd is reached as from the phone itself (by way of 127.0.0.1, whoever asks), at port
LAN as from elsewhere in the network.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "kernel"))

# pylint: disable=wrong-import-position
from stage import BIN, PATIENCE, Folder, Lines, Modules, Server, image, listed  # noqa: E402


class Relay:
    """Hands connections on, and notes the first lines and headers of what is asked in them."""

    def __init__(self, port, to):
        self.to = to
        self.asked = []
        self.listener = socket.create_server(("0.0.0.0", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                client.close()
                continue
            for ends in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._copy, args=ends, daemon=True).start()

    def _copy(self, source, sink, is_request):
        """Until one side has ended; then both do, as it is where there is no relay."""
        try:
            while data := source.recv(65536):
                if is_request and re.match(rb"[A-Z]+ /[^ ]* HTTP/1", data):
                    self.asked.append(data.partition(b"\r\n\r\n")[0].decode("latin-1"))
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Desk:
    def __init__(self, phone, lan):
        self.lan = lan
        self.relay = Relay(phone, lan)
        self.images = Folder()
        self.server = Server(self.images.path)
        self.modules = []
        self.uxmd = None
        self.log = None
        self.home = None

    # ---- what can be asked for

    def image(self, name, size):
        """Puts an image on the server; its URL."""
        self.images.write(name, image(size))
        return self.server.url("plain/" + name)

    def put(self, name, text):
        """Puts a text on the server; its URL."""
        self.images.write(name, text.encode())
        return self.server.url("plain/" + name)

    def url(self, path):
        return self.server.url(path)

    def start(self, arguments=()):
        """A fresh uxmd, with no settings."""
        self.home = Folder()
        self.relay.asked.clear()
        self._run(arguments)

    def again(self, arguments=()):
        """uxmd ends, and is started again over what it has stored."""
        self._end()
        self._run(arguments)

    def _run(self, arguments):
        self.uxmd = subprocess.Popen(
            [os.path.join(BIN, "uxmd"), "--port", str(self.lan)]
            + ["--state", os.path.join(self.home.path, "state"), *arguments],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = Lines(self.uxmd.stderr)
        self.log.wait_for("The pages are at ")

    def _end(self):
        if self.uxmd is not None:
            self.uxmd.send_signal(signal.SIGTERM)
            try:
                self.uxmd.wait(PATIENCE)
            finally:
                self.uxmd.kill()
                self.uxmd.wait()
                self.uxmd = None
                self.log.thread.join()

    def plug(self, arguments=(), serial="DESK", count=1):
        self.modules.append(Modules(*arguments, serial=serial, count=count))

    def tell(self, line):
        """Says something to the modules that were plugged last."""
        self.modules[-1].tell(line)

    def unplug(self):
        """Takes the modules away that were plugged last."""
        self.modules.pop().stop()

    def screen(self):
        """What the modules showed."""
        return "\n".join(modules.screen.text() for modules in self.modules)

    def said(self):
        """What uxmd logged."""
        return self.log.text()

    def settings(self):
        """The settings file's text."""
        try:
            path = os.path.join(self.home.path, "state", "settings.xml")
            with open(path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def listed(self):
        """What `uxm list --json` says, asked anew."""
        return listed()

    def asked(self):
        """What came in at port PHONE: request lines, with their headers."""
        return list(self.relay.asked)

    def clear(self):
        """Everything away that a test has set up."""
        self._end()
        while self.modules:
            self.unplug()
        if self.home is not None:
            self.home.close()
            self.home = None


def main():
    desk = Desk(*map(int, sys.argv[1:]))
    print(json.dumps({"value": "ready"}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"value": getattr(desk, order.pop("do"))(**order)}
        except Exception:  # pylint: disable=broad-except
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
