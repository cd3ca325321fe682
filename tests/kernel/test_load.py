"""Many visitors of uxmd's pages do not disturb an update, and are not disturbed by it."""

import json
import time

from phone import NEW, Case, Uxmd
from stage import QUICK, Modules, image
from visitors import Requests, Streams

# What a flash of 2 MB/s takes in 20 s.
LARGE = 40_000_003
RATE = 100
STREAMS = 8


def update_seconds(uxmd, url):
    """How long an update takes, from Load to its end, without asking in between."""
    begun = time.monotonic()
    before = len(uxmd.log.lines)
    status, text = uxmd.load(url)
    if status != 303:
        raise AssertionError(text)
    line = uxmd.log.wait_for("Update ended", before)
    took = time.monotonic() - begun
    if "(updated)" not in line:
        raise AssertionError(line)
    uxmd.wait_for(lambda s: s["ready"], "the module at rest")
    return took


def measure(state, url):
    """Seconds undisturbed, seconds with visitors, and the visitors, who have left."""
    with Modules("--flash-rate", "2000000", *QUICK), Uxmd(state) as uxmd:
        uxmd.wait_modules(1)
        alone = update_seconds(uxmd, url)
        streams = Streams(uxmd.base, STREAMS)
        requests = Requests(uxmd.base, RATE)
        visited = update_seconds(uxmd, url)
        rate = requests.end()
        return alone, visited, requests, rate, streams.end()


class Load(Case):
    def no_request_fails_during_an_update_and_all_streams_see_its_end(self):
        self.folder.write(NEW, image(LARGE))
        alone, visited, requests, rate, told = measure(self.state, self.url)
        print(
            f"{rate:.0f} requests a second and {STREAMS} event streams: the update took "
            f"{visited:.2f} s, alone {alone:.2f} s, ratio {visited / alone:.3f}; "
            f"slowest answer {requests.slowest * 1000:.0f} ms"
        )
        self.assertEqual(requests.failed, [])
        self.assertGreater(requests.done, RATE)
        for stream in told:
            states = [
                json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: ")
            ]
            counts = [s["update"]["accepted"] for s in states if s["update"]["phase"] == "running"]
            self.assertEqual(counts, sorted(counts))
            self.assertTrue(any(0 < count < LARGE for count in counts), stream[-300:])
            self.assertEqual(states[-1]["update"]["result"], "updated", stream[-300:])
