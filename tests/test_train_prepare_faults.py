"""Recordings that cannot be used, or not wholly: each says why, and the others go on as ever."""

import json
import os
import signal
from fractions import Fraction
from pathlib import Path

import av
import made_recordings as made
import numpy as np
import pytest
import soundfile
from seeds import rng_of

from models import skeleton, spec
from models.skeleton import STANDING
from train import prepare
from train.readers import cleaning, openpose, pool, raw, recording, video
from train.readers.fault import reported
from train.readers.job import Options, Task
from train.readers.recording import Recording, Wanted
from train.songs.song import DataError, load_songs

BAD = {
    "gBR_sBM_cAll_d04_mBR0_ch02": "shorter than a segment",  # one frame
    "flipped": "damaged or no .npz",
    "nobody": "no usual number of frames",
    "deep": "no file of pose pairs",
    "torn": "",  # no video, or no estimator to look at one
}


def _ten(root: Path) -> Path:
    """Ten recordings in four formats, of which those of BAD cannot be used."""
    made.write_aist(root / "aist", "gBR_sBM_cAll_d04_mBR0_ch01", made.dance(60.0, 8.0))
    made.write_aist(root / "aist", "gBR_sBM_cAll_d04_mBR0_ch02", made.dance(60.0, 1 / 60))
    made.write_melody(root / "melody", ("flipped", "rumba_1"))
    path = root / "melody" / "flipped.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))
    for name, fps, seconds in (("whole", 25.0, 14.0), ("quick", 30.0, 14.0), ("nobody", 25, 11.0)):
        made.write_openpose(root / name, made.dance(fps, seconds), is_old=name == "quick")
        made.write_sound(root / name)
    parts = made.pairs(made.dance(10.0, 20.0) * [1, 0.75], ("025", "035"))
    (root / "pairs.json").write_text(json.dumps({"001": parts}))
    (root / "deep.json").write_text("[" * 200_000)
    (root / "torn.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"x" * 500)
    return root


def _outcome(out: Path) -> tuple[dict[str, bytes], dict[str, dict]]:
    """All that was written, and the reports."""
    written = {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }
    reports = json.loads(written["report.json"])
    return written, {report["name"]: report for report in reports}


def _prepared(root: Path, out: Path, *words: str) -> tuple[dict[str, bytes], dict[str, dict]]:
    assert prepare.main([str(root), "--out", str(out), *words]) == 0
    return _outcome(out)


@pytest.fixture(scope="module")
def ten(tmp_path_factory):
    return _ten(tmp_path_factory.mktemp("ten"))


@pytest.fixture(scope="module")
def by_one(ten, tmp_path_factory):
    return _prepared(ten, tmp_path_factory.mktemp("out"), "--jobs", "1")


def test_five_bad_recordings_among_ten_are_said_and_the_others_used(by_one):
    written, reports = by_one
    assert len(reports) == 10
    for name, report in reports.items():
        assert bool(report["songs"]) == (name not in BAD), report["reasons"]
        assert all(f"{song}.npz" in written for song in report["songs"])
        assert "fault" not in report, report["reasons"]
    for name, why in BAD.items():
        assert why in reports[name]["reasons"][0]
    songs = [song for report in reports.values() for song in report["songs"]]
    assert {f"{song}.npz" for song in songs} == {
        name for name in written if name.endswith(".npz") and "/" not in name
    }


def test_two_processes_make_the_same_files_and_reports_as_one(ten, by_one, tmp_path):
    assert _prepared(ten, tmp_path / "out", "--jobs", "2") == by_one


@pytest.mark.slow
@pytest.mark.extra
def test_ray_makes_the_same_files_and_reports_as_one_process(ten, by_one, tmp_path):
    ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
    try:
        assert _prepared(ten, tmp_path / "out", "--ray") == by_one
    finally:
        ray.shutdown()


def test_what_nobody_foresaw_is_a_reason_with_its_place_in_the_program():
    report = reported("odd", lambda: {"name": str(1 // 0)})
    assert report["songs"] == [] and report["failed"]
    assert "ZeroDivisionError" in report["reasons"][0]
    assert any("test_train_prepare_faults" in line for line in report["fault"])


def test_a_process_that_is_killed_takes_no_other_recording_with_it(ten, tmp_path):
    options = Options(str(tmp_path), 1, "own", "", 0.0, False, 0.5, "blazepose")
    (tmp_path / "reports").mkdir()
    task = Task("openpose", str(ten / "whole"), "whole")
    process = pool._Process()
    try:
        assert process.prepare(task, options)["songs"]
        assert process._pool is not None
        (child,) = process._pool._processes.values()
        os.kill(child.pid, signal.SIGTERM)
        child.join()
        assert "its process ended" in process.prepare(task, options)["reasons"][0]
        assert process.prepare(task, options)["songs"]
    finally:
        process.close()


def test_whatever_bytes_are_in_the_files_there_is_a_report(tmp_path):
    """Files of every format with bits turned and ends cut off."""
    root = _ten(tmp_path / "ten")
    rng = rng_of(1)
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content = bytearray(path.read_bytes())
        for place in rng.integers(len(content), size=rng.integers(0, 4)):
            content[place] ^= 1 << rng.integers(8)
        if rng.random() < 0.1:
            content = content[: rng.integers(len(content))]
        path.write_bytes(bytes(content))
    out = tmp_path / "out"
    prepare.main([str(root), "--out", str(out), "--jobs", "1"])
    written, reports = _outcome(out)
    for report in reports.values():
        assert "fault" not in report, report
        assert report["songs"] or report["reasons"]
        assert all(f"{song}.npz" in written for song in report["songs"])


# What a recording holds -------------------------------------------------------------------------


def _recording(joints: np.ndarray, times: np.ndarray, seconds: float | None = None) -> Recording:
    seen = np.concatenate([joints, np.where(np.isfinite(joints[..., :1]), 0.9, 0)], -1)
    sound = made.song(float(times[-1]) + 0.04 if seconds is None else seconds)
    return Recording("clip", times, list(seen[:, None].astype(np.float32)), (640, 480), sound)


def _seen(seconds: float = 12.0) -> tuple[np.ndarray, np.ndarray]:
    joints = made.dance(made.FPS, seconds)
    return joints, np.arange(len(joints)) / made.FPS


@pytest.mark.parametrize("joint", [j for j in range(18) if j not in cleaning.BODY])
def test_a_joint_that_is_never_seen_hangs_as_when_standing_and_is_said(joint):
    joints, times = _seen()
    whole = recording.prepare_recording(_recording(joints, times)).songs[0].real
    joints[:, joint] = np.nan
    made_of = recording.prepare_recording(_recording(joints, times))
    real = made_of.songs[0].real
    assert np.isfinite(real).all()
    parent = skeleton.PARENTS[joint]
    bone = STANDING[joint] - STANDING[parent]
    np.testing.assert_allclose(
        real[:, joint] - real[:, parent], np.broadcast_to(bone, (len(real), 2)), atol=0.02
    )
    others = [j for j in range(18) if j not in _below(joint)]
    # The limb of the other side is as long as it shows, no longer the mean of both.
    np.testing.assert_allclose(real[:, others], whole[:, others], atol=0.05)
    assert any(skeleton.JOINTS[joint] in reason for reason in made_of.report["reasons"])


def _below(joint: int) -> set[int]:
    """The joint and all that hang on it."""
    found = {joint}
    for other in skeleton.TREE_ORDER:
        if skeleton.PARENTS[other] in found:
            found.add(other)
    return found


def test_a_hole_in_the_frames_is_said_and_lowers_the_quality():
    joints, times = _seen(10.0)
    here = (times < 4) | (times >= 6)
    report = recording.prepare_recording(_recording(joints[here], times[here])).report
    assert report["songs"] == []
    assert report["quality"] == pytest.approx(0.8, abs=0.02)
    said = "; ".join(report["reasons"])
    assert "frames are missing for 2.0 s" in said
    assert "shorter than 5 s" in said


@pytest.mark.parametrize("number", range(8))
def test_what_is_not_used_has_a_reason(number):
    """Holes, cuts, lost limbs and short sound, drawn at random."""
    rng = rng_of(number)
    joints, times = _seen(20.0)
    for _ in range(rng.integers(0, 4)):
        first, length = rng.integers(len(joints)), rng.integers(5, 120)
        kind = rng.integers(3)
        if kind == 0:
            joints[first : first + length, rng.integers(18)] = np.nan
        elif kind == 1:
            joints[first:] += [80 * (-1) ** number, 0]
        else:
            times[first:] += length / made.FPS
    sound = float(times[-1]) if rng.random() < 0.5 else float(rng.uniform(4, 20))
    report = recording.prepare_recording(_recording(joints, times, sound)).report
    assert report["reasons"] or report["used_seconds"] > report["seconds"] - 1.5


def test_poses_and_sound_of_different_length_are_said():
    joints, times = _seen(14.4)
    report = recording.prepare_recording(_recording(joints, times, 12.0)).report
    assert "14.4 s and the sound 12.0 s" in report["reasons"][0]


@pytest.mark.parametrize("fps", [24.0, 25.0, 30 / 1.001, 30.0, 50.0, 60.0])
def test_the_length_of_the_sound_tells_the_frame_rate(fps):
    seconds = 240.0
    assert openpose.fitting_rate(round(seconds * fps), seconds + 0.03) == pytest.approx(fps)
    with pytest.raises(DataError, match="--fps"):
        openpose.fitting_rate(round(seconds * fps * 0.98), seconds)


def test_thirty_frames_a_second_beside_sound_alone_last_as_long_as_the_sound(tmp_path, capsys):
    folder = tmp_path / "clip"
    made.write_openpose(folder, made.dance(30.0, 12.0))
    made.write_sound(folder, 12.0)
    _, reports = _prepared(folder, tmp_path / "out", "--jobs", "1")
    assert reports["clip"]["used_seconds"] == pytest.approx(12.0, abs=0.1)
    assert "30 frames/s by the length of the sound" in capsys.readouterr().out


def test_raw_keeps_what_the_detector_saw(tmp_path):
    joints, times = _seen()
    rng = rng_of(3)
    joints += rng.normal(0, 3, joints.shape)
    joints[100:103, 4] += [150, 0]  # a spike
    joints[150:153, [4, 7]] = joints[150:153, [7, 4]]  # exchanged
    joints[200:220, 4] = np.nan  # lost
    found = recording.prepare_recording(_recording(joints, times), Wanted(raw=True))
    (song, *_), report = found.songs, found.report
    assert report["raw"] and "filled" not in report["done"]
    assert np.array_equal(song.poses, song.real)
    rows = np.arange(5, len(times) - 5)
    rows = rows[rows * 2 < len(song.real)]
    drawn = song.real[rows * 2]  # 50 Hz, each frame twice
    known = np.isfinite(joints[rows]).all(-1)
    seen = drawn[known]
    scale = np.polyfit(seen[:, 1], joints[rows][known][:, 1], 1)[0]
    place = np.median(joints[rows][known] - scale * seen, axis=0)
    np.testing.assert_allclose(seen * scale + place, joints[rows][known], atol=0.1)
    np.testing.assert_allclose(drawn[~known] * scale + place, 0, atol=0.1)  # the picture's corner
    assert raw.stretches(found.track)[0][0] == 0


def test_raw_is_refused_for_motion_capture(ten, tmp_path):
    _, reports = _prepared(ten, tmp_path / "out", "--jobs", "1", "--raw")
    assert "--raw" in reports["rumba_1"]["reasons"][0]
    assert reports["whole"]["songs"] and reports["pairs"]["songs"]


def test_songs_that_a_changed_recording_no_longer_gives_are_taken_away(tmp_path):
    folder, out = tmp_path / "clip", tmp_path / "out"
    made.write_openpose(folder, made.dance())
    made.write_sound(folder)
    _prepared(folder, out, "--jobs", "1")
    assert load_songs(out)
    for path in folder.glob("*.json"):
        path.write_text('{"people": []}')
    assert prepare.main([str(folder), "--out", str(out), "--jobs", "1"]) == 1
    assert not list(out.glob("*.npz"))


def test_what_failed_is_tried_again(tmp_path):
    folder, out = tmp_path / "clip", tmp_path / "out"
    made.write_openpose(folder, made.dance())
    made.write_sound(folder)
    blocked = out / "poses" / "clip.npz"
    blocked.mkdir(parents=True)  # nothing can be written there
    assert prepare.main([str(folder), "--out", str(out), "--jobs", "1"]) == 1
    assert not list(out.glob("*.npz"))
    blocked.rmdir()
    _, reports = _prepared(folder, out, "--jobs", "1")
    assert reports["clip"]["songs"] and not reports["clip"]["reasons"]


def test_a_folder_that_holds_itself_and_one_that_cannot_be_read(tmp_path):
    root = tmp_path / "videos"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "again").symlink_to(root)
    made.write_openpose(root / "clip", made.dance())
    made.write_sound(root / "clip")
    (root / "inner" / "manifest.json").write_text("{")
    soundfile.write(root / "inner" / "song.ogg", made.song(1.0), spec.SAMPLE_RATE)
    out = root / "prepared"  # within: what it wrote is not prepared again
    for _ in range(2):
        _, reports = _prepared(root, out, "--jobs", "1")
        assert set(reports) == {"clip", "inner"}
        assert "manifest.json" in reports["inner"]["reasons"][0]


def test_out_that_is_a_file_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    for out in ("file", "file/below"):
        with pytest.raises(SystemExit):
            prepare.main([str(tmp_path), "--out", str(tmp_path / out)])
        assert "is a file" in capsys.readouterr().err.splitlines()[-1]


def test_silence_stands_where_sound_is_missing(tmp_path):
    """Clicks at whole seconds; the packets of two seconds are not in the file."""

    sound = np.zeros(8 * spec.SAMPLE_RATE, np.float32)
    sound[:: spec.SAMPLE_RATE] = 0.9
    whole, holed = tmp_path / "whole.mkv", tmp_path / "holed.mkv"
    soundfile.write(tmp_path / "whole.wav", sound, spec.SAMPLE_RATE)
    with av.open(str(tmp_path / "whole.wav")) as read, av.open(str(whole), "w") as written:
        stream = written.add_stream("pcm_s16le", rate=spec.SAMPLE_RATE, layout="mono")
        for frame in read.decode(audio=0):
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    with av.open(str(whole)) as read, av.open(str(holed), "w") as written:
        stream = written.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(audio=0):
            if packet.dts is None or 3.5 <= packet.pts * packet.time_base < 5.5:
                continue
            packet.stream = stream
            written.mux(packet)
    heard = video.sound(holed)
    assert heard is not None
    clicks = np.flatnonzero(np.abs(heard) > 0.5) / spec.SAMPLE_RATE
    assert np.allclose(np.unique(clicks.round(1)), [0, 1, 2, 3, 6, 7])


def test_a_name_with_a_colon_and_the_suffix_of_a_camcorder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made.film(tmp_path / "film.mp4", made.song(3.0))
    (tmp_path / "film.mp4").rename(tmp_path / "20:30.MTS")
    assert video.facts(Path("20:30.MTS")).size == (64, 48)
    assert prepare.main([str(tmp_path), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 1
    assert "20:30" in _outcome(tmp_path / "out")[1]


def test_openpose_beside_a_video_of_variable_rate_is_in_its_time(tmp_path):
    """A phone that films a dark room: 30 frames a second, then 15; by the mean rate 0.5 s off."""
    times = np.concatenate([np.arange(60) / 30, 2 + np.arange(30) / 15])
    folder = tmp_path / "clip"
    made.write_openpose(folder, made.dance(25.0, 90 / 25))
    made.film(folder / "clip.mp4", made.song(4.0), times)
    found = openpose.read(folder)
    assert len(found.times) == 90
    assert found.times == pytest.approx(times, abs=2e-3)
    asked = openpose.read(folder, 25.0)
    assert asked.times == pytest.approx(np.arange(90) / 25)
    made.film(folder / "clip.mp4", made.song(4.0), times[:50])  # the video ends first
    longer = openpose.read(folder).times
    assert len(longer) == 90 and (np.diff(longer) > 0.02).all()


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_the_times_of_frames_are_those_of_the_pictures(tmp_path, codec):
    """Also where they are stored in another order than they are seen (B frames)."""
    path, rng = tmp_path / "film.mkv", rng_of(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.max_b_frames = 3
        at = np.cumsum(rng.integers(20, 90, 60))
        for time in at:
            noise = rng.integers(0, 255, (64, 64, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
            frame.pts, frame.time_base = int(time), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    shown = [picture.time for picture in video.pictures(path)]
    assert video.frame_times(path) == pytest.approx(shown, abs=1e-6)
    assert np.array_equal(np.round(video.frame_times(path) * 1000), at - at[0])


def test_a_pipe_in_a_folder_of_videos_is_named_and_the_rest_is_used(tmp_path):
    folder = tmp_path / "all"
    made.write_openpose(folder / "clip", made.dance())
    soundfile.write(folder / "clip" / "music.wav", made.song(), spec.SAMPLE_RATE)
    os.mkfifo(folder / "pipe.mp4")
    code, said = _outcome_of(folder, tmp_path / "out")
    assert code == 0 and "pipe.mp4" in said and "a pipe, a device" in said and "clip" in said


def _outcome_of(folder, out):
    code = prepare.main([str(folder), "--out", str(out), "--jobs", "1"])
    return code, (out / "report.json").read_text()
