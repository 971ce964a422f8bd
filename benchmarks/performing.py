"""A show under a performer's hands: `python -m benchmarks.performing [--minutes 10]`.

Two persons, one after the other every 20 s with a fade of 2 s, asked for by a page as a phone has
it; the clock of another machine over MIDI (a JACK server of its own, two processes), which the
show follows; another Link peer in the session, which the show leads; a film, OSC. Told: chunks
lost, pictures late, the poorest second of poses, black pictures in the film, memory, and the tempo
that came through from the MIDI clock to the other Link peer. Needs jackd2.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import av
import numpy as np

from benchmarks import jack_midi
from benchmarks.every_output import free_port, hear_poses, threads_of
from benchmarks.night.vitals import Vitals, vitals
from models.arguments import number
from train.run.processor import processor

PERSONS = ("bob", "alice")  # alice is there first
EVERY_S = 20.0
FADE_S = 2.0
BLACK = 4.0  # grey levels: a picture that is darker as a mean shows nobody
SETTLE_S = 10.0
BPM = 118.0  # of the MIDI clock; the demo plays another tempo


def be_a_phone(port: int, ending: threading.Event, asked: Counter[str]) -> None:
    """The page's own words: a key, then what is set; all that is told is read."""
    from websockets.sync.client import connect

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/enter", timeout=30) as answer:
        key = answer.read().decode()
    with connect(f"ws://127.0.0.1:{port}/show?key={key}", compression=None) as page:
        page.send(json.dumps({"set": "fade", "to": FADE_S}))
        due = time.monotonic() + EVERY_S
        while not ending.is_set():
            with contextlib.suppress(TimeoutError):
                page.recv(0.2)
            if time.monotonic() >= due:
                due += EVERY_S
                person = PERSONS[asked.total() % len(PERSONS)]
                page.send(json.dumps({"set": "target", "to": person}))
                asked[person] += 1


def follow_link(ending: threading.Event, heard: Counter[str], tempos: list[float]) -> None:
    """Another peer, as another program of the stage."""
    from live.link.session import LinkSession

    session = LinkSession()
    try:
        while not ending.wait(1.0):
            now = session.look(4)
            heard["seconds with the show in the session"] += now.n_peers > 0
            heard["seconds"] += 1
            tempos.append(60 / now.grid.period)
    finally:
        session.close()


def blackest(film: Path) -> tuple[int, float]:
    """How many pictures of a film are black, and the mean of its darkest."""
    black, darkest = 0, 255.0
    with av.open(str(film)) as container:
        for n, picture in enumerate(container.decode(video=0)):
            if n:  # the first may be before anybody is painted
                mean = float(picture.to_ndarray(format="gray")[::8, ::8].mean())
                black, darkest = black + (mean < BLACK), min(darkest, mean)
    return black, round(darkest, 1)


def measure(seconds: float, folder: Path, env: dict[str, str]) -> dict[str, object]:
    """The whole show; `env` is that of a JACK server's clients."""
    port = free_port()
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    show = subprocess.Popen([
        sys.executable, "-m", "benchmarks.jack_midi", "show",
        "--input", "demo", "--mute", "--headless",
        "--target", "alice", "--engine", "cpu", "--duration", str(SETTLE_S + seconds),
        "--stats", str(folder / "stats.json"), "--record", str(folder / "show.mp4"),
        "--osc", f"127.0.0.1:{ear.getsockname()[1]}", "--remote", str(port), "--link", "lead",
        "--midi", jack_midi.CLOCK, "--beat-source", "midi",
    ], env=env)  # fmt: skip
    poses: Counter[int] = Counter()
    asked: Counter[str] = Counter()
    link: Counter[str] = Counter()
    tempos: list[float] = []
    kept: list[Vitals] = []
    with threads_of([lambda ending: hear_poses(ear, ending, poses)]):
        while not poses and show.poll() is None:
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        begin = time.monotonic()
        with threads_of([
            lambda ending: be_a_phone(port, ending, asked),
            lambda ending: follow_link(ending, link, tempos),
        ]):  # fmt: skip
            while show.poll() is None and time.monotonic() < begin + seconds - 2:
                time.sleep(1.0)
                if (now := vitals(show.pid)) is not None:
                    kept.append(now)
        code = show.wait(120)
    told = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
    whole = [poses[s] for s in range(int(begin) + 1, int(begin + seconds) - 3)]
    memory = np.array([one.memory_mb for one in kept])
    quarter = len(memory) // 4
    black, darkest = blackest(folder / "show.mp4")
    return {
        "seconds": round(seconds),
        "asked for": dict(asked),
        "chunks lost": told["chunks_lost"],
        "pictures, late": (told["frames"], told["frames_late"]),
        "poses in the poorest second": min(whole),
        "poses a second": round(sum(whole) / len(whole), 2),
        "black pictures, mean of the darkest": (black, darkest),
        "record drops": told["record_drops"],
        "MB, mean of each quarter": [
            round(float(memory[n * quarter : (n + 1) * quarter].mean()), 1) for n in range(4)
        ],
        "threads, handles at the beginning and the end": [
            (one.threads, one.handles) for one in (kept[quarter], kept[-1])
        ],
        "Link": dict(link),
        "tempo of the MIDI clock, of the Link peer: 5 %, median, 95 %": (
            BPM,
            [round(float(q), 2) for q in np.percentile(tempos[5:], (5, 50, 95))],
        ),
        "exit code": code,
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(prog="python -m benchmarks.performing", description=__doc__)
    p.add_argument("--minutes", type=number(0.5, 600), default=10.0)
    args = p.parse_args()
    with (
        tempfile.TemporaryDirectory() as place,
        jack_midi.jack_server() as env,
        jack_midi.clock(env, BPM),
    ):
        found = measure(args.minutes * 60, Path(place), env)
    facts = {"processor": processor(), "load average": round(os.getloadavg()[0], 1)}
    print(json.dumps(facts | found, indent=1))
