"""The deal board in a real browser: what a mouse, a finger, a keyboard and a menu ask for, and what the board shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.browsing import ROOT, RunningApp, settled, start_app

pytestmark = pytest.mark.browser
LEAD, QUALIFIED, PROPOSAL, NEGOTIATION, WON = 1, 2, 3, 4, 5

# For every text on the board its contrast with what lies behind it, by the formula of WCAG; the lowest ones come first.
CONTRASTS = """root => {
    const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
    const rgba = colour => {
        brush.clearRect(0, 0, 1, 1)
        brush.fillStyle = colour
        brush.fillRect(0, 0, 1, 1)
        return [...brush.getImageData(0, 0, 1, 1).data]
    }
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
    const behind = one => {
        for (let at = one; at; at = at.parentElement ?? at.getRootNode().host) {
            const found = rgba(getComputedStyle(at).backgroundColor)
            if (found[3] > 250) return found
        }
        return [255, 255, 255]
    }
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const found = []
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const one = text.parentElement
        if (!text.data.trim() || !one.getClientRects().length || one.closest(".hidden")) continue
        const [a, b] = [light(rgba(getComputedStyle(one).color)), light(behind(one))]
        found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.className, text.data])
    }
    return found.sort((a, b) => a[0] - b[0])
}"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    script = ROOT / "tests/browser/deal_board/app.py"
    running = start_app(tmp_path_factory.mktemp("board"), {}, script=script, cwd=ROOT)
    yield running
    running.stop()
    assert running.foreign == set()


@pytest.fixture
def show(board: RunningApp, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """`show("cards=50&viewer", width=390)`: a page that shows the board."""

    def made(query: str = "", **how: Any) -> Page:
        page = new_context(**how).new_page()
        board.watch(page)
        page.goto(f"{board.url}/?{query}")
        expect(page.locator(".card").first).to_be_attached()
        return settled(page)

    return made


def column(page: Page, stage: int) -> Locator:
    return page.locator(f'.column[data-stage="{stage}"]')


def card(within: Page | Locator, deal: int) -> Locator:
    return within.locator(f'.card[data-id="{deal}"]')


def name_of(page: Page, deal: int) -> Locator:
    return card(page, deal).locator(".open")


def said(page: Page) -> Locator:
    return page.get_by_role("status").and_(page.locator(".said"))


def asked(page: Page, count: int) -> list[dict[str, Any]]:
    """What the page was asked for, once it was `count` requests and nothing more is on its way."""
    # Looked up each time: a run may draw the element anew.
    page.wait_for_function(
        "count => JSON.parse(document.querySelector('.st-key-asked code')?.textContent || '[]').length >= count",
        arg=count,
    )
    shown = page.locator(".st-key-asked code")
    page.wait_for_timeout(1000)
    settled(page)
    found: list[dict[str, Any]] = json.loads(shown.inner_text())
    assert len(found) == count, found
    return found


def drag(page: Page, deal: int, stage: int, *, drops: bool = True) -> None:
    # Hovering waits until the card stands still: fresh data may have put another one in its place.
    card(page, deal).hover(position={"x": 40, "y": 20})
    start, end = card(page, deal).bounding_box(), column(page, stage).bounding_box()
    assert start is not None and end is not None
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 40)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 150, steps=4)
    if drops:
        page.mouse.up()


def test_a_card_dragged_to_a_stage_asks_for_one_move_and_stays_there(show: Callable[..., Page]) -> None:
    page = show()
    drag(page, 102, QUALIFIED, drops=False)
    expect(column(page, QUALIFIED)).to_have_class("column target")
    expect(page.locator(".ghost")).to_have_text(card(page, 102).inner_text().replace("\n", ""), use_inner_text=False)
    page.mouse.up()
    # At once, before the server has said anything.
    expect(card(column(page, QUALIFIED), 102)).to_be_visible()
    (move,) = asked(page, 1)
    key = move.pop("key")
    assert move == {"name": "Move", "id": 102, "version": 1, "from_stage": LEAD, "to_stage": QUALIFIED}
    assert len(key) == 32
    expect(card(column(page, QUALIFIED), 102)).to_be_visible()
    expect(page.locator(".ghost, .target, .pending")).to_have_count(0)


def test_a_drop_that_fires_twice_moves_once(show: Callable[..., Page]) -> None:
    page = show("takes=0.5")
    drag(page, 102, QUALIFIED, drops=False)
    page.evaluate("""() => {
        const up = () => window.dispatchEvent(new PointerEvent("pointerup", { pointerId: 1 }))
        up(), up()
    }""")
    page.mouse.up()
    drag(page, 102, QUALIFIED)
    assert [one["name"] for one in asked(page, 1)] == ["Move"]


def test_two_quick_moves_are_both_done(show: Callable[..., Page]) -> None:
    page = show("takes=0.5")
    drag(page, 102, QUALIFIED)
    drag(page, 103, PROPOSAL)
    drag(page, 102, PROPOSAL)
    moves = asked(page, 3)
    assert [(one["id"], one["to_stage"], one["version"]) for one in moves] == [
        (102, QUALIFIED, 1),
        (103, PROPOSAL, 1),
        (102, PROPOSAL, 2),
    ]
    assert len({one["key"] for one in moves}) == 3
    expect(card(column(page, PROPOSAL), 102)).to_be_visible()
    expect(card(column(page, PROPOSAL), 103)).to_be_visible()


def test_escape_ends_a_drag_and_a_press_without_one_opens(show: Callable[..., Page]) -> None:
    page = show()
    drag(page, 102, QUALIFIED, drops=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".ghost, .target, .lifted")).to_have_count(0)
    expect(card(column(page, LEAD), 102)).to_be_visible()
    drag(page, 102, LEAD)
    card(page, 103).dblclick()
    assert asked(page, 1) == [{"name": "Open", "id": 103}]


def test_a_refused_move_goes_back(show: Callable[..., Page]) -> None:
    page = show("refuses")
    drag(page, 102, QUALIFIED)
    expect(card(column(page, QUALIFIED), 102)).to_be_visible()
    expect(card(column(page, LEAD), 102)).to_be_visible()
    expect(said(page)).to_have_text("Deal 102 stays in Lead.")
    asked(page, 1)


def test_near_an_edge_the_board_rolls(show: Callable[..., Page]) -> None:
    page = show(width=900)
    strip = page.locator(".strip")
    drag(page, 102, LEAD, drops=False)
    around = strip.bounding_box()
    assert around is not None
    page.mouse.move(around["x"] + around["width"] - 5, around["y"] + 200)
    at_the_end = "one => one.scrollLeft > 0 && one.scrollLeft >= one.scrollWidth - one.clientWidth - 1"
    page.wait_for_function(at_the_end, arg=strip.element_handle())
    page.mouse.up()
    assert asked(page, 1)[0]["to_stage"] == 6


def test_the_keyboard_walks_and_moves_and_keeps_the_focus(show: Callable[..., Page]) -> None:
    page = show()
    assert page.locator('.card [tabindex="0"]').count() == 2  # one card: its name and its menu
    name_of(page, 100).focus()
    for key, deal in (("ArrowDown", 101), ("ArrowRight", 201), ("ArrowRight", 301), ("ArrowRight", 501), ("Home", 500)):
        page.keyboard.press(key)
        expect(name_of(page, deal)).to_be_focused()
    for key, deal in (("End", 503), ("ArrowLeft", 303), ("ArrowLeft", 203), ("ArrowLeft", 103), ("ArrowUp", 102)):
        page.keyboard.press(key)
        expect(name_of(page, deal)).to_be_focused()

    page.keyboard.press("Space")
    expect(said(page)).to_have_text(
        "Deal 102 picked up in Lead, stage 1 of 6, 1\u202f204 deals. "
        "Arrow keys choose a stage, Space drops, Escape cancels."
    )
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_have_text("Qualified, stage 2 of 6, 4 deals. Space drops, Escape cancels.")
    expect(column(page, QUALIFIED)).to_have_class("column target")
    page.keyboard.press("Escape")
    expect(said(page)).to_have_text("Deal 102 stays in Lead.")
    expect(page.locator(".target, .lifted")).to_have_count(0)

    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(said(page)).to_have_text("Deal 102 is in Negotiation.")
    expect(name_of(page, 102)).to_be_focused()
    page.keyboard.press("Enter")
    move, opened = asked(page, 2)
    assert (move["id"], move["from_stage"], move["to_stage"]) == (102, LEAD, NEGOTIATION)
    assert opened == {"name": "Open", "id": 102}
    expect(card(column(page, NEGOTIATION), 102)).to_be_visible()
    expect(name_of(page, 102)).to_be_focused()


def test_roles_and_words(show: Callable[..., Page]) -> None:
    page = show()
    stages = page.get_by_role("group", name="Deals by stage").get_by_role("group")
    expect(stages).to_have_count(6)
    lead = page.get_by_role("group", name="Lead, 1\u202f204 deals, € 124 000")
    expect(lead.get_by_role("heading", name="Lead")).to_be_visible()
    expect(lead.get_by_role("list", name="Lead").get_by_role("listitem")).to_have_count(4)
    words = "Deal 100, € 100 400, 40 % set by hand, Doré Parfums, SS27 Show, owner Claire Martin, 12 d in stage, "
    rest = "Rotting: rotting, no touch for 21 d, Overdue: Call, 3 d late"
    expect(lead.get_by_role("button", name=words + rest, exact=True)).to_be_visible()
    expect(card(page, 100).locator(".by-hand")).to_have_text("by hand")
    expect(card(page, 100).locator(".rots svg")).to_be_visible()
    expect(column(page, QUALIFIED)).to_contain_text("Over its limit of 2")
    expect(column(page, NEGOTIATION)).to_contain_text("No deals in this stage.")
    lead_box, won_box = column(page, LEAD).bounding_box(), column(page, WON).bounding_box()
    assert lead_box is not None and won_box is not None
    assert won_box["width"] < lead_box["width"]


def test_stages_beyond_an_edge_fade_there(show: Callable[..., Page]) -> None:
    page = show(width=900)
    strip = page.locator(".strip")
    expect(strip).to_have_class("strip after")
    strip.evaluate("one => one.scrollTo(one.scrollWidth, 0)")
    expect(strip).to_have_class("strip before")
    page.add_style_tag(content='[data-testid="stMainBlockContainer"] { max-width: none }')
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(strip).to_have_class("strip")


def test_the_menu_moves_on_a_phone(show: Callable[..., Page]) -> None:
    page = show(width=390, height=844)
    share, menu_box = (card(page, 100).locator(one).bounding_box() for one in (".share", ".menu"))
    assert share is not None and menu_box is not None
    assert share["x"] + share["width"] <= menu_box["x"]
    expect(page.locator(".card:visible")).to_have_count(4)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert page.get_by_test_id("stMain").evaluate("one => one.scrollWidth") <= 390
    opener = card(page, 102).get_by_role("button", name="Move Deal 102 to…")
    opener.click()
    menu = page.get_by_role("menu", name="Move Deal 102 to")
    expect(menu.get_by_role("menuitem")).to_have_text(["Qualified", "Proposal", "Negotiation", "Won", "Lost"])
    expect(menu.get_by_role("menuitem", name="Qualified")).to_be_focused()
    page.keyboard.press("End")
    expect(menu.get_by_role("menuitem", name="Lost")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()

    opener.click()
    menu.get_by_role("menuitem", name="Negotiation").click()
    expect(card(column(page, LEAD), 102)).to_have_count(0)
    expect(said(page)).to_have_text("Deal 102 is in Negotiation.")
    expect(name_of(page, 103)).to_be_focused()
    expect(page.get_by_role("tab", name="Negotiation 1")).to_be_visible()
    page.get_by_role("tab", name="Negotiation 1").click()
    expect(page.locator(".card:visible")).to_have_count(1)
    expect(card(page, 102)).to_be_visible()
    assert (asked(page, 1)[0]["to_stage"], page.evaluate("document.scrollingElement.scrollWidth")) == (NEGOTIATION, 390)


def test_a_finger_scrolls_and_drags_only_after_a_long_press(show: Callable[..., Page]) -> None:
    page = show("cards=12", width=1280)
    device = page.context.new_cdp_session(page)
    device.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    at, to = card(page, 102).bounding_box(), column(page, QUALIFIED).bounding_box()
    assert at is not None and to is not None

    def touch(kind: str, x: float = 0, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        device.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = at["x"] + 60, at["y"] + 40
    touch("touchStart", x, y)
    for step in range(1, 9):
        touch("touchMove", x, y - 25 * step)
    expect(page.locator(".ghost")).to_have_count(0)
    touch("touchEnd")
    body = column(page, LEAD).locator(".body")
    page.wait_for_function("one => one.scrollTop > 50", arg=body.element_handle())
    page.wait_for_timeout(500)  # it rolls on for a while

    touch("touchStart", x, y)
    expect(page.locator(".ghost")).to_be_visible()
    lifted = int(column(page, LEAD).locator(".lifted").get_attribute("data-id") or 0)
    before = body.evaluate("one => one.scrollTop")
    for step in range(1, 5):
        touch("touchMove", x + (to["x"] + 80 - x) * step / 4, y)
    expect(column(page, QUALIFIED)).to_have_class("column target")
    touch("touchEnd")
    assert [(one["name"], one["id"]) for one in asked(page, 1)] == [("Move", lifted)]
    assert body.evaluate("one => one.scrollTop") == before


def test_who_may_not_move_can_only_look_and_open(show: Callable[..., Page]) -> None:
    page = show("viewer")
    expect(page.locator(".menu:visible, .add:visible")).to_have_count(0)
    drag(page, 102, QUALIFIED, drops=False)
    expect(page.locator(".ghost, .target")).to_have_count(0)
    page.mouse.up()
    name_of(page, 103).focus()
    page.keyboard.press("Space")
    expect(page.locator(".carrying, .lifted")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(name_of(page, 203)).to_be_focused()
    assert asked(page, 1) == [{"name": "Open", "id": 103}]


def test_new_data_redraw_only_what_changed(show: Callable[..., Page]) -> None:
    page = show("cards=50")
    assert page.locator(".card").count() == 250
    body = column(page, LEAD).locator(".body")
    name_of(page, 110).focus()
    body.evaluate("one => one.scrollTop = 700")
    # What is in sight stays where it is, also when a name above it takes a line more.
    top = "one => Math.round(one.getBoundingClientRect().top)"
    before = card(page, 110).evaluate(top)
    facts = "[...one.querySelectorAll('.card .facts > :first-child')]"
    page.locator(".strip").evaluate(f"one => {facts}.forEach(fact => fact.seen = true)")
    # Pressed without the mouse: as when the change of somebody else comes in.
    page.get_by_role("button", name="Somebody else edits deal 102").evaluate("one => one.click()")
    expect(name_of(page, 102)).to_have_text("Deal 102, edited")
    anew = f"one => {facts}.filter(fact => !fact.seen).map(fact => fact.closest('.card').dataset.id)"
    assert page.locator(".strip").evaluate(anew) == ["102"]
    assert abs(card(page, 110).evaluate(top) - before) <= 1
    expect(name_of(page, 110)).to_be_focused()
    column(page, LEAD).get_by_role("button", name="Show 25 more of Lead").click()
    column(page, QUALIFIED).get_by_role("button", name="Add a deal in Qualified").click()
    assert asked(page, 2) == [{"name": "More", "stage_id": LEAD}, {"name": "Add", "stage_id": QUALIFIED}]


def test_the_menu_stays_open_where_the_scroll_that_went_before_is_told_late_and_closes_with_the_next(
    show: Callable[..., Page],
) -> None:
    page = show("cards=50", width=390, height=844)
    # Playwright scrolls the card into sight and presses at once, as a thumb does that stops a list and taps.
    page.locator(".card:visible .menu").nth(8).click()
    menu = page.get_by_role("menu")
    page.wait_for_timeout(300)
    expect(menu).to_be_visible()
    page.get_by_test_id("stMain").evaluate("one => one.scrollBy(0, 60)")
    expect(menu).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
def test_texts_are_text_and_readable(show: Callable[..., Page], dark: bool) -> None:
    page = show(dark=dark)
    evil = "<img src=x onerror='window.hit=1'><b>Bold & co</b>"
    expect(name_of(page, 101)).to_have_text(evil)
    expect(card(page, 101).locator(".tag").first).to_have_text(evil)
    expect(page.locator(".deals img, .deals b")).to_have_count(0)
    assert page.evaluate("window.hit") is None
    card(page, 100).locator(".menu").click()
    contrasts = page.locator(".deals").evaluate(CONTRASTS)
    assert len(contrasts) > 200
    assert [found for found in contrasts if found[0] < 4.5] == []
