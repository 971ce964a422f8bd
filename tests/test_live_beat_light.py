"""The beat on the bar, painted offscreen: which lights are lit, how strongly, what is written."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A clock of its own: meters 20 times a second and 30 pictures a second, as the window does it.
SCENE = """
    import json, time
    import numpy as np
    from dataclasses import replace
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication, QWidget
    app = QApplication([])
    from live.window.beat_light import WIDTH, BeatLight
    from live.core.messages import Beat, Meters

    METERS = Meters("listening", "a", "b", None, None, None, 30., 1., 1., 1., 0, 0, True)
    widget = QWidget()

    def picture(light):
        image = QImage(int(WIDTH) + 20, 36, QImage.Format.Format_RGB32)
        image.fill(0xFF14161A)
        painter = QPainter(image)
        light.paint(painter, widget, 10.0)
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(36, -1, 4)
        return pixels[..., 2::-1].astype(int)

    def lights(pixels):
        "Green of the middle of each light, from the left; of those that are painted."
        row = pixels[19, 98:]
        inside = (row.max(1) > 40).astype(int)
        edges = np.flatnonzero(np.diff(inside, prepend=0, append=0)).reshape(-1, 2)
        return [int(row[(a + b) // 2, 1]) for a, b in edges]

    def known(now, bpm, n, confidence=0.0, by_hand=False, source="", **more):
        beats = now * bpm / 60
        phase, bar = beats % 1, beats / n % 1 if n > 1 else None
        beat = Beat(now, .5, 0., bpm, phase, bar, confidence, n, by_hand, source=source)
        return replace(METERS, beat=beat, beat_phase=phase, bar_phase=bar, **more)

    def play(seconds, bpm, n, **more):
        "(time, lights) of each picture."
        light, seen, meters_at, before = BeatLight(), [], -1.0, 0.0
        for k in range(int(seconds * 250)):
            now = k / 250
            if now - meters_at >= 0.05:
                meters_at = now
                light.show(known(now, bpm, n, **more), now)
            if now - before >= 1 / 30:
                light.animate(now, now - before)
                before = now
                seen.append((now, lights(picture(light))))
        return seen
"""


def run(code):
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCENE) + textwrap.dedent(code)],
        capture_output=True, text=True, env=env, timeout=60, check=False,
    )  # fmt: skip
    if "cannot open shared object file" in done.stderr:
        pytest.skip(f"Qt does not start here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


def test_the_lights_of_a_bar_are_lit_one_after_the_other():
    run(
        """
        for n in (3, 4):
            for now, green in play(6, 120, n, confidence=0.9):
                assert len(green) == n, (now, green)
                beats = now * 2
                if now > 0.6 and 0.1 < beats % 1 < 0.9:
                    assert int(np.argmax(green)) == int(beats) % n, (now, green)
                    dark = sorted(green)[:-1]
                    assert max(dark) < 80 and max(green) > 100, (now, green)
        """
    )


def test_no_beat_is_missed_and_none_is_seen_twice():
    """Meters that come between a beat and the next picture must not swallow it."""
    run(
        """
        for bpm in (97, 120, 151):
            seen = play(20, bpm, 1, confidence=0.9)
            bright = [green[0] for _, green in seen]
            times = [t for t, _ in seen]
            flashes = [times[k] for k in range(1, len(seen)) if bright[k] > bright[k - 1] + 30]
            beats = np.arange(1, int(20 * bpm / 60)) * 60 / bpm
            assert len(flashes) in (len(beats), len(beats) + 1), (bpm, len(flashes), len(beats))
            nearest = [min(flashes, key=lambda t: abs(t - b)) - b for b in beats]
            assert -0.02 < min(nearest) and max(nearest) < 0.025, (bpm, min(nearest), max(nearest))
        """
    )


def test_an_unsure_beat_makes_faint_lights_and_a_hand_full_ones():
    run(
        """
        sure, unsure, hand = (
            max(green[0] for _, green in play(3, 120, 1, **more))
            for more in ({"confidence": 0.9}, {"confidence": 0.05},
                         {"confidence": 0.05, "by_hand": True})
        )
        assert sure > unsure + 60 and hand == sure, (sure, unsure, hand)
        """
    )


def test_without_a_tempo_one_dark_light_and_a_tap_is_seen():
    run(
        """
        light = BeatLight()
        now = time.perf_counter()
        light.show(METERS, now)
        light.animate(now, 0.03)
        before = picture(light)
        assert len(lights(before)) == 1 and lights(before)[0] < 60
        light.tapped(time.perf_counter())
        tapped = picture(light)
        assert tapped.mean() > before.mean() + 20
        time.sleep(0.3)
        assert (picture(light) == before).all()
        light.show(replace(METERS, taps=1), time.perf_counter())  # a tap that came over OSC
        assert picture(light).mean() > before.mean() + 20
        """
    )


def test_the_hand_and_the_nudge_are_written():
    run(
        """
        def label(**more):
            light = BeatLight()
            light.show(known(0.3, 128, 4, confidence=0.9, **more), 0.3)
            return picture(light)[:, 40:95]

        ear, hand, moved = label(), label(by_hand=True), label(nudge_ms=-20.0)
        midi, link = label(source="midi"), label(source="link")
        white = lambda pixels: int((pixels.min(2) > 180).sum())
        assert white(hand) > white(ear) + 100, (white(hand), white(ear))  # a badge, not letters
        assert min(white(midi), white(link)) > white(ear) + 100 and (midi != link).any()
        assert white(moved[22:]) > white(ear[22:]), "the nudge is below"
        assert (moved != ear).any() and (hand != moved).any()
        assert (label(nudge_ms=0.2) == ear).all()
        """
    )
