"""--out ndi, received by NDI's own library."""

import json
import os
import threading
import time
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
from made_pictures import painted
from seeds import rng_of
from stage_program import stage_program

from benchmarks.ndi_receiver import receiving
from live.core.cutout import NOTHING, Box, Cutout, PictureOnStage
from live.core.messages import Frame, Pose
from live.core.settings import OutputSettings
from live.outputs import package
from live.outputs.alpha import multiplied, straight, whole
from live.outputs.fitting import Fitting
from live.outputs.flag import parse_output
from live.outputs.frame import OutputFrame
from live.outputs.kind import Opening, OutputError, Told
from live.outputs.kinds import kind_of
from live.outputs.ndi import output as ndi_output
from live.outputs.ndi.fill import BLOCK_PX, HARDLY_SEEN, filled
from live.outputs.relay import Relay
from models.skeleton import STANDING

STAGE = (320, 180)
COLOUR = (220.0, 60.0, 60.0)
NAME = f"test {os.getpid()}"  # of this run alone


def disc(x=100, y=20, radius=50.0):
    """Somebody round with a soft edge, on a stage of 320 x 180."""
    side = int(2 * radius) + 4
    away = np.hypot(*(np.mgrid[:side, :side] + 0.5 - side / 2))
    alpha = np.clip(radius - away + 0.5, 0, 1)
    plate = np.zeros((STAGE[1], STAGE[0], 3), np.uint8)
    person = np.broadcast_to(COLOUR, (*alpha.shape, 3))
    picture = painted(person, alpha, np.zeros_like(alpha), plate, x, y)
    return Cutout(picture, plate, PictureOnStage(STAGE, (0, 0), (1, 1)))


def frame(number=0, at=0.0, alpha=True, cutout=None):
    image = np.full((STAGE[1], STAGE[0], 3), 90, np.uint8)
    shown = Frame(at, time.perf_counter(), image, Pose(at, STANDING, 0.0), 0.0, cutout or disc())
    return OutputFrame(shown, Fitting(STAGE, STAGE), alpha, number)


def over(rgba, ground):
    """Laid on a ground of one grey; (H, W, 3)."""
    alpha = rgba[..., 3:] / 255.0
    return rgba[..., :3] * alpha + ground * (1 - alpha)


# flags


def test_what_a_flag_asks_for():
    assert parse_output("ndi") == OutputSettings("ndi", "dancelive")
    asked = parse_output("ndi:Bühne links,fps=60,colours=multiplied")
    assert (asked.name, asked.fps, asked.option("colours")) == ("Bühne links", 60.0, "multiplied")
    for flag, said in (
        ("ndi:a/b", "a name for NDI has none of"),
        (f"ndi:{'a' * 61}", "a name is of up to 60 letters"),
        ("ndi:a\nb", "a name is of up to 60 letters"),
        ("ndi,colours=best", "write straight or multiplied"),
    ):
        with pytest.raises(OutputError, match=said):
            parse_output(flag)


def test_what_is_missing_is_told_with_its_command(monkeypatch):
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    assert kind_of("ndi").missing() == (
        "ndi-python is not installed: run `pip install 'dancelive[ndi]'`."
    )

    def without(name):
        raise ImportError("libavahi-client.so.3: cannot open shared object file")

    monkeypatch.setattr(package, "find_spec", lambda name: "there")
    monkeypatch.setattr(package, "import_module", without)
    assert "`apt install libavahi-client3`" in kind_of("ndi").missing()


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (30.0, Fraction(30)),
        (60.0, Fraction(60)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)),
        (240.0, Fraction(240)),
    ],
)
def test_rates_are_written_as_broadcasting_does(fps, rate):
    assert ndi_output.frame_rate(fps) == rate


# colours around the dancer


def some_box(rng, x, y, rows=40, columns=30):
    alpha = rng.choice([0, 0, 5, 128, 255], (rows, columns, 1)).astype(np.uint8)
    colours = rng.integers(0, 256, (rows, columns, 3), np.uint8)
    return Box(x, y, multiplied(np.concatenate([colours, alpha], -1)))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (13, 7), (90, 60), (70, 36), (16, 32)])
def test_what_is_seen_stays_and_the_rest_takes_the_mean_of_its_block(x, y):
    size = (120, 100)  # no whole number of blocks
    box = some_box(rng_of(1), x, y)
    not_multiplied = Box(x, y, straight(box.rgba))
    picture, plain = filled(box, not_multiplied, size), whole(not_multiplied, size)
    assert np.array_equal(picture[..., 3], plain[..., 3])
    seen = plain[..., 3] >= HARDLY_SEEN
    assert np.array_equal(picture[seen], plain[seen])
    before = whole(box, size)
    for top in range(0, size[1], BLOCK_PX):
        for left in range(0, size[0], BLOCK_PX):
            block = slice(top, top + BLOCK_PX), slice(left, left + BLOCK_PX)
            total = before[block].reshape(-1, 4).sum(0, dtype=float)
            mean = 255 * total[:3] / total[3] if total[3] else np.zeros(3)
            hidden = picture[block][~seen[block]][:, :3]
            assert not hidden.size or np.abs(hidden - mean).max() <= 0.51


def test_where_nobody_is_nothing_is_filled():
    assert not filled(NOTHING, NOTHING, (64, 36)).any()


# received


@contextmanager
def sending(flag, fps=30.0, size=STAGE):
    pytest.importorskip("NDIlib", reason="needs the extra ndi: pip install 'dancelive[ndi]'")
    asked = parse_output(flag)
    output = kind_of("ndi").open(Opening(asked, size, fps, Told()))
    try:
        yield output
    finally:
        output.close()


def until_received(output, receiver, made):
    """Send pictures until one arrives; the last ones may differ."""
    for number in range(200):
        output.send(made(number))
        if (received := receiver.take(0.1)) is not None:
            return received
    raise AssertionError("nothing was received")


def test_the_dancer_arrives_cut_out_at_their_media_time():
    with sending(f"ndi:{NAME}") as output, receiving(NAME) as receiver:
        sent = frame().straight_rgba
        received = until_received(output, receiver, lambda number: frame(number, 1234.5))
        assert received.has_alpha and received.pixels.shape == (180, 320, 4)
        assert received.time == 1234.5 and received.rate == 30.0
        assert abs(received.at - received.sent_at) < 5.0
        assert np.abs(received.pixels[..., 3].astype(int) - sent[..., 3]).max() <= 6
        for ground in (0, 255):  # without filled() one of them is off by 120
            off = np.abs(over(received.pixels, ground) - over(sent, ground))
            assert off.max() < 16 and off.mean() < 0.5
        assert output.state == "1 receiver"


def test_colours_may_be_multiplied_or_the_stage_may_be_shown_whole():
    with sending(f"ndi:{NAME},colours=multiplied") as output, receiving(NAME) as receiver:
        received = until_received(output, receiver, frame)
        assert received.has_alpha and not received.pixels[:, :40].any()
        assert np.abs(received.pixels[72, 152] - (*COLOUR, 255)).max() <= 6
    with sending(f"ndi:{NAME},alpha=off") as output, receiving(NAME) as receiver:
        received = until_received(output, receiver, lambda number: frame(number, alpha=False))
        assert not received.has_alpha
        assert np.abs(received.pixels[..., :3] - 90.0).max() <= 4


def test_nothing_waits_for_the_clock_of_the_library():
    """At two pictures a second, its own clock would take twenty seconds for forty."""
    with sending(f"ndi:{NAME}", fps=2.0) as output, receiving(NAME) as receiver:
        until_received(output, receiver, frame)
        began = time.perf_counter()
        for number in range(1000, 1040):
            assert output.send(frame(number))
        assert time.perf_counter() - began < 10.0


def test_repeated_pictures_count_on():
    with sending(f"ndi:{NAME}", fps=60.0) as output, receiving(NAME) as receiver:
        until_received(output, receiver, frame)
        shown = frame(1000, 7.0)
        times = []
        for sent in (shown, shown, shown, frame(1001, 7.0 + 1 / 30)):
            assert output.send(sent)
            while (received := receiver.take()) is not None and received.time < 7.0:
                pass  # those of before
            assert received is not None
            times.append(received.time)
        assert times == pytest.approx([7.0, 7.0 + 1 / 60, 7.0 + 2 / 60, 7.0 + 1 / 30], abs=1e-7)


def test_no_picture_is_made_for_nobody():
    class Untouched:
        number = 1

        def __getattr__(self, name):
            raise AssertionError(name)

    with sending(f"ndi:{NAME}") as output:
        assert not output.send(Untouched())
        assert output.state == "0 receivers"


def test_a_name_is_there_once():
    kind, asked = kind_of("ndi"), parse_output(f"ndi:{NAME}")
    with sending(f"ndi:{NAME}"):
        with pytest.raises(OutputError, match="has an NDI source of that name already"):
            kind.check(asked)
        with pytest.raises(OutputError, match="choose another one"), sending(f"ndi:{NAME}"):
            pass
    kind.check(asked)
    assert kind.missing() == ""


@pytest.mark.parametrize("fps", [30, 60])
def test_a_show_at_30_leaves_at_the_rate_that_is_asked_for(fps):
    pytest.importorskip("NDIlib", reason="needs the extra ndi: pip install 'dancelive[ndi]'")
    ending = threading.Event()
    relay = Relay(parse_output(f"ndi:{NAME},fps={fps}"), kind_of("ndi"), STAGE, 30.0)
    cutout = disc()

    def show():
        began, n = time.perf_counter(), 0
        while not ending.wait(max(0.0, began + n / 30 - time.perf_counter())):
            image = np.zeros((STAGE[1], STAGE[0], 3), np.uint8)
            pose = Pose(n / 30, STANDING, 0.0)
            relay.put(Frame(n / 30, time.perf_counter(), image, pose, 0.0, cutout))
            n += 1

    threads = [threading.Thread(target=relay.run, args=(ending,)), threading.Thread(target=show)]
    for thread in threads:
        thread.start()
    try:
        with receiving(NAME) as receiver:
            assert receiver.take(20.0) is not None
            times = []
            until = time.monotonic() + 3.0
            while (left := until - time.monotonic()) > 0:
                if (received := receiver.take(left)) is not None:
                    assert received.rate == fps
                    times.append(received.time)
    finally:
        ending.set()
        for thread in threads:
            thread.join(10.0)
    # A busy machine loses some; the library's own clock would give the half of 60.
    assert 0.6 * 3 * fps < len(times) < 1.2 * 3 * fps
    slots = np.array(times) * fps
    assert np.abs(slots - slots.round()).max() < 1e-3, "media time, to the slot"


def test_a_show_is_received(tmp_path):
    pytest.importorskip("NDIlib", reason="needs the extra ndi: pip install 'dancelive[ndi]'")
    report = tmp_path / "stats.json"
    words = f"--input demo --mute --target skeleton --dance free --stats {report}"
    with stage_program(*words.split(), "--out", f"ndi:{NAME},size=320x180") as program:
        program.dance_for(0.0)
        with receiving(NAME) as receiver:
            got = [receiver.take(20.0) for _ in range(10)]
            program.end()
    assert all(one is not None and one.pixels.shape == (180, 320, 4) for one in got)
    assert all(0.01 < (one.pixels[..., 3] > 200).mean() < 0.5 for one in got)
    times, left = (np.array([getattr(one, of) for one in got]) for of in ("time", "sent_at"))
    assert (np.diff(times) > 0).all()
    assert np.abs((times - times[0]) - (left - left[0])).max() < 2.0, "it runs as time does"
    assert json.loads(report.read_text())["outputs"][f"ndi:{NAME}"]["sent"] >= 10
