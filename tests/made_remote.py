"""A stage without sound and pictures that obeys for real, and the page for phones before it."""

import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from live.core.mailbox import Bounded
from live.core.media_clock import MediaClock
from live.core.messages import (
    AudioChunk,
    Beat,
    Frame,
    Fullscreen,
    Meters,
    MidiForget,
    MidiLearn,
    Overlay,
    Pose,
)
from live.core.settings import OutputSettings, Settings
from live.dance.performer import open_performer
from live.midi.bindings import Binding
from live.midi.desk import Desk
from live.midi.touch import CC, NOTE
from live.outputs.outputs import Outputs
from live.remote.server import Remote, Stage
from live.show.controls import Controls
from live.show.current_dance import CurrentDance
from live.show.current_screen import CurrentScreen
from models.skeleton import STANDING

SETTINGS = Settings(target="skeleton", outs=(OutputSettings("web", "8765"),), size=64, engine="cpu")
PIN = "123456"
BOUND = (Binding("scene drop", NOTE, 37, 1), Binding("energy", CC, 21, 1))


class MadeStage:
    """The controls of a show, obeyed by its own parts; what is asked for is written down."""

    def __init__(self):
        self.told, self.asked, self.songs = [], [], []  # to the performer, of the controls
        self.window = {"fullscreen": False, "overlay": True}
        self.meters = Meters("listening", "skeleton", "club", None, None, None, 30.0, 60.0, 2.0,
                             20.0, 0, 0, True)  # fmt: skip
        clock, commands = MediaClock(time.perf_counter()), Bounded(1000)
        self._performer = open_performer(SETTINGS)
        self._current = CurrentScreen(SETTINGS, self.told.append, lambda _: None)
        self._dances = CurrentDance(SETTINGS, self._performer, self.told.append)
        self.outputs = Outputs(SETTINGS.outs, (64, 64), 30.0)
        motion = SimpleNamespace(at=lambda t: Pose(t, STANDING, 0.0))
        self.controls = Controls(
            motion, self._current, clock, self._performer, commands.put, self.outputs, self._dances
        )
        self.controls.to_window = self._obey
        self.controls.is_fullscreen = lambda: self.window["fullscreen"]
        self.controls.is_overlaid = lambda: self.window["overlay"]
        self.controls.change_song = self.songs.append
        self.desk = Desk(list(BOUND), self.controls.ask, self.read, self.told.append)
        self.controls.to_midi, self.controls.bindings = self._bind, lambda: self.desk.bindings
        self.recorded = False
        self.controls.record = self._record
        self.controls.is_recorded = lambda: self.recorded
        self._ending = threading.Event()
        self._dance = threading.Thread(target=self._hear, args=(commands, clock), daemon=True)
        self._dance.start()

    def _obey(self, command):
        name = {Fullscreen: "fullscreen", Overlay: "overlay"}[type(command)]
        self.window[name] = (not self.window[name]) if command.on is None else command.on

    def _bind(self, command):
        match command:
            case MidiLearn(name):
                self.desk.learn(name)
            case MidiForget(name):
                self.desk.forget(name)

    def _record(self, on):
        self.recorded = (not self.recorded) if on is None else on

    def _hear(self, commands, clock):
        """Silence: commands are obeyed between two chunks, as in a show."""
        index = 0
        while not self._ending.wait(0.1):
            while (command := commands.take(0.0)) is not None:
                self._performer.obey(command, clock)
            self._performer.hear(AudioChunk(index, np.zeros(1600, np.float32), 0.0))
            index += 1

    def ask(self, name, value=None, at=None):
        done = self.controls.ask(name, value, at)
        self.asked.append((name, value, done))
        return done

    def read(self, name):
        return self.controls.read(name)

    def remote(self, host="127.0.0.1", port=0, pin=""):
        return Remote(host, port, pin, Stage(self.ask, self.read, lambda: self.meters))

    def close(self):
        self._ending.set()
        self._dance.join()
        self._current.close()
        self._dances.close()


@contextmanager
def serving(remote):
    """It serves while the context lasts."""
    ending, broken = threading.Event(), []

    def run():
        try:
            remote.run(ending)
        except Exception as error:  # noqa: BLE001 - told by the test
            broken.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield remote
    finally:
        ending.set()
        thread.join(30)
        remote.close()
    assert not thread.is_alive() and not broken, broken


def frame(colour=(200, 40, 40), size=(90, 160)):
    """A picture of the stage in one colour."""
    image = np.full((*size, 3), colour, np.uint8)
    return Frame(0.0, 0.0, image, Pose(0.0, STANDING, 0.0), 0.0)


def beat_of(bpm=120.0, bar_phase=0.5):
    return Beat(0.0, 0.6, 0.0, bpm, bar_phase * 4 % 1, bar_phase, 0.9)


def wait_for(condition, seconds=60.0):
    """True as soon as it holds; fails where that never comes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
