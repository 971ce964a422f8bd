"""A choice that takes away what is chosen: all there is, one below the other. Qt thread."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from live.window.panel_row import PanelRow
from live.window.row_widgets import TARGET_PX, RowWidget

CLICKS_S = 0.5  # the second click of a double one does not meet what moved up
NONE = "none"
_FRAME_PX = 4  # of the list, above and below together


class TakeAwayRow(RowWidget):
    """Each with a cross; a click on it takes it away, and the show tells when it is gone.

    It is read at each `follow`: only for lists that are quickly told.
    """

    def __init__(self, row: PanelRow) -> None:
        super().__init__(row)
        self._names: Sequence[str] | None = None
        self._taken_at = float("-inf")  # host time
        self.list = shown = QListWidget()
        shown.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        shown.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # the page scrolls
        shown.setWordWrap(True)
        shown.itemClicked.connect(self._take)
        shown.itemActivated.connect(self._take)  # by the keyboard
        self._add(shown)
        self.follow()

    def follow(self) -> None:
        """What there is now."""
        names = tuple(self.row.choices())
        if names == self._names:
            return
        self._names = names
        self.list.clear()
        for name in names or (NONE,):
            item = QListWidgetItem(f"✕  {name}" if names else name, self.list)
            item.setSizeHint(QSize(0, TARGET_PX))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self.row.label}: {name}")
            if not names:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setFixedHeight(self.list.count() * TARGET_PX + _FRAME_PX)

    def _take(self, item: QListWidgetItem) -> None:
        now = time.perf_counter()
        if self._names and now - self._taken_at >= CLICKS_S:
            self._taken_at = now
            self.row.send(self._names[self.list.row(item)])
