"""What is heard, and what each way out does, a line each, in the control window. Qt thread."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from live.core.messages import Meters

LINE_PX = 24  # logical
_STYLE = """
QWidget { background: #14161a; color: #e9ebee; font-size: 12px; }
QProgressBar { background: #22262d; border: none; border-radius: 3px; }
QProgressBar::chunk { background: #35d0b0; border-radius: 3px; }
"""


class StateList(QWidget):
    """The device of the sound with its level, then the outputs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(14, 6, 14, 6)
        self._room.setSpacing(0)
        heard = QHBoxLayout()
        self.device = QLabel()
        self.device.setTextFormat(Qt.TextFormat.PlainText)
        self.level = QProgressBar()
        self.level.setRange(0, 100)
        self.level.setTextVisible(False)
        self.level.setFixedHeight(10)
        self.level.setAccessibleName("level of the sound")
        for widget in (self.device, self.level):
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            heard.addWidget(widget)
        self._room.addLayout(heard)
        self.outputs: list[QLabel] = []

    def show_meters(self, meters: Meters) -> bool:
        """Whether there are more lines now, or fewer."""
        level = meters.beat.level if meters.beat and meters.sound else 0.0
        self.device.setText(meters.device or meters.state)
        self.level.setValue(round(100 * min(1.0, max(0.0, level))))
        n_before = len(self.outputs)
        while len(self.outputs) < len(meters.outputs):
            line = QLabel(self)
            line.setTextFormat(Qt.TextFormat.PlainText)
            self.outputs.append(line)
            self._room.addWidget(line)
        while len(self.outputs) > len(meters.outputs):
            self.outputs.pop().deleteLater()
        for line, text in zip(self.outputs, meters.outputs, strict=True):
            line.setText(text)
        return len(self.outputs) != n_before

    def heightForWidth(self, width: int) -> int:
        return LINE_PX * (1 + len(self.outputs)) + 12
