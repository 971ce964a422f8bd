"""Other causal beat trackers, to be judged beside ours: aubio, librosa on what was heard, BeatNet.

Each takes 16 kHz sound and gives the times (s) at which it would have told a beat, knowing only
what came before.
"""

import zipfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.types import Array
from train.songs import beat_as_heard

Peer = Callable[[Array], Array]

LIBROSA_RATE, LIBROSA_HOP = 22_050, 256
LIBROSA_LAG_S = 0.033  # how late it marks the beats of the band's songs, median of twelve
WINDOW_S, EVERY_S = 8.0, 0.5  # librosa hears so much of the past, so often
BEATNET_RATE, BEATNET_HOP, BEATNET_WINDOW = 22_050, 441, 1_411
BEATNET_BANDS, BEATNET_CELLS = 272, 150
_OCTAVE, _LOWEST, _HIGHEST, _TUNING = 24, 30.0, 17_000.0, 440.0  # of its bands


def peers(beatnet: Path | None = None) -> dict[str, Peer]:
    """By name; BeatNet only where its wheel is given. Raises OSError when that is not one."""
    found: dict[str, Peer] = {"aubio": beat_as_heard.aubio_beats, "librosa": librosa_beats}
    if beatnet is not None:
        found["BeatNet"] = partial(beatnet_beats, network=_beatnet(beatnet))
    return found


def librosa_beats(audio: Array) -> Array:
    """librosa's offline tracker on the last seconds, its beats carried on until it is asked again.

    Ellis, "Beat tracking by dynamic programming", 2007.
    """
    import librosa
    import soxr

    sound = soxr.resample(audio, spec.SAMPLE_RATE, LIBROSA_RATE)
    told: list[float] = []
    for end in np.arange(2.0, len(audio) / spec.SAMPLE_RATE, EVERY_S):
        since = max(0.0, end - WINDOW_S)
        _, beats = librosa.beat.beat_track(
            y=sound[round(since * LIBROSA_RATE) : round(end * LIBROSA_RATE)], sr=LIBROSA_RATE,
            units="time", hop_length=LIBROSA_HOP, trim=False,
        )  # fmt: skip
        if len(beats) < 3:
            continue
        period = float(np.median(np.diff(beats[-8:])))
        beat = since + float(beats[-1]) - LIBROSA_LAG_S
        beat += np.ceil((end - beat) / period) * period
        while beat < end + EVERY_S:
            if not told or beat - told[-1] > period / 2:
                told.append(float(beat))
            beat += period
    return np.array(told)


def beatnet_beats(audio: Array, network: Any) -> Array:
    """BeatNet's network (model 1) under our tracker.

    Heydari, Cwitkowitz and Duan, "BeatNet", ISMIR 2021; weights CC BY 4.0.
    """
    import soxr
    import torch

    sound = soxr.resample(audio, spec.SAMPLE_RATE, BEATNET_RATE)
    with torch.no_grad():
        heard = network(torch.from_numpy(_beatnet_features(sound))[None])[0]
    beat, downbeat, _ = torch.softmax(heard, -1).T.numpy()
    # Fifty answers a second, each about its own moment -> our hundred, each about one 30 ms ago.
    n = len(audio) // spec.CHUNK_SAMPLES * 10
    at = (np.arange(n) + 1) / spec.BEAT_HZ - spec.BEAT_DELAY_S
    frames = np.arange(len(beat)) * BEATNET_HOP / BEATNET_RATE
    rows = np.stack([np.interp(at, frames, row) for row in (beat + downbeat, downbeat)], 1)
    return beat_as_heard.follow(rows.reshape(-1, 10, 2).astype(np.float32)).given_beats()


def _beatnet(wheel: Path) -> Any:
    """Its network, from the wheel that PyPI has."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Network(nn.Module):
        """Features (B, T, 272) -> beat, downbeat, neither (B, T, 3)."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv1d(1, 2, 10)
            self.linear0 = nn.Linear(2 * ((BEATNET_BANDS - 9) // 2), BEATNET_CELLS)
            self.lstm = nn.LSTM(BEATNET_CELLS, BEATNET_CELLS, 2, batch_first=True)
            self.linear = nn.Linear(BEATNET_CELLS, 3)

        def forward(self, features: torch.Tensor) -> torch.Tensor:
            seen = functional.relu(self.conv1(features.flatten(0, 1)[:, None]))
            seen = self.linear0(functional.max_pool1d(seen, 2).flatten(1))
            return self.linear(self.lstm(seen.unflatten(0, features.shape[:2]))[0])

    try:
        with (
            zipfile.ZipFile(wheel) as packed,
            packed.open("BeatNet/models/model_1_weights.pt") as f,
        ):
            weights = torch.load(f, "cpu", weights_only=True)
    except (zipfile.BadZipFile, KeyError) as error:
        raise OSError(f"{wheel} is not BeatNet's wheel: pip download BeatNet --no-deps.") from error
    network = Network()
    network.load_state_dict(weights)
    return network.eval()


def _beatnet_features(sound: Array) -> Array:
    """Its log spectrum of 136 bands and their rise, (T, 272); frame i is about i x 20 ms."""
    n_frames = len(sound) // BEATNET_HOP
    padded = np.pad(sound, (BEATNET_WINDOW // 2, BEATNET_WINDOW))
    window = np.hanning(BEATNET_WINDOW)
    filters = _beatnet_bands()
    log = np.empty((n_frames, filters.shape[1]), np.float32)
    for i in range(n_frames):
        frame = padded[i * BEATNET_HOP :][:BEATNET_WINDOW] * window
        spectrum = np.abs(np.fft.rfft(frame))[: len(filters)]
        log[i] = np.log10(spectrum @ filters + 1)
    rise = np.maximum(0, np.diff(log, axis=0, prepend=log[:1]))
    return np.concatenate([log, rise], 1)


@cache
def _beatnet_bands() -> Array:
    """Triangles that overlap by half, 24 an octave, each of area one, (705, 136).

    As madmom's LogarithmicFilterbank (Böck et al., 2016): centres on different bins.
    """
    n_bins = BEATNET_WINDOW // 2
    hz = np.arange(n_bins) * BEATNET_RATE / (2 * n_bins)
    steps = np.arange(
        np.floor(np.log2(_LOWEST / _TUNING) * _OCTAVE),
        np.ceil(np.log2(_HIGHEST / _TUNING) * _OCTAVE),
    )
    wanted = _TUNING * 2 ** (steps / _OCTAVE)
    wanted = wanted[(wanted >= _LOWEST) & (wanted <= _HIGHEST)]
    above = np.clip(hz.searchsorted(wanted), 1, n_bins - 1)
    bins = np.unique(above - (wanted - hz[above - 1] < hz[above] - wanted))
    bands: list[Array] = []
    for start, centre, stop in zip(bins, bins[1:], bins[2:], strict=False):
        if stop - start < 2:
            centre, stop = start, start + 1
        band = np.zeros(n_bins)
        band[start:centre] = np.linspace(0, 1, centre - start, endpoint=False)
        band[centre:stop] = np.linspace(1, 0, stop - centre, endpoint=False)
        bands.append(band / band.sum())
    return np.stack(bands, 1)
