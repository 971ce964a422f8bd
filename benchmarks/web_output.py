"""--out web in a real Chromium: ms from a picture that is handed over to the same one painted.

`python -m benchmarks.web_output [--rows 720] [--codec raw|webp] [--viewers 1] [--seconds 20]`: a
dancer of so many rows at 30 pictures a second, each with its number in black and white on the
breast; the page is asked before each of its paintings which number it shows. Linux, with Chromium.
"""

import argparse
import json
import os
import resource
import shutil
import threading
import time
from typing import Any

import numpy as np

from benchmarks.timing import back_to_back, summary
from live.core.cutout import Cutout
from live.core.messages import Frame, Pose
from live.core.settings import OutputSettings, Settings
from live.outputs.fitting import Fitting
from live.outputs.frame import OutputFrame
from live.outputs.kinds import kind_of
from live.outputs.relay import Relay
from live.outputs.web.message import CODECS, message_of
from live.picture.screen import Screen, open_screen
from models.arguments import whole
from models.runtime.painter import Picture
from models.skeleton import STANDING
from train.run.processor import processor

FPS = 30.0
BITS = 8
BLOCK = 8  # px
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The time behind a painting: that before the next one.
WATCH = """([x, y, bits, block]) => {
  window.seen = [];
  let before = -1, shown = -1;
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    if (shown !== before) { window.seen.push([shown, now]); before = shown; }
    const row = pen.getImageData(x, y, bits * block, 1).data;
    shown = 0;
    for (let bit = 0; bit < bits; bit++)
      shown |= (row[4 * (bit * block + block / 2)] > 127) << bit;
    requestAnimationFrame(look);
  };
  look();
}"""


class Numbered:
    """Pictures of one dancer that each carry their number."""

    def __init__(self, rows: int) -> None:
        size = rows * 16 // 9, rows
        asked = OutputSettings("web")
        settings = Settings(target="alice", size=rows, output=size, engine="cpu", outs=(asked,))
        self.screen: Screen = open_screen(settings, settings.target)
        self._placed = self.screen.painter.place(STANDING)
        self._picture = self.screen.painter.paint(self._placed)
        corner = self._placed[1] * rows - (BITS * BLOCK / 2, -BLOCK)  # below the neck
        self._at = corner.round().astype(int) - (self._picture.x, self._picture.y)
        left, top = self.screen.placement.origin
        x, y = np.add(self._at, (self._picture.x + left, self._picture.y + top))
        self.place = [int(x), int(y) + BLOCK // 2, BITS, BLOCK]  # on the stage
        self._black = np.zeros((size[1], size[0], 3), np.uint8)

    def cutout(self) -> Cutout:
        """The dancer without a number."""
        return self._cut_out(self._picture)

    def frame(self, number: int, due_at: float) -> Frame:
        painted = self._picture
        image, alpha = painted.image.copy(), painted.alpha.copy()
        x, y = self._at
        for bit in range(BITS):
            block = slice(y, y + BLOCK), slice(x + bit * BLOCK, x + (bit + 1) * BLOCK)
            image[block] = 255 * (number >> bit & 1)
            alpha[block] = 255
        picture = Picture(image, alpha, painted.shadow, painted.x, painted.y)
        pose = Pose(number / FPS, STANDING, 0.0)
        cutout = self._cut_out(picture)
        return Frame(number / FPS, due_at, self._black, pose, time.perf_counter(), cutout)

    def _cut_out(self, picture: Picture) -> Cutout:
        return Cutout(picture, self.screen.painter.plate, self.screen.placement.lies)


def of_making(numbered: Numbered, codec: int) -> dict[str, Any]:
    """What one picture costs before it leaves, ms, and how long it is."""
    fitting = Fitting(numbered.screen.placement.output, numbered.screen.placement.output)
    kept = OutputFrame(numbered.frame(1, 0.0), fitting, True, 1)
    box = kept.straight_box.rgba.shape[:2]
    made = iter([OutputFrame(numbered.frame(1, 0.0), fitting, True, 1) for _ in range(23)])
    return {
        "box": box[::-1],
        "cut out, not multiplied, ms": back_to_back(lambda: next(made).straight_box, 20),
        "encoded, ms": back_to_back(lambda: message_of(kept, codec), 20),
        "kB": round(len(message_of(kept, codec)) / 1e3, 1),
    }


def in_chromium(
    numbered: Numbered, codec: str, viewers: int, seconds: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What each viewer saw, and the report of the output."""
    from playwright.sync_api import sync_playwright

    kind = kind_of("web")
    opened: list[Any] = []
    relay = Relay(
        OutputSettings("web", "0", options=(("codec", codec),)),
        kind.__class__(**vars(kind) | {"open": lambda o: opened.append(kind.open(o)) or opened[0]}),
        numbered.screen.placement.output,
        FPS,
    )
    ending = threading.Event()
    threads = [threading.Thread(target=relay.run, args=(ending,))]
    put_at: list[float] = []  # as time.time(), by number

    def show() -> None:
        began = time.perf_counter()
        while not ending.wait(max(0.0, began + len(put_at) / FPS - time.perf_counter())):
            number = len(put_at)
            frame = numbered.frame(number, time.perf_counter() + kind.way_s)
            put_at.append(time.time())
            relay.put(frame)

    threads.append(threading.Thread(target=show))
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for thread in threads:
            thread.start()
        while not opened:
            time.sleep(0.01)
        width, height = numbered.screen.placement.output
        pages = [
            browser.new_page(viewport={"width": width, "height": height}) for _ in range(viewers)
        ]
        for page in pages:
            page.goto(f"http://127.0.0.1:{opened[0].port}/?background=navy")
        time.sleep(3)  # until nothing is loaded any more
        for page in pages:
            page.evaluate(WATCH, numbered.place)
        used = resource.getrusage(resource.RUSAGE_SELF)
        time.sleep(seconds)
        after = resource.getrusage(resource.RUSAGE_SELF)
        seen = [page.evaluate("window.seen") for page in pages]
        ending.set()
        for thread in threads:
            thread.join()
        browser.close()
    cores = (after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) / seconds
    return [_seen(one, put_at) for one in seen], relay.report() | {"cores": round(cores, 3)}


def _seen(seen: list[tuple[int, float]], put_at: list[float]) -> dict[str, Any]:
    """Numbers and times of paintings, ms since 1970 -> how late, and how often."""
    late = []
    for code, at in seen[2:]:  # -1, and the one that was there already
        newest = max(n for n, put in enumerate(put_at) if put * 1e3 <= at)
        number = newest - (newest - code) % 2**BITS
        late.append(at - put_at[number] * 1e3)
    span = (seen[-1][1] - seen[1][1]) / 1e3
    return {"late, ms": summary(late), "pictures/s": round((len(seen) - 2) / span, 2)}


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rows", type=whole(128, 2160), default=720)
    p.add_argument("--codec", choices=tuple(CODECS), default="raw")
    p.add_argument("--viewers", type=whole(1, 8), default=1)
    p.add_argument("--seconds", type=whole(), default=20)
    args = p.parse_args()
    numbered = Numbered(args.rows)
    making = of_making(numbered, CODECS[args.codec])
    seen, report = in_chromium(numbered, args.codec, args.viewers, float(args.seconds))
    print(json.dumps({
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "size": numbered.screen.placement.output,
        "codec": args.codec,
        "a picture": making,
        "viewers": seen,
        "output": report,
    }, indent=1))  # fmt: skip
