"""Pages that people put right: nothing is lost, nothing is overwritten, and all that follows follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import ChangedMeanwhile, NotForPeople, NotToBeUndone, PageNotKnown
from domain.holdings import PageKind, Stage, State
from domain.ids import derivative_key, page_key
from domain.options import OcrOptions
from domain.ports import Criteria
from domain.queries import Query
from domain.values import Actor
from flows.steps import derive, stages
from flows.steps.audit import audit
from flows.steps.correcting import (
    add_line,
    correct_page,
    reading_of,
    say_of_page,
    undo_correction,
    undo_saying,
)
from flows.steps.describing import confirm_citation
from flows.steps.pages import read_pages
from flows.steps.pending import pending
from flows.steps.publish import INDEXED_STATES, index_item, reindex, retry
from flows.steps.walk import walk
from flows.steps.way import digitise
from tests.faults.engines import FixedReader
from tests.faults.scans import draw_book
from tests.flows.steps.conftest import BY
from tests.flows.steps.test_way import digitised

OTHER = Actor("bình", "stp")
TEXT = "Theo Luật số 45/2013/QH13"
RIGHT = "Theo Luật số 31/2024/QH15 về đất đai"


@pytest.fixture
def shelf(shelf):
    return replace(shelf, ocr=FixedReader(TEXT))


@pytest.fixture
def book(shelf, work, tmp_path):
    return digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=3), publish=True)


def entry_of(shelf, item, number=2):
    with shelf.catalog.view() as seen:
        return seen.desk.page(item.id, number)


def right(shelf, item, text=RIGHT, number=2, by=BY):
    seen = reading_of(shelf, item, number)
    return correct_page(shelf, item.id, number, {1: text}, by, seen=seen.digest)


def corrections(shelf, item):
    with shelf.catalog.view() as seen:
        return seen.desk.events(item.id, actions=["corrected"], limit=9)


def text_of(shelf, item):
    with shelf.store.open(derivative_key(item.id, "text.txt")) as source:
        return source.read().decode().split("\f")


def found(shelf, words):
    """Whether readers find the item by these words."""
    return bool(shelf.index.search(Query(words)).items)


def left(shelf, item):
    with shelf.catalog.view() as seen:
        return pending(seen.item(item.id), seen.stages(item.id))


def is_seen_to(shelf, item):
    """Whether those who look for what was left behind come upon it."""
    return item.id in [one.id for one in walk(shelf, Criteria(states=INDEXED_STATES, behind_index=True))]


def test_a_correction_comes_into_text_and_index_and_the_pictures_stand(shelf, book, work):
    with shelf.catalog.view() as seen:
        before = {file.name: file.fixity for file in seen.files(book.id)}
    entry = right(shelf, book)
    assert (entry.locked, entry.text_source, entry.confidence, entry.doubtful) == (True, "corrected", 1.0, 0)
    assert left(shelf, book) == (Stage.LEDGER, Stage.DESCRIBE, Stage.DERIVE, Stage.PUBLISH, Stage.INDEX)
    assert is_seen_to(shelf, book)
    pictures = derive.pictures
    derive.pictures = None  # would fail if it were called
    try:
        item = digitise(shelf, book.id, work)
    finally:
        derive.pictures = pictures
    assert item.state is State.PUBLISHED
    assert (left(shelf, book), is_seen_to(shelf, book)) == ((), False)
    assert [RIGHT in page for page in text_of(shelf, book)[:3]] == [False, True, False]
    assert found(shelf, "về đất đai")
    with shelf.catalog.view() as seen:
        after = {file.name: file.fixity for file in seen.files(book.id)}
        assert [one.so_ky_hieu for one in seen.record(book.id).cites] == [
            "45/2013/QH13",
            "31/2024/QH15",
            "45/2013/QH13",
        ]
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name for name in changed if not name.startswith("readings/")} == {
        "access.pdf",
        "text.txt",
        "book.hocr",
        "alto.xml",
    }
    assert audit(shelf).findings == ()


def test_no_later_reading_overwrites_what_a_person_wrote(shelf, book, work):
    entry = right(shelf, book)
    read_pages(shelf, book.id, [1, 2, 3], replace(work, options=OcrOptions(dpi=400)))
    assert entry_of(shelf, book) == entry
    assert reading_of(shelf, book, 2).page.text == RIGHT


def test_a_correction_is_taken_back_and_the_engines_reading_is_in_force_again(shelf, book, work):
    before = entry_of(shelf, book)
    right(shelf, book)
    digitise(shelf, book.id, work)
    (one,) = corrections(shelf, book)
    assert one.options["lines"] == [{"line": 1, "before": TEXT, "after": RIGHT}]
    undone = undo_correction(shelf, book.id, 2, one.id, OTHER)
    assert undone == before
    digitise(shelf, book.id, work)
    assert TEXT in text_of(shelf, book)[1]
    assert not found(shelf, "về đất đai")
    again = corrections(shelf, book)[0]
    assert (again.actor, again.options["undoes"]) == (OTHER, one.id)
    assert undo_correction(shelf, book.id, 2, again.id, BY).reading is not None
    assert reading_of(shelf, book, 2).page.text == RIGHT  # the undoing was undone
    assert audit(shelf).findings == ()


def test_every_reading_before_can_be_brought_back(shelf, book):
    texts = [TEXT, "một", "hai", "ba"]
    for text in texts[1:]:
        right(shelf, book, text)
    for one, text in zip(reversed(corrections(shelf, book)), texts, strict=False):
        undo_correction(shelf, book.id, 2, one.id, BY)
        assert reading_of(shelf, book, 2).page.text == text
    for wrong in (0, -1, 10**9):
        with pytest.raises(NotToBeUndone):
            undo_correction(shelf, book.id, 2, wrong, BY)
    with pytest.raises(NotToBeUndone):
        undo_correction(shelf, book.id, 1, corrections(shelf, book)[0].id, BY)


def test_two_who_correct_one_page_do_not_overwrite_each_other(shelf, book):
    shown = reading_of(shelf, book, 2).digest
    right(shelf, book, "Của Lan")
    with pytest.raises(ChangedMeanwhile):
        correct_page(shelf, book.id, 2, {1: "Của Bình"}, OTHER, seen=shown)
    assert reading_of(shelf, book, 2).page.text == "Của Lan"


def test_saving_what_stands_there_already_changes_nothing(shelf, book):
    right(shelf, book)
    before = shelf.catalog
    with before.view() as seen:
        revision = seen.item(book.id).revision
    right(shelf, book)
    with before.view() as seen:
        assert seen.item(book.id).revision == revision
    assert len(corrections(shelf, book)) == 1


class _Killed(BaseException):
    pass


class KilledStore:
    """Dies after it has put an object, as a process that is killed at that moment."""

    def __init__(self, shelf):
        self._shelf = shelf

    def put(self, *args, **more):
        self._shelf.store.put(*args, **more)
        raise _Killed

    def __getattr__(self, name):
        return getattr(self._shelf.store, name)


def test_a_correction_that_was_killed_halfway_has_not_happened(shelf, book, work):
    before = entry_of(shelf, book)
    with pytest.raises(_Killed):
        right(replace(shelf, store=KilledStore(shelf)), book)
    assert (entry_of(shelf, book), left(shelf, book)) == (before, ())
    assert reading_of(shelf, book, 2).page.text == TEXT
    right(shelf, book)  # and is made the next time
    digitise(shelf, book.id, work)
    assert RIGHT in text_of(shelf, book)[1]
    assert audit(shelf).findings == ()


@pytest.mark.parametrize("stage", ["derive_files", "index_item"])
def test_what_a_person_writes_while_the_flows_are_at_it_is_not_lost(shelf, book, work, monkeypatch, stage):
    """The page is put right just when the stage has looked at it."""
    right(shelf, book, "Lần một")
    done, real = [], getattr(stages, stage)

    def overtaken(*args, **more):
        made = real(*args, **more)
        if not done:
            done.append(right(shelf, book))
        return made

    monkeypatch.setattr(stages, stage, overtaken)
    digitise(shelf, book.id, work)
    if left(shelf, book):
        assert is_seen_to(shelf, book)
        digitise(shelf, book.id, work)
    assert (left(shelf, book), is_seen_to(shelf, book)) == ((), False)
    assert RIGHT in text_of(shelf, book)[1]
    assert found(shelf, "về đất đai")


def test_what_is_to_be_made_anew_is_seen_to_even_if_somebody_indexes_meanwhile(shelf, book):
    right(shelf, book)
    index_item(shelf, book.id, BY)
    assert is_seen_to(shelf, book)
    reindex(shelf, BY)
    assert is_seen_to(shelf, book)


def test_counting_does_not_overwrite_a_page_that_was_put_right_meanwhile(shelf, book, work, monkeypatch):
    right(shelf, book, "Lần một")
    builder, done = stages.LedgerBuilder, []

    class Overtaken(builder):
        def close(self):
            if not done:
                done.append(right(shelf, book))
            return super().close()

    monkeypatch.setattr(stages, "LedgerBuilder", Overtaken)
    digitise(shelf, book.id, work)
    assert reading_of(shelf, book, 2).page.text == RIGHT


def test_a_confirmed_citation_stays_confirmed_when_its_page_is_put_right(shelf, book):
    confirm_citation(shelf, book.id, 2, "45/2013/QH13", confirmed=True, by=BY)
    right(shelf, book, f"{TEXT} ngày 29/11")
    with shelf.catalog.view() as seen:
        assert [one.confirmed_by for one in seen.record(book.id).cites] == [None, "lan", None]


def test_a_secrecy_marking_that_comes_to_light_takes_the_item_from_readers(shelf, book, work):
    right(shelf, book, "LƯU HÀNH NỘI BỘ")
    with shelf.catalog.view() as seen:
        item = seen.item(book.id)
    assert (item.state, item.reason.code) == (State.WITHDRAWN, "item.confidential_marking")
    assert not found(shelf, "Luật")


def test_a_secrecy_marking_that_comes_to_light_stops_an_item_that_is_not_out_yet(shelf, work, tmp_path):
    item = digitised(shelf, work, draw_book(tmp_path / "b.pdf", pages=2))
    right(shelf, item, "LƯU HÀNH NỘI BỘ")
    with shelf.catalog.view() as seen:
        assert seen.item(item.id).state is State.QUARANTINED
    with pytest.raises(NotForPeople):
        right(shelf, item, "xóa dấu")
    retry(shelf, item.id, BY, cleared=True)
    assert digitise(shelf, item.id, work).state is State.DESCRIBED
    assert reading_of(shelf, item, 2).page.text == "LƯU HÀNH NỘI BỘ"
    right(shelf, item, "LƯU HÀNH NỘI BỘ, số 2")  # somebody has decided that it may pass
    with shelf.catalog.view() as seen:
        assert seen.item(item.id).state is State.DESCRIBED


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_page_that_is_not_there_cannot_be_put_right(shelf, book, number):
    for write in (
        lambda: reading_of(shelf, book, number),
        lambda: correct_page(shelf, book.id, number, {}, BY, seen=""),
        lambda: say_of_page(shelf, book.id, number, BY, label="1", kind=None),
    ):
        with pytest.raises(PageNotKnown):
            write()


# folios and kinds


def test_a_typed_folio_and_kind_survive_counting_and_reading_anew(shelf, book, work):
    say_of_page(shelf, book.id, 1, BY, label=" xii\u202e ", kind=PageKind.PLATE)
    assert left(shelf, book)[0] is Stage.LEDGER
    assert is_seen_to(shelf, book)
    digitise(shelf, book.id, work)
    read_pages(shelf, book.id, [1], replace(work, options=OcrOptions(dpi=400)))
    entry = entry_of(shelf, book, 1)
    assert (entry.label, entry.label_source, entry.kind) == ("xii", "typed", PageKind.PLATE)
    with shelf.catalog.view() as seen:
        (one,) = seen.desk.events(book.id, actions=["page_said"], limit=9)
    undo_saying(shelf, book.id, 1, one.id, BY)
    digitise(shelf, book.id, work)
    entry = entry_of(shelf, book, 1)
    assert (entry.label_source, entry.kind_source, entry.kind) == (None, None, PageKind.COVER)


def test_a_page_of_which_a_person_says_that_it_bears_no_folio_has_none(shelf, work, tmp_path):
    reader = FixedReader(
        pages={n: f"Điều này có mười hai chữ để trang ấy là trang chữ {n}" for n in range(1, 7)}
    )
    shelf = replace(shelf, ocr=reader)
    item = digitised(shelf, work, draw_book(tmp_path / "b.pdf", pages=6))
    say_of_page(shelf, item.id, 3, BY, label="", kind=None)
    digitise(shelf, item.id, work)
    entry = entry_of(shelf, item, 3)
    assert (entry.label, entry.label_source) == (None, "typed")


def test_what_a_person_calls_blank_loses_its_specks_and_gets_them_back(shelf, book, work):
    say_of_page(shelf, book.id, 2, BY, label=None, kind=PageKind.BLANK)
    item = digitise(shelf, book.id, work)
    entry = entry_of(shelf, book)
    assert (entry.kind, entry.words, item.counts.blank) == (PageKind.BLANK, 0, 1)
    assert text_of(shelf, book)[1].strip() == ""
    (one,) = corrections(shelf, book)
    say_of_page(shelf, book.id, 2, BY, label=None, kind=None)
    undo_correction(shelf, book.id, 2, one.id, BY)
    digitise(shelf, book.id, work)
    assert TEXT in text_of(shelf, book)[1]
    assert entry_of(shelf, book).kind is PageKind.BODY


def test_the_engines_reading_is_never_touched(shelf, book):
    with shelf.store.open(page_key(book.id, 2)) as source:
        before = source.read()
    right(shelf, book)
    with shelf.store.open(page_key(book.id, 2)) as source:
        assert source.read() == before


def test_a_line_that_the_engine_missed_is_added_found_and_taken_back(shelf, book, work):
    seen = reading_of(shelf, book, 2)
    entry = add_line(shelf, book.id, 2, 1, "Đính kèm phụ lục hòa giải", BY, seen=seen.digest)
    assert (entry.locked, entry.text_source) == (True, "corrected")
    digitise(shelf, book.id, work)
    assert reading_of(shelf, book, 2).page.text.splitlines()[-1] == "Đính kèm phụ lục hòa giải"
    assert found(shelf, "phụ lục hòa giải")
    with pytest.raises(ChangedMeanwhile):
        add_line(shelf, book.id, 2, 1, "x", BY, seen=seen.digest)
    now_there = reading_of(shelf, book, 2)
    with pytest.raises(ChangedMeanwhile):
        add_line(shelf, book.id, 2, 9, "x", BY, seen=now_there.digest)
    (one,) = corrections(shelf, book)
    undo_correction(shelf, book.id, 2, one.id, BY)
    assert reading_of(shelf, book, 2).page.text == TEXT
