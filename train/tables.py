"""The paper's Table 2 on our data: `python -m train.tables SONGS`, from the dances of an ablation.

In: runs/ablation (train.ablation), runs/crnn, runs/cross_modal. Out: table.json, table.md, and
dances.jpg, the same piece of music in every row. Every dance is judged in pieces of 5 s, as the
paper's network makes them.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import bundle, spec
from models.bundle import BundleError
from models.engines import EngineError
from models.nets.checkpoint import CheckpointError
from models.nets.crnn import load_crnn
from models.painting import NetworkPainter
from models.skeleton import Body
from train import alignment, cross_modal, distances
from train.ablation import DANCES, TAKES, learned_sample
from train.alignment import Alignment
from train.config import ABLATION
from train.cross_modal import Pieces, Scorer
from train.data import DataError, Song, load_songs, unseen
from train.judging import beat_times
from train.painted_sheet import painted_sheet
from train.performing import CHECKPOINT, FIRST_POSE_S, Show, controls_for, open_dance

Array = NDArray[Any]

OUT = Path("runs/tables")
RAND_SEQ, RAND_FRAME, REAL = "Rand Seq", "Rand Frame", "real dancer"
HELD = "mean pose, held"
BASELINES = frozenset({HELD, RAND_FRAME, RAND_SEQ})
_FOUR = {
    "l1": "L1", "global": "+ Global D", "local": "+ Local D", "full": "+ pose perceptual loss",
}  # fmt: skip
TITLES = {
    **_FOUR,
    "live": "full, one way (live)",
    "log-mel": "full, log-mel",
    **{f"{name}-dropout": f"{title}, dropout" for name, title in _FOUR.items()},
}
# What is compared song by song: what each part adds, all of it together, and the variants.
_ADDS = (("global", "l1"), ("local", "global"), ("full", "local"), ("full", "l1"))
PAIRS = (
    *_ADDS,
    ("live", "full"), ("log-mel", "full"), ("l1-dropout", "l1"), ("full-dropout", "full"),
    *((f"{one}-dropout", f"{other}-dropout") for one, other in _ADDS),
)  # fmt: skip
PICTURES = 60  # of each row, for BRISQUE
SHOWN = (*_FOUR.values(), TITLES["live"])  # conditions in dances.jpg
SHOWN_EVERY = 5  # poses of a piece
# What the paper prints: cross-modal score and BRISQUE.
PAPER: dict[str, tuple[float, float | None]] = {
    RAND_FRAME: (0.151, None), RAND_SEQ: (0.204, None), TITLES["l1"]: (0.312, 40.66),
    TITLES["global"]: (0.094, 40.93), TITLES["local"]: (0.068, 41.46),
    TITLES["full"]: (0.046, 41.11),
}  # fmt: skip


@dataclass
class Row:
    """One line of the table: takes of the pieces of all unseen songs."""

    title: str
    takes: Array  # (N, P, 50, 18, 2), pieces in the order of `Pieces`
    learned: Array | None = None  # the same of songs that it learned from
    runs: list[str] = field(default_factory=list)  # trainings; the takes are theirs in equal parts
    steps: list[int] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stand:
    """Songs that are danced to, and their pieces."""

    songs: list[Song]
    pieces: Pieces

    def of(self, danced: Mapping[str, Array]) -> Array:
        """Dances (N, P, 50, 18, 2) by song -> all pieces in their order.

        Raises KeyError when a song is missing.
        """
        parts: list[Array] = []
        for number, song in enumerate(self.songs):
            count = int((self.pieces.song == number).sum())
            parts.append(danced[song.name][:, :count])
        return np.concatenate(parts, 1).astype(np.float32)


def conditions(folder: Path, unlearned: Stand, learned: Stand) -> list[Row]:
    """A row of each condition that has danced, all its seeds taken together.

    Raises DataError when a file of dances is damaged or of other songs.
    """
    rows: list[Row] = []
    for condition in ABLATION:
        row = Row(TITLES[condition], np.empty(0))
        takes, by_heart = list[Array](), list[Array]()
        for path in sorted(folder.glob(f"{condition}-[0-9]*/{DANCES}")):
            try:
                with np.load(path) as file:
                    takes.append(unlearned.of(file))
                    by_heart.append(learned.of(file))
                    row.steps.append(int(file["step"]))
            except (OSError, KeyError, ValueError) as error:
                raise DataError(f"{path} holds no dances of these songs ({error!r}).") from error
            row.runs.append(path.parent.name)
        if takes:
            row.takes, row.learned = np.concatenate(takes), np.concatenate(by_heart)
            rows.append(row)
    return rows


def shipped(name: str, unlearned: Stand) -> Row:
    """A bundle danced over whole songs as on stage, cut into the pieces.

    Raises BundleError, EngineError or CheckpointError.
    """
    dance = open_dance(name)
    danced: dict[str, Array] = {}
    for song in unlearned.songs:
        told = controls_for(song.audio, song.beats, song.beats_per_bar, Show())
        poses = dance.perform(song.audio, told, list(range(TAKES)), Show().temperature)
        whole = poses.shape[1] // spec.PIECE_CHUNKS * spec.PIECE_CHUNKS
        danced[song.name] = poses[:, :whole].reshape(TAKES, -1, spec.PIECE_CHUNKS, *poses.shape[2:])
    return Row(dance.name, unlearned.of(danced))


def baselines(unlearned: Pieces, known: Pieces) -> list[Row]:
    """The real dancer, the known mean pose, Rand Frame and Rand Seq with the paper's ten draws."""
    rng, count = np.random.default_rng(0), len(unlearned.song)
    draws = range(cross_modal.DRAWS)
    held = np.broadcast_to(known.dance.mean((0, 1)), unlearned.dance.shape)
    return [
        Row(REAL, unlearned.dance[None]),
        Row(HELD, held[None]),
        Row(RAND_FRAME, np.stack([cross_modal.random_frames(known, count, rng) for _ in draws])),
        Row(RAND_SEQ, np.stack([cross_modal.random_sequences(known, count, rng) for _ in draws])),
    ]


def add_strict(rows: list[Row], scorer: Scorer, unlearned: Pieces) -> None:
    """The ratio again by a score to which averages of dances are no dances."""
    others = _by_song(next(row.takes for row in rows if row.title == RAND_SEQ), scorer, unlearned)
    for row in rows:
        ours = _by_song(row.takes, scorer, unlearned)
        row.figures["strict"] = cross_modal.interval(ours, others)
        if len(row.runs) > 1:
            row.figures["strict_by_run"] = _by_run(row, scorer, unlearned, others)


def add_cross_modal(rows: list[Row], scorer: Scorer, unlearned: Pieces) -> None:
    """The score of every row, and as a ratio to Rand Seq with 95 % over the songs."""
    found: dict[str, Array] = {}
    for row in rows:
        scores = np.stack([scorer.scores(unlearned.music, take) for take in row.takes])
        found[row.title] = cross_modal.by_song(scores, unlearned.song)
        row.figures["score"] = round(float(found[row.title].mean()), 4)
        row.figures["spread_of_takes"] = round(float(scores.mean(1).std()), 4)
    for row in rows:
        row.figures["cross_modal"] = cross_modal.interval(found[row.title], found[RAND_SEQ])
        if len(row.runs) > 1:
            row.figures["ratio_by_run"] = _by_run(row, scorer, unlearned, found[RAND_SEQ])


def add_learned(rows: list[Row], scorer: Scorer, learned: Pieces) -> None:
    """The same ratio on songs that were learned from: what a condition knows by heart."""
    rng, count = np.random.default_rng(1), len(learned.song)
    drawn = [
        cross_modal.random_sequences(scorer.known, count, rng) for _ in range(cross_modal.DRAWS)
    ]
    others = _by_song(np.stack(drawn), scorer, learned)
    for row in rows:
        if row.learned is not None:
            ours = _by_song(row.learned, scorer, learned)
            row.figures["learned"] = cross_modal.interval(ours, others)


def add_distance(rows: list[Row], unlearned: Pieces, learned: Pieces) -> None:
    """Mean distance of a joint to where the true dance has it, body units: how much is by heart."""
    for row in rows:
        found = [_distance(row.takes, unlearned.dance)]
        if row.learned is not None:
            found.append(_distance(row.learned, learned.dance))
        row.figures["distance"] = found


def _distance(takes: Array, truth: Array) -> float:
    return round(float(np.nanmean(np.linalg.norm(takes - truth, axis=-1))), 3)


def _by_song(takes: Array, scorer: Scorer, pieces: Pieces) -> Array:
    """Mean score of each song."""
    scores = np.stack([scorer.scores(pieces.music, take) for take in takes])
    return cross_modal.by_song(scores, pieces.song)


def _by_run(row: Row, scorer: Scorer, pieces: Pieces, others: Array) -> list[float]:
    """The ratio to the others' means of songs of each training by itself."""
    each = np.split(row.takes, len(row.runs))
    return [round(float(_by_song(t, scorer, pieces).mean() / others.mean()), 4) for t in each]


def pairs(rows: list[Row], scorer: Scorer, unlearned: Pieces) -> dict[str, dict[str, float]]:
    """One condition over another of as many steps, song by song, with 95 % over the songs."""
    found = {row.title: row for row in rows}
    compared: dict[str, dict[str, float]] = {}
    for ours, theirs in PAIRS:
        row, other = found.get(TITLES[ours]), found.get(TITLES[theirs])
        if row is None or other is None or set(row.steps) != set(other.steps):
            continue
        compared[f"{row.title} / {other.title}"] = cross_modal.interval(
            _by_song(row.takes, scorer, unlearned), _by_song(other.takes, scorer, unlearned)
        )
    return compared


def add_motion(rows: list[Row], songs: list[Song], unlearned: Pieces, known: Pieces) -> None:
    """FID and diversity as ratios to the real dancer of the unseen songs, and beat alignment."""
    spaces = {
        letter: distances.FeatureSpace.of(features)
        for letter, features in distances.features_of(list(known.dance)).items()
    }
    real: dict[str, float] = {}
    for row in rows:
        measured: dict[str, list[float]] = {}
        for take in row.takes:
            for letter, features in distances.features_of(list(take)).items():
                space = spaces[letter]
                measured.setdefault(f"fid_{letter}", []).append(space.distance(features))
                measured.setdefault(f"diversity_{letter}", []).append(space.diversity(features))
        means = {key: float(np.mean(values)) for key, values in measured.items()}
        real = real or means  # the first row is the real dancer's
        row.figures |= {key: round(value / real[key], 3) for key, value in means.items()}
        row.figures["beat"] = _alignment(row, songs, unlearned)


def _alignment(row: Row, songs: list[Song], unlearned: Pieces) -> dict[str, float]:
    """Accents of each piece by itself, against the beats of the song."""
    found: list[Alignment] = []
    for number, song in enumerate(songs):
        rows = np.flatnonzero(unlearned.song == number)
        seconds = len(rows) * spec.PIECE_CHUNKS * spec.CHUNK_SECONDS
        beats = beat_times(song) - FIRST_POSE_S
        for take in row.takes:
            times = np.concatenate([
                alignment.accents(alignment.finer(take[piece]))
                + place * spec.PIECE_CHUNKS * spec.CHUNK_SECONDS
                for place, piece in enumerate(rows)
            ])  # fmt: skip
            aligned = alignment.align(times, beats, seconds, number)
            if aligned is not None:
                found.append(aligned)
    pooled = alignment.pooled(found)
    return {key: round(pooled[key], 4) for key in ("bas_ratio", "bas_p") if key in pooled}


def open_painter(target: str) -> tuple[NetworkPainter, Body]:
    """A trained person and their body.

    Raises BundleError or EngineError.
    """
    found = bundle.find("target", target)
    return NetworkPainter(found.network("int8", "fp32")[0]), found.manifest.body


def add_brisque(rows: list[Row], painter: NetworkPainter, body: Body) -> None:
    """BRISQUE of pictures of a trained person in poses of each row, lower is better."""
    from models.nets.likeness import person_box
    from train.brisque import brisque

    for row in rows:
        poses = row.takes.reshape(-1, *row.takes.shape[3:])
        chosen = poses[np.linspace(0, len(poses) - 1, PICTURES).astype(int)]
        whole, person = list[float](), list[float]()
        for pose in chosen:
            joints = body.place(pose).astype(np.float32)
            picture = painter.whole(joints)
            whole.append(brisque(picture))
            person.append(brisque(np.ascontiguousarray(picture[person_box(joints, len(picture))])))
        row.figures["brisque"] = round(float(np.mean(whole)), 2)
        row.figures["brisque_person"] = round(float(np.mean(person)), 2)


def save_sheet(rows: list[Row], painter: NetworkPainter, body: Body, path: Path) -> None:
    """One piece of music, danced by the real dancer and what learned to, painted as one person."""
    import cv2

    hidden = BASELINES | {title for title in TITLES.values() if title not in SHOWN}
    shown = [row for row in rows if row.title not in hidden]
    piece = len(rows[0].takes[0]) // 2
    poses = {row.title: row.takes[0, piece, ::SHOWN_EVERY] for row in shown}
    sheet = painted_sheet(poses, painter, body)
    cv2.imwrite(str(path), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def _ratio(found: dict[str, float]) -> str:
    return f"{found['ratio']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def markdown(rows: Iterable[Row]) -> str:
    """The table as the docs show it."""
    lines = [
        "| | paper: cross-modal, ratio to Rand Seq | ours, ratio to Rand Seq (95 % over songs) "
        "| the same, strictly | ours, on songs it learned from "
        "| joint to true joint, units, on songs unseen; learned "
        "| paper: BRISQUE | ours: BRISQUE (the person alone) "
        "| beat alignment / chance | FID_k; FID_g / real | diversity of motion; shapes / real "
        "| trainings |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = row.figures
        printed, naturalness = PAPER.get(row.title, (None, None))
        cells = [
            row.title,
            "" if printed is None else f"{printed / PAPER[RAND_SEQ][0]:.2f}",
            *(_ratio(figures[key]) if key in figures else "" for key in ("cross_modal", "strict")),
            f"{figures['learned']['ratio']:.2f}" if "learned" in figures else "",
            "; ".join(f"{value:.2f}" for value in figures["distance"]),
            "" if naturalness is None else f"{naturalness}",
            f"{figures['brisque']} ({figures['brisque_person']})" if "brisque" in figures else "",
            f"{figures['beat']['bas_ratio']:.2f}" if figures["beat"] else "-",
            f"{figures['fid_k']:.1f}; {figures['fid_g']:.1f}",
            f"{figures['diversity_k']:.2f}; {figures['diversity_g']:.2f}",
            f"{len(row.runs)} of {min(row.steps):,} steps" if row.runs else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def markdown_of_pairs(compared: Mapping[str, Mapping[str, dict[str, float]]]) -> str:
    """The pairs as the docs show them; by score, then by pair."""
    lines = ["| | paper | " + " | ".join(compared) + " |", "|---" * (2 + len(compared)) + "|"]
    for pair in dict.fromkeys(name for found in compared.values() for name in found):
        ours, theirs = pair.split(" / ")
        printed = f"{PAPER[ours][0] / PAPER[theirs][0]:.2f}" if {ours, theirs} <= set(PAPER) else ""
        cells = [_ratio(found[pair]) if pair in found else "" for found in compared.values()]
        lines.append(f"| {pair} | {printed} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.tables", description=__doc__)
    parser.add_argument("data", type=Path, help="prepared songs")
    parser.add_argument("--ablation", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--crnn", type=Path, default=cross_modal.CRNN_OUT)
    parser.add_argument("--cross-modal", type=Path, default=cross_modal.OUT)
    parser.add_argument("--strict", type=Path, default=cross_modal.STRICT)
    parser.add_argument("--dance", nargs="*", default=["ballroom"], help="bundles to stand beside")
    parser.add_argument("--target", default="alice", help="who is painted for BRISQUE")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(argv)
    try:
        songs = load_songs(args.data)
        crnn, _ = load_crnn(args.crnn / cross_modal.DESCRIBER / CHECKPOINT)
        scorer = cross_modal.load_scorer(songs, crnn, args.cross_modal)
        judged, heard = unseen(songs), learned_sample(songs)
        unlearned, learned = cross_modal.gather(judged, crnn), cross_modal.gather(heard, crnn)
        stand = Stand(judged, unlearned)
        rows = baselines(unlearned, scorer.known)
        rows += conditions(args.ablation, stand, Stand(heard, learned))
        rows += [shipped(name, stand) for name in args.dance]
        add_distance(rows, unlearned, learned)
        add_cross_modal(rows, scorer, unlearned)
        add_learned(rows, scorer, learned)
        strict = None
        if (args.strict / CHECKPOINT).exists():
            strict = cross_modal.load_scorer(songs, crnn, args.strict)
            add_strict(rows, strict, unlearned)
        add_motion(rows, judged, unlearned, scorer.known)
        painter, body = open_painter(args.target)
        add_brisque(rows, painter, body)
        judges = {"the paper's score": scorer} | ({"strictly": strict} if strict else {})
        compared = {name: pairs(rows, judge, unlearned) for name, judge in judges.items()}
    except (DataError, CheckpointError, BundleError, EngineError) as error:
        raise SystemExit(f"train.tables: {error}") from error
    args.out.mkdir(parents=True, exist_ok=True)
    save_sheet(rows, painter, body, args.out / "dances.jpg")
    table = markdown(rows) + "\n" + markdown_of_pairs(compared)
    (args.out / "table.md").write_text(table, encoding="utf-8")
    facts = {
        "songs": [song.name for song in judged],
        "pieces": len(unlearned.song),
        "pairs": compared,
        "rows": {row.title: row.figures | {"runs": row.runs, "steps": row.steps} for row in rows},
    }
    text = json.dumps(facts, indent=1)
    (args.out / "table.json").write_text(text + "\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
