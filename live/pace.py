"""How long before it is due a frame has to be begun, from how long the last ones took. Pure."""

MARGIN_S = 0.003
MAX_AHEAD_S = 0.085  # earlier, the poses of the frame would not be predicted yet
SLOT_SHARE = 0.97  # of a slot: as soon as the frame before it is out, so that slow ones have time


class Pace:
    """Fed with the seconds that each frame took; `slot` is the time from frame to frame."""

    def __init__(self, slot: float) -> None:
        self.slot = slot
        self.usual = slot / 2  # s, a running mean

    def took(self, seconds: float) -> None:
        # One hiccup counts as twice the usual, so that it does not change what is expected.
        self.usual += 0.1 * (min(seconds, 2 * self.usual) - self.usual)

    @property
    def ahead(self) -> float:
        """Seconds before its due time at which a frame is begun."""
        return min(MAX_AHEAD_S, max(SLOT_SHARE * self.slot, self.usual + MARGIN_S))
