"""Everything that listens and dances: level, beat, dancer. Pure; stepped by the dance thread."""

import logging
import time
from dataclasses import dataclass, field

import numpy as np

from live.core.media_clock import MediaClock
from live.core.messages import (
    AudioChunk,
    Beat,
    ChangeLevel,
    ChooseBeatSource,
    ChooseStyle,
    Command,
    Nudge,
    PosePlan,
    Reset,
    SetBpm,
    SetEnergy,
    SetGain,
    SetPhaseLock,
    Tap,
)
from live.core.settings import EAR, Settings
from live.core.worker import first_line
from live.dance.auto_gain import AutoGain
from live.dance.beat_follower import BeatFollower
from live.dance.dancer import Dancer, StyleError
from live.dance.drops import Drops
from live.dance.ensemble import Ensemble
from live.dance.liveliness import Liveliness
from live.dance.part import Part
from models import bundle
from models.spec import CHUNK_SAMPLES, N_JOINTS

log = logging.getLogger(__name__)
# What `obey` understands; all else is for others.
OBEYED = (
    Reset, Tap, SetBpm, ChangeLevel, Nudge, SetGain, SetEnergy, SetPhaseLock, ChooseStyle,
)  # fmt: skip
SEEDS_APART = 1_000_003  # from one dancer to the next: shows of neighbouring seeds share nobody
_COUNTED = ("half as fast", "twice as fast")


@dataclass
class Performer(Part):
    """Its part is that of the first dancer. `hear` and `obey` are for the dance thread alone."""

    follower: BeatFollower = field(default_factory=BeatFollower)
    auto_gain: AutoGain = field(default_factory=AutoGain)
    liveliness: Liveliness = field(default_factory=Liveliness)
    drops: Drops = field(default_factory=Drops)
    ensemble: Ensemble = field(default_factory=Ensemble)  # dancers who choose by themselves

    def hear(self, chunk: AudioChunk) -> tuple[Beat, PosePlan]:
        """One chunk in, what is heard and the next PosePlan out."""
        samples, level, silent = self.auto_gain.feed(chunk.samples)
        lively = self.liveliness.feed(chunk.samples, silent)
        scene = self.drops.feed(chunk.samples, silent)
        self.dancer.lively = scene.energy(lively)
        if scene.is_drop:
            self.dancer.begin_part()
        levelled = AudioChunk(chunk.index, samples, chunk.captured_at, chunk.n_lost)
        beat = self.follower.feed(levelled, level)
        body, danced_to = self._body, None if silent else beat
        plan = self.plan(levelled, danced_to)
        self.ensemble.step(levelled, danced_to, self, body, scene.is_drop)
        return beat, plan

    def obey(self, command: Command, clock: MediaClock) -> bool:
        """Do what the performer asks; False when it is nothing for the performer."""
        match command:
            case Reset():
                self.begin_anew(clock.media(time.perf_counter()))
            case Tap(at):
                self.follower.tap(clock.media(at))
            case SetBpm(bpm):
                self.follower.hold(bpm)
            case ChooseBeatSource(name):
                self.follower.choose_source(name)
            case ChangeLevel(beats):
                if not self.follower.change_level(beats):
                    log.warning("no beat is heard that could be counted %s", _COUNTED[beats > 1])
            case Nudge(ms):
                self.follower.nudge(ms / 1e3)
            case SetGain(db):
                self.auto_gain.gain_db = db
            case SetEnergy(energy):
                self.dancer.energy = energy
            case SetPhaseLock(on):
                self.dancer.is_phase_locked = not self.dancer.is_phase_locked if on is None else on
            case ChooseStyle(name):
                try:
                    self.dancer.choose_style(name)
                except StyleError:  # that of a dance which was asked for and is not there yet
                    self.dancer.style_to_come = name
            case _:
                return False
        return True

    def begin_song(self) -> None:
        """Another song begins; the dance goes on."""
        self.follower.begin_song()

    def controls(self) -> dict[str, object]:
        """The present values by their names in OSC."""
        return {
            "dance": self.dancer.name,
            "bpm": self.follower.held_bpm,
            "beat_source": self.follower.source,
            "nudge": self.follower.nudged * 1e3,
            "gain": self.auto_gain.gain_db,
            "energy": self.dancer.energy,
            "phase_lock": self.dancer.is_phase_locked,
            "style": self.dancer.style,
            "styles": self.dancer.styles,
        }

    def begin_anew(self, now: float) -> None:
        """Hear beat and level anew from media time `now` on; the dance goes on."""
        self.dancer.begin_part()
        self.ensemble.begin_part()
        self.follower.begin_anew(now)
        self.auto_gain.reset()

    def reset(self) -> None:
        """As at the beginning: the dancer stands, and the seed counts from its first number."""
        self.begin_again()
        self.ensemble.begin_again()
        self.follower.reset()
        self.auto_gain.reset()
        self.liveliness.reset()
        self.drops.reset()


def _try(performer: Performer) -> None:
    """One step. Raises BundleError for a network that is not what its manifest says."""
    name = performer.dancer.name
    try:
        _, plan = performer.hear(AudioChunk(0, np.zeros(CHUNK_SAMPLES, np.float32), 0.0))
    except Exception as error:  # whatever the engine throws
        raise bundle.BundleError(
            f"The dance {name} cannot be stepped ({first_line(error)}): export it again."
        ) from error
    if plan.joints.shape != (len(plan.times), N_JOINTS, 2):
        raise bundle.BundleError(
            f"The dance {name} says it foresees {len(plan.times)} poses, but its network gives "
            "others: export it again."
        )
    if not np.isfinite(plan.joints).all():
        raise bundle.BundleError(f"The dance {name} gives no poses: export it again.")


def open_dancer(settings: Settings, name: str, number: int = 0) -> Dancer:
    """Load a dance by name or path and step it once; starts from its reset state.

    `number`: of the dancer, each of whom has other chances. Raises BundleError or EngineError.
    """
    seed = settings.seed + number * SEEDS_APART
    dancer = Dancer(bundle.find("dance", name), seed, settings.temperature)
    _try(Performer(dancer))
    dancer.reset()
    return dancer


def open_performer(settings: Settings) -> Performer:
    """Load the dance and step it once; starts from its reset state.

    Raises BundleError, EngineError or StyleError.
    """
    dancer = open_dancer(settings, settings.dance)
    dancer.choose_style(settings.style)
    dancer.is_phase_locked = settings.phase_lock
    performer = Performer(dancer)
    dancer.energy, performer.auto_gain.gain_db = settings.energy, settings.gain
    performer.follower.nudge(settings.nudge / 1e3)
    if settings.bpm:
        performer.follower.hold(settings.bpm)
    if settings.beat_source != EAR:
        performer.follower.choose_source(settings.beat_source)
    return performer
