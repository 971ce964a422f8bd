"""Fields of others against a dataclass: every type, and how far each goes where nothing is said."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

from models.fields import Between, FieldError, check_fields, in_brief
from models.spec import MelSpec


@dataclass
class Inner:
    width: int
    depth: float = 1.0


@dataclass
class Form:
    count: int = 0
    layers: int = field(default=1, metadata={"most": 64})
    floor: float = field(default=1.0, metadata={"least": 0.5, "most": 2.0})
    number: float = 0.0
    flag: bool = False
    text: str = ""
    name: Annotated[str, Between(1, 5)] = "a"
    items: list[int] = field(default_factory=list)
    pair: tuple[int, int] = (0, 0)
    many: tuple[float, ...] = ()
    short: Annotated[list[float], Between(1, 2)] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    inner: Inner | None = None
    form: Inner = field(default_factory=lambda: Inner(1))
    forms: tuple[Inner, ...] = ()
    anything: Any = None


FITS = {
    "count": [0, 65_536], "layers": [0, 64], "floor": [0.5, 2, 2.0], "number": [-1e6, 1e6, 3],
    "flag": [True, False], "text": ["", "x" * 10_000, "two\nlines\tand more", "Bühne"],
    "name": ["a", "abcde"], "items": [[], [1] * 1_000], "pair": [[1, 2]],
    "many": [[], [0.5] * 1_000], "short": [[1.0], [1, 2]], "parts": [{}, {"a": 1, "b": 0.5}],
    "form": [{"width": 3}, {"width": 3, "depth": 0.5}], "forms": [[{"width": 1}] * 3],
    "anything": [None, object()], "another": ["what it does not know is left alone"],
}  # fmt: skip
MANY = {str(n): 1 for n in range(1_001)}
DOES_NOT = {
    "count": [-1, 65_537, 1.0, True, "1", None, float("nan")], "layers": [-1, 65, 2.5],
    "floor": [0.49, 2.01, "x", None, float("nan")],
    "number": [-1_000_001, 1_000_001.0, True, float("nan"), float("inf"), "0"],
    "flag": [0, 1, None, "true"], "text": ["x" * 10_001, 5, None, "\x1b[2J", "a\rb"],
    "name": ["", "abcdef"], "items": [[1] * 1_001, (1, 2), "12", [1, "2"], [-1], None],
    "pair": [[1], [1, 2, 3], 12, [1, 0.5]], "many": [[0.5] * 1_001, 0.5, ["x"]],
    "short": [[], [1, 2, 3]], "parts": [[], {"a": "b"}, {1: 2.0}, MANY],
    "form": [{}, {"depth": 1.0}, {"width": 1, "more": 2}, [], None, {"width": -1}],
    "forms": [[{}], {"width": 1}, [{"width": 1}, {"width": 0.5}]],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in FITS.items() for v in values])
def test_what_fits(name, value):
    check_fields({name: value}, Form)


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in DOES_NOT.items() for v in values]
)
def test_what_does_not_fit_is_named(name, value):
    with pytest.raises(FieldError, match=rf"{name}.* must be .*, not ") as caught:
        check_fields({name: value}, Form)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"count": -1}, "count must be a whole number from 0 to 65536, not -1"),
        ({"floor": 3}, "floor must be a number from 0.5 to 2, not 3"),
        ({"pair": [1]}, "pair must be a list of 2, not [1]"),
        ({"short": []}, "short must be a list of 1 to 2, not []"),
        ({"items": [1, 2, -3]}, "items[2] must be a whole number from 0 to 65536, not -3"),
        ({"parts": {"a": "b"}}, "parts.a must be a number from -1e+06 to 1e+06, not 'b'"),
        ({"form": {"width": "w"}}, "form.width must be a whole number from 0 to 65536, not 'w'"),
        ({"form": {}}, "form must be an object with width, depth, not {}"),
        ({"name": ""}, "name must be a text of 1 to 5 letters, not ''"),
    ],
)
def test_how_it_is_said(given, said):
    with pytest.raises(FieldError) as caught:
        check_fields(given, Form)
    assert str(caught.value) == said


def test_a_foreign_value_is_cut_to_sixty_letters():
    assert in_brief("x" * 58) == "'" + "x" * 58 + "'"
    assert in_brief("x" * 59) == "'" + "x" * 59 + " ..."
    assert in_brief("x" * 10_000) == "'" + "x" * 59 + " ..."
    assert in_brief("ü") == r"'\xfc'"
    assert in_brief([1, None]) == "[1, None]"
    assert len(in_brief(["x" * 200])) == 64


@pytest.mark.parametrize(
    ("name", "most"),
    [("n_bands", 1_024), ("window", 16_384), ("hop", 16_384), ("pool", 1_024), ("n_frames", 1_024)],
)
def test_ears_of_any_size_are_not_made(name, most):
    """A header may say what it likes; a network as large would take all memory."""
    check_fields({name: most}, MelSpec)
    for wrong in (0, most + 1, 64_000):
        with pytest.raises(FieldError, match=f"{name} must be"):
            check_fields({name: wrong}, MelSpec)
