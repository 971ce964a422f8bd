"""From anybody's files to prepared songs: small ones in the published layouts, and broken ones."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import made_recordings as made
import numpy as np
import pytest
import soundfile

from models import spec
from models.band import songs
from models.skeleton import STANDING
from train import prepare
from train.readers import pose_pairs, video
from train.songs import motion
from train.songs.song import DataError, load_songs


def _run(out: Path, *sources: Path | str) -> tuple[int, dict[str, dict]]:
    code = prepare.main([*map(str, sources), "--out", str(out), "--jobs", "1"])
    found = json.loads((out / "report.json").read_text())
    return code, {report["name"]: report for report in found}


@pytest.fixture
def film(tmp_path) -> Iterator[Path]:
    """A video of grey pictures with the sound of the band."""
    yield made.film(tmp_path / "film.mp4", made.song(3.0))


@pytest.mark.parametrize("is_old", [False, True])
def test_openpose_of_either_kind_becomes_a_song(tmp_path, is_old):
    folder = tmp_path / "clip"
    made.write_openpose(folder, made.dance(), is_old)
    soundfile.write(folder / "music.wav", made.song(), spec.SAMPLE_RATE)
    code, reports = _run(tmp_path / "out", folder)
    assert code == 0
    report = reports["clip"]
    assert report["quality"] > 0.9 and not report["reasons"]
    assert report["used_seconds"] == pytest.approx(made.SECONDS, abs=0.3)
    song = load_songs(tmp_path / "out")[0]
    assert np.ptp(song.real[:, 4, 0]) > 0.2  # the wrist swings
    assert np.abs(song.real[:, 10] - STANDING[10]).max() < 0.2  # the feet do not
    assert np.isfinite(song.heard).mean() > 0.4
    assert (tmp_path / "out" / "previews" / "clip.png").stat().st_size > 5000
    with np.load(tmp_path / "out" / report["poses"]) as poses:
        assert poses["keypoints"].shape == (round(made.FPS * made.SECONDS), 18, 3)
        assert np.abs(poses["keypoints"][..., :2] - made.dance()).max() < 5  # px


def test_files_that_miss_break_or_lie_are_said_and_the_rest_is_used(tmp_path, capsys):
    good, holes, wrong = tmp_path / "good", tmp_path / "holes", tmp_path / "wrong"
    for folder in (good, holes, wrong):
        made.write_openpose(folder, made.dance())
        soundfile.write(folder / "music.wav", made.song(), spec.SAMPLE_RATE)
    for number in (30, 31, 100):
        (holes / f"holes_{number:012d}_keypoints.json").unlink()
    (holes / f"holes_{200:012d}_keypoints.json").write_text("{")
    for path in wrong.glob("*.json"):
        path.write_text(json.dumps({"people": [{"pose_keypoints_2d": [1, 2, 3] * 7}]}))
    (tmp_path / "notes.txt").write_text("no dance")
    (tmp_path / "torn.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"x" * 500)
    out = tmp_path / "out"
    code, reports = _run(out, tmp_path, tmp_path / "notes.txt")
    assert code == 0
    assert reports["good"]["songs"] and reports["holes"]["songs"]
    assert reports["holes"]["missing_files"] == 3
    assert len(reports["holes"]["broken_files"]) == 1
    assert "7 joints" in reports["wrong"]["reasons"][0]
    assert reports["torn"]["reasons"] and not reports["torn"]["songs"]
    assert "neither a video" in reports["notes.txt"]["reasons"][0]
    said = capsys.readouterr().out
    assert all(name in said for name in reports)


def test_only_clean_segments_when_asked_for(tmp_path):
    folder = tmp_path / "half"
    joints = made.dance(seconds=21.0)
    made.write_openpose(folder, joints)
    for number in range(130, 500, 3):  # a face and arms that are hardly seen, from 5 s to 20
        path = folder / f"half_{number:012d}_keypoints.json"
        found = json.loads(path.read_text())
        flat = np.array(found["people"][0]["pose_keypoints_2d"]).reshape(-1, 3)
        flat[[0, 3, 4, 6, 7, 15, 16, 17, 18], 2] = 0.05
        found["people"][0]["pose_keypoints_2d"] = flat.ravel().tolist()
        for near in range(number, min(number + 3, 500)):
            path = folder / f"half_{near:012d}_keypoints.json"
            path.write_text(json.dumps(found))
    soundfile.write(folder / "music.wav", made.song(21.0), spec.SAMPLE_RATE)
    used = {}
    for quality in ("0.5", "0.95"):
        out = tmp_path / quality
        assert prepare.main([str(folder), "--out", str(out), "--quality", quality]) == 0
        used[quality] = json.loads((out / "report.json").read_text())[0]["used_seconds"]
    assert used["0.5"] > 19
    assert used["0.95"] < 7


def test_what_is_done_is_not_done_again_and_what_changed_is(tmp_path, monkeypatch):
    folder, out = tmp_path / "clip", tmp_path / "out"
    made.write_openpose(folder, made.dance())
    soundfile.write(folder / "music.wav", made.song(), spec.SAMPLE_RATE)
    _run(out, folder)
    kept = next(out.glob("clip*.npz"))
    before = kept.stat().st_mtime_ns
    assert _run(out, folder)[0] == 0
    assert kept.stat().st_mtime_ns == before
    kept.unlink()  # a lost song is made again
    _run(out, folder)
    assert kept.is_file()
    (folder / "clip_000000000005_keypoints.json").unlink()
    assert _run(out, folder)[1]["clip"]["missing_files"] == 1


def test_nothing_usable_is_exit_code_1(tmp_path, capsys):
    folder = tmp_path / "nobody"
    made.write_openpose(folder, made.dance())
    for path in folder.glob("*.json"):
        path.write_text('{"people": []}')
    soundfile.write(folder / "music.wav", made.song(), spec.SAMPLE_RATE)
    code, reports = _run(tmp_path / "out", folder)
    assert code == 1
    assert "no person was found" in reports["nobody"]["reasons"]
    assert prepare.main([str(tmp_path / "absent"), "--out", str(tmp_path / "out")]) == 1
    assert "There is no" in capsys.readouterr().err


def test_without_sound_the_poses_remain(tmp_path):
    folder = tmp_path / "mute"
    made.write_openpose(folder, made.dance())
    code, reports = _run(tmp_path / "out", folder)
    assert code == 0
    assert reports["mute"]["songs"] == []
    assert "no sound" in reports["mute"]["reasons"][0]
    assert (tmp_path / "out" / reports["mute"]["poses"]).is_file()


def test_a_second_person_is_named(tmp_path):
    folder = tmp_path / "two"
    made.write_openpose(folder, made.dance())
    for path in folder.glob("*.json"):
        found = json.loads(path.read_text())
        flat = np.array(found["people"][0]["pose_keypoints_2d"]).reshape(-1, 3)
        small = flat * [0.5, 0.5, 1] + [20, 180, 0]
        found["people"].insert(0, {"pose_keypoints_2d": small.ravel().tolist()})
        path.write_text(json.dumps(found))
    _, reports = _run(tmp_path / "out", folder)
    assert "several people: the largest was followed" in reports["two"]["reasons"]


@pytest.mark.parametrize(("late", "faster"), [(0.12, 1.0), (-0.06, 1.04)])
def test_a_dance_beside_its_music_is_moved_onto_it(tmp_path, late, faster):
    """Accents every half second, beside the beats or at another tempo; --align brings them on."""
    folder = tmp_path / "late"
    played = songs.four_on_the_floor(120.0, 40.0, spec.SAMPLE_RATE)
    times = np.arange(round(made.FPS * 38)) / made.FPS
    poses = np.repeat(STANDING[None], len(times), 0).astype(float)
    first = float(played.beat_times[0])
    # It rests on each beat of its own: speed 1 - cos, and turns round at every other one.
    beats = ((times - late) * faster - first) * 2
    going = beats % 1 - np.sin(2 * np.pi * beats) / (2 * np.pi)
    place = np.where(np.floor(beats) % 2 == 0, going, 1 - going)
    for joint in (4, 7):
        poses[:, joint, 0] += 0.3 * place
    made.write_openpose(folder, poses * 180 + [320, 230])
    soundfile.write(folder / "music.wav", played.mono, spec.SAMPLE_RATE)
    _, plain = _run(tmp_path / "out", folder, "--fps", "25")
    assert plain["late"]["lag_p"] < 0.03
    assert ("tempo" in plain["late"]["lag"]) == (faster != 1)
    if faster == 1:
        assert plain["late"]["lag_seconds"] == pytest.approx(late, abs=0.03)
    command = [str(folder), "--out", str(tmp_path / "moved"), "--align", "--fps", "25"]
    assert prepare.main([*command, "--jobs", "1"]) == 0
    apart: dict[str, float] = {}
    for name in ("out", "moved"):
        song = max(load_songs(tmp_path / name), key=lambda song: song.seconds)
        stills = motion.still_moments(song.real, 50) / 50
        known = np.flatnonzero(np.isfinite(song.beats))
        on_beat = np.interp(np.arange(2, 60), song.beats[known], known / 50)
        stills = stills[(stills > on_beat[0]) & (stills < on_beat[-1])]
        apart[name] = float(np.median(np.abs(stills[:, None] - on_beat).min(1)))
    assert apart["moved"] < 0.035
    assert apart["moved"] < 0.6 * apart["out"]


def test_the_pose_pairs_of_the_authors(tmp_path):
    parts = made.pairs(made.dance(10.0, 20.0) * [1, 0.75], ("025", "035"))
    ragged = {"joint_coors": [[[1, 2]], [[1, 2], [3, 4]]], "audio_sequence": [0, 0]}
    path = tmp_path / "pairs.json"
    videos = {"001": parts, "002": {"025": ragged}, "003": 7}
    path.write_text(json.dumps(json.dumps(videos)))
    code, reports = _run(tmp_path / "out", path)
    assert code == 0
    report = reports["pairs"]
    assert report["used_seconds"] == pytest.approx(20, abs=0.5)
    said = "; ".join(report["reasons"])
    assert "'025' is left out: joint_coors is ragged" in said
    assert "pairs_003: no parts" in said
    song = load_songs(tmp_path / "out")[0]
    assert "research" in song.licence
    path.write_text(json.dumps([1, 2]))
    with pytest.raises(DataError, match="pose pairs"):
        pose_pairs.read(path)


def test_aist_in_its_layout_and_no_program_in_its_pickles(tmp_path):
    root = tmp_path / "aist"
    name = "gBR_sBM_cAll_d04_mBR0_ch01"
    flat = made.dance(60.0, 8.0)
    flat[10:14, 7] = np.nan
    made.write_aist(root, name, flat)
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "evil").encode() + b"'\ntR."
    (root / "keypoints3d" / "gBR_sBM_cAll_d05_mBR0_ch01.pkl").write_bytes(evil)
    code, reports = _run(tmp_path / "out", root)
    assert code == 0
    assert reports[name]["songs"] == [name]
    song = load_songs(tmp_path / "out")[0]
    assert song.style == "gBR"
    assert np.abs(np.median(song.real[:, 13, 1]) - STANDING[13, 1]) < 0.05
    assert not (tmp_path / "evil").exists()
    assert "no array" in reports["gBR_sBM_cAll_d05_mBR0_ch01"]["reasons"][0]


def test_pictures_come_upright_with_their_own_times(tmp_path, film):
    times = np.cumsum(np.tile([0.02, 0.05, 0.033], 20))
    uneven = made.film(tmp_path / "uneven.mkv", None, times, (48, 64))
    seen = list(video.pictures(uneven))
    assert [p.time for p in seen] == pytest.approx((times - times[0]).tolist(), abs=0.002)
    assert seen[0].rgb.shape == (64, 48, 3)
    assert video.sound(uneven) is None
    heard = video.sound(film)
    assert heard is not None
    assert len(heard) / spec.SAMPLE_RATE == pytest.approx(3.0, abs=0.15)
    assert video.facts(film).size == (64, 48)


def test_what_is_no_video_is_said(tmp_path, film):
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(film.read_bytes()[:400])
    for path in (torn, tmp_path / "absent.mp4"):
        with pytest.raises(video.VideoError):
            list(video.pictures(path))


@pytest.mark.slow
@pytest.mark.extra
@pytest.mark.usefixtures("pose_networks")
def test_a_film_of_the_program_itself_comes_back_as_it_was_danced(tmp_path, film):
    """alice dances to a song; her film is seen, and the joints she was painted at are found."""
    soundfile.write(tmp_path / "song.wav", made.song(12.0), spec.SAMPLE_RATE)
    movie, danced = tmp_path / "alice.mp4", tmp_path / "danced.npz"
    command = ["--input", str(tmp_path / "song.wav"), "--offline", "--record", str(movie)]
    command += ["--output", "512x512"]
    subprocess.run(
        [sys.executable, "-m", "live.cli", *command, "--record-poses", str(danced)],
        check=True, capture_output=True,
    )  # fmt: skip
    code, reports = _run(tmp_path / "out", movie, film)
    assert code == 0
    assert reports["alice"]["used_seconds"] > 10
    assert "no person was found" in reports["film"]["reasons"]
    with np.load(tmp_path / "out" / reports["alice"]["poses"]) as seen, np.load(danced) as true:
        n = min(len(seen["keypoints"]), len(true["keypoints"]))
        found, known = seen["keypoints"][:n, :, :2], seen["keypoints"][:n, :, 2] > 0
        wanted = true["keypoints"][:n, :, :2] * seen["size"][1] / true["size"][1]
    tall = np.ptp(wanted[..., 1], axis=1).mean()
    apart = np.linalg.norm(found - wanted, axis=-1)[known] / tall
    assert known.mean() > 0.95
    assert apart.mean() < 0.04


def test_without_the_networks_a_video_says_how_they_are_fetched(tmp_path, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)  # as where it is not installed
    monkeypatch.setenv("DANCELIVE_NETWORKS", str(tmp_path / "none"))
    code, reports = _run(tmp_path / "out", film)
    assert code == 1
    assert "pip download mediapipe==0.10.14" in reports["film"]["reasons"][0]


def test_an_estimator_that_nobody_knows_is_told_with_those_there_are(tmp_path, film):
    code, reports = _run(tmp_path / "out", film, "--estimator", "mediapipe")
    assert code == 1
    (why,) = reports["film"]["reasons"]
    assert why == "There is no estimator 'mediapipe'; there are: blazepose."
