"""The best moment of a training: kept by its score, whole songs danced, collapse said, a film."""

import dataclasses
import json
import subprocess

import numpy as np
import pytest
import torch
from seeds import seed_of

from models import skeleton, spec
from models.nets import checkpoint
from models.nets.dance.generator import DanceGenerator
from train.dance_eval import sample_video, selection
from train.dance_eval.selection import Validation, Validator, complaint, keep_if_best, score
from train.run.loop import Run
from train.synthetic.choreography import make_songs

GOOD = {"speed": 1.0, "accel": 1.0, "jerk": 1.0, "slide": 1.0, "spread": 1.0}
WHOLE = {"fid_k_ratio": 1.0, "fid_g_ratio": 1.0, "bas_ratio": 1.0, "freeze": 0.0, "bone": 0.0,
         "repeat": 0.8}  # fmt: skip


def test_a_dance_like_the_real_one_has_the_best_score():
    assert score(WHOLE, [GOOD, GOOD]) == 0
    assert score(WHOLE, [GOOD, GOOD | {"accel": 1.5}]) > 0
    assert score(WHOLE, [GOOD | {"slide": float("nan")}]) == 0, "what cannot be had is left out"
    for worse in ({"fid_k_ratio": 4.0}, {"bas_ratio": 0.5}, {"freeze": 0.2}, {"repeat": 0.3}):
        assert score(WHOLE | worse, [GOOD]) > 0.1
    assert score(WHOLE | {"bas_ratio": 2.0}, [GOOD]) < 0, "on the beat is better than real"


def test_one_bad_song_is_worse_than_what_it_does_to_the_mean():
    even = score(WHOLE, [GOOD | {"accel": 1.2}, GOOD | {"accel": 1.2}])
    uneven = score(WHOLE, [GOOD, GOOD | {"accel": 1.44}])
    assert uneven > even


def test_a_collapse_is_said_in_one_sentence():
    fine = {"freeze": 0.0, "repeat": 0.8, "repeat_s": 4.0}
    assert complaint(fine) == ""
    assert "frozen" in complaint(fine | {"freeze": 0.5})
    assert "loop of 1.4 s" in complaint(fine | {"repeat": 0.2, "repeat_s": 1.4})


def _verdict(value: float) -> Validation:
    return Validation(value, GOOD, "", np.zeros((3, 18, 2)))


def test_the_best_is_kept_and_a_sitting_done_again_replaces_its_own(tmp_path):
    model = torch.nn.Linear(2, 2)
    path = tmp_path / "checkpoint.safetensors"
    run = Run(path, model, torch.optim.Adam(model.parameters()), {"kind": "dance"}, 100)

    def at(step: int, value: float) -> bool:
        run.step = step - 1
        return keep_if_best(run, model, _verdict(value))

    assert at(10, 2.0) and at(20, 1.0) and not at(30, 1.5)
    kept = checkpoint.load(tmp_path / "best.safetensors")
    assert kept[1]["step"] == 20 and kept[1]["chosen"]["score"] == 1.0
    assert torch.equal(kept[0]["ema.weight"], model.weight)
    # A killed run goes on from step 15: what came after is forgotten, then found again.
    assert at(18, 3.0) and at(20, 1.0)


@pytest.fixture(scope="module")
def songs():
    made = make_songs(3, 34.0, seed=seed_of(9))
    return [
        dataclasses.replace(s, split=p)
        for s, p in zip(made, ("train", "train", "val"), strict=True)
    ]


def test_whole_songs_are_danced_and_filmed_beside_the_real_dancer(songs, tmp_path):
    assert Validator.of(songs[:2]) is None, "without a song of the split val nothing can be chosen"
    validator = Validator.of(songs)
    torch.manual_seed(seed_of(0))
    still = DanceGenerator(spec.GeneratorSpec(n_plans=4, gru_width=8)).eval()
    with torch.no_grad():
        still.draw[2].weight.zero_()
        still.draw[2].bias.zero_()
    validation = validator.validate(still)
    assert "frozen" in validation.complaint
    assert validation.figures["speed"] < 0.05
    assert validator.validate(still).score == validation.score
    film = tmp_path / "sample.mp4"
    validator.film(validation, film)
    probe = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(film)]
    streams = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["streams"]
    kinds = {stream["codec_type"]: stream for stream in streams}
    seconds = {kind: float(stream["duration"]) for kind, stream in kinds.items()}
    assert seconds["video"] == pytest.approx(len(validation.shown) / 10, abs=0.2)
    assert seconds["audio"] == pytest.approx(seconds["video"], abs=0.2)


def test_a_film_shows_every_dancer(tmp_path):
    import av

    poses = np.tile(skeleton.STANDING, (20, 1, 1))
    path = tmp_path / "two.mp4"
    sample_video.write(path, [poses, poses * 0.0 + 9.0], np.zeros(32_000, np.float32))
    with av.open(str(path)) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="rgb24")
    left, right = np.split(picture, 2, axis=1)
    assert (left < 128).any(-1).mean() > 0.01 > (right < 128).any(-1).mean()


def test_choosing_notes_what_was_found(songs, tmp_path, capsys):
    from tqdm import tqdm

    from train.dancer.config import DANCE_PRESETS
    from train.run.run_log import RunLog

    validator = Validator.of(songs)
    network = DanceGenerator(spec.GeneratorSpec(n_plans=4, gru_width=8))
    path = tmp_path / "checkpoint.safetensors"
    run = Run(path, network, torch.optim.Adam(network.parameters()), {"kind": "dance"}, 10)
    run_log = RunLog(tmp_path, DANCE_PRESETS["tiny"], 0, 0)
    selection.select(validator, run, run.ema, run_log, tqdm(disable=True))
    (row,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert row["iteration"] == 1 and np.isfinite(row["dance_score"])
    assert (tmp_path / "best.safetensors").is_file()
    assert list((tmp_path / "samples").glob("*.mp4"))
    facts = json.loads((tmp_path / "run.json").read_text())[0]
    assert facts["settings"]["batch"] == DANCE_PRESETS["tiny"].batch and facts["seed"] == 0
