"""Which style a dance is given: the performer's, else the one that suits what is heard. Pure."""

import math
from collections.abc import Sequence

import numpy as np

from models.spec import CONTROLS, TEMPO_REFERENCE_S, Style
from models.types import Array

# The style that each kind of music (of the band's `score`) is danced in, where a dance has it.
STYLE_OF = {
    "house": "house", "techno": "house", "electro": "house", "dnb": "house",
    "hiphop": "hiphop", "trap": "hiphop", "breakbeat": "hiphop",
    "disco": "party", "pop": "party", "rock": "party",
    "salsa": "salsa", "latin": "salsa",
}  # fmt: skip
SLOW, SLOW_BPM, FAST = "hiphop", 108.0, "house"  # nobody dances it faster; then as the other
ANY = "free"  # suits all of it, until one is clear
STAY = 0.12  # octaves of tempo that another style must be nearer before the dancer changes over
_TEMPO, _KNOWN, _THREE = (CONTROLS.index(name) for name in ("tempo", "beat_known", "in_three"))


class StyleChoice:
    """Adds the style to the rows of controls, one after the other."""

    def __init__(self, styles: Sequence[Style] = ()) -> None:
        self.styles = tuple(styles)
        self._tempos = [
            math.log2(style.bpm * TEMPO_REFERENCE_S / 60) if style.bpm else math.nan
            for style in self.styles
        ]
        self.reset()

    def reset(self) -> None:
        """No style danced yet."""
        self._danced: int | None = None

    @property
    def danced(self) -> str:
        """The style last given; "" where none was."""
        return "" if self._danced is None else self.styles[self._danced].name

    def given(self, controls: Array, wanted: str = "", groove: str = "") -> Array:
        """Controls (len(CONTROLS),) -> the same with a number a style behind them.

        `wanted` is the name of a style; where it is none, the style goes by the kind of music, of
        `STYLE_OF`; where the dance has no such style by metre and tempo, and until a beat is known
        by what was danced before, if anything was.
        """
        names = [style.name for style in self.styles]
        if wanted in names:
            self._danced = names.index(wanted)
        elif self.goes_by_music:
            suiting = STYLE_OF.get(groove) or (ANY if self._danced is None else "")
            stays = self.danced == SLOW  # no flutter where the tempo is about the limit
            if suiting == SLOW and _bpm(controls) > SLOW_BPM * 2 ** (STAY * stays):
                suiting = FAST
            if suiting in names:
                self._danced = names.index(suiting)
        else:
            self._danced = self._suiting(controls)
        row = np.zeros(len(names), np.float32)
        if self._danced is not None:
            row[self._danced] = 1.0
        return np.concatenate([controls, row])

    @property
    def goes_by_music(self) -> bool:
        """Whether most of the styles are such as `STYLE_OF` knows."""
        known = [style for style in self.styles if style.name in STYLE_OF.values()]
        return 2 * len(known) > len(self.styles)

    def _suiting(self, controls: Array) -> int | None:
        per_bar = 3 if controls[_THREE] else 4
        fitting = [i for i, s in enumerate(self.styles) if s.beats_per_bar in (0, per_bar)]
        stays = self._danced if self._danced in fitting else None
        if len(fitting) == 1:
            return fitting[0]
        with_tempo = [i for i in fitting if not math.isnan(self._tempos[i])]
        if not controls[_KNOWN] or not with_tempo:
            return stays
        away = {i: abs(self._tempos[i] - float(controls[_TEMPO])) for i in with_tempo}
        nearest = min(with_tempo, key=away.__getitem__)
        if stays is None or away.get(stays, math.inf) > away[nearest] + STAY:
            return nearest
        return stays


def _bpm(controls: Array) -> float:
    """The tempo that is told, 0 while none is known."""
    return 60 / TEMPO_REFERENCE_S * 2.0 ** float(controls[_TEMPO]) if controls[_KNOWN] else 0.0
