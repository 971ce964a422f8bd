"""The pictures of a dance report, each as PNG bytes; matplotlib draws them without a display."""

import io
from typing import TYPE_CHECKING

import numpy as np

from train.dance_eval import beat_alignment, measures
from train.dance_eval.dance_metrics import START_S, DanceMetrics
from train.dance_eval.results import Column
from train.songs import motion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


DPI = 110
WIDTH = 11.0  # inches
STRIP_FROM_S, STRIP_S = 5.0, 10.0  # of the measured part
SMOOTH_S = 1.0
BINS = 20
REAL_COLOUR, BEAT_COLOUR = "#222222", "#c9302c"
COLOURS = ("#1f77b4", "#e07b00", "#2c8a4b", "#8e44ad", "#00838f", "#b8860b", "#c2185b", "#607d8b")
PALE = {
    "real, snapped to the beat": "#7a7a7a",
    "Rand Frame": "#c7a9d8",
    "Rand Seq": "#a8c9a0",
    "still": "#bbbbbb",
    "trembling": "#e3a7a7",
}


def coloured(columns: list[Column]) -> list[tuple[Column, str]]:
    """Each with its colour, the same in every picture: the real dancer dark, baselines pale."""
    dances = [column.name for column in columns if column.kind == "dance"]
    return [
        (
            column,
            COLOURS[dances.index(column.name) % len(COLOURS)]
            if column.kind == "dance"
            else PALE.get(column.name, REAL_COLOUR),
        )
        for column in columns
    ]


def accents_over_beats(columns: list[Column], metrics: DanceMetrics) -> bytes:
    """Where in the beat the accents fall: one small histogram each, chance as a line."""
    figure, axes = _panels(1, len(columns), 2.4)
    for axis, (column, colour) in zip(axes, coloured(columns), strict=True):
        found = [
            beat_alignment.offsets(take.accents, metrics.parts[name].beats)
            for name, takes in column.takes.items()
            for take in takes
            if len(metrics.parts[name].beats) > 2
        ]
        together = np.concatenate([np.zeros(0), *found])
        if len(together):
            shares = np.full(len(together), BINS / len(together))
            axis.hist(
                together,
                bins=BINS,
                range=(-0.5, 0.5),
                weights=list(shares),
                color=colour,
                alpha=0.85,
            )
        axis.axhline(1.0, color="#888888", lw=0.8, ls="--")
        axis.axvline(0.0, color=BEAT_COLOUR, lw=0.8)
        axis.set_title(f"{column.name} ({len(together)})", fontsize=8)
        axis.set_xticks([-0.5, 0, 0.5], ["-½", "beat", "½"])
    axes[0].set_ylabel("accents, 1 = chance", fontsize=8)
    return _png(figure)


def strip(columns: list[Column], metrics: DanceMetrics, song: str) -> bytes:
    """Ten seconds of speed with the beats of the music and the accents of the motion."""
    figure, axes = _panels(len(columns), 1, 1.15)
    beats = metrics.parts[song].beats
    beats = beats[(beats >= STRIP_FROM_S) & (beats < STRIP_FROM_S + STRIP_S)]
    for axis, (column, colour) in zip(axes, coloured(columns), strict=True):
        take = column.takes[song][0]
        speed = motion.smooth(
            motion.joint_speed(beat_alignment.finer(take.poses), beat_alignment.FINE_HZ),
            0.06,
            beat_alignment.FINE_HZ,
        )
        times = np.arange(len(speed)) / beat_alignment.FINE_HZ
        shown = (times >= STRIP_FROM_S) & (times < STRIP_FROM_S + STRIP_S)
        for beat in beats:
            axis.axvline(START_S + beat, color=BEAT_COLOUR, lw=0.7, alpha=0.7)
        axis.plot(START_S + times[shown], speed[shown], color=colour, lw=1.3)
        accents = take.accents[
            (take.accents >= STRIP_FROM_S) & (take.accents < STRIP_FROM_S + STRIP_S)
        ]
        axis.plot(START_S + accents, np.interp(accents, times, speed), "o", color=colour, ms=4)
        axis.set_ylim(0, None)
        axis.set_xlim(START_S + STRIP_FROM_S, START_S + STRIP_FROM_S + STRIP_S)
        axis.set_ylabel(column.name, fontsize=7, rotation=0, ha="right", va="center")
    for axis in axes[:-1]:
        axis.set_xticklabels([])
    axes[-1].set_xlabel(f"seconds of {song}; units a second; red: beats of the music", fontsize=8)
    return _png(figure)


def speed_curves(columns: list[Column], metrics: DanceMetrics) -> bytes:
    """Speed over every song, smoothed over a second, first take."""
    figure, axes = _panels(len(metrics.real), 1, 1.5)
    for axis, name in zip(axes, metrics.real, strict=True):
        for column, colour in coloured(columns):
            pace = motion.smooth(measures.pace(column.takes[name][0].poses), SMOOTH_S, measures.HZ)
            times = START_S + np.arange(len(pace)) / measures.HZ
            wide = 1.8 if column.kind == "real" else 1.1
            axis.plot(times, pace, color=colour, lw=wide, label=column.name)
        axis.set_ylabel(name, fontsize=7, rotation=0, ha="right", va="center")
        axis.set_ylim(0, None)
        axis.margins(x=0)
    axes[0].legend(fontsize=7, ncols=6, loc="upper right", frameon=False)
    axes[-1].set_xlabel("seconds of the song; mean joint speed, units a second", fontsize=8)
    return _png(figure)


def spectra(columns: list[Column]) -> bytes:
    """The power of the joints' velocities over frequency, mean of all songs and takes."""
    figure, axes = _panels(1, 1, 3.2, 0.65)
    for column, colour in coloured(columns):
        found = [
            measures.spectrum(take.poses)
            for takes in column.takes.values()
            for take in takes
            if len(take.poses) > measures.SPECTRUM_ROWS
        ]
        if not found or not max(power.max() for _, power in found):
            continue
        power = np.mean([power for _, power in found], 0)
        wide = 2.2 if column.kind == "real" else 1.2
        axes[0].semilogy(found[0][0][1:], power[1:], color=colour, lw=wide, label=column.name)
    for edge in measures.BANDS_HZ[1:-1]:
        axes[0].axvline(edge, color="#cccccc", lw=0.6, zorder=0)
    axes[0].legend(fontsize=7, frameon=False)
    axes[0].set_xlabel("Hz; grey lines: edges of the bands", fontsize=8)
    axes[0].set_ylabel("power of velocity", fontsize=8)
    return _png(figure)


def _panels(
    n_rows: int, n_columns: int, height: float, share: float = 1.0
) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure((WIDTH * share, height * n_rows + 0.4), layout="constrained")
    axes = figure.subplots(
        n_rows, n_columns, squeeze=False, sharey="row" if n_rows == 1 else "none"
    )
    for axis in axes.flat:
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, list(axes.flat)


def _png(figure: "Figure") -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    # Without a date or a version: the same figures give the same file.
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()
