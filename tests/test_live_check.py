"""What --check says of engines, sound, delays, display and bundles, sentence by sentence; heaps."""

import ctypes
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from live import check
from live.calibration.delays import Delays, write_delays
from live.core import heap
from live.link import session
from live.midi import libremidi
from live.midi.ports import MidiError
from live.outputs import kinds
from live.outputs.kind import Kind
from live.sound import portaudio
from live.sound.source import SourceError
from live.window import display
from models import bundle
from models.runtime import engines, precision
from models.runtime.engines import Engine, EngineError

TARGET = SimpleNamespace(path=Path("/shipped/alice"), kind="target")


@pytest.fixture
def said():
    return []


class Machine:
    """An onnxruntime that offers some providers, and engines that work or do not."""

    def __init__(self, patch):
        self.offers = ["CPUExecutionProvider"]
        self.broken, self.opened, self.targets = {}, [], [TARGET]
        patch.setitem(sys.modules, "onnxruntime", SimpleNamespace(
            __version__="1.99", get_available_providers=lambda: self.offers
        ))  # fmt: skip
        patch.setattr(bundle, "available", lambda kind: self.targets)
        patch.setattr(precision, "network_for", lambda target, name: (f"for {name}", "fp32"))
        patch.setattr(engines, "open_session", self._open)

    def _open(self, network, name):
        self.opened.append((network, name))
        if name in self.broken:
            raise EngineError(self.broken[name])
        return "session", Engine(name, 4 if name == "cuda" else 0)


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def test_engines_are_told_from_the_last_to_the_best(machine, said):
    machine.offers += ["CUDAExecutionProvider", "CoreMLExecutionProvider"]
    machine.broken["coreml"] = "The engine coreml failed to start: oh\nand more"
    assert check.engines(said.append)
    never = ", never run before by the makers of this program"
    assert said == [
        "onnxruntime 1.99", "  cpu       works",
        "  coreml    The engine coreml failed to start: oh",
        "  directml  not in this onnxruntime build",
        f"  cuda      works (4 operators on the processor){never}",
        f"  tensorrt  offered{never}; builds itself beside the first show",
    ]  # fmt: skip
    assert machine.opened == [(f"for {name}", name) for name in ("cpu", "coreml", "cuda")]


def test_what_works_nowhere_is_not_ready(machine, said):
    machine.broken["cpu"] = "The engine cpu failed to start: oh"
    assert not check.engines(said.append)
    assert said[1] == "  cpu       The engine cpu failed to start: oh"


@pytest.mark.parametrize(("offers", "works"), [(["CPU"], True), (["CoreML"], False)])
def test_without_a_target_the_processor_is_believed(machine, said, offers, works):
    machine.targets, machine.offers = [], [f"{name}ExecutionProvider" for name in offers]
    assert check.engines(said.append) == works
    name = {"CPU": "cpu", "CoreML": "coreml"}[offers[0]]
    assert f"  {name:<9} offered (no target bundle to try it with)" in said
    assert not machine.opened


def test_a_shipped_target_is_tried_before_the_users_own(machine, monkeypatch, said):
    tried = []
    monkeypatch.setattr(check, "_is_own", lambda found: found == "mine")
    machine.targets = ["mine", "shipped"]
    monkeypatch.setattr(precision, "network_for", lambda t, name: tried.append(t) or (b"", "fp32"))
    assert check.engines(said.append) and tried == ["shipped"]


def test_without_onnxruntime_it_is_said_how_to_get_it(monkeypatch, said):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert not check.engines(said.append)
    assert said == [f"engines     {engines.INSTALL_HINT}"]


@pytest.mark.parametrize(
    ("names", "told", "listed"),
    [
        ([], "sound       0 input(s)",
         ["no sound input found; `--input demo` and music files work without one"]),
        (["mic", "line"], "sound       2 input(s): mic; line", ["mic", "line"]),
    ],
)  # fmt: skip
def test_the_inputs_are_told(monkeypatch, said, names, told, listed):
    monkeypatch.setattr(portaudio, "list_devices", lambda: names)
    check._sound(said.append)
    assert said == [told]
    said.clear()
    check.list_devices(said.append)
    assert said == listed


def test_a_sound_library_that_is_missing_is_told(monkeypatch, said):
    def missing():
        raise SourceError("The PortAudio library is missing.")

    monkeypatch.setattr(portaudio, "list_devices", missing)
    check._sound(said.append)
    assert said == ["sound       The PortAudio library is missing."]


def test_delays_that_were_measured_are_told(monkeypatch, tmp_path, said):
    monkeypatch.setenv("DANCELIVE_DELAYS", str(tmp_path / "delays.json"))
    check._delays(said.append)
    write_delays(Delays().with_loop("mic", "HDMI", 0.08).with_picture("HDMI", 0.03))
    check._delays(said.append)
    write_delays(Delays().with_picture("HDMI", 0.0))
    check._delays(said.append)
    none = "calibrated  no device yet: see --calibrate"
    assert said == [
        none, 'calibrated  the picture 50 ms earlier for "mic"; the picture 30 ms later for what '
        'plays through "HDMI"', none,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "told"),
    [((True, ""), "works"), ((False, "There is none."), "There is none. Shows run headless.")],
)
def test_whether_a_window_can_be_opened_is_told(monkeypatch, said, found, told):
    monkeypatch.setattr(display, "has_display", lambda: found)
    check._display(said.append)
    assert said == [f"display     {told}"]


def test_midi_and_link_are_told(monkeypatch, said):
    class Devices:
        def inputs(self):
            return {"nanoKONTROL2": 0, "Launchpad": 1}

        def outputs(self):
            return {}

    monkeypatch.setattr(libremidi, "Libremidi", Devices)
    monkeypatch.setattr(session, "is_installed", lambda: True)
    check._machines(said.append)
    assert said == [
        "MIDI in     nanoKONTROL2; Launchpad", "MIDI out    no device found",
        "Link        works with --link",
    ]  # fmt: skip
    said.clear()

    def none():
        raise MidiError("There is no MIDI.")

    monkeypatch.setattr(libremidi, "Libremidi", none)
    monkeypatch.setattr(session, "is_installed", lambda: False)
    check._machines(said.append)
    assert said == ["MIDI        There is no MIDI.", f"Link        {session.MISSING}"]


def test_which_outputs_work_is_told(monkeypatch, said):
    kind = Kind("a page", lambda _: None)
    monkeypatch.setattr(kinds, "kind_of", lambda name: kind)
    monkeypatch.setattr(kinds, "KINDS", {"web": "", "syphon": ""})
    check._outputs(said.append)
    kind = replace(kind, never_run=True)
    check._outputs(said.append)
    kind = replace(kind, missing=lambda: "install it.")
    check._outputs(said.append)
    assert said == [
        "--out web    works: a page", "--out syphon works: a page",
        "--out web    works: a page; not tried yet: `dancelive --try-out web` does",
        "--out syphon works: a page; not tried yet: `dancelive --try-out syphon` does",
        "--out web    install it.", "--out syphon install it.",
    ]  # fmt: skip


class Bundled:
    """A bundle whose file can be read or cannot, and whose person can be painted or cannot."""

    def __init__(self, kind, name, is_whole=True):
        self.manifest = SimpleNamespace(kind=kind, name=name, sha256={"a.onnx": "", "b.onnx": ""})
        self.is_whole, self.read_files = is_whole, []

    def read(self, file):
        self.read_files.append(file)
        if not self.is_whole:
            raise bundle.BundleError(f"{file} of {self.manifest.name} is damaged.")


@pytest.mark.parametrize(
    ("left_out", "is_ready"), [("", True), ("club", False), ("ear", False), ("alice", True)]
)
def test_every_bundle_is_read_whole_and_every_person_painted(monkeypatch, said, left_out, is_ready):
    from live.picture import painter

    found = [Bundled("dance", "club"), Bundled("target", "alice"), Bundled("ear", "ear")]
    found = [one for one in found if one.manifest.name != left_out]
    broken = [Bundled("dance", "old", False), bundle.BundleError("What lies there is none.")]
    painted = []
    monkeypatch.setattr(painter, "Painter", lambda one, engine: painted.append((one, engine)))
    monkeypatch.setattr(bundle, "scan", lambda: [*found, *broken])
    assert check._bundles(said.append, True) == is_ready
    assert all(one.read_files == ["a.onnx", "b.onnx"] for one in found)
    assert said[:2] == [
        "bundle      a.onnx of old is damaged.",
        "bundle      What lies there is none.",
    ]
    lines = {"dance": "dances      club", "target": "targets     alice", "ear": "hears by    ear"}
    kinds = {one.manifest.kind for one in found}
    expected = {text if kind in kinds else f"{text[:12]}none" for kind, text in lines.items()}
    assert set(said[2:]) == expected
    persons = [one for one in found if one.manifest.kind == "target"]
    assert painted == [(one, "cpu") for one in persons]
    painted.clear()
    check._bundles(said.append, False)
    assert not painted, "without onnxruntime nobody can be painted"


def test_a_person_who_cannot_be_painted_is_told(monkeypatch, said):
    from live.picture import painter

    def refuse(found, engine):
        raise EngineError("cpu cannot run this network (oh).")

    monkeypatch.setattr(painter, "Painter", refuse)
    monkeypatch.setattr(bundle, "scan", lambda: [Bundled("target", "alice")])
    assert not check._bundles(said.append, True)
    assert said[0] == "bundle      cpu cannot run this network (oh)." and "targets     none" in said


# memory of the C library


def test_few_heaps_and_free_memory_given_back_where_glibc_is(monkeypatch):
    asked = []
    there = {"mallopt", "malloc_trim"}

    def glibc(name):
        return (lambda *given: asked.append((name, *(g.value for g in given)))) if there else None

    monkeypatch.setattr(heap, "_glibc", glibc)
    heap.stay_small()
    heap.give_back()
    assert asked == [("mallopt", -8, 2), ("malloc_trim", 0)]
    there.clear()
    heap.stay_small()
    heap.give_back()
    assert len(asked) == 2


def test_another_c_library_has_none_of_it(monkeypatch):
    heap._glibc.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(mallopt="it"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert heap._glibc("mallopt") == "it" and heap._glibc("malloc_trim") is None
    heap._glibc.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert heap._glibc("mallopt") is None
    heap._glibc.cache_clear()


def test_each_scene_is_listed_with_its_key(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    own = "".join(f"[scenes.own{n}]\nenergy = 1\n" for n in range(8))
    (tmp_path / "dancelive.toml").write_text(own, encoding="utf-8")
    said: list[str] = []
    check.list_shows(said.append)
    scenes = [line for line in said if "(a scene" in line]
    assert scenes[0].startswith("home  (a scene, key 1;")
    assert scenes[8].startswith("own5  (a scene, key 9;")
    assert scenes[9].startswith("own6  (a scene;")
