"""The performer's hand on a running show: commands from the window or OSC, and what is set now.

What concerns the picture is done here, at once; the rest goes on to the dance thread or the window.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from live.controls.choices import named
from live.controls.commands import BY_NAME, command_for, is_set, refusal
from live.controls.entries import Choice
from live.controls.modulation import Modulations
from live.controls.quantise import AT_ONCE, Change, Waiting
from live.controls.scenes import Scenes
from live.core.delay import Delay
from live.core.media_clock import MediaClock
from live.core.messages import (
    Beat,
    Blackout,
    ChangeSong,
    ChooseBackground,
    ChooseCompany,
    ChooseDance,
    ChooseOthers,
    Command,
    Freeze,
    Fullscreen,
    KeepScene,
    MidiForget,
    MidiLearn,
    Mirror,
    Modulate,
    Overlay,
    Place,
    PlaceDancer,
    PlayScene,
    Quantise,
    Record,
    Release,
    SetCanon,
    SetDancers,
    SetDelay,
    SetFade,
    SetFit,
    SetPlaces,
    SetStageSize,
    ShowShadow,
    SwitchOutput,
    SwitchTarget,
    Tap,
)
from live.core.places import PlacesError, places_of, text_of, with_place
from live.core.settings import (
    BEAT_SOURCES,
    COMPANIES,
    FITS,
    OWN,
    PERIODS,
    SHAPES,
    UNISON,
    WAITED_FOR,
    Settings,
)
from live.core.settings_file import SettingsFileError
from live.dance.company import Company
from live.dance.motion import Motion
from live.dance.performer import Performer
from live.outputs.outputs import Outputs
from live.picture import backgrounds
from live.show.current_dance import CurrentDance
from live.show.current_screen import CurrentScreen
from live.show.look import Look
from models import bundle

log = logging.getLogger(__name__)

Send = Callable[[Command], None]

NO_MIDI = "No MIDI device is listened to: start the show with --midi."
MOST_REFUSED = 100  # that are told, each once
_OFF = "outs_off"  # the names of ways out that show nothing
_RECORDED = "recorded"
_STAGE = "stage"  # its size, where it was set
# What a show that goes on after a crash is told before it begins.
_FIRST = ("target", "dance", "fullscreen", "background", "shadow", "scale", "x", "y", "fit",
          "dancers", "others", "places")  # fmt: skip


def _bundles(kind: str) -> tuple[str, ...]:
    return tuple(found.manifest.name for found in bundle.available(kind))


class Controls:
    """`ask`, `send` and `read` are for any thread; the rest is for the one that paints."""

    def __init__(
        self,
        motion: Motion,
        current: CurrentScreen,
        clock: MediaClock,
        performer: Performer | None,
        to_dance: Send,
        outputs: Outputs | None = None,
        dances: CurrentDance | None = None,
    ) -> None:
        """`to_dance` takes what is not for the picture.

        `performer` and `dances` are None for a pose file.
        """
        self.n_taps = 0
        self.delay = Delay()  # of the show
        self.set_delay: Callable[[float], None] = lambda seconds: self.delay.set(seconds)
        self._is_delay_set = False
        self.record: Callable[[bool | None], None] = lambda _: None  # set where there is a recorder
        self.warn: Callable[[str], None] = log.warning  # what the performer should read
        self.tell: Callable[[str], None] = log.warning  # what went well
        self.is_recorded: Callable[[], bool] = lambda: False
        self.change_song: Callable[[int], None] = lambda _: None  # set where there is a list
        self.to_window: Send = lambda _: None  # set once there is a window
        self.to_midi: Send = lambda _: self.warn(NO_MIDI)
        self.learned: Callable[[], str] = lambda: ""  # what the next knob will set
        self.bindings: Callable[[], tuple[str, ...]] = lambda: ()  # what knobs and keys set
        self.is_fullscreen: Callable[[], bool] = lambda: False  # so are these
        self.is_overlaid: Callable[[], bool] = lambda: False
        self.company = Company(motion, ensemble=dances.ensemble if dances else None)
        self.look = Look(self.company)
        self._n_soloists = 0  # asked for
        self._will_choose = False  # by themselves, on the line that is waited for
        self._current, self._clock = current, clock
        self._performer, self._to_dance, self._dances = performer, to_dance, dances
        self._outputs = outputs or Outputs((), (1, 1), 1.0)
        self._waiting = Waiting()
        self.modulations = Modulations()
        self._scenes, self._scene = Scenes(), ""  # the one that was set last
        self.quantum = AT_ONCE  # what changes wait for
        self._refused: set[str] = set()  # what was told to be no value, each once
        self._painted_time: float | None = None  # media time of the newest frame

        self._lists: dict[str, Callable[[], tuple[str, ...]]] = {
            "targets": lambda: (*_bundles("target"), "skeleton"),
            "dances": lambda: _bundles("dance"),
            "outs": lambda: self._outputs.names(),
            "backgrounds": self._backgrounds,
            "scenes": lambda: self._scenes.names,
            "beat_sources": lambda: BEAT_SOURCES,
            "fits": lambda: FITS,
            "shapes": lambda: SHAPES,
            "rates": lambda: tuple(PERIODS),
            "companies": lambda: COMPANIES,
            "midi_bindings": lambda: self.bindings(),
            "quanta": lambda: tuple(WAITED_FOR),
            "waiting": lambda: self.waiting,
        }

    def begin(self, settings: Settings) -> None:
        """What the show was asked for; before it starts."""
        self.look.is_mirrored = settings.mirror
        self.company.canon = settings.canon
        self._choose_company(settings.company)
        if self._dances is not None:
            self._n_soloists = self._wanted_soloists()
            self._dances.begin(self._n_soloists)

    def _choose_company(self, way: str) -> None:
        self._will_choose = False
        if way == OWN and self._dances is None:
            self.warn("What is danced here leaves no choice: all dance in unison.")
            way = UNISON
        self.company.way = way

    def _wanted_soloists(self) -> int:
        """How many beside the first choose by themselves, or will; also those who leave."""
        if self.company.way != OWN and not self._will_choose:
            return 0
        return max(self._current.wanted.dancers, self._current.n_dancers) - 1

    def ask(
        self, name: str, value: Any = None, arrived_at: float | None = None
    ) -> Sequence[Command] | None:
        """Set a control by its name, at once or on the beat or bar that changes wait for.

        `value` as in the table of controls; `arrived_at` host time, None = now. What will be done,
        None = not understood.
        """
        at = time.perf_counter() if arrived_at is None else arrived_at
        commands = self._ask(name, value, at, self.quantum)
        if commands is None and is_set(name) and len(self._refused) < MOST_REFUSED:
            said = refusal(name, value, self.read)
            if said not in self._refused:  # a fader may send it 60 times a second
                self._refused.add(said)
                self.warn(said)
        return commands

    def _ask(self, name: str, value: Any, at: float, quantum: str) -> Sequence[Command] | None:
        commands = command_for(name, value, self.read, at)
        if not commands:
            return commands
        control = BY_NAME[name]
        if control.waits and quantum != AT_ONCE:
            now = self._clock.media(at) if self._painted_time is None else self._painted_time
            told = [self._held(name, command) for command in commands]
            self._waiting.put(name, Change(told, now, quantum, control.lead))
            return commands
        self._waiting.drop(name)
        for command in commands:
            self.send(command)
        return commands

    def _held(self, control: str, command: Command) -> Command:
        """What has to be loaded is loaded at once; what is left to do on the line."""
        match command:
            case SwitchTarget(name):
                self._current.change(hold=True, target=name)
            case ChooseBackground(name):
                self._current.change(hold=True, background=name)
            case SetFit(name):
                self._current.change(hold=True, fit=name)
            case SetDancers(count):
                self._current.change(hold=True, dancers=count)
            case ChooseOthers(names):
                self._current.change(hold=True, others=names)
            case SetPlaces(text):
                self._place(lambda _: text, hold=True)
            case ChooseDance(name) if self._dances is not None:
                self._dances.change(name, hold=True)
            case ChooseCompany(name):
                self._will_choose = name == OWN
                return command
            case _:
                return command
        return Release(control)

    def at(self, media_time: float, beat: Beat | None, slack: float) -> None:
        """A frame of this media time is painted next: what waited for it is done."""
        self._painted_time = media_time
        for command in self._waiting.due(beat, media_time, slack):
            self.send(command)
        self.modulations.follow(beat, media_time, self._waiting.bar)
        if self._dances is not None and (wanted := self._wanted_soloists()) != self._n_soloists:
            self._n_soloists = wanted
            self._dances.cast(wanted)
        self.company.follow(beat, media_time)
        self.look.at(media_time, self._current.crossfade.seconds)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The controls whose change waits."""
        return self._waiting.names

    def send(self, command: Command, time_shown: float | None = None) -> None:
        """Do what the performer asks, or hand it on; at media time `time_shown`, or now."""
        match command:
            case Blackout(on):
                self.look.is_black = (not self.look.is_black) if on is None else on
            case Freeze(on):
                is_on = (not self.look.is_frozen) if on is None else on
                at = self._clock.media(time.perf_counter()) if time_shown is None else time_shown
                self.look.freeze(is_on, at, self._current.wanted.dancers)
            case Mirror(on):
                self.look.is_mirrored = (not self.look.is_mirrored) if on is None else on
            case Record(on):
                self.record(on)
            case Fullscreen() | Overlay():
                self.to_window(command)
            case Quantise(to):
                self.quantum = to
            case Modulate():
                self.modulations.set(command)
            case PlayScene(name):
                self._play(name)
            case KeepScene(name):
                self._keep(name)
            case MidiLearn(name):
                if (learned := self._learnable(name)) is not None:
                    self.to_midi(MidiLearn(learned))
            case MidiForget():
                self.to_midi(command)
            case SetDelay(ms):
                if ms / 1e3 != self.delay.goal:
                    self._is_delay_set = True
                    self.set_delay(ms / 1e3)
            case SetFit(name):
                self._current.change(fit=name)
            case SetStageSize(width, height):
                if self.is_recorded():
                    self.warn("The stage keeps its size while it is recorded.")
                else:
                    self._current.change(output=(width, height))
            case SetFade(seconds):
                self._current.crossfade.seconds = seconds
            case Release("dance") if self._dances is not None:
                self._dances.release()
            case Release(what):
                self._current.release(what)
            case ChooseDance(name):
                if self._dances is not None:
                    self._dances.change(name)
            case SwitchTarget(name):
                self._current.change(target=name)
            case ChooseBackground(name):
                self._current.change(background=name)
            case SetDancers(count):
                self._current.change(dancers=count)
            case ChooseOthers(names):
                self._current.change(others=names)
            case SetPlaces(text):
                self._place(lambda _: text)
            case PlaceDancer(dancer, own):
                self._place(lambda now: with_place(now, dancer, own))
            case ChooseCompany(name):
                self._choose_company(name)
            case SetCanon(beats):
                self.company.canon = beats
            case ShowShadow(on):
                is_on = self._current.wanted.shadow
                self._current.change(shadow=(not is_on) if on is None else on)
            case Place():
                asked = asdict(command).items()
                self._current.change(**{k: v for k, v in asked if v is not None})
            case SwitchOutput(name, on):
                self._outputs.switch(name, on)
            case ChangeSong(by):
                self.change_song(by)
            case Tap():
                self.n_taps += 1
                self._to_dance(command)
            case _:
                self._to_dance(command)

    def _place(self, places: Callable[[str], str], hold: bool = False) -> None:
        """What stands in the row and what does not, from what is set now; what is none is told."""
        try:
            self._current.place(lambda now: text_of(places_of(places(now))), hold)
        except PlacesError as error:
            self.warn(str(error))

    def _play(self, scene: str) -> None:
        self._scene, at = scene, time.perf_counter()
        quantum = self._scenes.quantum(scene) or self.quantum
        for name, value in self._scenes.changes(scene):
            if self._ask(name, value, at, quantum) is None:
                log.warning("scene %s: %s cannot be %r now, left out.", scene, name, value)

    def _keep(self, scene: str) -> None:
        """Beside the show: a disk may take its time."""

        def write() -> None:
            try:
                self._scenes.keep(scene, self._values())
            except SettingsFileError as error:
                self.warn(str(error))
            else:
                place = 1 + self._scenes.names.index(scene)
                self.tell(f"Scene {scene} is kept" + (f": key {place}." if place < 10 else "."))

        threading.Thread(target=write, name="scene", daemon=True).start()

    def read(self, name: str) -> object:
        """The present value of a control by its name in OSC, for "?"; None = unknown."""
        if (listed := self._lists.get(name)) is not None:
            return listed()
        return self._values().get(name)

    def _learnable(self, name: str) -> str | None:
        """A choice by its name and not by its place, which others may get; None (told) = none."""
        of, _, value = name.partition(" ")
        control = BY_NAME.get(of)
        if not value or not isinstance(control, Choice):
            return name
        names = control.names(self.read)
        if not control.commands(value, self.read, 0.0):
            self.warn(
                f"There is no {of.replace('_', ' ')} {value!r}: {', '.join(names) or 'none'}."
            )
            return None
        return f"{of} {named(value, names) or value}"

    def _backgrounds(self) -> tuple[str, ...]:
        """Those that are there by name, and the one of now where it is another file."""
        names, now = backgrounds.names(), self._current.wanted.background
        return names if now in names else (*names, now)

    def _values(self) -> dict[str, object]:
        wanted = self._current.wanted
        values: dict[str, object] = {
            "target": self._current.screen.painter.name,
            "blackout": self.look.is_black,
            "freeze": self.look.is_frozen,
            "mirror": self.look.is_mirrored,
            "record": self.is_recorded(),
            "fullscreen": self.is_fullscreen(),
            "overlay": self.is_overlaid(),
            "background": wanted.background,
            "shadow": wanted.shadow,
            "scale": wanted.scale,
            "x": wanted.x,
            "y": wanted.y,
            "output": "x".join(map(str, self._current.screen.placement.output)),
            "fit": wanted.fit,
            "delay": self.delay.goal * 1e3,
            "dancers": wanted.dancers,
            "others": wanted.others,
            "places": wanted.places,
            "company": self.company.way,
            "canon": self.company.canon,
            "fade": self._current.crossfade.seconds,
            "quantise": self.quantum,
            "scene": self._scene,
            "midi_learn": self.learned(),
            **self.modulations.values(),
        }
        if self._performer is None:
            return values
        values |= self._performer.controls()
        if self._dances is not None and (styles := self._dances.styles_to_come):
            values["styles"] = [*self._performer.dancer.styles, *styles]
        return values

    def kept(self) -> dict[str, object]:
        """What the performer has set, for `restore`."""
        return {
            name: value
            for name, value in self._values().items()
            if name in BY_NAME and BY_NAME[name].is_kept and name != "target"
        } | {
            # As it was asked for: one that is given as a folder is not found by its name.
            **({"dance": self._dances.wanted} if self._dances else {}),
            **({"delay_ms": self.delay.goal * 1e3} if self._is_delay_set else {}),
            "modulate": self.modulations.texts(),
            _OFF: self._outputs.names(on=False),
            _STAGE: self._current.wanted.output,
            _RECORDED: self.is_recorded(),
        }

    def restore(self, kept: Mapping[str, Any], frozen: Sequence[Sequence[float]]) -> None:
        """Set again what `kept` and `frozen` told; before the show starts."""
        for name, value in kept.items():
            if name in _FIRST or name not in BY_NAME:
                continue
            for told in command_for(name, value, self.read, time.perf_counter()) or ():
                if self._performer is None or not self._performer.obey(told, self._clock):
                    self.send(told)
        if all(stage := tuple(kept.get(_STAGE, (0, 0)))):
            self._current.change(output=stage)
        self.record(bool(kept.get(_RECORDED, self.is_recorded())))
        for name in kept.get(_OFF, ()):
            self._outputs.switch(str(name), False)
        if frozen:
            self.look.hold(frozen)
