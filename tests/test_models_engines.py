"""Sessions on the engines of this machine, and values that stay on a device between steps."""

import os

import numpy as np
import onnxruntime
import pytest
from seeds import rng_of

from models import bundle
from models.puppet.painter import open_on_processor
from models.runtime import dance, engines
from models.runtime.dance import DanceStepper
from models.runtime.engines import EngineError
from models.runtime.painter import NetworkPainter
from models.runtime.stepper import NetworkStepper
from models.skeleton import STANDING


def test_auto_takes_the_best_that_is_offered():
    network = bundle.find("target", "alice").network("fp32")[0]
    session, engine = engines.open_session(network, "auto")
    assert engine.name == engines.offered("auto")[-1] == "cpu"
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert str(engine) == "cpu"


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="CUDA is offered here"
)
def test_an_engine_that_is_not_built_in_is_refused_by_name():
    with pytest.raises(EngineError, match=r"cuda is not available here.*CPUExecutionProvider"):
        engines.open_session(b"", "cuda")


def test_a_broken_network_is_said_in_one_line():
    with pytest.raises(EngineError, match=r"^The engine cpu failed to start: .*$"):
        engines.open_session(b"not a network", "auto")


def test_operators_left_to_the_processor_are_told():
    assert str(engines.Engine("cuda", 12)) == "cuda (12 operators on the processor)"


def test_built_engines_are_kept_by_card_and_network(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "build_folder", lambda: tmp_path)
    assert not engines.is_built(b"a network")
    (provider, options), (_, behind) = engines._providers("tensorrt", b"a network", False)
    assert provider == "TensorrtExecutionProvider" and behind["enable_cuda_graph"] == "0"
    assert engines.ENGINES["tensorrt"] == (provider, "CUDAExecutionProvider")
    (tmp_path / f"{options['trt_engine_cache_prefix']}_0_sm90.engine").touch()
    assert engines.is_built(b"a network") and not engines.is_built(b"another")


@pytest.fixture
def steppers():
    """The shipped dance in memory and with its values bound to a device."""
    found = bundle.find("dance", "ballroom")
    network = found.network("fp32")[0]
    size = DanceStepper(network, found.sizes).noise.size
    start = {"pose": STANDING, "plan": np.array([size])}
    return [NetworkStepper(network, "cpu", 1, start, device) for device in ("", "cpu")]


def test_states_on_a_device_go_on_as_in_memory(steppers):
    rng = rng_of(0)
    shapes = {n: s for n, s in steppers[0].input_shapes.items() if not n.startswith("state_")}
    seen = []
    for step in range(30):
        if step in (11, 20):
            for stepper in steppers:
                stepper.reset()
        if step == 15:
            for stepper in steppers:
                stepper.carry(pose=STANDING + 0.1)
        given = {n: rng.normal(0, 0.2, s).astype(np.float32) for n, s in shapes.items()}
        one, other = (stepper.step(**given)["poses"] for stepper in steppers)
        np.testing.assert_array_equal(one, other)
        plans = [int(stepper.carried("plan")[0]) for stepper in steppers]
        assert plans[0] == plans[1]
        seen.append((other, other.copy()))
    assert all(np.array_equal(*pair) for pair in seen), "what came back is not written again"


def test_only_what_is_wanted_comes_back():
    puppet = bundle.find("target", "alice")
    found = []
    for device in ("", "cpu"):
        stepper = NetworkStepper(puppet.network("fp32")[0], device=device)
        given = {name: np.full(s, 0.5, np.float32) for name, s in stepper.input_shapes.items()}
        found.append(stepper.step(["chances", "shadow"], **given))
    assert [list(part) for part in found] == [["chances", "shadow"]] * 2
    for name in found[0]:
        assert found[0][name].any()
        np.testing.assert_array_equal(found[0][name], found[1][name])


@pytest.mark.parametrize("field", ["hidden", "velocity", "pose"])
def test_a_state_that_is_no_number_is_not_carried_on(steppers, field):
    rng = rng_of(1)
    for stepper in steppers:
        shapes = stepper.input_shapes
        given = {
            name: rng.normal(0, 0.2, shape).astype(np.float32)
            for name, shape in shapes.items()
            if not name.startswith("state_")
        }
        fresh, second = (stepper.step(**given)["poses"].copy() for _ in range(2))
        assert not np.array_equal(fresh, second)
        stepper.carry(**{field: np.full(shapes[f"state_{field}"], np.nan)})
        stepper.step(**given)
        np.testing.assert_array_equal(stepper.step(**given)["poses"], fresh)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (-0.4, 0.0), (0.3, -0.2)])
def test_the_window_lies_where_the_person_is(shift):
    found = bundle.find("target", "alice")
    placed = found.manifest.body.place(STANDING + np.float32(shift))
    seen = open_on_processor(found).paint(placed)
    rows, columns = np.nonzero(seen.alpha > 127)
    drawn = np.array([columns.min() + seen.x, rows.min() + seen.y, columns.max() + seen.x,
                      rows.max() + seen.y])  # fmt: skip
    joints = np.concatenate([placed.min(0), placed.max(0)])
    # Of the picture: hair, hands and shoes.
    around = (drawn / found.manifest.size - joints) * [-1, -1, 1, 1]
    assert (around > 0).all() and (around < 0.117).all()


def test_who_is_placed_elsewhere_goes_on_from_there_at_their_pace():
    """The velocity carried is body units a chunk: the pose now less the one before."""
    found = bundle.find("dance", "ballroom")
    one, other = (DanceStepper(found.network("fp32")[0], found.sizes) for _ in range(2))
    assert one.knows_body and one.noise.is_choice
    before = (STANDING + np.float32([0.10, 0.0])).astype(np.float32)
    now = (STANDING + np.float32([0.13, -0.01])).astype(np.float32)
    one.stand(now, before)
    other._stepper.carry(pose=now, velocity=np.broadcast_to(np.float32([0.03, -0.01]), (18, 2)))
    sound, noise = np.zeros(1_600, np.float32), np.zeros(one.noise.size, np.float32)
    controls = np.zeros(found.sizes.n_controls, np.float32)
    poses = one.step(sound, noise, controls)
    assert poses.shape == (5, 18, 2)
    np.testing.assert_allclose(poses, other.step(sound, noise, controls), atol=1e-5)
    one.stand(now, now)
    assert not np.allclose(one.step(sound, noise, controls), poses, atol=1e-3)


def test_what_cannot_be_painted_with_says_what_the_engine_says():
    dance = bundle.find("dance", "free").network("fp32")[0]
    with pytest.raises(EngineError, match=r"^cpu cannot run this network \(.+\)\.$") as caught:
        NetworkPainter(dance)
    assert str(caught.value.__cause__).splitlines()[0] in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="a program of the shell")
@pytest.mark.parametrize(
    ("said", "folder"),
    [
        ("echo 'NVIDIA H200, 575.51.03'; echo 'NVIDIA T4, 1'", "NVIDIA_H200__575.51.03"),
        ("echo", "unknown"), ("exit 9", "unknown"),
    ],
)  # fmt: skip
def test_built_engines_belong_to_one_card_and_driver(tmp_path, monkeypatch, said, folder):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engines._card() == folder
    program.unlink()
    assert engines._card() == "unknown"


@pytest.mark.parametrize(("engine", "asked"), [((), "cpu"), (("cuda",), "cuda")])
def test_a_dance_begins_standing_with_no_plan_on_one_thread(monkeypatch, engine, asked):
    made = []

    class Stepper:
        input_shapes = {"controls": (1, 1, 9)}  # noqa: RUF012

        def __init__(self, *given):
            made.append(given)

    monkeypatch.setattr(dance, "NetworkStepper", Stepper)
    found = bundle.find("dance", "ballroom")
    stepper = DanceStepper(b"it", found.sizes, *engine)
    ((network, name, threads, start),) = made
    assert (network, name, threads) == (b"it", asked, 1)
    assert start["pose"] is STANDING and start["plan"].tolist() == [stepper.noise.size]
