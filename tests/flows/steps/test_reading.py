"""What readers ask of the steps: standings, contents, reports that nobody can flood."""

from __future__ import annotations

from io import BytesIO

import pytest

from catalog.sql import open_catalog
from domain.errors import ChangedMeanwhile, ItemNotFound, NotToBeUndone, TooManyReports
from domain.holdings import FileEntry
from domain.ids import ObjectKey
from domain.ports import Shelf
from domain.readers_ledger import Outcome
from domain.values import Fixity
from flows.steps import text_reports
from flows.steps.cites import Standing, standing
from flows.steps.contents import MOST, Heading, contents
from flows.steps.text_reports import report_text, settle_report, undo_settling
from storage.memory import MemoryStore
from tests.catalog.holdings import WHO, a_page, add_some


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("hết hiệu lực toàn bộ", Standing.ENDED),
        ("Hết hiệu lực", Standing.ENDED),
        ("het hieu luc mot phan", Standing.PARTLY_ENDED),
        ("Ngưng hiệu lực một phần", Standing.SUSPENDED),
        ("không còn phù hợp", Standing.UNSUITABLE),
        ("chưa có hiệu lực", Standing.NOT_YET),
        ("còn  hiệu lực", Standing.IN_FORCE),
        ("chưa rõ", Standing.UNKNOWN),
        (None, Standing.UNKNOWN),
    ],
)
def test_a_status_says_whether_one_may_rely_on_the_document(said, meant):
    assert standing(said) is meant


@pytest.fixture
def shelf(tmp_path):
    with open_catalog(f"sqlite:///{tmp_path}/catalog.sqlite3", secrets={}) as catalog:
        yield Shelf(MemoryStore(), catalog, None, None)


def _text(shelf, *pages):
    key = ObjectKey("items/a/derivatives/text.txt")
    stored = shelf.store.put(key, BytesIO("\f".join(pages).encode()), media_type="text/plain")
    return FileEntry("text.txt", key, "text/plain", stored.fixity)


def test_headings_of_the_pages_make_a_table_of_contents(shelf):
    text = _text(
        shelf, "LỜI NÓI ĐẦU\nabc", "Chương I\nĐiều 1. Phạm vi\nNội dung của điều này", "", "Điều 2. Đối tượng"
    )
    assert contents(shelf, text) == (
        Heading("Chương I", 2),
        Heading("Điều 1. Phạm vi", 2),
        Heading("Điều 2. Đối tượng", 4),
    )


def test_a_book_of_headings_alone_has_a_bounded_table(shelf):
    text = _text(shelf, *("Điều 1. " + "x" * 5_000 for _ in range(MOST + 50)))
    found = contents(shelf, text)
    assert len(found) == MOST
    assert all(len(one.text) <= 160 for one in found)


def test_a_book_whose_text_is_lost_has_no_table(shelf):
    file = FileEntry("text.txt", ObjectKey("items/b/text.txt"), "text/plain", Fixity("0" * 64, 1))
    assert contents(shelf, file) == ()


@pytest.fixture
def item_id(shelf):
    item_id = add_some(shelf.catalog)[0]
    with shelf.catalog.begin() as changes:
        changes.replace_page(item_id, a_page(1))
    return item_id


def test_reports_of_one_item_are_bounded_for_a_day(shelf, item_id, monkeypatch):
    monkeypatch.setattr(text_reports, "OF_AN_ITEM", 3)
    for _ in range(3):
        report_text(shelf, item_id, 1, words="a", note="b")
    with pytest.raises(TooManyReports) as refused:
        report_text(shelf, item_id, 1, words="a", note="b")
    assert refused.value.fields == {"limit": 3}


def test_reports_of_all_items_are_bounded_together(shelf, item_id, monkeypatch):
    monkeypatch.setattr(text_reports, "OF_ALL", 1)
    report_text(shelf, item_id, 1, words="a", note="b")
    with pytest.raises(TooManyReports):
        report_text(shelf, item_id, 1, words="a", note="b")


def test_a_report_that_says_nothing_is_not_kept(shelf, item_id):
    report_text(shelf, item_id, 1, words=" \u202e", note="\n")
    with shelf.catalog.view() as seen:
        assert seen.readers.text_reports(item_id, limit=9) == []


def _reported(shelf, item_id):
    report_text(shelf, item_id, 1, words="Luât", note="thiếu dấu")
    with shelf.catalog.view() as seen:
        return seen.readers.text_reports(item_id, limit=1)[0].id


def _settling(shelf, item_id):
    with shelf.catalog.view() as seen:
        return seen.desk.events(item_id, actions=["report_settled"], limit=1)[0]


def test_a_report_is_settled_once_and_its_item_says_by_whom(shelf, item_id):
    report = _reported(shelf, item_id)
    settle_report(shelf, item_id, report, Outcome.MENDED, WHO)
    with pytest.raises(ChangedMeanwhile):
        settle_report(shelf, item_id, report, Outcome.UNFOUNDED, WHO)
    with shelf.catalog.view() as seen:
        settled = seen.readers.text_report(item_id, report).settled
    told = _settling(shelf, item_id)
    assert (settled.outcome, settled.by, settled.at) == (Outcome.MENDED, WHO.name, told.at)
    assert told.options == {"report": report, "page": 1, "outcome": "mended"}


def test_a_settling_is_undone_once_and_only_the_one_in_force(shelf, item_id):
    report = _reported(shelf, item_id)
    settle_report(shelf, item_id, report, Outcome.MENDED, WHO)
    first = _settling(shelf, item_id).id
    undo_settling(shelf, item_id, first, WHO)
    with shelf.catalog.view() as seen:
        assert seen.readers.open_text_reports([item_id]) == {item_id: 1}
    settle_report(shelf, item_id, report, Outcome.UNFOUNDED, WHO)
    for settling in (first, first + 1, 10**9):
        with pytest.raises(NotToBeUndone):
            undo_settling(shelf, item_id, settling, WHO)


def test_reports_of_another_item_cannot_be_settled_with_this_one(shelf, item_id):
    other = add_some(shelf.catalog)[0]
    with pytest.raises(ChangedMeanwhile):
        settle_report(shelf, other, _reported(shelf, item_id), Outcome.MENDED, WHO)


def test_a_report_of_no_page_is_refused(shelf, item_id):
    with pytest.raises(ItemNotFound):
        report_text(shelf, item_id, 2, words="a", note="b")
