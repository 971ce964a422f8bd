"""Whether what was exported is what was trained: its weights, and what it answers.

Weights are compared one by one, number for number: a choice or a mask can hide what is wrong with
them. Answers are compared by the share of the range through which each of them goes, before
anything cuts or rounds them (`export/watch.py`): an answer near nothing is compared as well.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from torch import Tensor

from models import spec
from models.band import songs
from models.types import Array

TOLERANCE = 2e-5  # of the range of an answer
PICTURE_TOLERANCE = 1e-4  # of the range of a colour, a mask or a shadow
LEAST_SHOWN = 0.02  # five grey levels: a colour that changes by less is judged as if by so much
CLIP_CHUNKS = 200
# Style, seed and gain of the clips of music: fours and a three, loud to soft.
_MUSIC = (("house", 5, 2.0), ("latin", 4, 0.5), ("waltz", 3, 0.25), ("drums", 4, 1.0))

Pair = tuple[Array, Array]  # what the trained network answers, and the exported one; equal shapes


class ParityError(Exception):
    """The exported network differs from the trained one by more than is allowed."""


@cache
def parity_clips(n_chunks: int) -> dict[str, Array]:
    """What parity is judged on, (T, S) each: noise in bursts with silence between, and music."""
    rng = np.random.default_rng(5)
    bursts = rng.normal(0, 0.1, (n_chunks, spec.CHUNK_SAMPLES)).astype(np.float32)
    bursts *= (np.arange(n_chunks) % 50 < 35)[:, None]
    seconds = n_chunks * spec.CHUNK_SECONDS
    clips = {"bursts": bursts}
    for style, seed, gain in _MUSIC:
        music = songs.make_song(seed, style, seconds=seconds, rate=spec.SAMPLE_RATE).mono * gain
        chunks = music[: n_chunks * spec.CHUNK_SAMPLES].reshape(n_chunks, -1)
        clips[style] = chunks.clip(-1, 1).astype(np.float32)
    return clips


def compare_weights(what: str, onnx: bytes, tensors: Mapping[str, Tensor], within: str) -> None:
    """Every weight of the exported file is the trained one: `within` + its name in `tensors`.

    Raises ParityError naming the first that is not.
    """
    from onnx import load_from_string, numpy_helper

    kept = {i.name: numpy_helper.to_array(i) for i in load_from_string(onnx).graph.initializer}
    trained = {within + name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
    for name, values in kept.items():
        if name not in trained and values.dtype.kind != "f":
            continue  # a picture that the graph was given beside the weights
        if name not in trained or not np.array_equal(values, trained[name]):
            raise ParityError(
                f"The exported {what} has other weights than the trained one ({name}): "
                "nothing was written."
            )
    if not kept.keys() & trained.keys():
        raise ParityError(f"The exported {what} has none of the trained weights.")


class Answers:
    """What both networks answer, gathered; each of N things (..., N, U) is judged by itself."""

    def __init__(self, what: str, tolerance: float = TOLERANCE, least: float = 0.0) -> None:
        """A range below `least` is taken to be that."""
        self._what, self._tolerance, self._least = what, tolerance, least
        self._found: dict[str, tuple[Array, Array, Array]] = {}  # lowest, highest, apart, (N, U)

    def add(self, **pairs: Pair) -> None:
        """By the answer's name. Its things (N) may have several coordinates (U) in one unit."""
        for name, (trained, exported) in pairs.items():
            axes = tuple(range(trained.ndim - 2))
            low, high = trained.min(axes), trained.max(axes)
            apart = np.abs(exported - trained).max(axes)
            before = self._found.get(name, (low, high, apart))
            self._found[name] = (
                np.minimum(before[0], low),
                np.maximum(before[1], high),
                np.maximum(before[2], apart),
            )

    def judged(self) -> dict[str, float]:
        """Largest difference of each answer, share of the range of that thing.

        Raises ParityError when one is more than the tolerance.
        """
        found: dict[str, float] = {}
        for name, (low, high, apart) in self._found.items():
            # What never moves must be equal; what is no number is not allowed.
            least = max(self._least, np.finfo(np.float32).tiny)
            ranges = np.maximum((high - low).max(-1), least)
            share = float((apart.max(-1) / ranges).max())
            if not share <= self._tolerance:
                raise ParityError(
                    f"The exported {self._what} differs from the trained one: {name} is "
                    f"{share:.1e} of its range off (allowed: {self._tolerance:.0e}), "
                    "nothing was written."
                )
            found[name] = float(f"{share:.2e}")
        return found


def compare_stepped(what: str, run: Callable[[int, Array], dict[str, Pair]]) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: `Answers.judged` of all of them.

    `run` takes the number of a clip and its chunks (T, S) and gives, by name, what torch says of
    the whole and what the file said step by step. Raises ParityError, also when another choice on
    the way makes them differ.
    """
    answers = Answers(what)
    for number, clip in enumerate(parity_clips(CLIP_CHUNKS).values()):
        answers.add(**run(number, clip))
    return answers.judged()
