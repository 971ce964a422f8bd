"""Report pages: one file, text escaped, pictures inside."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from browsers import needs_browser, opened_browser
from seeds import rng_of

from train.dance_eval.report import PER_SONG
from train.run.html import Markup, page, picture, section, table

VOID = {"meta", "img"}


class Balance(HTMLParser):
    """Fails on a tag that is closed wrongly; notes the tags and addresses it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_is_whole_and_alone() -> None:
    cv2 = pytest.importorskip("cv2")
    image = rng_of(0).integers(0, 255, (8, 12, 3), np.uint8)
    document = page(
        "Dances & <songs>",
        "a < b",
        section("one", table(["name", "x"], [["<b>", 0.123456], ["none", None]])),
        picture(image, 'says "hm"'),
    )
    balance = Balance()
    balance.feed(document)
    assert balance.open == []
    assert "script" not in balance.seen and "link" not in balance.seen
    assert "http" not in document
    assert "<title>Dances &amp; &lt;songs&gt;</title>" in document
    assert "<p>a &lt; b</p>" in document and "&lt;b&gt;" in document and "<b>" not in document
    assert "<td>0.1235</td>" in document
    data = re.search(r"base64,([^\"]+)", document)
    assert data is not None
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(data[1]), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(shown[..., ::-1], image)


def test_markup_is_placed_as_it_is() -> None:
    assert "<svg></svg>" in page("plot", Markup("<svg></svg>"))


def test_what_is_no_picture_is_refused() -> None:
    pytest.importorskip("cv2")
    with pytest.raises(ValueError, match="PNG"):
        picture(b"GIF89a", "x")
    with pytest.raises(ValueError, match="uint8"):
        picture(np.zeros((4, 4, 3)), "x")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_window_the_widest_table_fits_and_in_a_narrow_one_its_names_stay(tmp_path, scheme):
    rows = [["free_000009_drums", *[-0.0123] * len(PER_SONG)]] * 3
    file = tmp_path / "page.html"
    file.write_text(page("Dances", section("Song by song", table(["", *PER_SONG], rows))))
    with opened_browser() as browser:
        window = browser.new_page(viewport={"width": 1280, "height": 700}, color_scheme=scheme)
        window.goto(file.as_uri())
        box = "document.querySelector('.wide')"
        assert window.evaluate(f"{box}.scrollWidth - {box}.clientWidth") == 0
        inks = window.evaluate(
            "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))"
        )
        assert _contrast(*inks) > 7
        window.set_viewport_size({"width": 400, "height": 700})
        assert window.evaluate("document.documentElement.scrollWidth") == 400
        assert window.evaluate(f"{box}.scrollWidth - {box}.clientWidth") > 0
        name = window.locator("td").first
        before = name.bounding_box()
        window.evaluate(f"{box}.scrollLeft = 200")
        assert name.bounding_box() == before


def _contrast(one: str, other: str) -> float:
    """Of two colours as a browser says them, as WCAG has it: 1 to 21."""

    def light(colour: str) -> float:
        share = np.array([int(n) for n in re.findall(r"\d+", colour)[:3]]) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05

    low, high = sorted((light(one), light(other)))
    return high / low
