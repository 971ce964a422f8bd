"""The page of --out web as Chromium shows it: colours, transparency, viewers that come and go."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from browsers import needs_browser, opened_browser

from live.core.cutout import NOTHING, Box
from live.osc.page import page as osc_page
from live.outputs.alpha import straight
from live.outputs.kind import Told

cv2 = pytest.importorskip("cv2")
pytest.importorskip("websockets", reason="no websockets here: pip install websockets")

from live.outputs.web.message import RAW, WEBP, message_of
from live.outputs.web.server import WebServer

pytestmark = needs_browser
SIZE = (320, 180)
BLUE = (30, 90, 200)


def levels() -> Box:
    """All levels of alpha from left to right, under colours from none to all that it allows."""
    alpha = np.arange(256)[None, :, None]
    share = np.linspace(0, 1, 60)[:, None, None] * np.array([1.0, 0.6, 0.3])
    rgba = np.empty((60, 256, 4), np.uint8)
    rgba[..., :3] = np.round(alpha * share)
    rgba[..., 3] = alpha[..., 0]
    return Box(20, 40, rgba)


def solid(colour, box=(20, 40, 60, 80)) -> Box:
    x, y, width, height = box
    rgba = np.empty((height, width, 4), np.uint8)
    rgba[:] = (*colour, 255)
    return Box(x, y, rgba)


class Serving:
    """A server that a test gives pictures to."""

    def __init__(self, port=0, codec=RAW, osc_page=None):
        self.server = WebServer("127.0.0.1", port, "", codec, Told(), osc_page)
        self.codec, self.port, self.number = codec, self.server.port, 0

    def show(self, box: Box, size=SIZE):
        """Once there is a viewer who can take it."""
        until = time.monotonic() + 30
        while not self.server.wanted() and time.monotonic() < until:
            time.sleep(0.01)
        self.number += 1
        told = Box(box.x, box.y, straight(box.rgba))
        one = SimpleNamespace(number=self.number, size=size, straight_box=told)
        message = message_of(one, self.codec)
        self.server.publish({self.codec: message}, self.number, time.perf_counter())
        self.until_offered()

    def until_offered(self):
        """Until the server's thread has what was published: before, nothing waits."""
        had = threading.Event()
        self.server._loop.call_soon_threadsafe(had.set)
        assert had.wait(30)

    def until_drawn(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            viewers = list(self.server._viewers)
            if viewers and all(not v._sent and v.newest is None for v in viewers):
                return
            time.sleep(0.01)
        raise AssertionError("not drawn")


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as browser:
        yield browser


@pytest.fixture(params=[RAW, WEBP], ids=["raw", "webp"])
def serving(request):
    made = Serving(codec=request.param)
    yield made
    made.server.close()


@pytest.fixture
def pages(browser):
    """Opens pages of a server; none may complain."""
    made, said = [], []

    def look(port, query="", size=SIZE):
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/{query}")
        made.append(page)
        return page

    look.said = said
    yield look
    for page in made:
        page.close()


def seen(page, **given):
    """uint8 (H, W, 4), colours not multiplied."""
    shot = cv2.imdecode(np.frombuffer(page.screenshot(**given), np.uint8), cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(shot, cv2.COLOR_BGR2RGBA if shot.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)


def test_colours_over_a_coloured_page_are_right_to_two_levels(serving, pages):
    page = pages(serving.port, "?background=rgb(30,90,200)")
    box = levels()
    serving.show(box)
    serving.until_drawn()
    found = seen(page)[..., :3].astype(float)
    expected = np.empty_like(found)
    expected[:] = BLUE
    part = expected[40:100, 20:276]
    part *= 1 - box.rgba[..., 3:] / 255.0
    part += box.rgba[..., :3]
    assert np.abs(found - expected).max() <= 2
    assert pages.said == []


def test_without_a_background_the_page_is_transparent(serving, pages):
    page = pages(serving.port)
    box = levels()
    serving.show(box)
    serving.until_drawn()
    found = seen(page, omit_background=True)
    alpha = np.zeros(found.shape[:2], int)
    alpha[40:100, 20:276] = box.rgba[..., 3]
    assert np.abs(found[..., 3] - alpha).max() <= 1
    multiplied = found[..., :3] * (found[..., 3:] / 255.0)
    assert np.abs(multiplied[40:100, 20:276] - box.rgba[..., :3]).max() <= 2


@pytest.mark.parametrize("background", ["", "?background=", "?background=url(http://a/)%3Bx"])
def test_what_is_no_colour_is_no_background(background, pages):
    serving = Serving()
    page = pages(serving.port, background)
    serving.show(solid((200, 0, 0)))
    serving.until_drawn()
    assert (seen(page, omit_background=True)[0, 0] == 0).all()
    serving.server.close()


def test_a_picture_takes_the_place_of_the_one_before(serving, pages):
    page = pages(serving.port)
    for place in ((0, 0, 40, 40), (100, 50, 40, 40), (280, 140, 40, 40)):
        serving.show(solid((0, 200, 0), place))
    serving.until_drawn()
    alpha = seen(page, omit_background=True)[..., 3]
    assert (alpha[140:, 280:] == 255).all() and alpha.sum() == 255 * 1600
    serving.show(NOTHING)
    serving.until_drawn()
    assert not seen(page, omit_background=True).any()


def test_the_whole_picture_is_seen_in_any_window_and_follows_its_size(pages):
    serving = Serving()
    page = pages(serving.port, size=(640, 640))
    serving.show(solid((255, 0, 0), (0, 0, *SIZE)))
    serving.until_drawn()
    alpha = seen(page, omit_background=True)[..., 3]
    assert (alpha[142:498] == 255).all() and not alpha[:138].any() and not alpha[502:].any()
    serving.show(solid((255, 0, 0), (0, 0, 90, 180)), (90, 180))
    serving.until_drawn()
    alpha = seen(page, omit_background=True)[..., 3]
    assert (alpha[:, 162:478] == 255).all() and not alpha[:, :158].any()
    page.set_viewport_size({"width": 90, "height": 180})
    assert (seen(page, omit_background=True)[..., 3] == 255).all()
    serving.server.close()


def test_after_the_show_is_started_again_the_page_goes_on(pages):
    first = Serving()
    page = pages(first.port)
    first.show(solid((200, 0, 0)))
    first.until_drawn()
    first.server.close()
    again = Serving(first.port)
    again.show(solid((0, 0, 200)))
    again.until_drawn()
    assert (seen(page)[80, 50, :3] == (0, 0, 200)).all()
    again.server.close()
    until = time.monotonic() + 20
    while seen(page, omit_background=True)[80, 50, 3] and time.monotonic() < until:
        time.sleep(0.1)
    assert not seen(page, omit_background=True).any(), "who is gone does not stand there for ever"


def test_two_viewers_see_the_same_and_one_may_go(pages):
    serving = Serving()
    one, other = pages(serving.port), pages(serving.port)
    until = time.monotonic() + 30
    while serving.server.n_viewers < 2 and time.monotonic() < until:
        time.sleep(0.01)
    serving.show(levels())
    serving.until_drawn()
    assert np.array_equal(seen(one), seen(other)) and seen(one)[60, 200].any()
    other.goto("about:blank")
    serving.show(solid((9, 8, 7)))
    serving.until_drawn()
    assert (seen(one)[80, 50, :3] == (9, 8, 7)).all()
    assert serving.server.n_viewers == 1
    serving.server.close()


def test_pictures_are_drawn_in_their_order_and_the_newest_stays(serving, pages):
    page = pages(serving.port)
    ending = threading.Event()
    published, numbers = [], []

    def publish():
        while not ending.wait(0.01):
            number = len(published) + 1
            colour = np.full((20, 20, 4), (number >> 8, number & 255, 0, 255), np.uint8)
            one = SimpleNamespace(number=number, size=SIZE, straight_box=Box(0, 0, colour))
            message = message_of(one, serving.codec)
            serving.server.publish({serving.codec: message}, number, time.perf_counter())
            published.append(number)

    def look():
        red, green, *_ = page.evaluate("[...pen.getImageData(5, 5, 1, 1).data]")
        numbers.append(red << 8 | green)

    until = time.monotonic() + 30
    while not serving.server.n_viewers and time.monotonic() < until:
        time.sleep(0.01)
    thread = threading.Thread(target=publish)
    thread.start()
    while len(set(numbers)) < 6 and time.monotonic() < until:
        look()
    ending.set()
    thread.join()
    serving.until_offered()
    serving.until_drawn()
    look()
    assert numbers == sorted(numbers) and numbers[-1] == published[-1] and len(set(numbers)) >= 6
    assert pages.said == []


def test_the_page_of_osc_is_shown_as_it_is_laid_out(pages):
    serving = Serving(osc_page=lambda: osc_page(values={"target": "<b>alice</b>", "gain": -3.0}))
    page = pages(serving.port, "osc", (1000, 700))
    assert page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse") == (
        "collapse"
    )
    now = page.locator("td.now").all_inner_texts()
    assert '"<b>alice</b>"' in now and "-3.0" in now
    assert pages.said == []
    serving.server.close()
