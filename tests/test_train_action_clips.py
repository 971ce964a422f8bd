"""Labelled clips: sides, mirrors, lengths, the split of the data, and Let's Dance as published."""

import json
from collections import Counter

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton, spec
from train.paper import action_clips, lets_dance
from train.paper.action_clips import (
    Actions,
    Clip,
    bounced,
    mirrored_label,
    seen,
    segment,
    whole_segments,
)
from train.songs.song import POSE_HZ, DataError, Song

FPS = 15.0
UNIT_CM = 77.5


def _actor(seconds: float, travel: float = 0.0) -> np.ndarray:
    """World joints (N, 18, 3) cm, Y up, of someone who stands looking along +Z, left at +X.

    The left hand goes up and down once a second; `travel` cm/s forward.
    """
    times = np.arange(int(seconds * FPS)) / FPS
    joints = np.zeros((len(times), spec.N_JOINTS, 3))
    joints[..., 0] = skeleton.STANDING[:, 0] * UNIT_CM
    joints[..., 1] = 100 - skeleton.STANDING[:, 1] * UNIT_CM
    joints[:, [0, 14, 15], 2] += 10  # the face is in front
    lift = 0.5 - 0.5 * np.cos(2 * np.pi * times)
    for joint, reach in ((6, 28.0), (7, 52.0)):
        joints[:, joint, 1] = joints[:, 5, 1] + reach * (2 * lift - 1)
        joints[:, joint, 0] = joints[:, 5, 0] + 6.0
    joints[..., 2] += (travel * times)[:, None]
    return joints


def _mirrored(joints: np.ndarray) -> np.ndarray:
    return joints[:, skeleton.MIRROR] * (-1, 1, 1)


@pytest.fixture
def capture(tmp_path):
    """A made folder in the layout of the capture: left and right hands, walks, one rare bow."""
    plan = [("raise-left-hand", "train"), ("raise-right-hand", "train"), ("walk", "train")] * 2
    plan += [("raise-left-hand", "test"), ("walk", "val"), ("bow", "train")]
    clips = []
    for action, _ in plan:
        joints = _actor(8.0 if action == "walk" else 2.0, 120.0 if action == "walk" else 0.0)
        clips.append(_mirrored(joints) if "right" in action else joints)
    np.savez(
        tmp_path / "motion.npz",
        joints3d=np.concatenate(clips).astype(np.float16),
        offsets=np.cumsum([0, *map(len, clips)]),
        fps=FPS,
        action=np.array([action for action, _ in plan]),
        style=np.array(["normal"] * len(plan)),
        name=np.array([f"clip-{i}" for i in range(len(plan))]),
        split=np.array([split for _, split in plan]),
    )
    return tmp_path


def test_actions_with_too_few_clips_are_left_out_and_splits_kept(capture):
    clips = action_clips.bandai_clips(capture, least=2)
    assert Counter((clip.label, clip.split) for clip in clips) == {
        ("raise-left-hand", "train"): 2, ("raise-right-hand", "train"): 2, ("walk", "train"): 2,
        ("raise-left-hand", "test"): 1, ("walk", "val"): 1,
    }  # fmt: skip
    with pytest.raises(DataError, match=r"motion\.npz"):
        action_clips.bandai_clips(capture / "nowhere")


def test_the_actor_faces_the_audience_upright_in_body_units(capture):
    clip = action_clips.bandai_clips(capture, least=2)[0]
    poses = seen(clip.body, clip.path, np.array(0.0))
    # Looking at us the left hand is to our right; y points down and the feet are on the floor.
    assert (poses[:, 7, 0] > 0.15).all() and (poses[:, 4, 0] < -0.15).all()
    assert (poses[:, 0, 1] < -0.5).all()
    np.testing.assert_allclose(poses[:, 10, 1], skeleton.CANONICAL_LEG, atol=0.02)
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(clip.body[:, [9, 10]], axis=1), axis=-1)[:, 0],
        skeleton.CANONICAL_LENGTHS[10],
        atol=1e-3,
    )
    behind = seen(clip.body, clip.path, np.array(np.pi))
    np.testing.assert_allclose(behind[..., 0], -poses[..., 0], atol=1e-5)
    side = seen(clip.body, clip.path, np.array(np.pi / 2))
    assert abs(side[0, 2, 0] - side[0, 5, 0]) < 0.02
    assert side[0, 0, 0] - side[0, 1, 0] > 0.05  # the nose goes first, to our right


def test_who_walks_away_stays_on_the_stage(capture):
    walk = next(c for c in action_clips.bandai_clips(capture, least=2) if c.label == "walk")
    assert len(walk.body) == pytest.approx(8 * action_clips.CLIP_HZ, abs=3)
    from_the_side = seen(walk.body, walk.path, np.array(np.pi / 2))
    # An even walk has no sideways swing of its own, not even at its ends.
    assert np.abs(skeleton.pelvis(from_the_side)[:, 0]).max() < 0.03
    swaying = np.sin(2 * np.pi * np.arange(240) / action_clips.CLIP_HZ)[:, None] * (0.1, 0.0)
    np.testing.assert_allclose(action_clips.without_travel(swaying), swaying, atol=0.03)


def test_mirrors_exchange_the_words_left_and_right():
    assert mirrored_label("raise-up-left-hand") == "raise-up-right-hand"
    assert mirrored_label("walk-turn-right") == "walk-turn-left"
    assert mirrored_label("wave-both-hands") == "wave-both-hands"


def test_short_clips_go_to_and_fro():
    assert bounced(4, 9).tolist() == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert bounced(60, 50).tolist() == list(range(50))
    assert bounced(1, 3).tolist() == [0, 0, 0]


def test_every_piece_shows_the_hand_that_its_label_says(capture):
    """Also the mirrored ones, from any side: and every class comes as often."""
    clips = action_clips.bandai_clips(capture, least=2)
    classes = ("raise-left-hand", "raise-right-hand", "walk")
    actions = Actions([clip for clip in clips if clip.split == "train"], classes)
    poses, numbers = actions.batch(rng_of(0), 240)
    assert poses.shape == (240, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2)
    moved = poses[:, :, [7, 4], 1].std(1)  # left and right wrist
    left, right = moved[numbers == 0], moved[numbers == 1]
    assert (left[:, 0] > 3 * left[:, 1]).all() and (right[:, 1] > 3 * right[:, 0]).all()
    assert min(Counter(numbers.tolist()).values()) > 40  # of 80
    # From any side: the shoulders are drawn wide, narrow, and the other way round.
    across = poses[:, 0, 5, 0] - poses[:, 0, 2, 0]
    assert across.max() > 0.3 and across.min() < -0.3 and (np.abs(across) < 0.1).any()
    again, _ = actions.batch(rng_of(0), 240)
    np.testing.assert_array_equal(again, poses)


def test_a_class_without_clips_is_refused(capture):
    clips = action_clips.bandai_clips(capture, least=2)
    with pytest.raises(DataError, match="'bow'"):
        Actions(clips, ("bow", "walk"))


def test_the_examination_cuts_long_clips_and_looks_from_all_sides():
    rng = rng_of(0)

    def clip(label: str, seconds: float, turns: bool = True) -> Clip:
        body = rng.normal(size=(int(seconds * 30), spec.N_JOINTS, 3)).astype(np.float32)
        return Clip(label, "test", body, np.zeros((len(body), 2), np.float32), turns)

    clips = [clip("a", 2.0), clip("b", 16.0), clip("b", 6.0, turns=False), clip("other", 5.0)]
    poses, numbers = whole_segments(clips, ("a", "b"), sides=4)
    assert len(poses) == 4 + 3 * 4 + 1
    assert Counter(numbers.tolist()) == {0: 4, 1: 13}
    np.testing.assert_allclose(poses[0, :, 3, 1], clips[0].body[::3, 3, 1][bounced(20, 50)])
    # The one that was filmed from one side is shown as it was filmed, from its middle.
    np.testing.assert_allclose(poses[-1, 0], clips[2].body[15, :, :2])


def test_a_piece_at_another_pace_takes_more_of_the_clip():
    body = np.zeros((300, spec.N_JOINTS, 3), np.float32)
    body[..., 1] = np.arange(300)[:, None]
    clip = Clip("a", "train", body, np.zeros((300, 2), np.float32))
    np.testing.assert_allclose(segment(clip, 0.0, 3.0, 0.0)[:, 0, 1], 3 * np.arange(50))
    assert segment(clip, 0.0, 3.4, 0.0)[-1, 0, 1] == pytest.approx(49 * 3.4, abs=1)
    assert segment(clip, 1.0, 3.0, 0.0)[0, 0, 1] == 150


def test_prepared_songs_are_seen_as_the_stage_sees_them(tmp_path):
    times = np.arange(6 * POSE_HZ) / POSE_HZ
    poses = np.tile(skeleton.STANDING, (len(times), 1, 1))
    poses[..., 0] += 0.2 * np.sin(times)[:, None].astype(np.float32)
    unknown = np.full(len(times), np.nan, np.float32)
    audio = np.zeros(6 * spec.SAMPLE_RATE, np.float32)
    for name, style in (("one", "waltz"), ("two", "tango")):
        Song(
            name, style, "train", 3, audio, poses, poses, unknown, unknown, "CC0-1.0", "this test"
        ).save(tmp_path)
    (clip,) = action_clips.song_clips(tmp_path)
    assert (clip.label, clip.turns) == ("waltz", False)
    drawn = segment(clip, 0.0, 3.0, 1.0)  # the yaw of a flat clip is 0 where segments are drawn
    assert drawn.shape == (50, spec.N_JOINTS, 2)
    shown = seen(clip.body, clip.path, np.array(0.0))
    at = np.arange(len(shown)) / action_clips.CLIP_HZ
    np.testing.assert_allclose(
        shown[:, 0, 0], skeleton.STANDING[0, 0] + 0.2 * np.sin(at), atol=1e-3
    )


# Let's Dance -----------------------------------------------------------------------------------


def _person(joints: np.ndarray, missing: tuple[str, ...] = ()) -> list:
    named = [
        [name, [*map(float, joints[index]), 0.9]]
        for name, index in lets_dance.NAMES.items()
        if name not in missing
    ]
    return [["person", [0, 0, 1, 1]], *named]


def _publish(folder, dance: str, video: str, frames: list[list]) -> None:
    place = folder / "densepose" / dance
    place.mkdir(parents=True, exist_ok=True)
    for number, persons in enumerate(frames, 1):
        (place / f"{video}_{number:04d}.json").write_text(json.dumps(persons))


def _dancer(time: float, x: float, height_px: float) -> np.ndarray:
    pose = skeleton.STANDING.copy()
    pose[[6, 7], 1] -= (0.5 + 0.4 * np.sin(2 * np.pi * time)) * np.array([0.3, 0.6])
    return pose * height_px / 1.8 + (x, 240.0)


def test_lets_dance_follows_one_person_through_its_published_files(tmp_path):
    """Two people in changing order, an ear hidden for a while, one frame without anybody."""
    frames = []
    for k in range(160):
        tall = _person(_dancer(k / 30, 300 + 20 * np.sin(k / 20), 260), ("left_ear",) * (k % 9 < 3))
        small = _person(_dancer(0.0, 520, 150))
        frames.append([] if k == 40 else [small, tall] if k % 2 else [tall, small])
    _publish(tmp_path, "ballet", "a_b-C_007", frames)
    _publish(tmp_path, "tango", "short", frames[:30])
    (clip,) = lets_dance.clips(tmp_path)
    assert (clip.label, clip.turns, len(clip.body)) == ("ballet", False, 160)
    assert clip.split == lets_dance.split_of("a_b-C_007")
    drawn = clip.body[..., :2]
    lengths = skeleton.bone_lengths(drawn)
    np.testing.assert_allclose(np.percentile(lengths[:, 9], 95), 0.592, atol=0.01)
    step = np.linalg.norm(np.diff(drawn, axis=0), axis=-1)
    assert step.max() < 0.12  # never the other person, never a joint at the corner
    assert drawn[:, 7, 1].std() > 0.1  # the hand that moved
    assert np.isfinite(drawn).all()


def test_a_long_absence_begins_a_new_clip_and_splits_are_fixed():
    here = [_dancer(0.0, 300, 260)]
    frames = [(k, here) for k in range(10)] + [(k, here) for k in range(30, 45)]
    assert [len(track) for track in lets_dance.follow(frames)] == [10, 15]
    assert len({lets_dance.split_of(f"iOCZp-CmW5w_{k:03}") for k in range(60)}) == 1
    shares = Counter(lets_dance.split_of(f"video-{k}") for k in range(2000))
    assert shares["train"] / 2000 == pytest.approx(0.75, abs=0.04)
    assert shares["test"] / 2000 == pytest.approx(0.20, abs=0.04)


def test_a_broken_frame_and_a_face_never_seen_do_not_end_it(tmp_path, caplog):
    frames = [_person(_dancer(k / 30, 300, 260), ("nose", "left_ear")) for k in range(160)]
    _publish(tmp_path, "ballet", "v_001", [[frame] for frame in frames])
    (tmp_path / "densepose" / "ballet" / "v_001_0080.json").write_text("[" * 100_000)
    _publish(tmp_path, "tango", "v_002", [[_person(_dancer(0, 300, 260), ("left_knee",))]] * 160)
    (clip,) = lets_dance.clips(tmp_path)
    assert len(clip.body) == 160 and np.isfinite(clip.body).all()
    ear, eye = clip.body[:, skeleton.L_EAR, :2], clip.body[:, skeleton.L_EYE, :2]
    wanted = skeleton.STANDING[skeleton.L_EAR] - skeleton.STANDING[skeleton.L_EYE]
    np.testing.assert_allclose(ear - eye, np.broadcast_to(wanted, ear.shape), atol=1e-3)
    assert "1 files" in caplog.text and "1 tracks" in caplog.text


def test_what_is_not_lets_dance_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(DataError, match="densepose"):
        lets_dance.clips(tmp_path)
    _publish(tmp_path, "ballet", "v", [[["person"], ["nose", 3]]] * 80)
    with pytest.raises(DataError, match="v_0001"):
        lets_dance.clips(tmp_path)
