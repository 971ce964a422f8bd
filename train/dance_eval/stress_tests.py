"""Trials beside whole songs: music that stops, a drum loop, five minutes on end. Pure.

`Trials` are made once (the beat is heard then) and every dance goes through the same ones.
"""

from dataclasses import dataclass

import numpy as np

from models import skeleton, spec
from models.band import songs as band
from models.types import Array
from train.dance_eval import beat_alignment, measures
from train.dance_eval.perform import FIRST_POSE_S, Dance, Show, controls_for
from train.songs import beat_as_heard
from train.songs.song import POSE_HZ, Song, at_stage_level

SKIP = 200  # poses: the first 20 s say nothing of how a dance runs on
MUSIC_S, GAP_S = 25, 20
LOOP_BPM, LOOP_S = 125.0, 60.0
STYLES = ("house", "pop", "disco", "latin", "drums")  # a minute of each
BENT, OUTSIDE = -0.35, 0.8  # nose lower than this; hips further to a side (body units)
MOVING = 0.3  # of the usual speed, over 0.5 s


@dataclass(frozen=True)
class Trial:
    """Music that was made or cut for a purpose, and the controls that the dancer is given."""

    audio: Array
    controls: Array


@dataclass(frozen=True)
class Trials:
    """All trials, ready to be danced."""

    show: Show
    gaps: dict[str, Trial]  # by song
    loop: Trial
    loop_beats: Array  # s
    marathon: Trial

    @staticmethod
    def of(songs: list[Song], show: Show) -> "Trials":
        """Made from these songs and the project's own band."""
        loop = band.four_on_the_floor(LOOP_BPM, LOOP_S, spec.SAMPLE_RATE)
        played = [band.make_song(k, s, None, 60.0, spec.SAMPLE_RATE) for k, s in enumerate(STYLES)]
        return Trials(
            show=show,
            gaps={song.name: _heard(_with_gap(song), song.beats_per_bar, show) for song in songs},
            loop=_heard(at_stage_level(loop.mono), 4, show),
            loop_beats=loop.beat_times,
            marathon=_heard(
                np.concatenate([at_stage_level(song.mono) for song in played]), 4, show
            ),
        )

    def silence(self, dance: Dance, song: str, usual_speed: float) -> dict[str, float]:
        """Speed from 3 s after the music stops, and how soon it moves when music returns."""
        pace = measures.pace(self._danced(dance, self.gaps[song], [0])[0]) / usual_speed
        back = round((MUSIC_S + GAP_S) * measures.HZ) - 1  # the first step it can answer with
        moving = np.flatnonzero(np.convolve(pace[back:], np.ones(5) / 5, "valid") > MOVING)
        return {
            "silence": float(pace[round((MUSIC_S + 3) * measures.HZ) : back].mean()),
            "wakes_s": float(moving[0] / measures.HZ) if len(moving) else 99.0,
        }

    def drum_loop(self, dance: Dance, seeds: list[int]) -> dict[str, float]:
        """On the beat of a four-on-the-floor loop?"""
        danced = self._danced(dance, self.loop, seeds)[:, SKIP:]
        first = FIRST_POSE_S + SKIP * spec.CHUNK_SECONDS
        found = [
            beat_alignment.align(
                beat_alignment.accents(beat_alignment.finer(poses)),
                self.loop_beats - first,
                len(poses) / measures.HZ,
            )
            for poses in danced
        ]
        return {
            **beat_alignment.pooled([result for result in found if result]),
            "speed": float(np.mean([measures.speed(poses) for poses in danced])),
            "repeat": float(np.mean([measures.repeat(poses)[0] for poses in danced])),
        }

    def endurance(self, dance: Dance, seeds: list[int], usually_bent: float) -> dict[str, float]:
        """Upright, in the picture and moving after five minutes?

        `usually_bent` is the share of real poses with a bowed head: ballroom dancers bow, deeply;
        more than twice as much is a dancer that has fallen.
        """
        danced = self._danced(dance, self.marathon, seeds)
        minute = round(60 * measures.HZ)
        bent = float((danced[:, :, skeleton.NOSE, 1] > BENT).mean())
        return {
            "bent": bent,
            "bent_known": usually_bent,
            "fallen": max(0.0, bent - 2 * usually_bent),
            "outside": float((np.abs(skeleton.pelvis(danced)[..., 0]) > OUTSIDE).mean()),
            "speed_first": float(np.mean([measures.speed(poses[:minute]) for poses in danced])),
            "speed_last": float(np.mean([measures.speed(poses[-minute:]) for poses in danced])),
        }

    def _danced(self, dance: Dance, trial: Trial, seeds: list[int]) -> Array:
        return dance.perform(trial.audio, trial.controls, seeds, self.show.temperature)


def bent_share(poses: Array) -> float:
    """Share of poses with the nose low."""
    return float((poses[:, skeleton.NOSE, 1] > BENT).mean())


def _with_gap(song: Song) -> Array:
    """25 s of the song, 20 s of nothing, then music that was danced to before.

    A song may have a break of its own; what returns must be known to move the dancer.
    """
    cut = MUSIC_S * spec.SAMPLE_RATE
    gap = np.zeros(GAP_S * spec.SAMPLE_RATE, np.float32)
    return np.concatenate([song.audio[:cut], gap, song.audio[cut // 2 : cut]])


def _heard(audio: Array, beats_per_bar: int, show: Show) -> Trial:
    # Its true beats are not at hand, so a show that is given them hears them here.
    beats = beat_as_heard.detected_beats(audio, POSE_HZ) if show.beat == "grid" else np.zeros(0)
    return Trial(audio, controls_for(audio, beats, beats_per_bar, show))
