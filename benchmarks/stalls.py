"""How soon a show that was stopped is on its sound again: `python -m benchmarks.stalls`.

Shows with the demo, a file and a microphone, muted and aloud, are stopped as a suspended computer
is (SIGSTOP), for `--seconds` each, and let go on. Told for each: after what time the last bundle
came that was not on the sound (its media time against the host's, within 0.1 s), how long media
time stood still, and how far the beats are from those of the file. A microphone hears on; files and
the demo stand as long as the show, muted ones make up for a stall of up to a second. Ends with 1
where it took more than a second. Linux with PulseAudio; about 9 minutes.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.night.terminal import as_in_a_terminal
from benchmarks.night.virtual_mic import VirtualMic, virtual_mic_server
from benchmarks.night.watched import Watched
from models.arguments import number
from models.band import songs
from train.run.processor import processor

BPM = 125
NEAR_S = 0.1
BAR_S = 1.0
AFTER_S = 4.0  # that are looked at
MIC = "stage_mic"
SHOWS = {
    "demo, muted": ("demo", ["--mute"]),
    "demo, aloud": ("demo", []),
    "file, muted": ("file", ["--mute"]),
    "file, aloud": ("file", []),
    "microphone": ("microphone", []),
}


def behind(show: Watched, since: float, until: float) -> np.ndarray:
    """(2, n): host times of bundles, and how far media time is behind the host's there, s."""
    frames = show.heard.between(since, until)
    return np.array([(at, at - media) for at, _, media in frames]).reshape(-1, 2).T


def stall(show: Watched, seconds: float, bpm: float) -> dict[str, float | None]:
    """`bpm` of a song that is played from its start; 0 = its beats are not known."""
    now = time.perf_counter()
    before = float(np.median(behind(show, now - 2.0, now)[1]))
    show.stall(seconds)
    back = time.perf_counter()
    time.sleep(AFTER_S)
    at, now_behind = behind(show, back, back + AFTER_S)
    if not len(at):
        return {"stall s": seconds, "on the sound after s": None}
    settled = float(np.median(now_behind[at > back + AFTER_S / 2]))
    off = at[np.abs(now_behind - settled) > NEAR_S]
    first = float(at[0] - back)
    beats = np.array([beat for beat in show.heard.beats if back + BAR_S < beat < back + AFTER_S])
    found: dict[str, float | None] = {
        "stall s": seconds,
        "on the sound after s": round(max(first, float(off.max() - back) if len(off) else 0.0), 3),
        "stood s": round(settled - before, 3),
    }
    if bpm and len(beats):
        phase = ((beats - settled) * bpm / 60 + 0.5) % 1 - 0.5
        found["beats off s"] = round(float(np.median(phase)) * 60 / bpm, 3)
    return found


def watch(title: str, seconds: list[float], song: Path, mic: VirtualMic) -> list[dict[str, Any]]:
    """One show and its stalls."""
    kind, words = SHOWS[title]
    source = {"demo": "demo", "file": str(song), "microphone": MIC}[kind]
    env = {key: value for key, value in mic.env.items() if key != "PULSE_LATENCY_MSEC"}
    show = Watched(
        ["--input", source, "--headless", "--target", "skeleton", "--dance", "free", *words],
        env, song.parent / "said.txt",
    )  # fmt: skip
    try:
        if not show.wait_for_frames():
            raise RuntimeError(f"the show did not begin: {show.said}")
        time.sleep(8.0)
        found: list[dict[str, Any]] = []
        for one in seconds:
            found.append(stall(show, one, BPM if kind == "file" else 0.0))
            print(f"{title}: {found[-1]}", flush=True)
        return found
    finally:
        show.close()


def main() -> None:
    """Ends with 1 where a show came back late or on another place of its sound."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.stalls", description=__doc__)
    p.add_argument("--seconds", type=number(0.1, 1e4), nargs="+", default=[1, 5, 10, 60])
    p.add_argument("--shows", nargs="+", choices=SHOWS, default=list(SHOWS))
    p.add_argument("--out", type=Path, default=Path("out/stalls.json"))
    args = p.parse_args()
    as_in_a_terminal()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stalls")))
        song = folder / "song.wav"
        music = songs.four_on_the_floor(BPM, sum(args.seconds) + 120, 16_000).mono
        soundfile.write(song, music, 16_000)
        mic = stack.enter_context(virtual_mic_server())
        mic.start(MIC)
        mic.play(song, MIC)
        found = {title: watch(title, args.seconds, song, mic) for title in args.shows}
    facts = {"processor": processor(), "load average": round(os.getloadavg()[0], 1)}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(facts | {"stalls": found}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts))
    late = [
        one["on the sound after s"] is None or one["on the sound after s"] > BAR_S
        for stalls in found.values() for one in stalls
    ]  # fmt: skip
    sys.exit(int(any(late)))


if __name__ == "__main__":
    main()
