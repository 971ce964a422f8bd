"""Can the cross-modal score be trusted? Every song judged once, by a score that never met it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from models.types import Array
from train.paper import cross_modal
from train.paper.cross_modal import Scorer, Segments
from train.paper.statistics import by_song, interval, ratio_of_ratios

REAL, RAND_SEQ, WITHIN = "real dance", "Rand Seq", "Rand Seq of the same style"
HELD, RAND_FRAME = "mean pose, held", "Rand Frame"
_ASKED = ((REAL, RAND_SEQ), (REAL, WITHIN), (HELD, RAND_SEQ), (RAND_FRAME, RAND_SEQ))
VALIDITY = tuple(f"{ours} / {others}" for ours, others in _ASKED)
OF_THE_REAL = VALIDITY[:2]  # what is held against the untrained
TRAINED = "trained"
Judged = dict[str, dict[str, float]]  # mean score by dancer, by song


def judge(scorer: Scorer, segments: Segments) -> Judged:
    """Mean score of each song danced by the real dancer, by chance, and by what is no dance.

    All chance and the mean pose are of the scorer's known dances. A song whose style none of them
    has is left out of `WITHIN`.
    """
    rng, count, known = np.random.default_rng(0), len(segments.song), scorer.known
    styles = [segments.styles[n] for n in segments.song]
    held = np.broadcast_to(known.dance.mean((0, 1)), segments.dance.shape)
    _, has_style = cross_modal.sequences_within(known, styles, rng)

    def drawn(draw: Callable[[], Array]) -> Array:
        draws = range(cross_modal.DRAWS)
        return mean(np.stack([scorer.scores(segments.music, draw()) for _ in draws]))

    def mean(scores: Array) -> Array:
        return by_song(scores, segments.song)

    means = {
        REAL: mean(scorer.scores(segments.music, segments.dance)),
        RAND_SEQ: drawn(lambda: cross_modal.random_sequences(known, count, rng)),
        WITHIN: drawn(lambda: cross_modal.sequences_within(known, styles, rng)[0]),
        HELD: mean(scorer.scores(segments.music, held)),
        RAND_FRAME: drawn(lambda: cross_modal.random_frames(known, count, rng)),
    }
    judged: Judged = {dancer: {} for dancer in means}
    for row, number in enumerate(np.unique(segments.song)):
        for dancer, scores in means.items():
            if dancer != WITHIN or has_style[segments.song == number].all():
                judged[dancer][segments.names[number]] = round(float(scores[row]), 5)
    return judged


def summary(judged: Mapping[str, Judged]) -> dict[str, Any]:
    """What the scores say, by score ("trained" and those that it is held against).

    Real over Rand Seq as a ratio is the score's validity; 1 or more of the mean pose and of Rand
    Frame says that it knows a dance from none. Last, the trained validity over the untrained ones.
    """
    found: dict[str, Any] = {}
    for score, songs in judged.items():
        found[score] = {
            f"{ours} / {others}": interval(*_paired(songs, ours, others)) for ours, others in _ASKED
        }
    trained = judged[TRAINED]
    found["over"] = {
        score: {
            f"{REAL} / {others}": ratio_of_ratios(
                _paired(trained, REAL, others), _paired(songs, REAL, others)
            )
            for others in (RAND_SEQ, WITHIN)
        }
        for score, songs in judged.items()
        if score != TRAINED
    }
    return found


def _paired(songs: Judged, ours: str, others: str) -> tuple[Array, Array]:
    """The scores of both for the songs that both have, by name."""
    names = sorted(songs[ours].keys() & songs[others].keys())
    one, other = ([songs[dancer][name] for name in names] for dancer in (ours, others))
    return np.array(one), np.array(other)
