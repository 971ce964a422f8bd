"""An evaluation on paper: report.json for programs, report.html for people, a few lines to read."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from train.dance_eval import plots
from train.dance_eval.dance_metrics import START_S
from train.dance_eval.results import Column, Evaluation
from train.dance_eval.stick_figures import contact_sheet
from train.run import html as page
from train.songs.song import DataError

SHEET_FROM, SHEET_TO, SHEET_STEP = 0, 50, 3  # poses of the measured part: 5 s
RAND_SEQ = "Rand Seq"

# key of the report -> what it is called, and what would be best
TABLES: dict[str, list[tuple[str, str, str]]] = {
    "On the beat": [
        ("bas_ratio", "beat alignment per accent (chance = 1)", "higher"),
        ("bas_p", "share of 1,000 shifts as good", "lower"),
        ("bas", "score per accent", ""),
        ("bas_beats_ratio", "beat alignment per music beat (chance = 1)", "higher"),
        ("bas_beats_p", "share of shifts as good", "lower"),
        ("bas_beats", "score per music beat", ""),
        ("offset_s", "accents late (+) or early (-), median, s", "0"),
        ("hit", "music beats with an accent within 70 ms", "higher"),
        ("accents_a_beat", "accents a beat", "as real"),
    ],
    "Like the real dancers, as a crowd": [
        ("fid_k_ratio", "FID_k (motion) over that of the real ones", "to 1"),
        ("fid_k", "FID_k", "lower"),
        ("fid_g_ratio", "FID_g (shapes) over that of the real ones", "to 1"),
        ("fid_g", "FID_g", "lower"),
        ("diversity_k_ratio", "diversity of motion over the real ones'", "1"),
        ("diversity_g_ratio", "diversity of shapes over the real ones'", "1"),
    ],
    "Like the real dancer of the same song": [
        ("speed", "speed", "1"),
        ("accel", "acceleration", "1"),
        ("jerk", "jerk", "1"),
        ("jerk_60", "jerk at 60 Hz", "1"),
        ("spread", "room taken", "1"),
        ("spectrum", "energy in other frequencies", "0"),
        ("slide", "sliding of the standing foot", "1"),
        ("bone_change", "change of bone lengths", "1"),
        ("near", "distance to the nearest pose of the training", "1"),
    ],
    "By itself": [
        ("bone", "frames with a bone too long", "0"),
        ("freeze", "frozen", "0"),
        ("repeat", "resembles itself at the best lag (low: a loop)", "as real"),
        ("repeat_s", "that lag, s", ""),
    ],
    "When the music stops": [
        ("silence", "speed in silence, of the real dancer's", "0"),
        ("wakes_s", "moves again after, s", "lower"),
    ],
}
ABSOLUTE = {
    "speed": "units/s", "accel": "units/s²", "jerk": "units/s³",
    "jerk_60": "units/s³", "spread": "units",
    "slide": "units/s", "bone_change": "/s", "near": "units",
}  # fmt: skip
PER_SONG = ("bas_ratio", "bas_p", "offset_s", "speed", "accel", "jerk", "slide", "spectrum",
            "repeat", "near", "silence", "wakes_s")  # fmt: skip


def write(evaluation: Evaluation, folder: Path) -> list[str]:
    """Both files, and one beside each measured checkpoint; returns lines for the terminal.

    Raises DataError when the folder cannot be written or matplotlib is missing.
    """
    try:
        html = as_page(evaluation)
    except ImportError as error:
        raise DataError("The page needs matplotlib: `pip install 'dancelive[eval]'`.") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        facts = json.dumps(evaluation.as_json(), indent=1)
        (folder / "report.json").write_text(facts + "\n", encoding="utf-8")
        (folder / "report.html").write_text(html, encoding="utf-8")
        for path, figures in evaluation.beside_checkpoints().items():
            path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"The report cannot be written to {folder} ({error}).") from error
    keys = ("bas_ratio", "bas_p", "fid_k_ratio", "fid_g_ratio", "speed", "accel", "jerk", "slide",
            "repeat", "near", "silence")  # fmt: skip
    lines = [
        f"{column.name:26s}"
        + " ".join(f"{key}={page.cell(_value(column.overall, key))}" for key in keys)
        + (f"  missed: {', '.join(column.missed) or 'nothing'}" if column.kind == "dance" else "")
        for column in evaluation.columns
    ]
    return [*lines, str(folder / "report.html")]


def as_page(evaluation: Evaluation) -> str:
    """The whole report as one HTML file."""
    columns, metrics = evaluation.columns, evaluation.metrics
    dances = [column for column in columns if column.kind == "dance"]
    shown = [columns[0], *dances]
    with_chance = [*shown, *(column for column in columns if column.name == RAND_SEQ)]
    parts: list[str] = [_introduction(evaluation)]
    tables = {title: _table(title, columns, metrics.usual) for title in TABLES}
    parts += [page.section(title, made) for title, made in tables.items() if made]
    parts += [_trials(dances)] if any(column.loop for column in dances) else []
    parts += [
        page.section(
            "Accents over the beat",
            page.picture(
                plots.accents_over_beats(with_chance, metrics),
                "Where in the beat the accents of the motion fall, as multiples of chance; "
                "in brackets how many.",
            ),
            *(
                page.picture(
                    plots.strip(shown, metrics, song),
                    f"Ten seconds of {song}: speed, its accents (dots) and the beats (red).",
                )
                for song in metrics.real
            ),
        ),
        page.section(
            "Speed",
            page.picture(
                plots.speed_curves(shown, metrics), "Speed over whole songs, smoothed over 1 s."
            ),
            page.picture(plots.spectra(columns), "How much of the motion is how quick."),
        ),
        page.section("How it looks", *(_sheet(shown, song) for song in metrics.real)),
        page.section("Song by song", *_songs(dances)),
    ]
    if evaluation.facts["music"]:
        parts.append(page.section("Music that nobody has danced to", *_music(dances)))
    return page.page("Dances, measured", *parts)


def _introduction(evaluation: Evaluation) -> str:
    facts = evaluation.facts
    heard = {
        "heard": "the beat as the program's ear follows it",
        "grid": "the true beat told",
        "none": "no beat told",
        "live": "through the program itself, in real time, poses as shown",
        "shown": "through the program itself, poses as shown",
    }[facts["beat"]]
    songs = ", ".join(f"{name} ({seconds:.0f} s)" for name, seconds in facts["songs"].items())
    n_takes = len(facts["seeds"])
    takes = f"{n_takes} takes" if n_takes > 1 else "One take"
    rows = [
        (
            column.name,
            column.provenance or "the dance recorded with the song",
            (", ".join(column.missed) or "none") if column.kind == "dance" else None,
        )
        for column in evaluation.columns
    ]
    return page.section(
        "What was measured",
        f"Songs the dances never learned, from {START_S:.1f} s on: {songs}. {takes} of "
        f"each; {heard}. Compared with {facts['known_dances']} training dances. Ratios are to the "
        "real dancer of the same song unless it is said otherwise; docs/metrics.md has all "
        "definitions.",
        page.table(("dance", "what it is", "bars missed"), rows),
    )


def _table(title: str, columns: list[Column], usual: dict[str, float]) -> str | None:
    """None where nothing of it was measured."""
    head = ["", "best", *(column.name for column in columns)]
    rows: list[list[Any]] = []
    for key, label, best in TABLES[title]:
        if all(_value(column.overall, key) is None for column in columns):
            continue
        unit = f" ({usual[key]:.3g} {ABSOLUTE[key]})" if key in ABSOLUTE else ""
        values = [_value(column.overall, key) for column in columns]
        rows.append([label + unit, best, *values])
    return page.table(head, rows) if rows else None


def _trials(dances: Iterable[Column]) -> str:
    rows: list[list[Any]] = []
    for column in dances:
        loop, run = column.loop, column.endurance
        rows.append(
            [
                column.name,
                *(_value(loop, key) for key in ("bas_ratio", "offset_s", "speed", "repeat")),
                *(_value(run, key) for key in ("bent", "outside", "speed_first", "speed_last")),
            ]
        )
    head = (
        "", "drum loop: alignment", "offset, s", "units/s", "repeat",
        "five minutes: bent", "outside", "first minute, units/s", "last",
    )  # fmt: skip
    return page.section("On a drum loop, and after five minutes", page.table(head, rows))


def _songs(dances: Iterable[Column]) -> list[str]:
    parts: list[str] = []
    for column in dances:
        rows = [
            [song, *(_value(row, key) for key in PER_SONG)] for song, row in column.rows.items()
        ]
        parts += [column.name, page.table(("", *PER_SONG), rows)]
    return parts


def _music(dances: Iterable[Column]) -> list[str]:
    keys = ("bas_ratio", "bas_p", "bas_beats_ratio", "offset_s", "speed", "accel", "slide",
            "repeat")  # fmt: skip
    rows = [
        [f"{name}: {column.name}", *(_value(row, key) for key in keys)]
        for column in dances
        for name, row in column.music.items()
    ]
    note = "Beats by librosa's offline tracker; ratios to the mean of the real dancers above."
    return [note, page.table(("", *keys), rows)]


def _sheet(columns: list[Column], song: str) -> str:
    rows = {
        column.name: column.takes[song][0].poses[SHEET_FROM:SHEET_TO:SHEET_STEP]
        for column in columns
    }
    seconds = (SHEET_TO - SHEET_FROM) / 10
    said = f"{song}, {seconds:.0f} s from {START_S:.0f} s on; right limbs are red."
    return page.picture(contact_sheet(rows), said)


def _value(row: dict[str, float], key: str) -> float | None:
    """For a cell: three digits, none beyond a thousandth; None where nothing was measured."""
    value = row.get(key)
    if value is None or not np.isfinite(value):
        return None
    return round(float(f"{value:.3g}"), 3) + 0.0  # no "-0"
