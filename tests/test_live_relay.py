"""Engines handed on in mid-show; what paints is an image network on the processor."""

import threading

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from live.picture import painter
from live.picture.engine_fallback import EngineFallback
from live.picture.painter import Painter
from models.runtime import precision
from models.runtime.engines import Engine, EngineError
from models.runtime.painter import NetworkPainter
from tests.made_renderers import SIZES, image_network

JOINTS = np.full((18, 2), 0.5, np.float32)


class Card(NetworkPainter):
    """The processor under a card's name, whose driver fails when it is told to."""

    def __init__(self, name, network):
        super().__init__(network)
        self.engine = Engine(name)
        self.is_broken = False

    def paint(self, joints):
        if self.is_broken:
            raise RuntimeError("CUDA failure 700: an illegal memory access\nand more")
        return super().paint(joints)


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    return image_network(tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="module")
def network(person):
    return person.network("int8")[0]


def _relay(network, asked, reserve=(), unbuilt=(), missing=()):
    said, opened = [], {}

    def open_painter(name):
        if name in missing:
            raise EngineError(f"The engine {name} failed to start: no card")
        opened[name] = Card(name, network)
        return opened[name]

    relay = EngineFallback(open_painter, asked, reserve, lambda name: name in unbuilt, said.append)
    return relay, said, opened


def test_a_failing_engine_gives_way_without_a_lost_picture(network):
    relay, said, opened = _relay(network, ["cuda", "directml", "cpu"], missing=["directml"])
    before = relay.paint(JOINTS)
    opened["cuda"].is_broken = True
    after = relay.paint(JOINTS)
    np.testing.assert_array_equal(after.image, before.image)
    assert said == [
        "cuda failed (CUDA failure 700: an illegal memory access): cpu paints from here on"
    ]
    assert relay.painter.engine.name == "cpu"


def test_without_any_engine_it_is_an_error(network):
    relay, _, opened = _relay(network, ["cpu"])
    opened["cpu"].is_broken = True
    with pytest.raises(EngineError, match="illegal memory access"):
        relay.paint(JOINTS)
    with pytest.raises(EngineError, match="no card"):
        _relay(network, ["cuda"], ["cpu"], missing=["cuda"])


def test_what_must_be_built_is_built_beside_the_show(network):
    relay, said, _ = _relay(network, ["tensorrt", "cuda", "cpu"], unbuilt=["tensorrt"])
    for thread in threading.enumerate():
        if thread.name == "build":
            thread.join()
    assert relay.paint(JOINTS).image.any()
    assert relay.painter.engine.name == "tensorrt"
    assert said[0].endswith("cuda paints meanwhile") and said[1].startswith("tensorrt is built")
    # Asked for by name, it is shown by what is behind it until it is ready.
    relay, said, _ = _relay(network, ["tensorrt"], ["cpu"], ["tensorrt"], missing=["tensorrt"])
    for thread in threading.enumerate():
        if thread.name == "build":
            thread.join()
    assert relay.painter.engine.name == "cpu"
    assert (
        said[1]
        == "tensorrt could not be built (The engine tensorrt failed to start: no card): cpu goes on"
    )


def test_what_was_built_before_starts_at_once(network):
    relay, said, _ = _relay(network, ["tensorrt", "cuda", "cpu"])
    assert relay.painter.engine.name == "tensorrt" and not said


def test_the_painter_says_what_paints(person):
    painter = Painter(person)
    assert (painter.engine, painter.precision) == ("cpu", "int8")


def test_every_engine_gets_the_network_it_likes(person):
    made = {name: precision.network_for(person, name) for name in ("cpu", "cuda", "coreml")}
    assert {name: kind for name, (_, kind) in made.items()} == {
        "cpu": "int8", "cuda": "fp16", "coreml": "fp32",
    }  # fmt: skip
    assert made["cuda"][0] == precision.network_for(person, "tensorrt")[0], "the same every time"


@pytest.mark.parametrize(
    ("asked", "first", "reserve"),
    [
        ("auto", ("cuda", "cpu"), []), ("cuda", ("cuda",), ["directml", "cpu"]),
        ("cpu", ("cpu",), []), ("directml", ("directml",), ["cpu"]),
    ],
)  # fmt: skip
def test_who_is_behind_the_engine_that_was_asked_for(monkeypatch, person, asked, first, reserve):
    """Only those that are worse: the better ones were not asked for."""
    here = {"auto": ("cuda", "directml", "cpu") if asked != "auto" else ("cuda", "cpu")}
    given = []

    class Relay:
        def __init__(self, open_painter, *told):
            given.append(told)
            self.painter = open_painter("cpu")

    monkeypatch.setattr(painter, "offered", lambda name: here.get(name, (name,)))
    monkeypatch.setattr(painter, "EngineFallback", Relay)
    made = Painter(person, asked)
    ((first_asked, behind, must_build, _),) = given
    assert (tuple(first_asked), list(behind)) == (first, reserve)
    assert made.precision == "int8" and made.plate.shape == (SIZES.size, SIZES.size, 3)
    built = []
    monkeypatch.setattr(painter, "is_built", lambda network: bool(built))
    assert must_build("tensorrt") and not must_build("cuda") and not must_build("cpu")
    built.append(1)
    assert not must_build("tensorrt")
    closed = []
    made._engines.close = lambda: closed.append(1)
    made.close()
    assert closed


def test_what_is_being_built_is_told_and_not_taken_when_nobody_is_painted_any_more(network):
    go, said = threading.Event(), []

    def open_painter(name):
        if name == "tensorrt":
            assert go.wait(10)
        return Card(name, network)

    relay = EngineFallback(
        open_painter, ["tensorrt", "cpu"], [], lambda name: name == "tensorrt", said.append
    )
    assert relay.painter.engine.name == "cpu"
    assert said == [
        "tensorrt is being built for this card, once, for some minutes; cpu paints meanwhile"
    ]
    relay.close()
    go.set()
    for thread in threading.enumerate():
        if thread.name == "build":
            thread.join(10)
    assert relay.painter.engine.name == "cpu" and len(said) == 1
