"""One control of the panel each: a button, a slider, a list. Qt thread.

Each follows what the show says is set (`follow`), but not while a hand is on it. A mouse or a
finger leaves the focus where it is, so that the keys of the show stay those of the show.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QIcon, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSlider,
    QWidget,
)

from live.window.panel_row import PanelRow

TARGET_PX = 40  # least height: what a finger meets
SEND_S = 1 / 60  # least time between two values of one slider
HELD_S = 1.0  # so long the hand counts before what the show says does
STEPS = 1000  # of a slider
ICON_PX = 96


class Paced:
    """Hands values on, at most one each SEND_S, and always the last one."""

    def __init__(self, send: Callable[[Any], object]) -> None:
        self._send = send
        self._sent_at = 0.0  # host time
        self._waiting: list[Any] = []
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._flush)

    def offer(self, value: Any) -> None:
        self._waiting = [value]
        left = self._sent_at + SEND_S - time.perf_counter()
        if left <= 0:
            self._flush()
        elif not self._timer.isActive():
            self._timer.start(int(left * 1e3) + 1)

    def _flush(self) -> None:
        self._timer.stop()
        if self._waiting:
            self._sent_at = time.perf_counter()
            self._send(self._waiting.pop())


class RowWidget(QWidget):
    """What all of them have in common."""

    def __init__(self, row: PanelRow) -> None:
        super().__init__()
        self.row = row
        self.setToolTip(row.tip)
        self._touched_at = float("-inf")  # host time

    def follow(self) -> None:
        """Show what is set, unless a hand is on it."""
        value = self.row.read()
        if value is not None and not self.is_held:
            self.show_value(value)

    @property
    def is_held(self) -> bool:
        return time.perf_counter() - self._touched_at < HELD_S

    def show_value(self, value: Any) -> None:
        """The value as the show has it; sends nothing."""

    def _touched(self) -> None:
        self._touched_at = time.perf_counter()

    def _add(self, *widgets: QWidget) -> None:
        room = QHBoxLayout(self)
        room.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            widget.setMinimumHeight(TARGET_PX)
            widget.setAccessibleName(self.row.label)
            widget.setAccessibleDescription(self.row.words)
            room.addWidget(widget)


class SwitchRow(RowWidget):
    """A button that stays down while it is on."""

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self.button = button = QPushButton(row.label)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._clicked)
        self._add(button)

    def _clicked(self, is_on: bool) -> None:
        self._touched()
        self.row.send(is_on)

    def show_value(self, value: Any) -> None:
        self.button.setChecked(bool(value))


class TriggerRow(RowWidget):
    """A button: what it does happens when it goes down, as a beat is tapped."""

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self.button = button = QPushButton(row.label)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.pressed.connect(lambda: row.send(None))
        self._add(button)


class NumberRow(RowWidget):
    """A slider and its number; where 0 stands for itself, a button for it."""

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self.slider = slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, STEPS)
        one = round(STEPS / (row.high - row.low))
        slider.setPageStep(one if row.is_whole else STEPS // 10)
        slider.setSingleStep(one if row.is_whole else STEPS // 100)
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.number = number = QDoubleSpinBox()
        reach = row.high - row.low
        step = 1.0 if row.is_whole else 10.0 ** (len(str(int(reach))) - 3)  # a hundredth or so
        # What can be left to the music is held as exactly as it is heard: 124.4.
        is_exact = bool(row.zero) or step < 1
        number.setDecimals(2 if step < 0.1 else 1 if is_exact else 0)
        number.setSingleStep(step)
        # What stands below the lowest is 0, which is shown in its own words.
        number.setRange(row.low - (step if row.zero else 0), row.high)
        number.setSpecialValueText(row.zero)
        self._measured = 0.0
        number.setSuffix(f" {row.unit}" if row.unit else "")
        number.setKeyboardTracking(False)
        number.setFixedWidth(124 if row.zero else 96)
        self._paced = Paced(row.send)
        slider.valueChanged.connect(self._slid)
        number.valueChanged.connect(self._typed)
        widgets: list[QWidget] = [slider, number]
        if row.zero:
            zero = QPushButton("0")
            zero.setFixedWidth(TARGET_PX)
            zero.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            zero.clicked.connect(lambda: self._set(0.0))
            widgets.append(zero)
        self._add(*widgets)
        self.show_value(row.default)

    @property
    def is_held(self) -> bool:
        return self.slider.isSliderDown() or super().is_held

    def show_value(self, value: Any) -> None:
        row, number = self.row, float(value)
        is_zero = bool(row.zero) and number == 0
        for widget in (self.slider, self.number):
            widget.blockSignals(True)
        if not self.number.hasFocus():  # else somebody types
            self.number.setValue(self.number.minimum() if is_zero else number)
        if not is_zero:
            place = (number - row.low) / (row.high - row.low)
            self.slider.setValue(round(STEPS * min(1.0, max(0.0, place))))
        for widget in (self.slider, self.number):
            widget.blockSignals(False)

    def measure(self, number: float) -> None:
        """What it comes to while 0 is set; 0 = nobody knows."""
        if number != self._measured and not self.number.hasFocus():
            self._measured = number
            more = f", {number:.1f}" if number else ""
            self.number.setSpecialValueText(self.row.zero + more)

    def _slid(self, place: int) -> None:
        self._set(self.row.low + (self.row.high - self.row.low) * place / STEPS)

    def _typed(self, number: float) -> None:
        self._set(0.0 if self.row.zero and number < self.row.low else number)

    def _set(self, number: float) -> None:
        number = float(round(number)) if self.row.is_whole else number
        self._touched()
        self.show_value(number)
        self._paced.offer(number)


class StepRow(RowWidget):
    """Two buttons that add to a number, and the sum."""

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self.less, self.more = QPushButton(f"−{row.step:g}"), QPushButton(f"+{row.step:g}")
        self.sum = QLabel()
        self.sum.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for button, step in ((self.less, -row.step), (self.more, row.step)):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAutoRepeat(True)
            button.clicked.connect(lambda _=False, step=step: row.send(step))
        self._add(self.less, self.sum, self.more)
        self.show_value(row.default)

    def show_value(self, value: Any) -> None:
        self.sum.setText(f"{value:+.0f} {self.row.unit}".rstrip())


class _Box(QComboBox):
    """Looks what there is to choose from before a hand or a key is on it."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look

    def showPopup(self) -> None:
        self._look()
        super().showPopup()

    def focusInEvent(self, e: QFocusEvent) -> None:
        if not self.view().isVisible():  # else the list has just closed, on a name of it
            self._look()
        super().focusInEvent(e)


class ChoiceRow(RowWidget):
    """A list to choose from, read anew where it is about to be used.

    Not each time it is followed: to look for persons and dances takes 10 to 25 ms.
    """

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self.box = box = _Box(self.refill)
        self._unknown: Any = None  # a value that no list has named so far
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.setPlaceholderText("choose …")
        self.refill()
        box.textActivated.connect(self._chosen)
        self._add(box)

    @property
    def is_held(self) -> bool:
        return self.box.view().isVisible() or super().is_held

    def refill(self) -> None:
        """What there is to choose from now."""
        names, box = list(self.row.choices()), self.box
        if names != [box.itemText(place) for place in range(box.count())]:
            chosen = box.currentText()
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(box.findText(chosen) if chosen else -1)
        box.setEnabled(box.count() > 0)

    def showEvent(self, event: QShowEvent) -> None:
        self.refill()

    def _chosen(self, name: str) -> None:
        self._touched()
        self.row.send(name)
        if self.row.read() is None:  # something that happens, not something that stays
            self.box.setCurrentIndex(-1)

    def show_value(self, value: Any) -> None:
        place = self.box.findText(str(value))
        if place < 0 and value != self._unknown:  # new here: one look for it
            self._unknown = value
            self.refill()
            place = self.box.findText(str(value))
        if place >= 0:
            self._unknown = None
        self.box.setCurrentIndex(place)


class NameRow(RowWidget):
    """A name that is typed, and taken with Enter."""

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self.field = field = QLineEdit()
        field.setPlaceholderText(f"such as {row.example}, Enter" if row.example else "Enter")
        field.returnPressed.connect(self._entered)
        self._add(field)

    def _entered(self) -> None:
        self.row.send(self.field.text().strip())
        self.field.clear()
        self.field.clearFocus()  # what is typed next are keys of the show


class PictureRow(RowWidget):
    """A choice by pictures."""

    def __init__(self, row: PanelRow, picture: Callable[[str], Path | None]) -> None:
        """`picture` gives the file of a name's picture; None while there is none."""
        super().__init__(row)
        self._picture = picture
        self._names: list[str] = []
        self._missing: list[str] = []  # of which there is no picture yet
        self.list = chosen = QListWidget()
        chosen.setViewMode(QListView.ViewMode.IconMode)
        chosen.setResizeMode(QListView.ResizeMode.Adjust)
        chosen.setMovement(QListView.Movement.Static)
        chosen.setIconSize(QSize(ICON_PX, ICON_PX))
        chosen.setUniformItemSizes(True)
        chosen.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.refill()
        chosen.setFixedHeight(ICON_PX + 44)
        chosen.itemClicked.connect(lambda item: self._choose(item.text()))
        chosen.itemActivated.connect(lambda item: self._choose(item.text()))
        self._add(chosen)

    def refill(self) -> None:
        """Who there is now."""
        names = list(self.row.choices())
        if names == self._names:
            return
        self._names, self._missing = names, list(names)
        blank = QPixmap(ICON_PX, ICON_PX)
        blank.fill(Qt.GlobalColor.black)
        self.list.clear()
        for name in names:
            QListWidgetItem(QIcon(blank), name, self.list)

    def showEvent(self, event: QShowEvent) -> None:
        self.refill()

    def _choose(self, name: str) -> None:
        self._touched()
        self.row.send(name)

    def refresh(self) -> None:
        """Pictures that were not there before."""
        for name in tuple(self._missing):
            found = self._picture(name)
            if found is not None:
                self._missing.remove(name)
                for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly):
                    item.setIcon(QIcon(str(found)))

    def show_value(self, value: Any) -> None:
        if self.list.hasFocus():  # somebody goes through them with the arrows
            return
        for place in range(self.list.count()):
            item = self.list.item(place)
            if item.text() == value and not item.isSelected():
                self.list.setCurrentItem(item)
