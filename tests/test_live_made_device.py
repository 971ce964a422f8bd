"""Microphone and loudspeaker on a device and a clock made here: every block to its sample."""

import io
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import MadeClock

from live.core.messages import AudioBlock
from live.sound import input_stream, microphone, output_stream, patience
from live.sound.device import process, program
from live.sound.device.process import Refused
from live.sound.input_stream import CapturedBlock, InputStream
from live.sound.microphone import Microphone
from live.sound.output_stream import (
    AHEAD_BLOCKS,
    BlockQueue,
    OutputStream,
    default_output,
    playable_rate,
)
from live.sound.patience import Patience
from live.sound.portaudio import InputDevice
from live.sound.source import SourceError

RATE, N = 1_000, 10  # 10 ms blocks
DEVICE = InputDevice(3, "mic", "ALSA", 6, RATE, True, False)


class Stream:
    """PortAudio's, whose callback a test calls."""

    def __init__(self, **asked):
        self.asked, self.calls = asked, []

    def start(self):
        self.calls.append("start")


class PortAudioError(Exception):
    """Of PortAudio."""


class Line:
    """The device's program itself, in this process: all that is said goes through its pipes."""

    made: list["Line"]

    def __init__(self, job, asked, hear, ended, settings=None):
        self.hear, self.ended, self.settings = hear, ended, settings
        self.pid, self.calls = 4_711, []
        Line.made.append(self)
        told = io.BytesIO()
        self.opened = program.answer(job, dict(asked), told, lambda seconds: None)
        process._answered(told.getvalue())
        self.asked = self.opened.stream.asked

    def callback(self, buffer, n_samples, time, status):
        self.opened.callback(buffer, n_samples, time, status)
        told = io.BytesIO()
        while len(self.opened.news):
            told.write(self.opened.news.take())
        told.seek(0)
        self.hear(told)

    def send(self, message, patience=-1.0):
        self.calls.append(len(message))
        self.opened.serve(io.BytesIO(message))
        return True

    def close(self):
        self.calls.append("close")


def answered(job, **asked):
    told = io.BytesIO()
    program.answer(job, asked, told, lambda seconds: None)
    return process._answered(told.getvalue())


def _device(index=None, kind=None):
    if kind:
        return {"name": "speakers", "default_samplerate": 44_100.0}
    return {"name": {3: "mic", 5: "pulse"}[index]}


@pytest.fixture
def clock(monkeypatch):
    """One clock, and a PortAudio that opens everything."""
    made = MadeClock()
    Line.made = []
    told = SimpleNamespace(
        RawInputStream=Stream, RawOutputStream=Stream, PortAudioError=PortAudioError,
        check_input_settings=lambda **_: None, check_output_settings=lambda **_: None,
        query_devices=_device,
    )  # fmt: skip
    made.told = told
    monkeypatch.setitem(sys.modules, "sounddevice", told)
    for module in (microphone, output_stream):
        monkeypatch.setattr(module, "ask", answered)
    for module in (input_stream, output_stream):
        monkeypatch.setattr(module, "DeviceProcess", Line)
    for module in (input_stream, microphone, output_stream, program):
        monkeypatch.setattr(module, "perf_counter", made.perf_counter)
        monkeypatch.setattr(module, "Patience", lambda: Patience(made.perf_counter), raising=False)
    monkeypatch.setattr(microphone, "find_input", lambda name: DEVICE)
    monkeypatch.setattr(microphone, "default_input", lambda: DEVICE)
    monkeypatch.setattr(output_stream.pulseaudio, "default_output", lambda: None)
    return made


def status(**flags):
    return SimpleNamespace(**({"input_overflow": False, "output_underflow": False} | flags))


# the input


def test_the_callback_copies_and_counts(clock):
    taken = []
    stream = InputStream(DEVICE, RATE, 2, taken.append)
    (made,) = Line.made
    assert made.opened.stream.calls == ["start"]
    asked = {n: made.asked[n] for n in ("device", "samplerate", "channels", "blocksize", "latency")}
    assert asked == {"device": 3, "samplerate": RATE, "channels": 2, "blocksize": 10,
                     "latency": "low"}  # fmt: skip
    buffer = np.full((N, 2), 0.5, np.float32)
    for number in range(3):
        clock.now += 0.01
        made.callback(buffer, N, None, status(input_overflow=number == 1))
        buffer += 0.1
    assert [block.start for block in taken] == [0, 10, 20]
    assert [block.arrived_at - 1_000 for block in taken] == pytest.approx([0.01, 0.02, 0.03])
    assert [block.is_after_overflow for block in taken] == [False, True, False]
    assert [float(block.samples[0, 0]) for block in taken] == pytest.approx([0.5, 0.6, 0.7])
    assert {block.capture for block in taken} == {stream}
    assert (stream.n_overflows, stream.opened_at, stream.pulse_source) == (1, 1_000.0, None)
    assert not stream.ended.is_set()
    made.ended()
    assert stream.ended.is_set()
    stream.close()
    assert made.calls == ["close"]


def test_what_was_heard_while_nobody_listened_is_counted_the_newest_second_kept(clock):
    taken = []
    stream = InputStream(DEVICE, RATE, 1, taken.append)
    (made,) = Line.made
    for _ in range(149):
        clock.now += 0.01
        made.opened.callback(np.zeros((N, 1), np.float32), N, None, status())
    clock.now += 0.01
    made.callback(np.zeros((N, 1), np.float32), N, None, status())
    assert [block.start for block in taken] == list(range(500, 1_500, N))
    assert [b.arrived_at - 1_000 for b in taken] == pytest.approx(np.arange(0.51, 1.505, 0.01))
    assert stream.n_overflows == 1
    made.callback(np.zeros((N, 1), np.float32), N, None, status())
    assert stream.n_overflows == 1 and taken[-1].start == 1_500


def test_a_message_that_breaks_off_is_none(clock):
    taken = []
    InputStream(DEVICE, RATE, 1, taken.append)
    (made,) = Line.made
    made.opened.callback(np.zeros((N, 1), np.float32), N, None, status())
    whole = made.opened.news.take()
    for n_bytes in (0, 3, 17, len(whole) - 1):
        made.hear(io.BytesIO(whole[:n_bytes]))
    assert taken == []
    made.hear(io.BytesIO(whole))
    assert len(taken) == 1


def test_the_end_of_a_stream_is_told_when_all_before_it_was(clock):
    InputStream(DEVICE, RATE, 1, print)
    (made,) = Line.made
    made.opened.callback(np.zeros((N, 1), np.float32), N, None, status())
    made.asked["finished_callback"]()
    told = io.BytesIO()
    program.serve(made.opened, io.BytesIO(), told)
    assert len(told.getvalue()) == 17 + 4 * N


def test_another_device_at_the_same_number_is_not_opened(clock):
    clock.told.query_devices = lambda index: {"name": "another"}
    with pytest.raises(Refused, match="has just changed"):
        InputStream(DEVICE, RATE, 1, print)
    with pytest.raises(SourceError, match="has just changed"):
        Microphone()


def test_what_the_sound_server_calls_it_is_asked_once_and_watched(clock, monkeypatch):
    watched = []

    class Watch:
        def __init__(self, link, pid, on_moved):
            assert pid == 4_711, "the stream is one of the device's process"
            self.link, self.on_moved, self.is_stopped = link, on_moved, False
            watched.append(self)

        def stop(self):
            self.is_stopped = True

    link = SimpleNamespace(stream=7, source="usb")
    monkeypatch.setattr(input_stream, "MoveWatch", Watch)
    monkeypatch.setattr(input_stream, "newest_link", lambda pid: None)
    assert InputStream(DEVICE, RATE, 1, print).find_pulse_source() is None
    assert not watched
    monkeypatch.setattr(input_stream, "newest_link", lambda pid: link if pid == 4_711 else None)
    stream = InputStream(DEVICE, RATE, 1, print)
    assert stream.find_pulse_source() == "usb" == stream.pulse_source
    (watch,) = watched
    watch.on_moved()
    assert stream.ended.is_set()
    stream.close()
    assert watch.is_stopped
    stream.find_pulse_source()
    assert len(watched) == 1, "what is closed is not watched any more"


# the microphone


class Room:
    """A microphone without its thread: blocks are handed to it one by one."""

    def __init__(self, clock):
        self.clock, self.blocks = clock, []
        self.mic = Microphone()
        self.capture = self.opened()
        self.mic._input.start(self.capture)
        self.mic._last_block_at = self.mic._last_sound_at = self.mic._zero_at = clock.now
        self.mic._patience = Patience(clock.perf_counter)

    def opened(self):
        return InputStream(DEVICE, RATE, 2, self.mic._queue.put)

    def put(self, block):
        assert isinstance(block, AudioBlock)
        self.blocks.append(block)

    def hear(self, start, late=0.0, level=0.5, overflow=False, capture=None):
        """The block that begins at `start` samples of its capture, `late` s after it sounded."""
        samples = np.full((N, 2), level, np.float32)
        block = CapturedBlock(
            capture or self.capture, samples, start, self.clock.now + late, overflow
        )
        self.mic._hear(block, self.put)

    def steady(self, n, first=0, **more):
        for number in range(n):
            self.clock.now += 0.01
            self.hear(first + N * number, **more)


@pytest.fixture
def room(clock):
    return Room(clock)


def test_at_first_it_is_opening_and_takes_two_channels_at_most(room):
    mic = room.mic
    assert (mic.name, mic.microphone, mic.loudspeaker) == ("mic", "mic", "")
    assert (mic.rate, mic.channels, mic.duration) == (RATE, 2, 0.0)
    assert (mic.status, mic.sound, mic.overflows, mic.restarts) == ('opening "mic"', False, 0, 0)
    with pytest.raises(SourceError, match="leave out --offline"):
        mic.blocks()


def test_a_name_is_looked_for_and_without_one_the_default_is_taken(clock, monkeypatch):
    asked = []
    other = InputDevice(5, "usb", "PulseAudio", 1, 48_000, False, False, "usb_1")
    monkeypatch.setattr(microphone, "find_input", lambda name: asked.append(name) or other)
    named, usual = Microphone("us"), Microphone()
    assert (named.name, named.rate, named.channels) == ("usb", 48_000, 1)
    assert (usual.name, usual.rate) == ("mic", RATE)
    assert asked == ["us"]
    assert (named._wanted, named._pulse_source) == ("usb_1", "usb_1")
    assert (usual._wanted, usual._pulse_source) == ("mic", None)


def test_one_that_refuses_is_said(clock):
    def refuse(*_, **__):
        raise PortAudioError("busy")

    clock.told.check_input_settings = refuse
    with pytest.raises(SourceError, match=r'The input "mic" cannot be opened \(busy\)'):
        Microphone()


def test_blocks_are_counted_from_the_first(room):
    room.steady(5)
    assert [block.first_sample for block in room.blocks] == [0, 10, 20, 30, 40]
    heard_at = [b.captured_at - 1_000 for b in room.blocks]
    assert heard_at == pytest.approx(0.01 + 0.01 * np.arange(5), abs=1e-6)
    assert {block.rate for block in room.blocks} == {RATE}
    assert (room.mic.status, room.mic.sound) == ('listening to "mic"', True)
    assert room.mic._zero_at == pytest.approx(1_000.0, abs=1e-6)


def test_two_seconds_of_zeros_are_a_mute_and_any_sound_ends_it(room):
    room.steady(5)
    room.steady(199, 50, level=0.0)
    assert room.mic.sound
    room.steady(3, 2_040, level=0.0)
    assert not room.mic.sound
    assert room.mic.status == 'no sound: "mic" gives only zeros, is it muted?'
    room.steady(1, 2_070)
    assert room.mic.sound and room.mic.status == 'listening to "mic"'


@pytest.mark.parametrize("is_told", [True, False])
def test_sound_that_an_overflow_lost_is_a_gap(room, is_told):
    """Told by PortAudio, or because the blocks stood still for more than 0.2 s."""
    room.steady(50)
    room.clock.now += 0.25  # 0.25 s are missing from here on
    room.hear(500, overflow=is_told)
    room.steady(110, 510)
    first = [block.first_sample for block in room.blocks]
    steps = np.diff(first)
    (at,) = np.flatnonzero(steps != 10)
    assert steps[at] == pytest.approx(10 + 240, abs=11)
    assert first[-1] / RATE == pytest.approx(room.clock.now - 1_000.01, abs=0.011)


def test_blocks_that_only_came_late_leave_no_gap(room):
    room.steady(50)
    room.clock.now += 0.3
    for number in range(30):  # they come in a heap
        room.hear(500 + N * number)
    room.steady(120, 800)
    assert np.diff([block.first_sample for block in room.blocks]).tolist() == [10] * 199
    room.clock.now += 0.19
    room.hear(2_000)
    room.steady(120, 2_010)
    assert set(np.diff([b.first_sample for b in room.blocks]).tolist()) == {10}, "no doubt of it"


def test_what_is_late_is_told_and_what_is_gone_is_silence_until_it_is_back(room, monkeypatch):
    mic, clock = room.mic, room.clock
    closed = []
    monkeypatch.setattr(mic._input, "_beside", lambda name, body: closed.append(name))
    monkeypatch.setattr(mic._input, "_now", clock.perf_counter)
    room.steady(10)
    room.capture.n_overflows = 2
    told = []
    for number in range(1, 65):
        clock.now += 0.05
        mic._watch(room.capture)
        told.append((round(number * 0.05, 2), mic.status))
        if mic._input.is_lost:
            break
    late = [at for at, said in told if "too busy" in said]
    assert late[0] == pytest.approx(0.6) and not mic.sound
    assert told[-1] == (pytest.approx(3.1), 'no sound: "mic" is gone, trying again every second')
    assert mic._input.is_lost and closed == ["close"] and mic.overflows == 2
    room.blocks.clear()
    mic._send_silence(clock.now - 0.03, room.put)
    ends = [block.end for block in room.blocks]
    assert ends == pytest.approx(0.11 + 0.01 * np.arange(len(ends)))
    assert ends[-1] == pytest.approx(clock.now - 0.03 - 1_000, abs=0.0101)
    assert all(block.samples.shape == (10, 2) and not block.samples.any() for block in room.blocks)
    assert [b.captured_at - 1_000 for b in room.blocks] == pytest.approx(ends)
    # Back: the silence goes on to its first sample, and the numbers with it.
    other = room.opened()
    mic._input.device, mic._is_first = other, True
    room.blocks.clear()
    clock.now += 0.5
    room.hear(0, capture=other)
    assert (mic.restarts, mic._input.is_lost, mic.sound) == (1, False, True)
    assert room.blocks[-1].samples.any()
    assert room.blocks[-1].end == pytest.approx(clock.now - 1_000, abs=0.0101)
    silent = room.blocks[:-1]
    assert silent and not any(block.samples.any() for block in silent)
    assert np.diff([block.first_sample for block in room.blocks]).tolist() == [10] * len(silent)


def test_the_first_blocks_after_a_loss_settle(room):
    mic = room.mic
    block = CapturedBlock(room.capture, np.zeros((N, 2), np.float32), 0, 1_000.149, False)
    assert not mic._is_settling(block)
    mic._input.is_lost = True
    assert mic._is_settling(block)
    assert not mic._is_settling(block._replace(arrived_at=1_000.151))


class Scripted:
    """A queue whose blocks come one after the other; then the microphone is stopped."""

    def __init__(self, mic, clock, items):
        self.mic, self.clock, self.items, self.waits = mic, clock, list(items), []

    def take(self, timeout):
        self.waits.append(timeout)
        item = self.items.pop(0) if self.items else None
        if not self.items:
            self.mic._stopping.set()
        if callable(item):
            return item()
        self.clock.now += timeout if item is None else 0.0
        return item

    def close(self):
        self.waits.append("closed")

    def __len__(self):
        return 0


def test_the_thread_hears_blocks_of_this_capture_alone_and_closes_it(room, monkeypatch):
    mic, other = room.mic, room.opened()
    samples = np.full((N, 2), 0.5, np.float32)

    def block(capture, start):
        room.clock.now += 0.01
        return CapturedBlock(capture, samples, start, room.clock.now, False)

    mic._queue = Scripted(mic, room.clock, [
        lambda: block(room.capture, 0), lambda: block(other, 0), lambda: block(room.capture, 10),
        None,
    ])  # fmt: skip
    mic._run(room.put)
    assert [b.first_sample for b in room.blocks] == [0, 10]
    assert mic._queue.waits == [0.05] * 4
    assert Line.made[0].calls == ["close"], "closed at the end"


def test_the_thread_sends_silence_while_it_is_lost_and_takes_the_device_back(room, monkeypatch):
    mic, clock = room.mic, room.clock
    room.steady(5)
    room.blocks.clear()
    back = room.opened()
    clock.now += 0.01
    mic._input.lose()
    offers = iter([None, None, back])

    def seek():
        mic._input.device = next(offers, back)
        return mic._input.device

    monkeypatch.setattr(mic._input, "seek", seek)
    patience, mic._is_first = mic._patience, False
    mic._queue = Scripted(mic, clock, [None] * 6)
    mic._run(room.put)
    assert mic._queue.waits == [0.01] * 6
    assert [b.first_sample for b in room.blocks] == [50 + N * n for n in range(len(room.blocks))]
    assert room.blocks and not any(b.samples.any() for b in room.blocks)
    assert clock.now - room.blocks[-1].captured_at == pytest.approx(0.03, abs=0.0101)
    assert mic._is_first and mic._patience is not patience


def test_it_is_opened_asked_for_its_name_and_closed_in_this_order(clock, monkeypatch):
    threads, worked = [], []

    class Thread:
        def __init__(self, target, name, daemon):
            threads.append((target, name, daemon))

        def start(self):
            threads.append("started")

    def worker(name, body, ending, broke):
        worked.append((name, ending, broke))
        return SimpleNamespace(join=lambda timeout: worked.append(timeout))

    monkeypatch.setattr(microphone.threading, "Thread", Thread)
    monkeypatch.setattr(microphone, "start_worker", worker)
    mic = Microphone()
    mic.start(print)
    capture = mic._input.device
    assert threads == [(capture.find_pulse_source, "ask-pulse", True), "started"]
    assert worked == [("microphone", mic._stopping, mic._broke)]
    assert mic._last_block_at == mic._last_sound_at == mic._zero_at == clock.now
    mic.sound = True
    mic._broke("oh", 4.0)
    assert not mic.sound and mic.status.startswith("the input failed (oh), ")
    mic.stop()
    assert mic._stopping.is_set() and worked[1:] == [2.0]
    assert mic._queue.take(timeout=5.0) is None, "who waits for a block is woken"
    Microphone().stop()  # that was never started


@pytest.mark.parametrize(
    ("known", "there", "found", "heard", "is_taken"),
    [
        (None, None, ("mic", ""), "usb", True), ("usb", {"usb"}, ("mic", ""), "usb", True),
        ("usb", {"other"}, ("mic", ""), "usb", False), ("usb", None, ("mic", ""), "usb", False),
        ("usb", {"usb"}, ("mic", ""), "other", False), (None, None, ("other", ""), "usb", False),
        (None, None, ("other", "mic"), "usb", True), (None, None, None, "usb", False),
    ],
)  # fmt: skip
def test_only_the_same_device_is_taken_back(
    room, clock, monkeypatch, known, there, found, heard, is_taken
):
    mic, listed = room.mic, []
    mic._pulse_source = known
    monkeypatch.setattr(microphone, "source_names", lambda: there)

    def find(name):
        listed.append(1)
        if found is None:
            raise SourceError("none")
        return InputDevice(3, found[0], "ALSA", 2, RATE, True, False, found[1])

    monkeypatch.setattr(InputDevice, "portaudio_name", "mic")
    monkeypatch.setattr(microphone, "find_input", find)
    monkeypatch.setattr(InputStream, "find_pulse_source", lambda self: heard)
    n_before = len(Line.made)
    capture = mic._reopen()
    assert (capture is not None) == is_taken
    assert listed == ([] if known and known not in (there or ()) else [1])
    if heard == "other":
        assert Line.made[-1].calls == ["close"]
    if is_taken:
        assert len(Line.made) == n_before + 1 and Line.made[-1].calls == []


def test_patience_does_not_mind_where_a_clock_begins():
    now = [0.25]
    patient = Patience(lambda: now[0])
    waits = []
    for newest in (0.2, 0.3, 0.3, 0.4):
        now[0] += 0.1
        waits.append(patient.waited(newest))
    assert waits == pytest.approx([0.0, 0.0, 0.1, 0.0])


# the loudspeaker


class Played:
    """An opened output, asked for blocks at times of the clock."""

    def __init__(self, clock):
        self.clock, self.queue = clock, BlockQueue()
        self.output = OutputStream(RATE, 1, self.queue)
        self.line = Line.made[-1]

    def ask(self, delay=0.05, underflow=False):
        buffer = bytearray(b"\x09" * 4 * N)
        times = SimpleNamespace(outputBufferDacTime=50.0 + delay, currentTime=50.0)
        self.line.callback(buffer, N, times, status(output_underflow=underflow))
        return np.frombuffer(buffer, np.float32).tolist()

    def put(self, *levels):
        for level in levels:
            self.queue.put(np.full((N, 1), level, np.float32))

    def heard(self):
        """What was heard so far."""
        found = []
        while (item := self.output.heard(0.0)) is not None:
            found.append(None if item[0] is None else float(item[0][0, 0]))
        return found


def test_it_is_silent_until_it_plays_and_gives_back_what_was_heard(clock):
    played = Played(clock)
    asked = played.line.asked
    assert (asked["samplerate"], asked["channels"], asked["blocksize"]) == (RATE, 1, 10)
    assert asked["latency"] == 0.1 and not played.output.is_running
    played.queue.put(np.full((N, 1), 0.25, np.float32))
    played.queue.put(np.full((4, 1), 0.5, np.float32))
    played.queue.put(None)
    assert played.ask(underflow=True) == [0.0] * N
    assert played.output.is_running and played.output.n_underflows == 0
    assert played.output.heard(0.0) is None
    played.output.play()
    assert played.ask() == [0.25] * N
    clock.now += 0.01
    assert played.ask(underflow=True) == [0.5] * 4 + [0.0] * 6
    clock.now += 0.004
    played.ask()
    assert played.ask() == [0.0] * N, "nothing is queued any more"
    assert played.output.n_underflows == 1
    heard = [played.output.heard(0.0) for _ in range(4)]
    ends = [at - 1_000 for _, at in heard[:3]]
    assert ends == pytest.approx([0.06, 0.064, 0.064], abs=1e-6)
    assert heard[2][0] is None and heard[3] is None
    played.output.close()
    assert played.line.calls[-1] == "close"


def test_a_few_blocks_wait_at_the_device_and_no_more(clock):
    played = Played(clock)
    levels = [number / 64 for number in range(40)]
    played.put(*levels)
    played.output.play()
    assert played.queue.qsize() == 40 - AHEAD_BLOCKS
    assert [played.ask()[0] for _ in levels] == levels
    assert played.heard() == levels
    assert played.ask() == [0.0] * N
    played.put(0.75)
    assert played.ask() == [0.0] * N, "what the decoder gives late is sent now"
    assert played.ask() == [0.75] * N


def test_what_was_not_played_is_taken_back_in_its_order(clock):
    played = Played(clock)
    levels = [number / 64 for number in range(20)]
    played.put(*levels)
    played.output.play()
    assert [played.ask()[0] for _ in range(3)] == levels[:3]
    played.output.take_back()
    assert [float(block[0, 0]) for block in list(played.queue.queue)] == levels[3:]
    assert played.queue.get() is not None, "the owner goes on without it"
    assert played.ask() == [0.0] * N, "and nothing is heard twice"
    assert [played.ask()[0] for _ in range(16)] == levels[4:], "until it asks again"
    assert played.heard() == levels[:3] + levels[4:]


def test_a_block_that_is_played_while_it_is_taken_back_counts_when_it_is_played_again(clock):
    played = Played(clock)
    played.put(0.25, 0.5)
    played.output.play()
    forget = played.line.opened._blocks.copy()
    played.output.take_back()
    played.line.opened._blocks.extend(forget)  # the message is still on its way
    assert played.ask() == [0.25] * N and played.heard() == []
    played.line.opened._blocks.popleft()
    assert [played.ask()[0] for _ in range(2)] == [0.25, 0.5]
    assert played.heard() == [0.25, 0.5]


def test_one_that_is_stopped_takes_nothing_any_more(clock):
    played = Played(clock)
    played.put(0.25, 0.5)
    played.output.play()
    played.output.stop()
    assert played.ask() == [0.0] * N and played.queue.qsize() == 2
    played.output.close()
    assert played.queue.qsize() == 2


def test_what_was_played_is_told_also_to_who_was_held_up_for_long(clock):
    played = Played(clock)
    played.put(*[0.5] * AHEAD_BLOCKS)
    played.output.play()
    times = SimpleNamespace(outputBufferDacTime=50.0, currentTime=50.0)
    for _ in range(5_000):
        played.line.opened.callback(bytearray(4 * N), N, times, status())
    played.ask()
    assert played.heard() == [0.5] * AHEAD_BLOCKS


@pytest.mark.parametrize(("delay", "believed"), [(0.0, 0.0), (0.99, 0.99), (1.0, 0.0), (-0.1, 0.0)])
def test_a_delay_that_cannot_be_is_none(clock, delay, believed):
    played = Played(clock)
    played.queue.put(np.zeros((N, 1), np.float32))
    played.output.play()
    played.ask(delay)
    _, at = played.output.heard(0.0)
    assert at - 1_000 == pytest.approx(0.01 + believed, abs=1e-6)


def test_when_it_is_late_and_when_it_is_lost(clock):
    played = Played(clock)
    output = played.output
    assert not output.is_late() and not output.is_lost()
    for _ in range(10):
        clock.now += 0.1
        assert not output.is_late(), "it never asked"
    played.ask()
    seen = []
    for _ in range(40):
        clock.now += 0.1
        seen.append((output.is_late(), output.is_lost()))
    late, lost = (np.flatnonzero([pair[n] for pair in seen])[0] for n in (0, 1))
    assert (late + 1) * 0.1 == pytest.approx(0.6, abs=0.11)
    assert (lost + 1) * 0.1 == pytest.approx(3.1, abs=0.11)
    played = Played(clock)
    played.line.ended()
    assert played.output.is_lost() and not played.output.is_late()


def test_which_rate_can_be_played(clock):
    assert playable_rate(48_000, 2) == 48_000
    assert default_output() == "speakers"

    def refuse(*_, **__):
        raise PortAudioError("no")

    clock.told.check_output_settings = refuse
    assert playable_rate(48_000, 2) == 44_100
    clock.told.query_devices = refuse
    assert playable_rate(48_000, 2) is None
    with pytest.raises(SourceError, match="no sound output"):
        default_output()


@pytest.mark.parametrize("kind", ["RawInputStream", "RawOutputStream"])
def test_a_stream_that_does_not_start_is_refused_with_the_reason(clock, kind):
    class Broken(Stream):
        def start(self):
            raise PortAudioError("Device\n  unavailable")

    setattr(clock.told, kind, Broken)
    with pytest.raises(Refused, match=r"^Device unavailable$"):
        if kind == "RawInputStream":
            InputStream(DEVICE, RATE, 1, print)
        else:
            OutputStream(RATE, 1, BlockQueue())


def test_the_opening_alone_is_timed_and_not_the_loading(clock):
    """On a busy machine a program takes seconds to begin."""
    limits = []
    program.answer("output", {}, io.BytesIO(), limits.append)
    assert limits == [program.OPENING_S]
    assert patience.GONE_S < program.OPENING_S < program.LOADING_S < process.PATIENCE_S


def test_a_source_is_chosen_by_its_name(clock):
    for source, settings in (("usb", {"PULSE_SOURCE": "usb"}), ("", {})):
        name = "USB Mic" if source else "pulse"
        device = InputDevice(5, name, "PulseAudio", 1, RATE, True, False, source)
        InputStream(device, RATE, 1, print)
        assert Line.made[-1].settings == settings
    assert patience.LATE_S < patience.GONE_S


def test_who_waits_for_the_next_block_is_woken_by_it(clock):
    played = Played(clock)
    played.queue.put(np.zeros((N, 1), np.float32))
    played.output.play()
    threading.Timer(0.05, played.ask).start()
    item = played.output.heard(timeout=20.0)
    assert item is not None and item[1] - 1_000 == pytest.approx(0.06, abs=1e-6)
    assert played.output.heard(timeout=0.01) is None


def test_who_waits_does_not_turn_in_circles_for_news_that_were_taken(clock):
    played = Played(clock)
    played.queue.put(np.zeros((N, 1), np.float32))
    played.output.play()
    played.ask()
    assert played.output.heard(0.0) is not None
    waits, real = [], played.output._news

    class News:
        clear = real.clear

        def wait(self, timeout):
            waits.append((timeout, real.is_set()))
            return real.is_set()

    played.output._news = News()
    assert played.output.heard(0.125) is None
    assert waits == [(0.125, False)]
