"""Everything one may choose for a show, one frozen dataclass; the command line is made from it."""

import os
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

BPM_RANGE = (40.0, 240.0)  # tempos that can be held by hand
# Earlier the dance is not predicted yet; what is later is remembered, and no device is.
DELAYS_MS = (-200.0, 10_000.0)
FITS = ("contain", "cover")  # whole pictures, or whole screens
SCALES = (0.25, 2.0)  # of the dancer on the stage screen
SHIFTS = (-0.5, 0.5)  # of the dancer, in widths or heights of the stage screen
FADES_S = (0.0, 10.0)
MOST_DANCERS = 8  # at once
UNISON, MIRRORED, CANON, OWN = COMPANIES = ("unison", "mirrored", "canon", "own")  # how others do
SAME = "same"  # the person that the first is
CANON_BEATS = (0.5, 8.0)  # from one dancer to the next
ENERGIES = (-1.0, 1.0)
GAINS_DB = (-40.0, 40.0)
NUDGES_MS = (-500.0, 500.0)
# What changes may wait for, in bars; 0 = a beat, None = nothing.
WAITED_FOR = {"off": None, "beat": 0, "bar": 1, "2 bars": 2, "4 bars": 4}
OFF = "off"
# How a number may move with the beat; "pulse" is 1 on the line and decays.
SHAPES = (OFF, "sine", "triangle", "saw_up", "saw_down", "square", "pulse")
SCREENS_PX = (64, 8192)  # a side
GAPS_S, CROSSFADES_S = (0.0, 600.0), (0.0, 30.0)  # between two songs of a list
EAR, HAND, MIDI_CLOCK, LINK = BEAT_SOURCES = ("ear", "hand", "midi", "link")
FOLLOW, LEAD = "follow", "lead"  # a Link session
BY_EAR = "auto"
CUT_OUT_FILMS = (".mov", ".webm", "/", os.sep)  # ends of names: films of the dancer alone
METRES = {BY_EAR: 0, "3": 3, "4": 4}  # what may stand for a style: beats a bar, 0 = as heard


MODULATIONS = ("shape", "depth", "rate")  # what is set of each; ends of names of controls


def size_of(text: str) -> tuple[int, int] | None:
    """(W, H) px of "1920x1080"; None for what is no size of a stage screen."""
    found = re.fullmatch(r"(\d{1,6})[xX×](\d{1,6})", text)
    low, high = SCREENS_PX
    if found is None or not all(low <= int(side) <= high for side in found.groups()):
        return None
    return int(found[1]), int(found[2])


class Period(NamedTuple):
    """How long a number that moves with the beat takes to be where it was."""

    n: float
    is_beats: bool  # else bars


PERIODS = {
    "1/2 beat": Period(0.5, True), "beat": Period(1, True), "2 beats": Period(2, True),
    "bar": Period(1, False), "2 bars": Period(2, False), "4 bars": Period(4, False),
}  # fmt: skip


class Moving(NamedTuple):
    """A number that may move with the beat."""

    range: tuple[float, float]
    depth: float  # as long as no other is set, in its own unit
    rate: str  # one of PERIODS


MODULATED = {
    "scale": Moving(SCALES, 0.1, "beat"),
    "x": Moving(SHIFTS, 0.1, "2 bars"),
    "y": Moving(SHIFTS, 0.05, "beat"),
    "energy": Moving(ENERGIES, 0.5, "4 bars"),
}


class Receiver(NamedTuple):
    """Whom the skeleton is sent to over OSC."""

    host: str
    port: int
    dialect: str = "dancelive"  # or that of another program
    timetags: bool = False  # bundles say when their pose is to be seen


@dataclass(frozen=True)
class OutputSettings:
    """One --out as it was asked for."""

    kind: str
    name: str = ""  # a port, the name of a source, an address: what the kind says
    size: tuple[int, int] = (0, 0)  # px; (0, 0) = that of the stage screen
    fps: float = 0.0  # 0 = each frame of the show
    alpha: bool = True  # the dancer alone; else the picture as it is on the stage
    options: tuple[tuple[str, Any], ...] = ()  # those of the kind itself, as it read them
    shown: str = ""  # what of the name may be read by all; "" = all of it

    @property
    def label(self) -> str:
        """How it is called on the bar, in reports and over OSC."""
        name = self.shown or self.name
        return f"{self.kind}:{name}" if name else self.kind

    def option(self, name: str, default: Any = None) -> Any:
        """What was given for an option of the kind itself."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True)
class Cue:
    """What a written show sets by itself, and when: at a time or on a bar."""

    label: str  # how it is called in a sentence
    sets: tuple[tuple[str, Any], ...]  # controls by their names in OSC, and their values
    time: float | None = None  # s
    bar: int | None = None  # from 1
    song: int | str = 0  # in which the time or the bar is: its place from 1 or its name; 0 = none

    def is_of(self, number: int, name: str) -> bool:
        """Whether it belongs to this song of the list."""
        if isinstance(self.song, int):
            return self.song == number
        return self.song.casefold() in (name.casefold(), name.rpartition(".")[0].casefold())


@dataclass(frozen=True)
class Settings:
    """A show as the performer asked for it."""

    input: str = "mic"
    target: str = "alice"
    dance: str = "club"
    osc: tuple[Receiver, ...] = (Receiver("127.0.0.1", 9100),)
    osc_rate: float = 30.0
    osc_in: int = 0  # control port; 0 = off
    osc_in_host: str = "127.0.0.1"  # to whom it listens; the default is this computer alone
    osc_query: bool = False  # other programs may ask over HTTP which addresses there are
    announce: bool = False  # in the network, by zeroconf, that commands are taken
    remote: int = 0  # port of the page for phones; 0 = there is none
    remote_host: str = "127.0.0.1"  # to whom it is given; the default is this computer alone
    remote_pin: str = ""  # that the page asks for; "" = a new one where it is open to the network
    osc_root: str = "/dancelive"
    osc_flip_y: bool = False
    osc_pixels: bool = False
    midi: tuple[str, ...] = ()  # inputs that are listened to, parts of their names; "" = all
    midi_clock: str = ""  # the device that is sent a clock, a part of its name; "" = none
    link: str = ""  # Ableton Link: FOLLOW, LEAD, "" = off
    outs: tuple[OutputSettings, ...] = ()
    record: str = ""
    record_poses: str = ""
    overwrite: bool = False  # recordings of the same name are replaced, not numbered
    headless: bool = False
    offline: bool = False
    duration: float = 0.0  # s; 0 = until the input ends
    engine: str = "auto"
    size: int = 0  # of the painted picture; 0 = the target's own, a puppet's as on the stage screen
    output: tuple[int, int] = (0, 0)  # stage screen, px; (0, 0) = as its screen, or the picture
    fit: str = "contain"
    shadow: bool = True  # of the dancer, in their own place and on pictures
    cut_out: bool = False  # whoever runs the show takes the dancer alone
    background: str = "target"  # their own place, "black", "green", or a picture file
    scale: float = 1.0  # of the dancer; 1 = as `fit` says
    x: float = 0.0  # where they are, in widths of the stage screen to the right of its middle
    y: float = 0.0  # in heights, down
    dancers: int = 1  # at once
    others: str = SAME  # who the others are: SAME, or names with commas between them, in turn
    places: str = ""  # of those who do not stand in the row, as live/core/places.py reads them
    company: str = UNISON  # how the others dance, one of COMPANIES
    canon: float = 2.0  # beats by which each comes later than the one before, in a canon
    fade: float = 0.0  # s, how long black, another person and another background take to come
    modulate: tuple[str, ...] = ()  # numbers that move with the beat, as "scale sine 0.1 bar"
    quantise: str = "off"  # what changes wait for: a beat, a bar ...
    fullscreen: str | None = None  # number or name of a screen, "" = any; None = a window
    control: bool = False  # the performer's controls in a window beside the stage
    fps: float = 30.0
    adapt: bool = True  # smaller or fewer pictures while the machine is too busy
    seed: int = 0
    bpm: float = 0.0  # the tempo, held; 0 = by ear
    beat_source: str = EAR  # whose beat counts, one of BEAT_SOURCES
    phase_lock: bool = True  # plans may run a little faster or slower to rest on the beat
    energy: float = 0.0  # -1..1, calmer or livelier than the music asks for
    gain: float = 0.0  # dB, of the sound, before everything else
    nudge: float = 0.0  # ms, all beats later (+) or earlier
    mirror: bool = False  # left and right are exchanged
    style: str = BY_EAR  # one of the dance's own, or of METRES
    temperature: float = 1.0
    delay_ms: float = 0.0  # the picture later (+) or earlier (-)
    stats: str = ""
    mute: bool = False  # do not play a file aloud
    then: tuple[str, ...] = ()  # files, folders and lists that are played after the input
    gap: float = 0.0  # s of silence between two songs
    crossfade: float = 0.0  # s of one song into the next
    loop: bool = False  # play the songs again and again
    cues: tuple[Cue, ...] = ()  # of a written show
    guard: bool = False  # another process starts the show again when it crashes

    @property
    def is_filmed_alone(self) -> bool:
        """The film is of the dancer alone, not of the stage."""
        return self.record.lower().endswith(CUT_OUT_FILMS)
