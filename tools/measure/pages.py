"""What uxmd costs: its pages, its rest, its size, and an update while many visit."""

import os
import re
import socket
import statistics
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from phone import UXMD, Uxmd
from stage import UXM, Folder, Server, image
from test_load import LARGE, NEW, RATE, STREAMS, measure
from visitors import PAGES, Requests, Streams

LIMIT_MS = 5.0
MEMORY_KIB = 8192
SETTLE = 30  # seconds
REST = 120


class Browser:
    """One connection, and how long its requests take."""

    def __init__(self, base):
        self.address = urlsplit(base)
        self.socket = socket.create_connection((self.address.hostname, self.address.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def seconds(self, page):
        request = f"GET /{page} HTTP/1.1\r\nHost: {self.address.hostname}\r\n\r\n".encode()
        begun = time.perf_counter()
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._some()
        head, _, body = answer.partition(b"\r\n\r\n")
        self.length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(body) < self.length:
            body += self._some()
        return time.perf_counter() - begun

    def close(self):
        self.socket.close()

    def _some(self):
        block = self.socket.recv(65536)
        if not block:
            raise SystemExit(f"{self.address.netloc} ended the connection")
        return block


def of_process(process, pattern, file="status"):
    with open(f"/proc/{process.pid}/{file}", encoding="ascii") as text:
        return int(re.search(pattern, text.read())[1])


def bench_pages(table, uxmd, nginx, folder, runs):
    """Each page beside a file of its length from nginx."""
    for page in ("info.htm", "update.htm", "settings.htm", "status.json"):
        # nginx ends a connection after 1000 requests.
        ours = Browser(uxmd.base)
        theirs = Browser(nginx)
        ours.seconds(page)
        folder.write(page, ours.length * b"x")
        pairs = [(ours.seconds(page), theirs.seconds(page)) for _ in range(100 * runs)]
        ours.close()
        theirs.close()
        a, b = (statistics.median(pair[i] for pair in pairs) * 1000 for i in (0, 1))
        slowest = sorted(pair[0] for pair in pairs)[len(pairs) * 99 // 100] * 1000
        table.row(
            f"`{page}` on loopback, median (99 of 100 within)", f"{a:.2f} ms ({slowest:.2f} ms)",
            f"a file of its length from nginx {b:.2f} ms; 5 ms", a / LIMIT_MS, "<= 1",
        )


def bench_rest(table, uxmd):
    """Wake-ups: each sleep that ends is one voluntary switch."""
    pattern = r"voluntary_ctxt_switches:\s+(\d+)"
    # What its start and the last visitor left to be done.
    time.sleep(SETTLE)
    before = of_process(uxmd.process, r"\n" + pattern)
    time.sleep(REST)
    count = of_process(uxmd.process, r"\n" + pattern) - before
    table.row(
        f"wake-ups of an idle uxmd in {REST} s", f"{count}", "one a minute",
        count / (REST / 60), "<= 1",
    )


def bench_memory(table, uxmd):
    """With all pages visited, and programs that watch."""
    streams = Streams(uxmd.base, STREAMS)
    requests = Requests(uxmd.base, RATE)
    time.sleep(2)
    requests.end()
    size = of_process(uxmd.process, r"VmHWM:\s+(\d+)")
    own = of_process(uxmd.process, r"RssAnon:\s+(\d+)")
    streams.end()
    if requests.failed:
        raise SystemExit(requests.failed[0])
    table.row(
        f"peak resident memory of uxmd, {RATE} requests a second and {STREAMS} event streams",
        f"{size} KiB ({own} KiB of its own)", f"{MEMORY_KIB} KiB", size / MEMORY_KIB, "<= 1",
    )


def bench_sizes(table):
    sizes = []
    with tempfile.TemporaryDirectory(prefix="uxm-bench-") as folder:
        for program in (UXMD, UXM):
            stripped = os.path.join(folder, os.path.basename(program))
            subprocess.run(["strip", "-o", stripped, program], check=True)
            sizes.append(os.stat(stripped).st_size)
    table.row(
        "uxmd, stripped", f"{sizes[0] // 1024} KiB", f"uxm, stripped, {sizes[1] // 1024} KiB",
        sizes[0] / sizes[1], "-",
    )


def bench_uxmd(table, start_nginx, runs):
    """On the machine itself. start_nginx(folder, port) serves a folder on loopback."""
    folder = Folder()
    nginx = start_nginx(folder.path, 8081)
    try:
        with Uxmd(os.path.join(folder.path, "state")) as uxmd:
            bench_pages(table, uxmd, "http://127.0.0.1:8081/", folder, runs)
            bench_rest(table, uxmd)
            bench_memory(table, uxmd)
    finally:
        nginx.stop()
        folder.close()
    bench_sizes(table)


def bench_visited(table, runs):
    """In the virtual machine: an update while many visit."""
    folder = Folder()
    folder.write(NEW, image(LARGE))
    server = Server(folder.path)
    pairs = []
    try:
        for number in range(max(1, runs // 2)):
            state = os.path.join(folder.path, f"state{number}")
            alone, visited, requests, rate, _ = measure(state, server.url("plain/" + NEW))
            if requests.failed:
                raise SystemExit(requests.failed[0])
            pairs.append((alone, visited, rate))
    finally:
        server.stop()
        folder.close()
    alone, visited, rate = (statistics.median(pair[i] for pair in pairs) for i in range(3))
    table.row(
        f"an update from Load to its end, 40 MB, `--flash-rate 2000000`, {rate:.0f} requests a "
        f"second to {len(PAGES)} pages and {STREAMS} event streams",
        f"{visited:.1f} s", f"without visitors {alone:.1f} s",
        statistics.median(pair[1] / pair[0] for pair in pairs), "<= 1.05",
    )
