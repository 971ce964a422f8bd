"""What the band's sounds are built from: waves that stay below the highest frequency, noise between
two of them, glides that end where they should, envelopes of notes however short."""

import numpy as np
import pytest
from scipy.signal.windows import flattop
from seeds import rng_of, seed_of

from models.band.synthesis import Synth, fft_size, hertz

RATE = 24_000


@pytest.fixture
def synth() -> Synth:
    return Synth(RATE, rng_of(1))


def spectrum(wave: np.ndarray, rate: int = RATE) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and the amplitude of a sine at each of them."""
    shape = flattop(len(wave))
    found = np.abs(np.fft.rfft(wave * shape)) * 2 / shape.sum()
    return np.fft.rfftfreq(len(wave), 1 / rate), found


def loudest(wave: np.ndarray, low_hz: float, high_hz: float, rate: int = RATE) -> float:
    hz, found = spectrum(wave, rate)
    return float(found[(hz > low_hz) & (hz < high_hz)].max(initial=0))


def test_a_size_that_the_transform_likes():
    """The least that is a power of two, or 3/4 or 5/8 of one."""
    liked = {1} | {k << n for n in range(20) for k in (2, 3, 5)}
    for n in range(5, 3_000):
        size = fft_size(n)
        assert size == min(one for one in liked if one >= n), n
    assert fft_size(1) == 1 and fft_size(2) == 2


@pytest.mark.parametrize(
    ("pitch", "rate"),
    [(28, 8_000), (69, 8_000), (100, 8_000), (28, 24_000), (81, 24_000), (115, 48_000)],
)  # fmt: skip
def test_a_wave_has_the_harmonics_of_its_pitch_and_none_is_folded_back(pitch, rate):
    """Between them there is nothing, also of a note that is higher than the rate holds twice."""
    hz = hertz(pitch)
    wave = Synth(rate, rng_of(2)).wave(pitch, 1.0, 1.0).astype(float)
    first = loudest(wave, hz - 5, hz + 5, rate)
    assert first == pytest.approx(np.exp(-((hz / 9000) ** 2)), rel=0.03)
    for k in (2, 3, 5):
        if (k + 1) * hz < 0.42 * rate:
            expected = np.exp(-((k * hz / 9000) ** 2)) / k
            assert loudest(wave, k * hz - 5, k * hz + 5, rate) == pytest.approx(expected, abs=2e-3)
    frequencies, found = spectrum(wave, rate)
    away = np.abs((frequencies + hz / 2) % hz - hz / 2)
    assert found[away > 10].max(initial=0) < 0.01 * first


def test_a_hollow_wave_has_hardly_an_even_harmonic(synth):
    wave = synth.wave(57, 1.0, 1.0, odd=True)
    assert loudest(wave, 430, 450) < 0.04 * loudest(wave, 210, 230)
    assert loudest(wave, 650, 670) == pytest.approx(loudest(wave, 210, 230) / 3, rel=0.05)


def test_a_wave_begins_anywhere_in_its_period():
    starts = [float(Synth(RATE, rng_of(n)).wave(40, 0.1, 1.5)[0]) for n in range(12)]
    assert np.ptp(starts) > 0.5


def test_a_sweep_falls_to_its_end(synth):
    """By the glide's time it has gone 63 % of the way."""
    wave = synth.sweep(1.0, 400.0, 100.0, 0.1)
    phase = np.unwrap(np.arcsin(np.clip(wave, -1, 1)))
    assert wave[0] == 0 and np.abs(wave).max() <= 1
    zeros = np.flatnonzero((wave[:-1] < 0) & (wave[1:] >= 0)) / RATE
    for time in (0.05, 0.1, 0.2):
        near = np.searchsorted(zeros, time)
        middle = (zeros[near] + zeros[near - 1]) / 2
        expected = 100 + 300 * np.exp(-middle / 0.1)
        assert 1 / (zeros[near] - zeros[near - 1]) == pytest.approx(expected, rel=0.03)
    assert np.diff(zeros)[-20:] == pytest.approx(np.full(20, 0.01), abs=1e-4)
    assert len(phase) == RATE


def test_noise_lies_between_its_frequencies_and_is_as_loud_as_it_may_be(synth):
    wave = synth.noise(2.0, 1_000, 4_000)
    assert np.abs(wave).max() == pytest.approx(1)
    power = np.abs(np.fft.rfft(wave)) ** 2
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)

    def level(low: float, high: float) -> float:
        return float(10 * np.log10(power[(hz > low) & (hz < high)].mean()))

    inside = level(1_500, 2_500)
    assert level(950, 1_050) - inside == pytest.approx(-3, abs=1)
    assert level(480, 520) - inside == pytest.approx(-18, abs=1.5)
    assert level(3_900, 4_100) - inside == pytest.approx(-3, abs=1)
    assert level(7_800, 8_200) - inside == pytest.approx(-12, abs=1.5)
    assert abs(wave.mean()) < 1e-3


@pytest.mark.parametrize("n", [2, 3, 40, 200, 24_000])
def test_a_note_however_short_swells_and_fades(synth, n):
    """Half of a note that is shorter than its attack and release is the one, half the other."""
    shape = synth.envelope(n, 0.01, 0.02)
    assert len(shape) == n and shape[0] == 0 and shape[-1] == pytest.approx(0, abs=1e-6)
    rise, fall = min(n // 2, 240), min(n // 2, 480)
    assert (np.diff(shape[:rise]) >= 0).all() and (np.diff(shape[n - fall :]) <= 1e-6).all()
    assert (shape[rise : n - fall] == 1).all()
    if n >= 40:
        assert shape[rise // 2] == pytest.approx(0.5, abs=0.05)
        assert shape[n - fall // 2 - 1] == pytest.approx(0.5, abs=0.05)


def test_a_note_decays_to_a_third_in_its_time(synth):
    shape = synth.envelope(RATE, 0.0, 0.0, 0.2)
    assert shape[[2400, 4800, 9600]] == pytest.approx(np.exp([-0.5, -1, -2]), rel=1e-3)
    assert (synth.envelope(RATE, 0.0, 0.0)[1:-1] == 1).all()


def test_a_plucked_note_darkens_as_it_decays():
    """Its two waves begin anywhere in their periods, so that one note says little."""
    levels = []  # (notes, early, later and late, first and fourth harmonic)
    for n in range(24):
        wave = Synth(RATE, rng_of(n)).plucked(57, 1.0, 0.8, 2.0, 0.5, 0.2)
        assert len(wave) == round(1.2 * RATE)
        parts = wave[: RATE // 20], wave[RATE // 2 : RATE * 3 // 4], wave[RATE * 3 // 4 : RATE]
        levels.append([[loudest(w, k - 10, k + 10) for k in (220, 880)] for w in parts])
    early, later, late = np.median(levels, 0)
    assert early[1] / early[0] > 2.5 * late[1] / late[0]
    assert late[1] / late[0] == pytest.approx(1 / 16, rel=0.1), "what is left is the dark wave"
    assert late[0] / later[0] == pytest.approx(np.exp(-0.25 / 0.5), rel=0.03)


def test_a_wide_sound_is_higher_on_the_right(synth):
    sides = synth.wide(69, 4.0, 1.5, 20)
    assert sides.shape == (4 * RATE, 2)
    for side, sign in ((0, -1), (1, 1)):
        hz, found = spectrum(sides[:, side])
        near = np.abs(hz - 440) < 12
        own = 440 * 2 ** (sign * 0.2 / 12)
        assert hz[near][found[near].argmax()] == pytest.approx(own, abs=0.5)
        steady = found[np.abs(hz - 440) < 0.5].max()
        assert steady == pytest.approx(0.6 * found[near].max(), rel=0.05)
        assert found[near].max() == pytest.approx(0.6, rel=0.05)


def test_chance_is_that_of_its_seed():
    first, again, other = (
        Synth(RATE, np.random.default_rng(seed_of(n))).noise(0.1, 500, 5_000) for n in (1, 1, 2)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)
