"""Staff's desks in a browser: good for everybody, and a book brought to readers by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from domain.desk import Verdict
from domain.holdings import State
from domain.readers_ledger import Outcome
from domain.values import Actor
from flows.steps.correcting import reading_of, say_of_page
from flows.steps.describing import describe_by_hand
from flows.steps.publish import give_back
from flows.steps.text_reports import report_text, settle_report
from flows.steps.verdicts import assess
from tests.portal.desks import Desk, desk_at
from tests.portal.pages import DESK as PAGES
from tests.portal.pages import good_for_everybody
from tests.portal.signing import Signed, sign_in

WHO = Actor("khác", "stp")


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Desk]:
    with desk_at(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.fixture(scope="module")
def signed(desk) -> Iterator[dict[str, Signed]]:
    with ExitStack() as opened:
        yield {login: opened.enter_context(sign_in(desk.base, login)) for login in ("an", "binh")}


@pytest.fixture(scope="module")
def book(desk):
    """A described book with everything that a page may show: a history, a verdict, a duplicate, problems."""
    other = desk.new_book("Sổ tay hòa giải cơ sở, in lần thứ nhất", pages=1, first_folio=50)
    item = desk.new_book("Sổ tay hòa giải ở cơ sở dành cho hòa giải viên", pages=3)
    for one in (other, item):
        same = {"so_ky_hieu": "77/2020/QĐ-UBND", "compiling_agency": "UBND tỉnh Đắk Lắk"}
        describe_by_hand(desk.shelf, one.id, same, WHO)
    describe_by_hand(desk.shelf, item.id, {"pages_declared": "120"}, WHO)
    say_of_page(desk.shelf, item.id, 2, WHO, label="ii", kind=None)
    desk.follow(item.id)
    assess(desk.shelf, item.id, Verdict.REVIEW, "Luật Đất đai 2013 đã được thay thế", WHO)
    for page in (1, 2):
        report_text(desk.shelf, item.id, page, words="hoà giải", note="Trên bản in là “hòa giải”.")
    with desk.shelf.catalog.view() as seen:
        report = seen.readers.text_reports(item.id, limit=1)[0].id
    settle_report(desk.shelf, item.id, report, Outcome.UNFOUNDED, WHO)
    give_back(desk.shelf, item.id, WHO, "Thiếu số giấy phép xuất bản ở trang 2")
    return desk.item(item.id)


SHIFTED = """() => new Promise(told => {
    let shifted = 0
    new PerformanceObserver(seen => { for (const one of seen.getEntries()) shifted += one.value })
        .observe({type: "layout-shift", buffered: true})
    setTimeout(() => told(shifted), 300)
})"""


def test_readers_of_a_page_are_warned_above_its_picture_and_nothing_moves(visit, violations, desk):
    item = desk.new_book("Đang được xem lại", pages=2, first_folio=300, publish=True)
    assess(desk.shelf, item.id, Verdict.REVIEW, "Luật Đất đai 2013 đã được thay thế", WHO)
    address = f"{desk.base}/sach/{item.accession}/trang/1"
    page = visit(address, width=375)
    warned = page.get_by_text("Nội dung đang được xem lại từ ngày")
    picture = page.locator(".leaf img")
    assert warned.bounding_box()["y"] < picture.bounding_box()["y"]
    assert page.evaluate(SHIFTED) == 0
    good_for_everybody(page, violations, address)
    page.get_by_role("link", name="Xem lý do").click()
    assert "Luật Đất đai 2013 đã được thay thế" in page.inner_text("#danh-gia")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wrong_with_a_page_for_staff(visit, violations, desk, signed, book, name):
    login, path = PAGES[name]
    address = desk.base + path.format(book.accession)
    page = visit(address, storage_state=signed[login].storage())
    good_for_everybody(page, violations, address)
    assert "desk." not in page.inner_text("body")  # every sentence is there


def test_a_book_is_described_corrected_judged_and_published_by_keyboard(visit, desk, signed):
    """Without JavaScript too: everything is a form."""
    item = desk.new_book("Sổ tay chưa ai mô tả", pages=2, first_folio=300)
    window = visit(
        f"{desk.base}/can-bo/sach/{item.accession}",
        storage_state=signed["an"].storage(),
        javascript=False,
    )
    press = window.keyboard.press

    # the record
    window.get_by_role("link", name="Mô tả: nhan đề, cơ quan, năm, số hiệu").focus()
    press("Enter")
    window.get_by_label("Nhan đề", exact=True).fill("Sổ tay hòa giải viên")
    window.get_by_label("Năm", exact=True).fill("2019")
    press("Enter")
    window.get_by_text("Đã lưu.").wait_for()
    assert (desk.item(item.id).title, desk.item(item.id).year) == ("Sổ tay hòa giải viên", 2019)

    # the words: Enter keeps a line and goes on to the next, across the pages
    window.get_by_role("link", name="Sửa chữ", exact=True).focus()
    press("Enter")
    first = window.locator("input[name=chu]").first
    wrote = f"{first.input_value()} (đã đối chiếu)"
    first.fill(wrote)
    press("Enter")
    for _ in range(40):
        done = window.get_by_role("link", name="Tới trang")
        if window.get_by_text("Không còn từ nào chưa chắc trong tài liệu này.").count():
            break
        if window.get_by_text("Trang này không còn từ nào chưa chắc.").count():
            done.focus()
        else:
            window.locator("input[name=chu]").first.focus()
        with window.expect_navigation():
            press("Enter")
    else:
        pytest.fail("doubtful words are left")
    assert any(wrote in reading_of(desk.shelf, desk.item(item.id), number).page.text for number in (1, 2))
    desk.follow(item.id)

    # the verdict, and what it allows
    window.goto(f"{desk.base}/can-bo/sach/{item.accession}")
    window.get_by_role("link", name="Đánh giá", exact=True).focus()
    press("Enter")
    window.get_by_label("còn giá trị sử dụng", exact=True).focus()
    press("Space")
    window.get_by_label("Lý do").fill("Đã đối chiếu với luật hiện hành")
    window.get_by_role("button", name="Ghi đánh giá").focus()
    press("Enter")
    for decision in ("Duyệt", "Công bố"):
        window.get_by_role("link", name=decision, exact=True).focus()
        press("Enter")
        window.get_by_role("button", name=decision, exact=True).focus()
        press("Enter")
    window.get_by_text("Bạn đọc đang xem được tài liệu này.").wait_for()
    assert desk.follow(item.id).state is State.PUBLISHED


def test_the_first_doubtful_line_waits_for_the_typist_and_its_strip_shows_it(visit, desk, signed, book):
    page = visit(
        f"{desk.base}/can-bo/sach/{book.accession}/trang/1/sua", storage_state=signed["an"].storage()
    )
    assert page.evaluate("document.activeElement.name") == "chu"
    strip = page.locator(".strip svg").first
    assert strip.bounding_box()["height"] > 10
    left, top, width, height = map(int, strip.get_attribute("viewBox").split())
    place = int(page.locator(".line input[name=dong]").first.get_attribute("value"))
    box = reading_of(desk.shelf, desk.item(book.id), 1).page.lines[place - 1].box
    assert left <= box.left < box.right <= left + width
    assert top <= box.top < box.bottom <= top + height


@pytest.mark.parametrize("javascript", [True, False])
def test_a_picture_that_is_shown_can_be_had(visit, desk, signed, book, javascript):
    """Fails at the end where anything that the pages show is missing."""
    for path in ("mo-ta", "trang", "trang/2/sua"):
        page = visit(
            f"{desk.base}/can-bo/sach/{book.accession}/{path}",
            storage_state=signed["an"].storage(),
            javascript=javascript,
        )
        page.wait_for_load_state("networkidle")
        if javascript:
            loaded = "[...document.images].every(one => one.loading === 'lazy' || one.naturalWidth > 0)"
            assert page.evaluate(loaded)
