"""In a browser, as a clerk does it: drop files, see them go, close the tab, come back, hand in, read on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from config.wiring import open_shelf
from domain.holdings import Outcome
from tests.faults.scans import draw_book, draw_page, jpeg
from tests.portal.pages import SCHEMES, UPLOADS, WIDTHS
from tests.portal.serving import PATIENCE
from tests.portal.uploads.sending import signed_in
from tests.portal.uploads.test_batches import begin_batch, lines_of, send, taken_in

PIECE = 1024 * 1024  # bytes of a browser's first
SIZE = 2_500_000


@pytest.fixture
def window(browser, server, staff) -> Iterator[BrowserContext]:
    """Of somebody signed in; whatever a page complains of fails the test at its end."""
    context = browser.new_context(
        base_url=server.base, locale="vi-VN", viewport={"width": 1280, "height": 900}
    )
    cookies = staff["hoa"].cookie
    context.add_cookies([{"name": name, "value": cookies[name], "url": server.base} for name in cookies])
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
    yield context
    context.close()
    assert complaints == []


def _is_complaint(said) -> bool:
    return said.type == "error" and not said.text.startswith("Failed to load resource")


class Gate:
    """Lets so many pieces of files through and holds the next, so that there is a while to look at."""

    def __init__(self, page: Page, pieces: int) -> None:
        self._page, self._left = page, pieces
        self._held: list[Route] = []
        page.route("**/can-bo/tai-len/**", self._ask)

    def _ask(self, route: Route) -> None:
        if route.request.method != "PATCH" or self._left > 0:
            self._left -= route.request.method == "PATCH"
            route.continue_()
        else:
            self._held.append(route)

    def await_held(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._held:
            assert time.monotonic() < deadline
            self._page.wait_for_timeout(50)

    def shut(self) -> None:
        """Lose what is held: a browser lets go what it held for a page that closes."""
        for route in self._held:
            route.abort()

    def open(self) -> None:
        self._left = 1_000
        for route in self._held:
            route.continue_()


def there(page: Page, where: str) -> dict[str, int]:
    """How much of each file the server has, as the page's script asks."""
    answer = page.request.get(f"{where}/tep.json")
    return {one["path"]: one["offset"] for one in answer.json()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("máy cán bộ")
    draw_book(made / "Luật dễ hiểu.pdf", pages=2, first_folio=31)
    with (made / "Luật dễ hiểu.pdf").open("ab") as out:
        out.write(b"\n%" + b" " * SIZE)
    (made / "tờ rơi").mkdir()
    for number in (1, 2, 10):
        (made / "tờ rơi" / f"{number}.jpg").write_bytes(jpeg(draw_page([f"Tờ rơi, mặt {number}"])))
    return made


def test_a_closed_tab_and_a_killed_server_lose_nothing(settings, server, window, folder):
    page = window.new_page()
    page.goto("/can-bo/lo/moi")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.locator("#drop")).to_be_visible()  # the page's script hears of what is chosen from now on
    where = page.url
    gate = Gate(page, pieces=1)
    page.set_input_files("#choose-files", folder / "Luật dễ hiểu.pdf")
    gate.await_held()
    expect(page.locator("#status")).to_contain_text("Đang gửi", timeout=20_000)
    gate.shut()
    page.close()

    page = window.new_page()
    page.goto(where)
    expect(page.locator("#arrived")).to_contain_text("hãy chọn lại đúng các tệp đó")
    expect(page.get_by_role("button", name="Nộp lô")).to_be_disabled()
    assert there(page, where) == {"Luật dễ hiểu.pdf": PIECE}
    gate = Gate(page, pieces=1)
    page.set_input_files("#choose-files", folder / "Luật dễ hiểu.pdf")
    gate.await_held()
    assert there(page, where) == {"Luật dễ hiểu.pdf": 2 * PIECE}
    server.kill()
    gate.open()
    expect(page.locator("#status")).to_contain_text("Mất liên lạc với máy chủ", timeout=20_000)
    server.start()
    expect(page.locator("#status")).to_contain_text("Đã gửi xong 1 tệp", timeout=60_000)

    page.set_input_files("#choose-folder", folder / "tờ rơi")
    expect(page.locator("#arrived")).to_contain_text("thư mục 3 ảnh", timeout=20_000)
    page.get_by_role("button", name="Nộp lô").click()
    assert page.url == where
    expect(page.locator("#progress")).to_contain_text("Luật dễ hiểu.pdf", timeout=60_000)
    expect(page.locator("#progress")).not_to_contain_text("Đang nhận tệp", timeout=60_000)
    expect(page.locator("ol.lines > li")).to_have_count(2)
    lines = lines_of(settings, where)
    assert [line.entry.outcome for line in lines] == [Outcome.NEW, Outcome.NEW]
    whole = (folder / "Luật dễ hiểu.pdf").stat().st_size
    with_sizes = [sum(file.fixity.size for file in scan_of(settings, line).files) for line in lines]
    assert with_sizes[0] == whole


def scan_of(settings, line):
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        return seen.scan(line.item.id)


def test_a_batch_can_be_handed_in_though_an_earlier_look_at_it_comes_late(server, staff, window, folder):
    page = window.new_page()
    with signed_in(server, staff["hoa"]) as client:
        page.goto(begin_batch(client))
    late: list[tuple[Route, APIResponse]] = []

    def ask(route: Route) -> None:
        if late:
            route.continue_()
        else:  # what it says is of now, when it comes the last file is there
            late.append((route, route.fetch()))

    page.route("**/can-bo/lo/*/tep", ask)
    page.set_input_files("#choose-files", [folder / "tờ rơi" / "1.jpg", folder / "Luật dễ hiểu.pdf"])
    expect(page.locator("#status")).to_contain_text("Đã gửi xong 2 tệp", timeout=20_000)
    [(route, answer)] = late
    route.fulfill(response=answer)
    expect(page.get_by_role("button", name="Nộp lô")).to_be_enabled(timeout=20_000)


def test_files_that_are_dropped_are_sent(server, staff, window):
    page = window.new_page()
    with signed_in(server, staff["hoa"]) as client:
        where = begin_batch(client)
    page.goto(where)
    page.evaluate(
        """() => {
          const data = new DataTransfer()
          data.items.add(new File(['một'], 'một.pdf'))
          data.items.add(new File(['hai'], '<b>hai.pdf'))
          data.items.add(new File(['x'], 'Thumbs.db'))
          const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          document.getElementById('drop').dispatchEvent(event)
        }"""
    )
    expect(page.locator("#status")).to_contain_text("Đã gửi xong 2 tệp", timeout=20_000)
    assert there(page, where) == {"một.pdf": len("một".encode()), "<b>hai.pdf": 3}
    expect(page.locator("#arrived")).to_contain_text("<b>hai.pdf")


def test_a_file_that_is_there_is_not_sent_again(server, staff, window, folder):
    page = window.new_page()
    with signed_in(server, staff["hoa"]) as client:
        where = begin_batch(client)
    page.goto(where)
    page.set_input_files("#choose-files", folder / "tờ rơi" / "1.jpg")
    expect(page.locator("#status")).to_contain_text("Đã gửi xong 1 tệp", timeout=20_000)
    page.reload()
    page.set_input_files("#choose-files", folder / "tờ rơi" / "1.jpg")
    expect(page.locator("#notes")).to_contain_text("“1.jpg” đã có đủ trên máy chủ")


def test_what_is_too_large_is_said_before_it_is_sent(server, staff, window):
    page = window.new_page()
    with signed_in(server, staff["hoa"]) as client:
        where = begin_batch(client)
    page.goto(where)
    page.set_input_files(
        "#choose-files", {"name": "lớn.pdf", "mimeType": "application/pdf", "buffer": b"x" * 3_000_001}
    )
    expect(page.locator("#notes")).to_contain_text("“lớn.pdf” quá lớn nên không gửi")
    assert there(page, where) == {}


def test_the_pages_are_good_for_everybody(server, staff, window, violations):
    with signed_in(server, staff["hoa"]) as client:
        draft, handed = begin_batch(client), begin_batch(client)
        send(client, draft, b"%PDF-1.4", "Sổ tay.pdf")
        listed = "STT;Tên sách, tài liệu;Số trang;Năm\n1;Sổ tay;khoảng 2;20x9\n2;Vắng;3;2019\n"
        manifest = send(client, draft, listed.encode(), "danh mục có một cái tên rất dài và không ngắt.csv")
        client.post(f"{draft}/chon-danh-muc", data={"file": manifest[-32:]})
        send(client, handed, b"%PDF-1.4 broken for axe", "a" * 120 + ".pdf")
        send(client, handed, jpeg(draw_page(["Một trang cho mọi người"])), "Trang lành.jpg")
        client.post(f"{handed}/nop")
        taken_in(client, handed)
        other = client.post(f"{handed}/thay/1").headers["location"]
    page = window.new_page()
    ids = {name: where[-32:] for name, where in (("draft", draft), ("handed", handed), ("other", other))}
    for path in (one.format(**ids) for one in UPLOADS):
        for width in WIDTHS:
            for scheme in SCHEMES:
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                page.goto(path)
                assert violations(page) == [], (path, width, scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_everything_can_be_done_without_scripts(browser, server, staff, folder):
    context = browser.new_context(base_url=server.base, locale="vi-VN", java_script_enabled=False)
    cookies = staff["hoa"].cookie
    context.add_cookies([{"name": name, "value": cookies[name], "url": server.base} for name in cookies])
    page = context.new_page()
    page.goto("/can-bo/lo")
    page.get_by_role("link", name="Mở lô mới").click()
    page.get_by_role("button", name="Tiếp tục").click()
    where = page.url
    picture = {
        "name": "không script.jpg",
        "mimeType": "image/jpeg",
        "buffer": jpeg(draw_page(["Không script"])),
    }
    page.set_input_files("#files", picture)
    page.get_by_role("button", name="Gửi tệp", exact=True).click()
    expect(page.locator("#arrived")).to_contain_text("không script.jpg")
    page.get_by_role("button", name="Nộp lô").click()
    deadline = time.monotonic() + PATIENCE
    while "chờ đọc" not in page.content():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
        page.goto(where)
    context.close()
