"""How long before it is due a frame has to be begun, from how long the last ones took. Pure."""

MARGIN_S = 0.003
MAX_AHEAD_S = 0.085  # earlier, the poses of the frame would not be predicted yet
SLOT_SHARE = 0.9  # of a slot, at most, is kept for rare slow frames
FORGET = 0.97  # per frame: how fast a slow one is forgotten


class Pace:
    """Fed with the seconds that each frame took; `slot` is the time from frame to frame."""

    def __init__(self, slot: float) -> None:
        self.slot = slot
        self.usual = slot / 2  # s, a running mean
        self._slowest = 0.0

    def took(self, seconds: float) -> None:
        # One hiccup counts as twice the usual, so that it does not change what is expected.
        self.usual += 0.1 * (min(seconds, 2 * self.usual) - self.usual)
        self._slowest = max(FORGET * self._slowest, seconds)

    @property
    def ahead(self) -> float:
        """Seconds before its due time at which a frame is begun."""
        # More than a slot would push the frame before it out of its place.
        spare = min(self._slowest, SLOT_SHARE * self.slot)
        return min(MAX_AHEAD_S, max(spare, self.usual) + MARGIN_S)
