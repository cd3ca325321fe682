"""Visitors of uxmd's pages who are many: requests at a steady rate, and event streams."""

import re
import socket
import subprocess
import tempfile
import threading
import time
from urllib.parse import urlsplit

from stage import PATIENCE

PAGES = ("info.htm", "update.htm", "settings.htm", "status.json", "advanced_update.htm")
LENGTH = re.compile(rb"(?i)\r\nContent-Length: *(\d+)\r\n(?:[^\r\n]+\r\n)*\r\n")


class Requests:
    """So many requests a second, by browsers that keep their connections, until the end."""

    def __init__(self, base, rate, connections=10):
        host, port = urlsplit(base).hostname, urlsplit(base).port
        self.connections = [
            socket.create_connection((host, port), PATIENCE) for _ in range(connections)
        ]
        self.host = host
        self.rate = rate
        self.done = 0
        self.failed = []
        self.slowest = 0.0
        self.ended = threading.Event()
        self.began = time.monotonic()
        self.thread = threading.Thread(target=self._visit, daemon=True)
        self.thread.start()

    def _visit(self):
        # Who is late does not leave one out: the next ones come at once.
        while not self.ended.wait(max(0, self.began + self.done / self.rate - time.monotonic())):
            begun = time.monotonic()
            number, page = self.done % len(self.connections), PAGES[self.done % len(PAGES)]
            try:
                fault = self._ask(self.connections[number], page)
            except OSError as error:
                fault = str(error)
            if fault:
                self.failed.append((page, fault))
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.done += 1

    def _ask(self, connection, page):
        """What is wrong with the answer, None if nothing is."""
        connection.sendall(f"GET /{page} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        answer = connection.recv(65536)
        while (length := LENGTH.search(answer)) is None or (
            len(answer) < answer.index(b"\r\n\r\n") + 4 + int(length[1])
        ):
            block = connection.recv(65536)
            if not block:
                return f"cut off: {answer[:100]}"
            answer += block
        return None if answer.startswith(b"HTTP/1.1 200 ") else str(answer[:100])

    def end(self):
        """Requests a second, as it was."""
        self.ended.set()
        self.thread.join()
        rate = self.done / (time.monotonic() - self.began)
        for connection in self.connections:
            connection.close()
        return rate


class Streams:
    """So many programs that watch the event stream."""

    def __init__(self, base, count):
        self.files = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(count)]
        self.programs = [
            subprocess.Popen(["curl", "-sSN", base + "events"], stdout=file, stderr=file)
            for file in self.files
        ]

    def end(self):
        """What each was told."""
        told = []
        for program, file in zip(self.programs, self.files):
            program.terminate()
            program.wait(PATIENCE)
            file.seek(0)
            told.append(file.read())
            file.close()
        return told
