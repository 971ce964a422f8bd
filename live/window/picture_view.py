"""The picture in the window: as large as fits, black around it. Qt thread."""

from collections.abc import Callable

import cv2
import numpy as np
from pyqtgraph.functions import ndarray_to_qimage
from pyqtgraph.widgets.RawImageWidget import RawImageWidget
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QHideEvent,
    QIcon,
    QImage,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from live.picture.skeleton_painter import draw_skeleton
from models.skeleton import STANDING
from models.types import Array


class PictureView(RawImageWidget):
    """One picture, as large as fits, black around it.

    Paints it itself: RawImageWidget would put it into the corner and enlarge it in squares. It is
    scaled and converted by OpenCV, beside which other threads go on: Qt's painter holds them up.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, scaled=True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.picture: Array | None = None
        self.is_black = False
        self.n_painted = 0
        self.came_or_went: Callable[[], None] = lambda: None  # follows each time it is seen or not

    def show_picture(self, picture: Array) -> None:
        """uint8 (H, W, 3) RGB, painted at once."""
        self.hold_picture(picture)
        self.repaint()

    def hold_picture(self, picture: Array) -> None:
        """The same, painted with the rest of its window."""
        self.picture = picture
        self.image = None  # made for the room that there is when it is painted
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self.came_or_went()

    def hideEvent(self, event: QHideEvent) -> None:
        self.came_or_went()

    def paintEvent(self, ev: QPaintEvent) -> None:
        painter = QPainter(self)
        around = QRegion(self.rect())
        if self.picture is not None and not self.is_black:
            height, width = self.picture.shape[:2]
            place = fitting(width, height, self.width(), self.height())
            size = place.size() * self.devicePixelRatio()
            if self.image is None or self.image.size() != size:
                self.image = _fitted(self.picture, size.width(), size.height())
            painter.drawImage(place, self.image)
            around -= QRegion(place)
            self.n_painted += 1
        if not around.isEmpty():
            painter.setClipRegion(around)
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()


def _fitted(picture: Array, width: int, height: int) -> QImage:
    """A picture at the size at which it is seen."""
    if picture.shape[:2] != (height, width) and min(height, width) > 0:
        is_smaller = width * height < picture.shape[0] * picture.shape[1] // 2
        how = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=how))
    pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGRA))
    return ndarray_to_qimage(pixels, QImage.Format.Format_RGB32)


def fitting(width: int, height: int, room_width: int, room_height: int) -> QRect:
    """The largest rectangle of this shape in the middle of the room."""
    scale = min(room_width / width, room_height / height)
    fit_width, fit_height = round(width * scale), round(height * scale)
    return QRect(
        (room_width - fit_width) // 2, (room_height - fit_height) // 2, fit_width, fit_height
    )


def standing_icon() -> QIcon:
    """The standing skeleton, as the window's icon."""
    middle = np.array([0.5, 0.45], np.float32)
    picture = draw_skeleton(STANDING * 0.42 + middle, (64, 64), thickness=1.6)
    image = QImage(picture.data, 64, 64, 3 * 64, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image))
