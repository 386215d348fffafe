"""The index against the catalogue: what differs is told by its name, and put right by itself."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest

from domain.errors import CatalogUnavailable
from domain.holdings import State
from domain.ids import ItemId, page_key
from domain.ports import Shelf
from domain.queries import PageDocument, Query
from domain.text import Line, OcrPage, Word
from domain.values import Box
from flows.steps.find import find
from flows.steps.index_check import Fault, repair, verify
from flows.steps.publish import _documents, index_item, reindex
from flows.steps.work import now
from ocr.hocr import write_hocr
from tests.catalog.holdings import a_page, add_some
from tests.flows.steps.conftest import BY

PAGES = 2
BOX = Box(0, 0, 100, 20)


def read(shelf: Shelf, item_id: ItemId, number: int) -> None:
    page = OcrPage(
        number, number, Box(0, 0, 1240, 1754), 1240, 1754, 150, "tesseract 5.3.0", ("vie",),
        (Line(tuple(Word(word, BOX, 0.9) for word in f"đất đai tờ số{number}".split()), BOX),),
    )  # fmt: skip
    shelf.store.put(page_key(item_id, number), BytesIO(write_hocr(page)), media_type="text/html")
    with shelf.catalog.begin() as changes:
        changes.replace_page(item_id, a_page(number))


@pytest.fixture
def held(shelf: Shelf) -> list[ItemId]:
    """Three items in the index: published, approved, withdrawn; and a fourth whose pages are being read."""
    ids = add_some(shelf.catalog, 4)
    ways = [
        (State.READING, State.READ, State.DESCRIBED, State.APPROVED, State.PUBLISHED),
        (State.READING, State.READ, State.DESCRIBED, State.APPROVED),
        (State.READING, State.READ, State.DESCRIBED, State.APPROVED, State.PUBLISHED, State.WITHDRAWN),
        (State.READING,),
    ]
    for item_id, way in zip(ids, ways, strict=True):
        for number in range(1, PAGES + 1):
            read(shelf, item_id, number)
        with shelf.catalog.begin() as changes:
            for state in way:
                changes.move(item_id, state, actor=BY, at=now())
    for item_id in ids[:3]:
        index_item(shelf, item_id, BY)
    return ids


def faults(shelf: Shelf) -> dict[ItemId, tuple[Fault, ...]]:
    return {one.item_id: one.faults for one in verify(shelf).differences}


def documents(shelf: Shelf, item_id: ItemId) -> list[PageDocument]:
    with shelf.catalog.view() as seen:
        return list(_documents(shelf, seen.item(item_id)))


def test_an_index_that_agrees_is_said_to(shelf, held):
    checked = verify(shelf)
    assert (checked.items, checked.pages, checked.differences) == (3, 3 * PAGES, ())


def test_every_kind_of_difference_is_told_and_put_right(shelf, held):
    published, approved, withdrawn, reading = held
    stranger = ItemId("f" * 32)
    shelf.index.remove_item(published)
    shelf.index.replace_item(approved, documents(shelf, approved)[:1])
    shelf.index.replace_item(
        withdrawn, [replace(page, revision=1, published=True) for page in documents(shelf, withdrawn)]
    )
    shelf.index.replace_item(
        reading, [replace(page, item_id=reading, published=True) for page in documents(shelf, approved)]
    )
    shelf.index.replace_item(
        stranger, [replace(page, item_id=stranger) for page in documents(shelf, approved)]
    )
    assert faults(shelf) == {
        published: (Fault.MISSING,),
        approved: (Fault.PAGES,),
        withdrawn: (Fault.REVISION, Fault.PUBLISHED),
        reading: (Fault.EXTRA,),
        stranger: (Fault.EXTRA,),
    }
    done = repair(shelf, BY)
    assert len(done.before.differences) == 5
    assert (done.after.differences, done.lost) == ((), ())
    assert [item.item_id for item in find(shelf, Query("đất đai")).items] == [published]


def test_what_an_item_on_its_way_had_in_the_index_is_left_to_its_stages(shelf, held):
    reading = held[3]
    pages = [replace(page, item_id=reading, revision=1) for page in documents(shelf, held[1])]
    shelf.index.replace_item(reading, pages)
    assert faults(shelf) == {}


def test_an_item_whose_reading_is_lost_stays_told_and_holds_up_no_other(shelf, held):
    published, approved, *_ = held
    shelf.store.delete(page_key(approved, 1))
    shelf.index.remove_item(published)
    shelf.index.remove_item(approved)
    done = repair(shelf, BY)
    assert [one.item_id for one in done.after.differences] == [approved]
    assert len(done.lost) == 1


def test_an_index_built_anew_agrees(shelf, held):
    shelf.index.remove_item(held[0])
    assert reindex(shelf, BY) == 3
    assert faults(shelf) == {}


def test_a_search_that_finds_nothing_is_counted_and_a_busy_catalogue_changes_no_answer(shelf, held):
    today = now().date()
    assert find(shelf, Query("đất đai")).total == 1
    assert find(shelf, Query("qqqqqq")).total == 0
    assert find(shelf, Query("qqqqqq", item_id=held[0])).total == 0
    with shelf.catalog.begin() as busy:
        assert find(shelf, Query("zzzzzz")).total == 0
        with pytest.raises(CatalogUnavailable), shelf.catalog.begin(wait_s=0.01):
            pass
        assert dict(busy.unanswered(today)) == {today: 1}
