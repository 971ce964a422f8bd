"""Foreign files among the bundles: whatever they are, one sentence, and the others stay usable."""

import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seeds import rng_of

from models import bundle, bundle_files
from models.bundle import BundleError
from tests.made_painters import NETWORK, quick_person


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A good bundle that lies elsewhere."""
    return quick_person(tmp_path / "elsewhere", "good").path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, with one good bundle in it."""
    folder = tmp_path / "bundles"
    quick_person(folder, "me")
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(folder))
    return folder


def edit(path: Path, **changes: Any) -> None:
    file = path / bundle.MANIFEST
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def packed(path: Path, *folders: tuple[str, Path], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip with the files of some folders, each below a name ("" = at the top)."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for below, folder in folders:
            for file in sorted(folder.iterdir()):
                archive.write(file, f"{below}{file.name}")
    return path


def locked(path: Path) -> Path:
    """As a zip with a password says of itself: bit 0 of the flags of every entry."""
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    return path


def bomb(path: Path, good: Path, name: str, megabytes: int) -> Path:
    """A zip of a good bundle whose `name` unpacks to a thousand times its size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if name != bundle.MANIFEST:
            archive.write(good / bundle.MANIFEST, bundle.MANIFEST)
        with archive.open(name, "w", force_zip64=True) as file:
            for _ in range(megabytes):
                file.write(bytes(10**6))
    return path


def make_neighbours(folder: Path, good: Path) -> dict[str, str]:
    """One of each kind, of what was good; its name and what is said of it."""
    plain = packed(folder / "good.zip", ("", good)).read_bytes()
    (folder / "good.zip").unlink()
    (folder / "text.zip").write_text("no archive at all")
    (folder / "empty.zip").touch()
    (folder / "cut.zip").write_bytes(plain[: len(plain) // 2])
    flipped = bytearray(plain)
    start = plain.index(b"PK\3\4") + 30 + len(bundle.MANIFEST)
    flipped[start : start + 64] = bytes(64)
    (folder / "flipped.zip").write_bytes(flipped)
    locked(packed(folder / "password.zip", ("", good)))
    packed(folder / "lzma.zip", ("", good), method=zipfile.ZIP_LZMA)
    packed(folder / "two.zip", ("a/", good), ("b/", good))
    with zipfile.ZipFile(folder / "zip.zip", "w") as archive:
        archive.writestr("inner.zip", plain)
    bomb(folder / "bomb.zip", good, bundle.MANIFEST, 40)
    os.mkfifo(folder / "pipe.zip")
    (folder / "loop.zip").symlink_to("loop.zip")
    for name in ("fifo", "loop", "deep", "huge", "folder"):
        (folder / name).mkdir()
    os.mkfifo(folder / "fifo" / bundle.MANIFEST)
    (folder / "loop" / bundle.MANIFEST).symlink_to(bundle.MANIFEST)
    (folder / "deep" / bundle.MANIFEST).write_text('{"format_version": 1, "a": ' + "[" * 10_000)
    with (folder / "huge" / bundle.MANIFEST).open("wb") as file:
        file.truncate(10**12)  # of holes
    (folder / "folder" / bundle.MANIFEST).mkdir()
    (folder / "lost").symlink_to("lost")  # nothing that looks like a bundle
    return {
        "text.zip": "cannot read", "empty.zip": "cannot read", "cut.zip": "cannot read",
        "flipped.zip": "cannot read", "password.zip": "without a password",
        "lzma.zip": "packed in another way", "two.zip": "no manifest.json",
        "zip.zip": "no manifest.json", "bomb.zip": "larger than", "pipe.zip": "neither a folder",
        "loop.zip": "no such file", "fifo": "is no file", "loop": "cannot read",
        "deep": "not readable JSON", "huge": "larger than", "folder": "is no file",
    }  # fmt: skip


def test_a_bad_neighbour_is_named_in_one_sentence_and_hides_no_other(own: Path, good: Path) -> None:
    expected = make_neighbours(own, good)
    said = [str(found) for found in bundle.scan() if isinstance(found, BundleError)]
    assert len(said) == len(expected)
    for name, words in expected.items():
        begins = (f"Bundle {name}:", f"Bundle {name} ")
        (sentence,) = (line for line in said if line.startswith(begins))
        assert words in sentence and "\n" not in sentence and len(sentence) < 300
        path = own / name
        with pytest.raises(BundleError, match=words):
            bundle.load(path)
    names = [found.manifest.name for found in bundle.available("target")]
    assert names == ["me", "alice", "bob"]
    assert bundle.find("target", "me").path == own / "me"


def test_with_bad_neighbours_every_command_works(own: Path, good: Path) -> None:
    """In processes of their own, with little memory."""
    expected = make_neighbours(own, good)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "live.cli", *words], capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    listed = run("--list-targets")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "me  (yours" in listed.stdout and "alice  (shipped" in listed.stdout
    check = run("--check")
    assert check.returncode == 0 and "Traceback" not in check.stderr
    for name in expected:
        assert f"bundle      Bundle {name}" in check.stdout
    show = ("--input", "demo", "--mute", "--headless", "--duration", "0.5")
    shown = run(*show, "--target", "alice")
    assert shown.returncode == 0 and "Traceback" not in shown.stderr
    refused = run(*show, "--target", str(own / "password.zip"))
    assert refused.returncode == 1
    assert (
        refused.stderr == "dancelive: Bundle password.zip is locked: zip it without a password.\n"
    )


@pytest.fixture
def as_another(monkeypatch: pytest.MonkeyPatch, good: Path) -> Iterator[Path]:
    """A folder of bundles that everybody may enter, seen by somebody who is not root."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        folder.chmod(0o755)
        shutil.copytree(good, folder / "good")
        monkeypatch.setenv("DANCELIVE_BUNDLES", str(folder))
        monkeypatch.setattr(bundle, "SHIPPED", folder)  # this checkout may be root's alone
        yield folder


def scanned_as_nobody() -> list[bundle.Bundle | BundleError]:
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        return list(bundle.scan())
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="rights of folders are POSIX's")
def test_a_folder_without_rights_is_said_and_the_others_are_there(as_another: Path) -> None:
    shutil.copytree(as_another / "good", as_another / "locked")
    (as_another / "locked").chmod(0)
    found = scanned_as_nobody()
    (as_another / "locked").chmod(0o755)
    read = [one for one in found if isinstance(one, bundle.Bundle)]
    bad = [str(one) for one in found if isinstance(one, BundleError)]
    assert [one.manifest.name for one in read] == ["good", "good"]  # the folder is looked at twice
    assert bad == [bad[0]] * 2 and "Bundle locked: cannot read" in bad[0]
    as_another.chmod(0)
    found = scanned_as_nobody()
    as_another.chmod(0o755)
    assert all("cannot be read" in str(one) for one in found) and found


@pytest.mark.parametrize("beside", [(), ("__MACOSX/",)])
def test_a_folder_zipped_as_a_whole_is_a_bundle(
    own: Path, good: Path, beside: tuple[str, ...]
) -> None:
    """By right click; macOS puts its own folder beside it."""
    packed(own / "own.zip", ("own/", own / "me"), *((name, good) for name in beside))
    assert bundle.find("target", "own").read(NETWORK) == (own / "me" / NETWORK).read_bytes()


def test_a_bundle_is_found_by_the_name_it_gives_itself_but_takes_nobodys(own: Path) -> None:
    (own / "me").rename(own / "downloaded")
    assert bundle.find("target", "me").path == own / "downloaded"
    edit(own / "downloaded", name="alice")
    assert bundle.find("target", "alice").path == bundle.SHIPPED / "alice"
    listed = {found.manifest.name: found.path for found in bundle.available("target")}
    assert listed["alice"] == bundle.SHIPPED / "alice"


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 5_000, "a\0b", "\udcff"])
def test_no_name_is_too_strange(own: Path, name: str) -> None:
    with pytest.raises(BundleError) as raised:
        bundle.find("target", name)
    assert len(str(raised.value)) < 300
    assert str(raised.value).isprintable()


def test_a_file_is_never_read_beyond_what_a_bundle_can_be(own: Path, good: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = bundle.load(bomb(own / "bomb.zip", good, NETWORK, 300))
    with pytest.raises(BundleError, match="larger than"):
        found.read(NETWORK)
    with (own / "me" / NETWORK).open("wb") as file:
        file.truncate(10**13)
    with pytest.raises(BundleError, match="larger than"):
        bundle_files.read_inside(own / "me", NETWORK, 2**20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_a_network_with_its_weights_elsewhere_is_refused(own: Path, good: Path) -> None:
    """onnxruntime would look for them in the folder that the show is started in."""
    onnx = pytest.importorskip("onnx")
    weights = onnx.numpy_helper.from_array(np.ones((64, 64), np.float32), "weights")
    shape = onnx.helper.make_tensor_value_info("joints", onnx.TensorProto.FLOAT, [1, 64])
    # A value that is only called so is no file elsewhere.
    out = onnx.helper.make_tensor_value_info("location", onnx.TensorProto.FLOAT, [1, 64])
    node = onnx.helper.make_node("MatMul", ["joints", "weights"], ["location"])
    graph = onnx.helper.make_graph([node], "g", [shape], [out], [weights], value_info=[out])
    model = onnx.helper.make_model(graph)
    fields = json.loads((good / bundle.MANIFEST).read_text()) | {"networks": {"fp32": "n.onnx"}}
    made = bundle.write(own / "whole", fields, {"n.onnx": model.SerializeToString()})
    assert made.network("fp32")
    for where in ("w", "weights.b1", "w" * 200):
        split = copy.deepcopy(model)
        onnx.external_data_helper.convert_model_to_external_data(
            split, location=where, size_threshold=0
        )
        onnx.save(split, str(own / "n.onnx"))
        made = bundle.write(own / "split", fields, {"n.onnx": (own / "n.onnx").read_bytes()})
        with pytest.raises(BundleError, match="keeps its weights in another file"):
            made.network("fp32")


STRANGE = (
    None, True, False, 0, -1, 2**63, 10**300, 0.5, -0.5, 1e308, float("nan"), float("inf"), "",
    "a\0b", "../../etc/passwd", "x" * 20_000, "\ud800", [], [None], [[[]]], {}, {"a": 1},
    [0] * 5_000, {str(n): n for n in range(5_000)},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON value below its top."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def mutated(fields: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """One or two places taken away, doubled, nested or given another value."""
    for _ in range(int(rng.integers(1, 3))):
        everywhere = [place for place in places(fields) if place[0] != "measured"]
        if not everywhere:
            break
        *way, key = everywhere[rng.integers(len(everywhere))]
        holder = fields
        for step in way:
            holder = holder[step]
        match rng.integers(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [holder[key]]
            case 2 if isinstance(holder, dict):
                holder[f"{key}2"] = holder[key]
            case _:
                holder[key] = copy.deepcopy(STRANGE[rng.integers(len(STRANGE))])
    return fields


@pytest.mark.parametrize("name", ["alice", "good", "ballroom", "ear"])
def test_a_mutated_manifest_is_a_sentence_or_a_bundle_that_can_be_used(
    own: Path, good: Path, name: str
) -> None:
    from models.spec import styles_of

    rng = rng_of(0)
    folder = good if name == "good" else bundle.SHIPPED / name
    whole = json.loads((folder / bundle.MANIFEST).read_text())
    (network,) = whole["networks"].values()
    (own / name).mkdir()
    (own / name / network).symlink_to(folder / network)
    n_refused = 0
    for _ in range(200):
        fields = mutated(copy.deepcopy(whole), rng)
        (own / name / bundle.MANIFEST).write_text(json.dumps(fields))
        try:
            found = bundle.load(own / name)
            assert found.manifest.name.isprintable()
            styles_of(found.manifest.spec)
            if found.manifest.kind == "target":
                joints = found.manifest.body.place(np.zeros((18, 2), np.float32))
                assert np.isfinite(joints).all()
            assert found.sizes
        except BundleError as error:
            n_refused += 1
            assert name in str(error) and str(error).isprintable() and len(str(error)) < 300
        assert "me" in [found.manifest.name for found in bundle.available("target")]
    assert 100 < n_refused < 200


def test_a_network_that_is_not_what_its_manifest_says_is_refused_before_the_show(
    own: Path, good: Path
) -> None:
    """Its file is whole, yet the show could not run it."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install -e .[cpu]")
    from live.core.settings import Settings
    from live.dance.performer import open_performer
    from live.picture.painter import Painter
    from models.runtime.engines import EngineError

    def of(folder: Path, **changes: Any) -> Path:
        shutil.rmtree(own / "other", ignore_errors=True)
        shutil.copytree(folder, own / "other")
        edit(own / "other", **changes)
        return own / "other"

    painted = bundle.load(of(good, size=512))
    with pytest.raises(BundleError, match="says it is painted at 512 px"):
        Painter(painted, "cpu")
    ballroom = bundle.SHIPPED / "ballroom"
    dance = json.loads((ballroom / bundle.MANIFEST).read_text())
    for changes, words in (
        ({"horizons": [0.1, 0.2]}, "foresees 2 poses"),
        ({"spec": dance["spec"] | {"n_plans": 7}, "mirrors": []}, "cannot be stepped"),
        ({"spec": dance["spec"] | {"styles": []}}, "cannot be stepped"),
    ):
        with pytest.raises(BundleError, match=words):
            open_performer(Settings(dance=str(of(ballroom, **changes))))
    folder = of(good)
    (folder / NETWORK).write_bytes(b"no network")
    import hashlib

    edit(folder, sha256={NETWORK: hashlib.sha256(b"no network").hexdigest()})
    with pytest.raises(EngineError, match="Target good: "):
        Painter(bundle.load(folder), "cpu")
