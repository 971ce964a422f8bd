"""One control as the panel shows it, whatever it is a control of. Pure; no Qt."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

Kind = Literal["switch", "trigger", "number", "step", "choice", "name"]


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class PanelRow:
    """`send` takes a value of this kind: bool, None, number, number to add, or name."""

    name: str
    label: str
    kind: Kind
    help: str  # with `values` of it between backticks
    group: str  # of those that stand together
    send: Callable[[Any], object]
    read: Callable[[], Any] = lambda: None  # the present value; None = there is none to show
    low: float = 0.0
    high: float = 1.0
    step: float = 0.0  # of a number that adds up
    is_whole: bool = False  # a number that is 1, 2, 3 and nothing between
    unit: str = ""
    default: float = 0.0
    zero: str = ""  # what 0 means, where it is beyond `low`; "" = it is a number like all
    choices: Callable[[], Sequence[str]] = _nothing
    takes_away: bool = False  # of a choice: what is chosen is gone, so all there is, is shown
    example: str = ""  # of a name: what may be typed

    @property
    def words(self) -> str:
        """`help` as it is read aloud."""
        return self.help.replace("`", "")

    @property
    def tip(self) -> str:
        """`help` in the HTML of Qt, which breaks its lines; plain text it would not."""
        bold = re.sub("`([^`]*)`", r"<b>\1</b>", escape(self.help, quote=False))
        return f"<p>{bold}</p>"
