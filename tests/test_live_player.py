"""Music played aloud: heard when the blocks say it is, and going on when the output is lost."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import pytest
import soundfile
from made_songs import noise
from virtual_mic import VirtualMic, needs_virtual_mic, virtual_mic_server

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.device, needs_virtual_mic]


@pytest.fixture
def virtual_mic() -> Iterator[VirtualMic]:
    """Its sink is the default output as well, so what is played aloud comes back."""
    with virtual_mic_server() as server:
        yield server


def run(mic: VirtualMic, script: str, *words: str | Path) -> "subprocess.Popen[str]":
    # The server's 30 ms are meant for microphones; as a buffer for playing they run dry.
    env = {key: value for key, value in mic.env.items() if key != "PULSE_LATENCY_MSEC"}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *words],
        env=env | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


CLICKS = """
    import sys, time
    import numpy as np
    from live.sound.open import open_source

    def listen(source, clicks):
        def put(block):
            loud = np.flatnonzero(np.abs(block.samples).max(axis=1) > 0.3)
            at = block.captured_at - (len(block.samples) - loud[0]) / block.rate if len(loud) else 0
            if len(loud) and (not clicks or at - clicks[-1] > 0.2):
                clicks.append(at)
        source.start(put)

    mic, song = open_source("virtual_mic"), open_source(sys.argv[1])
    heard, played = [], []
    listen(mic, heard)
    time.sleep(1.0)
    listen(song, played)
    song.finished.wait(10.0)
    time.sleep(0.3)
    print(song.status)
    mic.stop(), song.stop()
    print(*np.subtract(heard, played))
"""


def test_the_blocks_come_when_the_room_hears_them(virtual_mic: VirtualMic, tmp_path: Path) -> None:
    samples = np.zeros((44_100 * 3, 2), np.float32)
    for i in range(5):
        samples[(i + 1) * 22_050 : (i + 1) * 22_050 + 100] = 0.8
    soundfile.write(tmp_path / "clicks.wav", samples, 44_100)
    virtual_mic.start("virtual_mic")
    status, differences = (
        run(virtual_mic, CLICKS, tmp_path / "clicks.wav").communicate()[0].splitlines()
    )
    assert status == "playing clicks.wav"
    late = np.array(differences.split(), float)
    assert len(late) == 5
    # The microphone itself hears 10 to 25 ms late and in pairs of blocks.
    assert np.abs(np.median(late)) < 0.03
    assert np.abs(late).max() < 0.06


SONGS = """
    import json, sys
    from live.sound.open import open_source
    from live.sound.song_list import Order

    songs = open_source(sys.argv[1], then=sys.argv[2:], order=Order(crossfade=0.5))
    blocks, told = [], set()

    def put(block):
        blocks.append((block.first_sample, len(block.samples), songs.songs.at(block.end).number))
        told.add(songs.status)
        if len(blocks) == 100:
            songs.songs.change(1)

    songs.start(put)
    songs.finished.wait(60.0)
    songs.stop()
    print(json.dumps({"blocks": blocks, "told": [*told], "rate": songs.rate}))
"""


def test_songs_are_played_aloud_without_a_hole_and_changed(
    virtual_mic: VirtualMic, tmp_path: Path
) -> None:
    """The second song is 20 s long and is left for the third after the first second."""
    virtual_mic.start("virtual_mic")
    files = [noise(tmp_path / "a.wav", 0.7, 44_100), noise(tmp_path / "b.wav", 20.0, 8_000, 1),
             noise(tmp_path / "c.wav", 1.0, 96_000)]  # fmt: skip
    heard = json.loads(run(virtual_mic, SONGS, *files).communicate(timeout=90)[0])
    assert heard["told"] == ["playing 3 songs"]
    first, n, number = np.array(heard["blocks"]).T
    assert first[0] == 0 and np.all(np.diff(first) == n[:-1])
    assert sorted(set(number.tolist())) == [1, 2, 3] and np.all(np.diff(number) >= 0)
    left_at = first[number == 3][0] / heard["rate"]
    assert 1.0 < left_at < 4.0, "what is decoded is played, a second and what was held"
    assert np.isclose((first[-1] + n[-1]) / heard["rate"] - left_at, 1.0, atol=0.02)


LOSS = """
    import json, time
    from live.sound.open import open_source

    song, blocks, told = open_source("demo", duration=8.0), [], []
    song.start(lambda block: blocks.append((time.perf_counter(), block.first_sample)))
    print("started", flush=True)
    while not song.finished.wait(0.02):
        if not told or told[-1][1] != song.status:
            told.append((time.perf_counter(), song.status))
    song.stop()
    print(json.dumps({"blocks": blocks, "told": told, "restarts": song.restarts}))
"""


@pytest.mark.slow
def test_the_music_goes_on_unheard_and_is_heard_again(virtual_mic: VirtualMic) -> None:
    virtual_mic.start("virtual_mic")
    player = run(virtual_mic, LOSS)
    assert player.stdout and player.stdout.readline() == "started\n"
    sleep(1.5)
    killed_at = perf_counter()
    virtual_mic.do("kill")
    sleep(1.5)
    virtual_mic.start("virtual_mic")
    back_at = perf_counter()
    heard = json.loads(player.communicate(timeout=30)[0])
    unheard = [at for at, status in heard["told"] if "unheard" in status]
    playing = [at for at, status in heard["told"] if status == "playing demo music"]
    assert 0.0 < unheard[0] - killed_at < 1.0
    assert playing[0] < killed_at
    assert playing[-1] - back_at < 2.5
    assert heard["restarts"] >= 1
    put_at, first_sample = np.array(heard["blocks"]).T
    assert np.diff(put_at).max() < 0.8
    assert np.all(np.diff(first_sample) == 480)  # not a sample is left out or told twice


@pytest.mark.slow
def test_the_music_goes_on_while_the_sound_server_is_held_up(virtual_mic: VirtualMic) -> None:
    """Unheard, as with a lost output, but nothing is opened anew."""
    virtual_mic.start("virtual_mic")
    player = run(virtual_mic, LOSS)
    assert player.stdout and player.stdout.readline() == "started\n"
    sleep(1.5)
    server = virtual_mic.pid
    os.kill(server, signal.SIGSTOP)
    sleep(1.5)
    os.kill(server, signal.SIGCONT)
    heard = json.loads(player.communicate(timeout=30)[0])
    assert {status for _, status in heard["told"]} == {"playing demo music"}
    assert heard["restarts"] == 0
    put_at, first_sample = np.array(heard["blocks"]).T
    assert np.diff(put_at).max() < 0.9
    assert np.all(np.diff(first_sample) == 480)
