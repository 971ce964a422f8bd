"""The networks alone: generator step, renderer, and the paper's networks beside them.

`python -m benchmarks.networks [--target NAME] [--dance NAME] [--out FILE.json]`
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import timing
from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.dance.beat_follower import BeatFollower
from live.dance.performer import open_performer
from live.picture.screen import ONE_CORE_PX
from models import bundle
from models.band import songs
from models.puppet.painter import open_on_processor
from models.runtime.dance import DanceStepper
from models.runtime.engines import open_session
from models.skeleton import STANDING
from models.spec import CHUNK_SAMPLES, CONTROLS, SAMPLE_RATE, PaperSpec

SIZES = (256, 512, 1024)  # px


def _music(seconds: int) -> list[AudioChunk]:
    sound = songs.four_on_the_floor(125, seconds + 1, SAMPLE_RATE).mono
    segments = (sound[i * CHUNK_SAMPLES : (i + 1) * CHUNK_SAMPLES] for i in range(seconds * 10))
    return [AudioChunk(i, segment, 0.0) for i, segment in enumerate(segments)]


def _both_ways(hear: Callable[[AudioChunk], object]) -> dict[str, object]:
    paced, quick = iter(_music(30)), iter(_music(30))
    return {
        "paced 10/s ms": timing.paced(lambda: hear(next(paced)), 10, 29),
        "back to back ms": timing.back_to_back(lambda: hear(next(quick)), 250),
    }


def generator_step(dance: str) -> dict[str, object]:
    """BeatFollower, level and generator on one chunk, paced at 10 a second."""
    return _both_ways(open_performer(Settings(dance=dance)).hear)


def beat_follower() -> dict[str, object]:
    """The beat follower alone on one chunk."""
    return _both_ways(BeatFollower().feed)


def window_against_step() -> dict[str, float]:
    """The released system live would run its bidirectional window again for every chunk.

    Back to back, and in turns, where the window puts the step's 31 MB of weights out of the cache.
    """
    import torch

    from benchmarks.paper_shapes import to_onnx
    from export.dance import to_onnx as to_stage
    from models.nets.dance.paper_generator import PaperGenerator

    window, luck = torch.zeros(1, 50, CHUNK_SAMPLES), torch.zeros(1, 50, 10)
    both, _ = open_session(to_onnx(PaperGenerator(), (window, luck), ["audio", "noise"]))
    sizes = PaperSpec(causal=True)
    one = DanceStepper(to_stage(PaperGenerator(sizes).eval()), sizes)
    nothing = np.zeros(len(CONTROLS), np.float32)

    def again() -> object:
        return both.run(None, {"audio": window.numpy(), "noise": luck.numpy()})

    def step() -> object:
        return one.step(window[0, 0].numpy(), luck[0, 0].numpy(), nothing)

    return {
        "back to back": timing.alternating(again, step, 10, 20),
        "in turns": timing.alternating(again, step, 100),
    }


def renderer(found: bundle.Bundle, size: int) -> dict[str, object]:
    """As on stage: joints in, the window around the person out."""
    precision = found.network("int8", "fp32", "fp16")[1]
    painter = open_on_processor(found, 1 if size <= ONE_CORE_PX else 2, size)
    joints = found.manifest.body.place(STANDING)

    def paint() -> object:
        return painter.paint(joints)

    return {
        "size": size,
        "precision": precision,
        "engine": str(painter.engine),
        "paced 30/s ms": timing.paced(paint, 30, 20),
        "back to back ms": timing.back_to_back(paint, 200),
    }


def renderers(found: bundle.Bundle) -> dict[str, dict[str, object]]:
    """At its own size, or at each of SIZES where that is a choice."""
    sizes = SIZES if found.manifest.network_kind.any_size else (found.manifest.size,)
    return {f"renderer at {size}": renderer(found, size) for size in sizes}


def _global_generator(threads: int) -> Callable[[], object]:
    """pix2pixHD's at 256: paints one picture."""
    import torch

    from benchmarks.paper_shapes import to_onnx
    from models.nets.picture.pix2pix import GlobalGenerator

    labels = torch.zeros(1, 18, 256, 256)
    theirs, _ = open_session(to_onnx(GlobalGenerator(), (labels,), ["labels"]), "cpu", threads)
    return lambda: theirs.run(None, {"labels": labels.numpy()})


def pix2pix_against_renderer(found: bundle.Bundle) -> float:
    """pix2pixHD's global generator at 256 on two threads against ours, which may take as many."""
    ours = open_on_processor(found, 2, 256)
    joints = found.manifest.body.place(STANDING)
    return timing.alternating(_global_generator(2), lambda: ours.paint(joints), 12)


def pix2pix_against_puppet(found: bundle.Bundle) -> float:
    """pix2pixHD's global generator at 256 against a puppet at 1024, one thread each.

    By the thread's own time: other work on the machine counts less.
    """
    ours = open_on_processor(found, 1, 1024)
    joints = found.manifest.body.place(STANDING)
    theirs = _global_generator(1)
    return timing.alternating(theirs, lambda: ours.paint(joints), 12, clock=time.thread_time)


def measure(target: str, dance: str) -> dict[str, object]:
    """All of it."""
    found = bundle.find("target", target)
    is_puppet = found.manifest.network_kind.any_size
    of_puppet = (
        {"pix2pixHD global / puppet at 1024": pix2pix_against_puppet(found)} if is_puppet else {}
    )
    return {
        "beat follower": beat_follower(),
        "generator step with follower": generator_step(dance),
        "bidirectional window / step": window_against_step(),
        **renderers(found),
        "pix2pixHD global / renderer": pix2pix_against_renderer(found),
        **of_puppet,
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="alice")
    p.add_argument("--dance", default="ballroom")
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.target, args.dance), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
