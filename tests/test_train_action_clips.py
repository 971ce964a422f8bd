"""Labelled clips: sides, mirrors, lengths, the split of the data, and Let's Dance as published."""

import json
from collections import Counter
from inspect import signature

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
from train.paper.action_network import ActionSources
from train.songs import motion
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


def _frozen(label: str, seconds: float, turns: bool = False, depth: float = 0.0) -> Clip:
    """Someone who stands; with a depth all joints lie behind the pelvis."""
    body = np.zeros((round(seconds * action_clips.CLIP_HZ), spec.N_JOINTS, 3), np.float32)
    body[..., :2] = skeleton.STANDING
    body[..., 2] = depth
    return Clip(label, "train", body, np.zeros((len(body), 2), np.float32), turns)


def test_what_is_varied_of_a_pose_is_small():
    """Size by 3 %, place by 0.01, every joint by 0.006; half of it mirrored."""
    waving = skeleton.STANDING.copy()
    waving[4] += (-0.3, -0.8)
    clip = _frozen("a", 6.0)
    clip.body[..., :2] = waving
    poses, numbers = Actions([clip], ("a",)).batch(rng_of(2), 800)
    assert poses.dtype == np.float32 and not numbers.any()
    as_mirrored = [waving, skeleton.mirror(waving[None])[0]]
    middle = poses.mean(1)  # of a segment: the joints' own noise is nearly gone
    fits = []
    for whole in as_mirrored:
        centred = whole - whole.mean(0)
        size = ((middle - middle.mean(1, keepdims=True)) * centred).sum((1, 2)) / (centred**2).sum()
        left = middle - size[:, None, None] * whole
        fits.append((size, left.mean(1), left.std(1).sum(1)))
    is_mirror = fits[1][2] < fits[0][2]
    assert is_mirror.mean() == pytest.approx(0.5, abs=0.07)
    size = np.where(is_mirror, fits[1][0], fits[0][0])
    place = np.where(is_mirror[:, None], fits[1][1], fits[0][1])
    assert size.mean() == pytest.approx(1, abs=0.005) and size.std() == pytest.approx(0.03, rel=0.1)
    assert place.mean() == pytest.approx(0, abs=0.002)
    assert place.std() == pytest.approx(0.01, rel=0.1)
    noise = (poses - poses.mean(1, keepdims=True)).std()
    assert noise == pytest.approx(0.006, rel=0.05)


def test_a_clip_that_turns_is_seen_from_everywhere_and_a_flat_one_from_the_front():
    """Someone a unit behind the pelvis is moved across by the sine of the angle."""
    around, _ = Actions([_frozen("a", 6.0, True, 1.0)], ("a",)).batch(rng_of(3), 400)
    across = np.abs(around[:, :, 1, 0].mean(1))
    assert across.max() == pytest.approx(1, abs=0.15)
    assert np.mean(across > np.sqrt(0.5)) == pytest.approx(0.5, abs=0.08), "every angle as often"
    flat, _ = Actions([_frozen("a", 6.0, False, 1.0)], ("a",)).batch(rng_of(3), 50)
    assert np.abs(flat[:, :, 1, 0].mean(1)).max() < 0.06
    sides, _ = whole_segments([_frozen("a", 5.0, True, 1.0)], ("a",))
    assert len(sides) == 4
    np.testing.assert_allclose(sides[:, 0, 1, 0], [0, -1, 0, 1], atol=1e-6)
    seen_flat, _ = whole_segments([_frozen("b", 5.0), _frozen("a", 5.0, False, 1.0)], ("a",))
    np.testing.assert_allclose(seen_flat[0, 0], skeleton.STANDING, atol=1e-6)
    second, _ = whole_segments([_frozen("b", 5.0), _frozen("a", 5.0, True, 1.0)], ("a",), 1)
    assert second[0, 0, 1, 0] == pytest.approx(-np.sin(2 * np.pi * 0.618), abs=1e-5)


def test_a_segment_is_slower_or_quicker_by_a_seventh():
    body = np.zeros((600, spec.N_JOINTS, 3), np.float32)
    body[:, 0, 1] = np.arange(600)
    moving = Clip("a", "train", body, np.zeros((600, 2), np.float32), False)
    poses, _ = Actions([moving], ("a",)).batch(rng_of(4), 300)
    paces = np.diff(poses[:, :, 0, 1], axis=1).mean(1) / 3
    # Beside the pace the size varies by 3 %, and no pose turns back at the end.
    assert 0.72 < paces.min() < 0.9 and 1.1 < paces.max() < 1.3
    assert (np.diff(poses[:, :, 0, 1], axis=1) > 0).all()
    assert paces.mean() == pytest.approx(1, abs=0.02)
    firsts = poses[:, 0, 0, 1]
    assert firsts.min() < 60 and 400 < firsts.max() < 500, "from anywhere that it fits"


def test_a_song_of_minutes_is_drawn_from_as_often_as_it_lasts_and_a_clip_of_a_second_once():
    clips = [_frozen("a", 30.0), _frozen("a", 5.0), _frozen("a", 1.0), _frozen("b", 1.0)]
    for number, clip in enumerate(clips):
        clip.body[..., 1] += 5.0 * number
    poses, numbers = Actions(clips, ("a", "b")).batch(rng_of(5), 1200)
    assert numbers.mean() == pytest.approx(0.5, abs=0.05), "each class as often"
    which = np.round((poses[numbers == 0][:, 0, 1, 1] - skeleton.STANDING[1, 1]) / 5).astype(int)
    shares = np.bincount(which, minlength=3) / len(which)
    assert shares == pytest.approx(np.array([6, 1, 1]) / 8, abs=0.06)


def test_too_short_a_clip_is_said_and_two_poses_go_to_and_fro():
    with pytest.raises(DataError, match="shorter than two poses"):
        segment(_frozen("a", 0.1), 0.0, 3.0, 0.0)
    two = _frozen("a", 0.2)
    two.body[3:, 0, 1] = 9.0
    drawn = segment(two, 0.0, 3.0, 0.0)[:, 0, 1]
    assert (drawn[1::2] == 9).all() and (drawn[::2] == skeleton.STANDING[0, 1]).all()


def test_the_body_s_place_is_bounded_softly():
    path = np.array([[0.0, 0.0], [0.05, 0.0], [9.0, 0.0], [0.0, 9.0]], np.float32)
    body = np.zeros((4, spec.N_JOINTS, 3), np.float32)
    across = seen(body, path, np.array(0.0))[:, 0, 0]
    limit = motion.ROOT_LIMIT
    assert across == pytest.approx([0, limit * np.tanh(0.05 / limit), limit, 0], abs=1e-3)
    assert seen(body, path, np.array(-np.pi / 2))[3, 0, 0] == pytest.approx(limit, abs=1e-3)


def test_a_flat_clip_is_kept_at_30_a_second():
    poses = np.zeros((51, spec.N_JOINTS, 2), np.float32)
    poses[:, 0, 0] = np.arange(51) / 10  # 5 s at 10 Hz
    clip = action_clips.flat_clip("a", "val", poses, 10.0)
    assert len(clip.body) == 151 and clip.path.shape == (151, 2) and not clip.turns
    np.testing.assert_allclose(clip.body[:, 0, 0], np.arange(151) / 30, atol=1e-5)
    assert not clip.body[..., 2].any() and not clip.path.any()
    assert (clip.label, clip.split) == ("a", "val")


def test_an_action_of_the_capture_needs_as_many_clips_as_is_said(capture):
    """More are wanted by default than a made capture has."""
    assert action_clips.bandai_clips(capture) == []
    least = signature(action_clips.bandai_clips).parameters["least"].default
    assert least == ActionSources().least == 100


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
