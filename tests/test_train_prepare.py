"""From anybody's files to prepared songs: small ones in the published layouts, and broken ones."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models import spec
from models.band import songs
from models.skeleton import STANDING
from train import prepare
from train.readers import aist, openpose, pose_pairs, video
from train.songs import motion
from train.songs.song import DataError, load_songs

FPS, SECONDS = 25.0, 14.0
BODY_25 = openpose.BODY_25


def _song(seconds: float = SECONDS) -> np.ndarray:
    return songs.four_on_the_floor(120.0, seconds, spec.SAMPLE_RATE).mono


def _dance(fps: float = FPS, seconds: float = SECONDS) -> np.ndarray:
    """(N, 18, 2) px of a picture of 640 x 480: arms and hips move with 120 beats a minute."""
    times = np.arange(round(fps * seconds)) / fps
    poses = np.repeat(STANDING[None], len(times), 0).astype(float)
    swing = np.sin(2 * np.pi * times)
    poses[:, 4, 0] += 0.15 * swing
    poses[:, 7, 1] -= 0.15 * swing
    poses[..., 0] += 0.05 * np.sin(np.pi * times)[:, None]
    return poses * 180 + [320, 230]


def _write_openpose(folder: Path, joints: np.ndarray, is_old: bool = False) -> None:
    folder.mkdir(parents=True)
    for number, pose in enumerate(joints):
        flat = np.zeros((18 if is_old else 25, 3))
        flat[list(range(18) if is_old else BODY_25), :2] = pose
        flat[list(range(18) if is_old else BODY_25), 2] = 0.9
        key = "pose_keypoints" if is_old else "pose_keypoints_2d"
        person = {"version": 1.3, "people": [{key: flat.ravel().round(2).tolist()}]}
        (folder / f"{folder.name}_{number:012d}_keypoints.json").write_text(json.dumps(person))


def _run(out: Path, *sources: Path | str) -> tuple[int, dict[str, dict]]:
    code = prepare.main([*map(str, sources), "--out", str(out), "--jobs", "1"])
    found = json.loads((out / "report.json").read_text())
    return code, {report["name"]: report for report in found}


@pytest.fixture
def film(tmp_path) -> Iterator[Path]:
    """A video of grey pictures with the sound of the band."""
    yield _film(tmp_path / "film.mp4", _song(3.0))


def _film(
    path: Path, sound: np.ndarray | None, times: np.ndarray | None = None, size=(64, 48)
) -> Path:
    from fractions import Fraction

    import av

    times = np.arange(75) / FPS if times is None else times
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height = size
        pictures.pix_fmt, pictures.time_base = "yuv420p", Fraction(1, 1000)
        pictures.codec_context.time_base = Fraction(1, 1000)
        voice = container.add_stream("aac", rate=spec.SAMPLE_RATE) if sound is not None else None
        for i, time in enumerate(times):
            grey = np.full((size[1], size[0], 3), 40 + i % 100, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if voice is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = spec.SAMPLE_RATE, 0
            for packet in [*voice.encode(frame), *voice.encode(None)]:
                container.mux(packet)
    return path


@pytest.mark.parametrize("is_old", [False, True])
def test_openpose_of_either_kind_becomes_a_song(tmp_path, is_old):
    folder = tmp_path / "clip"
    _write_openpose(folder, _dance(), is_old)
    soundfile.write(folder / "music.wav", _song(), spec.SAMPLE_RATE)
    code, reports = _run(tmp_path / "out", folder)
    assert code == 0
    report = reports["clip"]
    assert report["quality"] > 0.9 and not report["reasons"]
    assert report["used_seconds"] == pytest.approx(SECONDS, abs=0.3)
    song = load_songs(tmp_path / "out")[0]
    assert np.ptp(song.real[:, 4, 0]) > 0.2  # the wrist swings
    assert np.abs(song.real[:, 10] - STANDING[10]).max() < 0.2  # the feet do not
    assert np.isfinite(song.heard).mean() > 0.4
    assert (tmp_path / "out" / "previews" / "clip.png").stat().st_size > 5000
    with np.load(tmp_path / "out" / report["poses"]) as poses:
        assert poses["keypoints"].shape == (round(FPS * SECONDS), 18, 3)
        assert np.abs(poses["keypoints"][..., :2] - _dance()).max() < 5  # px


def test_files_that_miss_break_or_lie_are_said_and_the_rest_is_used(tmp_path, capsys):
    good, holes, wrong = tmp_path / "good", tmp_path / "holes", tmp_path / "wrong"
    for folder in (good, holes, wrong):
        _write_openpose(folder, _dance())
        soundfile.write(folder / "music.wav", _song(), spec.SAMPLE_RATE)
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
    joints = _dance(seconds=21.0)
    _write_openpose(folder, joints)
    for number in range(130, 500, 3):  # a face and arms that are hardly seen, from 5 s to 20
        path = folder / f"half_{number:012d}_keypoints.json"
        found = json.loads(path.read_text())
        flat = np.array(found["people"][0]["pose_keypoints_2d"]).reshape(-1, 3)
        flat[[0, 3, 4, 6, 7, 15, 16, 17, 18], 2] = 0.05
        found["people"][0]["pose_keypoints_2d"] = flat.ravel().tolist()
        for near in range(number, min(number + 3, 500)):
            path = folder / f"half_{near:012d}_keypoints.json"
            path.write_text(json.dumps(found))
    soundfile.write(folder / "music.wav", _song(21.0), spec.SAMPLE_RATE)
    used = {}
    for quality in ("0.5", "0.95"):
        out = tmp_path / quality
        assert prepare.main([str(folder), "--out", str(out), "--quality", quality]) == 0
        used[quality] = json.loads((out / "report.json").read_text())[0]["used_seconds"]
    assert used["0.5"] > 19
    assert used["0.95"] < 7


def test_what_is_done_is_not_done_again_and_what_changed_is(tmp_path, monkeypatch):
    folder, out = tmp_path / "clip", tmp_path / "out"
    _write_openpose(folder, _dance())
    soundfile.write(folder / "music.wav", _song(), spec.SAMPLE_RATE)
    _run(out, folder)
    made = next(out.glob("clip*.npz"))
    before = made.stat().st_mtime_ns
    assert _run(out, folder)[0] == 0
    assert made.stat().st_mtime_ns == before
    made.unlink()  # a lost song is made again
    _run(out, folder)
    assert made.is_file()
    (folder / "clip_000000000005_keypoints.json").unlink()
    assert _run(out, folder)[1]["clip"]["missing_files"] == 1


def test_nothing_usable_is_exit_code_1(tmp_path, capsys):
    folder = tmp_path / "nobody"
    _write_openpose(folder, _dance())
    for path in folder.glob("*.json"):
        path.write_text('{"people": []}')
    soundfile.write(folder / "music.wav", _song(), spec.SAMPLE_RATE)
    code, reports = _run(tmp_path / "out", folder)
    assert code == 1
    assert "no person was found" in reports["nobody"]["reasons"]
    assert prepare.main([str(tmp_path / "absent"), "--out", str(tmp_path / "out")]) == 1
    assert "There is no" in capsys.readouterr().err


def test_without_sound_the_poses_remain(tmp_path):
    folder = tmp_path / "mute"
    _write_openpose(folder, _dance())
    code, reports = _run(tmp_path / "out", folder)
    assert code == 0
    assert reports["mute"]["songs"] == []
    assert "no sound" in reports["mute"]["reasons"][0]
    assert (tmp_path / "out" / reports["mute"]["poses"]).is_file()


def test_a_second_person_is_named(tmp_path):
    folder = tmp_path / "two"
    _write_openpose(folder, _dance())
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
    times = np.arange(round(FPS * 38)) / FPS
    poses = np.repeat(STANDING[None], len(times), 0).astype(float)
    first = float(played.beat_times[0])
    # It rests on each beat of its own: speed 1 - cos, and turns round at every other one.
    beats = ((times - late) * faster - first) * 2
    going = beats % 1 - np.sin(2 * np.pi * beats) / (2 * np.pi)
    place = np.where(np.floor(beats) % 2 == 0, going, 1 - going)
    for joint in (4, 7):
        poses[:, joint, 0] += 0.3 * place
    _write_openpose(folder, poses * 180 + [320, 230])
    soundfile.write(folder / "music.wav", played.mono, spec.SAMPLE_RATE)
    _, plain = _run(tmp_path / "out", folder)
    assert plain["late"]["lag_p"] < 0.03
    assert ("tempo" in plain["late"]["lag"]) == (faster != 1)
    if faster == 1:
        assert plain["late"]["lag_seconds"] == pytest.approx(late, abs=0.03)
    command = [str(folder), "--out", str(tmp_path / "moved"), "--align"]
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
    joints = _dance(10.0, 20.0) * [1, 0.75]
    sound = np.round(_song(20.0) * 20000).astype(int)
    parts = {
        start: {
            "joint_coors": joints[i * 100 : (i + 1) * 100].round(1).tolist(),
            "audio_sequence": sound[i * 160_000 : (i + 1) * 160_000].tolist(),
        }
        for i, start in enumerate(("025", "035"))
    }
    ragged = {"joint_coors": [[[1, 2]], [[1, 2], [3, 4]]], "audio_sequence": [0, 0]}
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps(json.dumps({"001": parts, "002": {"025": ragged}})))
    code, reports = _run(tmp_path / "out", path)
    assert code == 0
    report = reports["pairs"]
    assert report["used_seconds"] == pytest.approx(20, abs=0.5)
    assert any("002" in reason for reason in report["reasons"])
    song = load_songs(tmp_path / "out")[0]
    assert "research" in song.licence
    path.write_text(json.dumps([1, 2]))
    with pytest.raises(DataError, match="pose pairs"):
        pose_pairs.read(path)


def test_aist_in_its_layout_and_no_program_in_its_pickles(tmp_path):
    root = tmp_path / "aist"
    for name in ("keypoints3d", "music"):
        (root / name).mkdir(parents=True)
    flat = _dance(60.0, 8.0)
    points = np.zeros((len(flat), 17, 3))
    for joint, source in aist.COCO_17.items():
        points[:, source, 0] = flat[:, joint, 0]
        points[:, source, 1] = 480 - flat[:, joint, 1]
    points[10:14, 9] = np.nan
    name = "gBR_sBM_cAll_d04_mBR0_ch01"
    (root / "keypoints3d" / f"{name}.pkl").write_bytes(pickle.dumps({"keypoints3d_optim": points}))
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "evil").encode() + b"'\ntR."
    (root / "keypoints3d" / "gBR_sBM_cAll_d05_mBR0_ch01.pkl").write_bytes(evil)
    soundfile.write(root / "music" / "mBR0.wav", _song(10.0), spec.SAMPLE_RATE)
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
    uneven = _film(tmp_path / "uneven.mkv", None, times, (48, 64))
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
def test_a_film_of_the_program_itself_comes_back_as_it_was_danced(tmp_path, film):
    """alice dances to a song; MediaPipe sees her film, and finds the joints she was painted at."""
    pytest.importorskip("mediapipe", reason="the extra `video` is not installed (1 GB)")
    soundfile.write(tmp_path / "song.wav", _song(12.0), spec.SAMPLE_RATE)
    movie, danced = tmp_path / "alice.mp4", tmp_path / "danced.npz"
    command = ["--input", str(tmp_path / "song.wav"), "--offline", "--record", str(movie)]
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


def test_without_an_estimator_a_video_says_what_to_install(tmp_path, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)  # as where it is not installed
    code, reports = _run(tmp_path / "out", film)
    assert code == 1
    assert "dancelive[video]" in reports["film"]["reasons"][0]
