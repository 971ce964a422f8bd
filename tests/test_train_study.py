"""The user study: the page in a real browser, with real videos, and the answers counted."""

import csv
import json
import re
import shutil

import av
import numpy as np
import pytest

from models import skeleton
from train import study as command
from train.dance_eval import sample_video
from train.paper import study
from train.paper.study import StudyError, Vote

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Two pairs of 1.5 s; ours hops, the other one stands; of each pair one has a tone."""
    folder = tmp_path_factory.mktemp("videos")
    sound = 0.2 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 16_000)
    still = np.tile(skeleton.STANDING, (16, 1, 1)).astype(np.float32)
    hop = still + 0.1 * np.sin(np.arange(16))[:, None, None].astype(np.float32)
    paths = [folder / f"{name}.mp4" for name in ("ours_1", "real_1", "ours_2", "real_2")]
    for path, poses in zip(paths, (hop, still, hop, still), strict=True):
        sample_video.write(path, [poses], sound)
    for path in (paths[1], paths[2]):
        _silence(path)
    return paths


def _silence(path):
    """The same film without its sound."""
    loud = path.rename(path.with_name("loud-" + path.name))
    with av.open(str(loud)) as source, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                film.mux(packet)


@pytest.mark.skipif(not BROWSER, reason="no Chromium here: apt-get install chromium")
def test_a_participant_answers_in_a_browser(videos, tmp_path):
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "friends.html"
    command.main([*map(str, videos), "--out", str(page_file), "--title", "Dance & <music>"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1100, "height": 700}, accept_downloads=True)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: r.url.startswith("http") and problems.append(r.url))
        page.goto(page_file.as_uri())
        assert page.title() == "Dance & <music>"
        page.fill("#participant", "Ada, the first")
        page.select_option("#dances", "yes")
        page.click("#start")
        page.wait_for_function("document.querySelector('#left video').currentTime > 0.4")
        apart = page.evaluate(
            "(() => { const [a, b] = document.querySelectorAll('video'),"
            " names = swapped ? ['other', 'ours'] : ['ours', 'other'];"
            " return [a.currentTime - b.currentTime, names[a.muted ? 1 : 0], a.muted, b.muted,"
            " order[0]]; })()"
        )
        assert abs(apart[0]) < 0.15, "in step"
        assert apart[1] == ("ours", "other")[apart[4]], "the one that has sound is heard"
        assert apart[2] != apart[3], "one sound"
        page.keyboard.press("ArrowLeft")
        assert page.text_content("#place") == "1 of 2", "nobody answers before the end"
        picture = page.screenshot(path=str(tmp_path / "trial.png"))
        assert len(picture) > 5_000
        for place, key in ((1, "ArrowLeft"), (2, "ArrowRight")):
            page.wait_for_function(
                f"document.querySelector('#place').textContent === '{place} of 2'"
            )
            page.wait_for_selector("#left button:enabled")
            page.keyboard.press(key)
        page.wait_for_selector("#save:visible")
        with page.expect_download() as saving:
            page.click("#save")
        said = re.fullmatch(
            r"study-Ada_the_first-([0-9a-f]{12})\.csv", saving.value.suggested_filename
        )
        assert said, "two Adas do not write over each other"
        saving.value.save_as(tmp_path / "answers.csv")
        browser.close()
    assert not problems
    with (tmp_path / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["chosen_side"] for row in rows] == ["left", "right"]
    for row in rows:
        assert row["preferred"] == ("ours" if row["ours_side"] == row["chosen_side"] else "other")
    votes = study.read([tmp_path / "answers.csv"])
    assert {vote.ours for vote in votes} == {str(videos[0]), str(videos[2])}
    assert {row["person"] for row in rows} == {said[1]}
    found = {(vote.participant, vote.dances) for vote in votes}
    assert found == {(f"Ada, the first ({said[1]})", True)}


def _answers(path, who, choices, name="friends", person=None):
    """As the page saves them; without `person` as pages of an older version did."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        own = [] if person is None else ["person"]
        out.writerow(["study", *own, "participant", "dances", "ours", "other", "preferred"])
        own = own and [person]
        for number, choice in enumerate(choices):
            out.writerow([name, *own, who, "no", f"a{number}", f"b{number}", choice])
    return path


@pytest.mark.parametrize("persons", [("1a", "2b"), (None, None)])
def test_two_people_of_one_name_are_two(tmp_path, persons):
    files = [
        _answers(tmp_path / f"{n}.csv", "Kim", choices, person=person)
        for n, (choices, person) in enumerate(
            zip((["ours"] * 3, ["other", "ours", "other"]), persons, strict=True)
        )
    ]
    found = study.summary(study.read(files))
    assert (found["participants"], found["votes"], found["ours"]) == (2, 6, 4)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(files[0].read_bytes())
    assert study.summary(study.read([*files, copy, files[1]])) == found, "sent twice, counted once"


def test_of_one_person_the_last_answer_counts(tmp_path):
    files = [
        _answers(tmp_path / f"{choice}.csv", "Kim", [choice], person="1a")
        for choice in ("other", "ours")
    ]
    found = study.summary(study.read(files))
    assert (found["participants"], found["votes"], found["ours"]) == (1, 1, 1)


def test_preference_of_known_votes(tmp_path):
    one = _answers(tmp_path / "1.csv", "one", ["ours"] * 8 + ["other"] * 2)
    two = _answers(tmp_path / "2.csv", "two", ["ours"] * 2 + ["other"] * 8)
    found = study.summary(study.read([one, two, one]))
    assert (found["votes"], found["ours"], found["share"]) == (20, 10, 0.5)
    assert found["votes_95"] == [pytest.approx(0.299, abs=1e-3), pytest.approx(0.701, abs=1e-3)]
    assert found["participants_95"] == [0.2, 0.8], "two people who disagree say little"
    assert found["pairs"]["a0"] == 1.0 and found["pairs"]["a9"] == 0.0
    alone = study.preference([Vote("one", False, "a", True)])
    assert alone["share"] == 1.0 and "participants_95" not in alone


def test_a_pair_without_music_is_refused(videos):
    with pytest.raises(StudyError, match="bring the music"):
        study.build([videos[1], videos[2]], "friends", "", "")
    page = study.build(videos, "friends", "", "")
    assert '"music": ' + json.dumps(str(videos[3])) in page


def test_what_is_no_study_is_refused(videos, tmp_path):
    with pytest.raises(StudyError, match="even number"):
        study.build(videos[:3], "s", "t", "q")
    with pytest.raises(StudyError, match="Cannot read"):
        study.build([tmp_path / "a.mp4", tmp_path / "b.mp4"], "s", "t", "q")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match="no answers of a study"):
        command.main(["--read", str(tmp_path / "other.csv")])
    answers = [_answers(tmp_path / f"{n}.csv", "one", ["ours"], n) for n in ("x", "y")]
    with pytest.raises(StudyError, match="several studies: x, y"):
        study.read(answers)
