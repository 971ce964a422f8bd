"""Music comes to one level and keeps its dynamics; noise below the gate is exact silence."""

import numpy as np
import pytest
from numpy.typing import NDArray
from seeds import rng_of

from live.dance.auto_gain import AutoGain
from models.spec import CHUNK_SAMPLES

Chunks = NDArray[np.float32]


def noise(dbfs: float, seconds: float, seed: int = 0) -> Chunks:
    """Noise of that RMS in chunks, float32 (T, 1600)."""
    rng = rng_of(seed)
    chunks = rng.standard_normal((round(seconds * 10), CHUNK_SAMPLES)) * 10 ** (dbfs / 20)
    return np.clip(chunks, -1, 1).astype(np.float32)


def run(auto_gain: AutoGain, chunks: Chunks) -> tuple[Chunks, list[float], list[bool]]:
    samples, levels, silent = zip(*(auto_gain.feed(chunk) for chunk in chunks), strict=True)
    return np.stack(samples), list(levels), list(silent)


def dbfs(samples: Chunks) -> float:
    return float(20 * np.log10(samples.std() + 1e-12))


@pytest.mark.parametrize("level", [-45.0, -30.0, -20.0, -8.0])
def test_music_of_any_level_arrives_at_minus_20_within_a_second(level: float) -> None:
    heard, _, silent = run(AutoGain(), noise(level, 3.0))
    assert not any(silent)
    assert dbfs(heard[:3]) == pytest.approx(-20, abs=1.5)
    assert dbfs(heard[10:]) == pytest.approx(-20, abs=0.7)


@pytest.mark.parametrize("level", [-90.0, -60.0, -51.5, -48.0])
def test_room_noise_is_exact_silence(level: float) -> None:
    heard, _, silent = run(AutoGain(), noise(level, 5.0))
    assert all(silent)
    assert not heard.any()


def test_the_end_of_the_music_closes_the_gate_and_a_short_rest_does_not() -> None:
    auto_gain = AutoGain()
    run(auto_gain, noise(-20, 5.0))
    _, _, silent = run(auto_gain, noise(-70, 0.3))
    assert not any(silent)
    _, _, silent = run(auto_gain, noise(-20, 0.5))
    assert not any(silent)
    heard, _, silent = run(auto_gain, noise(-52, 2.0))
    assert all(silent[4:])
    assert not heard[4:].any()
    # Noise a little louder than the gate does not open it again, music does at once.
    assert all(run(auto_gain, noise(-48, 1.0))[2])
    assert not any(run(auto_gain, noise(-30, 0.5))[2])


def test_noise_in_a_pause_does_not_turn_the_gain_up() -> None:
    auto_gain = AutoGain()
    run(auto_gain, noise(-20, 10.0))
    run(auto_gain, noise(-60, 60.0))
    heard, _, _ = run(auto_gain, noise(-20, 1.0))
    assert dbfs(heard) == pytest.approx(-20, abs=0.7)


def test_no_pumping_loud_and_soft_bars_stay_different() -> None:
    auto_gain = AutoGain()
    bars = np.concatenate([noise(-16 if bar % 2 else -26, 2.0, bar) for bar in range(20)])
    heard, _, _ = run(auto_gain, bars)
    levels = [(dbfs(before), dbfs(after)) for before, after in zip(bars, heard, strict=True)]
    gain_db = np.array([after - before for before, after in levels])[100:]
    per_chunk = np.abs(np.diff(gain_db))
    assert per_chunk.max() < 0.3
    assert np.ptp(gain_db) < 3.0


def test_a_jump_in_level_clips_for_one_chunk_at_most_and_comes_down() -> None:
    auto_gain = AutoGain()
    run(auto_gain, noise(-45, 10.0))
    heard, _, _ = run(auto_gain, noise(-12, 10.0))
    assert np.abs(heard).max() <= 1.0
    assert (np.abs(heard[1:]) == 1.0).mean() < 0.02
    assert dbfs(heard[-10:]) == pytest.approx(-20, abs=3.0)


def test_the_gain_has_no_step_between_chunks() -> None:
    time = np.arange(40 * CHUNK_SAMPLES) / 16_000
    # 300 Hz fits 0.1 s: all chunks are alike, so a step could only come from the gain.
    tone = np.sin(2 * np.pi * 300 * time).astype(np.float32).reshape(-1, CHUNK_SAMPLES)
    levels = np.repeat([0.05, 0.2, 0.1, 0.02], 10)[:, None].astype(np.float32)
    heard, _, _ = run(AutoGain(), tone * levels)
    # The gain at the end of one chunk is that at the beginning of the next.
    ends = heard[:-1, -13] / (tone * levels)[:-1, -13]
    begins = heard[1:, 13] / (tone * levels)[1:, 13]
    assert np.abs(20 * np.log10(ends / begins)).max() < 0.3


@pytest.mark.parametrize(("level", "shown"), [(-60.0, 0.0), (-30.0, 0.5), (0.0, 1.0)])
def test_the_meter_reads_minus_60_to_0_dbfs(level: float, shown: float) -> None:
    time = np.arange(CHUNK_SAMPLES) / 16_000
    tone = (np.sqrt(2) * 10 ** (level / 20) * np.sin(2 * np.pi * 300 * time)).astype(np.float32)
    _, heard, _ = AutoGain().feed(tone)
    assert heard == pytest.approx(shown, abs=0.01)


def test_an_offset_of_the_sound_card_is_no_sound() -> None:
    heard, levels, silent = run(AutoGain(), noise(-70, 1.0) + np.float32(0.1))
    assert all(silent) and not heard.any()
    assert max(levels) == 0.0


def test_the_performers_gain_comes_first() -> None:
    auto_gain = AutoGain()
    assert all(run(auto_gain, noise(-60, 1.0))[2])
    auto_gain.gain_db = 20.0
    _, levels, silent = run(auto_gain, noise(-60, 1.0))
    assert not any(silent)
    assert levels[-1] == pytest.approx(1 - 40 / 60, abs=0.02)
    auto_gain.gain_db = -40.0
    assert all(run(auto_gain, noise(-20, 1.0))[2][4:])


def test_reset_forgets_the_level_and_keeps_the_performers_gain() -> None:
    auto_gain, fresh = AutoGain(), AutoGain()
    auto_gain.gain_db = fresh.gain_db = 3.0
    run(auto_gain, noise(-40, 5.0))
    music = noise(-14, 2.0, seed=3)
    before, _, _ = run(auto_gain, music)
    auto_gain.reset()
    again, _, _ = run(auto_gain, music)
    first, _, _ = run(fresh, music)
    assert np.array_equal(again, first)
    assert not np.array_equal(before, first)
    assert auto_gain.gain_db == 3.0


def square(dbfs: float, n_chunks: int = 1) -> Chunks:
    """As loud in every sample: what leaves is the gain itself."""
    tone = np.where(np.arange(CHUNK_SAMPLES) % 8 < 4, 1, -1) * 10 ** (dbfs / 20)
    return np.repeat(tone[None].astype(np.float32), n_chunks, 0)


def in_db(samples: Chunks) -> Chunks:
    return 20 * np.log10(np.abs(samples))


def test_the_gate_opens_above_minus_46_and_closes_below_minus_50_for_four_chunks() -> None:
    for level, is_silent in ((-46.2, True), (-45.8, False)):
        assert run(AutoGain(), square(level, 3))[2] == [is_silent] * 3
    for level, is_silent in ((-49.8, False), (-50.2, True)):
        auto_gain = AutoGain()
        run(auto_gain, square(-30))
        assert run(auto_gain, square(level, 5))[2] == [False] * 3 + [is_silent] * 2


def test_the_first_second_is_a_plain_mean_and_then_it_follows_over_eight() -> None:
    auto_gain = AutoGain()
    heard = run(auto_gain, square(-26))[0]
    assert in_db(heard) == pytest.approx(-20, abs=1e-3), "at once, from its first sample on"
    # Nine more, a quarter as strong: the mean power of ten is 0.1 + 0.9 / 4.
    heard = run(auto_gain, square(-26 - 6.0206, 9))[0]
    assert heard[-1, -1] / square(-32.0206)[0, -1] == pytest.approx(
        0.1 / (10 ** (-26 / 20) * np.sqrt(0.1 + 0.9 / 4)), rel=1e-3
    )
    auto_gain = AutoGain()
    run(auto_gain, square(-26, 20))
    heard = run(auto_gain, square(-20))[0]
    gains = heard[0] / square(-20)[0]
    wanted = 0.1 / np.sqrt(10 ** (-26 / 10) * (1 - 0.1 / 8) + 10 ** (-20 / 10) * 0.1 / 8)
    assert gains[0] == pytest.approx(10 ** (6 / 20), rel=1e-4)
    assert gains[-1] == pytest.approx(wanted, rel=1e-4)
    assert np.abs(np.diff(gains, 2)).max() < 1e-5, "in a straight line"


def test_a_jump_of_more_than_12_db_turns_it_down_at_once() -> None:
    for level, leaves in ((-25.0, -8.0), (-33.0, -8.739)):
        auto_gain = AutoGain()
        run(auto_gain, square(-45.0, 20))
        assert in_db(run(auto_gain, square(level))[0][0, -1]) == pytest.approx(leaves, abs=0.01)


def test_the_gain_has_an_end_below() -> None:
    """A performer who turns up a sound that is full already hears it clipped, not turned down."""
    auto_gain = AutoGain()
    auto_gain.gain_db = 20.0
    assert run(auto_gain, square(0.0))[0] == pytest.approx(square(0.0), abs=1e-6)
