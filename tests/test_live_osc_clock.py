"""OSC in real time: poses at their rate, beats on the beat, stamped as they arrive."""

import socket
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from pythonosc.osc_packet import OscPacket

from live.core.media_clock import MediaClock
from live.core.messages import Beat, Meters
from live.core.settings import Receiver, Settings
from live.core.stats import Stats
from live.osc.schedule import OscSchedule
from live.osc.sender import OscSender

METERS = Meters("listening", "alice", "free", None, 0.0, None, 30.0, 1.0, 1.0, 20.0, 0, 0, True)
JOINTS = np.full((18, 2), 0.5, np.float32)


class Placement:
    """An OscSchedule on its thread and a receiver that stamps what it gets, in media time."""

    def __init__(self, settings, ear, seconds):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        self.heard = []  # (media time of the arrival, address, arguments)
        began = time.perf_counter()
        clock = MediaClock(began)
        self.stats, self.asked, ending = Stats(), [], threading.Event()

        def joints_at(media_time):
            self.asked.append(media_time)
            return JOINTS

        sender = OscSender([Receiver(*receiver.getsockname())])
        speaker = OscSchedule(
            settings, sender, clock, self.stats, joints_at,
            lambda: ear(time.perf_counter() - began), lambda: METERS,
        )  # fmt: skip

        def listen():
            while not ending.is_set():
                try:
                    datagram = receiver.recv(65536)
                except TimeoutError:
                    continue
                at = time.perf_counter() - began
                for timed in OscPacket(datagram).messages:
                    self.heard.append((at, timed.message.address, list(timed.message.params)))

        threads = [
            threading.Thread(target=listen, daemon=True),
            threading.Thread(target=speaker.run, args=(ending,), daemon=True),
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        ending.set()
        for thread in threads:
            thread.join(2)
        sender.close()
        receiver.close()

    def of(self, address):
        return [(at, values) for at, name, values in self.heard if name == f"/dancelive/{address}"]


def steady(bpm, first, beats_per_bar=4):
    """Speaks every 0.1 s, as the ear does."""

    def ear(now):
        time_s = int(now * 10) / 10
        beats = (time_s - first) * bpm / 60
        return Beat(time_s, 0.5, 0.0, bpm, beats % 1, beats / beats_per_bar % 1, 0.9, beats_per_bar)

    return ear


@pytest.mark.parametrize(("rate", "delay_ms"), [(30.0, 0.0), (2.0, 0.0), (30.0, 120.0)])
def test_beats_leave_on_the_beat_and_poses_at_their_rate(rate, delay_ms):
    """At 2 poses a second every beat lies between two of them."""
    settings = Settings(osc_rate=rate, delay_ms=delay_ms)
    stage = Placement(settings, steady(150, 0.17), 1.5)
    beats, bars = stage.of("beat"), stage.of("bar")
    due = 0.17 + np.arange(len(beats)) * 0.4 + delay_ms / 1e3
    assert len(beats) >= 3
    errors = np.array([at for at, _ in beats]) - due
    assert errors.min() > -0.0005
    assert np.median(errors) < 0.01  # a busy machine; idle: 0.4 ms
    assert [values for _, values in beats] == [[n + 1, 150.0] for n in range(len(beats))]
    assert [values for _, values in bars] == [[n + 1, 4] for n in range(len(due[::4]))]
    assert [at for at, _ in bars] == pytest.approx(due[::4], abs=0.03)
    assert stage.stats.beats == len(beats)
    assert stage.stats.beat_error_ms.n == len(beats)
    assert -0.5 < stage.stats.beat_error_ms.recent() < 10

    frames = stage.of("frame")
    assert len(frames) >= (1.5 - delay_ms / 1e3) * rate - 3
    late = [at - values[1] - delay_ms / 1e3 for at, values in frames]
    assert min(late) > -0.0005
    assert np.median(late) < 0.01
    # Each pose is due at a whole number of steps; a machine that stalls leaves some out.
    steps = np.array(stage.asked) * rate
    assert steps == pytest.approx(np.round(steps), abs=1e-6)
    assert np.diff(steps).min() > 0.5 and np.median(np.diff(steps)) == pytest.approx(1)
    assert len(steps) >= (1.5 - delay_ms / 1e3) * rate - 3
    assert len(stage.of("status")) >= 1


def test_a_beat_that_moves_while_it_is_waited_for_is_sent_where_it_went():
    """One pose a second: only the look at the newest Beat can notice."""

    def ear(now):
        return steady(60, 0.9 if now < 0.5 else 0.75)(now)

    stage = Placement(Settings(osc_rate=1.0), ear, 1.3)
    assert [at for at, _ in stage.of("beat")] == pytest.approx([0.75], abs=0.03)


def test_without_a_beat_poses_go_on():
    stage = Placement(Settings(), lambda now: None, 0.5)
    assert not stage.of("beat")
    assert len(stage.of("frame")) > 10
    assert stage.stats.beat_error_ms.summary() is None


def test_run_again_after_a_break_the_numbers_go_on():
    """The show starts a part that broke once more."""
    broken, sent = [True], []

    def joints_at(media_time):
        if media_time > 0.2 and broken:
            broken.clear()
            raise RuntimeError("the screen is being changed")
        return JOINTS

    sender = SimpleNamespace(
        pose=lambda number, *_: sent.append(number),
        beat=lambda count, *_: sent.append(("beat", count)),
        bar=lambda *_: None, status=lambda *_: None, info=lambda *_: None, picture_size=(512, 512),
    )  # fmt: skip
    ending = threading.Event()
    clock = MediaClock(time.perf_counter())
    began = time.perf_counter()
    speaker = OscSchedule(
        Settings(), sender, clock, Stats(), joints_at,
        lambda: steady(240, 0.1)(time.perf_counter() - began), lambda: METERS,
    )  # fmt: skip
    with pytest.raises(RuntimeError):
        speaker.run(ending)
    threading.Timer(0.6, ending.set).start()
    speaker.run(ending)
    counts = [n[1] for n in sent if isinstance(n, tuple)]
    numbers = [n for n in sent if not isinstance(n, tuple)]
    assert counts == list(range(1, len(counts) + 1))
    assert len(counts) >= 3
    assert numbers == sorted(set(numbers))
