"""--try-out: the test picture, and what is said of an output that works, breaks, hangs."""

import re
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from live import cli, try_out
from live.outputs import kinds
from live.outputs.chart import ROUND_S, Chart
from live.outputs.fitting import Fitting
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, OutputError
from live.outputs.kinds import KINDS

# the test picture


def seen(size, time=0.0, alpha=True):
    """As an output of the same size gets it."""
    return OutputFrame(Chart(size).frame(time, 5.0), Fitting(size, size), alpha, 1)


def test_the_test_picture_shows_colours_sides_and_transparency():
    rgba = seen((1280, 720)).straight_rgba
    unit = 40
    for place, colour in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255))):
        assert rgba[2 * unit, (2 + 3 * place) * unit].tolist() == [*colour, 255]
    assert np.abs(rgba[8 * unit + 20, 5 * unit].astype(int) - (255, 220, 0, 128)).max() <= 1
    assert not rgba[10 * unit :, : 9 * unit].any() and not rgba[0, 0].any()
    word = rgba[4 * unit : 7 * unit, : 9 * unit, 3] > 128
    assert 0.03 < word.mean() < 0.5
    left, rows = word[:, : 3 * unit], np.flatnonzero(word.any(1))
    # U is closed below and open above.
    middle = np.flatnonzero(left.any(0)).mean().astype(int)
    assert left[rows[-1] - 5, middle] and not left[rows[0] + 5, middle]


def test_the_disc_goes_round_with_a_soft_and_light_edge():
    def middle(time):
        alpha = seen((640, 360), time).straight_rgba[:, 320:, 3].astype(float)
        total = alpha.sum()
        return alpha.sum(0) @ np.arange(320) / total, alpha.sum(1) @ np.arange(360) / total

    (x, top), (right, y), (_, bottom) = (middle(time) for time in (0, ROUND_S / 4, ROUND_S / 2))
    assert right > x + 70 and bottom > y + 70 > top + 140
    assert middle(ROUND_S) == pytest.approx((x, top), abs=0.1)
    rgba = seen((640, 360)).straight_rgba[:, 320:]
    edge = (rgba[..., 3] > 0) & (rgba[..., 3] < 255)
    assert edge.sum() > 50 and (rgba[edge][:, :3] >= 250).all()


@pytest.mark.parametrize("size", [(16, 16), (300, 900), (1920, 64)])
def test_the_test_picture_has_any_size(size):
    frame = seen(size)
    assert frame.rgba.shape == (size[1], size[0], 4)
    assert (frame.rgba[..., :3] <= frame.rgba[..., 3:]).all()
    laid = frame.rgba[..., :3] + 60.0 * (1 - frame.rgba[..., 3:] / 255)
    assert np.abs(laid - seen(size, alpha=False).rgb).max() <= 1


# what is said


@pytest.fixture
def made(monkeypatch):
    """The kind `made`: `before` is called in each of open, send and close."""
    made = SimpleNamespace(
        before=dict.fromkeys(("open", "send", "close"), lambda: None), takes=True
    )

    class Made:
        state = "2 receivers"

        def __init__(self, opening):
            made.before["open"]()
            made.opening = opening

        def send(self, frame):
            made.before["send"]()
            made.frame = frame
            return made.takes

        def close(self):
            made.before["close"]()

    made.kind = Kind("a thing for tests", Made, packages=("numpy", "no-such-thing"))
    monkeypatch.setitem(KINDS, "made", "made")
    real = kinds.importlib.import_module
    monkeypatch.setattr(
        kinds.importlib, "import_module",
        lambda name: made if name == "made" else real(name),
    )  # fmt: skip
    made.KIND = made.kind
    monkeypatch.setattr(try_out, "TELL_S", 0.1)
    monkeypatch.setattr(try_out, "END_S", 20.0)
    monkeypatch.setattr(try_out, "OPEN_S", 20.0)
    return made


def tried(flag, seconds=0.5):
    said = []
    return try_out.try_out(flag, seconds, said.append), said


def raises(error):
    def do():
        raise error

    return do


def test_what_works_is_said_step_by_step(made):
    code, said = tried("made:stage,size=320x180,fps=20")
    assert code == 0
    assert said[0].startswith("dancelive ") and ", Python 3." in said[0]
    assert said[1:3] == [f"numpy {np.__version__}", "no-such-thing is not installed"]
    assert said[3] == "made:stage: 320x180, 20 pictures a second, transparent"
    assert said[4] == "1. what it needs is there"
    assert said[5].startswith("2. opened in ")
    assert said[6].startswith("3. look for 'stage', a thing for tests; there is to be seen ")
    assert any(re.match(r"   after \d+ s: .*2 receivers", line) for line in said)
    assert said[-2].startswith("4. closed; ") and said[-1].startswith("It ran to its end.")
    assert made.opening.size == (320, 180) and made.frame.rgba[..., 3].any()


def test_its_usual_size(made):
    assert tried("made")[0] == 0
    assert made.opening.size == try_out.SIZE_PX


@pytest.mark.parametrize(
    ("where", "said"),
    [("open", "It did not open: OSError: no"), ("send", "It broke: OSError: no")],
)
def test_what_breaks_is_said(made, where, said):
    made.before[where] = raises(OSError("no"))
    code, lines = tried("made", 20.0)
    assert code == 1 and lines[-1] == said


def test_what_hangs_is_given_up(made, monkeypatch):
    monkeypatch.setattr(try_out, "END_S", 0.3)
    going = threading.Event()
    made.before["close"] = going.wait
    code, said = tried("made")
    assert code == 1 and said[-1] == "It hangs, and was given up."
    made.before["open"] = going.wait
    try_out.OPEN_S = 0.2  # put back by the fixture
    code, said = tried("made")
    assert code == 1 and said[-1] == "It hangs, and was given up."
    going.set()


def test_that_nobody_looked_on_is_said(made):
    made.takes = False
    code, said = tried("made")
    assert code == 1 and "nobody received it" in said[-1]


def test_it_may_be_stopped_by_hand(made):
    made.before["send"] = lambda: None
    real = try_out.time
    made.clock = SimpleNamespace(perf_counter=real.perf_counter, n=0)

    def sleep(seconds):
        real.sleep(seconds)
        made.clock.n += 1
        if made.clock.n == 15:
            raise KeyboardInterrupt

    made.clock.sleep = sleep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(try_out, "time", made.clock)
        code, said = tried("made", 60.0)
    assert "   stopped by hand" in said and said[-2].startswith("4. closed")
    assert code == 0


def test_no_name_is_said(made, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "annas-laptop")
    monkeypatch.setattr(
        "live.core.settings.OutputSettings.option", lambda _, name, default: "SECRET-WORD"
    )
    home = Path.home() / "show"
    made.before["open"] = raises(OSError(f"no {home} on annas-laptop with SECRET-WORD"))
    _, said = tried("made")
    assert said[-1] == f"It did not open: OSError: no {Path('~') / 'show'} on COMPUTER with TOKEN"


def test_what_is_missing_is_one_sentence(made, capsys):
    made.KIND = Kind("a thing", made.kind.open, missing=lambda: "it is not installed.")
    with pytest.raises(OutputError, match="--out made: it is not installed"):
        tried("made")
    assert cli.main(["--try-out", "made"]) == 1
    assert capsys.readouterr().err == "dancelive: --out made: it is not installed.\n"
    assert cli.main(["--try-out", "none"]) == 1
    assert "is no kind of output" in capsys.readouterr().err


def test_the_page_is_tried_out(capsys):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert cli.main(["--try-out", f"web:{port}", "--duration", "0.5"]) == 1
    said = capsys.readouterr().out
    assert f"3. look for http://127.0.0.1:{port}/" in said and "websockets 1" in said
    assert "It ran, but nobody received it" in said
