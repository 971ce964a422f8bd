"""What the parts of the show send one another. Frozen; arrays are never written after sending.

`time` is media time (samples heard / rate, s), `*_at` host time (`time.perf_counter`, s).
"""

from dataclasses import dataclass, field

from models.types import Array


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """A device block as it came: any rate, any number of channels."""

    samples: Array  # float32 (n, channels), -1..1
    rate: int  # Hz
    first_sample: int  # number of the first sample since the source started; a jump is a loss
    captured_at: float  # host time at which the last sample was heard
    stood: bool = False  # the sound had stood still before it, and media time with it

    @property
    def end(self) -> float:
        """Media time at which the last sample was heard."""
        return (self.first_sample + len(self.samples)) / self.rate


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """0.1 s of mono sound at 16 kHz: samples [1600 index, 1600 (index + 1)) of media time."""

    index: int
    samples: Array  # float32 (1600,)
    captured_at: float  # host time at which its end was heard
    n_lost: int = 0  # samples of it that never came and are silence


@dataclass(frozen=True, slots=True)
class Beat:
    """What is known of the music at the end of a chunk."""

    time: float
    level: float  # 0..1, RMS on a -60..0 dBFS scale
    onset: float  # 0..1, strength of the newest onset
    bpm: float  # 0 while unknown
    beat_phase: float | None  # 0..1 of a beat, at `time`
    bar_phase: float | None
    confidence: float  # 0..1
    beats_per_bar: int = 4
    by_hand: bool = False  # the tempo is held by the performer: a number or taps
    groove: str = ""  # the kind of music that is heard; "" = not clear


@dataclass(frozen=True, slots=True)
class Accent:
    """The body slows down on each beat and makes up for it between two."""

    beat_at: float  # media time of some beat
    period: float  # s
    depth: float  # 0..1, of its pace that it gives away on the beat


@dataclass(frozen=True, slots=True)
class PosePlan:
    """One step of the dancer: where the body will be at several times ahead."""

    time: float  # end of the chunk
    times: Array  # float64 (H,), media time at which each pose is due
    joints: Array  # float32 (H, 18, 2), canonical body units
    captured_at: float
    accent: Accent | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """The body at one media time."""

    time: float  # due
    joints: Array  # float32 (18, 2), canonical body units
    captured_at: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the stage screen."""

    time: float  # media time at which it is to be seen
    due_at: float  # the same as host time
    image: Array  # uint8 (H, W, 3) RGB
    pose: Pose
    painted_at: float
    alpha: Array | None = None  # uint8 (H, W), the person; None in their own place


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget the music so far; the dancer stands."""


@dataclass(frozen=True, slots=True)
class Blackout:
    on: bool | None = None  # None toggles


@dataclass(frozen=True, slots=True)
class Freeze:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    name: str


@dataclass(frozen=True, slots=True)
class ChooseStyle:
    name: str  # one of the dance's own, "3" or "4" beats a bar, or "auto"; "" = the next of these


@dataclass(frozen=True, slots=True)
class Fullscreen:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class SetPhaseLock:
    """Whether the dance may run a little faster or slower to rest on the beat."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class SetGain:
    """Of the sound that is heard, before everything else."""

    db: float


@dataclass(frozen=True, slots=True)
class SetEnergy:
    """How much the dancer moves."""

    energy: float  # -1..1


@dataclass(frozen=True, slots=True)
class SetBpm:
    """Hold the tempo."""

    bpm: float  # 0 = by ear again


@dataclass(frozen=True, slots=True)
class ChangeLevel:
    """Count other beats of the same music."""

    beats: float  # for one until now: 2 or 0.5


@dataclass(frozen=True, slots=True)
class Nudge:
    """Move all beats, added to what they were moved by before."""

    ms: float  # + = later


@dataclass(frozen=True, slots=True)
class Tap:
    """The performer beats time: here is a beat."""

    at: float  # host time of the key or packet


Command = (
    Reset
    | Blackout
    | Freeze
    | Mirror
    | Fullscreen
    | SwitchTarget
    | ChooseStyle
    | SetPhaseLock
    | SetGain
    | SetEnergy
    | SetBpm
    | ChangeLevel
    | Nudge
    | Tap
)


@dataclass(frozen=True, slots=True)
class Meters:
    """What the performer reads beside the picture, about twice a second."""

    state: str  # plain words: "listening", "no sound: microphone gone, trying again"
    target: str
    dance: str
    beat: Beat | None  # the newest; None before the first chunk
    beat_phase: float | None  # of `beat`, carried on to the present
    bar_phase: float | None
    fps: float
    lead_ms: float
    frame_error_ms: float
    latency_ms: float  # capture to pose, median
    chunks_lost: int
    frames_late: int
    sound: bool
    warnings: tuple[str, ...] = field(default=())
    blackout: bool = False
    frozen: bool = False
    mirror: bool = False
    nudge_ms: float = 0.0  # the grid of beats is moved by this, + = later
    taps: int = 0  # counted since the start
    engine: str = ""  # what really paints
    is_reduced: bool = False  # fewer or smaller pictures than asked for
    style: str = ""  # the one that is danced, in capitals when asked for; "" = none in particular
