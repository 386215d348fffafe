"""What staff do to the order and the pictures of pages, and what they are kept from."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from domain.holdings import Item
from domain.ids import page_key
from tests.faults.scans import DPI, draw_page, page_lines
from tests.portal.desks import Desk, desk_at
from tests.portal.pages import good_for_everybody
from tests.portal.signing import Signed


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Desk]:
    with desk_at(tmp_path_factory.mktemp("arranging")) as opened:
        yield opened


@pytest.fixture(scope="module")
def base(desk) -> str:
    return desk.base


@pytest.fixture(scope="module")
def out(desk) -> Item:
    """A published book that no test changes."""
    return desk.new_book("Đã công bố", pages=3, publish=True, first_folio=20)


_names = iter(range(1, 1_000))


@pytest.fixture
def book(desk) -> Item:
    number = next(_names)
    return desk.new_book(f"Sổ tay {number}", pages=2, publish=True, first_folio=100 * number)


def at(item: Item, *rest: object) -> str:
    return "/".join(["/can-bo/sach", item.accession, *map(str, rest)])


def homes(desk: Desk, item: Item) -> list[int]:
    with desk.shelf.catalog.view() as seen:
        return [page.kept_as for page in seen.pages(item.id)]


def send(who: Signed, path: str, name: str, data: bytes, **fields: str) -> httpx.Response:
    told = {"form_token": who.form_token(), "ban": "0", **fields}
    return who.post(path, data=told, files={"tep": (name, data)})


ACTS = [
    ("trang/1/xoay", {"ban": 0, "chieu": 1}),
    ("trang/1/tach", {"ban": 0, "cat": "doc", "phan": 50}),
    ("trang/1/ghep", {"ban": 0}),
    ("trang/1/chuyen", {"ban": 0, "den": 2}),
    ("sap-xep/hoan-tac", {"lan": 1}),
]


@pytest.mark.parametrize(("path", "fields"), ACTS)
def test_who_may_only_look_arranges_nothing(as_, desk, out, path, fields):
    for login in ("chi", "xa"):
        assert as_(login).send_form(at(out, path), fields).status_code in (403, 404)
    assert desk.item(out.id) == out


@pytest.mark.parametrize(("path", "fields"), ACTS)
def test_what_readers_see_is_arranged_by_those_who_may_publish_it(as_, desk, out, path, fields):
    assert as_("em").send_form(at(out, path), fields).status_code == 403
    assert desk.item(out.id) == out


def test_who_may_not_arrange_what_readers_see_is_not_asked_to(as_, desk, out):
    em = as_("em")
    assert "Xoay trái" not in em.get(at(out, "trang")).text
    assert send(em, at(out, "trang/1/quet-lai"), "a.png", b"x").status_code == 403
    mine = desk.new_book("Chưa công bố", pages=1, first_folio=70)
    assert "Xoay trái" in em.get(at(mine, "trang")).text
    assert em.send_form(at(mine, "trang/1/xoay"), {"ban": 0, "chieu": 1}).status_code == 303


def test_who_may_only_look_sends_no_picture(as_, desk, out):
    for login in ("chi", "xa"):
        assert as_(login).get(at(out, "trang/1/quet-lai")).status_code in (403, 404)
        assert send(as_(login), at(out, "trang/1/quet-lai"), "a.png", b"x").status_code in (403, 404)
    assert desk.item(out.id) == out


def test_a_picture_without_the_word_of_the_form_is_not_taken(as_, desk, out):
    answer = as_("an").post(at(out, "trang/1/quet-lai"), data={"ban": "0"}, files={"tep": ("a.png", b"x")})
    assert answer.status_code == 403
    assert desk.item(out.id) == out


def test_pages_are_turned_moved_parted_and_joined_without_scripts(as_, desk, book):
    an = as_("an")
    shown = an.get(at(book, "trang")).text
    assert shown.count("Xoay trái") == 2
    assert "Ghép với trang sau" not in shown
    answer = an.send_form(at(book, "trang/2/xoay"), {"ban": 0, "chieu": 2})
    assert answer.headers["location"].endswith("/trang?tu=1#trang-2")
    an.send_form(at(book, "trang/2/chuyen"), {"ban": 1, "den": 1})
    waiting = an.get(at(book, "trang")).text
    assert "Các trang đang được đọc lại" in waiting
    assert "Đang chờ đọc" in waiting
    assert homes(desk, book) == [1, 2]
    desk.follow(book.id)
    assert homes(desk, book) == [3, 1]
    assert "Các trang đang được đọc lại" not in an.get(at(book, "trang")).text
    an.send_form(at(book, "trang/2/tach"), {"ban": 2, "cat": "ngang", "phan": 40})
    assert an.get(at(book, "trang")).text.count("Ghép với trang sau") == 1
    an.send_form(at(book, "trang/2/ghep"), {"ban": 3})
    desk.follow(book.id)
    assert homes(desk, book) == [3, 1]


def test_history_tells_of_it_and_takes_it_back(as_, desk, book):
    an = as_("an")
    an.send_form(at(book, "trang/1/xoay"), {"ban": 0, "chieu": 3})
    shown = an.get(at(book, "lich-su")).text
    assert "sắp xếp trang" in shown
    assert "Trang 1: xoay 270° theo chiều kim đồng hồ" in shown
    event = re.search(r'action="[^"]*/sap-xep/hoan-tac".*?name="lan" value="(\d+)"', shown, re.S)
    assert event is not None
    an.send_form(at(book, "sap-xep/hoan-tac"), {"lan": event[1]})
    desk.follow(book.id)
    assert homes(desk, book) == [1, 2]
    assert an.send_form(at(book, "sap-xep/hoan-tac"), {"lan": 2**40}).status_code == 409


def test_who_saw_an_older_order_is_told(as_, book):
    an = as_("an")
    an.send_form(at(book, "trang/1/chuyen"), {"ban": 0, "den": 2})
    assert an.send_form(at(book, "trang/1/chuyen"), {"ban": 0, "den": 2}).status_code == 409


def test_what_is_said_of_a_page_that_went_elsewhere_is_not_said_of_another(as_, desk, book):
    an = as_("an")
    assert 'name="anh" value="1"' in an.get(at(book, "trang")).text
    an.send_form(at(book, "trang/1/chuyen"), {"ban": 0, "den": 2})
    desk.follow(book.id)
    said = {"so": "xii", "so-cu": "", "loai": "", "loai-cu": "", "anh": 1}
    assert an.send_form(at(book, "trang/1"), said).status_code == 409
    assert an.send_form(at(book, "trang/2"), said).status_code == 303


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("trang/9/xoay", {"ban": 0, "chieu": 1}, 404),
        ("trang/0/xoay", {"ban": 0, "chieu": 1}, 422),
        ("trang/1/xoay", {"ban": 0, "chieu": 4}, 422),
        ("trang/1/xoay", {"ban": "x", "chieu": 1}, 422),
        ("trang/1/tach", {"ban": 0, "cat": "<script>", "phan": 50}, 422),
        ("trang/1/tach", {"ban": 0, "cat": "doc", "phan": 99}, 422),
        ("trang/1/tach", {"ban": 0, "cat": "doc", "phan": "1e9"}, 422),
        ("trang/1/ghep", {"ban": 0}, 409),
        ("trang/1/chuyen", {"ban": 0, "den": 3_000}, 404),
        ("trang/1/chuyen", {"ban": 0, "den": "9" * 40}, 422),
        ("sap-xep/hoan-tac", {"lan": "-1"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(as_, desk, out, path, fields, status):
    assert as_("an").send_form(at(out, path), fields).status_code == status
    assert desk.item(out.id) == out


def test_a_line_that_was_missed_is_added_at_the_desk(as_, desk, book):
    an = as_("an")
    shown = an.get(at(book, "trang/1/sua")).text
    digest = re.search(r'name="ban" value="([0-9a-f]{64})"', shown)
    assert digest is not None
    fields = {"sau": 0, "ban": digest[1], "chu": "Dòng <b>bị sót</b>"}
    assert as_("chi").send_form(at(book, "trang/1/sua/them"), fields).status_code == 403
    assert an.send_form(at(book, "trang/1/sua/them"), fields).status_code == 303
    shown = an.get(at(book, "trang/1/sua")).text
    assert "Dòng &lt;b&gt;bị sót&lt;/b&gt;" in shown
    answer = an.send_form(at(book, "trang/1/sua/them"), fields | {"chu": "Của tôi"})
    assert answer.status_code == 409
    assert "Của tôi" in answer.text


def test_a_page_is_scanned_again(as_, desk, book, tmp_path):
    an, new = as_("an"), tmp_path / "new.jpg"
    draw_page(page_lines(5), folio="5").save(new, dpi=(DPI, DPI))
    assert "Ảnh mới của trang" in an.get(at(book, "trang/2/quet-lai")).text
    answer = send(an, at(book, "trang/2/quet-lai"), "../<b>mới</b>.jpg", new.read_bytes())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{at(book, 'trang')}?tu=1#trang-2")
    desk.follow(book.id)
    assert homes(desk, book) == [1, 3]
    with desk.shelf.store.open(page_key(book.id, 3)) as source:
        assert "Điều" in source.read().decode()
    shown = an.get(at(book, "lich-su")).text
    assert "&lt;b&gt;mới&lt;" not in shown  # the part before a slash is a folder's name
    assert "quét lại, tệp b&gt;.jpg" in shown


def test_a_picture_of_a_page_that_does_not_stand_is_not_for_readers(as_, desk, book):
    with httpx.Client(base_url=desk.base, trust_env=False) as reader:
        assert reader.get(f"/sach/{book.accession}/anh/2").status_code == 200
        as_("an").send_form(at(book, "trang/2/xoay"), {"ban": 0, "chieu": 2})
        desk.follow(book.id)
        assert reader.get(f"/sach/{book.accession}/anh/2").status_code == 404
        page = reader.get(f"/sach/{book.accession}/trang/2")
        assert f"/sach/{book.accession}/anh/3" in page.text
        assert reader.get(f"/sach/{book.accession}/anh/3").status_code == 200
    assert as_("chi").get(at(book, "anh/2/nho")).status_code == 200


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.pdf", b"%PDF-1.4 and nothing behind", 422),
        ("a.png", b"not a picture", 422),
        ("", b"", 422),
        ("..", b"x", 422),
    ],
)
def test_a_hostile_picture_is_told_of_and_changes_nothing(as_, desk, out, name, data, status):
    answer = send(as_("an"), at(out, "trang/1/quet-lai"), name, data)
    assert answer.status_code == status
    assert desk.item(out.id) == out


def test_the_forms_are_good_for_everybody(visit, violations, as_, out):
    storage = as_("an").storage()
    page = visit(at(out, "trang/1/quet-lai"), storage_state=storage)
    good_for_everybody(page, violations, at(out, "trang/1/quet-lai"))
    page = visit(at(out, "trang"), width=320, storage_state=storage)
    page.locator("details.arrange summary").first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Xoay trái").first.is_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
