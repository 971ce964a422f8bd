"""Several dancers on one stage screen: each in their place, one before the other.

Only the thread that paints may use one, but for `place` and `on_stage`, which any may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from live.core.cutout import Box, Cutout, at_its_edges, cut
from live.core.cutouts import Cutouts
from live.core.places import Own
from live.picture.background import Background
from live.picture.painter import Painter
from live.picture.placement import Placement
from live.picture.row import farthest_first, row_of, standing
from live.picture.skeleton_painter import SkeletonPainter
from models.runtime.painter import Picture
from models.skeleton import ANKLES, STANDING
from models.types import Array


@dataclass(frozen=True)
class Member:
    """One of the dancers."""

    painter: Painter | SkeletonPainter
    placement: Placement  # where they would be alone

    @property
    def feet(self) -> float:
        """Where they stand, 0..1 of their picture's height."""
        return float(self.painter.place(STANDING)[list(ANKLES), 1].max())


class Company:
    """Paints each in a pose of their own and lays all of them on the stage screen."""

    def __init__(
        self, members: Sequence[Member], background: Background, own: Mapping[int, Own]
    ) -> None:
        """`own` are the places of those who do not stand in the row, by their numbers from 0."""
        self._members, self._background = members, background
        n = len(members)
        feet = [member.feet for member in members]
        self.places = tuple(
            self._place_of(dancer, own.get(dancer), low) for dancer, low in enumerate(feet)
        )
        order = farthest_first(self.places, feet)
        self._order = [dancer for dancer in order if self.places[dancer].is_seen]
        self._pictures: list[Picture | None] = [None] * n
        self._number = 0  # of pictures of the stage

    def _place_of(self, dancer: int, own: Own | None, feet: float) -> Placement:
        alone = self._members[dancer].placement
        in_row = row_of(alone, len(self._members), feet)[dancer]
        return in_row if own is None else standing(in_row, own, alone, feet)

    def place(self, poses: Array) -> Array:
        """Canonical joints (N, 18, 2) -> of each dancer (n, 18, 2), 0..1 of their picture.

        Whoever is beyond the poses has the last.
        """
        placed: dict[tuple[int, bytes], Array] = {}
        keys: list[tuple[int, bytes]] = []
        for dancer, member in enumerate(self._members):
            pose = poses[min(dancer, len(poses) - 1)]
            keys.append((id(member.painter), pose.tobytes()))
            if keys[-1] not in placed:
                placed[keys[-1]] = member.painter.place(pose)
        return np.stack([placed[key] for key in keys])

    def on_stage(self, placed: Array) -> Array:
        """What `place` gave -> 0..1 of the stage screen."""
        return np.stack([at.to_stage(one) for at, one in zip(self.places, placed, strict=True)])

    def paint(self, placed: Array, turns: int = 1) -> list[Picture]:
        """A picture for each; their joints are what `place` gave.

        The first is painted each time, of the others each `turns`-th in turn; one person in one
        pose is painted once.
        """
        painted: dict[tuple[int, bytes], Picture] = {}
        for dancer, before in enumerate(self._pictures):
            painter = self._members[dancer].painter
            key = id(painter), placed[dancer].tobytes()
            is_turn = dancer == 0 or (self._number + dancer) % turns == 0
            if key not in painted and (is_turn or before is None):
                painted[key] = painter.paint(placed[dancer])
            self._pictures[dancer] = painted.get(key, before)
        self._number += 1
        return [picture for picture in self._pictures if picture is not None]

    def show(self, pictures: Sequence[Picture], with_shadow: bool) -> Array:
        """All of them on the empty stage, uint8 (H, W, 3), the farthest first."""
        from live.core.laying import lay, on_screen  # a show of one dancer does without OpenCV

        screen = self._background.empty.copy()
        casts = with_shadow and self._background.takes_shadow
        height, width = screen.shape[:2]
        boxes: dict[int, Box] = {}  # of each picture that several have
        for dancer in self._order:
            lies, picture = self.places[dancer].lies, pictures[dancer]
            if id(picture) not in boxes:
                plate = self._members[dancer].painter.plate
                boxes[id(picture)] = cut(picture, plate, with_shadow=casts)
            box = at_its_edges(boxes[id(picture)], lies)
            lay(on_screen(box, lies.origin, lies.zoom, (slice(0, width), slice(0, height))), screen)
        return screen

    def cutout(self, pictures: Sequence[Picture]) -> Cutouts:
        """All of them without what is behind them."""
        cutouts = [
            Cutout(pictures[n], self._members[n].painter.plate, self.places[n].lies)
            for n in self._order
        ]
        return Cutouts(cutouts, self.places[0].output)
