"""How long what broke rests before it is started again: longer each time. Pure."""

FIRST_S, LONGEST_S = 1.0, 30.0
HEALTHY_S = 60.0  # having run so long, it has all its chances again


class BackOff:
    """Pauses of 0, 1, 2, 4, 8, 16, 30, 30 ... s; from the beginning after a minute of health."""

    def __init__(self) -> None:
        self._next = 0.0

    def pause_after(self, ran: float) -> float:
        """Seconds to rest now that it broke after `ran` seconds."""
        pause = 0.0 if ran >= HEALTHY_S else self._next
        self._next = min(LONGEST_S, max(FIRST_S, 2 * pause))
        return pause


def in_words(pause: float) -> str:
    """When that is, as the end of a sentence: "it is started again in 4 s."."""
    return f"it is started again {f'in {pause:g} s' if pause else 'at once'}."
