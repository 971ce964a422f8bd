"""--remote on two phones in a real Chromium: ms from a finger on one to the news on the other.

`python -m benchmarks.remote [--changes 100] [--picture OUT.jpg]`: a show of the built-in band with
alice (Linux, with Chromium). A fader of one page is moved, and the other page writes down when it
shows the value. Then one is moved as often as can be. The picture is that of docs/remote.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.timing import summary
from benchmarks.web_output import BROWSERS
from models.arguments import whole
from train.run.processor import processor

PORT = 8791
PHONE = {"width": 360, "height": 740}
START_MS = 120_000
WATCH = """(name) => {
  window.changed = [];
  const row = rows[name], show = row.show;
  row.show = (value) => {
    window.changed.push([value, performance.timeOrigin + performance.now()]);
    show(value);
  };
}"""
MOVE = """([name, value]) => {
  const fader = document.querySelector(`[data-name="${name}"] input`);
  fader.value = value;
  const at = performance.timeOrigin + performance.now();
  fader.dispatchEvent(new Event("input"));
  return at;
}"""


def measure(changes: int, picture: Path | None) -> dict[str, Any]:
    """Times of so many changes, and what a fader that never rests costs the show."""
    from playwright.sync_api import sync_playwright

    words = ["--input", "demo", "--mute", "--headless", "--no-osc", "--remote", str(PORT)]
    show = subprocess.Popen([sys.executable, "-m", "live.cli", *words], stderr=subprocess.PIPE)
    try:
        while b"http" not in (line := show.stderr.readline()):
            if not line:
                raise RuntimeError("The show did not begin.")
        with sync_playwright() as playwright:
            browser = next(filter(None, map(shutil.which, BROWSERS)))
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            one, other = (_phone(chromium) for _ in range(2))
            told = {name: _times(one, other, name, changes) for name in ("scale", "energy")}
            cores = _cores(show, 5.0)
            rate, busy = _restless(one, show)
            if picture is not None:
                _save(one, picture)
            chromium.close()
    finally:
        show.terminate()
        show.communicate(timeout=60)
    return {
        "told to the other page, ms": told,
        "cores of the show": {"at rest": cores, "a fader that never rests": busy},
        "messages of it a second": rate,
    }


def _phone(chromium: Any) -> Any:
    context = chromium.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT}/", timeout=START_MS)
    page.wait_for_selector("body[data-link=there]", timeout=START_MS)
    return page


def _times(one: Any, other: Any, name: str, changes: int) -> dict[str, float]:
    """scale is set at once, energy with the next chunk of the dance."""
    other.evaluate(WATCH, name)
    moved: dict[float, float] = {}
    for n in range(changes):
        value = 0.3 + 0.01 * (n % 50)
        moved[n] = one.evaluate(MOVE, [name, value])
        while other.evaluate("window.changed.length") <= n:
            time.sleep(0.02)
    came = [at for _, at in other.evaluate("window.changed")]
    return summary([came[n] - moved[n] for n in moved])


def _restless(page: Any, show: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Messages a second of a fader that is moved as often as can be, and cores of the show."""
    page.evaluate(
        """() => {
          window.sent = 0;
          const send = socket.send.bind(socket);
          socket.send = (said) => { window.sent++; send(said); };
          const fader = document.querySelector('[data-name="scale"] input');
          let n = 0;
          window.moving = setInterval(() => {
            fader.value = 0.5 + (n++ % 100) / 100;
            fader.dispatchEvent(new Event("input"));
          }, 4);
        }"""
    )
    began = time.perf_counter()
    cores = _cores(show, 5.0)
    rate = page.evaluate("window.sent") / (time.perf_counter() - began)
    page.evaluate("clearInterval(window.moving)")
    page.evaluate(MOVE, ["scale", 1.0])
    return round(rate, 1), cores


def _cores(show: subprocess.Popen[bytes], seconds: float) -> float:
    used = _used(show.pid)
    time.sleep(seconds)
    return round((_used(show.pid) - used) / seconds, 3)


def _used(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _save(page: Any, picture: Path) -> None:
    """The page with its preview, at half the pixels of the phone."""
    page.evaluate("at('look').open = true; scrollTo(0, 0)")
    while not page.evaluate("at('preview').naturalWidth"):
        time.sleep(0.1)
    shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    small = cv2.resize(shot, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(picture), small, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    p = argparse.ArgumentParser(prog="python -m benchmarks.remote", description=__doc__)
    p.add_argument("--changes", type=whole(2, 1000), default=100)
    p.add_argument("--picture", type=Path, default=None, metavar="OUT.jpg")
    args = p.parse_args()
    found = {"processor": processor(), "load average": round(os.getloadavg()[0], 1)}
    print(json.dumps(found | measure(args.changes, args.picture), indent=1))
