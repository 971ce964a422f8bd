"""Ways out into other software: flags, pixels, and what one output does at its own pace."""

import threading
import time
from argparse import ArgumentTypeError
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import MadeClock, made_clock
from made_pictures import painted
from seeds import rng_of

from live.core import exact_sleep
from live.core.cutout import Box, Cutout, PictureOnStage
from live.core.messages import Frame, Pose
from live.core.settings import OutputSettings, Settings
from live.outputs import kinds, relay
from live.outputs.alpha import multiplied, opaque, over_black, straight, whole
from live.outputs.fitting import Fitting
from live.outputs.flag import check_outputs, parse_output, parse_outputs
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, OutputError
from live.outputs.outputs import Outputs
from live.outputs.relay import STUCK_S, Relay
from live.picture.placement import Placement
from live.picture.screen import open_screen
from live.show.show import Show
from models.arguments import whole as whole_number
from models.skeleton import STANDING

STAGE = (192, 108)
SIZE = 54
PLATE = np.full((SIZE, SIZE, 3), (10, 200, 90), np.uint8)


def cutout(x=20, y=10, alpha=1.0, lies=None, colour=(200.0, 100.0, 50.0), shape=(24, 12)) -> Cutout:
    """A rectangle of one colour in a picture of 54 px; on the stage each is 2 px."""
    picture = painted(
        np.broadcast_to(colour, (*shape, 3)), np.full(shape, alpha), np.zeros(shape), PLATE, x, y
    )
    return Cutout(picture, PLATE, lies or PictureOnStage(STAGE, (42, 0), (2, 2)))


def frame(number=0, due_at=1000.0, image=None, cut=None) -> Frame:
    pose = Pose(number / 30, STANDING, 0.0)
    image = np.full((STAGE[1], STAGE[0], 3), number, np.uint8) if image is None else image
    return Frame(number / 30, due_at, image, pose, due_at - 0.01, cut or cutout())


# flags


def test_what_a_flag_asks_for():
    assert parse_output("web") == OutputSettings("web", "8765")
    asked = parse_output("web:9000,size=1280x720,fps=29.97,alpha=off,codec=raw,host=::1")
    assert asked == OutputSettings(
        "web", "9000", (1280, 720), 29.97, False, (("codec", "raw"), ("host", "::1"))
    )
    assert asked.option("codec") == "raw" and asked.option("token", "none") == "none"
    assert (asked.label, OutputSettings("ndi").label) == ("web:9000", "ndi")
    assert [one.name for one in parse_outputs(["web", "web:9000"])] == ["8765", "9000"]


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("", "'' is no kind of output, these are: web"),
        ("Web", "'Web' is no kind"),
        ("web:", None),
        ("web:x", "the port 'x' is not a whole number"),
        ("web,", "'' is no option of web"),
        ("web,size", "'size' is no option of web"),
        ("web,size=", "size=: write a size like 1920x1080"),
        ("web,size=12x12", "each side is 16 to 8192 px"),
        ("web,size=1920x1080x3", "write a size"),
        ("web,size=-20x100", "write a size"),
        ("web,size=٣٢x32", "write a size"),
        ("web,fps=0", "fps=0: '0' is not a number from 1 to 240"),
        ("web,fps=nan", "not a number"),
        ("web,alpha=yes", "alpha=yes: write on or off"),
        ("web,fps=30,fps=60", "fps= is there twice"),
        ("web,codec=jpeg", "write raw or webp"),
        ("web,host=localhost", "write an address"),
        ("web,token=short", "8 letters or more"),
    ],
)
def test_what_a_flag_cannot_ask_for_is_said_in_a_sentence(flag, said):
    if said is None:
        assert parse_output(flag).name == "8765"
        return
    with pytest.raises(OutputError) as caught:
        parse_output(flag)
    text = str(caught.value)
    assert text.startswith(f"--out {flag}: ") and said in text
    assert text.count("\n") == 0 and text.endswith(".")


def test_one_name_is_one_output():
    with pytest.raises(OutputError, match=r"web:8765 is asked for twice"):
        parse_outputs(["web", "web:8765,fps=10"])


class Made:
    """An output that keeps what it gets; `fail_at` raises at the picture of that number."""

    def __init__(self, opening, fail_at=0, takes=True):
        self.opening, self.fail_at, self.takes = opening, fail_at, takes
        self.got, self.at, self.is_closed, self.state = [], [], False, ""
        self.before = lambda: None

    def send(self, frame):
        self.before()
        if frame.number == self.fail_at:
            raise OSError("cable pulled")
        self.got.append(frame)
        return self.takes

    def close(self):
        self.is_closed = True


@pytest.fixture
def made(monkeypatch):
    """The kind `made`, whose outputs are kept in `outputs`."""
    made = SimpleNamespace(outputs=[], fail_at=0, takes=True)
    opening_one = threading.Lock()  # each on a thread of its own; only the first one fails

    def open_made(opening):
        with opening_one:
            output = Made(opening, made.fail_at, made.takes)
            made.fail_at = 0
            made.outputs.append(output)
        return output

    made.kind = Kind("for tests", open_made, options={"gain": whole_number(0, 9)})
    monkeypatch.setitem(kinds.KINDS, "made", "made")
    real = kinds.importlib.import_module
    monkeypatch.setattr(
        kinds.importlib, "import_module",
        lambda name: SimpleNamespace(KIND=made.kind) if name == "made" else real(name),
    )  # fmt: skip
    return made


def test_a_kind_reads_its_own_name_and_options(made):
    def name(text):
        if not text:
            raise ArgumentTypeError("it needs a name, as in made:STAGE")
        return text.upper()

    made.kind = replace(made.kind, name=name, alpha=False)
    assert parse_output("made:a:b,gain=3") == OutputSettings(
        "made", "A:B", (0, 0), 0.0, False, (("gain", 3),)
    )
    assert parse_output("made:a,alpha=on").alpha
    for flag, said in (("made", "it needs a name"), ("made:a,gain=x", "gain=x: 'x' is not")):
        with pytest.raises(OutputError, match=said):
            parse_output(flag)
    made.kind = replace(made.kind, can_alpha=False)
    with pytest.raises(OutputError, match="made carries no transparency: leave alpha=on out"):
        parse_output("made:a,alpha=on")
    assert not parse_output("made:a").alpha


def test_what_is_missing_or_cannot_be_is_said_before_anything_is_opened(made):
    asked = parse_outputs(["made"])
    check_outputs(asked)
    made.kind = replace(made.kind, missing=lambda: "install it: `pip install made`.")
    with pytest.raises(OutputError, match=r"^--out made: install it: `pip install made`\.$"):
        check_outputs(asked)

    def refuse(asked):
        raise OutputError(f"{asked.label} is in use.")

    made.kind = replace(made.kind, missing=lambda: "", check=refuse)
    with pytest.raises(OutputError, match="made is in use"):
        check_outputs(asked)
    assert made.outputs == []


# pixels


def test_every_colour_comes_back_from_straight_to_the_level():
    alpha, colour = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    given = np.where(colour <= alpha, colour, 0)
    rgba = np.stack([given, given, given, alpha], -1).astype(np.uint8)
    told = straight(rgba)
    assert np.array_equal(told[..., 3], rgba[..., 3])
    exact = np.divide(255.0 * given, alpha, where=alpha > 0, out=np.zeros(alpha.shape))
    assert np.abs(told[..., 0] - exact).max() <= 0.5
    assert np.array_equal(multiplied(told), rgba)
    assert not told[0].any(), "what cannot be seen has no colour"


def test_boxes_become_whole_pictures():
    box = Box(3, 1, rng_of(1).integers(0, 255, (2, 4, 4), np.uint8))
    picture = whole(box, (9, 5))
    assert picture.shape == (5, 9, 4) and np.array_equal(picture[1:3, 3:7], box.rgba)
    assert picture.sum() == box.rgba.sum()
    grey = rng_of(2).integers(0, 255, (5, 9, 3), np.uint8)
    assert np.array_equal(opaque(grey)[..., :3], grey) and (opaque(grey)[..., 3] == 255).all()
    assert np.array_equal(over_black(picture), picture[..., :3])


def test_a_cutout_is_worked_out_once_and_is_empty_where_nobody_is():
    made = cutout(alpha=0.5)
    box = made.box()
    assert (box.x, box.y, box.rgba.shape) == (20, 10, (24, 12, 4))
    assert np.abs(box.rgba[5, 5].astype(int) - (100, 50, 25, 128)).max() <= 1
    assert made.box().rgba is box.rgba
    assert made.nobody().box().rgba.size == 0 and cutout(alpha=0.0).box().rgba.size == 0


def test_outputs_of_one_size_share_what_is_worked_out():
    frame = Frame(0.0, 0.0, np.zeros((108, 192, 3), np.uint8), None, 0.0, cutout(alpha=0.5))

    def made(size, is_on=True):
        return OutputFrame(frame, Fitting(STAGE, size), True, 1, is_on)

    one, other, smaller = made(STAGE), made(STAGE), made((96, 54))
    assert one.box.rgba is other.box.rgba and one.straight_box.rgba is other.straight_box.rgba
    assert np.array_equal(one.straight_box.rgba, straight(one.box.rgba))
    assert smaller.box.rgba.shape[0] < one.box.rgba.shape[0]
    assert made(STAGE, is_on=False).straight_box.rgba.size == 0, "the others go on"


def test_a_shadow_makes_no_box_wider():
    shape = (24, 12)
    there = np.zeros(shape)
    there[8:10, 3:7] = 1.0
    picture = painted(np.full((*shape, 3), 99.0), there, np.full(shape, 0.5), PLATE, 20, 10)
    box = Cutout(picture, PLATE, PictureOnStage(STAGE, (0, 0), (1, 1))).box()
    assert (box.x, box.y, box.rgba.shape) == (23, 18, (2, 4, 4))


@pytest.mark.parametrize(
    ("size", "area"),
    [
        (STAGE, (82, 20, 24, 48)),
        ((96, 54), (41, 10, 12, 24)),
        ((1920, 1080), (820, 200, 240, 480)),
        ((300, 108), (136, 20, 24, 48)),  # bars left and right
        ((192, 200), (82, 66, 24, 48)),  # above and below
        ((64, 36), (27.3, 6.7, 8, 16)),
        ((40, 60), (17.1, 22.9, 5, 10)),  # made smaller twice
    ],
)
def test_where_the_dancer_lies_at_each_size(size, area):
    x, y, width, height = area
    alpha = whole(Fitting(STAGE, size).cutout(cutout()), size)[..., 3] / 255.0
    columns, rows = np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5
    total = alpha.sum()
    assert total == pytest.approx(width * height, rel=0.03)
    assert (alpha.sum(0) @ columns) / total == pytest.approx(x + width / 2, abs=0.15)
    assert (alpha.sum(1) @ rows) / total == pytest.approx(y + height / 2, abs=0.15)
    inner = alpha[int(y + 0.25 * height) : int(y + 0.75 * height), int(x + width / 2)]
    assert (inner == 1).all()


@pytest.mark.parametrize("size", [(1280, 720), (100, 56), (50, 28)])
def test_no_colour_is_more_than_its_alpha_at_any_size(size):
    rng = rng_of(3)
    shape = (40, 30)
    picture = painted(
        rng.uniform(0, 255, (*shape, 3)), rng.uniform(0, 1, shape), np.zeros(shape), PLATE, 7, 3
    )
    box = Fitting(STAGE, size).cutout(
        Cutout(picture, PLATE, PictureOnStage(STAGE, (42, 0), (2, 2)))
    )
    assert box.rgba.size and (box.rgba[..., :3] <= box.rgba[..., 3:]).all()


@pytest.mark.parametrize("size", [(128, 72), (300, 170), (60, 34)])
def test_who_moves_evenly_does_so_at_every_size(size):
    """The box begins at another pixel each time, and nobody may see it."""
    middles = []
    for x in range(10, 30):
        alpha = whole(Fitting(STAGE, size).cutout(cutout(x=x)), size)[..., 3].astype(float)
        middles.append((alpha.sum(0) @ (np.arange(size[0]) + 0.5)) / alpha.sum())
    step = 2 * min(size[0] / STAGE[0], size[1] / STAGE[1])
    assert np.abs(np.diff(middles) - step).max() < 0.1, "px; a box alone would jump by 0.5"


@pytest.mark.parametrize("fit", ["contain", "cover"])
@pytest.mark.parametrize("output", [(192, 108), (108, 192), (54, 54)])
def test_the_dancer_lies_where_the_stage_shows_them(fit, output):
    """What other software puts on black is what --background black shows."""
    settings = Settings(background="black", size=SIZE, output=output, fit=fit)
    image, cut = open_screen(settings, "skeleton").picture(STANDING)[0]
    assert cut is not None
    laid = whole(Fitting(output, output).cutout(cut), output)
    assert image.any()
    far = np.abs(laid[6:-6, 6:-6, :3].astype(int) - image[6:-6, 6:-6])
    assert far.max() <= 16 and far.mean() < 1, "two bicubic filters, the same place"


def test_at_the_edge_of_their_picture_they_fade_as_on_the_stage():
    lies = Placement(SIZE, STAGE).lies
    arm = cutout(x=0, y=20, shape=(6, SIZE), lies=lies).box().rgba[3, :, 3]
    assert arm[0] < 130 and arm[-1] < 130 and arm[SIZE // 2] == 255
    assert (np.diff(arm[: SIZE // 2].astype(int)) >= 0).all()
    square = Placement(SIZE, (108, 108)).lies
    assert (cutout(x=0, y=20, shape=(6, SIZE), lies=square).box().rgba[..., 3] == 255).all()


def test_nothing_of_the_dancer_lies_beside_the_stage():
    """With `cover` a part of the picture is cut off, and in the bars of an output nobody dances."""
    lies = PictureOnStage(STAGE, (-30, -40), (6, 6))
    tall = cutout(x=0, y=0, shape=(SIZE, SIZE), lies=lies)
    picture = whole(Fitting(STAGE, (192, 160)).cutout(tall), (192, 160))[..., 3]
    assert not picture[:26].any() and not picture[134:].any() and (picture[26:134] == 255).all()
    outside = cutout(x=0, y=0, shape=(4, 4), lies=lies)
    assert Fitting(STAGE, (192, 160)).cutout(outside).rgba.size == 0


def test_the_picture_as_on_the_stage_keeps_its_shape():
    image = rng_of(5).integers(0, 255, (STAGE[1], STAGE[0], 3), np.uint8)
    assert Fitting(STAGE, STAGE).picture(image) is image
    wide = Fitting(STAGE, (300, 108)).picture(image)
    assert np.array_equal(wide[:, 54:246], image)
    assert not wide[:, :54].any() and not wide[:, 246:].any()
    small = Fitting(STAGE, (96, 54)).picture(image)
    assert small.shape == (54, 96, 3)
    blocks = image.reshape(54, 2, 96, 2, 3).mean((1, 3))
    assert np.abs(small - blocks).max() <= 1


@pytest.mark.parametrize(("stage", "size"), [((8192, 64), (16, 16)), ((64, 8192), (8192, 16))])
def test_of_the_narrowest_stage_a_pixel_is_shown_of_the_widest_output(stage, size):
    fitting = Fitting(stage, size)
    shown = fitting.picture(np.full((stage[1], stage[0], 3), 200, np.uint8))
    assert shown.shape == (size[1], size[0], 3) and shown.max() == 200
    alpha = whole(fitting.cutout(cutout()), size)[..., 3]
    assert not alpha[shown[..., 0] == 0].any(), "the dancer is where the stage is"


def test_a_frame_gives_each_form():
    fitting = Fitting(STAGE, (96, 54))
    one = OutputFrame(frame(7, cut=cutout(alpha=0.5)), fitting, alpha=True, number=3)
    assert (one.number, one.time, one.due_at, one.painted_at) == (3, 7 / 30, 1000.0, 999.99)
    at = (22, 47)
    assert np.abs(one.rgba[at].astype(int) - (100, 50, 25, 128)).max() <= 1
    assert np.abs(one.straight_rgba[at].astype(int) - (200, 100, 50, 128)).max() <= 2
    assert np.array_equal(one.rgb, one.rgba[..., :3]) and one.rgba is one.rgba
    assert one.box.rgba.shape == one.straight_box.rgba.shape
    stage = OutputFrame(frame(7), fitting, alpha=False, number=3)
    assert (stage.rgb == 7).all() and (stage.rgba[..., 3] == 255).all()
    assert np.array_equal(stage.straight_rgba, stage.rgba)
    for alpha in (True, False):
        off = OutputFrame(frame(7), fitting, alpha, number=3, is_on=False)
        assert not off.rgb.any() and off.rgba[..., 3].any() != alpha


# one output at its own pace


class Ending:
    """An event on a made clock that is set after so many seconds."""

    def __init__(self, clock: MadeClock, seconds: float):
        self._clock, self._at = clock, clock.now + seconds

    def is_set(self):
        return self._clock.now >= self._at - 1e-9

    def wait(self, seconds):
        self._clock.now += min(seconds, max(0.0, self._at - self._clock.now))
        return self.is_set()


class Frames:
    """A show that gives a frame every so often, `lead` before it is due."""

    def __init__(self, clock: MadeClock, fps: float, lead: float = 0.02):
        self._clock, self._fps, self._lead, self._began = clock, fps, lead, clock.now
        self.n_replaced = self._n = 0

    def take(self, timeout=0.0):
        newest = int((self._clock.now - self._began) * self._fps + 1e-6) + 1  # painted until now
        if newest == self._n and timeout:
            self._clock.now = self._began + self._n / self._fps
            newest += 1
        if newest == self._n:
            return None
        self.n_replaced += newest - self._n - 1
        self._n = newest
        return frame(newest, self._began + (newest - 1) / self._fps + self._lead)


@pytest.fixture
def clock(monkeypatch):
    return made_clock(monkeypatch, relay, exact_sleep)


def run(made, clock, seconds, shown=30.0, **asked):
    one = Relay(OutputSettings("made", **asked), made.kind, STAGE, shown)
    one._frames = Frames(clock, shown)
    one.run(Ending(clock, seconds))
    return one, made.outputs[-1]


@pytest.mark.parametrize(
    ("fps", "shown", "sent", "repeated", "dropped"),
    [(60, 30, 60, 30, 0), (15, 30, 15, 0, 15), (30, 30, 30, 0, 0), (25, 30, 25, 0, 5)],
)
def test_a_rate_of_its_own(made, clock, fps, shown, sent, repeated, dropped):
    one, output = run(made, clock, 1.0, shown, fps=float(fps))
    assert output.opening.fps == fps and output.is_closed
    assert one.n_sent == pytest.approx(sent, abs=1) == len(output.got)
    assert one.n_repeated == pytest.approx(repeated, abs=1)
    assert one.n_dropped == pytest.approx(dropped, abs=1)
    numbers = [got.number for got in output.got]
    assert numbers == sorted(numbers) and numbers[-1] - numbers[0] == one._number - 1


def test_what_must_not_be_repeated_is_not(made, clock):
    made.kind = replace(made.kind, repeats=False)
    one, output = run(made, clock, 1.0, fps=60.0)
    assert one.n_repeated == 0
    assert len({got.number for got in output.got}) == len(output.got) == pytest.approx(30, abs=1)


@pytest.mark.parametrize("way_s", [0.0, 0.01, 0.5])
def test_each_frame_leaves_as_long_before_it_is_due_as_its_way_is(made, clock, way_s):
    made.kind = replace(made.kind, way_s=way_s)
    one, _ = run(made, clock, 1.0)
    left = one.report()["left_ms"]
    assert one.n_sent == pytest.approx(30, abs=1)
    assert left["p1"] == pytest.approx(left["max"], abs=1e-3)
    assert left["p50"] == pytest.approx(-1e3 * min(way_s, 0.02), abs=1e-3)


def test_how_old_pictures_are_is_told_as_far_as_it_is_known(made, clock):
    outputs = Outputs(parse_outputs(["made:a", "made:b", "made:c"]), STAGE, 30.0)
    for one in outputs.relays[1:]:
        one._frames = Frames(clock, 30.0)
        one.run(Ending(clock, 1.0))
    outputs.relays[2].told.seen_ms.add(45.0)
    ages = outputs.ages_ms()
    assert ages.keys() == {"made:b", "made:c"}, "of one that sent nothing nothing is known"
    assert ages["made:b"]["until"] == "handed over"
    assert ages["made:b"]["p95"] == outputs.report()["made:b"]["left_ms"]["p95"]
    assert ages["made:c"] == {"until": "drawn", "p50": 45.0, "p95": 45.0}


def test_a_slow_output_gets_the_newest_and_the_rest_is_counted(made, clock):
    one = Relay(OutputSettings("made"), made.kind, STAGE, 30.0)
    one._frames = Frames(clock, 30.0)

    class Slow(Made):
        def send(self, frame):
            clock.now += 0.25
            return super().send(frame)

    slow = []
    one._kind = replace(made.kind, open=lambda opening: slow.append(Slow(opening)) or slow[0])
    one.run(Ending(clock, 2.0))
    assert one.n_sent == pytest.approx(8, abs=1)
    assert one.n_dropped == pytest.approx(60 - one.n_sent, abs=9)
    assert one.rate(clock.now) == pytest.approx(4, abs=0.6)


def test_what_did_not_leave_is_not_counted_as_sent(made, clock):
    made.takes = False
    one, output = run(made, clock, 1.0)
    assert len(output.got) > 20 and one.n_sent == 0 and one.report()["left_ms"] is None


def test_what_breaks_is_closed_and_counts_on(made, clock):
    made.fail_at = 5
    one = Relay(OutputSettings("made"), made.kind, STAGE, 30.0)
    one._frames = Frames(clock, 30.0)
    with pytest.raises(OSError, match="cable pulled"):
        one.run(Ending(clock, 1.0))
    assert made.outputs[0].is_closed and one.n_sent == 4 and one.state() == "made not open"
    one.run(Ending(clock, 0.5))
    assert made.outputs[1].got[0].number == 6 and one.n_sent == pytest.approx(19, abs=1)


def test_what_the_performer_reads_of_it(made, clock):
    one = Relay(OutputSettings("made", "x"), made.kind, STAGE, 30.0)
    one._frames = Frames(clock, 30.0)
    said = []

    def look():
        made.outputs[0].state = "2 viewers"
        said.append(one.state())
        clock.now += 0 if len(said) != 121 else STUCK_S + 0.1
        said.append(one.state())

    one._kind = replace(made.kind, open=lambda o: _looking(made.kind.open(o), look))
    assert one.state() == "made:x not open"
    one.run(Ending(clock, 3.0))
    assert said[0] == "made:x 0/s 2 viewers" and said[120] == "made:x 30/s 2 viewers"
    assert said[121] == "made:x stuck"
    one.is_on = False
    assert one.state() == "made:x off"


def _looking(output, look):
    output.before = look
    return output


@pytest.mark.parametrize("fps", [0.0, 30.0])
def test_who_is_switched_off_is_not_seen_and_stays_open(made, clock, fps):
    one = Relay(OutputSettings("made", fps=fps), made.kind, STAGE, 30.0)
    one._frames = Frames(clock, 30.0)

    def switch():
        one.is_on = not 10 <= len(made.outputs[0].got) < 20

    one._kind = replace(made.kind, open=lambda o: _looking(made.kind.open(o), switch))
    one.run(Ending(clock, 1.0))
    seen = [bool(got.rgba.any()) for got in made.outputs[0].got]
    assert len(made.outputs) == 1
    assert all(seen[:11]) and not any(seen[11:21]) and all(seen[21:])


def test_one_that_is_off_is_off_for_what_is_repeated_too(made, clock):
    one = Relay(OutputSettings("made", fps=30.0), made.kind, STAGE, 1.0)
    one._frames = Frames(clock, 1.0)

    def switch():
        one.is_on = len(made.outputs[0].got) < 10

    one._kind = replace(made.kind, open=lambda o: _looking(made.kind.open(o), switch))
    one.run(Ending(clock, 0.9))
    assert [got.is_on for got in made.outputs[0].got][10:13] == [True, False, False]


def test_outputs_are_switched_by_name_or_kind(made):
    outputs = Outputs(parse_outputs(["made:a", "made:b", "web"]), STAGE, 30.0)
    assert outputs.switch("made:a", False)
    assert outputs.states() == ("made:a off", "made:b not open", "web:8765 not open")
    assert outputs.switch("made", False) and outputs.switch("web:8765", False)
    assert not any(one.is_on for one in outputs.relays)
    assert not outputs.switch("ndi", True)
    assert list(outputs.report()) == ["made:a", "made:b", "web:8765"]


# in a show


class Silence:
    name, rate, channels, status, sound = "none", 16_000, 1, "listening", True
    restarts, overflows, duration, songs = 0, 0, 0.0, None
    microphone = loudspeaker = ""

    def __init__(self):
        self.finished = threading.Event()

    def start(self, put):
        pass

    def stop(self):
        pass


class Standing:
    duration = 60.0

    def at(self, time):
        return Pose(time, STANDING, time)


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_show_feeds_its_outputs_and_opens_again_what_broke(made):
    made.fail_at = 3
    settings = Settings(
        target="skeleton", headless=True, fps=20.0, size=64, output=STAGE,
        outs=parse_outputs(["made:a,size=96x54", "made:b,alpha=off"]),
    )  # fmt: skip
    show = Show(settings, Silence(), time.perf_counter(), Standing())
    show.start()
    try:
        wait_for(lambda: len(made.outputs) == 3 and all(one.got for one in made.outputs))
        wait_for(lambda: len(show.outputs.states()) == 2)
        assert any("made:" in text and "/s" in text for text in show.meters().outputs)
    finally:
        told = show.finish()
    broken = next(name for name in told["part_restarts"])
    assert told["part_restarts"] == {broken: 1} and broken in ("output made:a", "output made:b")
    assert any("cable pulled" in text for text in told["warnings"])
    assert all(output.is_closed for output in made.outputs)
    by_name = {output.opening.asked.name: output for output in made.outputs}
    assert by_name["a"].got[-1].rgba[..., 3].max() == 255 > by_name["a"].got[-1].rgba[..., 3].min()
    assert by_name["a"].opening.size == (96, 54) and by_name["b"].opening.size == STAGE
    assert (by_name["b"].got[-1].rgba[..., 3] == 255).all()
    assert set(told["outputs"]) == {"made:a", "made:b"}
    assert told["outputs"]["made:a"]["sent"] > 0
    assert show.error == ""
