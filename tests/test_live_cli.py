"""The command line as a performer types it, in processes of their own."""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

DANCELIVE = [sys.executable, "-m", "live.cli"]


def run(*args: str, timeout: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [*DANCELIVE, *args],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | env,
        check=False,
    )


def sorry(*args: str, **env: str) -> str:
    """The one sentence of a start that must fail with exit code 1."""
    done = run(*args, **env)
    assert done.returncode == 1, done
    lines = [line for line in done.stderr.splitlines() if line.startswith("dancelive: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    from models.band import songs

    path = tmp_path_factory.mktemp("music") / "song.wav"
    samples = songs.four_on_the_floor(125, 8.0, 22_050)
    soundfile.write(path, samples.samples, 22_050)
    return path


def test_no_torch_on_stage():
    code = (
        "import sys, live.cli, live.show.show, live.show.offline; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_is_quick_and_imports_little():
    began = time.perf_counter()
    done = run("--help")
    took = time.perf_counter() - began
    assert done.returncode == 0
    assert "--target" in done.stdout
    assert took < 5  # a benchmark measures it; this only catches a heavy import
    code = "import sys, live.cli; sys.exit(any(m in sys.modules for m in ('numpy', 'PySide6')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_names_every_key_that_the_window_obeys():
    from live.controls.keys import KEYS, PRESSES

    keys = " ".join(run("--help").stdout.partition("keys: ")[2].split())
    for _, key in KEYS:
        assert key.help in keys
    # Those with a second name for the same thing are not written out.
    assert set(PRESSES) - {"F11", "Backspace", "Question", "F1"} == {
        "F", "B", "Space", "M", "S", "R", "I", "Escape", "T", "Left", "Right", "0",
        "Comma", "Period", "Up", "Down", "PageUp", "PageDown", "G", "Q", "D", "C", "V", "W", "L",
        "Plus", "Minus", *"123456789",
    }  # fmt: skip


def test_wrong_arguments_are_exit_code_2():
    assert run("--no-such-flag").returncode == 2
    assert run("--output", "huge").returncode == 2
    assert run("--fps", "0").returncode == 2
    assert run("--background").returncode == 2
    assert run("--background", "").returncode == 2
    for port in ("99999", "-1", "any"):
        assert "is not a whole number from 0 to 65535" in run("--osc-in", port).stderr
    for bpm in ("0", "39", "241", "fast"):
        assert run("--bpm", bpm).returncode == 2


def test_unknown_names_list_what_exists(song):
    assert "skeleton" in sorry("--input", str(song), "--target", "nobody", "--headless")
    assert "free" in sorry("--input", str(song), "--dance", "nothing", "--headless")


def test_bad_sound_files(tmp_path):
    empty = tmp_path / "empty.wav"
    empty.touch()
    text = tmp_path / "notes.ogg"
    text.write_text("no music at all")
    record = tmp_path / "out.mp4"
    for path in (empty, text, tmp_path / "missing.flac"):
        sentence = sorry(
            "--input", str(path), "--target", "skeleton", "--headless", "--record", str(record)
        )
        assert path.name in sentence
        assert not list(tmp_path.glob("out*"))


def test_bad_receivers_and_folders(song, tmp_path):
    headless = ("--input", str(song), "--target", "skeleton", "--headless", "--mute")
    assert "HOST:PORT" in sorry(*headless, "--osc", "nowhere")
    missing = tmp_path / "no" / "out.mp4"
    assert "out.mp4" in sorry(*headless, "--record", str(missing))
    assert "--record" in sorry(*headless, "--offline")


def test_backgrounds_that_are_no_picture(song, tmp_path):
    text = tmp_path / "notes.png"
    text.write_text("no picture at all")
    film = tmp_path / "out.mp4"
    show = ("--input", str(song), "--target", "skeleton", "--headless", "--mute")
    for path in (text, tmp_path / "missing.jpg"):
        assert path.name in sorry(*show, "--background", str(path), "--record", str(film))
    assert "missing.jpg" in sorry(*show, "--background", "missing.jpg", "--offline",
                                  "--record", str(film))  # fmt: skip
    assert not list(tmp_path.glob("out*"))


def test_a_target_of_an_older_version_says_what_to_do(tmp_path):
    """An exported renderer once gave whole pictures."""
    onnx = pytest.importorskip("onnx")
    from models import bundle

    joints = onnx.helper.make_tensor_value_info("joints", onnx.TensorProto.FLOAT, [1, 18, 2])
    image = onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, 18, 2])
    node = onnx.helper.make_node("Identity", ["joints"], ["image"])
    graph = onnx.helper.make_graph([node], "old", [joints], [image])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    model.ir_version = 8
    body = {
        "bone_lengths": [0.3] * 18, "framing": {"scale": 0.5, "x": 0.5, "y": 0.5}, "size": 256,
        "kind": "target", "name": "gran", "licence": "", "provenance": "", "spec": {},
        "networks": {"fp32": "renderer.onnx"},
    }  # fmt: skip
    bundle.write(tmp_path / "gran", body, {"renderer.onnx": model.SerializeToString()})
    sentence = sorry("--input", "demo", "--target", str(tmp_path / "gran"), "--headless", "--mute")
    assert "The target gran was made by an older version" in sentence
    assert "`python -m export gran`" in sentence
    check = run("--check", DANCELIVE_BUNDLES=str(tmp_path))
    assert sentence.removeprefix("dancelive: ") in check.stdout


def test_a_bundle_without_a_licence_is_listed_in_plain_words(tmp_path):
    from live import check
    from models import bundle

    body = {
        "bone_lengths": [0.3] * 18, "framing": {"scale": 0.5, "x": 0.5, "y": 0.5}, "size": 256,
        "kind": "target", "name": "gran", "licence": "", "provenance": "", "spec": {},
        "networks": {"fp32": "renderer.onnx"},
    }  # fmt: skip
    made = bundle.write(tmp_path / "gran", body, {"renderer.onnx": b"network"})
    assert check.licence(made.manifest) == "licence not told"
    done = run("--list-targets", DANCELIVE_BUNDLES=str(tmp_path))
    assert "gran  (yours, 256 px; licence not told)" in done.stdout.splitlines()


def test_what_a_person_was_not_filmed_in_is_listed(tmp_path):
    from models import bundle
    from models.reach import Reach
    from models.skeleton import STANDING

    standing = Reach.of(np.repeat(STANDING[None], 60, 0))
    assert standing is not None
    body = {
        "bone_lengths": [0.3] * 18, "framing": {"scale": 0.5, "x": 0.5, "y": 0.5}, "size": 256,
        "kind": "target", "name": "gran", "licence": "", "provenance": "", "spec": {},
        "networks": {"fp32": "renderer.onnx"}, "reach": standing.as_numbers(),
    }  # fmt: skip
    bundle.write(tmp_path / "gran", body, {"renderer.onnx": b"network"})
    lines = run("--list-targets", DANCELIVE_BUNDLES=str(tmp_path)).stdout.splitlines()
    after = lines.index("gran  (yours, 256 px; licence not told)") + 1
    assert lines[after] == "    filmed: no raised arms, no jumps, no squats, no kicks, no turns"


def test_a_style_that_is_not_there_is_answered_with_those_that_are():
    show = ("--input", "demo", "--target", "skeleton", "--headless", "--mute")
    sentence = sorry(*show, "--style", "tango")
    assert "The dance club has no style 'tango': say free, hiphop, house, party, salsa," in sentence
    assert "has no styles to choose from" in sorry(*show, "--style", "tango", "--dance", "free")


def test_lists_and_check():
    targets = run("--list-targets")
    assert targets.returncode == 0
    assert "skeleton" in targets.stdout
    assert "free" in run("--list-dances").stdout
    check = run("--check")
    assert check.returncode == 0
    assert "cpu       works" in check.stdout


@pytest.mark.parametrize(
    ("module", "error", "advice"),
    [
        ("onnxruntime", "ImportError('no')", "pip install"),
        ("sounddevice", "OSError('PortAudio library not found')", "libportaudio2"),
        ("PySide6", """ModuleNotFoundError("No module named 'PySide6'")""", "PySide6-Essentials"),
    ],
)
def test_what_is_missing_is_named_with_its_package(tmp_path, module, error, advice):
    (tmp_path / f"{module}.py").write_text(f"raise {error}")
    done = run("--check", PYTHONPATH=str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert "Traceback" not in done.stderr
    assert advice in done.stdout
    assert done.returncode == (module == "onnxruntime")
    if module == "onnxruntime":
        sentence = sorry("--input", "demo", "--headless", "--mute", PYTHONPATH=str(tmp_path))
        assert advice in sentence
    if module == "sounddevice":
        sentence = sorry("--input", "mic", "--target", "skeleton", PYTHONPATH=str(tmp_path))
        assert advice in sentence


@pytest.mark.slow
def test_a_headless_show_with_recordings(song, tmp_path):
    stats, film, poses = (tmp_path / name for name in ("s.json", "f.mp4", "p.npz"))
    done = run(
        "--input", str(song), "--target", "skeleton", "--dance", "free", "--headless", "--mute",
        "--duration", "6", "--record", str(film), "--record-poses", str(poses),
        "--stats", str(stats),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CC0" in done.stderr
    report = json.loads(stats.read_text())
    assert report["chunks_lost"] == 0
    assert report["chunks"] >= 58
    assert report["frames"] >= 100
    assert report["first_frame_s"] < 10
    assert report["lead_ms"]["p50"] > 0
    shown = np.load(poses)
    assert shown["keypoints"].shape == (report["frames"], 18, 3)
    assert (np.diff(shown["time"]) > 0).all()
    assert np.isfinite(shown["keypoints"]).all()
    assert np.ptp(shown["keypoints"][..., :2], axis=0).max() > 10  # it moves
    assert film.stat().st_size > 10_000


def _corners_and_middle(film: Path) -> tuple[np.ndarray, np.ndarray]:
    """Of the last picture: its four corner pixels (4, 3), and all of it."""
    import av

    with av.open(str(film)) as container:
        *_, last = container.decode(video=0)
        image = last.to_ndarray(format="rgb24").astype(int)
    return image[[2, 2, -3, -3], [2, -3, 2, -3]], image


@pytest.mark.slow
def test_an_offline_show_before_green_and_before_a_picture(song, tmp_path):
    from made_pictures import write_png

    film, stats = tmp_path / "f.mp4", tmp_path / "s.json"
    offline = (
        "--input", str(song), "--target", "skeleton", "--dance", "free", "--offline",
        "--duration", "1.5", "--record", str(film), "--stats", str(stats), "--output", "640x360",
        "--overwrite",
    )  # fmt: skip
    done = run(*offline, "--background", "green")
    assert done.returncode == 0, done.stderr
    corners, image = _corners_and_middle(film)
    assert np.abs(corners - (0, 255, 0)).max() <= 6  # what H.264 makes of it
    away = np.abs(image - (0, 255, 0)).max(2) > 60
    assert 0.01 < away.mean() < 0.3  # somebody dances
    assert not away[:, :100].any() and not away[:, -100:].any()
    assert json.loads(stats.read_text())["background"] == "green"

    flat = np.full((90, 160, 3), (180, 60, 120), np.uint8)
    picture = write_png(tmp_path / "flat.png", flat)
    assert run(*offline, "--background", str(picture)).returncode == 0
    corners, _ = _corners_and_middle(film)
    assert np.abs(corners - (180, 60, 120)).max() <= 6


@pytest.mark.slow
def test_offline_is_the_same_every_time_and_a_seed_changes_it(song, tmp_path):
    def render(name: str, seed: int) -> np.ndarray:
        path = tmp_path / f"{name}.npz"
        done = run(
            "--input", str(song), "--target", "skeleton", "--dance", "free", "--offline",
            "--record-poses", str(path), "--seed", str(seed),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return np.load(path)["keypoints"]

    one, again, other = render("a", 1), render("b", 1), render("c", 2)
    assert np.array_equal(one, again)
    assert one.shape == other.shape == (240, 18, 3)
    assert not np.allclose(one, other, atol=1.0)


@pytest.mark.slow
def test_a_recorded_dance_can_be_played_again(song, tmp_path):
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    offline = ("--target", "skeleton", "--offline", "--dance", "free")
    assert run("--input", str(song), *offline, "--record-poses", str(first)).returncode == 0
    assert run("--input", str(first), *offline, "--record-poses", str(second)).returncode == 0
    a, b = np.load(first)["keypoints"], np.load(second)["keypoints"]
    n = min(len(a), len(b))
    assert n >= len(a) - 2
    # Re-posed onto measured bones and back: the same movement, up to a constant framing.
    moved_a = a[:n, :, :2] - a[:n, :, :2].mean((0, 1))
    moved_b = b[:n, :, :2] - b[:n, :, :2].mean((0, 1))
    correlation = np.corrcoef(moved_a.ravel(), moved_b.ravel())[0, 1]
    assert correlation > 0.98


@pytest.mark.slow
def test_ctrl_c_leaves_a_film_that_plays(song, tmp_path):
    import signal

    import av

    film = tmp_path / "f.mp4"
    show = subprocess.Popen(
        [*DANCELIVE, "--input", "demo", "--target", "skeleton", "--dance", "free", "--headless",
         "--mute", "--record", str(film)],
        stderr=subprocess.PIPE,
        # A shell lets what it starts in the background ignore Ctrl-C, and the tests with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    time.sleep(6)
    show.send_signal(signal.SIGINT)
    assert show.wait(timeout=15) == 0
    with av.open(film) as container:
        assert container.duration / 1e6 > 1.5
        assert sum(1 for _ in container.decode(video=0)) > 30


def test_another_size_of_a_target_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--target me --size 512` shows me-512 where there is one; else one sentence says so."""
    from live.picture import targets
    from models import bundle

    class Found:
        def __init__(self, name: str, size: int) -> None:
            kind = SimpleNamespace(any_size=name == "puppet")
            self.manifest = SimpleNamespace(name=name, size=size, network_kind=kind)

    def find(kind: str, name: str) -> Found:
        if name not in ("me", "me-512", "puppet"):
            raise bundle.BundleError(f"There is no {kind} {name!r}.")
        return Found(name, 512 if name == "me-512" else 256)

    monkeypatch.setattr(targets.bundle, "find", find)
    known: list[Found] = []
    monkeypatch.setattr(targets.bundle, "available", lambda kind: known)
    for size, name in ((0, "me"), (256, "me"), (512, "me-512")):
        assert targets.find_target("me", size).manifest.name == name
    assert targets.find_target("puppet", 768).manifest.name == "puppet"  # it has any size
    known += [Found("me", 256), Found("me-512", 512), Found("meg-256", 256)]
    assert targets.find_target("me-512", 256).manifest.name == "me"
    assert targets.smaller_sizes(known[1]) == [256] and targets.smaller_sizes(known[0]) == []
    with pytest.raises(bundle.BundleError, match="painted at 256 px, not 384"):
        targets.find_target("me", 384)
