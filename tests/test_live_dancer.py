"""The dancer on the shipped dance: replay by seed, no bad state from bad sound, what it is told."""

import numpy as np
import pytest
from seeds import rng_of, seed_of

from live.core.messages import AudioChunk, Beat
from live.dance.dancer import Dancer
from live.dance.phrases import Phrases
from models import bundle, skeleton
from models.controls import row_for_beat
from models.runtime.dance import DanceStepper
from models.spec import CHUNK_SAMPLES, CONTROLS


def _beat(**changes: object) -> Beat:
    facts = {"time": 1.0, "level": 0.5, "onset": 0.0, "bpm": 120.0, "beat_phase": 0.9,
             "bar_phase": None, "confidence": 0.8, "beats_per_bar": 4}  # fmt: skip
    return Beat(**(facts | changes))  # pyright: ignore[reportArgumentType]


def _told(beat: Beat | None, metre: int = 0) -> dict[str, float]:
    return dict(zip(CONTROLS, row_for_beat(beat, metre, 0.0).tolist(), strict=True))


@pytest.fixture(scope="module")
def dancer() -> Dancer:
    return Dancer(bundle.find("dance", "free"), seed=seed_of(3))


def _music(n: int = 40) -> list[AudioChunk]:
    rng = rng_of(0)
    sound = rng.normal(0, 0.1, (n, CHUNK_SAMPLES)).astype(np.float32)
    return [AudioChunk(i, sound[i], 0.0) for i in range(n)]


def test_the_beat_is_told_for_the_moment_the_pose_is_due():
    told = _told(_beat())
    # 0.1 s at 120 BPM is 0.2 of a beat: from 0.9 the phase has come to 0.1.
    assert told["beat_sin"] == pytest.approx(np.sin(2 * np.pi * 0.1), abs=1e-5)
    assert told["beat_cos"] == pytest.approx(np.cos(2 * np.pi * 0.1), abs=1e-5)
    assert told["beat_known"] == 1
    assert told["bar_known"] == 0
    assert told["tempo"] == pytest.approx(np.log2(0.55 / 0.5), abs=1e-5)
    assert (told["in_four"], told["in_three"]) == (1, 0)


def test_an_unknown_beat_is_zero_and_the_metre_can_be_asked_for():
    for beat in (None, _beat(beat_phase=None), _beat(confidence=0.01)):
        told = _told(beat)
        assert all(told[name] == 0 for name in ("beat_sin", "beat_cos", "tempo", "beat_known"))
    assert _told(None, metre=3)["in_three"] == 1
    assert _told(_beat(beats_per_bar=3))["in_three"] == 1
    assert _told(_beat(beats_per_bar=3), metre=4)["in_four"] == 1


def test_plans_lie_ahead_and_keep_the_bones(dancer):
    dancer.reset()
    for chunk in _music():
        plan = dancer.step(chunk, _beat())
        assert plan.times[0] == pytest.approx(plan.time + 0.1)
        assert plan.joints.shape == (5, 18, 2)
        assert (skeleton.bone_lengths(plan.joints) <= skeleton.CANONICAL_LENGTHS * 1.01).all()


def test_reset_replays_and_without_it_the_dance_differs(dancer):
    def dance() -> np.ndarray:
        return np.stack([dancer.step(chunk, _beat()).joints for chunk in _music()])

    dancer.reset()
    first = dance()
    second = dance()
    dancer.reset()
    assert np.array_equal(dance(), first)
    assert not np.allclose(first, second, atol=1e-3)


def test_another_seed_is_another_dance():
    found = bundle.find("dance", "free")
    dances = []
    for seed in (1, 2):
        dancer = Dancer(found, seed=seed_of(seed))
        dances.append(np.stack([dancer.step(chunk, _beat()).joints for chunk in _music()]))
    assert not np.allclose(dances[0], dances[1], atol=0.05)


def test_bad_numbers_never_stay_in_the_state(dancer):
    dancer.reset()
    chunks = _music(20)
    for chunk in chunks[:5]:
        dancer.step(chunk, _beat())
    # The chunker removes these; the stepper is the second line of defence.
    dancer.step(AudioChunk(5, np.full(CHUNK_SAMPLES, np.nan, np.float32), 0.0), _beat())
    for chunk in chunks[6:]:
        assert np.isfinite(dancer.step(chunk, _beat()).joints).all()


def test_a_plan_is_what_the_network_foresees_in_its_order():
    """Of the stage nothing but the phrase is between them while no lock and no silence speaks."""
    found = bundle.find("dance", "free")
    dancer = Dancer(found, seed=seed_of(5), temperature=0.7)
    dancer.is_phase_locked = False
    bare = DanceStepper(found.network("fp32")[0], found.sizes)
    phrases = Phrases(bare.noise.size, found.manifest.mirrors, seed_of(5))
    rng, body = rng_of(5), skeleton.STANDING
    for chunk in _music(12):
        plan = dancer.step(chunk, _beat())
        noise = bare.noise.draw(rng, 1, 0.7)[0]
        noise = noise + 0.7 * phrases.feed(_beat(), bare.plan, body, 0.0)
        poses = bare.step(chunk.samples, noise, row_for_beat(_beat(), 0, 0.0))
        body = poses[0]
        assert np.array_equal(plan.joints, poses)
        end = (chunk.index + 1) * 0.1
        assert plan.time == pytest.approx(end)
        assert plan.times == pytest.approx(end + np.array([0.1, 0.2, 0.3, 0.4, 0.5]))


def test_without_chance_there_is_no_taste_either():
    """At temperature 0 the likeliest plan is danced, whatever the phrase is."""
    found = bundle.find("dance", "free")
    calm, other = (Dancer(found, seed=seed_of(seed), temperature=0.0) for seed in (1, 2))
    for chunk in _music(30):
        assert np.array_equal(calm.step(chunk, _beat()).joints, other.step(chunk, _beat()).joints)


def test_the_performers_energy_and_the_musics_are_told_together(monkeypatch):
    told = []
    dancer = Dancer(bundle.find("dance", "free"))
    step = dancer._stepper.step

    def listen(samples, noise, controls):
        told.append(float(controls[CONTROLS.index("energy")]))
        return step(samples, noise, controls)

    monkeypatch.setattr(dancer._stepper, "step", listen)
    for chunk, (own, heard) in zip(
        _music(6),
        ((0.25, 0.5), (-0.25, 0.5), (0.75, 0.5), (-0.75, -0.5), (0.5, 1.6), (-0.5, 1.6)),
        strict=True,
    ):
        dancer.energy, dancer.lively = own, heard
        dancer.step(chunk, None)
    assert told == pytest.approx([0.75, 0.25, 1.0, -1.0, 1.6, 1.1])


def test_reset_forgets_the_silence_as_well(dancer):
    """Who stood is not standing any more: a second of silence has to pass again."""
    quiet = [AudioChunk(i, np.zeros(CHUNK_SAMPLES, np.float32), 0.0) for i in range(25)]
    dancer.reset()
    first = np.stack([dancer.step(chunk, None).joints for chunk in quiet])
    dancer.reset()
    again = np.stack([dancer.step(chunk, None).joints for chunk in quiet])
    assert np.array_equal(again, first)


def test_beats_are_hit_while_the_dance_is_locked_to_them(dancer):
    """An accent with each plan, at the beat that is heard; without the lock, or a beat, none."""
    dancer.reset()
    locked = [dancer.step(chunk, _beat()).accent for chunk in _music(8)]
    assert all(accent is not None for accent in locked)
    assert locked[-1].beat_at == pytest.approx(1.0 - 0.9 * 0.5)
    assert locked[-1].period == pytest.approx(0.5)
    depths = [accent.depth for accent in locked]
    assert depths == sorted(depths) and depths[0] < depths[-1]
    assert dancer.step(_music(9)[8], None).accent is None
    dancer.is_phase_locked = False
    assert dancer.step(_music(10)[9], _beat()).accent is None
    dancer.is_phase_locked = True
    dancer.reset()
    assert dancer.step(_music(1)[0], _beat()).accent.depth == pytest.approx(depths[0])


def test_a_new_part_is_danced_to_with_something_else(monkeypatch):
    """The same chance and the same sound: from the chunk on in which the part begins."""
    found = bundle.find("dance", "free")
    dances, wishes = [], []
    for part in (None, 12):
        dancer = Dancer(found, seed=seed_of(6))
        feed = dancer._phrases.feed
        told: list[np.ndarray] = []
        monkeypatch.setattr(
            dancer._phrases, "feed", lambda *a, f=feed, t=told: (t.append(f(*a)), t[-1])[1]
        )
        plans = []
        for chunk in _music(30):
            if chunk.index == part:
                dancer.begin_part()
            plans.append(dancer.step(chunk, _beat()).joints)
        dances.append(plans)
        wishes.append(told)
    assert np.array_equal(dances[0][:12], dances[1][:12])
    assert np.allclose(wishes[0][:12], wishes[1][:12])
    assert not np.allclose(wishes[0][12], wishes[1][12])
    assert not np.allclose(dances[0][12:], dances[1][12:], atol=1e-3)
