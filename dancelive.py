"""dancelive in your own program: 0.1 s of sound in; poses, the beat and a picture out.

Needs neither torch nor a window, starts no thread and opens no device, but for puppets that a
graphics chip draws. Importing it is instant: the networks are loaded when a Dancer or a Target is
made. See docs/library.md.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from models.types import Array

__all__ = ["CHUNK_SAMPLES", "SAMPLE_RATE", "Beat", "Dancer", "Picture", "Step", "Target"]

SAMPLE_RATE = 16_000  # Hz, of the sound that a Dancer hears
CHUNK_SAMPLES = 1_600  # 0.1 s: what it hears at a time


class Beat(NamedTuple):
    """What was heard up to the end of a chunk."""

    bpm: float  # 0 while unknown
    phase: float | None  # 0..1 of a beat; None while unknown
    bar_phase: float | None  # 0..1 of a bar
    beats_per_bar: int  # 3 or 4
    confidence: float  # 0..1
    level: float  # 0..1, loudness on a scale from -60 to 0 dBFS


class Step(NamedTuple):
    """Where the body will be after one more chunk, and the beat."""

    times: "Array"  # float64 (H,) s since the first chunk began, at which each pose is due
    poses: "Array"  # float32 (H, 18, 2) body units, x right, y down, joints in COCO order
    beat: Beat


class Picture(NamedTuple):
    """A painted person; colours are not multiplied by alpha."""

    image: "Array"  # uint8 (size, size, 3) RGB, the person in their own place
    alpha: "Array"  # uint8 (size, size), 255 where the person is


class Dancer:
    """Dances to sound, one chunk of 0.1 s after the other."""

    def __init__(self, dance: str = "ballroom", style: str = "auto", seed: int = 0) -> None:
        """`dance` is a bundle's name or path, `style` as on the command line.

        Raises models.bundle.BundleError, live.dance.dancer.StyleError or
        models.runtime.engines.EngineError, each one sentence.
        """
        from live.core.settings import Settings
        from live.dance.performer import open_performer
        from live.dance.tween import Tween

        self._performer = open_performer(Settings(dance=dance, style=style, seed=seed))
        self._tween = Tween()
        self._n_chunks = 0

    def step(self, samples: "Array") -> Step:
        """Hear the next chunk: `samples` float32 (1600,), mono, -1..1, 16 kHz.

        Raises ValueError for another shape.
        """
        import numpy as np

        from live.core.messages import AudioChunk

        sound = np.asarray(samples, np.float32)
        if sound.shape != (CHUNK_SAMPLES,):
            raise ValueError(f"A chunk is {CHUNK_SAMPLES} mono samples, not {sound.shape}.")
        beat, plan = self._performer.hear(AudioChunk(self._n_chunks, sound, 0.0))
        self._tween.add(plan)
        self._n_chunks += 1
        heard = Beat(
            beat.bpm,
            beat.beat_phase,
            beat.bar_phase,
            beat.beats_per_bar,
            beat.confidence,
            beat.level,
        )
        return Step(plan.times, plan.joints, heard)

    def pose(self, time: float) -> "Array":
        """The body at `time` s since the first chunk began, float32 (18, 2) body units.

        Smooth between the steps; final up to 0.1 s after the last chunk's end.
        """
        return self._tween.at(time).joints

    def reset(self) -> None:
        """Forget the music; the dancer stands and time begins at 0."""
        self._performer.reset()
        self._tween.clear()
        self._n_chunks = 0


class Target:
    """A trained person, or `skeleton`."""

    def __init__(self, target: str = "alice", engine: str = "auto") -> None:
        """`target` is a bundle's name or path, `engine` as on the command line.

        Raises models.bundle.BundleError or models.runtime.engines.EngineError, each one sentence.
        """
        from live.core.settings import Settings
        from live.picture.screen import open_screen

        self._painter = open_screen(Settings(engine=engine), target).painter
        self.size = self._painter.size  # px, of the square picture

    def place(self, pose: "Array") -> "Array":
        """A pose in body units -> 0..1 of the picture, on this person's bones, (18, 2).

        Raises ValueError for another shape.
        """
        return self._painter.place(_checked(pose))

    def paint(self, pose: "Array") -> Picture:
        """The person in a pose of body units (18, 2). Raises ValueError for another shape."""
        import numpy as np

        window = self._painter.paint(self.place(pose))
        alpha = np.zeros((self.size, self.size), np.uint8)
        alpha[window.area] = window.alpha
        return Picture(window.whole(self._painter.plate), alpha)


def _checked(pose: "Array") -> "Array":
    import numpy as np

    body = np.asarray(pose, np.float32)
    if body.shape != (18, 2):
        raise ValueError(f"A pose is 18 joints of x and y, not {body.shape}.")
    return body
