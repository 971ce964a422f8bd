"""dancelive in your own program: 0.1 s of sound in; poses, the beat and a picture out.

Or a whole show, whose newest picture is there whenever it is asked for. Needs neither torch nor a
window; but for a Show and puppets that a graphics chip draws it starts no thread and opens no
device. Importing it is instant: the networks are loaded when a Dancer, a Target or a Show is made.
See docs/library.md.
"""

from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.core.messages import Beat as HeardBeat
    from live.core.messages import Frame
    from live.outputs.frame import OutputFrame
    from models.types import Array

__all__ = [
    "CHUNK_SAMPLES",
    "SAMPLE_RATE",
    "Beat",
    "Dancer",
    "Picture",
    "Seen",
    "Show",
    "Step",
    "Target",
]

SAMPLE_RATE = 16_000  # Hz, of the sound that a Dancer hears
CHUNK_SAMPLES = 1_600  # 0.1 s: what it hears at a time
_LOOK_S = 0.1  # between looks whether a show is over


class Beat(NamedTuple):
    """What was heard up to the end of a chunk; of a show, carried on to the time of a picture."""

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
        return Step(plan.times, plan.joints, _told(beat, (beat.beat_phase, beat.bar_phase)))

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

    def __init__(self, target: str = "alice", engine: str = "auto", size: int = 0) -> None:
        """`target` is a bundle's name or path, `engine` and `size` are as on the command line.

        Raises models.bundle.BundleError or models.runtime.engines.EngineError, each one sentence.
        """
        from live.core.settings import Settings
        from live.picture.screen import open_screen

        self._painter = open_screen(Settings(engine=engine, size=size), target).painter
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


class Seen:
    """What is to be seen of a show at one time. Arrays are never to be written."""

    def __init__(self, frame: "OutputFrame", dancers: "Array", beat: Beat) -> None:
        self.time = frame.time  # s of sound that were heard since the show began
        # float32 (N, 18, 2), 0..1 of the picture, origin top left, y down
        self.dancers = dancers
        self.joints = dancers[0]  # of the first
        self.beat = beat
        self._frame = frame

    @property
    def rgba(self) -> "Array":
        """uint8 (H, W, 4), colours multiplied by alpha; made when it is first asked for."""
        return self._frame.rgba

    @property
    def straight_rgba(self) -> "Array":
        """The same, colours not multiplied."""
        return self._frame.straight_rgba


class Show:
    """A show without a window, on threads of its own until it is closed: for `with`.

    What it shows is asked for from one thread.
    """

    def __init__(
        self,
        input: str = "mic",
        target: str = "alice",
        dance: str = "club",
        style: str = "auto",
        seed: int = 0,
        *,
        output: tuple[int, int] = (0, 0),
        fps: float = 30.0,
        alpha: bool = True,
        mute: bool = False,
        osc_in: int = 0,
    ) -> None:
        """All is as on the command line; without `alpha` the dancer is in their own place.

        Raises what a Dancer and a Target raise, live.sound.source.SourceError or
        live.osc.address.OscError, each one sentence.
        """
        from time import perf_counter

        from live.core.settings import Settings
        from live.outputs.fitting import Fitting
        from live.show.show import Show as StageShow
        from live.sound.open import open_source

        settings = Settings(
            input, target, dance, style=style, seed=seed, output=output, fps=fps, mute=mute,
            osc=(), osc_in=osc_in, headless=True,
            cut_out=alpha, background="black" if alpha else "target",
        )  # fmt: skip
        self._show = StageShow(settings, open_source(input, not mute), perf_counter())
        stage = self._show.current.screen.placement.output
        self._fitting, self._alpha = Fitting(stage, stage), alpha
        self._newest: Seen | None = None
        self._number = 0
        self._is_closed = False
        try:
            self._show.start()
        except BaseException:
            self.close()
            raise

    @property
    def is_over(self) -> bool:
        """The sound has ended, or the show was closed; nothing new will be seen."""
        return self._show.ending.is_set()

    def newest(self) -> Seen | None:
        """What is to be seen now: the same again where nothing new is, None before the first.

        Raises RuntimeError, one sentence, of a show that broke.
        """
        self._take(0.0)
        return self._newest

    def __iter__(self) -> "Iterator[Seen]":
        """Each picture when it is due, until the show is over; the newest only, none twice.

        Raises RuntimeError, as `newest` does.
        """
        while not self.is_over:
            if seen := self._take(_LOOK_S):
                yield seen
        self._take(0.0)  # raises where it broke

    def close(self) -> None:
        """End the show; again does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self._show.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, timeout: float) -> Seen | None:
        """The next out of the show's mailbox, within `timeout` s."""
        if self._show.error:
            raise RuntimeError(self._show.error)
        frame = self._show.frames.take(timeout)
        if frame is None:
            return None
        self._newest = self._seen(frame)
        return self._newest

    def _seen(self, frame: "Frame") -> Seen:
        from live.dance.beat_events import phases_at
        from live.outputs.frame import OutputFrame

        self._number += 1
        picture = OutputFrame(frame, self._fitting, self._alpha, self._number)
        joints = self._show.current.screen.joints(frame.pose.joints)
        beat = self._show.dance.beat if self._show.dance else None
        return Seen(picture, joints, _told(beat, phases_at(beat, frame.time)))


def _told(beat: "HeardBeat | None", phases: tuple[float | None, float | None]) -> Beat:
    """`phases` of beat and bar; no beat before the first chunk was heard."""
    if beat is None:
        return Beat(0.0, None, None, 4, 0.0, 0.0)
    return Beat(beat.bpm, *phases, beat.beats_per_bar, beat.confidence, beat.level)


def _checked(pose: "Array") -> "Array":
    import numpy as np

    body = np.asarray(pose, np.float32)
    if body.shape != (18, 2):
        raise ValueError(f"A pose is 18 joints of x and y, not {body.shape}.")
    return body
