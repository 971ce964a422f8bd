"""What the parts of the show send one another. Frozen; arrays are never written after sending.

`time` is media time (samples heard / rate, s), `*_at` host time (`time.perf_counter`, s).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from live.core.cutout import Cutout
from live.core.places import Own
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
    source: str = ""  # of the tempo: "midi" or "link"; "" = the music or the performer


@dataclass(frozen=True, slots=True)
class OuterGrid:
    """The beats of another machine. The dance is told media times; before that, host times."""

    beat_at: float  # some beat
    period: float  # s
    place: int | None  # of that beat in its bar, 0 = the first; None = not known
    beats_per_bar: int
    told_at: float
    is_placed: bool = True  # else the tempo alone is known

    def in_media_time(self, media: Callable[[float], float]) -> "OuterGrid":
        """The same beats; `media` makes media time of host time."""
        return replace(self, beat_at=media(self.beat_at), told_at=media(self.told_at))

    def phases(self, time: float) -> tuple[float, float | None]:
        """0..1 of beat and bar at a time."""
        beats = (time - self.beat_at) / self.period
        if self.place is None:
            return beats % 1.0, None
        return beats % 1.0, (beats + self.place) / self.beats_per_bar % 1.0


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
    cutout: Cutout | None = None  # the person alone; None where nobody asked for that


@dataclass(frozen=True, slots=True)
class Song:
    """A song of a list, as it is played. Times are media times."""

    count: int  # of the songs that have begun, this one included
    number: int  # its place in the list, from 1
    of: int  # songs in the list
    name: str
    file: str  # its path, as the system spells it
    begin: float  # when its second 0 is heard, or would have been
    heard_from: float  # when it is heard first
    turn: float  # from when it is louder than the song before
    length: float  # s; 0 = unknown
    next: str = ""  # the name of the song after it; "" = none, or not known yet

    def seconds(self, time: float) -> float:
        """The place in the song at media time `time`; its end in the gap after it."""
        passed = max(0.0, time - self.begin)
        return min(passed, self.length) if self.length else passed


@dataclass(frozen=True, slots=True)
class Reset:
    """Hear the music anew; the dance goes on meanwhile."""


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
class Record:
    """Begin a new recording, or end the one of now."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    name: str


@dataclass(frozen=True, slots=True)
class ChooseDance:
    name: str


@dataclass(frozen=True, slots=True)
class Release:
    """The line has come that a loaded person, background, dance or the like waits for."""

    what: str  # the name of its control


@dataclass(frozen=True, slots=True)
class SwitchOutput:
    name: str  # of a way out, or of its kind
    on: bool


@dataclass(frozen=True, slots=True)
class ChooseStyle:
    name: str  # one of the dance's own, "3" or "4" beats a bar, or "auto"


@dataclass(frozen=True, slots=True)
class Fullscreen:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """The performer's bar in the window."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class Quantise:
    """What changes wait for from now on."""

    to: str  # one of WAITED_FOR


@dataclass(frozen=True, slots=True)
class Modulate:
    """How a number moves with the beat; what is None stays."""

    name: str  # one of MODULATED
    shape: str | None = None  # one of SHAPES
    depth: float | None = None  # in its own unit
    rate: str | None = None  # one of PERIODS


@dataclass(frozen=True, slots=True)
class PlayScene:
    """Set all that it says."""

    name: str


@dataclass(frozen=True, slots=True)
class KeepScene:
    """Make a scene of what is set now."""

    name: str


@dataclass(frozen=True, slots=True)
class MidiLearn:
    """The next knob or key that is touched sets this from then on."""

    name: str  # a control, or a control and a value; "" = no more


@dataclass(frozen=True, slots=True)
class MidiForget:
    """No knob and no key sets this any more."""

    name: str


@dataclass(frozen=True, slots=True)
class SetFade:
    """How long black, another person and another background take to come."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SetDelay:
    """How much later than its sound the picture is seen."""

    ms: float


@dataclass(frozen=True, slots=True)
class SetStageSize:
    """How large the stage screen is, px."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SetFit:
    """How the picture fills the stage screen."""

    name: str  # one of FITS


@dataclass(frozen=True, slots=True)
class ChooseBackground:
    name: str  # "target", "black", "green" or one of the pictures that may be chosen


@dataclass(frozen=True, slots=True)
class ShowShadow:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the dancer is on the stage screen; what is None stays."""

    scale: float | None = None  # 1 = fills it as --fit says
    x: float | None = None  # of the screen's width to the right
    y: float | None = None  # of its height down


@dataclass(frozen=True, slots=True)
class SetDancers:
    """How many dance at once."""

    count: int


@dataclass(frozen=True, slots=True)
class ChooseOthers:
    """Who dances beside the first."""

    names: str  # SAME, or targets with commas between them, in turn


@dataclass(frozen=True, slots=True)
class SetPlaces:
    """Where those stand who are not in the row."""

    text: str  # as live/core/places.py reads it; "" = all are in the row


@dataclass(frozen=True, slots=True)
class PlaceDancer:
    """Where one dancer stands; what is None of it stays as it is."""

    dancer: int  # 0 is the first
    own: Own | None  # None = in the row


@dataclass(frozen=True, slots=True)
class ChooseCompany:
    """How the others dance."""

    name: str  # one of COMPANIES


@dataclass(frozen=True, slots=True)
class SetCanon:
    """How much later each dancer of a canon comes than the one before."""

    beats: float


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
class ChooseBeatSource:
    """Whose beat counts."""

    name: str  # one of BEAT_SOURCES


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


@dataclass(frozen=True, slots=True)
class ChangeSong:
    """Of the list that is played."""

    by: int  # 1 = the next, -1 = the one before


Command = (
    Reset
    | Blackout
    | Freeze
    | Mirror
    | Record
    | Fullscreen
    | Overlay
    | Quantise
    | Modulate
    | PlayScene
    | KeepScene
    | MidiLearn
    | MidiForget
    | SetFade
    | SetDelay
    | SetFit
    | SetStageSize
    | ChooseBackground
    | ShowShadow
    | Place
    | SetDancers
    | ChooseOthers
    | SetPlaces
    | PlaceDancer
    | ChooseCompany
    | SetCanon
    | SwitchTarget
    | SwitchOutput
    | ChooseDance
    | Release
    | ChooseStyle
    | SetPhaseLock
    | SetGain
    | SetEnergy
    | SetBpm
    | ChooseBeatSource
    | ChangeLevel
    | Nudge
    | Tap
    | ChangeSong
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
    recorded: bool = False
    nudge_ms: float = 0.0  # the grid of beats is moved by this, + = later
    taps: int = 0  # counted since the start
    engine: str = ""  # what really paints
    is_reduced: bool = False  # fewer or smaller pictures than asked for
    style: str = ""  # the one that is danced, in capitals when asked for; "" = none in particular
    outputs: tuple[str, ...] = ()  # what each --out does, in a few words
    fade: float = 0.0  # s, that black and other persons take to come
    quantise: str = "off"  # what changes wait for
    waiting: tuple[str, ...] = ()  # controls whose change waits for a beat or a bar
    song: Song | None = None  # of a list, at the present
    device: str = ""  # what is heard, by its name
    n_others: int = 0  # dancers beside the first
    news: str = ""  # what went well, and is read where nothing is to be warned of
