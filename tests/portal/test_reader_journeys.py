"""What a reader does, in a browser: on a phone, by keyboard alone, without scripts."""

from __future__ import annotations

import unicodedata

import pytest
from playwright.sync_api import expect

from domain.holdings import Item
from flows.steps.leaf import leaf
from tests.portal.pages import BOOK, ODD

PAGE = f"{BOOK}/trang/3"
PHONE = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def _search(page, words):
    page.fill("#q", words)
    page.press("#q", "Enter")
    page.wait_for_url("**/tim?*")


def _boxes(page, selector):
    return [one.bounding_box() for one in page.locator(selector).all()]


def _within(inner, outer, slack):
    return (
        inner["x"] >= outer["x"] - slack
        and inner["y"] >= outer["y"] - slack
        and inner["x"] + inner["width"] <= outer["x"] + outer["width"] + slack
        and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + slack
    )


@pytest.fixture
def item(shelf) -> Item:
    with shelf.catalog.view() as seen:
        return seen.item(BOOK.rpartition("/")[2])


def _expected(shelf, item, query):
    """The words that were looked for on page 3, and their boxes as shares of the page."""
    found = leaf(shelf, item.id, 3, query)
    page = found.page
    return [
        (
            word.text,
            word.box.left / page.width,
            word.box.top / page.height,
            word.box.right / page.width,
            word.box.bottom / page.height,
        )
        for word in page.words
        if word.box in found.marked
    ]


def test_on_a_phone_a_book_is_found_without_diacritics_and_its_words_are_marked_where_they_stand(
    visit, shelf, item
):
    page = visit("/", width=375, **PHONE)
    _search(page, "tranh chap dat dai")
    page.locator(f'.results a[href^="{PAGE}?"]').tap()
    page.wait_for_url(f"**{PAGE}?q=*")
    page.locator(".leaf img").evaluate("image => image.decode()")
    picture = page.locator(".leaf img").bounding_box()
    marks = _boxes(page, ".leaf rect")
    expected = _expected(shelf, item, "tranh chap dat dai")
    assert [unicodedata.normalize("NFC", one[0]) for one in expected] == ["tranh", "chấp", "đất", "đai"]
    for _, left, top, right, bottom in expected:
        word = {
            "x": picture["x"] + left * picture["width"],
            "y": picture["y"] + top * picture["height"],
            "width": (right - left) * picture["width"],
            "height": (bottom - top) * picture["height"],
        }
        assert any(_within(word, mark, slack=1) for mark in marks)
    assert len(marks) == 2  # a line each
    assert all(one["width"] < picture["width"] for one in marks)


@pytest.mark.parametrize("width", [375, 1280])
def test_what_is_dragged_over_is_what_is_copied(visit, width):
    page = visit(f"{PAGE}?q=dat+dai", width=width)
    page.locator(".leaf img").evaluate("image => image.decode()")
    line = page.locator(".leaf text").nth(1)
    words = line.locator("tspan").all_text_contents()
    first, last = line.locator("tspan").first.bounding_box(), line.locator("tspan").last.bounding_box()
    page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] - 1, last["y"] + last["height"] / 2, steps=8)
    page.mouse.up()
    assert page.evaluate("String(getSelection())").split() == words


def test_dragging_over_two_lines_takes_the_words_of_both(visit):
    page = visit(PAGE)
    page.locator(".leaf img").evaluate("image => image.decode()")
    lines = page.locator(".leaf text")
    words = [word for at in (1, 2) for word in lines.nth(at).locator("tspan").all_text_contents()]
    first = lines.nth(1).locator("tspan").first.bounding_box()
    last = lines.nth(2).locator("tspan").last.bounding_box()
    page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] - 1, last["y"] + last["height"] / 2, steps=8)
    page.mouse.up()
    assert page.evaluate("String(getSelection())").split() == words


def test_every_word_lies_over_its_picture_as_wide_as_it_is_printed(visit, shelf, item):
    page = visit(PAGE)
    page.locator(".leaf img").evaluate("image => image.decode()")
    picture = page.locator(".leaf img").bounding_box()
    read = leaf(shelf, item.id, 3).page
    scale = picture["width"] / read.width
    shown = _boxes(page, ".leaf tspan")
    assert len(shown) == len(read.words)
    for box, word in zip(shown, read.words, strict=True):
        assert abs(box["x"] - picture["x"] - word.box.left * scale) <= 2
        assert abs(box["width"] - word.box.width * scale) <= 3


def test_by_keyboard_alone_a_reader_searches_opens_turns_and_copies(visit):
    page = visit("/", permissions=["clipboard-read", "clipboard-write"])
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("tranh chap dat dai")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim?*")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Trang 3":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/trang/3?q=*")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hasAttribute('data-copy-text')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_have_text("Đã chép")
    assert "tranh chấp đất đai" in " ".join(page.evaluate("navigator.clipboard.readText()").split())
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/trang/2?q=*")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/trang/3?q=*")


def test_arrow_keys_stay_within_a_field(visit):
    page = visit(PAGE)
    page.focus("#trang")
    page.keyboard.press("ArrowRight")
    page.focus("#tim-q")
    page.keyboard.press("ArrowLeft")
    assert page.url.endswith(PAGE)


def test_without_scripts_a_reader_searches_reads_turns_and_searches_again(visit):
    page = visit("/", width=375, javascript=False)
    page.fill("#q", "khieu nai")
    page.click(".find button")
    page.locator(".results a", has_text="Trang 2").first.click()
    assert page.locator(".leaf rect").count() >= 1
    assert page.locator("[data-text] mark").first.text_content() == "khiếu nại"
    page.click("a.turn[rel=next]")
    assert "/trang/3?q=khieu+nai" in page.url
    page.fill("#trang", "5")
    page.click(".bar button")
    assert "/trang/5" in page.url
    page.fill("#tim-q", "bao luc")
    page.click(".inside button")
    assert page.locator(".hits li").count() >= 1
    page.goto(f"{BOOK}/trang/5?xem=chu")
    assert "bạo lực" in page.locator("[data-text]").text_content()


def test_a_swipe_turns_the_page(visit):
    page = visit(PAGE, width=375, **PHONE)
    stage = page.locator("[data-stage]")
    stage.evaluate(
        """(stage) => {
          const touch = (x) => new Touch({identifier: 1, target: stage, clientX: x, clientY: 300});
          const at = (kind, x, list) => stage.dispatchEvent(new TouchEvent(kind, {
            touches: list ? [touch(x)] : [], changedTouches: [touch(x)], bubbles: true}));
          at('touchstart', 300, true); at('touchend', 120, false);
        }"""
    )
    page.wait_for_url("**/trang/4")


def test_a_page_is_enlarged_in_a_window_that_the_keyboard_opens_and_leaves(visit, violations):
    page = visit(PAGE)
    page.focus("[data-zoom]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".zoomed canvas")
    assert violations(page) == []
    page.click("[data-zoom-in]")
    page.keyboard.press("Escape")
    assert page.locator(".zoomed").count() == 0
    assert page.evaluate("document.activeElement.hasAttribute('data-zoom')")


def test_a_book_is_opened_where_one_was(visit):
    page = visit(PAGE)
    page.goto(BOOK)
    page.click("text=Đọc tiếp trang 3")
    page.wait_for_url(f"**{PAGE}")
    page.goto("/")
    assert page.locator("[data-resume] a").first.get_attribute("href") == PAGE


def test_titles_are_offered_while_one_types(visit, violations):
    page = visit("/")
    page.locator("#q").press_sequentially("dieu")
    page.wait_for_selector("#q-list li")
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    assert page.locator("#q").get_attribute("aria-activedescendant") == "q-list-0"
    page.keyboard.press("Escape")
    assert page.locator("#q-list").is_hidden()


def test_an_error_in_the_text_is_reported_from_the_page(visit):
    page = visit(PAGE)
    page.click("#bao-loi summary")
    page.fill("#bl-note", "đúng ra là “đất đai”")
    page.click("#bao-loi button")
    page.wait_for_url("**/trang/3?da-bao=1#bao-loi")
    assert "Đã nhận báo lỗi" in page.locator("#bao-loi").text_content()


def test_what_is_printed_is_the_page_alone(visit):
    page = visit(PAGE)
    page.emulate_media(media="print")
    assert page.locator(".leaf img").is_visible()
    for hidden in ("header.site", ".bar", ".tools", ".inside", "footer.site", ".text"):
        assert page.locator(hidden).first.is_hidden()


def test_hostile_words_break_neither_the_page_nor_its_width(visit, violations, odd, odd_base):
    for path in (f"/sach/{odd.hostile}", f"/sach/{odd.hostile}/trang/1?q=hoa+giai", "/danh-muc", "/"):
        for width in (1280, 375):
            page = visit(f"{odd_base}{path}", width=width)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("window.pwned === undefined")


def test_odd_pages_are_good_for_everybody(visit, violations, odd, odd_base):
    for path, which in ODD:
        for width, scheme in ((1280, "light"), (375, "dark")):
            page = visit(odd_base + path.format(getattr(odd, which)), width=width, scheme=scheme)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
