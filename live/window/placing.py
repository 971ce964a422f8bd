"""Where the stage and the control window are: on which screens, or one in the other. Qt thread.

The stage belongs to the screen that was chosen, by its name: while that screen is gone the stage
waits for it unseen, and the picture is in the control window.
"""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QScreen

from live.core.settings import Settings
from live.window.control_window import ControlWindow
from live.window.free_room import Rect, room_beside
from live.window.screens import ANY, choose_screen
from live.window.stage_window import StageWindow
from live.window.status_bar import HEIGHT

CONTROLS_SHARE = 0.75  # of a screen's width, where they would leave the stage too little of it
LEAST_STAGE = 0.25  # of the screen's width or height: less is too little


class Placing:
    """`begin` shows the windows for the first time."""

    def __init__(
        self,
        settings: Settings,
        control: ControlWindow,
        stage: StageWindow,
        warn: Callable[[str], None],
        filled: Callable[[tuple[int, int] | None], None] = lambda _: None,
    ) -> None:
        """`filled` hears how many px a screen has that the stage fills from now on; None = none."""
        self._control, self._stage, self._warn = control, stage, warn
        self._filled = filled
        self._wanted = settings.fullscreen  # what --fullscreen names, until it is used
        self._is_fitted = all(settings.output)
        self._stage_size = QSize(*(settings.output if self._is_fitted else (512, 512)))
        self.is_full = False  # asked for, also while its screen is gone
        self._is_apart = settings.control  # the stage has a window of its own beside full screen
        self.screen_name = ""  # of the screen that the stage fills, waits for, or filled last
        self._before = QRect(), False  # the control window's place, whether it had the panel
        control.resize(self._size_for(self._stage_size))
        application = cast(QGuiApplication, QGuiApplication.instance())
        application.screenAdded.connect(self._screen_came)
        application.screenRemoved.connect(self._screen_went)
        for screen in application.screens():
            screen.geometryChanged.connect(stage.refill)

    def begin(self) -> None:
        """As the settings say."""
        if self._wanted is not None:
            self.set_fullscreen(True)
        else:
            self._control.set_panel(self._is_apart)
            self._place()

    def set_fullscreen(self, is_on: bool, wanted: str = ANY) -> None:
        """Fill a screen (that of this name or number, at first the one of --fullscreen), or not."""
        if is_on == self.is_full and wanted == ANY:
            return
        control, is_other = self._control, is_on != self.is_full
        if is_on and is_other:
            self._before = control.geometry(), control.has_panel
        self.is_full = is_on
        place, had_panel = self._before
        if is_on:
            self.screen_name = self._choose(wanted)
            self._place()
            self._tell_filled()
            control.set_panel(had_panel or control.isVisible() or self._is_apart)
            return
        self._filled(None)
        control.set_panel(had_panel or self._is_apart)
        if not control.isMaximized():
            control.setGeometry(place)  # first: a stage in a window stands beside it
        self._place()

    def _tell_filled(self) -> None:
        for screen in QGuiApplication.screens():
            if screen.name() == self.screen_name:
                px = screen.size() * screen.devicePixelRatio()
                self._filled((px.width(), px.height()))

    def fit(self, size: QSize) -> None:
        """Where no --output was asked for, the first frame says how large the stage is."""
        if self._is_fitted:
            return
        self._is_fitted, self._stage_size = True, size
        control, stage = self._control, self._stage
        fitting = self._size_for(size)
        if self.is_full:
            place, had_panel = self._before
            self._before = QRect(place.topLeft(), fitting), had_panel
        elif stage.isVisible():
            stage.stand(self._beside())
        elif not (control.has_panel or control.isMaximized()):
            control.resize(fitting)

    def _choose(self, wanted: str) -> str:
        """The name of the screen to fill; by key that of before, or where the window was put."""
        names = [screen.name() for screen in QGuiApplication.screens()]
        wanted = wanted or self._wanted or ""
        if wanted == ANY and self._wanted is None:
            here = self._control.screen().name()
            beside = ANY if here == names[0] else here  # the first is the performer's own
            wanted = self.screen_name if self.screen_name in names else beside
        self._wanted = None
        place, sentence = choose_screen(names, wanted)
        if sentence:
            self._warn(sentence)
        return names[place]

    def _place(self) -> None:
        """Each window where it belongs now."""
        control, stage = self._control, self._stage
        screens = QGuiApplication.screens()
        by_name = {screen.name(): screen for screen in screens}
        screen = by_name.get(self.screen_name) if self.is_full else None
        others = [other for other in screens if other is not screen]
        if others and screen is not None and control.screen() is screen:
            self._move(others[0])
        if others and not control.isVisible():
            control.show()
        stage.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, bool(others))
        if screen is not None:
            stage.fill(screen)
        elif self._is_apart and not self.is_full:
            stage.stand(self._beside())
        else:
            stage.leave()
        if others:
            control.activateWindow()
        else:
            stage.activateWindow()
            control.hide()

    def _move(self, screen: QScreen) -> None:
        """The control window to this screen."""
        free = screen.availableGeometry()
        place = QRect(free.topLeft(), self._control.size().boundedTo(free.size()))
        place.moveCenter(free.center())
        self._control.setScreen(screen)
        self._control.setGeometry(place)

    def _beside(self) -> QRect:
        """Where a stage in a window stands: as large as its picture where there is room for that.

        On the screen of the controls, which are made smaller and go into the corner where they
        leave it too little.
        """
        control = self._control
        free = control.screen().availableGeometry()
        whole = cast(Rect, free.getRect())
        frame = control.frameGeometry().size() - control.size()  # the stage has the same around it
        ratio = control.devicePixelRatio()
        wanted = self._stage_size.width() / ratio, self._stage_size.height() / ratio
        least = min(1.0, LEAST_STAGE * min(free.width() / wanted[0], free.height() / wanted[1]))

        def found() -> tuple[Rect, float]:
            taken = cast(Rect, control.frameGeometry().getRect())
            return room_beside(whole, taken, wanted, (frame.width(), frame.height()))

        room, scale = found()
        if scale < least and not control.isMaximized():
            most = QSize(round(CONTROLS_SHARE * free.width()), free.height()) - frame
            control.resize(control.size().boundedTo(most.expandedTo(control.minimumSize())))
            control.move(free.topLeft())
            room, scale = found()
        if scale <= 0:  # the controls fill the screen
            room, scale = whole, least
        place = QRect(0, 0, int(wanted[0] * scale), int(wanted[1] * scale))
        place.moveTopRight(QRect(*room).topRight())
        return place.translated(-frame.width() // 2, frame.height() - frame.width() // 2)

    def _screen_came(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._stage.refill)
        if self.is_full:
            self._place()

    def _screen_went(self, screen: QScreen) -> None:
        if self.is_full:
            if screen.name() == self.screen_name:
                self._warn(f"The screen {self.screen_name} is gone: the stage waits for it.")
            self._place()
        left = QGuiApplication.screens()
        place = self._control.geometry()
        if left and not any(other.geometry().intersects(place) for other in left):
            self._move(left[0])

    def _size_for(self, stage: QSize) -> QSize:
        """Device pixels of the stage 1:1 where they fit on this screen, else smaller; and a bar."""
        free = self._control.screen().availableGeometry()
        scale = min(
            1 / self._control.devicePixelRatio(),
            0.95 * free.width() / stage.width(),
            (0.92 * free.height() - HEIGHT) / stage.height(),
        )
        return QSize(round(stage.width() * scale), round(stage.height() * scale) + HEIGHT)
