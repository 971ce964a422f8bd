"""Prepared songs and the segments made of them: files, timing of music, dance and controls."""

import dataclasses

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton, spec
from train.songs import augment, motion
from train.songs.segments import Segments
from train.songs.song import POSE_HZ, DataError, Song, load_songs, styles_in

MEL = spec.MelSpec()
BEAT_S = 0.5


def _song(name: str = "even", style: str = "test-four", seconds: float = 20.0, **changes) -> Song:
    """A click on every beat, and a body that sways once a beat, stillest on it."""
    samples = np.arange(int(seconds * spec.SAMPLE_RATE))
    into_beat = (samples / spec.SAMPLE_RATE) % BEAT_S
    rng = rng_of(4)
    audio = np.clip(0.3 * rng.normal(size=len(samples)) * (into_beat < 0.02), -1, 1)
    times = np.arange(int(seconds * POSE_HZ)) / POSE_HZ
    poses = np.tile(skeleton.STANDING, (len(times), 1, 1))
    poses[..., 0] += 0.1 * np.cos(np.pi * times / BEAT_S)[:, None]
    count = (times / BEAT_S).astype(np.float32)
    song = Song(
        name, style, "train", 4, audio.astype(np.float32), poses.astype(np.float32), poses,
        count, count, "CC0-1.0", "this test",
    )  # fmt: skip
    return dataclasses.replace(song, **changes)


def test_a_song_comes_back_from_disk_as_it_was(tmp_path):
    song = _song()
    song.save(tmp_path)
    back = Song.load(tmp_path / "even.npz")
    np.testing.assert_allclose(back.audio, song.audio, atol=2 / 32767)
    np.testing.assert_array_equal(back.poses, song.poses)
    assert (back.name, back.beats_per_bar, back.licence) == ("even", 4, "CC0-1.0")
    assert [s.name for s in load_songs(tmp_path)] == ["even"]


def test_what_is_no_prepared_song_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"train\.prepare"):
        load_songs(tmp_path)
    (tmp_path / "broken.npz").write_bytes(b"not a zip")
    with pytest.raises(DataError, match="prepare it again"):
        load_songs(tmp_path)


def test_music_dance_and_controls_of_a_piece_agree(monkeypatch):
    """Where the controls say "beat", the music clicks and the body is still, at any tempo.

    Said without rumours and heard as it was played: what is told wrongly agrees with nothing.
    """
    truth = augment.ConditioningNoise(False, True, True, True, True, -1.0, 0.0, 0.0, 1.0)
    monkeypatch.setattr(augment.ConditioningNoise, "random", lambda *_: truth)
    monkeypatch.setattr(augment, "vary_sound", lambda power, *_: power)
    segments = Segments([_song()], MEL, silence=0.0)
    rng = rng_of(0)
    errors_s = []
    for _ in range(30):
        frames, controls, poses = segments.segment(0, 40, rng)
        assert controls[:, 5].all()
        beats_a_second = 2 ** controls[0, 4] / spec.TEMPO_REFERENCE_S
        phase = np.arctan2(controls[:, 0], controls[:, 1]) / (2 * np.pi)
        # Row t of the controls is the phase at 0.1 (t + 2) s; the first click after that moment:
        clicks = np.flatnonzero(np.diff(frames.max(1)) > 0.5) / POSE_HZ  # ends of their frames
        at = 0.1 * (10 + 2) + ((-phase[10]) % 1) / beats_a_second
        errors_s.append((clicks - at)[np.abs(clicks - at).argmin()])
        # Speed of the sway is least at the beats: poses there are at a turning point.
        side = poses[:, 0, 0]
        swing = abs(np.interp(at, np.arange(len(side)) * 0.1, side))
        assert swing > 0.08
    # The frame that hears it ends within 0.02 s, at a tempo slowed by a quarter within 0.025.
    assert min(errors_s) > -0.001 and max(errors_s) < 0.027


def test_pieces_are_finite_and_of_the_promised_shapes():
    silent_beats = np.full(1000, np.nan, np.float32)
    songs = [_song(), _song("wild", beats=silent_beats, heard=silent_beats, beats_per_bar=0)]
    batch = Segments(songs, MEL, silence=0.5).batch(rng_of(1), 16, 30)
    assert batch.frames.shape == (16, 152, MEL.n_bands)
    assert batch.controls.shape == (16, 30, len(spec.CONTROLS))
    assert batch.poses.shape == (16, 36, 18, 2)
    for values in dataclasses.astuple(batch):
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    known = batch.controls[..., 5]
    assert 0.05 < known.mean() < 0.95
    assert (batch.controls[known == 0][:, :5] == 0).all()


def test_equal_chance_gives_equal_batches():
    segments = Segments([_song(), _song("b")], MEL)
    one = segments.batch(rng_of(7), 4, 20)
    two = segments.batch(rng_of(7), 4, 20)
    for a, b in zip(dataclasses.astuple(one), dataclasses.astuple(two), strict=True):
        np.testing.assert_array_equal(a, b)


def test_rare_styles_are_seen_more_often_than_they_last():
    songs = [_song("a", "waltz", 40.0), _song("b", "waltz", 40.0), _song("c", "cha-cha", 10.0)]
    weights = Segments(songs, MEL).weights
    share = 10 / 90
    assert share * 2 < weights[2] < 0.5
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("rate", [0.8, 1.0, 1.25])
def test_the_dance_rests_while_the_music_is_off_and_is_in_time_again_after(rate):
    timing = augment.Timing(rate, 3.0, stop=2.0, back=4.0)
    rest = np.array([2.4, 3.0, 4.0])
    assert np.ptp(timing.dance(rest)) < 1e-9
    assert timing.silent(rest).all()
    later = np.array([0.0, 1.9, 4.5, 6.0])
    np.testing.assert_allclose(timing.dance(later), timing.music(later), atol=1e-9)
    steps = np.diff(timing.dance(np.arange(0, 6, 0.02)))
    assert steps.min() >= -1e-12
    assert np.abs(np.diff(steps)).max() < 0.06 * rate * 0.02 + 1e-9  # no jerk at any joint


def test_sound_is_varied_but_never_below_the_floor():
    rng = rng_of(0)
    power = np.log(rng.exponential(0.01, (100, 64)) + MEL.floor)
    different = [augment.vary_sound(power, rng, MEL.floor) for _ in range(20)]
    assert min(v.min() for v in different) >= np.log(MEL.floor) - 1e-5
    assert np.std([v.mean() for v in different]) > 0.1
    assert np.corrcoef(different[0].mean(1), power.mean(1))[0, 1] > 0.3


def test_still_moments_are_moved_onto_the_beat():
    times = np.arange(1000) / POSE_HZ
    poses = np.tile(skeleton.STANDING, (1000, 1, 1))
    poses[..., 0] += 0.1 * np.cos(np.pi * (times - 0.12) / BEAT_S)[:, None]  # 0.12 s late
    beats = (times / BEAT_S).astype(np.float32)
    snapped, share = motion.snapped_to_beats(poses.astype(np.float32), beats, POSE_HZ)

    def lateness(dance: np.ndarray) -> float:
        stills = motion.still_moments(dance, POSE_HZ)[2:-2] / POSE_HZ
        return float(np.median(np.abs((stills / BEAT_S + 0.5) % 1 - 0.5) * BEAT_S))

    assert share > 0.8
    assert lateness(poses) == pytest.approx(0.12, abs=0.02)
    assert lateness(snapped) < 0.03


def test_a_whole_spin_is_folded_and_every_pose_stands_on_the_floor():
    """A figure that turns all the way round: never beyond 70 degrees, bones whole, on the floor."""
    hz, seconds = 25.0, 8.0
    flat = np.zeros((18, 3))
    flat[:, 0], flat[:, 1] = skeleton.STANDING[:, 0] * 77, -skeleton.STANDING[:, 1] * 77
    flat[0, 2] = -9.0  # a nose, towards the audience
    angle = 2 * np.pi * np.arange(int(hz * seconds)) / hz / 4
    x, z = flat[:, 0], flat[:, 2]
    spun = np.stack(
        [
            np.outer(np.cos(angle), x) - np.outer(np.sin(angle), z),
            np.tile(flat[:, 1], (len(angle), 1)),
            np.outer(np.sin(angle), x) + np.outer(np.cos(angle), z),
        ],
        -1,
    )
    poses = motion.stage_poses(spun, hz, POSE_HZ, seconds)
    width = poses[:, skeleton.L_HIP, 0] - poses[:, skeleton.R_HIP, 0]
    widest = 2 * skeleton.CANONICAL_LENGTHS[skeleton.L_HIP]
    assert width[50:-50].min() > widest * np.cos(np.radians(78))  # the left hip stays on the right
    assert (skeleton.bone_lengths(poses) < 1.001 * skeleton.CANONICAL_LENGTHS).all()
    ankles = poses[:, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].max(1)
    np.testing.assert_allclose(ankles, skeleton.CANONICAL_LEG, atol=0.02)


def test_styles_are_those_of_several_songs_and_told_in_most_of_their_pieces():
    songs = [
        _song("a", "slow", beats=_song().beats / 2), _song("b", "slow", beats=_song().beats / 2),
        _song("c", "quick"), _song("d", "quick"), _song("e", "once", beats_per_bar=3),
        _song("e+band", "once", is_stand_in=True, beats_per_bar=3),
    ]  # fmt: skip
    styles = styles_in(songs)
    assert styles == (spec.Style("quick", 4, 120.0), spec.Style("slow", 4, 60.0))
    assert styles_in(songs[:3]) == ()  # one style alone is none to be asked for
    segments = Segments(songs, MEL, styles=styles)
    rng = rng_of(0)
    for index, column in ((0, 1), (2, 0), (4, None)):
        told = np.stack([segments.segment(index, 20, rng)[1][:, -2:] for _ in range(60)])
        assert (told == told[:, :1]).all()  # for the whole segment
        shares = told[:, 0].mean(0)
        assert shares[1 - (column or 0)] == 0
        assert (0.4 < shares[column] < 0.9) if column is not None else not told.any()
