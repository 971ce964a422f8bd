"""The picture in the window: as large as fits, black around it. Qt thread."""

from collections.abc import Callable

import numpy as np
from pyqtgraph.functions import ndarray_to_qimage
from pyqtgraph.widgets.RawImageWidget import RawImageWidget
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QHideEvent, QIcon, QImage, QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QWidget

from live.picture.skeleton_painter import draw_skeleton
from models.skeleton import STANDING
from models.types import Array


class PictureView(RawImageWidget):
    """One picture, as large as fits, black around it.

    Paints it itself: RawImageWidget would put it into the corner and enlarge it in squares. From
    512 to 1080 this way takes 2.7 ms, that one 4.5.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, scaled=True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.is_black = False
        self.n_painted = 0
        self.came_or_went: Callable[[], None] = lambda: None  # follows each time it is seen or not

    def show_picture(self, picture: Array) -> None:
        """uint8 (H, W, 3) RGB, painted at once."""
        self.hold_picture(picture)
        self.repaint()

    def hold_picture(self, picture: Array) -> None:
        """The same, painted with the rest of its window."""
        self.image = ndarray_to_qimage(np.ascontiguousarray(picture), QImage.Format.Format_RGB888)
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self.came_or_went()

    def hideEvent(self, event: QHideEvent) -> None:
        self.came_or_went()

    def paintEvent(self, ev: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        image: QImage | None = self.image
        if image is not None and not self.is_black:
            place = fitting(image.width(), image.height(), self.width(), self.height())
            if place.size() * self.devicePixelRatio() != image.size():
                # Scaling 32-bit pixels is twice as fast, the conversion included.
                image = image.convertToFormat(QImage.Format.Format_RGB32)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)
            self.n_painted += 1
        painter.end()


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
