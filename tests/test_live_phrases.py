"""A motif, its mirror image, a variation, another motif; and what comes round twice goes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import Beat
from live.dance.phrases import AGAIN, NO_MORE, Phrases
from models import skeleton
from models.types import Array

N_PLANS = 12
MIRRORS = [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 10, 11]
BPM = 150.0  # a quarter of a beat a chunk: 32 chunks a phrase of four beats a bar
HEARD = Beat(0.0, 0.5, 0.0, BPM, 0.0, None, 0.9)


def _scattered(n: int) -> Array:
    """Poses that are all unlike one another."""
    rng = rng_of(5)
    return (skeleton.STANDING + rng.normal(0, 0.5, (n, 18, 2))).astype(np.float32)


def _dance(
    phrases: Phrases,
    n: int,
    plan_of: Callable[[int], int] = lambda i: i % N_PLANS,
    poses: Array | None = None,
    beat: Beat = HEARD,
    energy: Callable[[int], float] = lambda _: 0.0,
) -> Array:
    """(n, N_PLANS): what is wished chunk by chunk, where `plan_of` the chunk is danced."""
    poses = _scattered(n) if poses is None else poses
    wishes: list[Array] = []
    plan, pose = N_PLANS, skeleton.STANDING
    for i in range(n):
        wishes.append(phrases.feed(beat, plan, pose, energy(i)))
        plan, pose = plan_of(i), poses[i % len(poses)]
    return np.array(wishes)


def _turns(wishes: Array, plan: int = 11) -> list[int]:
    """Chunks in which the taste changes, told from a plan that is never danced."""
    return [int(i) + 1 for i in np.flatnonzero(np.diff(wishes[:, plan]) != 0)]


def test_without_a_beat_there_is_no_phrase():
    phrases = Phrases(N_PLANS, MIRRORS, 0)
    assert not phrases.feed(None, 3, skeleton.STANDING, 0.0).any()
    assert not phrases.feed(replace(HEARD, bpm=0.0), 3, skeleton.STANDING, 0.0).any()


@pytest.mark.parametrize(("beats_per_bar", "chunks"), [(4, 32), (3, 24)])
def test_the_taste_lasts_for_two_bars(beats_per_bar, chunks):
    beat = replace(HEARD, beats_per_bar=beats_per_bar)
    wishes = _dance(Phrases(N_PLANS, [], 0), 3 * chunks, lambda i: i % 3, beat=beat)
    assert _turns(wishes) == [chunks, 2 * chunks]
    assert 0.7 < wishes[:chunks, 3:].std() < 2.5


def test_the_second_phrase_is_the_mirror_image_and_the_third_begins_like_the_first():
    wishes = _dance(Phrases(N_PLANS, MIRRORS, 0), 128, lambda i: i // 4 % 10)
    taste = wishes[0]
    mirrored = taste[MIRRORS]
    for i in range(34, 62):
        danced = {MIRRORS[(i - 32 + k) // 4 % 10] for k in (-1, 0, 1)}
        raised = {int(k) for k in np.flatnonzero(wishes[i] - mirrored > 1)}
        assert raised == danced, i
        assert wishes[i, list(danced)] == pytest.approx(mirrored[list(danced)] + AGAIN)
    third = np.median(wishes[64:96], 0)
    assert not np.allclose(third, taste) and not np.allclose(third, mirrored)
    for i in range(66, 79):  # its first half
        danced = {(i - 64 + k) // 4 % 10 for k in (-1, 0, 1)}
        assert {int(k) for k in np.flatnonzero(wishes[i] - third > 1)} == danced, i
    assert np.abs(wishes[82:95] - third).max() < 1e-6  # its second is new
    # Then another motif, with nothing wanted again.
    assert np.ptp(wishes[97:127], axis=0).max() < 1e-6


def test_without_mirrors_the_second_phrase_is_another():
    wishes = _dance(Phrases(N_PLANS, [], 0), 64)
    assert np.ptp(wishes[33:63], axis=0).max() < 1e-6
    assert np.abs(wishes[40] - wishes[10]).min() > 0


@pytest.mark.parametrize(("length", "known_after"), [(16, 40), (32, 80)])
def test_a_loop_of_one_bar_or_two_is_left(length, known_after):
    """The same plans and poses again and again: after they came round twice they count less."""
    poses = _scattered(length)
    wishes = _dance(Phrases(N_PLANS, [], 0), 128, lambda i: i % length // 4, poses)
    taste = wishes[:, 11:]  # of a plan that is not danced nothing changes but the taste
    assert len(set(taste[:32].ravel())) == 1
    lowered = np.zeros(128, bool)
    for i in range(128):
        usual = np.median(wishes[i // 32 * 32 : i // 32 * 32 + 3], 0)
        lowered[i] = wishes[i, i % length // 4] < usual[i % length // 4] - NO_MORE + 0.1
    assert not lowered[: length + 4].any(), "once and a little is no loop"
    assert lowered[known_after : known_after + 10].any()


def test_what_does_not_come_round_is_left_alone():
    wishes = _dance(Phrases(N_PLANS, [], 0), 160, lambda i: i * i % 11, _scattered(160))
    for begin in range(0, 160, 32):
        phrase = wishes[begin : begin + 32]
        taste = np.median(phrase, 0)
        assert (phrase - taste).max() < AGAIN + 0.1
        assert (taste - phrase).max() < 1e-6


def test_a_phrase_ends_at_a_bar_line():
    """The first begins with the first beat heard, a beat and a half into a bar."""
    phrases = Phrases(N_PLANS, [], 0)
    wishes = []
    for i in range(100):
        bar = (1.5 + (i + 1) / 4) / 4 % 1
        beat = replace(HEARD, bar_phase=bar)
        wishes.append(phrases.feed(beat, i % 3, _scattered(100)[i], 0.0))
    first = _turns(np.array(wishes))
    in_bars = [(1.5 + (i + 1) / 4) / 4 for i in first]
    assert len(first) >= 2
    assert all(abs(bars - round(bars)) <= 1 / 16 for bars in in_bars), in_bars
    assert first[1] - first[0] == 32


def test_a_new_part_begins_with_a_new_motif():
    phrases = Phrases(N_PLANS, MIRRORS, 0)
    before = _dance(phrases, 10, lambda i: i % 3)
    phrases.begin()
    after = _dance(phrases, 64, lambda i: i % 3)
    assert not np.allclose(after[0], before[-1])
    assert _turns(after, plan=9) == [32]
    assert np.allclose(after[34, [10, 11]], after[0, [10, 11]])  # who are their own mirror image


def test_much_more_energy_is_a_new_part():
    def mirrored(energy: Callable[[int], float]) -> bool:
        wishes = _dance(Phrases(N_PLANS, MIRRORS, 0), 98, energy=energy)
        # The third phrase of the first cycle: the mirror image of the second where that was new.
        return bool(np.allclose(wishes[66, [10, 11]], wishes[34, [10, 11]]))

    assert not mirrored(lambda _: 0.0)
    assert not mirrored(lambda i: 0.3 * (i >= 32))
    # Told at the end of the second phrase, which was louder: the third is a motif.
    louder = _dance(Phrases(N_PLANS, MIRRORS, 0), 130, energy=lambda i: 0.8 * (i >= 32))
    assert np.allclose(louder[98, [10, 11]], louder[66, [10, 11]])  # and the fourth its mirror


def test_a_mirror_image_that_came_out_as_the_motif_is_not_danced_a_third_time():
    poses = _scattered(130)
    poses[32:64] = poses[:32]
    wishes = _dance(Phrases(N_PLANS, MIRRORS, 0), 130, lambda i: i % 32 // 4, poses)
    assert np.allclose(wishes[98, [10, 11]], wishes[66, [10, 11]])


def test_a_seed_is_one_dance():
    phrases = Phrases(N_PLANS, MIRRORS, 3)
    first = _dance(phrases, 100)
    phrases.reset()
    assert np.array_equal(_dance(phrases, 100), first)
    assert not np.allclose(_dance(Phrases(N_PLANS, MIRRORS, 4), 100), first)
