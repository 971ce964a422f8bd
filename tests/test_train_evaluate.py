"""The evaluation as a whole: what it runs, that it repeats itself exactly, and what it writes."""

import dataclasses
import json

import numpy as np
import pytest
import soundfile
import torch
from made_dances import save_dance
from seeds import rng_of, seed_of

from export import dance as export
from export import parity
from live.core.messages import AudioChunk
from live.dance.beat_follower import BeatFollower
from live.dance.dancer import Dancer
from models import bundle, skeleton, spec
from models.band import songs as band
from models.controls import row_for_beat
from train import evaluate as command
from train.dance_eval import beat_alignment, evaluate, measures, perform_live, report
from train.dance_eval.baselines import still
from train.dance_eval.dance_metrics import RATIOS, START_S, DanceMetrics, Part
from train.dance_eval.evaluate import REAL, Stage
from train.dance_eval.music import load_music
from train.dance_eval.perform import (
    FIRST_POSE_S,
    NetworkDance,
    ShippedDance,
    Show,
    controls_for,
    in_chunks,
    open_dance,
)
from train.dance_eval.results import missed, rounded
from train.dance_eval.stress_tests import MUSIC_S, Trials
from train.songs import beat_as_heard
from train.songs.song import POSE_HZ, DataError
from train.synthetic.choreography import make_songs


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def songs():
    made = make_songs(3, 36.0, seed=seed_of(5))
    splits = ("train", "train", "test")
    return [dataclasses.replace(s, split=p) for s, p in zip(made, splits, strict=True)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "checkpoint.safetensors"
    return save_dance(path, seed=1, n_plans=20, width=32)


class Puppet:
    """A dance that sways on its own grid while it hears sound, and rests in silence."""

    name, provenance = "puppet", "this test"

    def __init__(self, beats: np.ndarray, rests: bool = True) -> None:
        self.beats, self.rests = beats, rests

    def perform(self, audio, controls, seeds, temperature):
        sounds = np.abs(in_chunks(audio)).max(1) > 1e-4
        at = FIRST_POSE_S + np.arange(len(sounds)) * spec.CHUNK_SECONDS
        count = np.interp(at, self.beats, np.arange(len(self.beats)))
        place = np.floor(count) + (1 - np.cos(np.pi * (count % 1))) / 2
        moves = 0.4 * np.abs(place % 2 - 1)
        poses = still(len(at)).astype(float)
        poses[..., 0] += np.where(sounds | (not self.rests), moves, 0.0)[:, None]
        return np.stack([poses] * len(seeds))


def hears_nothing(audio):
    """Instead of `hearing.hear`, where the beat does not matter."""
    return beat_as_heard.DetectedBeats([None] * (len(audio) // spec.CHUNK_SAMPLES))


def test_the_judged_part_is_the_recording_from_there_on(songs):
    part = Part.of(songs[2])
    assert part.seconds == pytest.approx(36 - START_S, abs=0.2)
    assert part.real[0] == pytest.approx(songs[2].real[round(START_S * POSE_HZ)], abs=1e-5)
    assert part.real[30] == pytest.approx(songs[2].real[round((START_S + 3) * POSE_HZ)], abs=1e-5)
    assert len(part.beats) > 10
    assert Part.of(songs[2], 30.0).seconds == pytest.approx(30 - START_S, abs=0.2)


def test_the_real_dancer_judged_against_itself_is_one_everywhere(songs):
    judge = DanceMetrics([s.real[::5] for s in songs[:2]], {songs[2].name: Part.of(songs[2])})
    found = judge.overall({songs[2].name: [judge.real[songs[2].name]]})
    distances = [f"{name}_{k}_ratio" for name in ("fid", "diversity") for k in "kg"]
    for key in [*RATIOS, *distances]:
        assert found[key] == pytest.approx(1), key
    assert found["spectrum"] == pytest.approx(0)


def test_trials_tell_who_rests_from_who_dances_on_and_who_is_on_the_loop(songs, monkeypatch):
    monkeypatch.setattr(beat_as_heard, "hear", hears_nothing)
    monkeypatch.setattr("train.dance_eval.stress_tests.STYLES", ("house",))
    trials = Trials.of([songs[2]], Show())
    beats = trials.loop_beats
    on = np.concatenate([beats, beats[-1] + np.arange(1, 20)])
    usual = measures.speed(Puppet(on).perform(songs[2].audio, None, [0], 1.0)[0])
    rests = trials.silence(Puppet(on), songs[2].name, usual)
    assert rests["silence"] == pytest.approx(0, abs=0.01)
    assert rests["wakes_s"] < 1.0
    on_and_on = trials.silence(Puppet(np.arange(0, 90, 0.48), rests=False), songs[2].name, usual)
    assert on_and_on["silence"] > 0.8
    assert trials.gaps[songs[2].name].audio[(MUSIC_S + 1) * 16_000 :][:16_000].max() == 0
    loop = trials.drum_loop(Puppet(on), [0, 1])
    assert loop["bas_ratio"] > 1.8
    assert abs(loop["offset_s"]) < 0.03
    beside = trials.drum_loop(Puppet(on + 0.15), [0])
    assert beside["bas_ratio"] < 0.6
    assert beside["offset_s"] == pytest.approx(0.15, abs=0.04)
    stays = trials.endurance(Puppet(on), [0], usually_bent=0.0)
    assert stays["bent"] == stays["outside"] == 0
    assert stays["speed_first"] > 0


def test_a_bundle_and_its_checkpoint_dance_alike(trained, songs, tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 60)
    made = export.export_dance(trained, tmp_path / "try")
    audio = songs[0].audio[: 8 * spec.SAMPLE_RATE]
    controls = controls_for(audio, songs[0].beats, 4, Show("grid"))
    shipped, torched = open_dance(str(made.path)), open_dance(str(trained.parent))
    assert isinstance(shipped, ShippedDance)
    assert isinstance(torched, NetworkDance)
    one = shipped.perform(audio, controls, [0, 1], 1.0)
    other = torched.perform(audio, controls, [0, 1], 1.0)
    assert one.shape == other.shape == (2, 80, 18, 2)
    np.testing.assert_allclose(one, other, atol=2e-3)
    assert np.abs(one[0] - one[1]).max() > 0.01  # seeds differ
    with pytest.raises(bundle.BundleError, match="There is no dance"):
        open_dance("nobody")


def test_a_judged_dance_is_the_dance_of_the_stage(songs):
    """The same bundle, sound and seed: chunk by chunk the poses that the live dancer gives."""
    audio = songs[0].audio[: 6 * spec.SAMPLE_RATE]
    controls = controls_for(audio, songs[0].beats, 4, Show("none"))
    judged = open_dance("free").perform(audio, controls, [seed_of(5)], 1.0)[0]
    stage = Dancer(bundle.find("dance", "free"), seed=seed_of(5))
    stage.choose_style("4")
    for index, samples in enumerate(in_chunks(audio)):
        plan = stage.step(AudioChunk(index, samples, 0.0), None)
        np.testing.assert_allclose(judged[index], plan.joints[0], atol=1e-5)
        assert plan.times[0] == pytest.approx(FIRST_POSE_S + index * spec.CHUNK_SECONDS)


def test_what_the_dancer_is_told(songs):
    song = songs[0]

    def named(rows):
        return dict(zip(spec.CONTROLS, rows.T, strict=True))

    told = named(controls_for(song.audio, song.beats, 4, Show("grid")))
    assert told["beat_known"].mean() > 0.8
    assert told["bar_known"].any()
    assert told["in_four"].all()
    heard = named(controls_for(song.audio, song.beats, 4, Show("heard")))
    assert heard["beat_known"].mean() > 0.5
    assert heard["in_four"].all()
    nothing = controls_for(song.audio, song.beats, 0, Show("none", metre=False))
    assert not nothing.any()
    silence = np.zeros_like(song.audio)
    assert not controls_for(silence, song.beats, 4, Show("grid"))[15:, :7].any()


def test_a_heard_beat_is_told_as_the_stage_tells_it(songs):
    """The same rows as the live dancer makes of what the live follower says."""
    audio = songs[0].audio[: 12 * spec.SAMPLE_RATE]
    told = controls_for(audio, songs[0].beats, 0, Show(metre=False))
    follower = BeatFollower()
    for index, samples in enumerate(in_chunks(audio)):
        beat = follower.feed(AudioChunk(index, samples, 0.0))
        np.testing.assert_allclose(told[index], row_for_beat(beat, 0, 0.0), atol=1e-5)


def test_same_seed_same_numbers_and_the_report_is_whole(songs, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(beat_as_heard, "hear", hears_nothing)
    stage = Stage([songs[2]], [], Show(), [0])
    first, again = (
        evaluate.evaluate([str(trained), str(trained)], stage, songs[:2], trials=False)
        for _ in range(2)
    )
    assert json.dumps(first.as_json()) == json.dumps(again.as_json())
    found = json.loads(json.dumps(first.as_json()))["dances"]
    assert list(found) == [
        REAL, "real, snapped to the beat", "Rand Frame", "Rand Seq", "still", "trembling",
        "try (trained)", "try (trained) 2",
    ]  # fmt: skip
    assert found["try (trained)"]["mean"] == found["try (trained) 2"]["mean"]
    assert found["still"]["mean"]["speed"] == found["still"]["absolute"]["speed"] == 0
    assert found[REAL]["absolute"]["speed"] == pytest.approx(
        measures.speed(first.metrics.parts[songs[2].name].real), rel=1e-4
    )
    assert found["still"]["mean"]["freeze"] == 1
    assert "bas" not in found["still"]["mean"]
    assert found["Rand Frame"]["mean"]["near"] == pytest.approx(0, abs=1e-5)
    assert found["trembling"]["mean"]["bone_change"] > 2
    assert found["trembling"]["mean"]["fid_k"] > found["Rand Seq"]["mean"]["fid_k"]
    pytest.importorskip("matplotlib", reason="the extra `eval` is not installed")
    lines = report.write(first, tmp_path / "out")
    assert len(lines) == 9
    html = (tmp_path / "out" / "report.html").read_text()
    assert html.count("data:image/png;base64,") >= 5
    for forbidden in ("<script", "http://", "https://", 'src="/'):
        assert forbidden not in html
    assert "Rand Seq" in html
    assert json.loads((tmp_path / "out" / "report.json").read_text())["dances"]
    # Beside the checkpoint, where export looks for what was measured of it.
    kept = export.judged(trained)["beat_heard"]
    assert kept["mean"] == found["try (trained)"]["mean"]
    assert kept["seeds"] == [0]


def test_a_pose_file_becomes_the_dance_that_was_shown(tmp_path):
    """The way of --record-poses and back: canonical poses, placed, in pixels, at uneven times."""
    times = np.sort(rng_of(0).uniform(0, 40, 2400))
    times[0], times[-1] = 0.0, 40.0
    poses = skeleton.STANDING + 0.2 * np.sin(times)[:, None, None]
    placed = skeleton.PLAIN_BODY.place(poses.astype(np.float32))
    keypoints = np.concatenate([placed * 512, np.ones((len(times), 18, 1))], -1)
    path = tmp_path / "poses.npz"
    np.savez(path, keypoints=keypoints.astype(np.float32), size=[512, 512], time=times, fps=60.0)
    coarse, fine = perform_live.at_rates(*perform_live.read_poses(path), 40.0)
    at = START_S + np.arange(len(coarse)) / measures.HZ
    assert len(coarse) == int((40 - START_S) * 10)
    expected = skeleton.STANDING + 0.2 * np.sin(at)[:, None, None]
    np.testing.assert_allclose(coarse, expected, atol=1e-3)
    assert len(fine) == pytest.approx((40 - START_S) * beat_alignment.FINE_HZ, abs=1)
    with pytest.raises(DataError, match="ended after"):
        perform_live.at_rates(*perform_live.read_poses(path), 25.0)


@pytest.mark.parametrize(
    ("hz", "least", "most"), [(1.0, 0.98, 1.02), (3.0, 0.9, 1.05), (8.0, 0.0, 0.1)]
)
def test_quick_steps_that_were_shown_are_judged_and_what_would_fold_is_not(hz, least, most):
    times = np.arange(0, 40, 1 / 60)
    shown = skeleton.STANDING + 0.2 * np.sin(2 * np.pi * hz * times)[:, None, None]
    coarse, _ = perform_live.at_rates(times, shown, 40.0)
    seen = (coarse - skeleton.STANDING)[20:-20, 0, 0].std() / (0.2 / np.sqrt(2))
    assert least <= seen <= most


@pytest.mark.slow
def test_other_music_is_judged_against_the_usual_dancer(songs, trained, tmp_path, monkeypatch):
    pytest.importorskip("librosa", reason="the extra `eval` is not installed")
    played = band.four_on_the_floor(120.0, 34.0, 22_050)
    soundfile.write(tmp_path / "loop.wav", played.mono, 22_050)
    music = load_music(str(tmp_path / "loop.wav"))
    told = load_music(f"{tmp_path / 'loop.wav'}@60")
    for song, beats_a_second in ((music, 2.0), (told, 1.0)):
        known = np.isfinite(song.beats)
        steps = np.diff(song.beats[known]).mean() * POSE_HZ
        assert steps == pytest.approx(beats_a_second, rel=0.02)
    monkeypatch.setattr(beat_as_heard, "hear", hears_nothing)
    stage = Stage([songs[2]], [music], Show(), [0])
    found = evaluate.evaluate([str(trained)], stage, songs[:2], trials=False)
    row = found.columns[-1].music["loop"]
    assert row["speed"] > 0
    assert "bas_ratio" in row
    assert "loop" not in found.columns[-1].rows
    soundfile.write(tmp_path / "short.wav", played.mono[: 22_050 * 9], 22_050)
    with pytest.raises(DataError, match="too short"):
        load_music(str(tmp_path / "short.wav"))
    with pytest.raises(DataError, match="Cannot read"):
        load_music(str(tmp_path / "absent.wav"))


def test_a_checkpoint_cannot_be_played_live(songs, trained):
    stage = Stage([songs[2]], [], Show(), [0], shown=True, seconds=33.0)
    with pytest.raises(DataError, match="only bundles dance"):
        evaluate.evaluate([str(trained)], stage, songs[:2])


def test_bars_and_rounding():
    assert missed({"speed": 1.0, "accel": 1.5, "near": float("nan")}) == ["accel", "near"]
    assert rounded({"a": [1.234567, float("nan")], "b": 3}) == {"a": [1.2346, None], "b": 3}


def test_what_is_wrong_is_said_in_one_sentence(tmp_path, capsys):
    assert command.main(["--data", str(tmp_path), "--dance", "ballroom"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("train.evaluate:")
    assert "no prepared songs" in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_the_program_itself_is_played_and_judged(songs, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 60)
    made = export.export_dance(trained, tmp_path / "try")
    stage = Stage([songs[2]], [], Show(), [0], shown=True, seconds=33.0)
    found = evaluate.evaluate([str(made.path)], stage, songs[:2])
    row = found.columns[-1].overall
    assert row["speed"] > 0
    assert row["bone"] == 0
