"""Songs of the band with a dance of recorded figures laid under them, beat on beat."""

from collections.abc import Sequence

import numpy as np
import soxr

from models import spec
from models.band import score, songs
from models.band.club_grooves import CLUB
from train.songs.beat_as_heard import detected_beats
from train.songs.clip import Clip, Figure, figures_of
from train.songs.pulse import FASTEST_BPM, SLOWEST_BPM
from train.songs.routine import STRETCH, Routines
from train.songs.song import POSE_HZ, Song, at_stage_level

SECONDS = 60.0
# What is played to a style, the likeliest first; a style that is not named is danced to all.
MUSIC = {
    "house": ("house", "techno", "electro", "disco", "breakbeat", "dnb"),
    "hiphop": ("hiphop", "trap", "breakbeat", "pop", "dnb"),
    "party": ("disco", "pop", "rock", "house", "electro"),
    "salsa": ("salsa", "latin"),
}
USUAL = {"house": (116, 130), "disco": (106, 128), "pop": (80, 126), "latin": (84, 130)}  # BPM
UNUSUAL = 1.12  # how far beyond its usual tempos a style is played
OF_THE_CLIP = 1.1  # how much slower or faster than one of its clips a song is
SPLITS = {8: "val", 9: "test"}  # by the last digit of the song's number
_BAND_RATE = 32_000


def make_song(
    clips: Sequence[Clip], style: str, number: int, licence: str, provenance: str
) -> Song:
    """Song `number` of a style: other music, another tempo and another routine each.

    Raises ValueError when no clip of that style is as long as a figure.
    """
    rng = np.random.default_rng([number, sum(style.encode())])
    own = [clip for clip in clips if clip.style == style and figures_of(clip)]
    if not own:
        raise ValueError(f"no clip of the style {style} is long enough for a figure")
    lasting = np.array([clip.seconds for clip in own])
    pulse = own[int(rng.choice(len(own), p=lasting / lasting.sum()))].pulse
    assert pulse is not None
    bpm = float(np.clip(pulse.bpm * np.exp(rng.uniform(-1, 1) * np.log(OF_THE_CLIP)),
                        SLOWEST_BPM, FASTEST_BPM))  # fmt: skip
    music = _music(style, bpm, int(rng.integers(1 << 30)), rng)
    audio = at_stage_level(soxr.resample(music.mono, _BAND_RATE, spec.SAMPLE_RATE))
    times = np.arange(round(SECONDS * POSE_HZ)) / POSE_HZ
    figures = [figure for clip in own for figure in _danced_at(clip, music.dance_bpm)]
    counts_a_beat = 1 / music.beats_per_dance_beat
    poses = Routines(figures, music.dance_bpm).dance(music, counts_a_beat, times, rng)
    count = (times - music.beat_times[0]) * music.dance_bpm / 60
    n_beats = len(music.beat_times) * counts_a_beat
    beats = np.where((count >= 0) & (count < n_beats), count, np.nan).astype(np.float32)
    return Song(
        name=f"{style}_{number:03d}_{music.style}",
        style=style,
        split=SPLITS.get(number % 10, "train"),
        beats_per_bar=4,
        audio=audio,
        poses=poses,
        real=poses,
        beats=beats,
        heard=detected_beats(audio, POSE_HZ, len(poses)),
        licence=licence,
        provenance=provenance,
    )


def _danced_at(clip: Clip, bpm: float) -> list[Figure]:
    """Figures of a clip whose counts, or every second or half count, come about so often."""
    assert clip.pulse is not None
    return [
        figure
        for beats_a_count in (1.0, 2.0, 0.5)
        if 1 / STRETCH <= bpm * beats_a_count / clip.pulse.bpm <= STRETCH
        for figure in figures_of(clip, beats_a_count)
    ]


def _music(style: str, bpm: float, seed: int, rng: np.random.Generator) -> songs.Song:
    """Something in four that is danced at `bpm`, rather of what suits the style."""
    every = [s for s in (*score.STYLES, *score.CLUB_STYLES) if s not in ("waltz", "drums")]
    wanted = MUSIC.get(style, tuple(every))
    fitting = [(name, level) for name in wanted for level in (1, 2) if _is_played(name, bpm, level)]
    fitting = fitting or [("drums", 1)]
    name, level = fitting[int(rng.integers(len(fitting)))]
    form = None if rng.random() < 0.7 or name in score.CLUB_STYLES else "club"
    swung = float(rng.uniform(0.55, 0.66)) if rng.random() < 0.2 else 0.5
    return songs.make_song(seed, name, bpm * level, SECONDS, _BAND_RATE, swung, form)


def _is_played(name: str, bpm: float, level: int) -> bool:
    """Whether it is played at tempos that are danced at `bpm` by every `level`-th beat."""
    tempos: Sequence[tuple[int, int]] = CLUB[name].tempos if name in CLUB else (USUAL[name],)
    played = bpm * level
    if not score.MIN_BPM <= played <= (score.CLUB_MAX_BPM if name in CLUB else score.MAX_BPM):
        return False
    return score.beats_per_dance_beat(name, played) == level and any(
        low / UNUSUAL <= played <= high * UNUSUAL for low, high in tempos
    )
