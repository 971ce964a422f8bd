"""Prepared songs on disk (`Song`, one .npz each) and the varied pieces and batches made of them."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models import skeleton, spec
from models.log_mel import log_power, normalised
from models.nets.mel import LogMel
from models.types import Array
from train import augment, motion

POSE_HZ = 50
SPLITS = ("train", "val", "test")
TOLD_STYLE_SHARE = 0.65  # of the pieces whose style is one that can be told
STYLE_SONGS = 2  # a style of fewer songs is not one to be asked for
STAND_IN_SHARE = 0.4  # how often a stand-in is drawn, compared with the recording
WRONG_BEAT_SHARE = 0.15  # of the pieces in which the follower is wrong: told as it heard
OFF_BEAT_SHARE = 0.4  # the same for a dance that is on no known beat


class DataError(Exception):
    """Data that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Song:
    """One piece of music with its dance; sample 0 and pose 0 are at time 0.

    `beats` counts beats: an integer is reached on each beat and a multiple of `beats_per_bar` on
    each bar line, NaN where no beat is known. `heard` is the same count as a causal beat follower
    gave it (its own bar is not known); it may be all NaN.
    """

    name: str
    style: str  # what the sampler balances, e.g. "waltz", "rumba", "free-four"
    split: str  # one of SPLITS
    beats_per_bar: int  # 3, 4 or 0 = unknown
    audio: Array  # float32 (n,) mono at spec.SAMPLE_RATE, RMS at spec.TARGET_RMS_DBFS
    poses: Array  # float32 (m, 18, 2) canonical body units at POSE_HZ, snapped to the beat
    real: Array  # float32 (m, 18, 2) the same before snapping, what a dance is judged against
    beats: Array  # float32 (m,)
    heard: Array  # float32 (m,)
    licence: str
    provenance: str
    is_stand_in: bool = False  # the project's band plays on the same beats instead of the recording
    is_bar_sure: bool = True  # False: the beats are right, where the bar begins is not known

    @property
    def seconds(self) -> float:
        return len(self.poses) / POSE_HZ

    def save(self, folder: Path) -> Path:
        """Write `<folder>/<name>.npz`, whole or not at all."""
        path = folder / f"{self.name}.npz"
        part = folder / f".{self.name}.part.npz"
        facts = {
            "name": self.name,
            "style": self.style,
            "split": self.split,
            "beats_per_bar": self.beats_per_bar,
            "licence": self.licence,
            "provenance": self.provenance,
            "is_stand_in": self.is_stand_in,
            "is_bar_sure": self.is_bar_sure,
        }
        np.savez(
            part,
            facts=np.array(json.dumps(facts)),
            audio=np.round(np.clip(self.audio, -1, 1) * 32767).astype(np.int16),
            poses=self.poses.astype(np.float32),
            real=self.real.astype(np.float32),
            beats=self.beats.astype(np.float32),
            heard=self.heard.astype(np.float32),
        )
        part.replace(path)
        return path

    @staticmethod
    def load(path: Path) -> "Song":
        """Read one prepared song.

        Raises DataError when the file is missing, damaged or no prepared song.
        """
        try:
            with np.load(path) as file:
                facts = json.loads(str(file["facts"]))
                arrays = {name: file[name] for name in ("poses", "real", "beats", "heard")}
                audio = file["audio"].astype(np.float32) / 32767
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{path} is not a prepared song ({error}): prepare it again."
            ) from error
        if arrays["poses"].shape[1:] != (spec.N_JOINTS, 2):
            raise DataError(f"{path} holds poses of another shape: prepare it again.")
        return Song(audio=audio, **arrays, **facts)


def at_stage_level(audio: Array) -> Array:
    """The whole song at the RMS level that the stage normalises to (peaks may clip at 1)."""
    rms = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) + 1e-9
    return np.clip(audio * (10 ** (spec.TARGET_RMS_DBFS / 20) / rms), -1, 1).astype(np.float32)


def load_songs(folder: Path, split: str | None = None) -> list[Song]:
    """All prepared songs of a folder, by name, of one split if named.

    Raises DataError when there is none.
    """
    songs = [Song.load(path) for path in sorted(folder.glob("*.npz")) if path.name[0] != "."]
    chosen = [song for song in songs if split in (None, song.split)]
    if not chosen:
        raise DataError(
            f"{folder} holds no prepared songs{f' of the split {split}' if split else ''}: "
            "run `python -m train.prepare` first."
        )
    return chosen


def taught(songs: list[Song]) -> list[Song]:
    """Songs that dances learn from, with their real music."""
    return [song for song in songs if song.split == "train" and not song.is_stand_in]


def unseen(songs: list[Song]) -> list[Song]:
    """Songs that no dance learns from, with their real music."""
    return [song for song in songs if song.split != "train" and not song.is_stand_in]


@dataclass(frozen=True)
class Batch:
    """Pieces ready for the network, numpy float32."""

    frames: Array  # (B, 5 T + 2, bands) log-mel as the network hears it
    controls: Array  # (B, T, C): spec.CONTROLS and the styles
    poses: Array  # (B, T + 6, 18, 2) true poses every 0.1 s; row i + 1 is the end of chunk i


class Pieces:
    """Draws varied pieces from songs; every draw depends on the generator given, nothing else."""

    def __init__(
        self,
        songs: list[Song],
        mel: spec.MelSpec,
        silence: float = 0.22,
        styles: tuple[spec.Style, ...] = (),
    ) -> None:
        self.songs, self.mel, self.silence = songs, mel, silence
        self._styles = [style.name for style in styles]
        self.powers = [mel_power(song, mel) for song in songs]
        shares = [
            song.seconds
            * (STAND_IN_SHARE if song.is_stand_in else 1.0)
            * (1.0 if np.isfinite(song.beats).any() else OFF_BEAT_SHARE)
            for song in songs
        ]
        lasts: dict[str, float] = {}
        for song, share in zip(songs, shares, strict=True):
            lasts[song.style] = lasts.get(song.style, 0.0) + share
        # Rare styles are seen more often than they last, yet less than equally: few songs would
        # be learnt by heart.
        weights = [
            share * lasts[song.style] ** -0.7 for song, share in zip(songs, shares, strict=True)
        ]
        self.weights = np.array(weights) / sum(weights)
        self.energies = _energies(songs)

    def batch(self, rng: np.random.Generator, size: int, n_chunks: int) -> Batch:
        drawn = [
            self.piece(int(index), n_chunks, rng)
            for index in rng.choice(len(self.songs), size, p=self.weights)
        ]
        return Batch(*(np.stack(parts).astype(np.float32) for parts in zip(*drawn, strict=True)))

    def piece(
        self, index: int, n_chunks: int, rng: np.random.Generator
    ) -> tuple[Array, Array, Array]:
        """One varied piece of song `index`: frames, controls, poses as in `Batch`, without B."""
        song = self.songs[index]
        seconds = n_chunks * spec.CHUNK_SECONDS
        timing = augment.Timing.random(rng, seconds, song.seconds, self.silence)
        told = augment.Rumour.random(rng, seconds)

        # Frame j ends at 0.02 (j + 1) s of the song; the first two lie before the piece.
        ends = (np.arange(5 * n_chunks + 2) - 1) / POSE_HZ
        power = sample(self.powers[index], timing.music(ends) * POSE_HZ - 1)
        power = augment.vary_sound(power, rng, self.mel.floor)
        power[timing.silent(ends)] = np.log(self.mel.floor)

        times = np.arange(n_chunks + 6) * spec.CHUNK_SECONDS
        poses = sample(song.poses, timing.dance(times) * POSE_HZ)
        if timing.from_standing:
            here = np.clip((times - timing.back) / 0.8, 0, 1)
            here = (here * here * (3 - 2 * here))[:, None, None]
            poses = skeleton.limit_bones(skeleton.STANDING * (1 - here) + poses * here)
        if rng.random() < 0.5:
            poses = skeleton.mirror(poses)

        now = (np.arange(n_chunks) + 1) * spec.CHUNK_SECONDS
        at = timing.music(now + spec.CONTROL_AHEAD)
        rows = np.stack([at, at - augment.FRAME_S * timing.rate], 1) * POSE_HZ
        told_beats = sample(song.beats, rows)
        if told.heard:
            heard = sample(song.heard, rows)
            # The follower is lost in many a waltz; told so too often, the dance trusts no beat.
            if not _contradict(heard, told_beats) or rng.random() < WRONG_BEAT_SHARE:
                told_beats = heard
        # A follower keeps its beat for a moment after the music stops and needs one to find it.
        hold = float(rng.uniform(0, 1.0))
        told_beats[timing.silent(now) & (now > timing.stop + hold)] = np.nan
        told_beats[(now > timing.back) & (now < timing.back + 2 * hold)] = np.nan
        energy = sample(self.energies[index], timing.dance(now) * POSE_HZ)
        controls = augment.control_rows(told_beats, song.beats_per_bar, energy, told, rng)
        if self._styles:
            is_told = song.style in self._styles and rng.random() < TOLD_STYLE_SHARE
            named = [is_told and song.style == name for name in self._styles]
            rows = np.tile(np.array(named, np.float32), (n_chunks, 1))
            controls = np.concatenate([controls, rows], 1)
        return normalised(power), controls, poses


def styles_in(songs: list[Song]) -> tuple[spec.Style, ...]:
    """The styles that a dance of these songs can be asked for; none where there is only one."""
    found: list[spec.Style] = []
    for name in sorted({song.style for song in songs}):
        own = [song for song in songs if song.style == name and not song.is_stand_in]
        if len(own) < STYLE_SONGS:
            continue
        tempos = [bpm for song in own if (bpm := usual_bpm(song))]
        metres = {song.beats_per_bar for song in own}
        found.append(
            spec.Style(
                name,
                metres.pop() if len(metres) == 1 else 0,
                round(float(np.median(tempos)), 1) if tempos else 0.0,
            )
        )
    return tuple(found) if len(found) > 1 else ()


def usual_bpm(song: Song) -> float:
    """Median tempo, 0 where no beat is known."""
    rates = np.diff(song.beats) * POSE_HZ
    known = rates[np.isfinite(rates) & (rates > 0)]
    return float(np.median(known)) * 60 if len(known) else 0.0


def _contradict(heard: Array, beats: Array) -> bool:
    """Whether the follower counts other beats than the true ones, where both are known."""
    apart = (heard - beats)[np.isfinite(heard - beats)]
    return len(apart) > 0 and float(np.cos(2 * np.pi * apart).mean()) < 0.6


def sample(values: Array, at: Array) -> Array:
    """Rows of `values` at fractional indices, linear, held at the ends."""
    at = np.clip(at, 0, len(values) - 1)
    low = np.minimum(at.astype(int), max(0, len(values) - 2))
    share = (at - low).reshape(at.shape + (1,) * (values.ndim - 1))
    high = np.minimum(low + 1, len(values) - 1)
    return values[low] * (1 - share) + values[high] * share


def mel_power(song: Song, mel: spec.MelSpec) -> Array:
    """Log-mel power of the whole song, (frames, bands) at 50 Hz, by the network's own front end."""
    n_chunks = len(song.audio) // spec.CHUNK_SAMPLES
    audio = torch.from_numpy(song.audio[: n_chunks * spec.CHUNK_SAMPLES].copy())
    with torch.no_grad():
        frames, _ = LogMel(mel)(audio.view(1, n_chunks, -1), torch.zeros(1, mel.tail_samples))
    return log_power(frames[0, 2:]).numpy()  # without the two before the song


def _energies(songs: list[Song]) -> list[Array]:
    """log2 of the mean speed around each pose over the usual one of the style, within +-1."""
    speeds = [motion.joint_speed(song.poses, POSE_HZ) for song in songs]
    usual = {
        style: float(
            np.mean([s.mean() for s, g in zip(speeds, songs, strict=True) if g.style == style])
        )
        for style in {song.style for song in songs}
    }
    return [
        np.clip(
            np.log2((motion.smooth(speed, 1.0, POSE_HZ) + 1e-4) / (usual[song.style] + 1e-4)), -1, 1
        )
        for speed, song in zip(speeds, songs, strict=True)
    ]
