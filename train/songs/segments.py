"""Songs -> batches of segments for training, with the beat as the stage would hear it."""

from dataclasses import dataclass

import numpy as np
import torch

from models import skeleton, spec
from models.log_mel import log_power, normalised
from models.nets.mel import LogMel
from models.types import Array
from train.songs import augment, motion
from train.songs.song import POSE_HZ, Song

GIVEN_STYLE_SHARE = 0.65  # of the segments whose style is one that can be conditioning
STAND_IN_SHARE = 0.4  # how often a stand-in is drawn, compared with the recording
WRONG_BEAT_SHARE = 0.15  # of the segments in which the follower is wrong: conditioning as it heard
OFF_BEAT_SHARE = 0.4  # the same for a dance that is on no known beat


@dataclass(frozen=True)
class Batch:
    """Segments ready for the network, numpy float32."""

    frames: Array  # (B, 5 T + 2, bands) log-mel as the network hears it
    controls: Array  # (B, T, C): spec.CONTROLS and the styles
    poses: Array  # (B, T + 6, 18, 2) true poses every 0.1 s; row i + 1 is the end of chunk i


class Segments:
    """Draws varied segments from songs; every draw depends on the generator given, nothing else."""

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
            self.segment(int(index), n_chunks, rng)
            for index in rng.choice(len(self.songs), size, p=self.weights)
        ]
        return Batch(*(np.stack(parts).astype(np.float32) for parts in zip(*drawn, strict=True)))

    def segment(
        self, index: int, n_chunks: int, rng: np.random.Generator
    ) -> tuple[Array, Array, Array]:
        """One varied segment of song `index`: frames, controls, poses as in `Batch`, without B."""
        song = self.songs[index]
        seconds = n_chunks * spec.CHUNK_SECONDS
        timing = augment.Timing.random(rng, seconds, song.seconds, self.silence)
        conditioning = augment.ConditioningNoise.random(rng, seconds)

        # Frame j ends at 0.02 (j + 1) s of the song; the first two lie before the segment.
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
        given_beats = sample(song.beats, rows)
        if conditioning.heard:
            heard = sample(song.heard, rows)
            # The follower is lost in many a waltz; given so too often, the dance trusts no beat.
            if not _contradict(heard, given_beats) or rng.random() < WRONG_BEAT_SHARE:
                given_beats = heard
        # A follower keeps its beat for a moment after the music stops and needs one to find it.
        hold = float(rng.uniform(0, 1.0))
        given_beats[timing.silent(now) & (now > timing.stop + hold)] = np.nan
        given_beats[(now > timing.back) & (now < timing.back + 2 * hold)] = np.nan
        energy = sample(self.energies[index], timing.dance(now) * POSE_HZ)
        controls = augment.control_rows(given_beats, song.beats_per_bar, energy, conditioning, rng)
        if self._styles:
            is_told = song.style in self._styles and rng.random() < GIVEN_STYLE_SHARE
            named = [is_told and song.style == name for name in self._styles]
            rows = np.tile(np.array(named, np.float32), (n_chunks, 1))
            controls = np.concatenate([controls, rows], 1)
        return normalised(power), controls, poses


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
