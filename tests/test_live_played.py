"""What the program plays itself, block by block, on a clock made here and without a device."""

from itertools import chain, repeat
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from made_clock import made_clock
from seeds import rng_of

from live.core import exact_sleep
from live.sound import file_reader, player
from live.sound.device.process import Refused
from live.sound.file_reader import SoundFileReader
from live.sound.open import AudioFileSource, DemoSource, SilentSource, open_source
from live.sound.player import Player
from live.sound.resampled import resampled

RATE = 8_000


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, rng_of(1).uniform(-0.5, 0.5, (2_345, 2)), RATE, subtype="FLOAT")
    return path


def in_pieces(samples, sizes):
    """A player of this sound that comes in pieces of these sizes, again and again."""

    def pieces():
        at = 0
        for size in sizes:
            if at >= len(samples):
                return
            yield samples[at : at + size]
            at += size

    return Player("it", RATE, samples.shape[1], pieces, aloud=False)


@pytest.mark.parametrize("sizes", [[10_000], repeat(1), chain([1, 1_999], repeat(333))])
def test_offline_it_comes_in_tenths_of_a_second_to_the_last_sample(sizes):
    samples = rng_of(2).uniform(-1, 1, (2_345, 1)).astype(np.float32)
    blocks = list(in_pieces(samples, sizes).blocks())
    assert [len(block.samples) for block in blocks] == [800, 800, 745]
    assert [block.first_sample for block in blocks] == [0, 800, 1_600]
    assert {block.rate for block in blocks} == {RATE}
    assert np.array_equal(np.concatenate([block.samples for block in blocks]), samples)


@pytest.mark.parametrize(("duration", "n"), [(0.1, 800), (0.2, 1_600), (0.25, 2_000), (9.0, 2_345)])
def test_a_duration_ends_it_to_the_sample(song, duration, n):
    source = AudioFileSource(song, aloud=False, duration=duration)
    blocks = list(source.blocks())
    assert sum(len(block.samples) for block in blocks) == n
    assert all(len(block.samples) for block in blocks)
    assert source.duration == pytest.approx(min(duration, 2_345 / RATE))


def test_live_it_comes_in_hundredths_and_its_end_is_told():
    samples = np.zeros((215, 1), np.float32)
    source = in_pieces(samples, [215])
    source._decode()
    queued = [source._queue.get_nowait() for _ in range(4)]
    assert [None if block is None else len(block) for block in queued] == [80, 80, 55, None]
    assert source._queue.empty()


def played(monkeypatch, seconds, stalls=None):
    """Blocks of silence as they are given out; after block n the clock jumps by `stalls[n]`."""
    clock = made_clock(monkeypatch, exact_sleep)
    monkeypatch.setattr(player, "perf_counter", clock.perf_counter)
    source, blocks, late = SilentSource(duration=seconds), [], []
    source._zero_at = clock.now
    source._decode()

    def put(block):
        blocks.append(block)
        late.append(clock.now - block.captured_at)
        clock.now += (stalls or {}).get(len(blocks), 0.0)

    source._run(put)
    assert source.finished.is_set()
    return blocks, late, source


def test_blocks_come_when_they_would_be_heard(monkeypatch):
    blocks, late, source = played(monkeypatch, 0.5)
    assert [block.first_sample for block in blocks] == [160 * n for n in range(50)]
    assert [b.captured_at - 1_000 for b in blocks] == pytest.approx(0.01 * np.arange(1, 51))
    assert late == pytest.approx([0.0] * 50, abs=1e-9)
    assert not any(block.stood or block.samples.any() for block in blocks)
    assert (source.status, source.sound) == ("silence, not played aloud", True)
    assert (source.overflows, source.restarts, source.loudspeaker) == (0, 0, "")
    assert source.microphone == ""


def test_a_late_computer_keeps_the_schedule_and_one_that_slept_goes_on_from_now(monkeypatch):
    blocks, late, _ = played(monkeypatch, 0.5, {10: 0.9})
    assert [b.captured_at - 1_000 for b in blocks] == pytest.approx(0.01 * np.arange(1, 51))
    assert late[10] == pytest.approx(0.89) and not any(block.stood for block in blocks)
    blocks, late, _ = played(monkeypatch, 0.5, {10: 7.0})
    assert [block.stood for block in blocks] == [n == 10 for n in range(50)]
    assert late == pytest.approx([0.0] * 50, abs=1e-9)
    assert blocks[10].captured_at - 1_000 == pytest.approx(7.1)
    assert blocks[49].captured_at - 1_000 == pytest.approx(7.1 + 0.39)
    assert [block.first_sample for block in blocks] == [160 * n for n in range(50)]


def test_another_rate_is_resampled_to_its_end():
    samples = np.sin(2 * np.pi * 440 * np.arange(4_000) / RATE).astype(np.float32)[:, None]
    heard = np.concatenate(list(resampled(iter(np.split(samples, 8)), RATE, 16_000, 1)))
    assert len(heard) == 8_000
    expected = np.sin(2 * np.pi * 440 * np.arange(8_000) / 16_000)
    assert np.abs(heard[200:7_800, 0] - expected[200:7_800]).max() < 0.01


def test_a_source_is_known_by_its_text(song, tmp_path):
    found = open_source(str(song), aloud=False)
    assert isinstance(found, AudioFileSource) and found.name == "song.wav"
    assert found.duration == pytest.approx(2_345 / RATE)
    later = open_source(str(song), aloud=False, place=lambda: 0.2)
    assert sum(len(block.samples) for block in later.blocks()) == 745
    demo = open_source("demo", aloud=False, duration=0.3, seed=4)
    assert isinstance(demo, DemoSource) and (demo.rate, demo.channels) == (48_000, 2)
    assert (demo.duration, demo.name) == (0.3, "demo music")
    assert open_source("demo", aloud=False).duration == 0.0, "it is endless"
    silent = SilentSource()
    assert (silent.rate, silent.channels, silent.duration) == (16_000, 1, 0.0)


@pytest.mark.parametrize(("claimed", "told"), [(0.99e7, 0.99e7), (1.01e7, 0.0)])
def test_a_length_that_only_a_header_claims_is_not_believed(song, monkeypatch, claimed, told):
    found = file_reader._open_sndfile(song)
    assert found is not None
    monkeypatch.setattr(file_reader, "_open_sndfile", lambda path: (*found[:2], claimed, found[3]))
    reader = SoundFileReader(song)
    assert reader.duration == told
    assert sum(map(len, reader.pieces())) == 2_345


# through an output


class Output:
    """An output that gives back what a test says."""

    def __init__(self, is_running=True):
        self.is_running, self.n_underflows, self.calls = is_running, 3, []
        self.late, self.lost, self.items = False, False, []

    def play(self):
        self.calls.append("play")

    def take_back(self):
        self.calls.append("take back")

    def stop(self):
        self.calls.append("stop")

    def close(self):
        self.calls.append("close")

    def is_late(self):
        return self.late

    def is_lost(self):
        return self.lost

    def heard(self, timeout):
        self.calls.append(timeout)
        return self.items.pop(0) if self.items else None


class Aloud:
    """A player whose output is made here."""

    def __init__(self, patch, output):
        self.clock = made_clock(patch, exact_sleep)
        patch.setattr(player, "perf_counter", self.clock.perf_counter)
        patch.setattr(player, "playable_rate", lambda rate, channels: rate)
        patch.setattr(player, "default_output", lambda: "HDMI")
        patch.setattr(Player, "_open_output", lambda it: output)
        self.source = Player("it", RATE, 1, lambda: iter([np.ones((8_000, 1), np.float32)]))
        self.source._output._beside = lambda name, body: body() if name == "close" else None
        self.source._output._now = self.clock.perf_counter
        self.works = []
        patch.setattr(player, "start_worker", lambda *given: self.works.append(given) or None)
        patch.setattr(player.threading, "Thread", lambda **given: Started(given))


class Started:
    def __init__(self, given):
        self.given = given

    def start(self):
        self.given["target"]()


@pytest.mark.parametrize(
    ("output", "status"),
    [(Output(), "playing it"),
     (None, "it, unheard: the sound output is gone, trying again every second")],
)  # fmt: skip
def test_it_is_played_through_an_output_or_goes_on_unheard(monkeypatch, output, status):
    aloud = Aloud(monkeypatch, output)
    source = aloud.source
    assert source.status == "ready to play it" and source.loudspeaker == "HDMI"
    source._queue = SimpleNamespace(put=lambda block, timeout: None)  # whatever is decoded
    source.start(print)
    assert source.status == status and source._zero_at == aloud.clock.now
    assert output is None or output.calls == ["play"]
    ((name, _, ending, broke),) = aloud.works
    assert (name, ending, broke) == ("player", source._stopping, source._broke)
    broke("oh", 0)
    assert source.status.startswith("it failed (oh), ")


def test_what_the_output_has_heard_comes_first_and_it_is_waited_for(monkeypatch):
    output = Output()
    source = Aloud(monkeypatch, output).source
    source._output.start(output)
    output.items = [("block", 1.0)]
    assert source._next() == ("block", 1.0)
    assert source._next() is None, "nothing from the queue: it will ask for it"
    assert output.calls == [0.1, 0.1] and source._output.device is output


def test_an_output_that_is_late_is_not_waited_for_the_music_goes_on(monkeypatch):
    output = Output()
    aloud = Aloud(monkeypatch, output)
    source = aloud.source
    source._output.start(output)
    source._zero_at = aloud.clock.now
    output.late, output.items = True, [("old", 1.0)]
    assert source._next() == ("old", 1.0)
    block = np.ones((80, 1), np.float32)
    source._queue.put(block)
    assert source._next() == (block, pytest.approx(1000.01, abs=1e-6))
    assert output.calls == [0.0, 0.0, "take back"] and source._output.device is output
    source._queue.put(None)
    aloud.clock.now += 1.5
    assert source._next() == (None, aloud.clock.now), "so far behind it goes on from now"


def test_an_output_that_is_lost_is_closed_and_taken_back(monkeypatch, caplog):
    output, back = Output(), Output()
    source = Aloud(monkeypatch, output).source
    source._output.start(output)
    source._tell()
    output.lost, output.items = True, [("last", 1.0)]
    assert source._next() == ("last", 1.0), "what it heard counts"
    assert source.overflows == 3 and not source._output.is_lost
    assert source._next() is None
    assert output.calls[-2:] == ["stop", "close"] and source._output.is_lost
    assert (source.overflows, source.restarts) == (3, 0)
    assert source.status == "it, unheard: the sound output is gone, trying again every second"
    source._queue.put(block := np.ones((80, 1), np.float32))
    assert source._next()[0] is block, "meanwhile it goes on by the computer's clock"
    source._output._offered = back
    source._queue.put(block)
    assert source._next()[0] is block
    assert back.calls == ["play"] and source.status == "playing it" and source.restarts == 1
    assert source.overflows == 6
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [
        "it, unheard: the sound output is gone, trying again every second",
        "the sound output is back",
    ]


def test_an_output_that_does_not_open_is_none(monkeypatch):
    source = Player("it", RATE, 1, lambda: iter(()), aloud=False)
    asked = []

    def refuse(*given):
        asked.append(given)
        raise Refused("no")

    monkeypatch.setattr(player, "OutputStream", refuse)
    assert source._open_output() is None
    assert asked == [(RATE, 1, source._queue)]


def test_the_end_stops_all_within_two_seconds(monkeypatch):
    aloud = Aloud(monkeypatch, Output())
    waits = []

    def join(timeout):
        waits.append(timeout)
        aloud.clock.now += 1.25

    aloud.source._threads = [SimpleNamespace(join=join)] * 3
    aloud.source.stop()
    assert aloud.source._stopping.is_set() and waits == pytest.approx([2.0, 0.75, 0.0])
