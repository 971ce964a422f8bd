"""Who reads bundles: the lists, and a show that dances, paints and hears with one."""

import os
from pathlib import Path

import numpy as np

from benchmarks.fuzz.kind import Reader
from live import check
from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.dance.dancer import StyleError
from live.dance.performer import open_performer
from live.picture.picture_file import PictureFileError
from live.picture.screen import open_screen
from models import bundle
from models.beat.detector import BeatDetector
from models.bundle import BundleError
from models.runtime.engines import EngineError
from models.skeleton import STANDING
from models.spec import CHUNK_SAMPLES

SAYS = (BundleError, EngineError, PictureFileError, StyleError)


class PrintError(Exception):
    """Something that no terminal shows in one line."""


def readers() -> list[Reader]:
    """Beside the shipped ones, and on stage."""
    return [Reader("lists", _listed, ()), Reader("stage", _on_stage, SAYS)]


def _listed(path: Path) -> None:
    """`--list-targets`, `--list-dances` and what `--check` reads: no bundle spoils another."""
    os.environ["DANCELIVE_BUNDLES"] = str(path.parent)
    for kind in ("target", "dance"):
        check.list_bundles(kind, _say)
    for found in bundle.scan():
        if isinstance(found, BundleError):
            _say(str(found))
    bundle.find("dance", "ballroom")


def _say(line: str) -> None:
    line.encode("utf-8")
    if "\n" in line or len(line) > 1_000:
        raise PrintError(line[:1_000])


def _on_stage(path: Path) -> None:
    """By its path; three chunks and two pictures."""
    kind = bundle.load(path).manifest.kind
    if kind == "target":
        screen = open_screen(Settings(background="black"), str(path))
        for moved in (0.0, 0.3):
            screen.picture(STANDING + np.float32(moved))
        screen.close()
    elif kind == "dance":
        performer = open_performer(Settings(dance=str(path)))
        for index in range(3):
            _, plan = performer.hear(AudioChunk(index, _noise(index), 0.0))
            assert np.isfinite(plan.joints).all()
    else:
        ear = BeatDetector(str(path))
        assert np.isfinite(ear.hear(_noise(0))).all()


def _noise(index: int) -> np.ndarray:
    return np.random.default_rng(index).normal(0, 0.1, CHUNK_SAMPLES).astype(np.float32)
