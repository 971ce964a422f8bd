"""What bodies did on stage: lines for the terminal, numbers for programs, a strip to look at."""

from typing import Any

import numpy as np

from models.types import Array
from train.dance_eval import body
from train.dance_eval.dance_metrics import START_S
from train.dance_eval.evaluate_body import Dancer, Piece, Showing
from train.dance_eval.results import rounded
from train.dance_eval.stick_figures import beat_sheet
from train.run.html import NOT_MEASURED
from train.songs.segments import sample
from train.songs.song import DataError

# key -> what is told in the terminal
MEASURES = {
    "bounce": "bounce of the hips, H",
    "steps": "steps a second",
    "stride": "stride, H",
    "lift": "lift of the foot in a step, H",
    "air": "share of time in the air",
    "wrists": "speed of the wrists, H/s",
    "slide_h": "sliding of the standing foot, H/s",
    "crossing": "share of time with legs crossed",
    "turned": "share of time turned to the side",
    "energy": "correlation of speed with the music's energy",
    "drop": "speed after a drop / before it",
    "repeat_2": "unlike itself 2 bars before (chance: 1)",
    "repeat_4": "unlike itself 4 bars before",
    "repeat_8": "unlike itself 8 bars before",
    "mirror_2": "unlike its mirror image 2 bars before",
    "mirror_4": "unlike its mirror image 4 bars before",
    "mirror_8": "unlike its mirror image 8 bars before",
    "phrase_run": "most often one phrase in a row",
}
LABEL_WIDTH, WIDTH = max(map(len, MEASURES.values())), 14
STRIP_ROW = 16  # figures


def lines(dancers: list[Dancer]) -> list[str]:
    """A table of the means: a line for each measure that was taken, a column for each dance."""
    names = (f"{dancer.name[-WIDTH:]:>{WIDTH + 2}}" for dancer in dancers)
    table = [" " * LABEL_WIDTH + "".join(names)]
    means = [dancer.mean for dancer in dancers]
    for key, label in MEASURES.items():
        if any(key in mean for mean in means):
            cells = (f"{mean[key]:.3f}" if key in mean else NOT_MEASURED for mean in means)
            row = "".join(f"{cell:>{WIDTH + 2}}" for cell in cells)
            table.append(f"{label:{LABEL_WIDTH}}{row}")
    return table


def as_json(dancers: list[Dancer], showing: Showing) -> dict[str, Any]:
    """All figures, mean and by piece, and how the dances were shown."""
    facts = {
        "from_s": START_S, "to_s": showing.seconds, "seeds": list(showing.seeds),
        "live": showing.live, "phase_lock": showing.phase_lock, "hz": body.HZ,
    }  # fmt: skip
    found = {dancer.name: {"mean": dancer.mean, "pieces": dancer.rows} for dancer in dancers}
    return rounded({"facts": facts, "dances": found})


def strip(
    dancers: list[Dancer], piece: Piece, start_s: float, seconds: float, a_second: float
) -> Array:
    """A stretch of the first take of every dance on a piece, `a_second` figures: (H, W, 3) RGB.

    Raises DataError when it lies outside of every dance.
    """
    start = start_s - START_S
    times = start + np.arange(max(1, round(seconds * a_second))) / a_second
    sheets: list[Array] = []
    for dancer in dancers:
        takes = dancer.takes.get(piece.song.name, [])
        seen = [time for time in times if takes and 0 <= time * body.HZ <= len(takes[0]) - 1]
        if seen:
            said = f"{dancer.name}, {piece.song.name}, from {start_s:g} s, {a_second:g} a second"
            poses = sample(takes[0], np.array(seen) * body.HZ)
            sheets.append(beat_sheet(said, poses, (piece.beats - start) * a_second, STRIP_ROW))
    if not sheets:
        raise DataError(
            f"{piece.song.name} is not danced from {start_s:g} s on: choose with --strip-from, "
            f"{START_S:.1f} or later."
        )
    return np.concatenate(sheets)
