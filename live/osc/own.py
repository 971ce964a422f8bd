"""Our own dialect, laid out by `table.py`: one bundle a pose, events beside it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pythonosc.osc_bundle_builder import OscBundleBuilder

from live.dance.beat_events import phases_at
from live.osc.address import OscError, Value, build_message, check_root
from live.osc.dialect import MOST_COUNT, Encoder, StagePose
from live.osc.entries import ANY_OTHER
from live.osc.table import OUT, PROTOCOL, WITH_BAR, WITH_OTHERS, WITH_POSE
from live.osc.template import NotFiniteError, Template, open_layout
from models.skeleton import JOINTS
from models.types import Array

MAX_DATAGRAM = 1472  # bytes of UDP payload in one Ethernet frame: nothing is fragmented
_TYPES = {sent.name: sent.types for sent in OUT}


def pose_messages(root: str, bar_known: bool) -> list[tuple[str, str]]:
    """Addresses and type tags of one pose bundle, in order."""
    return [
        (f"{root}/{name}", sent.types)
        for sent in OUT
        if sent.when == WITH_POSE or (sent.when == WITH_BAR and bar_known)
        for name in sent.names()
    ]


def other_messages(root: str, dancer: int) -> list[tuple[str, str]]:
    """Addresses and type tags of the bundle of a dancer beside the first, in order."""
    return [
        (f"{root}/{name}", sent.types)
        for sent in OUT
        if sent.when == WITH_OTHERS
        for name in replace(sent, name=sent.name.replace(ANY_OTHER, str(dancer))).names()
    ]


class Own(Encoder):
    """`picture_size` (W, H) px of the stage screen.

    Joints leave as 0..1 of it, origin top left (`flip_y`: bottom left; `pixels`: px).
    """

    def __init__(
        self, root: str, flip_y: bool, pixels: bool, picture_size: tuple[int, int]
    ) -> None:
        """Raises OscError for a root that OSC does not allow."""
        self._root = check_root(root)
        self._templates = {
            known: Template([open_layout(*message) for message in pose_messages(self._root, known)])
            for known in (False, True)
        }
        self._others: list[Template] = []  # of those who were there
        beyond = len(self._templates[True].datagram) - MAX_DATAGRAM
        if beyond > 0:
            raise OscError(f"OSC root {root!r} is too long ({beyond} bytes over).")
        self._flip_y, self._pixels, self.picture_size = flip_y, pixels, picture_size
        self._pose: tuple[bool, list[Sequence[float]]] = (False, [])  # what left last, by dancer
        self._events: dict[str, Sequence[Value]] = {}

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        """Beat and bar phase are carried on from the beat's own time to that of the pose."""
        first, *others = (self._flat(joints) for joints in (pose.joints, *pose.others))
        number = pose.number & MOST_COUNT
        numbers: list[float] = [number, pose.seconds, *first, *first]
        bar_known = False
        if pose.beat is None:
            numbers += (0.0,) * 5
        else:
            beat = pose.beat
            phase, bar_phase = phases_at(beat, pose.media_time)
            numbers += (beat.level, beat.onset, beat.bpm, phase or 0.0, beat.confidence)
            if bar_phase is not None:
                bar_known = True
                numbers.append(bar_phase)
        of_others = [(number, *other, *other) for other in others]
        for dancer in range(len(self._others) + 1, len(others) + 1):
            messages = other_messages(self._root, dancer)
            self._others.append(Template([open_layout(*message) for message in messages]))
        templates = (self._templates[bar_known], *self._others)
        all_numbers = [numbers, *of_others]
        datagrams = [
            template.fill(values, time_tag)
            for template, values in zip(templates, all_numbers, strict=False)
        ]
        self._pose = bar_known, all_numbers
        return datagrams

    def _flat(self, joints: Array) -> list[float]:
        """x0 y0 x1 y1 ... as they leave."""
        width, height = self.picture_size if self._pixels else (1, 1)
        flat: list[float] = []
        for x, y in joints.tolist():
            flat += (x * width, ((1.0 - y) if self._flip_y else y) * height)
        return flat

    def beat(self, count: int, bpm: float, time_tag: float | None = None) -> list[bytes]:
        return self._event("beat", (count & MOST_COUNT, bpm), time_tag)

    def bar(self, count: int, beats_per_bar: int, time_tag: float | None = None) -> list[bytes]:
        return self._event("bar", (count & MOST_COUNT, beats_per_bar), time_tag)

    def status(self, target: str, fps: float, latency_ms: float, sound: bool) -> list[bytes]:
        known = [value if math.isfinite(value) else 0.0 for value in (fps, latency_ms)]
        return self._event("status", (target, *known, float(sound)))

    def song(self, name: str, number: int, seconds: float, length: float) -> list[bytes]:
        return self._event("song", (name, number, seconds, length))

    def info(self, width: int, height: int) -> list[bytes]:
        return self._event("info", (PROTOCOL, width, height, " ".join(JOINTS)))

    def resize(self, picture_size: tuple[int, int]) -> None:
        self.picture_size = picture_size

    def told(self) -> Iterator[tuple[str, Sequence[Value]]]:
        """What left last, by name below the root; any thread."""
        bar_known, dancers = self._pose
        for dancer, numbers in enumerate(dancers):
            done = 0
            for name, types in (
                other_messages("", dancer) if dancer else pose_messages("", bar_known)
            ):
                yield name.removeprefix("/"), numbers[done : done + len(types)]
                done += len(types)
        yield from dict(self._events).items()

    def _event(
        self, name: str, values: Sequence[Value], time_tag: float | None = None
    ) -> list[bytes]:
        """A message by itself; with a time tag in a bundle."""
        if not all(math.isfinite(value) for value in values if isinstance(value, float)):
            raise NotFiniteError
        message = build_message(f"{self._root}/{name}", _TYPES[name], values)
        self._events[name] = values
        if time_tag is None:
            return [message.dgram]
        bundle = OscBundleBuilder(time_tag)  # pyright: ignore[reportArgumentType]  # s, as it says
        bundle.add_content(message)
        return [bundle.build().dgram]
