"""The clock follows the early edge of late arrivals, and drift."""

from seeds import rng_of

from live.core.media_clock import MediaClock


def test_jitter_is_not_delay():
    rng = rng_of(0)
    clock = MediaClock(100.0)
    for i in range(1, 2000):
        clock.observe(i * 0.01, 50.0 + i * 0.01 + rng.exponential(0.004))
    # Blocks come 4 ms late on the average; the clock stays near the ones that come at once.
    assert abs(clock.host(20.0) - 70.0) < 0.003
    assert abs(clock.media(clock.host(3.0)) - 3.0) < 1e-9


def test_follows_a_drifting_sound_card():
    clock = MediaClock(0.0)
    for i in range(1, 12_000):  # two minutes, card 100 ppm slow
        clock.observe(i * 0.01, i * 0.01 * 1.0001)
    assert abs(clock.host(120.0) - 120.012) < 0.004


def test_a_source_that_starts_anew_is_followed_but_one_bad_block_is_not():
    clock = MediaClock(0.0)
    for i in range(1, 100):
        clock.observe(i * 0.01, i * 0.01)
    clock.observe(1.0, 5.0)
    assert abs(clock.host(1.0) - 1.0) < 0.001
    for i in range(100, 200):
        clock.observe(i * 0.01, 5.0 + i * 0.01)
    assert abs(clock.host(2.0) - 7.0) < 0.01
