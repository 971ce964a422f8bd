"""The picture in the window: as large as fits, black around it. Qt thread."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from pyqtgraph.functions import ndarray_to_qimage
from pyqtgraph.widgets.RawImageWidget import RawImageWidget
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from live.picture.skeleton_painter import draw_skeleton
from models.skeleton import STANDING
from models.types import Array

log = logging.getLogger(__name__)


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

    def show_picture(self, picture: Array) -> None:
        """uint8 (H, W, 3) RGB, painted at once."""
        self.image = ndarray_to_qimage(np.ascontiguousarray(picture), QImage.Format.Format_RGB888)
        self.repaint()

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


def choose_screen(screens: Sequence[Any], wanted: int) -> int:
    """The number of the screen to use; a number that does not exist means the first one."""
    if 0 <= wanted < len(screens):
        return wanted
    log.warning("%s", no_such_screen([screen.name() for screen in screens], wanted))
    return 0


def no_such_screen(names: Sequence[str], wanted: int) -> str:
    """What the performer reads when there is no screen of that number."""
    if len(names) == 1:
        return f"There is no screen {wanted}: this computer has one, number 0, which is used."
    *others, last = (f"{number} ({name})" for number, name in enumerate(names))
    return (
        f"There is no screen {wanted}: this computer has {len(names)}, numbers "
        f"{', '.join(others)} and {last}; number 0 is used."
    )


def standing_icon() -> QIcon:
    """The standing skeleton, as the window's icon."""
    middle = np.array([0.5, 0.45], np.float32)
    picture = draw_skeleton(STANDING * 0.42 + middle, (64, 64), thickness=1.6)
    image = QImage(picture.data, 64, 64, 3 * 64, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image))
