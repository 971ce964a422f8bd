"""Which kind of music is heard: what the beat network says of some seconds. Pure."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from models.spec import CHUNK_SECONDS
from models.types import Array

OVER_S = 8.0  # as the network learned it
LEAST_S = 4.0  # of music, before anything is said
SURE = 0.5  # belief from which a kind is said
LEADS_S = 3.0  # how long another kind must lead


class GrooveEar:
    """`groove` is the name of the kind that is heard, "" while that is not clear."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        self.groove = ""
        self._recent: deque[Array] = deque(maxlen=round(OVER_S / CHUNK_SECONDS))
        self._leads_s = 0.0
        self._leading = ""

    def feed(self, logits: Array) -> str:
        """What is said of the next chunk, (len(names),) -> the kind of music."""
        if not self._names:
            return ""
        self._recent.append(logits)
        if len(self._recent) < round(LEAST_S / CHUNK_SECONDS):
            return self.groove
        mean = np.mean(self._recent, 0)
        best = int(mean.argmax())
        belief = 1 / float(np.exp(mean - mean[best]).sum())
        leading = self._names[best] if belief > SURE else ""
        if leading and leading == self._leading:
            self._leads_s += CHUNK_SECONDS
        else:
            self._leading, self._leads_s = leading, 0.0
        if leading and (not self.groove or self._leads_s > LEADS_S):
            self.groove = leading
        return self.groove
