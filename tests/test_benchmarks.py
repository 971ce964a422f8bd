"""The benchmarks run, and their table says what was measured and nothing else."""

import json
import math
from itertools import chain

import pytest

from benchmarks import renderers, table
from benchmarks.mutants import changes, trial
from benchmarks.mutants.__main__ import HEARTS
from benchmarks.mutants.seen import Seen
from benchmarks.mutants.tree import ROOT
from models import bundle, spec


def _result(name, steps):
    return {
        "machine": {"name": name},
        "runs": [
            {"networks": {"renderer at 256": {"paced 30/s ms": {"p50": step}, "size": 256}}}
            for step in steps
        ],
        "renderers": [],
    }


def test_medians_their_range_and_empty_cells(tmp_path, capsys):
    one, other = _result("laptop", [14.0, 12.0, 13.0]), _result("card", [])
    one["renderers"] = [
        {"size": 256, "precision": "int8", "engine": "cpu", "ms": {"p50": 12.34}},
        {"size": 256, "precision": "fp16", "engine": "cuda", "failed": "no card"},
    ]
    one["load"] = {"loaded": {"osc_error_ms": {"p95": 5.91}}}
    one["growth"] = {"hour": {"each ten minutes": [{"rss MB": 150.0}, {"rss MB": 152.0}]}}
    text = table.markdown([one, other])
    rows = {line.split(" | ")[0]: line for line in text.splitlines()}
    assert "| 18 | 13.0 (12.0 to 14.0) |  |" in rows["| renderer at 256, paced at 30/s, p50, ms"]
    assert "\n| memory, resident, MB | < 500 |  |  |\n" in text, "nobody measured it"
    assert rows["| OSC error p95, ms"] == "| OSC error p95, ms | 10; loaded 15 |  | 5.9 |  |  |"
    assert rows["| an hour: memory at its end, MB"].endswith("| 152 |  |")
    assert rows["| renderer at 256, int8, p50, ms"].endswith("ms | 12.3 |  |  |  |  |")
    assert rows["| renderer at 256, fp16, p50, ms"].endswith("ms |  |  |  |  |  |")


def test_what_draws_puppets_stands_beside_what_runs_networks():
    one = _result("laptop", [14.0])
    one["renderers"] = [
        {"size": 512, "precision": "puppet", "engine": name, "ms": {"p50": ms}}
        for name, ms in (("chip (Iris)", 2.04), ("cpu", 6.0))
    ]
    text = table.markdown([one])
    assert "\n| | cpu | cuda | tensorrt | directml | coreml | chip |\n" in text
    assert "\n| renderer at 512, puppet, p50, ms | 6.0 |  |  |  |  | 2.0 |\n" in text


def test_a_person_is_painted_in_every_precision(tmp_path):
    pytest.importorskip("torch")
    from tests.made_renderers import image_network

    person = image_network(tmp_path)
    rows = renderers.measure([str(person.path)], 2)
    assert {row["precision"] for row in rows} == {"int8", "fp32", "fp16"}
    assert all(row["ms"]["n"] == 2 for row in rows if row["engine"] == "cpu")
    networks = renderers.networks(person)
    assert len(networks["int8"]) < len(networks["fp16"]) < len(networks["fp32"])
    json.dumps(rows)


def test_products_are_counted_in_the_network_itself():
    """Each by its definition: rows x columns x what is summed."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    from benchmarks import counts

    def weights(name, *shape):
        return helper.make_tensor(name, TensorProto.FLOAT, shape, [0.0] * math.prod(shape))

    def flowing(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [
        helper.make_node("Conv", ["picture", "kernel"], ["seen"], group=2, strides=[2, 2]),
        helper.make_node("Relu", ["seen"], ["some"]),
        helper.make_node("MatMul", ["rows", "columns"], ["product"]),
        helper.make_node("Gemm", ["turned", "columns"], ["told"], transA=1),
    ]
    graph = helper.make_graph(
        nodes, "known",
        [flowing("picture", 1, 4, 7, 9), flowing("rows", 5, 3, 6), flowing("turned", 6, 2)],
        [flowing(name, *shape) for name, shape in
         {"some": (1, 8, 3, 4), "product": (5, 3, 7), "told": (2, 7)}.items()],
        [weights("kernel", 8, 2, 3, 2), weights("columns", 6, 7)],
    )  # fmt: skip
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    onnx.checker.check_model(network)
    shapes = counts.shapes_in(network)
    found = [counts.multiplications(node, shapes) for node in nodes if node.op_type != "Relu"]
    assert found == [8 * 3 * 4 * (2 * 3 * 2), 5 * 3 * 7 * 6, 2 * 7 * 6]


def test_a_shipped_puppet_is_counted_from_its_own_files():
    """The size of its textures is told by its manifest, too."""
    pytest.importorskip("onnx")
    from benchmarks.counts import counts

    found = bundle.find("target", "alice")
    told = counts(found)
    sizes = found.sizes.view_sizes
    pixels = sum(
        count * down * across
        for count, down, across in zip(found.sizes.views, sizes[::2], sizes[1::2], strict=True)
    )
    assert told["texture MB"] == round(4 * pixels / 1e6, 1) <= 56
    assert told["GMAC"] <= 0.15 and told["other operators"] <= 80
    listed = sum(len(found.read(file)) for file in found.manifest.sha256)
    assert abs(told["bundle MB"] - listed / 1e6) < 0.06, "the manifest is small"


@pytest.mark.parametrize("heart", [*chain(*HEARTS.values())], ids=lambda heart: heart.name)
def test_every_change_of_the_heart_still_finds_its_line(heart):
    """`python -m benchmarks.mutants --heart NAME` says which tests notice them."""
    source = (ROOT / heart.file).read_text(encoding="utf-8")
    assert source.count(heart.old) == 1
    compile(source.replace(heart.old, heart.new), heart.file, "exec")


def test_a_mutant_that_takes_all_memory_dies_of_it(tmp_path):
    """By itself, before the machine does."""
    (tmp_path / "test_a.py").write_text(f"def test_a():\n    bytearray({2 * trial.MORE_MEMORY})\n")
    begun, told = trial.begin(tmp_path, ["test_a.py"], 60.0, "a", ()), []
    while not told:
        told = trial.finished([begun])
    assert told[0][1] is not None and told[0][1]["failed"] == ["test_a.py::test_a"]


def test_what_cannot_change_a_result_is_no_mutant():
    """Notes, messages, annotations, forms and guards; the other lines are changed one by one."""
    told = """
NOTE_EVERY = 5
def f(x: tuple[int, 3], seed: int = 0) -> 4:
    progress.note(7)
    if x % 2 == 0:
        bar.write("x" + 8)
    if x is None:
        raise ValueError(9)
    return np.random.default_rng(0), json.dumps(indent=1), f"{x + 1}"
"""
    # Only the two conditions of what is not told: `x is None`.
    assert [c.kind for c in changes.changes_of(told)] == ["comparison"]
    source = """
def g(x):
    y = x + 3 if x > 0 else -x
    model.step()
    return y / (x + 1e-9)
"""
    found = [changes.changed(source, change) for change in changes.changes_of(source)]
    assert {words for _, _, words in found} == {
        "x + 3 if x > 0 else -x -> x + 3 if not x > 0 else -x", "x + 3 -> x - 3", "3 -> 6",
        "x > 0 -> x <= 0", "0 -> 1", "-x -> --x", "model.step() -> nothing",
        "y / (x + 1e-09) -> y * (x + 1e-09)",
    }  # fmt: skip
    assert {line for _, line, _ in found} == {3, 4, 5}
    assert all(text != source for text, _, _ in found)
    assert _told("x[..., -1] + y.sum(1) + np.diff(z, axis=1)") >= {"-1 -> -0", "1 -> 0"}
    assert not _told("x[..., -1] + y.sum(1)") & {"1 -> -1", "-1 -> --1"}, "often the same one"
    assert _told("max(1, x)") == {"max(1, x) -> nothing", "1 -> -1"}, "no axis"
    assert _told("x + rng.normal(0, 3)") == {"0 -> 1", "3 -> 6"}, "either sign is the same chance"
    assert _told("loss.item()") == set(), "it only waits"
    assert _told("log.info('%s', 1 + x)\nsay(x + 1)") == set(), "words for people"
    assert "log.warning('it')" in str(_told("log.warning('it')")), "the performer reads it"
    assert _told("def h(a=2, /, b=3): ...") == {"2 -> 4", "3 -> 6"}
    assert _told("def h(a, /, seed=3): ...") == set()


def test_who_is_asked_whether_they_notice():
    """Those that run the line; of what runs at the import, or in other processes, all the rest."""
    known = Seen({"slow": 9.0, "a": 2.0, "b": 1.0, "far": 0.5, "bad": 0.1}, {}, ["bad"])
    known.lines["f.py"] = {"3": ["a", "slow"], "7": ["b"], "*": ["a", "b", "slow"]}
    assert known.of("f.py", (3, 3), 20) == ["a", "slow"]
    assert known.of("f.py", (2, 7), 20) == ["b", "a", "slow"]
    assert known.of("f.py", (5, 5), 20) == ["b", "a", "slow"]
    assert known.of("f.py", None, 20) == ["b", "a", "slow", "far"]
    assert known.of("f.py", None, 3.5) == ["b", "a"]
    assert known.of("g.py", (5, 5), 20) == ["far", "b", "a", "slow"]
    assert known.of("f.py", (3, 3), 1.0) == ["a"], "one at least"


def _told(source: str) -> set[str]:
    """All changes of a line, in words."""
    return {changes.changed(source, change)[2] for change in changes.changes_of(source)}


def test_a_trial_runs_the_files_of_its_tree(tmp_path):
    """Also of what this program has read of the project by itself."""
    for name, text in {
        "models/__init__.py": "",
        "models/spec.py": "CHUNK_SAMPLES = 7",
        "tests/test_it.py": "from models.spec import CHUNK_SAMPLES\n\n\n"
        "def test_it():\n    assert CHUNK_SAMPLES == 7\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert spec.CHUNK_SAMPLES != 7
    going, told = [trial.begin(tmp_path, ["tests/test_it.py"], 60, None, ["models/spec.py"])], None
    while told is None:
        ((_, told),) = trial.finished(going) or [(None, None)]
    assert told["code"] == 0 and told["failed"] == []
    assert list(told["seconds"]) == ["tests/test_it.py::test_it"]
