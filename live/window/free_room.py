"""Where a window has room beside another on one screen. Pure; no Qt.

Rectangles are (x, y, W, H), sizes (W, H), all in the same px.
"""

Rect = tuple[int, int, int, int]


def room_beside(
    free: Rect, taken: Rect, size: tuple[float, float], frame: tuple[int, int] = (0, 0)
) -> tuple[Rect, float]:
    """The room of `free` beside `taken` in which this size is largest, and how large (at most 1).

    `frame` is what a window has around it, both sides together.
    Right of it, below, left, above; where they suit alike the first. A scale of 0 or less: none.
    """
    x, y, width, height = free
    left, top, right, bottom = taken[0], taken[1], taken[0] + taken[2], taken[1] + taken[3]
    rooms = (
        (right, y, x + width - right, height),
        (x, bottom, width, y + height - bottom),
        (x, y, left - x, height),
        (x, y, width, top - y),
    )
    scales = [min(1.0, (w - frame[0]) / size[0], (h - frame[1]) / size[1]) for _, _, w, h in rooms]
    best = max(range(len(rooms)), key=scales.__getitem__)
    return rooms[best], scales[best]
