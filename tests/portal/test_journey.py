"""One story through everything that really runs: a clerk's batch, an operator's remedy, a citizen's search.

The batch is read with language data that the machine lacks; the operator puts it there and has the books
read again. Told twice: with a mouse, and by keyboard alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.wiring import open_shelf
from domain.holdings import State
from domain.ports import Criteria
from flows.steps.units import add_unit
from flows.steps.walk import walk
from samples.serving import answers
from tests.faults.scans import draw_book
from tests.flows.serving import served, settings_in, until
from tests.flows.steps.people import PASSWORD, ROOT_SHELL, add
from tests.portal.hands import Hand, Keyboard, Mouse

pytestmark = [pytest.mark.prefect, pytest.mark.slow]
PAGES = 24  # enough for an operator to come and look while they are read
SOON, LATER = 20_000, 120_000  # milliseconds: for a page, for a book
INSTALLED = Path("/usr/share/tesseract-ocr/5/tessdata")
LACKING = "eng.traineddata"
LACKED = "chưa cài dữ liệu nhận dạng cho “eng”"
PHONE = {"width": 375, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
HANDS: dict[str, type[Hand]] = {"mouse": Mouse, "keyboard": Keyboard}


@pytest.fixture(scope="module")
def tessdata(tmp_path_factory) -> Path:
    """Language data of one's own, of which some can be away."""
    folder = tmp_path_factory.mktemp("tessdata")
    for one in INSTALLED.iterdir():
        (folder / one.name).symlink_to(one)
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory, tessdata):
    settings = settings_in(tmp_path_factory.mktemp("tỉnh") / "kệ sách")
    settings = settings.model_copy(update={"ocr_url": f"tesseract://{tessdata}"})
    with open_shelf(settings) as shelf:
        add_unit(shelf, ROOT_SHELL, code="stp", name="Sở Tư pháp")
        add(shelf, "lan", "update@stp", "manage@stp", unit="stp")
        add(shelf, "minh", "operate@default")
    with served(settings):
        yield settings


@pytest.fixture(scope="module")
def base(settings):
    address = f"http://127.0.0.1:{settings.portal_port}"
    until(lambda: answers(address))
    return address


@pytest.mark.parametrize("kind", HANDS)
def test_from_a_clerks_scans_to_a_citizens_hands(settings, tessdata, visit, tmp_path, kind):
    hand = HANDS[kind]()
    first = 100 + 100 * [*HANDS].index(kind)  # folios, so that the two tellings hand in different books
    book = draw_book(tmp_path / f"Sổ tay hòa giải {kind}.pdf", pages=PAGES, first_folio=first)
    leaflet = draw_book(tmp_path / f"Tờ gấp {kind}.pdf", pages=2, first_folio=first + 50)

    clerk = _sign_in(hand, visit, "lan")
    _hand_in(hand, clerk, [book, leaflet], tessdata)
    expect(clerk.locator("ol.lines > li", has_text=LACKED)).to_have_count(2, timeout=LATER)

    operator = _sign_in(hand, visit, "minh")
    _mend(hand, operator, tessdata)
    _see_it_run(operator)

    clerk.reload()
    expect(clerk.locator("ol.lines")).not_to_contain_text(LACKED, timeout=LATER)
    accession = until(lambda: _described(settings, book.stem))
    title = f"Sổ tay hòa giải viên {kind}"
    clerk.goto(f"/can-bo/sach/{accession}")
    _check_pages(hand, clerk, accession)
    _describe(hand, clerk, title)
    _correct(hand, clerk, accession)
    _decide(hand, clerk, accession)

    _read(visit, hand, accession, title)
    _read_without_scripts(visit, hand, accession, title)


def _sign_in(hand: Hand, visit, login: str) -> Page:
    page: Page = visit("/dang-nhap")
    hand.write(page.locator("input[name=login]"), login)
    hand.write(page.locator("input[name=password]"), PASSWORD)
    hand.press(page.locator("main").get_by_role("button", name="Đăng nhập"))
    page.wait_for_url(re.compile("^(?!.*/dang-nhap)"))
    return page


def _hand_in(hand: Hand, page: Page, files: list[Path], tessdata: Path) -> None:
    page.goto("/can-bo/lo/moi")
    hand.press(page.locator("input[name=languages][value=eng]"))
    hand.press(page.get_by_role("button", name="Tiếp tục"))
    page.locator("#drop").wait_for()  # which its script shows
    hand.send(page.locator("#choose-files"), files)
    expect(page.locator("#status")).to_contain_text(f"Đã gửi xong {len(files)} tệp", timeout=SOON)
    (tessdata / LACKING).unlink()
    hand.press(page.get_by_role("button", name="Nộp lô"))
    expect(page.locator("#progress")).to_contain_text(files[0].name, timeout=LATER)


def _mend(hand: Hand, page: Page, tessdata: Path) -> None:
    page.goto("/van-hanh")
    hand.press(page.get_by_role("link", name="Thiếu dữ liệu ngôn ngữ để nhận dạng"))
    expect(page.get_by_text("Cần làm").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("eng")
    (tessdata / LACKING).symlink_to(INSTALLED / LACKING)
    buttons = page.get_by_role("button", name=re.compile("^Cho làm lại TSPL"))
    for left in (2, 1):
        expect(buttons).to_have_count(left)
        hand.press(buttons.first)
        page.get_by_text("Đã cho 1 tài liệu làm lại.").wait_for(timeout=SOON)


def _see_it_run(page: Page) -> None:
    page.goto("/van-hanh")
    page.get_by_role("progressbar", name=re.compile("^Tiến độ đọc TSPL")).first.wait_for(timeout=LATER)


def _described(settings, name: str) -> str | None:
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        found = [*walk(shelf, Criteria(states=frozenset({State.DESCRIBED})))]
        files = {one.accession: seen.scan(one.id).files[0].name for one in found}
    return next((accession for accession, file in files.items() if file == f"{name}.pdf"), None)


def _check_pages(hand: Hand, page: Page, accession: str) -> None:
    hand.press(page.get_by_role("link", name=re.compile("^Kiểm trang")).first)
    expect(page.locator("ul.thumbs > li")).to_have_count(PAGES)
    second = page.locator("#trang-2")
    hand.press(second.locator("details > summary").first)
    hand.write(second.locator("input[name=so]"), "ii")
    hand.press(second.get_by_role("button", name="Lưu"))
    expect(page.locator("#trang-2")).to_contain_text("ii", timeout=SOON)
    page.goto(f"/can-bo/sach/{accession}")


def _describe(hand: Hand, page: Page, title: str) -> None:
    hand.press(page.get_by_role("link", name="Mô tả: nhan đề, cơ quan, năm, số hiệu"))
    hand.write(page.get_by_label("Nhan đề", exact=True), title)
    hand.write(page.get_by_label("Năm", exact=True), "2019")
    page.keyboard.press("Enter")
    page.get_by_text("Đã lưu.").wait_for(timeout=SOON)


def _correct(hand: Hand, page: Page, accession: str) -> None:
    """The line that the program is least sure of, or the first."""
    page.goto(f"/can-bo/sach/{accession}/trang")
    hand.press(page.locator("#trang-3").get_by_role("link", name="Sửa chữ"))
    page.wait_for_url("**/trang/3/sua")
    field = page.locator("input[name=chu]").first
    if not field.is_visible():
        hand.press(page.locator("main details > summary").first)
    hand.write(field, f"{field.input_value()} (đã đối chiếu)")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("(đã đối chiếu)")


def _decide(hand: Hand, page: Page, accession: str) -> None:
    page.goto(f"/can-bo/sach/{accession}")
    hand.press(page.get_by_role("link", name="Đánh giá", exact=True))
    hand.press(page.get_by_label("còn giá trị sử dụng", exact=True))
    hand.write(page.get_by_label("Lý do"), "Đã đối chiếu với luật hiện hành")
    hand.press(page.get_by_role("button", name="Ghi đánh giá"))
    for decision in ("Duyệt", "Công bố"):
        hand.press(page.get_by_role("link", name=decision, exact=True))
        hand.press(page.get_by_role("button", name=decision, exact=True))
    page.get_by_text("Bạn đọc đang xem được tài liệu này.").wait_for(timeout=SOON)


def _search(hand: Hand, page: Page, words: str, title: str, accession: str) -> None:
    """Again until the index has it: publishing and indexing are a run of their own."""

    def found() -> bool:
        page.goto("/")
        hand.write(page.locator("#q"), words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/tim?*")
        return page.locator(f'.results a[href^="/sach/{accession}/trang/"]').count() > 0

    until(found)
    expect(page.locator(".results")).to_contain_text(title)
    hand.press(page.locator(f'.results a[href^="/sach/{accession}/trang/"]').first)
    page.wait_for_url(f"**/sach/{accession}/trang/*?q=*")


def _read(visit, hand: Hand, accession: str, title: str) -> None:
    """On a phone: found without diacritics, the words marked, copied."""
    page: Page = visit("/", permissions=["clipboard-read", "clipboard-write"], **PHONE)
    _search(hand, page, "tranh chap dat dai", title, accession)
    page.locator(".leaf img").evaluate("image => image.decode()")
    assert page.locator(".leaf rect").count() >= 1
    assert " ".join(page.locator("[data-text] mark").all_text_contents()).casefold() == "tranh chấp đất đai"
    hand.press(page.locator("[data-copy-text]").first)
    expect(page.locator("[data-said]")).to_have_text("Đã chép")
    assert "tranh chấp đất đai" in " ".join(page.evaluate("navigator.clipboard.readText()").split())


def _read_without_scripts(visit, hand: Hand, accession: str, title: str) -> None:
    page: Page = visit("/", javascript=False, **PHONE)
    _search(hand, page, "tranh chap dat dai", title, accession)
    assert "tranh chấp đất đai" in " ".join(page.locator("[data-text]").first.inner_text().split())
    read = page.url
    hand.press(page.locator("a.turn[rel=next]"))
    page.wait_for_url(lambda url: url != read and f"/sach/{accession}/trang/" in url)
