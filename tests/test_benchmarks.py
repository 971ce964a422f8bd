"""The benchmarks run, and their table says what was measured and nothing else."""

import json

from benchmarks import renderers, table
from models import bundle


def _result(name, steps):
    return {
        "machine": {"name": name},
        "runs": [
            {"networks": {"renderer": {"paced 30/s ms": {"p50": step}, "size": 256}}}
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
    assert (
        "| 18 | 13.0 (12.0 to 14.0) |  |"
        in rows["| renderer 256, 8 bits, one thread, paced at 30/s, p50, ms"]
    )
    assert "\n| memory, resident, MB | < 500 |  |  |\n" in text, "nobody measured it"
    assert rows["| OSC error p95, ms"] == "| OSC error p95, ms | 10; loaded 15 |  | 5.9 |  |  |"
    assert rows["| an hour: memory at its end, MB"].endswith("| 152 |  |")
    assert rows["| renderer at 256, int8, p50, ms"].endswith("ms | 12.3 |  |  |  |  |")
    assert rows["| renderer at 256, fp16, p50, ms"].endswith("ms |  |  |  |  |  |")


def test_a_person_is_painted_in_every_precision():
    rows = renderers.measure(["alice"], 2)
    assert {row["precision"] for row in rows} == {"int8", "fp32", "fp16"}
    assert all(row["ms"]["n"] == 2 for row in rows if row["engine"] == "cpu")
    networks = renderers.networks(bundle.find("target", "alice"))
    assert len(networks["int8"]) < len(networks["fp16"]) < len(networks["fp32"])
    json.dumps(rows)
