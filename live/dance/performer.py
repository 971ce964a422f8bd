"""Everything that listens and dances: level, beat, dancer. Pure; stepped by the dance thread."""

import logging
from dataclasses import dataclass, field

import numpy as np

from live.core.media_clock import MediaClock
from live.core.messages import (
    AudioChunk,
    Beat,
    ChangeLevel,
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
from live.core.settings import Settings
from live.core.worker import first_line
from live.dance.auto_gain import AutoGain
from live.dance.beat_follower import BeatFollower
from live.dance.dancer import Dancer, StyleError
from live.dance.drops import Drops
from live.dance.liveliness import Liveliness
from models import bundle
from models.spec import CHUNK_SAMPLES, N_JOINTS

log = logging.getLogger(__name__)
_COUNTED = ("half as fast", "twice as fast")


@dataclass
class Performer:
    """`hear` and `obey` are for the dance thread alone."""

    dancer: Dancer
    follower: BeatFollower = field(default_factory=BeatFollower)
    auto_gain: AutoGain = field(default_factory=AutoGain)
    liveliness: Liveliness = field(default_factory=Liveliness)
    drops: Drops = field(default_factory=Drops)

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
        return beat, self.dancer.step(levelled, None if silent else beat)

    def obey(self, command: Command, clock: MediaClock) -> bool:
        """Do what the performer asks; False when it is nothing for the performer."""
        match command:
            case Reset():
                self.reset()
            case Tap(at):
                self.follower.tap(clock.media(at))
            case SetBpm(bpm):
                self.follower.hold(bpm)
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
                except StyleError as error:
                    log.warning("%s", error)
            case _:
                return False
        return True

    def controls(self) -> dict[str, object]:
        """The present values by their names in OSC."""
        return {
            "dance": self.dancer.name,
            "bpm": self.follower.held_bpm,
            "nudge": self.follower.nudged * 1e3,
            "gain": self.auto_gain.gain_db,
            "energy": self.dancer.energy,
            "phase_lock": self.dancer.is_phase_locked,
            "style": self.dancer.style,
            "styles": self.dancer.styles,
        }

    def reset(self) -> None:
        self.dancer.reset()
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


def open_performer(settings: Settings) -> Performer:
    """Load the dance and step it once; starts from its reset state.

    Raises BundleError, EngineError or StyleError.
    """
    dancer = Dancer(bundle.find("dance", settings.dance), settings.seed, settings.temperature)
    dancer.choose_style(settings.style)
    dancer.is_phase_locked = settings.phase_lock
    performer = Performer(dancer)
    _try(performer)
    performer.reset()
    if settings.bpm:
        performer.follower.hold(settings.bpm)
    return performer
