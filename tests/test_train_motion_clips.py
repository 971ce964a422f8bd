"""From dances without music to prepared songs: a set of clips, BVH, and what is wrong with them."""

import json

import made_rigs
import numpy as np
import pytest
from made_clips import joints, write_set
from seeds import rng_of

from models import skeleton
from models.band import score
from train import prepare
from train.readers import find, motion_clips
from train.songs import laid, motion
from train.songs.pulse import FASTEST_BPM, SLOWEST_BPM
from train.songs.song import POSE_HZ, DataError, Song, each_once, load_songs, styles_in

SOME = {
    "g1moves/J_Dance5_Hype": ("g1moves", "shippable", 1, 100, 20),
    "g1moves/J_Dance17_Shuffle": ("g1moves", "shippable", 2, 124, 20),
    "lafan1_g1/dance9": ("lafan1_g1", "research only", 3, 110, 24),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return write_set(patch, tmp_path_factory.mktemp("set") / "clips", SOME)


@pytest.fixture(scope="module", autouse=True)
def few():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(find, "SONGS_A_STYLE", 2)
        patch.setattr(find, "SONGS_OF_BVH", 2)
        motion_clips.clips_of.cache_clear()
        yield


@pytest.fixture(scope="module")
def prepared(made, few, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared")
    assert _prepare(made, "--out", out) == 0
    return out


def _prepare(*words):
    return prepare.main([*map(str, words), "--jobs", "1"])


def test_a_set_gives_songs_of_each_style(made, prepared, capsys):
    songs = load_songs(prepared)
    assert [song.name for song in songs] == ["hiphop_000", "hiphop_001", "house_000", "house_001"]
    assert {style.name for style in styles_in(songs)} == {"hiphop", "house"}
    for song in songs:
        assert song.licence == "of g1moves" and "G1 Moves" in song.provenance
        assert np.isfinite(song.poses).all() and len(song.audio) == 60 * 16_000
        assert len(song.poses) == len(song.beats) == 60 * POSE_HZ
        assert np.isfinite(song.beats).mean() > 0.9
        assert motion.joint_speed(song.poses, POSE_HZ).mean() > 0.1
    before = {path: path.stat().st_mtime_ns for path in prepared.glob("*.npz")}
    assert _prepare(made, "--out", prepared) == 0
    assert "4 songs, 4.0 minutes" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in prepared.glob("*.npz")} == before


def test_dances_lie_on_the_beats_of_their_songs(prepared):
    """Much nearer than by chance, though nobody who danced has heard them."""
    from train.dance_eval import beat_alignment

    ratios = []
    for song in load_songs(prepared):
        poses = song.poses[:: round(POSE_HZ / beat_alignment.measures.HZ)]
        known = np.flatnonzero(np.isfinite(song.beats))
        numbers = np.arange(np.ceil(song.beats[known[0]]), song.beats[known[-1]])
        beats = np.interp(numbers, song.beats[known], known / POSE_HZ)
        found = beat_alignment.align(
            beat_alignment.accents(beat_alignment.finer(poses)), beats, song.seconds
        )
        ratios.append(found.ratio)
    assert np.mean(ratios) > 1.3


def test_what_may_not_ship_is_taken_only_when_asked_for(made):
    clips = motion_clips.clips_of(made, "own", "", "", False)
    assert [clip.name for clip in clips.clips] == list(SOME)[:2] and clips.styles == [
        "hiphop", "house",
    ]  # fmt: skip
    every = motion_clips.clips_of(made, "own", "", "", True)
    free = every.clips[2]
    assert free.style == "free" and "ND" in free.provenance
    assert free.seconds == pytest.approx(24 - 8, abs=0.2), "without the walk in"


def test_clips_face_the_audience_stand_and_have_whole_bones(monkeypatch):
    danced, _ = joints(monkeypatch, 1, 110, 16)
    turned = danced @ np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]]) * 3.0 + 5.0
    for some in (danced, turned):
        poses = motion_clips.canonical(some.astype(np.float32), POSE_HZ)
        across = poses[:, skeleton.L_SHOULDER, 0] - poses[:, skeleton.R_SHOULDER, 0]
        assert np.median(across) > 0.2, "their left is at the audience's right"
        assert np.median(poses[:, skeleton.NOSE, 1]) < np.median(poses[:, skeleton.NECK, 1])
        lower = poses[:, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].max(1)
        assert np.abs(lower - skeleton.CANONICAL_LEG).mean() < 0.05
    one, other = (motion_clips.canonical(s.astype(np.float32), POSE_HZ) for s in (danced, turned))
    assert np.abs(one - other).mean() < 0.02, "whatever way they faced, and in any unit"


def test_a_jump_is_a_jump(monkeypatch):
    danced, _ = joints(monkeypatch, 1, 110, 16)
    jump = np.zeros(len(danced))
    jump[300:325] = 0.35 * np.sin(np.linspace(0, np.pi, 25))
    danced[..., 2] += jump[:, None]
    lower = motion_clips.canonical(danced.astype(np.float32), POSE_HZ)[
        :, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1
    ].max(1)  # fmt: skip
    lift = skeleton.CANONICAL_LEG - lower
    assert lift[300:325].max() > 0.2 and np.delete(lift, slice(290, 335)).max() < 0.08


def test_bvh_gives_songs(tmp_path, capsys):
    """A folder of them is one dancer's figures; the rig's table is given by name."""
    folder = tmp_path / "captured"
    folder.mkdir()
    for number in range(2):
        rig = made_rigs.rig(made_rigs.NAMES["mixamo"], made_rigs.Build(), made_rigs.body(rng_of(0)))
        moved = made_rigs.dance(rig, rng_of(number), frames=900)
        made_rigs.write(folder / f"take{number}.bvh", moved, made_rigs.Style(), rng_of(0))
    (folder / "broken.bvh").write_text("HIERARCHY\nROOT")
    assert _prepare(folder, "--out", tmp_path / "out", "--style", "mine") == 0
    said = capsys.readouterr().out
    songs = load_songs(tmp_path / "out")
    assert [song.style for song in songs] == ["mine", "mine"]
    assert songs[0].provenance == "motion capture take0.bvh; motion capture take1.bvh"
    assert "broken.bvh" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[0].pop("fps"), "does not list clips"),
        (lambda rows: rows[0].update(fps=0), "no frame rate"),
        (lambda rows: rows[0].update(key="none"), "motion.npz cannot be read"),
    ],
)
def test_a_damaged_set_is_told_in_a_sentence(change, said, made, tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    rows = json.loads((made / "manifest.json").read_text())
    change(rows)
    (folder / "manifest.json").write_text(json.dumps(rows))
    (folder / "motion.npz").write_bytes((made / "motion.npz").read_bytes())
    with pytest.raises(DataError, match=said):
        motion_clips.clips_of(folder, "own", "", "", False)


def test_a_style_of_clips_too_short_is_told(monkeypatch, tmp_path, capsys):
    folder = write_set(
        monkeypatch, tmp_path / "short", {"g1moves/Hype": ("g1moves", "shippable", 1, 100, 4)}
    )
    assert _prepare(folder, "--out", tmp_path / "out") == 1
    assert "too short" in capsys.readouterr().out


def test_a_song_is_kept_as_any_other(prepared):
    song = Song.load(prepared / "house_000.npz")
    assert song.beats_per_bar == 4 and song.split == "train" and not song.is_stand_in


@pytest.mark.parametrize("style", [*laid.MUSIC, "anybody's"])
def test_music_is_found_for_every_style_and_tempo(style, monkeypatch):
    asked = []

    def compose(seed, name, bpm, seconds, rate, swung, form):
        asked.append(score.compose(seed, name, bpm, seconds, form))

    monkeypatch.setattr(laid.songs, "make_song", compose)
    for bpm in np.linspace(SLOWEST_BPM, FASTEST_BPM, 25):
        laid._music(style, float(bpm), 1, rng_of(round(bpm)))
        found = asked[-1]
        assert found.bpm / found.beats_per_dance_beat == pytest.approx(bpm) or (
            found.style == "drums" and bpm > 120
        )
        assert found.beats_per_bar == 4


def test_what_several_songs_owe_is_told_once() -> None:
    owed = ["CC BY 4.0; CMU terms", "CC BY 4.0", "", "MIT; CC BY 4.0"]
    assert each_once(owed) == "CC BY 4.0; CMU terms; MIT"
    assert each_once([]) == ""
