"""`--calibrate`: how much earlier or later the picture must be for this machine's devices.

First clicks are played and heard again, where a microphone hears the loudspeaker; then a person
moves a flash until it meets the click. Either part may be left out.
"""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import accumulate

import numpy as np

from live.calibration.clicks import RoundTrip, clicks, find_clicks
from live.calibration.delays import Delays, in_words, read_delays, write_delays
from live.core.media_clock import MediaClock
from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.sound.microphone import Microphone
from live.sound.open import DEFAULT_INPUT, open_source
from live.sound.output_stream import default_output, playable_rate
from live.sound.player import Player
from live.sound.source import SourceError
from live.window.display import has_display
from models.types import Array

Say = Callable[[str], None]
RATE = 48_000
# No two sums of neighbours are alike within 10 ms, so only the true delay suits all clicks.
GAPS_S = (0.31, 0.43, 0.37, 0.29, 0.47, 0.34, 0.41, 0.28, 0.45, 0.33, 0.39)
FIRST_S = 1.5  # of silence: devices settle
AFTER_S = 1.2  # the longest delay that is looked for, and a little more
TIMES_S = tuple(accumulate(GAPS_S, initial=FIRST_S))
WIDEST_S = 0.005  # the middle half of the clicks must agree so well
ALOUD_S = 5.0  # at most until the output is heard of


class _Listening:
    """What comes of a source: its clock, and its sound when that is kept."""

    def __init__(self, keeps: bool) -> None:
        self.clock = MediaClock(time.perf_counter())
        self.blocks: list[AudioBlock] = []
        self.began = threading.Event()
        self._keeps = keeps

    def put(self, block: AudioBlock) -> None:
        self.clock.observe(block.end, block.captured_at, block.stood)
        if self._keeps:
            self.blocks.append(block)
        self.began.set()

    def sound(self) -> Array:
        """Mono, from the first sample on, lost ones silent."""
        if not self.blocks:
            return np.zeros(0, np.float32)
        last = self.blocks[-1]
        sound = np.zeros(last.first_sample + len(last.samples), np.float32)
        for block in self.blocks:
            end = block.first_sample + len(block.samples)
            sound[block.first_sample : end] = block.samples.mean(axis=1)
        return sound


def calibrate(settings: Settings, say: Say) -> int:
    """Measure, ask, keep; 0 when something was kept.

    Raises SourceError when there is nothing to play through.
    """
    if playable_rate(RATE, 1) is None:
        raise SourceError("There is no sound output: clicks cannot be played on this computer.")
    loudspeaker = default_output()
    kept = found = read_delays()
    try:
        source = open_source(settings.input)
    except SourceError as error:
        if settings.input != DEFAULT_INPUT:
            raise
        say(f"microphone   {error}")
        source = None
    microphone = source if isinstance(source, Microphone) else None
    if microphone is not None:
        found = _by_loop(found, microphone, loudspeaker, say)
    works, reason = has_display()
    if works and not settings.headless:
        found = _by_eye(found, settings, loudspeaker, say)
    else:
        say(f"eye and ear  left out: {reason or 'no window was asked for.'}")
    if found == kept:
        say("nothing new to keep")
        return 1
    say(f"kept in      {write_delays(found)}")
    if microphone is not None:
        _tell(found.to_microphone(microphone.name), f'the input "{microphone.name}"', say)
    _tell(found.to_loudspeaker(loudspeaker), f'what plays through "{loudspeaker}"', say)
    return 0


def _tell(delay: float | None, what: str, say: Say) -> None:
    if delay is not None:
        say(f"from now on  the picture {in_words(delay)} for {what}")


def _by_loop(found: Delays, microphone: Microphone, loudspeaker: str, say: Say) -> Delays:
    seconds = TIMES_S[-1] + AFTER_S
    say(f"microphone   playing {len(TIMES_S)} clicks, {seconds:.0f} seconds ...")
    trip = measure_loop(microphone)
    if trip is not None and trip.spread > WIDEST_S:
        say(
            f"microphone   not kept: the clicks lie {trip.spread * 1e3:.0f} ms apart, so the sound "
            "stutters; close other programs and try again."
        )
        return found
    if trip is None:
        say(
            f'microphone   "{microphone.name}" does not hear the clicks: turn the loudspeaker up '
            "or bring the microphone nearer; without them only the eye and the ear count."
        )
        return found
    say(
        f"microphone   {trip.delay * 1e3:.1f} ms from loudspeaker to microphone ({trip.n_found} of "
        f"{len(TIMES_S)} clicks, within {trip.spread * 1e3:.1f} ms)"
    )
    return found.with_loop(microphone.name, loudspeaker, trip.delay)


def measure_loop(microphone: Microphone) -> RoundTrip | None:
    """Play the clicks and hear them: what a show's two clocks say of the same click.

    None when they are not heard. Takes about eight seconds; the microphone is stopped.
    """
    seconds = TIMES_S[-1] + AFTER_S
    player = Player("clicks", RATE, 1, lambda: _clicks(seconds))
    played, heard = _Listening(keeps=False), _Listening(keeps=True)
    microphone.start(heard.put)
    try:
        heard.began.wait(ALOUD_S)
        player.start(played.put)
        player.finished.wait(seconds + ALOUD_S)
        time.sleep(AFTER_S)
    finally:
        player.stop()
        microphone.stop()
    expected = [heard.clock.media(played.clock.host(t)) for t in TIMES_S]
    return find_clicks(heard.sound(), microphone.rate, expected)


def _clicks(seconds: float) -> Iterator[Array]:
    """At any rate the player takes: it resamples."""
    yield clicks(RATE, TIMES_S, seconds)


def _by_eye(found: Delays, settings: Settings, loudspeaker: str, say: Say) -> Delays:
    from live.calibration.window import CalibrationWindow, run

    ticks = Player("clicks", RATE, 1, _every_second)
    heard = _Listening(keeps=False)
    ticks.start(heard.put)
    try:
        window = CalibrationWindow(
            heard.clock, found.to_loudspeaker(loudspeaker) or 0.0, settings.fullscreen
        )
        delay = run(window)
    finally:
        ticks.stop()
    if delay is None:
        say("eye and ear  left as it was")
        return found
    say(f"eye and ear  flash and click meet with the picture {in_words(delay)}")
    return found.with_picture(loudspeaker, delay)


def _every_second() -> Iterator[Array]:
    one = clicks(RATE, [0.0], 1.0)
    while True:
        yield one
