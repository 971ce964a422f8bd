"""Figures of clips, and dances put together from them: on the beat, with the music's energy."""

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton
from models.band import songs as band
from train.songs import motion
from train.songs.clip import COUNTS, Clip, Figure, figures_of, pulses_by_kind
from train.songs.pulse import Pulse
from train.songs.routine import STRETCH, Routines
from train.songs.song import POSE_HZ

KNEES = [skeleton.R_KNEE, skeleton.L_KNEE]


def clip(bpm=120.0, seconds=24.0, size=0.2, name="clip"):
    """The right wrist is lowest on each beat, and further out the later it is in the clip."""
    n = round(seconds * POSE_HZ)
    beats = (np.arange(n) / POSE_HZ * bpm / 60).astype(np.float32)
    poses = np.repeat(skeleton.STANDING[None], n, 0).astype(np.float32)
    poses[:, skeleton.R_WRIST, 1] += size * np.cos(2 * np.pi * beats)
    poses[:, skeleton.R_WRIST, 0] -= 0.002 * beats
    return Clip(name, "house", poses, Pulse(beats, bpm, 9.0), "CC0", "made")


def song(sections, bpm=120.0, seconds=60.0):
    return band.make_song(1, "house", bpm, seconds, 8_000, form=sections)


def test_a_figure_is_eight_counts_of_its_clip_at_any_tempo():
    one = clip(bpm=100.0)
    figure = figures_of(one)[2]
    assert figure.first == 4 and figure.bpm == 100.0
    counts = np.linspace(0, COUNTS, 33)
    rows = ((4 + counts) / 100 * 60 * POSE_HZ).round().astype(int)
    assert np.abs(figure.at(counts) - one.poses[rows]).max() < 0.03
    assert np.allclose(figure.mirrored.at(counts), skeleton.mirror(figure.at(counts)))
    assert figure.mirrored.mirrored == figure
    assert np.allclose(figure.next.at(counts - COUNTS), figure.at(counts))


def test_a_figure_in_half_time_takes_two_beats_a_count():
    one = clip(bpm=130.0)
    figure = Figure(one, 2, 2.0)
    assert figure.bpm == 65.0
    counts = np.linspace(0, 4, 9)
    assert np.allclose(figure.at(counts), Figure(one, 2).at(2 * counts))


def test_figures_are_all_that_the_clip_lasts_for():
    one = clip(bpm=120.0, seconds=10.0)  # 20 beats
    assert [figure.first for figure in figures_of(one)] == [0, 2, 4, 6, 8, 10]
    assert figures_of(clip(seconds=3.0)) == []
    assert not Figure(one, 13).exists and Figure(one, 11.5).exists
    assert figures_of(Clip("none", "house", one.poses, None, "", "")) == []


def test_routines_dance_on_the_beats_of_the_music():
    music = song([("drop", 8), ("main", 8)])
    times = np.arange(0, 30, 1 / POSE_HZ)
    poses = Routines(figures_of(clip(bpm=112.0)), 120.0).dance(music, 1.0, times, rng_of(0))
    wrists = [skeleton.R_WRIST, skeleton.L_WRIST]
    raised = (skeleton.STANDING[wrists, 1] - poses[:, wrists, 1]).max(1)
    on_beat, between = (
        raised[[round((at + later) * POSE_HZ) for at in music.beat_times[4:28]]]
        for later in (0.0, 0.25)
    )
    assert np.mean(between) > 0.1 and np.mean(on_beat) < 0.2 * np.mean(between)


def test_nobody_dances_before_or_after_the_music():
    music = song([("main", 8)], seconds=22.0)
    times = np.arange(0, 40, 1 / POSE_HZ)
    poses = Routines(figures_of(clip()), 120.0).dance(music, 1.0, times, rng_of(0))
    after = times > music.beat_times[-1] + COUNTS * 0.5 + 1
    assert np.allclose(poses[after], skeleton.STANDING, atol=0.02) and after.sum() > 50
    assert np.isfinite(poses).all()
    lengths = np.linalg.norm(skeleton.bone_vectors(poses), axis=-1)
    assert (lengths <= skeleton.CANONICAL_LENGTHS + 1e-3).all()


def test_full_music_is_danced_large_and_a_break_small():
    """Among figures of all sizes."""
    figures = [f for size in (0.05, 0.1, 0.2, 0.3) for f in figures_of(clip(size=size))]
    music = song([("drop", 12), ("break", 12)], bpm=120.0, seconds=60.0)
    times = np.arange(0, 48, 1 / POSE_HZ)
    ratios = []
    for seed in range(4):
        poses = Routines(figures, 120.0).dance(music, 1.0, times, rng_of(seed))
        speed = motion.joint_speed(poses, POSE_HZ)
        ratios.append(
            speed[(times > 4) & (times < 20)].mean() / speed[(times > 28) & (times < 44)].mean()
        )
    assert min(ratios) > 2


def test_towards_a_drop_the_dancer_holds_back():
    music = song([("build", 8), ("drop", 8)], bpm=120.0, seconds=40.0)
    times = np.arange(0, 32, 1 / POSE_HZ)
    poses = Routines(figures_of(clip()), 120.0).dance(music, 1.0, times, rng_of(1))
    speed = motion.joint_speed(poses, POSE_HZ)
    drop = music.starts_of("drop")[0]
    before = speed[(times > drop - 0.9) & (times < drop - 0.3)].mean()
    assert speed[(times > drop + 0.3) & (times < drop + 1.3)].mean() > 1.6 * before


def test_a_figure_is_stretched_by_little_or_not_danced():
    figures = figures_of(clip(bpm=120.0))
    assert Routines(figures, 120.0 * STRETCH * 0.99) and Routines(figures, 120.0 / STRETCH * 1.01)
    for bpm in (120.0 * STRETCH * 1.01, 120.0 / STRETCH * 0.99):
        with pytest.raises(ValueError, match="no figure can be danced"):
            Routines(figures, bpm)


def test_other_chance_another_routine_and_the_same_again():
    music = song([("main", 16)])
    times = np.arange(0, 30, 1 / POSE_HZ)
    figures = [f for size in (0.1, 0.2) for f in figures_of(clip(size=size))]
    routines = Routines(figures, 120.0)
    one, again, other = (routines.dance(music, 1.0, times, rng_of(s)) for s in (0, 0, 1))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_jumps_stay_jumps_and_feet_stay_on_the_floor():
    one = clip()
    jump = np.maximum(0, np.sin(np.pi * one.pulse.beats)) ** 4 * 0.3  # every second beat
    poses = one.poses.copy()
    poses[..., 1] -= jump[:, None]
    jumping = Clip("jumps", "house", poses, one.pulse, "", "")
    music = song([("drop", 16)])
    times = np.arange(4, 28, 1 / POSE_HZ)
    danced = Routines(figures_of(jumping), 120.0).dance(music, 1.0, times, rng_of(0))
    lift = skeleton.CANONICAL_LEG - danced[:, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].max(1)
    assert lift.max() > 0.2 and np.median(lift) < 0.1 and lift.min() > -0.02


def test_what_is_usual_for_a_kind_is_asked_of_those_in_doubt(monkeypatch):
    """Three dances are sure; the fourth alone would be counted in another tempo."""
    asked = []

    def find(joints, fps, usual_bpm=100.0, octaves=0.6):
        asked.append((joints, usual_bpm, octaves))
        if joints == "doubtful":
            return Pulse(np.zeros(2), usual_bpm if octaves < 0.6 else 130.0, 1.0)
        return Pulse(np.zeros(2), {"a": 80.0, "b": 84.0, "c": 88.0}.get(joints, 120.0), 9.0)

    monkeypatch.setattr("train.songs.clip.find_pulse", find)
    dances = {name: ("salsa", name, 30.0) for name in ("a", "b", "c", "doubtful")}
    found = pulses_by_kind(dances | {"other": ("house", "other", 30.0)})
    assert {name: pulse.bpm for name, pulse in found.items()} == {
        "a": 80.0, "b": 84.0, "c": 88.0, "doubtful": 84.0, "other": 120.0,
    }  # fmt: skip
    assert len(asked) == 6, "who is sure is asked once"
