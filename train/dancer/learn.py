"""One dance learned, as a stage dance or in the paper's form: what `train.dance` does."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from models.nets.measure.stgcn import load_actions
from train.dancer import paper, stage
from train.dancer.config import ACTIONS, DANCE_PRESETS, DanceTraining, PaperTraining, without_parts
from train.dancer.corrupt import corrupted_songs
from train.run import distributed
from train.run.device import CPU
from train.songs.song import DataError, Song, load_songs
from train.synthetic.choreography import own_songs


@dataclass(frozen=True)
class DanceRequest:
    """Which dance to learn; None: as the preset says."""

    data: Path | None  # prepared songs; None: the project's own choreography
    name: str
    out: Path  # folder of the run
    preset: str
    iterations: int | None = None
    seed: int = 0
    plans: int | None = None  # of a stage dance: how many motion plans
    beat_pull: float | None = None  # of a stage dance: how much plans on the beat are preferred
    energy_pull: float | None = None  # and quick ones where the music is lively
    energy_size: float | None = None  # by how much they are then drawn larger
    style_pull: float | None = None  # how much those of the style that is asked for are preferred
    without: tuple[str, ...] = ()  # of the paper's form: names of PARTS
    minus_log: bool = False  # of the paper's form: attention of the critic `whole` as printed
    corrupt: bool = False  # of the paper's form: from poses as a detector loses and mixes them
    actions: Path = ACTIONS  # of the paper's form: the trained action network
    bfloat16: bool | None = None  # of the paper's form; None: as the preset, or what is faster


def learn_dance(request: DanceRequest, device: torch.device = CPU) -> Path:
    """Train, or what is left of it; returns the checkpoint.

    Raises DataError, CheckpointError, BundleError or EngineError, in one sentence.
    """
    settings = DANCE_PRESETS[request.preset]
    _refuse_what_is_not_there(request, isinstance(settings, PaperTraining))
    songs = distributed.first_alone(lambda: _songs(request))
    if request.iterations:
        settings = replace(settings, iterations=request.iterations)
    if isinstance(settings, PaperTraining):
        return _learn_paper(request, songs, without_parts(settings, request.without), device)
    return _learn_stage(request, songs, settings, device)


def _refuse_what_is_not_there(request: DanceRequest, is_paper: bool) -> None:
    """Raises DataError for an option that the preset knows nothing of."""
    of_paper = {
        "--without": request.without,
        "--minus-log": request.minus_log,
        "--corrupt": request.corrupt,
    }
    of_stage = {
        "--plans": request.plans,
        "--beat-pull": request.beat_pull is not None,
        "--energy-pull": request.energy_pull is not None,
        "--energy-size": request.energy_size is not None,
        "--style-pull": request.style_pull is not None,
    }
    for option, given in (of_stage if is_paper else of_paper).items():
        if given:
            others = "stage and tiny" if is_paper else "paper and paper-live"
            raise DataError(
                f"{option} is of the presets {others} alone: leave it out, or name one of them "
                f"with --preset (it is {request.preset})."
            )
    if request.minus_log and "whole" in request.without:
        raise DataError(
            "--minus-log is the attention of the critic `whole`, which --without leaves out: "
            "leave out one of the two."
        )


def _songs(request: DanceRequest) -> list[Song]:
    if request.data:
        return load_songs(request.data)
    return own_songs(request.out / "songs", "tiny" in request.preset)


def _learn_paper(
    request: DanceRequest, songs: list[Song], settings: PaperTraining, device: torch.device
) -> Path:
    if request.bfloat16 is not None:
        settings = replace(settings, bfloat16=request.bfloat16)
    settings = replace(settings, minus_log=request.minus_log or settings.minus_log)
    actions = load_actions(request.actions)[0] if settings.weights.perceptual else None
    sure = None
    if request.corrupt:
        songs, sure = corrupted_songs(songs, request.seed)
    return paper.train(
        songs, request.name, request.out, settings, actions, request.seed, sure, device
    )


def _learn_stage(
    request: DanceRequest, songs: list[Song], settings: DanceTraining, device: torch.device
) -> Path:
    sizes = settings.spec
    names = ("beat_pull", "energy_pull", "energy_size", "style_pull")
    pulls = {name: getattr(request, name) for name in names}
    sizes = replace(sizes, **{name: pull for name, pull in pulls.items() if pull is not None})
    if request.plans:
        sizes = replace(sizes, n_plans=request.plans)
    settings = replace(settings, spec=sizes)
    return stage.train(songs, request.name, request.out, settings, request.seed, device)
