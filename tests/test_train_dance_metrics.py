"""What is measured of a dance on a song: which part of it, beside what, and what is no ratio."""

import dataclasses

import numpy as np
import pytest
from seeds import rng_of, seed_of

from models import skeleton, spec
from train.dance_eval import beat_alignment, dance_metrics, fid, measures
from train.dance_eval.dance_metrics import START_S, DanceMetrics, Part, beat_times
from train.songs.song import POSE_HZ, DataError
from train.synthetic.choreography import make_songs

PLAIN = {"freeze", "bone", "repeat", "repeat_s"}


@pytest.fixture(scope="module")
def songs():
    return make_songs(3, 52.0, seed=seed_of(6))


@pytest.fixture(scope="module")
def metrics(songs):
    """Two songs that are measured beside one that is known, and music nobody danced to."""
    parts = {song.name: Part.of(song) for song in songs[1:]}
    parts["music"] = dataclasses.replace(parts[songs[1].name], name="music", real=None)
    return DanceMetrics([songs[0].real[::5]], parts)


def test_the_measured_part_begins_20_seconds_in(songs):
    song, part = songs[1], Part.of(songs[1])
    assert pytest.approx(20.2) == START_S
    count = int((song.seconds - START_S) * 10 + 1e-6)
    assert part.real.shape == (count, spec.N_JOINTS, 2) and part.seconds == count / 10
    for row in (0, 7, count - 1):
        np.testing.assert_allclose(
            part.real[row], song.real[round((START_S + row / 10) * POSE_HZ)], atol=1e-4
        )
    moved = dataclasses.replace(song, poses=song.real + np.float32(1.0))
    np.testing.assert_allclose(Part.of(moved, snapped=True).real, part.real + 1, atol=1e-5)
    np.testing.assert_allclose(Part.of(moved).real, part.real, atol=1e-5)
    assert dance_metrics.KNOWN_EVERY * 10 == POSE_HZ, "training poses are known at 10 Hz"
    assert len(Part.of(song, seconds=30.2).real) == 100
    assert len(Part.of(song, seconds=900.0).real) == count
    np.testing.assert_allclose(part.beats, beat_times(song) - START_S)


def test_beats_are_where_their_count_is_whole(songs):
    beats = np.full(200, np.nan)
    beats[20:121] = np.linspace(2.5, 7.5, 101)  # one every 20 rows from row 30 on
    song = dataclasses.replace(songs[0], beats=beats.astype(np.float32))
    np.testing.assert_allclose(beat_times(song) * POSE_HZ, [30, 50, 70, 90, 110], atol=1e-3)
    none = np.full(200, np.nan, np.float32)
    none[3] = 1.0
    assert len(beat_times(dataclasses.replace(songs[0], beats=none))) == 0
    none[4] = 1.9
    assert len(beat_times(dataclasses.replace(songs[0], beats=none))) == 1


def test_every_figure_is_its_own_measure(songs, metrics):
    name = songs[1].name
    rng = rng_of(1)
    poses = (metrics.parts[name].real[::-1] + rng.normal(0, 0.02, (318, 18, 2))).astype(np.float32)
    longer = np.concatenate([poses, poses])
    found = metrics.on_song(name, longer)
    assert len(found.poses) == len(poses), "cut to the song"
    fine = beat_alignment.finer(poses)
    known = np.concatenate([songs[0].real[::5], skeleton.mirror(songs[0].real[::5])])
    assert found.absolute == pytest.approx({
        "speed": measures.speed(poses), "accel": measures.acceleration(poses),
        "jerk": measures.jerk(poses), "jerk_60": measures.jerk(fine, 60),
        "spread": measures.spread(poses), "slide": measures.slide(poses),
        "bone_change": measures.bone_change(poses), "near": measures.near(poses[::2], known),
    }, nan_ok=True)  # fmt: skip
    repeats, lag = measures.repeat(poses)
    real = measures.speed(metrics.parts[name].real)
    assert found.plain == pytest.approx({
        "freeze": measures.frozen_share(poses, real), "bone": measures.long_bone_share(poses),
        "repeat": repeats, "repeat_s": lag,
    })  # fmt: skip
    np.testing.assert_allclose(found.accents, beat_alignment.accents(fine))
    again = metrics.on_song(name, poses, fine[:600])
    assert (again.accents < 10).all(), "the finer path is taken where it is known"


def test_ratios_are_to_the_real_dance_of_the_song_or_the_mean_of_all(songs, metrics):
    name = songs[1].name
    for song in songs[1:]:
        real = metrics.of_song(song.name, [metrics.real[song.name]])
        for key in ("speed", "accel", "spread", "near"):
            assert real[key] == pytest.approx(1)
        assert real["spectrum"] == 0
    grown = metrics.on_song(name, metrics.parts[name].real * 2)
    both = metrics.of_song(name, [metrics.real[name], grown])
    assert both["speed"] == pytest.approx(1.5) and both["spread"] == pytest.approx(1.5)
    alone = metrics.on_song("music", metrics.parts[name].real)
    speeds = [measures.speed(metrics.parts[song.name].real) for song in songs[1:]]
    told = metrics.of_song("music", [alone])
    assert told["speed"] == pytest.approx(speeds[0] / np.mean(speeds))
    assert told["spectrum"] == pytest.approx(
        measures.spectrum_distance(
            measures.band_shares(metrics.parts[name].real),
            np.mean([measures.band_shares(metrics.parts[s.name].real) for s in songs[1:]], 0),
        )
    )
    assert set(metrics.real) == {song.name for song in songs[1:]}


def test_music_alone_is_judged_frozen_by_the_usual_speed(metrics, songs):
    """A dance at a tenth of the mean real speed stands still, one at a fifth does not."""
    poses = metrics.parts[songs[1].name].real
    usual = float(np.mean([m.absolute["speed"] for m in metrics.real.values()]))
    paced = np.linspace(0, 1, 318)[:, None, None] * np.ones((1, 18, 2))
    paced = paced / measures.speed(paced) * usual
    assert metrics.on_song("music", poses[:1] + 0.1 * paced).plain["freeze"] == 1
    assert metrics.on_song("music", poses[:1] + 0.2 * paced).plain["freeze"] == 0


def test_the_sum_of_all_is_the_mean_over_songs_and_takes(songs, metrics):
    one, two = (song.name for song in songs[1:])
    grown = metrics.on_song(two, metrics.parts[two].real * 2)
    takes = {one: [metrics.real[one]] * 2, two: [metrics.real[two], grown]}
    found = metrics.overall(takes)
    assert found["speed"] == pytest.approx((1 + 1 + 1 + 2) / 4)
    assert set(found) > PLAIN
    real = metrics.overall({name: [metrics.real[name]] for name in (one, two)})
    assert real["fid_k_ratio"] == real["diversity_g_ratio"] == pytest.approx(1)
    # The first take is the real one: half of the distance is that of the second.
    second = metrics.overall({one: [metrics.real[one]], two: [grown]})
    for key in ("fid_k", "fid_g", "diversity_k"):
        assert found[key] == pytest.approx((real[key] + second[key]) / 2)
        assert found[f"{key}_ratio"] == pytest.approx(found[key] / real[key])
    space = fid.FeatureSpace.of(fid.features_of([songs[0].real[::5]])["k"])
    dances = [metrics.parts[name].real for name in (one, two)]
    assert real["fid_k"] == pytest.approx(space.distance(fid.features_of(dances)["k"]))
    cut = fid.features_of(dances, hop=50)["k"]
    assert real["diversity_k"] == pytest.approx(space.diversity(cut))
    assert metrics.absolute(takes)["speed"] == pytest.approx(
        np.mean([t.absolute["speed"] for some in takes.values() for t in some])
    )


def test_nothing_over_nothing_is_as_good_as_real(metrics):
    ratio, mean = dance_metrics._ratio, dance_metrics._mean
    assert ratio(0.5, 0.25) == 2
    assert ratio(0.0, 0.0005) == 1 == ratio(0.001, 0.001)
    assert np.isnan(ratio(0.5, 0.0))
    assert mean([1.0, float("nan"), 3.0]) == 2
    assert np.isnan(mean([float("nan")]))


def test_without_a_real_dance_nothing_can_be_compared(metrics):
    music = {"music": metrics.parts["music"]}
    with pytest.raises(DataError, match="no real dance"):
        DanceMetrics(metrics.known, music)
