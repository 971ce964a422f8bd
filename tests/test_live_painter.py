"""Which engines a target is painted with, in which order, and what is said of one that is none."""

from types import SimpleNamespace

import numpy as np
import pytest

from live.picture import painter
from live.picture.painter import Painter
from models.bundle import BundleError
from models.runtime.engines import Engine, EngineError
from models.runtime.painter import OldRendererError

SIZE = 8


class Made:
    """A painter on an engine."""

    def __init__(self, network, engine, threads):
        self.given = network, engine, threads
        self.engine = Engine(engine)
        self.plate = np.zeros((Made.size, Made.size, 3), np.uint8)

    def paint(self, joints):
        if self.engine.name in Made.broken:
            raise RuntimeError("the card is gone")
        return self.engine.name


@pytest.fixture
def machine(monkeypatch):
    """It offers all engines; networks and painters are made here."""
    Made.size, Made.broken = SIZE, set()
    offers = ("tensorrt", "cuda", "coreml", "cpu")
    told = SimpleNamespace(said=[], is_built=True, offers=offers)

    def offered(engine):
        return told.offers if engine == "auto" else (engine,)

    monkeypatch.setattr(painter, "offered", offered)
    monkeypatch.setattr(
        painter, "network_for", lambda of, name: (f"for {name}".encode(), f"p-{name}")
    )
    monkeypatch.setattr(painter, "NetworkPainter", Made)
    monkeypatch.setattr(painter, "is_built", lambda network: told.is_built)
    manifest = SimpleNamespace(
        name="alice", size=SIZE, body=SimpleNamespace(place=lambda joints: joints + 1),
        network_kind=SimpleNamespace(has_mask=True, any_size=False), filmed=None,
    )  # fmt: skip
    told.bundle = SimpleNamespace(manifest=manifest)
    told.open = lambda *more: Painter(told.bundle, *more, tell=told.said.append)
    return told


def test_the_best_engine_paints_and_those_behind_it_are_the_reserve(machine):
    made = machine.open("cuda", 3)
    assert made._engines.painter.given == (b"for cuda", "cuda", 3)
    assert (made.engine, made.precision, made.name, made.size) == ("cuda", "p-cuda", "alice", SIZE)
    assert made.has_mask and made.plate.shape == (SIZE, SIZE, 3)
    assert made.place(1) == 2
    assert made._engines._order == ["cuda", "coreml", "cpu"], "none that is better, nor itself"
    assert made.paint(None) == "cuda"
    Made.broken = {"cuda", "coreml"}
    assert made.paint(None) == "cpu"
    assert (made.engine, made.precision) == ("cpu", "p-cpu")
    assert machine.said == [
        "cuda failed (the card is gone): coreml paints from here on",
        "coreml failed (the card is gone): cpu paints from here on",
    ]
    Made.broken.add("cpu")
    with pytest.raises(EngineError, match=r"cpu failed \(the card is gone\) and no other engine"):
        made.paint(None)


@pytest.mark.parametrize(("is_built", "paints"), [(True, "tensorrt"), (False, "cuda")])
def test_what_takes_minutes_to_build_is_not_waited_for(machine, monkeypatch, is_built, paints):
    machine.is_built = is_built
    wished = []

    class Loader:
        def __init__(self, *given):
            pass

        def wish(self, name):
            wished.append(name)

        def close(self, timeout):
            wished.append(timeout)

    monkeypatch.setattr("live.picture.engine_fallback.Loader", Loader)
    made = machine.open("auto")
    assert made.engine == paints
    assert wished == ([] if is_built else ["tensorrt"])
    building = (
        "tensorrt is being built for this card, once, for some minutes; cuda paints meanwhile"
    )
    assert machine.said == ([] if is_built else [building])
    made.close()
    assert wished == ([] if is_built else ["tensorrt", 0.0])
    if not is_built:
        engines = made._engines
        with pytest.raises(EngineError, match="Nobody is painted any more"):
            engines._build("tensorrt")
        engines._go_on("tensorrt", RuntimeError("no memory"))
        assert machine.said[1:] == ["tensorrt could not be built (no memory): cuda goes on"]
        engines._take_over("cpu", "worse")
        assert made.engine == "cuda"
        engines._is_closed = False
        engines._take_over("tensorrt", engines._build("tensorrt"))
        assert made.engine == "tensorrt"
        assert machine.said[2:] == ["tensorrt is built and paints from here on"]


def test_an_engine_alone_that_must_be_built_is_built_at_once_where_there_is_no_reserve(machine):
    machine.is_built, machine.offers = False, ("tensorrt",)
    assert machine.open("tensorrt").engine == "tensorrt"


def test_what_cannot_be_painted_with_is_said_with_the_targets_name(machine, monkeypatch):
    Made.size = 2 * SIZE
    with pytest.raises(BundleError, match="alice says it is painted at 8 px, but its network"):
        machine.open("cpu")
    for error, kind, words in (
        (OldRendererError("old"), BundleError, "export it again with `python -m export alice`"),
        (EngineError("no memory"), EngineError, "^Target alice: no memory$"),
    ):

        def refuse(*_, error=error):
            raise error

        monkeypatch.setattr(painter, "NetworkPainter", refuse)
        with pytest.raises(kind, match=words):
            machine.open("auto")


def test_the_first_of_those_that_start_is_taken(machine, monkeypatch):
    tried = []

    def some(network, engine, threads):
        tried.append(engine)
        if engine != "cpu":
            raise EngineError(f"{engine} does not start")
        return Made(network, engine, threads)

    monkeypatch.setattr(painter, "NetworkPainter", some)
    assert machine.open("auto").engine == "cpu"
    assert tried == ["tensorrt", "cuda", "coreml", "cpu"]


def test_a_pose_that_was_not_filmed_is_painted_as_the_nearest_that_was(machine):
    machine.bundle.manifest.filmed = SimpleNamespace(inside=lambda joints: 2 * joints)
    assert machine.open("cpu").place(np.float32([3.0])) == 7.0
    machine.bundle.manifest.filmed = None
    assert machine.open("cpu").place(np.float32([3.0])) == 4.0
