"""Blocks of any rate, size and channels become the same 0.1 s chunks, on time, losses counted."""

from itertools import pairwise

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from seeds import rng_of

from live.core.messages import AudioBlock, AudioChunk
from live.sound.chunker import Chunker
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE

RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000)
STARTED_AT = 100.0  # host time of sample 0


def sound(rate: int, seconds: float, channels: int = 1, seed: int = 0) -> NDArray[np.float32]:
    """Tones and noise, float32 (n, channels)."""
    rng = rng_of(seed)
    time = np.arange(round(rate * seconds)) / rate
    tones = sum(np.sin(2 * np.pi * hz * time + hz) for hz in (90.0, 440.0, 1_900.0, 3_300.0))
    noise = rng.standard_normal((len(time), channels)) * 0.02
    return (0.1 * np.asarray(tones)[:, None] + noise).astype(np.float32)


def block(samples: NDArray[np.float32], rate: int, first: int) -> AudioBlock:
    return AudioBlock(samples, rate, first, STARTED_AT + (first + len(samples)) / rate)


def chunks_of(
    samples: NDArray[np.float32], rate: int, cuts: list[int], end: bool = True
) -> list[AudioChunk]:
    chunker = Chunker()
    edges = [0, *cuts, len(samples)]
    chunks: list[AudioChunk] = []
    for first, last in pairwise(edges):
        chunks += chunker.feed(block(samples[first:last], rate, first))
    return chunks + (chunker.flush() if end else [])


def joined(chunks: list[AudioChunk]) -> NDArray[np.float32]:
    return np.concatenate([chunk.samples for chunk in chunks])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_cutting_gives_the_same_chunks(rate: int, channels: int) -> None:
    samples = sound(rate, 1.37, channels)
    whole = chunks_of(samples, rate, [])
    rng = rng_of(rate)
    cuttings = [
        list(range(rate // 100, len(samples), rate // 100)),
        sorted(rng.integers(0, len(samples), 40).tolist()),
        list(range(1, 50)),
    ]
    for cuts in cuttings:
        chunks = chunks_of(samples, rate, cuts)
        assert [chunk.index for chunk in chunks] == list(range(14))
        assert np.array_equal(joined(chunks), joined(whole))
        heard = [chunk.captured_at for chunk in chunks]
        assert np.allclose(heard, STARTED_AT + 0.1 * np.arange(1, 15), atol=1e-6)
        assert not any(chunk.n_lost for chunk in chunks)


@pytest.mark.parametrize("rate", RATES)
def test_the_sound_is_what_a_whole_song_resampler_makes_of_it(rate: int) -> None:
    samples = sound(rate, 2.0)
    ours = joined(chunks_of(samples, rate, list(range(441, len(samples), 441))))
    reference = soxr.resample(samples[:, 0], rate, SAMPLE_RATE, quality="VHQ")
    inside = slice(400, 2 * SAMPLE_RATE - 400)
    # Up to 6.5 kHz: between there and 8 kHz the two filters fall differently.
    error = np.abs(np.fft.rfft((ours[: len(reference)] - reference)[inside]))
    band = np.fft.rfftfreq(inside.stop - inside.start, 1 / SAMPLE_RATE) < min(6_500, 0.4 * rate)
    power = np.abs(np.fft.rfft(reference[inside]))
    assert np.sqrt((error[band] ** 2).mean() / (power[band] ** 2).mean()) < 10 ** (-50 / 20)


def test_nothing_above_8_khz_folds_into_the_music() -> None:
    time = np.arange(48_000) / 48_000
    whistle = np.sin(2 * np.pi * 10_500 * time).astype(np.float32)[:, None]
    heard = joined(chunks_of(whistle, 48_000, [], end=False))
    assert 20 * np.log10(heard[400:-400].std() / 0.7071) < -55


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_a_chunk_is_complete_within_3_ms_of_its_sound(rate: int) -> None:
    chunker = Chunker()
    step = rate // 1_000  # blocks of 1 ms
    samples = sound(rate, 1.0)
    for first in range(0, len(samples), step):
        part = block(samples[first : first + step], rate, first)
        for chunk in chunker.feed(part):
            assert 0.0 <= part.captured_at - chunk.captured_at + 1e-6 < 0.003


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_click_keeps_its_media_time(rate: int) -> None:
    samples = np.zeros((rate, 1), np.float32)
    samples[round(0.33 * rate)] = 1.0
    heard = joined(chunks_of(samples, rate, [1_000, 1_234, 9_999], end=False))
    assert abs(int(np.argmax(np.abs(heard))) / SAMPLE_RATE - 0.33) < 1.5 / SAMPLE_RATE


def test_the_host_time_of_a_chunk_lies_inside_its_block() -> None:
    """One block of 0.25 s: the first two chunks ended 0.15 s and 0.05 s before it."""
    chunks = Chunker().feed(AudioBlock(sound(16_000, 0.25), 16_000, 0, 7.0))
    assert [chunk.captured_at for chunk in chunks] == pytest.approx([6.85, 6.95])


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_short_loss_is_counted_silence_and_moves_nothing(rate: int) -> None:
    samples = sound(rate, 1.0)
    chunker = Chunker()
    first_lost, last_lost = round(0.32 * rate), round(0.47 * rate)
    chunks = chunker.feed(block(samples[:first_lost], rate, 0))
    chunks += chunker.feed(block(samples[last_lost:], rate, last_lost)) + chunker.flush()
    assert [chunk.index for chunk in chunks] == list(range(10))
    assert [chunk.n_lost for chunk in chunks] == [0, 0, 0, 1_280, 1_120, 0, 0, 0, 0, 0]
    whole, heard = joined(chunks_of(samples, rate, [])), joined(chunks)
    edge = 30  # where the filter sees the loss
    assert np.abs(heard[5_120 + edge : 7_520 - edge]).max() < 1e-3
    assert np.allclose(heard[7_520 + edge :], whole[7_520 + edge :], atol=1e-4)
    assert [c.captured_at for c in chunks] == pytest.approx(STARTED_AT + 0.1 * np.arange(1, 11))


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_long_loss_is_a_jump_in_the_index(rate: int) -> None:
    samples = sound(rate, 6.0)
    chunker = Chunker()
    first_lost, last_lost = round(0.25 * rate), round(5.03 * rate)
    chunks = chunker.feed(block(samples[:first_lost], rate, 0))
    chunks += chunker.feed(block(samples[last_lost:], rate, last_lost)) + chunker.flush()
    assert [chunk.index for chunk in chunks] == [0, 1, 2, *range(50, 60)]
    assert [chunk.n_lost for chunk in chunks[:5]] == [0, 0, 800, 480, 0]
    assert chunks[3].captured_at == pytest.approx(STARTED_AT + 5.1, abs=1e-4)
    whole = chunks_of(samples, rate, [])
    assert np.allclose(chunks[-2].samples, whole[-2].samples, atol=1e-4)


def test_sound_that_came_already_is_not_heard_twice() -> None:
    samples = sound(16_000, 1.0)
    chunker = Chunker()
    chunks = chunker.feed(block(samples[:8_000], 16_000, 0))
    chunks += chunker.feed(block(samples[4_000:6_000], 16_000, 4_000))
    chunks += chunker.feed(block(samples[7_000:], 16_000, 7_000))
    assert np.array_equal(joined(chunks), joined(chunks_of(samples, 16_000, [])))


def test_a_device_that_changes_its_rate_goes_on_in_media_time() -> None:
    before, after = sound(44_100, 1.0), sound(48_000, 2.0)
    chunker = Chunker()
    chunks = chunker.feed(block(before[:22_050], 44_100, 0))
    chunks += chunker.feed(block(after[24_000:], 48_000, 24_000)) + chunker.flush()
    assert [chunk.index for chunk in chunks] == list(range(20))
    whole = chunks_of(after, 48_000, [])
    assert np.allclose(joined(chunks[6:]), joined(whole[6:]), atol=1e-4)
    assert sum(chunk.n_lost for chunk in chunks) <= 1


def test_broken_numbers_never_pass() -> None:
    samples = sound(44_100, 0.5)
    samples[1_000:1_100] = np.nan
    samples[5_000:5_100] = np.inf
    samples[9_000:9_100] = -np.inf
    samples[12_000:14_000] = 40.0
    heard = joined(chunks_of(samples, 44_100, [3_000, 9_050]))
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1.0
    assert heard.dtype == np.float32


def test_a_long_show_keeps_nothing() -> None:
    chunker = Chunker()
    silence = np.zeros((480, 1), np.float32)
    for i in range(3_000):
        # A lost block now and then, as a long night has them.
        if i % 100:
            chunker.feed(block(silence, 48_000, 480 * i))
    kept = [value for value in vars(chunker).values() if hasattr(value, "__len__")]
    assert max(len(value) for value in kept) <= CHUNK_SAMPLES


def test_two_loud_channels_are_mixed_before_they_are_clipped() -> None:
    loud = np.repeat(np.float32([[1.5, 0.1]]), 3 * CHUNK_SAMPLES, 0)
    loud[2 * CHUNK_SAMPLES :] *= 4
    chunks = chunks_of(loud, SAMPLE_RATE, [1_000])
    assert np.allclose(chunks[0].samples, 0.8) and np.allclose(chunks[1].samples, 0.8)
    assert np.array_equal(chunks[2].samples, np.ones(CHUNK_SAMPLES, np.float32))


@pytest.mark.parametrize("lost", [1, 2, 1_600])
def test_every_sample_that_was_lost_is_one_of_silence(lost: int) -> None:
    samples = sound(SAMPLE_RATE, 0.4)
    chunker = Chunker()
    chunks = chunker.feed(block(samples[:2_000], SAMPLE_RATE, 0))
    chunks += chunker.feed(block(samples[2_000 + lost :], SAMPLE_RATE, 2_000 + lost))
    heard, expected = joined(chunks), samples[:, 0].copy()
    expected[2_000 : 2_000 + lost] = 0
    assert np.allclose(heard, expected, atol=1e-6)
    assert sum(chunk.n_lost for chunk in chunks) == lost


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_what_is_lost_is_counted_in_the_chunk_it_belongs_to(rate: int) -> None:
    """Half a chunk that begins with the second one, known before the first is complete."""
    chunker, chunks, n_block = Chunker(), [], rate // 100
    for number in [*range(10), *range(15, 60)]:
        samples = np.full((n_block, 1), 0.1, np.float32)
        chunks += chunker.feed(AudioBlock(samples, rate, number * n_block, number / 100))
    assert [chunk.n_lost for chunk in chunks[:4]] == [0, 800, 0, 0]
    assert [chunk.index for chunk in chunks[:4]] == [0, 1, 2, 3]


@pytest.mark.parametrize("missing", [0, 1, 2, 5])
def test_a_source_of_another_rate_goes_on_at_its_own_media_time(missing: int) -> None:
    chunker = Chunker()
    chunker.feed(AudioBlock(np.full((1_000, 1), 0.1, np.float32), 16_000, 0, 1.0))
    later = np.full((9_600, 1), 0.1, np.float32)
    first, second = chunker.feed(AudioBlock(later, 48_000, 3 * (1_000 + missing), 2.0))[:2]
    assert (first.index, first.n_lost, second.n_lost) == (0, missing, 0)
    assert np.count_nonzero(first.samples[1_000 : 1_000 + missing]) == 0
