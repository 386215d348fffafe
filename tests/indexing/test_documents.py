"""From an item's pages to what the index sees of them."""

from __future__ import annotations

import datetime as dt
from itertools import islice

import pytest

from domain.holdings import Counts, Item, PageEntry, PageKind, ScanForm, State
from domain.ids import Accession, BatchId, ItemId
from domain.records import Citation, FieldValue, Record, Source
from domain.text import Line, OcrPage, Word
from domain.values import Actor, Box
from indexing.documents import NEIGHBOUR, page_documents

BOX = Box(0, 0, 100, 100)
WHEN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
RECORD = Record(
    {
        "compiling_agency": FieldValue("Sở Tư pháp", Source.MANIFEST, 1.0),
        "so_ky_hieu": FieldValue("14/2019/QĐ-TTg", Source.TITLE_PAGE, 0.9),
        "field": FieldValue("đất đai", Source.STAFF, 1.0),
        "legal_status": FieldValue("còn hiệu lực", Source.STAFF, 1.0),
    },
    (Citation("91/2015/QH13", 2, "91/2015/QH13", 0.9), Citation("91/2015/QH13", 2, "91/2015/QH13", 0.8)),
)


def item(state: State = State.APPROVED) -> Item:
    return Item(
        id=ItemId("a" * 32),
        accession=Accession("TSPL-VN-2026-000001"),
        batch_id=BatchId("b" * 32),
        actor=Actor("an"),
        state=state,
        reason=None,
        title="Sổ tay",
        resource_type="manual",
        year=2020,
        form=ScanForm.PDF,
        counts=Counts(),
        confidence=None,
        revision=4,
        indexed_revision=None,
        publish=False,
        created_at=WHEN,
        updated_at=WHEN,
    )


def pages(*texts: str | None, labels: tuple[str | None, ...] = ()):
    for number, text in enumerate(texts, 1):
        label = labels[number - 1] if labels else None
        entry = PageEntry(
            number, number, BOX, PageKind.BODY, 100, 100, 300, 0, None, "t", ("vie",), "d", label
        )
        if text is None:
            yield entry, None
            continue
        words = tuple(Word(word, BOX, 0.9) for word in text.split())
        lines = (Line(words, BOX),) if words else ()
        yield entry, OcrPage(number, number, BOX, 100, 100, 300, "t", ("vie",), lines)


def documents(*texts: str | None, **given):
    return list(page_documents(item(), RECORD, pages(*texts, **given)))


def test_a_document_tells_of_its_item_and_its_page():
    first, second = documents("một hai", "ba bốn")
    assert (first.item_id, first.accession, first.revision, first.title) == (
        "a" * 32,
        "TSPL-VN-2026-000001",
        4,
        "Sổ tay",
    )
    assert (first.agency, first.so_ky_hieu, first.year) == ("Sở Tư pháp", "14/2019/QĐ-TTg", 2020)
    assert (first.field, first.legal_status) == ("đất đai", "còn hiệu lực")
    assert (first.number, first.text, first.cites) == (1, "một hai", ())
    assert (second.number, second.text, second.cites) == (2, "ba bốn", ("91/2015/QH13",))


@pytest.mark.parametrize("state", State)
def test_only_what_is_published_is_published(state):
    (document,) = page_documents(item(state), RECORD, pages("một"))
    assert document.published is (state is State.PUBLISHED)


def test_neighbours_lend_some_syllables():
    long = " ".join(f"chữ{n}" for n in range(200))
    before, middle, after = documents(long, "giữa", long)
    assert middle.before.split() == long.split()[-NEIGHBOUR:]
    assert middle.after.split() == long.split()[:NEIGHBOUR]
    assert (before.before, before.after, after.before, after.after) == ("", "giữa", "giữa", "")


def test_neighbours_are_found_past_blank_and_unreadable_pages():
    found = documents("", "một", "", None, "hai", "")
    assert [page.number for page in found] == [1, 2, 3, 4, 5, 6]
    assert [page.before for page in found] == ["", "", "", "", "một", ""]
    assert [page.after for page in found] == ["", "hai", "", "", "", ""]


def test_folios_do_not_stand_between_a_sentence_and_its_end():
    first, second = documents("một hai 12", "13 ba bốn", labels=("12", "13"))
    assert (first.after, second.before) == ("ba bốn", "một hai")
    assert second.text == "13 ba bốn"


def test_folios_that_the_ledger_did_not_understand_do_not_stand_there_either():
    def read(*lines: str) -> OcrPage:
        rows = tuple(Line(tuple(Word(word, BOX, 0.9) for word in line.split()), BOX) for line in lines)
        return OcrPage(1, 1, BOX, 100, 100, 300, "t", ("vie",), rows)

    entries = [entry for entry, _ in pages("", "", "")]
    texts = [read("một hai", "– 12 –"), read("13", "ba", "||"), read("bốn", "năm 14")]
    first, second, third = page_documents(item(), RECORD, zip(entries, texts, strict=True))
    assert (first.after, second.before, second.after, third.before) == ("ba", "một hai", "bốn năm 14", "ba")


def test_a_page_that_is_only_a_folio_lends_nothing():
    first, second, third = documents("một", "2", "ba", labels=("1", "2", "3"))
    assert (first.after, second.before, second.after, third.before) == ("", "một", "ba", "")


def test_pages_are_consumed_as_they_are_asked_for():
    asked = []

    def watched():
        for number, pair in enumerate(pages(*["chữ"] * 100), 1):
            asked.append(number)
            yield pair

    found = page_documents(item(), RECORD, watched())
    assert [page.number for page in islice(found, 3)] == [1, 2, 3]
    assert len(asked) == 4


def test_an_item_without_pages_has_no_documents():
    assert documents() == []
