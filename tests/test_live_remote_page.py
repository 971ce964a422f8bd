"""The page of --remote on a phone: a Chromium of 360 px with touch, real controls behind it."""

from dataclasses import replace

import pytest
from browsers import needs_browser, opened_browser
from made_remote import BOUND, PIN, MadeStage, beat_of, frame, serving, wait_for

from live.controls.entries import Choice, Name, Number, Switch, Trigger
from live.controls.layout import HAND
from live.controls.quantise import AT_ONCE
from live.controls.table import CONTROLS
from live.core.messages import Mirror
from live.midi.desk import Desk
from live.remote.description import described, lists, settable

pytest.importorskip("websockets", reason="no websockets here: pip install websockets")
pytestmark = needs_browser
PHONE = {"width": 360, "height": 740}
LONG_MS = 60_000  # on a busy machine


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def stage():
    made = MadeStage()
    yield made
    made.close()


@pytest.fixture(scope="module")
def remote(stage):
    with serving(stage.remote()) as remote:
        yield remote


@pytest.fixture
def phones(browser):
    """Opens the page as a phone does; none may complain of a script."""
    made, said = [], []

    def look(address, is_in=True):
        context = browser.new_context(
            viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2
        )
        context.set_default_timeout(LONG_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        made.append(context)
        if is_in:
            page.wait_for_selector("body[data-link=there]")
        return page

    yield look
    for context in made:
        context.close()
    assert said == []


@pytest.fixture(scope="module")
def module_phone(browser, remote):
    """One phone for all controls, one after the other."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(LONG_MS)
    page = context.new_page()
    page.goto(remote.url)
    page.wait_for_selector("body[data-link=there]")
    yield page
    context.close()


def row(page, name):
    return page.locator(f'[data-name="{name}"]')


def seen(page, name):
    """The value of a control as the page shows it."""
    return page.evaluate("(name) => values[name]", name)


def until(page, expression, arg=None):
    """Until this holds in the page, which lets nobody evaluate strings while it waits."""
    wait_for(lambda: page.evaluate(expression, arg))


def drag(page, x, heights):
    """A finger that comes down at the first of these heights and goes through all others."""
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": heights[0]}]),
        *(("touchMove", [{"x": x, "y": y}]) for y in heights[1:]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def until_told_which_names_there_are(page, stage):
    """Until then a list may grow under the finger."""
    there = {name: list(stage.read(name) or ()) for name in lists()}
    until(page, "(there) => JSON.stringify(lists) === JSON.stringify(there)", arg=there)


# every control


@pytest.mark.parametrize("control", settable(), ids=lambda control: control.name)
def test_every_control_is_set_by_touch(control, stage, module_phone):
    page, name = module_phone, control.name
    here = row(page, name)
    until_told_which_names_there_are(page, stage)
    before = len(stage.asked)
    match control:
        case Switch():
            button, was = (
                here.get_by_role("switch", name=control.name.replace("_", " ")),
                seen(page, name),
            )
            button.tap()
            wait_for(lambda: bool(stage.read(name)) is not bool(was))
            until(page, "([name, was]) => values[name] !== was", arg=[name, was])
            assert button.get_attribute("aria-checked") == str(not was).lower()
        case Trigger():
            here.get_by_role("button").tap()
            wait_for(lambda: len(stage.asked) > before)
        case Number() if control.adds:
            here.get_by_role("button").nth(1).tap()
            wait_for(lambda: stage.read(name) == control.adds)
            here.locator("output").filter(has_text=f"{control.adds:g}").wait_for()
            assert len(stage.asked) == before + 1
        case Number():
            fader = here.get_by_role("slider", name=name.replace("_", " "))
            box = fader.bounding_box()
            fader.tap(position={"x": 0.7 * box["width"], "y": box["height"] / 2})
            wanted = float(fader.input_value())
            assert control.low < wanted < control.high
            wait_for(lambda: stage.read(name) == pytest.approx(wanted, abs=1e-5))
            here.get_by_role("button", name="back to").tap()
            wait_for(lambda: stage.read(name) == pytest.approx(control.default, abs=1e-5))
        case Choice():
            wanted = _another(stage, control)
            here.get_by_role("button", name=wanted, exact=True).tap()
            wait_for(lambda: len(stage.asked) > before)
            if control.is_told:
                wait_for(lambda: stage.read(name) == wanted)
                here.locator('[aria-pressed="true"]').filter(has_text=wanted).wait_for()
        case Name():
            here.get_by_role("textbox", name=name.replace("_", " ")).fill("drop")
            here.get_by_role("button").tap()
            wait_for(lambda: len(stage.asked) > before)
            if name != "keep_scene":
                return
            wait_for(lambda: "drop" in stage.read("scenes"))
            row(page, "scene").get_by_role("button", name="drop", exact=True).wait_for()
    asked = stage.asked[before:]
    assert asked and all(one[0] == name and one[2] for one in asked), "asked for, and understood"


def _another(stage, control):
    if control.name == "beat_source":
        return "link"  # by hand there must be a tempo, and it is silent here
    names = [*control.besides, *stage.read(control.among)]
    now = stage.read(control.name)
    return next(str(name) for name in names if name != now)


def test_what_is_chosen_without_a_value_has_its_effect(stage, module_phone):
    for name, on in (("out_off", False), ("out_on", True)):
        row(module_phone, name).get_by_role("button", name="web:8765").tap()
        wait_for(lambda on=on: stage.outputs.names(on=True) == (("web:8765",) if on else ()))
    row(module_phone, "next").get_by_role("button").tap()
    wait_for(lambda: stage.songs and stage.songs[-1] == 1)


def test_the_button_beside_a_text_says_what_it_does(stage, module_phone):
    verbs = {"keep_scene": "Keep", "midi_learn": "Learn", "places": "Set", "output": "Set"}
    for name, verb in verbs.items():
        button = row(module_phone, name).get_by_role("button")
        assert button.inner_text() == verb, name


def test_a_text_that_may_be_empty_is_set_empty(stage, module_phone):
    before = len(stage.asked)
    row(module_phone, "keep_scene").get_by_role("button").tap()
    row(module_phone, "places").get_by_role("button").tap()
    wait_for(lambda: len(stage.asked) > before)
    assert [one[:2] for one in stage.asked[before:]] == [("places", "")]


def test_what_is_bound_is_listed_until_a_tap_takes_it_away(remote, stage, phones):
    stage.desk = Desk(list(BOUND), stage.ask, stage.read, stage.told.append)
    page = phones(remote.url)
    chips = row(page, "midi_forget").get_by_role("button")
    until_told_which_names_there_are(page, stage)
    first, last = stage.desk.bindings
    assert chips.all_inner_texts() == [first, last]
    chips.first.tap()
    until(page, "!document.querySelector('.takesAway').textContent.includes('scene drop')")
    assert stage.desk.bindings == (last,) and "nothing sets scene drop" in stage.told[-1]
    assert row(page, "midi_forget").locator("output").inner_text() == ""
    chips.first.tap()
    row(page, "midi_forget").locator("output").get_by_text("none").wait_for()
    assert chips.count() == 0


def test_each_control_has_its_place_and_its_name_on_a_narrow_screen(module_phone):
    page = module_phone
    wanted = {control.name for control in settable()}
    shown = set(
        page.evaluate("[...document.querySelectorAll('.control')].map((e) => e.dataset.name)")
    )
    assert shown == wanted
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, input')].filter((e) => e.offsetParent"
        " && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"
    )
    assert small == [], "a finger finds it"
    names = page.evaluate(
        "[...document.querySelectorAll('button, select, input')].filter((e) =>"
        " !e.textContent.trim() && !e.ariaLabel"
        " && !document.getElementById(e.getAttribute('aria-labelledby'))"
        " && !e.labels?.length).map((e) => e.outerHTML)"
    )
    assert names == [], "a screen reader says what it is"


def test_a_row_of_names_leads_to_each_group(remote, stage, phones):
    page = phones(remote.url)
    until_told_which_names_there_are(page, stage)
    page.emulate_media(reduced_motion="reduce")  # there at once
    ways = page.get_by_role("navigation", name="groups").get_by_role("button")
    names = [group["name"] for group in described() if group["name"] != HAND]
    assert ways.all_inner_texts() == names
    for name in (*names, names[0]):
        ways.get_by_text(name, exact=True).tap()
        # Right below the bar, or as high as the end of the page lets it.
        until(
            page,
            """(name) => {
              const box = (one) => document.querySelector(one).getBoundingClientRect();
              const top = box(`section[aria-label="${name}"]`).top, below = box("header").bottom;
              const end = document.documentElement.scrollHeight - innerHeight;
              return box("header").top === 0 && top >= below - 1
                && (top < below + 24 || (scrollY > end - 2 && top < box("footer").top));
            }""",
            arg=name,
        )
        assert page.locator("#ways [aria-current]").all_inner_texts() == [name]
        way = page.locator("#ways [aria-current]").bounding_box()
        assert min(way["width"], way["height"]) >= 44 and way["x"] >= 0
        assert way["x"] + way["width"] <= PHONE["width"], "it is seen whole"
    assert page.evaluate("scrollX") == 0


def test_the_group_that_is_scrolled_to_is_marked(remote, stage, phones):
    page = phones(remote.url)
    until_told_which_names_there_are(page, stage)
    page.get_by_role("navigation").get_by_role("button").last.tap()
    marked = "() => document.querySelector('#ways [aria-current]')?.textContent"
    until(page, f"({marked})() === 'MIDI' && scrollY > 1000")
    drag(page, 180, [200 + 15 * step for step in range(20)])
    until(page, f"!['MIDI', 'scenes'].includes(({marked})())")
    page.evaluate("scrollTo(0, 0)")
    until(page, f"({marked})() === 'scenes'")


def test_the_keyboard_goes_on_in_the_group_that_was_chosen(remote, phones):
    page = phones(remote.url)
    page.get_by_role("navigation").get_by_role("button", name="sound", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-name]').dataset.name") == "gain"


def test_a_new_control_appears_by_itself():
    new = Switch(name="strobe", make=Mirror, meaning="flashes")
    groups = described((*CONTROLS, new))
    assert [c["name"] for c in groups[-1]["controls"]] == ["strobe"]
    assert {c["name"] for group in groups for c in group["controls"]} == {
        control.name for control in settable()
    } | {"strobe"}


def test_the_keyboard_alone_will_do(stage, module_phone):
    page = module_phone
    stage.controls.ask("quantise", AT_ONCE)
    was = stage.read("mirror")
    row(page, "mirror").get_by_role("switch").focus()
    page.keyboard.press("Space")
    wait_for(lambda: stage.read("mirror") is not was)
    before = len(stage.asked)
    row(page, "tap").get_by_role("button").focus()
    page.keyboard.press("Enter")
    wait_for(lambda: [one[0] for one in stage.asked[before:]] == ["tap"])
    fader = row(page, "energy").get_by_role("slider")
    now = float(fader.input_value())
    fader.focus()
    page.keyboard.press("ArrowRight")
    wait_for(lambda: stage.read("energy") == pytest.approx(now + 0.01, abs=1e-5))


# faders


def test_a_fader_sends_at_most_sixty_a_second_and_its_last_value(stage, module_phone):
    page, before = module_phone, len(stage.asked)
    took = page.evaluate(
        """async () => {
          const fader = document.querySelector('[data-name="gain"] input');
          const from = performance.now();
          for (let n = 1; n <= 300; n++) {
            fader.value = (n % 80) - 40;
            if (n === 300) fader.value = 12.3;
            fader.dispatchEvent(new Event("input"));
            if (n % 3 === 0) await new Promise((go) => setTimeout(go, 1));
          }
          return performance.now() - from;
        }"""
    )
    wait_for(lambda: stage.read("gain") == pytest.approx(12.3, abs=1e-5))
    sent = [value for name, value, _ in stage.asked[before:] if name == "gain"]
    assert 2 <= len(sent) <= took / 1000 * 60 + 2 and sent[-1] == pytest.approx(12.3)


def test_a_fader_under_a_finger_is_not_moved_by_others(stage, module_phone):
    page = module_phone
    fader = row(page, "energy").get_by_role("slider")
    fader.evaluate("(fader) => fader.scrollIntoView({ block: 'center' })")  # beside the bars
    box = fader.bounding_box()
    x, y = box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    )
    until(page, "document.querySelector('[data-name=energy] input').value > 0.3")
    held = fader.input_value()
    stage.ask("energy", -0.5)
    until(page, "Math.abs(values.energy + 0.5) < 1e-3")
    assert fader.input_value() == held
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, "document.querySelector('[data-name=energy] input').value == -0.5")


def test_a_finger_that_scrolls_sets_nothing(stage, module_phone):
    page = module_phone
    fader = row(page, "scale").get_by_role("slider")
    stage.ask("scale", 1.0)
    until(page, "values.scale === 1")
    until(page, "document.querySelector('[data-name=scale] input').value == 1")
    fader.evaluate("(fader) => fader.scrollIntoView({ block: 'center' })")  # beside the bars
    box = fader.bounding_box()
    x, y = box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2
    from_there = page.evaluate("scrollY")
    drag(page, x, [y - 15 * step for step in range(12)])
    wait_for(lambda: page.evaluate("scrollY") != from_there)
    until(page, "document.querySelector('[data-name=scale] input').value == 1")
    wait_for(lambda: stage.read("scale") == 1.0)


# several


def test_two_phones_are_in_step(remote, stage, phones):
    one, other = phones(remote.url), phones(remote.url)
    was = stage.read("blackout")
    row(one, "blackout").get_by_role("switch").tap()
    for page in (one, other):
        until(page, "(was) => values.blackout === !was", arg=was)
        button = row(page, "blackout").get_by_role("switch")
        assert button.get_attribute("aria-checked") == str(not was).lower()
    row(other, "fade").get_by_role("slider").evaluate(
        "(fader) => { fader.value = 3.5; fader.dispatchEvent(new Event('input')); }"
    )
    until(one, "document.querySelector('[data-name=fade] input').value == 3.5")
    stage.ask("background", "green")  # as from a key
    for page in (one, other):
        row(page, "background").locator('[aria-pressed="true"]').filter(has_text="green").wait_for()
    stage.ask("background", "target")
    stage.ask("blackout", False)


def test_what_waits_for_the_beat_is_seen_to_wait_by_all(remote, stage, phones):
    one, other = phones(remote.url), phones(remote.url)
    stage.controls.quantum = "bar"
    try:
        row(one, "shadow").get_by_role("switch").tap()
        for page in (one, other):
            page.wait_for_selector('[data-name="shadow"].waits')
        stage.controls.at(0.0, None, 0.0)  # nothing to wait for is known
        for page in (one, other):
            page.wait_for_selector('[data-name="shadow"]:not(.waits)')
    finally:
        stage.controls.quantum = "off"


# what is shown


def test_beat_state_and_the_newest_warning(remote, stage, phones):
    before = stage.meters
    page = phones(remote.url)
    stage.meters = replace(
        before, beat=beat_of(), beat_phase=0.0, bar_phase=0.5, warnings=("<b>new</b>", "old")
    )
    try:
        until(page, "at('bpm').textContent === '120.0'")
        assert page.locator("#beats i").count() == 4
        page.wait_for_selector("#beats i:nth-child(3).now")
        assert "listening" in page.inner_text("#state")
        tempo = row(page, "bpm").locator("output")
        assert tempo.inner_text() == "followed, 120.0"
        for held, text in ((124.4, "124.4 BPM"), (90.0, "90 BPM")):
            stage.ask("bpm", held)
            tempo.get_by_text(text, exact=True).wait_for()
        stage.ask("bpm", 0.0)
        tempo.get_by_text("followed, 120.0", exact=True).wait_for()
        until(page, "at('warning').textContent === '<b>new</b>'")
    finally:
        stage.meters = before
    until(page, "at('bpm').textContent === 'no beat'")
    until(page, "at('now-bpm').textContent === 'followed'")


def test_the_preview_is_made_while_somebody_looks(remote, phones):
    page = phones(remote.url)
    remote.put(frame())
    assert remote._frame is None, "nobody looks"
    page.locator("summary").tap()
    wait_for(lambda: any(guest.looks for guest in remote._guests))

    def red():
        remote.put(frame())
        return page.evaluate(
            "() => { const i = at('preview'); if (!i.naturalWidth) return null;"
            " const c = document.createElement('canvas'); c.width = c.height = 1;"
            " const p = c.getContext('2d'); p.drawImage(i, 0, 0, 1, 1);"
            " return [...p.getImageData(0, 0, 1, 1).data]; }"
        )

    wait_for(lambda: (found := red()) and abs(found[0] - 200) < 6 and abs(found[1] - 40) < 6)
    page.locator("summary").tap()
    wait_for(lambda: not any(guest.looks for guest in remote._guests))


# comings and goings


def test_after_the_show_is_started_again_the_page_goes_on(stage, phones):
    with serving(stage.remote(pin=PIN)) as first:
        page, port = phones(first.url), first.port
    page.wait_for_selector("body[data-link=lost]")
    mirror = row(page, "mirror").get_by_role("switch")
    assert mirror.is_disabled() and "lost" in page.inner_text("#link")
    stage.ask("x", 0.25)
    with serving(stage.remote(port=port, pin=PIN)):  # another key, the same PIN
        page.wait_for_selector("body[data-link=there]")
        until(page, "document.querySelector('[data-name=x] input').value == 0.25")
        assert mirror.is_enabled()
    stage.ask("x", 0.0)


def test_a_network_that_falls_silent_is_noticed(remote, phones):
    page = phones(remote.url)
    page.evaluate(  # it is lost for a moment only: written down, not waited for
        "() => { window.links = []; new MutationObserver(() =>"
        " window.links.push(document.body.dataset.link)).observe(document.body,"
        " { attributeFilter: ['data-link'] }); }"
    )
    page.evaluate("socket.onmessage = null")  # as when the phone is carried out of reach
    until(page, "window.links.includes('lost') && window.links.at(-1) === 'there'")


def test_the_pin_lets_in_and_a_wrong_one_does_not(stage, phones):
    with serving(stage.remote(host="0.0.0.0", pin=PIN)) as remote:
        here = f"http://127.0.0.1:{remote.port}/"
        page = phones(here, is_in=False)
        page.get_by_label("PIN of this show").fill("000000")
        page.get_by_role("button", name="Come in").tap()
        page.get_by_text("That is not its PIN.").wait_for()
        assert not page.locator("#show").is_visible()
        page.get_by_label("PIN of this show").fill(PIN)
        page.get_by_role("button", name="Come in").tap()
        page.wait_for_selector("body[data-link=there]")
        other = phones(f"{here}#999999", is_in=False)
        other.get_by_text("That is not its PIN.").wait_for()
        for wrong in ("111111", "222222", "333333"):
            other.get_by_label("PIN of this show").fill(wrong)
            other.get_by_role("button", name="Come in").tap()
            until(other, "at('pin').value === ''")
        other.get_by_label("PIN of this show").fill(PIN)
        other.get_by_role("button", name="Come in").tap()
        other.get_by_text("Too many wrong PINs").wait_for()
        page.reload()
        page.wait_for_selector("body[data-link=there]")


def test_the_pin_in_the_address_is_enough_and_does_not_stay_there(stage, phones):
    with serving(stage.remote(host="0.0.0.0", pin=PIN)) as remote:
        page = phones(f"http://127.0.0.1:{remote.port}/#{PIN}")
        assert "#" not in page.url and PIN not in page.content()
