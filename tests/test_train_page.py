"""Report pages: one file, text escaped, pictures inside."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from seeds import rng_of

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
