"""Listen to a device until stdin closes; every block's facts go to an npz file. Run by the tests.

A process of its own: the sound server's address must be in the environment before PortAudio starts.
"""

import sys
import threading
import time
from pathlib import Path

import numpy as np

from live.core.messages import AudioBlock
from live.sound.chunker import Chunker
from live.sound.open import open_source


def main(name: str, out: Path) -> None:
    source = open_source(name)
    facts: list[tuple[float, ...]] = []
    states: list[tuple[float, bool, int, str]] = []
    blocks: list[AudioBlock] = []
    ended = threading.Event()

    def put(block: AudioBlock) -> None:
        peak = float(np.abs(block.samples).max())
        facts.append(
            (time.perf_counter(), block.first_sample, len(block.samples), block.captured_at, peak)
        )
        blocks.append(block)

    def watch() -> None:
        while not ended.wait(0.02):
            now = source.sound, source.restarts, source.status
            if not states or states[-1][1:] != now:
                states.append((time.perf_counter(), *now))

    source.start(put)
    watcher = threading.Thread(target=watch)
    watcher.start()
    print("started", flush=True)
    cpu = time.process_time(), time.perf_counter()
    sys.stdin.read()
    share = (time.process_time() - cpu[0]) / (time.perf_counter() - cpu[1])
    began = time.perf_counter()
    source.stop()
    stop_s = time.perf_counter() - began
    ended.set()
    watcher.join()
    chunker = Chunker()
    chunks = [chunk for block in blocks for chunk in chunker.feed(block)]
    np.savez(
        out,
        facts=np.array(facts),
        state_at=np.array([state[0] for state in states]),
        sound=np.array([state[1] for state in states]),
        restarts=np.array([state[2] for state in states]),
        status=np.array([state[3] for state in states]),
        rate=source.rate,
        overflows=source.overflows,
        name=source.name,
        stop_s=stop_s,
        cpu=share,
        chunks=np.array([chunk.samples for chunk in chunks]),
        chunk_index=np.array([chunk.index for chunk in chunks]),
        n_lost=np.array([chunk.n_lost for chunk in chunks]),
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
