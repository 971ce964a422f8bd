"""The figures of every row of the paper's tables."""

import numpy as np

from models import bundle, spec
from models.puppet.painter import PersonPainter, open_on_processor
from models.skeleton import Body
from models.types import Array
from train.dance_eval import beat_alignment, fid
from train.dance_eval.beat_alignment import Alignment
from train.dance_eval.dance_metrics import beat_times
from train.dance_eval.perform import FIRST_POSE_S
from train.paper import cross_modal
from train.paper.cross_modal import Scorer, Segments
from train.paper.statistics import by_song, interval
from train.paper.tables.dance_sheet import painted_sheet
from train.paper.tables.rows import BASELINES, FOUR, TITLES, Row
from train.paper.validity import RAND_SEQ
from train.songs.song import Song

# What is compared song by song: what each part adds, all of it together, and the variants.
_ADDS = (("global", "l1"), ("local", "global"), ("full", "local"), ("full", "l1"))
PAIRS = (
    *_ADDS,
    ("live", "full"), ("log-mel", "full"), ("l1-dropout", "l1"), ("full-dropout", "full"),
    *((f"{one}-dropout", f"{other}-dropout") for one, other in _ADDS),
)  # fmt: skip
PICTURES = 60  # of each row, for BRISQUE
SHOWN = (*FOUR.values(), TITLES["live"])  # conditions in dances.jpg
SHOWN_EVERY = 5  # poses of a segment
PICTURE_PX = 256  # of whoever can be painted at any size, so that BRISQUE can be compared


def add_score(rows: list[Row], key: str, scorer: Scorer, unlearned: Segments) -> None:
    """A score of every row as a ratio to Rand Seq with 95 % over the songs, under `key`.

    KEY_by_song is the mean score of each song, KEY_by_run the ratio of each training by itself.
    """
    found = {row.title: _by_song(row.takes, scorer, unlearned) for row in rows}
    for row in rows:
        row.figures[key] = interval(found[row.title], found[RAND_SEQ])
        row.figures[f"{key}_by_song"] = [round(float(v), 5) for v in found[row.title]]
        if len(row.runs) > 1:
            row.figures[f"{key}_by_run"] = _by_run(row, scorer, unlearned, found[RAND_SEQ])


def add_learned(rows: list[Row], scorer: Scorer, learned: Segments) -> None:
    """The same ratio on songs that were learned from: what a condition knows by heart."""
    rng, count = np.random.default_rng(1), len(learned.song)
    drawn = [
        cross_modal.random_sequences(scorer.known, count, rng) for _ in range(cross_modal.DRAWS)
    ]
    others = _by_song(np.stack(drawn), scorer, learned)
    for row in rows:
        if row.learned is not None:
            ours = _by_song(row.learned, scorer, learned)
            row.figures["learned"] = interval(ours, others)


def add_distance(rows: list[Row], unlearned: Segments, learned: Segments) -> None:
    """Mean distance of a joint to where the true dance has it, body units: how much is by heart."""
    for row in rows:
        found = [_distance(row.takes, unlearned.dance)]
        if row.learned is not None:
            found.append(_distance(row.learned, learned.dance))
        row.figures["distance"] = found


def _distance(takes: Array, truth: Array) -> float:
    return round(float(np.nanmean(np.linalg.norm(takes - truth, axis=-1))), 3)


def _by_song(takes: Array, scorer: Scorer, segments: Segments) -> Array:
    """Mean score of each song."""
    scores = np.stack([scorer.scores(segments.music, take) for take in takes])
    return by_song(scores, segments.song)


def _by_run(row: Row, scorer: Scorer, segments: Segments, others: Array) -> list[float]:
    """The ratio to the others' means of songs of each training by itself."""
    each = np.split(row.takes, len(row.runs))
    return [round(float(_by_song(t, scorer, segments).mean() / others.mean()), 4) for t in each]


def pairs(rows: list[Row], scorer: Scorer, unlearned: Segments) -> dict[str, dict[str, float]]:
    """One condition over another of as many steps, song by song, with 95 % over the songs."""
    found = {row.title: row for row in rows}
    compared: dict[str, dict[str, float]] = {}
    for ours, theirs in PAIRS:
        row, other = found.get(TITLES[ours]), found.get(TITLES[theirs])
        if row is None or other is None or set(row.steps) != set(other.steps):
            continue
        compared[f"{row.title} / {other.title}"] = interval(
            _by_song(row.takes, scorer, unlearned), _by_song(other.takes, scorer, unlearned)
        )
    return compared


def add_motion(rows: list[Row], songs: list[Song], unlearned: Segments, known: Segments) -> None:
    """FID and diversity as ratios to the real dancer of the unseen songs, and beat alignment."""
    spaces = {
        letter: fid.FeatureSpace.of(features)
        for letter, features in fid.features_of(list(known.dance)).items()
    }
    real: dict[str, float] = {}
    for row in rows:
        measured: dict[str, list[float]] = {}
        for take in row.takes:
            for letter, features in fid.features_of(list(take)).items():
                space = spaces[letter]
                measured.setdefault(f"fid_{letter}", []).append(space.distance(features))
                measured.setdefault(f"diversity_{letter}", []).append(space.diversity(features))
        means = {key: float(np.mean(values)) for key, values in measured.items()}
        real = real or means  # the first row is the real dancer's
        row.figures |= {key: round(value / real[key], 3) for key, value in means.items()}
        row.figures["beat"] = _alignment(row, songs, unlearned)


def _alignment(row: Row, songs: list[Song], unlearned: Segments) -> dict[str, float]:
    """Accents of each segment by itself, against the beats of the song."""
    found: list[Alignment] = []
    for number, song in enumerate(songs):
        rows = np.flatnonzero(unlearned.song == number)
        seconds = len(rows) * spec.SEGMENT_CHUNKS * spec.CHUNK_SECONDS
        beats = beat_times(song) - FIRST_POSE_S
        for take in row.takes:
            times = np.concatenate([
                beat_alignment.accents(beat_alignment.finer(take[segment]))
                + place * spec.SEGMENT_CHUNKS * spec.CHUNK_SECONDS
                for place, segment in enumerate(rows)
            ])  # fmt: skip
            aligned = beat_alignment.align(times, beats, seconds, number)
            if aligned is not None:
                found.append(aligned)
    pooled = beat_alignment.pooled(found)
    return {key: round(pooled[key], 4) for key in ("bas_ratio", "bas_p") if key in pooled}


def open_painter(target: str) -> tuple[PersonPainter, Body]:
    """A trained person and their body.

    Raises BundleError, EngineError or OldRendererError.
    """
    found = bundle.find("target", target)
    return open_on_processor(found, size=PICTURE_PX), found.manifest.body


def add_brisque(rows: list[Row], painter: PersonPainter, body: Body) -> None:
    """BRISQUE of pictures of a trained person in poses of each row, lower is better."""
    from models.image_similarity import person_box
    from train.picture_eval.brisque import brisque

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


def sheet(rows: list[Row], painter: PersonPainter, body: Body) -> Array:
    """One segment of music, danced by the real dancer and by networks, as one person: RGB."""
    hidden = BASELINES | {title for title in TITLES.values() if title not in SHOWN}
    shown = [row for row in rows if row.title not in hidden]
    segment = len(rows[0].takes[0]) // 2
    poses = {row.title: row.takes[0, segment, ::SHOWN_EVERY] for row in shown}
    return painted_sheet(poses, painter, body)
