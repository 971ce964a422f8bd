"""The conditions of the ablation: each trained, then danced on songs nobody learned."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from models import spec
from models.files import write_whole
from models.nets.dance.load_dance import load_dance, noise_of
from models.nets.dance.paper_generator import PaperGenerator
from models.nets.measure.stgcn import load_actions
from models.types import Array
from train.dance_eval.perform import in_chunks
from train.dancer.config import PaperTraining
from train.dancer.paper import train
from train.paper.config import ABLATION
from train.run import compute
from train.run.device import CPU, device_of, tensors
from train.run.names import CHECKPOINT
from train.songs.song import DataError, Song, taught, unseen

DANCES = "dances.npz"
TAKES = 1  # of every song; another one draws other chance
LEARNED_EVERY = 8  # of the songs it learned from, danced as well: what does it know by heart?


def segments_of(audio: Array) -> Array:
    """The sound of a song in segments of 5 s from its start, (P, 50, S)."""
    chunks = in_chunks(audio)
    whole = len(chunks) // spec.SEGMENT_CHUNKS * spec.SEGMENT_CHUNKS
    return chunks[:whole].reshape(-1, spec.SEGMENT_CHUNKS, spec.CHUNK_SAMPLES)


def dance_segments(network: PaperGenerator, audio: Array, takes: int = TAKES) -> Array:
    """Every segment danced by itself, as the paper does it: (takes, P, 50, 18, 2) float16.

    Row i of a segment is the body at the end of its chunk i, at the network's first horizon.
    """
    sound, chance = segments_of(audio), noise_of(network)
    danced: list[Array] = []
    for take in range(takes):
        drawn = chance.draw(np.random.default_rng(take), sound.shape[0] * sound.shape[1])
        heard, noise = tensors(
            device_of(network), sound, drawn.reshape(*sound.shape[:2], chance.size)
        )
        with torch.no_grad():
            danced.append(network(heard, noise).poses[:, :, 0].cpu().numpy().astype(np.float16))
    return np.stack(danced)


def learned_sample(songs: list[Song]) -> list[Song]:
    """Some of the songs that all conditions learn from."""
    return taught(songs)[::LEARNED_EVERY]


def save_dances(network: PaperGenerator, songs: list[Song], path: Path, step: int) -> None:
    """The dances of all songs in one file, by song; `step` is that of the checkpoint."""
    arrays = {song.name: dance_segments(network, song.audio) for song in songs}
    with write_whole(path) as part:
        np.savez_compressed(part, step=np.array(step), **arrays)  # pyright: ignore[reportArgumentType]


def run_ablation(
    songs: list[Song],
    conditions: Iterable[str],
    seeds: Iterable[int],
    iterations: int,
    out: Path,
    actions: Path,
    device: torch.device,
    bfloat16: bool | None = None,
) -> None:
    """All conditions with all seeds, each in `out`/CONDITION-SEED, in one precision.

    `bfloat16` None: what is faster here for the first of them. Raises DataError or CheckpointError.
    """
    for seed in seeds:
        for condition in conditions:
            settings = replace(ABLATION[condition], iterations=iterations, bfloat16=bfloat16)
            name = f"{condition}-{seed}"
            print(f"{name}: {out / name / CHECKPOINT}")
            bfloat16 = run_condition(songs, settings, name, out / name, actions, seed, device)


def run_condition(
    songs: list[Song],
    settings: PaperTraining,
    name: str,
    out: Path,
    actions: Path,
    seed: int,
    device: torch.device = CPU,
) -> bool:
    """Train one condition, or what is left of it, and let it dance; whether in bfloat16.

    Raises DataError or CheckpointError.
    """
    seen = load_actions(actions)[0] if settings.weights.perceptual else None
    path = train(songs, name, out, settings, seen, seed, device=device)
    network, header = load_dance(path)
    if not isinstance(network, PaperGenerator):
        raise DataError(f"{path} is no dance of the paper's form: name another folder with --out.")
    danced = [*unseen(songs), *learned_sample(songs)]
    save_dances(network.to(device), danced, out / DANCES, header["step"])
    return header[compute.PRECISION] == compute.in_words(True)
