"""docs/paper.md says what the files in docs/results say, and those can be measured again."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.paper import cross_modal, statistics
from train.paper.tables import kept, page
from train.paper.validity import RAND_SEQ, summary

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / kept.RESULTS
PAGE = ROOT / page.PAGE


@pytest.fixture(scope="module")
def table():
    return kept.load_report(RESULTS / "table.json")


def test_the_page_is_that_of_the_files():
    text = PAGE.read_text(encoding="utf-8")
    made = page.tables(RESULTS)
    assert page.filled(text, made) == text, "run `python -m train.tables`"
    assert sorted(re.findall("<!-- table: ([a-z-]+) -->", text)) == sorted(made)


@pytest.mark.parametrize("score", kept.SCORES.values())
def test_the_validity_follows_from_the_scores_of_the_songs(score):
    report = kept.load_report(RESULTS / f"{score}.json")
    assert summary(report["scores"]) == report["summary"]


@pytest.mark.parametrize(("key", "score"), [("cross_modal", "score"), ("strict", "score-strict")])
def test_the_kept_dances_have_the_scores_of_the_table(key, score, table):
    judge = kept.load_score(RESULTS / f"{score}.safetensors")
    others = np.array(table["rows"][RAND_SEQ][f"{key}_by_song"])
    danced = {title for title, row in table["rows"].items() if row["runs"]}
    found = set()
    for path in sorted((RESULTS / kept.DANCES).glob("*.npz")):
        with np.load(path) as file:
            title = re.search(r'"title": "([^"]+)"', str(file["facts"]))[1]
        found.add(title)
        scores = [
            cross_modal.distances(judge.metric, take, judge.wanted)
            for take in kept.load_dances(path)
        ]
        by_song = statistics.by_song(np.stack(scores), judge.song)
        row = table["rows"][title]
        assert by_song == pytest.approx(row[f"{key}_by_song"], abs=2e-4)
        assert statistics.interval(by_song, others) == pytest.approx(row[key], abs=2e-3)
    assert danced <= found


def test_the_sheet_is_a_picture():
    picture = cv2.imread(str(RESULTS / "dances.jpg"))
    assert picture is not None and picture.shape[1] > 800 and picture.std() > 20
