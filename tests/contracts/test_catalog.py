"""What every ``Catalog`` promises, whatever database is behind it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.columns import keepable, keepable_json
from catalog.sql import open_catalog
from catalog.states import ALLOWED
from domain.addresses import path_of
from domain.desk import Assessment, Verdict
from domain.errors import (
    BatchNotFound,
    CatalogError,
    CatalogNotEmpty,
    CatalogUnavailable,
    DumpNotValid,
    ItemClaimed,
    ItemNotFound,
    MoveNotAllowed,
    NewerData,
)
from domain.holdings import (
    BatchCounts,
    BatchEntry,
    Claim,
    Counts,
    FileEntry,
    Lease,
    Lines,
    Mishaps,
    Outcome,
    PageKind,
    ProvenanceEvent,
    Stage,
    State,
    Total,
)
from domain.ids import derivative_key
from domain.ports import CatalogRow, Criteria
from domain.readers_ledger import TextReport
from domain.records import Citation, FieldValue, Record, Source
from domain.values import Actor, Box, Fixity, Reason
from tests.catalog.databases import empty, secrets
from tests.catalog.holdings import WHEN, WHO, a_batch, a_page, a_scan, add_some, an_item, statements

ALL = Criteria()
SECOND = dt.timedelta(seconds=1)
PLAIN = Record({"title": FieldValue("Bộ luật", Source.MANIFEST, 1.0)})


@pytest.fixture
def item_id(catalog):
    return add_some(catalog)[0]


class _Interrupted(BaseException):
    """As Ctrl-C: no Exception, and no error of ours."""


@contextmanager
def _interrupted(catalog):
    """A transaction that is left by an exception."""
    with catalog.begin() as changes:
        yield changes
        raise _Interrupted


# batches


def test_a_batch_and_its_report_come_back_as_they_went(catalog):
    batch = a_batch()
    lines = [
        BatchEntry(2, "b.pdf", Outcome.QUARANTINED, note=Reason("intake.empty_file", {"name": "b.pdf"})),
        BatchEntry(1, "a.pdf", Outcome.NEW),
    ]
    with catalog.begin() as changes:
        changes.add_batch(batch)
        for line in lines:
            changes.add_entry(batch.id, line)
    with catalog.view() as seen:
        assert seen.batch(batch.id) == batch
        assert list(seen.entries(batch.id)) == sorted(lines, key=lambda line: line.ordinal)


def test_the_same_ordinal_replaces_a_line_of_the_report(catalog, item_id):
    with catalog.begin() as changes:
        batch_id = changes.item(item_id).batch_id
        changes.add_entry(batch_id, BatchEntry(1, "a.pdf", Outcome.NEW))
        changes.add_entry(batch_id, BatchEntry(1, "a.pdf", Outcome.DUPLICATE, item_id=item_id))
        assert list(changes.entries(batch_id)) == [BatchEntry(1, "a.pdf", Outcome.DUPLICATE, item_id=item_id)]


def test_the_newest_batches_come_first(catalog):
    batches = [a_batch(created_at=WHEN + place * SECOND) for place in range(4)]
    with catalog.begin() as changes:
        for batch in batches:
            changes.add_batch(batch)
    with catalog.view() as seen:
        assert list(seen.batches(3)) == batches[:0:-1]


def test_batches_of_some_units_are_listed_a_page_at_a_time(catalog):
    at = [WHEN, WHEN, WHEN + SECOND, WHEN + SECOND, WHEN + 2 * SECOND]
    batches = [
        a_batch(created_at=moment, actor=Actor("lan", "stp" if place != 2 else "khac"))
        for place, moment in enumerate(at)
    ]
    with catalog.begin() as changes:
        for batch in batches:
            changes.add_batch(batch)
    newest = sorted(batches, key=lambda one: (one.created_at, one.id), reverse=True)
    ours = [one for one in newest if one.actor.unit == "stp"]
    with catalog.view() as seen:
        first = list(seen.batches_of({"stp"}, before=None, limit=3))
        assert first == ours[:3]
        assert list(seen.batches_of({"stp"}, before=first[-1].id, limit=3)) == ours[3:]
        assert list(seen.batches_of(None, before=None, limit=9)) == newest
        assert list(seen.batches_of(frozenset(), before=None, limit=9)) == []
        with pytest.raises(BatchNotFound):
            seen.batches_of(None, before="khong-co", limit=1)


def a_report(catalog):
    """A batch with an item that is read, one that is being read, one in quarantine, and two without."""
    with catalog.begin() as changes:
        batch = a_batch()
        changes.add_batch(batch)
        items = [an_item(batch, f"TSPL-VN-2026-00000{place}") for place in range(1, 4)]
        for item in items:
            changes.add_item(item, a_scan(item.id), PLAIN)
            changes.set_image_count(item.id, 5)
        changes.move(items[0].id, State.READING, actor=WHO, at=WHEN)
        changes.move(items[0].id, State.READ, actor=WHO, at=WHEN)
        changes.move(items[1].id, State.READING, actor=WHO, at=WHEN)
        changes.replace_page(items[1].id, a_page(1))
        changes.replace_page(items[1].id, a_page(2))
        changes.move(items[2].id, State.QUARANTINED, actor=WHO, at=WHEN, reason=Reason("item.crashes"))
        outcomes = [Outcome.NEW, Outcome.NEW, Outcome.QUARANTINED]
        for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True), start=1):
            changes.add_entry(batch.id, BatchEntry(place, f"{place}.pdf", outcome, item.id))
        changes.add_entry(batch.id, BatchEntry(4, "1 bis.pdf", Outcome.DUPLICATE, items[0].id))
        changes.add_entry(batch.id, BatchEntry(5, "5.pdf", Outcome.QUARANTINED))
        changes.add_entry(batch.id, BatchEntry(6, "Sổ tay", Outcome.ABSENT))
    return batch, items


def test_the_lines_of_a_batch_come_with_their_items_as_they_are_now(catalog):
    batch, items = a_report(catalog)
    with catalog.view() as seen, statements() as asked:
        lines = seen.batch_lines(batch.id, Lines.ALL, after=0, limit=4)
        assert len(asked) == 2
        now = [seen.item(item.id) for item in items]
        assert [line.item for line in lines] == [*now, now[0]]
        assert [line.entry.ordinal for line in lines] == [1, 2, 3, 4]
        rest = seen.batch_lines(batch.id, Lines.ALL, after=4, limit=4)
        assert [(line.entry.ordinal, line.item) for line in rest] == [(5, None), (6, None)]
        troubled = seen.batch_lines(batch.id, Lines.TROUBLED, after=0, limit=9)
        assert [line.entry.ordinal for line in troubled] == [3, 5, 6]
        under_way = seen.batch_lines(batch.id, Lines.UNDER_WAY, after=0, limit=9)
        assert [line.entry.ordinal for line in under_way] == [1, 2, 4]


def test_how_far_batches_are_takes_two_questions(catalog):
    batch, _ = a_report(catalog)
    other = a_batch()
    with catalog.begin() as changes:
        changes.add_batch(other)
    with catalog.view() as seen, statements() as asked:
        counted = seen.batch_counts([batch.id, other.id])
    assert len(asked) == 2
    assert counted[other.id] == BatchCounts()
    assert counted[batch.id] == BatchCounts(
        lines={
            (Outcome.NEW, State.READ): 1,
            (Outcome.NEW, State.READING): 1,
            (Outcome.QUARANTINED, State.QUARANTINED): 1,
            (Outcome.DUPLICATE, State.READ): 1,
            (Outcome.QUARANTINED, None): 1,
            (Outcome.ABSENT, None): 1,
        },
        images=10,
        read=7,
    )


def test_an_unknown_batch_is_named(catalog):
    with catalog.begin() as changes, pytest.raises(BatchNotFound):
        changes.add_entry("nobody's", BatchEntry(1, "a.pdf", Outcome.NEW))
    with catalog.view() as seen, pytest.raises(BatchNotFound):
        seen.batch("nobody's")


# items


def test_an_item_comes_back_as_it_went_by_id_and_by_accession(catalog):
    batch, scan = a_batch(), a_scan("nội dung", "trang 1.jpg", "trang 2.jpg")
    item = an_item(batch, "TSPL-LC-2026-000007", counts=Counts(1, 2, 3, 4, 5, 6, 7), confidence=0.5)
    with catalog.begin() as changes:
        changes.add_batch(batch)
        changes.add_item(item, scan, Record())
    with catalog.view() as seen:
        assert seen.item(item.id) == item
        assert seen.item(" tspl-lc-2026-000007 ") == item
        assert seen.item_of_content(scan.content_sha256) == item
        assert seen.item_of_content("0" * 64) is None
        assert seen.scan(item.id) == scan


@pytest.mark.parametrize("ref", ["", "TSPL-VN-2026-000001", "\x00", "\udcff", "' OR 1=1 --"])
def test_an_unknown_item_is_told_as_asked_for(catalog, ref):
    with catalog.view() as seen, pytest.raises(ItemNotFound) as caught:
        seen.item(ref)
    assert caught.value.fields == {"item": ref}


def test_the_same_content_is_never_held_twice(catalog):
    batch = a_batch()
    with catalog.begin() as changes:
        changes.add_batch(batch)
        changes.add_item(an_item(batch, changes.next_accession("VN", 2026)), a_scan("x"), Record())
    with pytest.raises(CatalogError), catalog.begin() as changes:
        changes.add_item(an_item(batch, changes.next_accession("VN", 2026)), a_scan("x"), Record())
    with catalog.view() as seen:
        assert len(seen.find_items(ALL, after=None, limit=10).items) == 1


def test_accessions_count_without_gaps_within_province_and_year(catalog):
    with catalog.begin() as changes:
        given = [changes.next_accession("LC", 2026), changes.next_accession("LC", 2026)]
        given += [changes.next_accession("LC", 2027), changes.next_accession("DL", 2026)]
    with pytest.raises(_Interrupted), _interrupted(catalog) as changes:
        changes.next_accession("LC", 2026)
    with catalog.begin() as changes:
        given.append(changes.next_accession("LC", 2026))
    assert given == [
        "TSPL-LC-2026-000001",
        "TSPL-LC-2026-000002",
        "TSPL-LC-2027-000001",
        "TSPL-DL-2026-000001",
        "TSPL-LC-2026-000003",
    ]


def test_threads_at_once_never_get_the_same_accession(catalog):
    def take(_):
        with catalog.begin() as changes:
            return changes.next_accession("VN", 2026)

    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(take, range(40)))
    assert sorted(given) == [f"TSPL-VN-2026-{place:06d}" for place in range(1, 41)]


def test_items_are_listed_slice_by_slice_in_accession_order(catalog):
    add_some(catalog, 7)
    seen_accessions, after = [], None
    with catalog.view() as seen:
        while True:
            found = seen.find_items(ALL, after=after, limit=3)
            seen_accessions += [item.accession for item in found.items]
            after = found.after
            if after is None:
                break
    assert seen_accessions == [f"TSPL-VN-2026-{place:06d}" for place in range(1, 8)]


def test_no_state_at_all_finds_nothing(catalog, item_id):
    with catalog.view() as seen:
        assert seen.find_items(Criteria(states=frozenset()), after=None, limit=5).items == ()


def test_items_of_several_states_are_listed_slice_by_slice_in_accession_order(catalog):
    ids = add_some(catalog, 9)
    with catalog.begin() as changes:
        for place, item_id in enumerate(ids):
            for state in [(), (State.READING,), (State.QUARANTINED,)][place % 3]:
                changes.move(item_id, state, actor=WHO, at=WHEN)
    criteria = Criteria(states=frozenset({State.RECEIVED, State.QUARANTINED, State.WITHDRAWN}))
    wanted = [item_id for place, item_id in enumerate(ids) if place % 3 != 1]
    found, after = [], None
    with catalog.view() as seen:
        for _ in range(3):
            part = seen.find_items(criteria, after=after, limit=2)
            found += [item.id for item in part.items]
            after = part.after
    assert (found, after) == (wanted, None)


def test_items_are_found_by_state_and_batch(catalog):
    first, second = add_some(catalog, 2)
    other = a_batch()
    (third,) = add_some(catalog, 1, batch=other)
    with catalog.begin() as changes:
        changes.move(second, State.READING, actor=WHO, at=WHEN)
        changes.move(third, State.READING, actor=WHO, at=WHEN)

        def found(criteria):
            return [item.id for item in changes.find_items(criteria, after=None, limit=9).items]

        assert found(Criteria(states=frozenset({State.READING}))) == [second, third]
        assert found(Criteria(states=frozenset({State.READING}), batch_id=other.id)) == [third]
        assert found(Criteria(states=frozenset(State), batch_id=other.id)) == [third]
        assert found(Criteria(states=frozenset())) == []
        assert found(ALL) == [first, second, third]


def test_listing_fifty_items_takes_one_statement(catalog):
    add_some(catalog, 60)
    with statements() as seen, catalog.view() as reading:
        assert len(reading.find_items(ALL, after=None, limit=50).items) == 50
    assert len(seen) == 1


# moves


def _way_to(state):
    """Moves that lead from received to ``state``."""
    ways = deque([(State.RECEIVED,)])
    while ways[0][-1] is not state:
        way = ways.popleft()
        ways.extend((*way, to) for to in ALLOWED[way[-1]] if to not in way)
    return ways[0][1:]


@pytest.mark.parametrize("start", State)
def test_only_the_allowed_moves_are_made_and_each_is_noted(catalog, start):
    reason = Reason("item.withdrawn", {"reason": "thu hồi"})
    for to, item_id in zip(State, add_some(catalog, len(State)), strict=True):
        with catalog.begin() as changes:
            for state in _way_to(start):
                changes.move(item_id, state, actor=WHO, at=WHEN)
            before, noted = changes.item(item_id), len(changes.history(item_id))
        clerk = Actor("Bình", "UBND tỉnh")
        if to not in ALLOWED[start] and to is not start:
            with pytest.raises(MoveNotAllowed) as caught, catalog.begin() as changes:
                changes.move(item_id, to, actor=clerk, at=WHEN + SECOND, reason=reason)
            assert set(caught.value.fields["allowed"]) == ALLOWED[start]
            with catalog.view() as seen:
                assert seen.item(item_id) == before
                assert len(seen.history(item_id)) == noted
            continue
        with catalog.begin() as changes:
            moved = changes.move(item_id, to, actor=clerk, at=WHEN + SECOND, reason=reason)
        with catalog.view() as seen:
            assert seen.item(item_id) == moved
            last = seen.history(item_id)[-1]
        assert (moved.state, moved.reason, moved.updated_at) == (to, reason, WHEN + SECOND)
        assert (last.action, last.actor, last.at) == ("moved", clerk, WHEN + SECOND)
        assert (last.options["from"], last.options["to"]) == (start, to)
        assert last.options["reason"] == {"code": reason.code, "fields": reason.fields}
        shown = to in {State.PUBLISHED, State.WITHDRAWN} and to is not start
        assert moved.revision == before.revision + shown


def test_moving_to_where_it_is_changes_nothing(catalog, item_id):
    with catalog.begin() as changes:
        before = changes.item(item_id)
        assert changes.move(item_id, State.RECEIVED, actor=WHO, at=WHEN + SECOND) == before
        assert changes.history(item_id) == []


def test_a_move_without_a_reason_forgets_the_old_one(catalog, item_id):
    with catalog.begin() as changes:
        changes.move(item_id, State.QUARANTINED, actor=WHO, at=WHEN, reason=Reason("intake.empty_file"))
        assert changes.move(item_id, State.RECEIVED, actor=WHO, at=WHEN).reason is None


# counts, flags


def test_a_figure_not_known_stays_unknown(catalog, item_id):
    counts = Counts(images=3, scanned=0)
    with catalog.begin() as changes:
        changes.set_counts(item_id, counts, None)
    with catalog.view() as seen:
        assert seen.item(item_id).counts == counts
        assert seen.item(item_id).confidence is None


def test_flags_of_an_item_are_kept(catalog, item_id):
    with catalog.begin() as changes:
        changes.set_publish(item_id, False)
        changes.set_indexed(item_id, 1)
        changes.set_image_count(item_id, 24)
    with catalog.view() as seen:
        item = seen.item(item_id)
        assert (item.publish, item.indexed_revision, item.counts.images) == (False, 1, 24)
        assert seen.scan(item_id).image_count == 24


@pytest.mark.parametrize(
    "write",
    [
        lambda tx: tx.set_publish("0" * 32, True),
        lambda tx: tx.set_counts("0" * 32, Counts(), None),
        lambda tx: tx.set_indexed("0" * 32, 1),
        lambda tx: tx.set_image_count("0" * 32, 1),
        lambda tx: tx.replace_page("0" * 32, a_page()),
        lambda tx: tx.keep_files("0" * 32, [_a_file("access.pdf")]),
        lambda tx: tx.set_record("0" * 32, PLAIN),
        lambda tx: tx.complete_stage("0" * 32, Stage.READ, "x", WHEN),
        lambda tx: tx.claim(Claim("0" * 32, "a", WHEN), now=WHEN, dead=lambda _: False),
        lambda tx: tx.note(_an_event("0" * 32)),
        lambda tx: tx.move("0" * 32, State.READING, actor=WHO, at=WHEN),
        lambda tx: tx.record("0" * 32),
        lambda tx: tx.scan("0" * 32),
    ],
)
def test_what_concerns_no_item_we_hold_says_so(catalog, write):
    with pytest.raises(ItemNotFound), catalog.begin() as changes:
        write(changes)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda tx, item: tx.set_counts(item, Counts(blank=-1), None),
        lambda tx, item: tx.set_counts(item, Counts(), 1.01),
        lambda tx, item: tx.replace_page(item, a_page(0)),
        lambda tx, item: tx.replace_page(item, a_page(1, confidence=-0.1)),
        lambda tx, item: tx.complete_stage(item, Stage.READ, "x", dt.datetime(2026, 1, 1)),  # noqa: DTZ001
    ],
)
def test_values_that_cannot_be_true_are_refused(catalog, item_id, wrong):
    with pytest.raises(CatalogError) as caught, catalog.begin() as changes:
        wrong(changes, item_id)
    assert not caught.value.retryable


# pages and files


def test_pages_come_back_in_order_as_they_went(catalog, item_id):
    pages = [
        a_page(2, label="ii", label_source="read", text_source="embedded", image_sha256="a" * 64),
        a_page(
            1, kind=PageKind.UNREADABLE, confidence=None, problem=Reason("ocr.page_unreadable", {"image": 1})
        ),
        a_page(10, image=5, box=Box(620, 0, 1240, 1754), languages=("vie", "eng")),
    ]
    with catalog.begin() as changes:
        for page in pages:
            changes.replace_page(item_id, page)
    with catalog.view() as seen:
        assert list(seen.pages(item_id)) == sorted(pages, key=lambda page: page.number)


def test_replacing_a_page_again_gives_the_same(catalog, item_id):
    for _ in range(2):
        with catalog.begin() as changes:
            changes.replace_page(item_id, a_page(1, words=1))
            changes.replace_page(item_id, a_page(1, words=2))
    with catalog.view() as seen:
        assert list(seen.pages(item_id)) == [a_page(1, words=2)]


def test_what_a_person_corrected_is_never_overwritten_by_a_reading(catalog, item_id):
    corrected = a_page(1, locked=True, text_source="corrected")
    again = replace(corrected, words=7)
    with catalog.begin() as changes:
        changes.replace_page(item_id, a_page(1))
        changes.replace_page(item_id, corrected)
        changes.replace_page(item_id, a_page(1, words=9))
        assert list(changes.pages(item_id)) == [corrected]
        changes.replace_page(item_id, again)
        assert list(changes.pages(item_id)) == [again]


def test_a_page_that_changes_after_indexing_makes_a_new_revision_once(catalog, item_id):
    with catalog.begin() as changes:
        changes.replace_page(item_id, a_page(1))
        assert changes.item(item_id).revision == 1
        changes.set_indexed(item_id, 1)
        changes.replace_page(item_id, a_page(1, words=1))
        changes.replace_page(item_id, a_page(2))
        item = changes.item(item_id)
    assert (item.revision, item.indexed_revision) == (2, 1)


def test_items_and_their_pages_are_counted_by_state(catalog):
    first, second, _ = add_some(catalog, 3)
    with catalog.begin() as changes:
        changes.set_counts(first, Counts(scanned=7), None)
        changes.set_counts(second, Counts(scanned=5), None)
        changes.move(second, State.READING, actor=WHO, at=WHEN)
    with statements() as seen, catalog.view() as view:
        totals = view.totals()
    assert len(seen) == 1
    assert set(totals) == set(State)
    assert totals[State.RECEIVED] == Total(2, 7)
    assert totals[State.READING] == Total(1, 5)
    assert totals[State.PUBLISHED] == Total(0, 0)


def test_what_is_in_quarantine_is_counted_by_its_reason(catalog):
    items = add_some(catalog, 4)
    codes = ("intake.damaged_file", "item.crashes", "item.crashes")
    with catalog.begin() as changes:
        assert changes.troubles() == {}
        for item, code in zip(items, codes, strict=False):
            changes.move(item, State.QUARANTINED, actor=WHO, at=WHEN, reason=Reason(code))
        assert changes.troubles() == {"intake.damaged_file": 1, "item.crashes": 2}


def test_what_has_not_moved_for_the_longest_time_is_known(catalog):
    first, second = add_some(catalog, 2)
    with catalog.view() as seen:
        assert seen.longest_unmoved({State.READING}) is None
        changed = seen.item(first).updated_at
    with catalog.begin() as changes:
        changes.move(second, State.READING, actor=WHO, at=WHEN)
    with catalog.view() as seen:
        assert seen.longest_unmoved({State.RECEIVED}) == changed
        assert seen.longest_unmoved({State.READING, State.RECEIVED}) == min(
            changed, seen.item(second).updated_at
        )


def test_keeping_a_page_takes_two_statements_and_reading_four_hundred_takes_one(catalog, item_id):
    with statements() as seen, catalog.begin() as changes:
        changes.replace_page(item_id, a_page(1))
    assert len(seen) == 2
    with catalog.begin() as changes:
        for number in range(1, 401):
            changes.replace_page(item_id, a_page(number))
    with statements() as seen, catalog.view() as reading:
        assert len(reading.pages(item_id)) == 400
    assert len(seen) == 1


def _a_file(name, page=None, size=3):
    return FileEntry(name, derivative_key("0" * 32, name), "application/pdf", Fixity("b" * 64, size), page)


def test_files_are_kept_by_name(catalog, item_id):
    thumbs = [_a_file(f"thumbs/{number:06d}.webp", page=number) for number in (1, 2)]
    with catalog.begin() as changes:
        changes.keep_files(item_id, [])
        changes.keep_files(item_id, [thumbs[1], _a_file("text.txt"), thumbs[0], _a_file("access.pdf")])
        changes.keep_files(item_id, [_a_file("access.pdf", size=4)])
    with catalog.view() as seen:
        assert list(seen.files(item_id)) == [_a_file("access.pdf", size=4), _a_file("text.txt"), *thumbs]


# the record


def _with_title(title, **fields):
    return Record(
        {name: FieldValue(value, Source.STAFF, 1.0) for name, value in {"title": title, **fields}.items()}
    )


def test_title_type_and_year_of_an_item_follow_its_record(catalog, item_id):
    cite = Citation("14/2019/QĐ-TTg", 3, "14/2019/QD-TTg", 0.8, article="Điều 1", confirmed_by="An")
    record = replace(
        _with_title("Bộ luật", resource_type="book", year=2015, topics=["dân sự"]), cites=(cite,)
    )
    with catalog.begin() as changes:
        changes.set_record(item_id, record)
    with catalog.view() as seen:
        item = seen.item(item_id)
        assert seen.record(item_id) == record
        assert (item.title, item.resource_type, item.year, item.revision) == ("Bộ luật", "book", 2015, 2)


def test_an_item_without_a_title_bears_its_files_name(catalog, item_id):
    with catalog.begin() as changes:
        changes.set_record(item_id, _with_title("x" * 3_000))
        assert len(changes.item(item_id).title) == 1_000
        changes.set_record(item_id, _with_title(None))
        assert changes.item(item_id).title == "Sổ tay hòa giải.pdf"


def test_an_item_that_comes_with_a_record_bears_its_title(catalog):
    batch = a_batch()
    with catalog.begin() as changes:
        changes.add_batch(batch)
        item = an_item(batch, changes.next_accession("VN", 2026))
        changes.add_item(item, a_scan(), _with_title("Cẩm nang", year=2020))
        assert (changes.item(item.id).title, changes.item(item.id).year) == ("Cẩm nang", 2020)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # NUL and lone surrogates too
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
SHARES = st.floats(0, 1)
CITES = st.builds(Citation, ANY_TEXT, st.integers(1, 5_000), ANY_TEXT, SHARES, st.none() | ANY_TEXT)
RECORDS = st.builds(
    Record,
    st.dictionaries(ANY_TEXT, st.builds(FieldValue, ANY_JSON, st.sampled_from(Source), SHARES), max_size=5),
    st.lists(CITES, max_size=4).map(tuple),
)
REASONS = st.builds(Reason, ANY_TEXT, st.dictionaries(ANY_TEXT, ANY_JSON, max_size=3))
unruly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@unruly
@given(record=RECORDS)
def test_any_record_comes_back_with_only_the_unkeepable_replaced(catalog, record):
    (item_id,) = add_some(catalog)
    with catalog.begin() as changes:
        changes.set_record(item_id, record)
    with catalog.view() as seen:
        kept = seen.record(item_id)
    assert kept.fields == {
        keepable(name): FieldValue(keepable_json(field.value), field.source, field.confidence)
        for name, field in record.fields.items()
    }
    assert kept.cites == tuple(
        replace(
            cite,
            so_ky_hieu=keepable(cite.so_ky_hieu),
            raw=keepable(cite.raw),
            article=None if cite.article is None else keepable(cite.article),
        )
        for cite in record.cites
    )


@unruly
@given(reason=REASONS, label=ANY_TEXT)
def test_any_page_and_reason_come_back_with_only_the_unkeepable_replaced(catalog, reason, label):
    (item_id,) = add_some(catalog)
    page = a_page(1, label=label, problem=reason)
    with catalog.begin() as changes:
        changes.replace_page(item_id, page)
        changes.move(item_id, State.QUARANTINED, actor=WHO, at=WHEN, reason=reason)
    kept = Reason(keepable(reason.code), keepable_json(dict(reason.fields)))
    with catalog.view() as seen:
        assert seen.item(item_id).reason == kept
        assert list(seen.pages(item_id)) == [replace(page, label=keepable(label), problem=kept)]


# the ledger of stages


def test_stages_are_told_in_the_order_of_the_way_with_their_marks(catalog, item_id):
    with catalog.begin() as changes:
        changes.complete_stage(item_id, Stage.LEDGER, "m1", WHEN)
        changes.complete_stage(item_id, Stage.READ, "d1", WHEN)
        changes.complete_stage(item_id, Stage.READ, "d2", WHEN)
    with catalog.view() as seen:
        assert list(seen.stages(item_id).items()) == [(Stage.READ, "d2"), (Stage.LEDGER, "m1")]
    with catalog.begin() as changes:
        changes.reset_stages(item_id, [Stage.READ, Stage.PUBLISH])
        changes.reset_stages(item_id, [])
        assert changes.stages(item_id) == {Stage.LEDGER: "m1"}


# claims


def _claim(catalog, item_id, holder, *, seconds=60, dead=()):
    with catalog.begin() as changes:
        changes.claim(Claim(item_id, holder, WHEN + seconds * SECOND), now=WHEN, dead=lambda who: who in dead)


def test_a_good_claim_keeps_others_away(catalog, item_id):
    _claim(catalog, item_id, "a")
    with pytest.raises(ItemClaimed) as caught:
        _claim(catalog, item_id, "b")
    assert caught.value.fields == {"accession": "TSPL-VN-2026-000001", "holder": "a"}
    with catalog.view() as seen:
        assert list(seen.claims()) == [Claim(item_id, "a", WHEN + 60 * SECOND)]


def test_a_holder_may_renew_its_claim(catalog, item_id):
    _claim(catalog, item_id, "a")
    _claim(catalog, item_id, "a", seconds=90)
    with catalog.view() as seen:
        assert list(seen.claims()) == [Claim(item_id, "a", WHEN + 90 * SECOND)]


def test_a_claim_ends_with_its_time_or_its_holder(catalog, item_id):
    _claim(catalog, item_id, "a", seconds=0)
    _claim(catalog, item_id, "b")
    _claim(catalog, item_id, "c", dead={"b"})
    with catalog.view() as seen:
        assert [claim.holder for claim in seen.claims()] == ["c"]


def test_only_the_holder_releases_a_claim(catalog, item_id):
    _claim(catalog, item_id, "a")
    with catalog.begin() as changes:
        changes.release(item_id, "b")
        assert [claim.holder for claim in changes.claims()] == ["a"]
        changes.release(item_id, "a")
        changes.release(item_id, "a")
        assert list(changes.claims()) == []


def test_the_clock_is_about_now_and_does_not_stand_still_in_a_transaction(catalog):
    before = dt.datetime.now(dt.UTC)
    with catalog.begin() as changes:
        first, second = changes.clock(), changes.clock()
    assert first < second
    assert first.tzinfo is not None
    assert abs(first - before) < dt.timedelta(minutes=5)


def _lease(catalog, holder, *, name="run/1", seconds=60, dead=()):
    with catalog.begin() as changes:
        return changes.lease(
            Lease(name, holder, WHEN + seconds * SECOND), now=WHEN, dead=lambda who: who in dead
        )


def test_a_lease_is_one_holders_until_its_time_or_its_holder_ends(catalog):
    assert _lease(catalog, "a")
    assert not _lease(catalog, "b")
    assert _lease(catalog, "b", name="run/2")
    assert _lease(catalog, "a", seconds=0)
    assert _lease(catalog, "b")
    assert _lease(catalog, "c", dead={"b"})
    with catalog.begin() as changes:
        changes.end_lease("run/2", "c")
        changes.end_lease("run/1", "c")
        changes.end_lease("run/1", "c")
        assert list(changes.leases()) == [Lease("run/2", "b", WHEN + 60 * SECOND)]


def test_mishaps_are_counted_from_when_a_person_last_sent_an_item_on_its_way(catalog, item_id):
    assert _mishaps(catalog, item_id) == {}
    _note(catalog, item_id, "crashed", "failed", "read", "failed")
    assert _mishaps(catalog, item_id) == {item_id: Mishaps(1, 2, WHEN + 3 * SECOND)}
    _note(catalog, item_id, "retried")
    assert _mishaps(catalog, item_id) == {}
    _note(catalog, item_id, "crashed")
    assert _mishaps(catalog, item_id, "0" * 32) == {item_id: Mishaps(1, 0, WHEN)}
    assert _mishaps(catalog) == {}


def test_crashes_count_while_an_item_comes_no_further(catalog, item_id):
    _note(catalog, item_id, "crashed", "crashed", done=3)
    assert _mishaps(catalog, item_id)[item_id].crashed == 2
    _note(catalog, item_id, "crashed", done=4)
    assert _mishaps(catalog, item_id) == {item_id: Mishaps(1, 0, WHEN, done=4)}
    _note(catalog, item_id, "crashed", done=4)
    assert _mishaps(catalog, item_id)[item_id].crashed == 2


def _note(catalog, item_id, *actions, **options):
    with catalog.begin() as changes:
        for seconds, action in enumerate(actions):
            changes.note(replace(_an_event(item_id, seconds, action), options=options))


def _mishaps(catalog, *item_ids):
    with catalog.view() as seen:
        return dict(seen.mishaps(item_ids))


# what happened


def _an_event(item_id, seconds=0, action="read"):
    return ProvenanceEvent(
        WHEN + seconds * SECOND, WHO, action, "tesseract", "5.3.0", {"dpi": 300, "psm": None}, item_id=item_id
    )


def test_history_is_told_in_the_order_it_happened(catalog, item_id):
    events = [_an_event(item_id, 1, "b"), _an_event(item_id, 1, "c"), _an_event(item_id, 0, "a")]
    with catalog.begin() as changes:
        for event in events:
            changes.note(event)
    with catalog.view() as seen:
        assert [event.action for event in seen.history(item_id)] == ["a", "b", "c"]
        assert seen.history(item_id)[0] == events[2]


def test_times_are_utc_wherever_they_were_told(catalog, item_id):
    hanoi = dt.timezone(dt.timedelta(hours=7))
    with catalog.begin() as changes:
        changes.note(replace(_an_event(item_id), at=dt.datetime(2026, 1, 1, 6, tzinfo=hanoi)))
        assert changes.history(item_id)[0].at.isoformat() == "2025-12-31T23:00:00+00:00"


# transactions


def _change_all(changes, item_id):
    changes.replace_page(item_id, a_page())
    changes.set_record(item_id, _with_title("x"))


def test_leaving_by_an_exception_changes_nothing(catalog, item_id):
    with pytest.raises(_Interrupted), _interrupted(catalog) as changes:
        _change_all(changes, item_id)
    with catalog.view() as seen:
        assert list(seen.pages(item_id)) == []
        assert seen.item(item_id).revision == 1


def test_after_a_refused_write_the_next_writer_goes_on(catalog, item_id):
    for _ in range(3):
        with pytest.raises(CatalogError), catalog.begin() as changes:
            changes.replace_page(item_id, a_page(0))
    with catalog.begin() as changes:
        changes.replace_page(item_id, a_page(1))


def test_a_view_only_reads(catalog, item_id):
    with pytest.raises(CatalogError) as caught, catalog.view() as seen:
        seen.set_publish(item_id, True)
    assert not isinstance(caught.value, CatalogUnavailable)
    with catalog.begin() as changes:
        changes.set_publish(item_id, False)


def test_a_view_waits_for_no_writer_and_sees_what_was_committed(catalog, item_id):
    with catalog.begin() as changes:
        changes.replace_page(item_id, a_page())
        with catalog.view() as seen:
            assert list(seen.pages(item_id)) == []
    with catalog.view() as seen:
        assert len(seen.pages(item_id)) == 1


def test_a_view_stays_as_it_was_when_it_first_looked(catalog, item_id):
    with catalog.view() as seen:
        assert list(seen.pages(item_id)) == []
        with catalog.begin() as changes:
            changes.replace_page(item_id, a_page())
        assert list(seen.pages(item_id)) == []


def test_a_writer_gives_up_after_a_bounded_wait(url, catalog):
    with open_catalog(url, secrets=secrets(), wait_s=0.05) as impatient, catalog.begin():
        second = impatient.begin()
        with pytest.raises(CatalogUnavailable):
            second.__enter__()


def test_threads_that_write_and_read_at_once_lose_nothing(catalog):
    ids = add_some(catalog, 4)
    start = threading.Barrier(8)

    def write(item_id):
        start.wait()
        for number in range(1, 21):
            with catalog.begin() as changes:
                changes.replace_page(item_id, a_page(number))

    def read(item_id):
        start.wait()
        for _ in range(20):
            with catalog.view() as seen:
                numbers = [page.number for page in seen.pages(item_id)]
            assert numbers == list(range(1, len(numbers) + 1))

    with ThreadPoolExecutor(8) as threads:
        work = [threads.submit(act, item_id) for item_id in ids for act in (write, read)]
        for done in work:
            done.result()
    with catalog.view() as seen:
        assert [len(seen.pages(item_id)) for item_id in ids] == [20] * 4


def test_a_writer_waits_no_longer_than_it_says(catalog):
    with catalog.begin():
        second = catalog.begin(wait_s=0.02)
        with pytest.raises(CatalogUnavailable):
            second.__enter__()
    with catalog.begin(wait_s=0.02) as changes:
        changes.count_unanswered(WHEN.date())


def test_searches_that_found_nothing_are_counted_by_day(catalog):
    today = WHEN.date()
    for day in (today, today - dt.timedelta(days=1), today, today - dt.timedelta(days=40)):
        with catalog.begin() as changes:
            changes.count_unanswered(day)
    with catalog.view() as seen:
        assert dict(seen.unanswered(today)) == {today: 2}
        assert list(seen.unanswered(today - dt.timedelta(days=30)).items()) == [
            (today - dt.timedelta(days=1), 1),
            (today, 2),
        ]
        assert sum(seen.unanswered(dt.date.min).values()) == 4


def test_pages_are_counted_for_many_items_at_once(catalog):
    first, second = add_some(catalog, 2)
    with catalog.begin() as changes:
        for number in (1, 2, 3):
            changes.replace_page(first, a_page(number))
    with catalog.view() as seen:
        assert dict(seen.page_counts([second, first])) == {first: 3, second: 0}
        assert dict(seen.page_counts([])) == {}


# the whole of it

NOTHING = [  # but the unit that is there from the start
    CatalogRow("unit", {"code": "default", "revision": 1}),
    CatalogRow(
        "unit_span",
        {"code": "default", "valid_from": "0001-01-01", "valid_to": None, "name": "Tủ sách", "parent": None},
    ),
]
OF_PEOPLE = ("unit", "unit_span", "person", "role", "act")
SINCE = {  # columns that the first layout did not have
    "batch_entry": ("match",),
    "page": ("kind_source", "doubtful", "reading", "home"),
    "scan_file": ("form", "image"),
    "item": ("field", "so_ky_hieu", "legal_status", "published_at"),
}


SINCE_THE_FIRST = ("unanswered_search", "text_report", "assessment", "four_eyes")  # tables


def _filled(catalog):
    """Something in every table, with values that databases like to keep otherwise."""
    first, second = add_some(catalog, 2)
    odd = WHEN + dt.timedelta(microseconds=1)
    scan_name = "Sổ tay “hòa giải” — \u200b1.pdf"
    record = Record(
        {
            "title": FieldValue("Luật\u2028Hộ tịch", Source.STAFF, 1.0),
            "year": FieldValue(2014, Source.FILE_NAME, 0.1 + 0.2),
            "field": FieldValue("hộ tịch" * 100, Source.STAFF, 1.0),
            "so_ky_hieu": FieldValue("60/2014/QH13", Source.STAFF, 1.0),
            "legal_status": FieldValue("còn hiệu lực", Source.STAFF, 1.0),
        },
        (Citation("60/2014/QH13", 3, "số 60/2014/QH13", 0.7, article="Điều 1"),),
    )
    with catalog.begin() as changes:
        batch_id = changes.item(first).batch_id
        changes.set_record(first, record)
        changes.replace_page(
            first, a_page(1, confidence=1 / 3, problem=Reason("a.b", {"z": None, "a": [1.5]}))
        )
        changes.replace_page(first, a_page(2, locked=True, confidence=None))
        names = ("thumbs/000001.webp", "access.pdf", "thumbs-1.webp")
        changes.keep_files(first, [_file(first, name) for name in names])
        changes.desk.assess(first, Assessment(Verdict.REVIEW, WHO, odd, Reason("a.b", {"c": [1]})))
        changes.desk.ask_four_eyes(WHO.unit, True)
        changes.set_counts(first, Counts(declared=0, blank=None), None)
        changes.complete_stage(first, Stage.READ, "x", odd)
        changes.set_indexed(first, 2)
        changes.move(
            second,
            State.QUARANTINED,
            actor=WHO,
            at=odd,
            reason=Reason("intake.empty_file", {"name": scan_name}),
        )
        changes.add_entry(
            batch_id, BatchEntry(1, scan_name, Outcome.NEW, first, match=Reason("x.y", {"n": 1}))
        )
        changes.note(ProvenanceEvent(odd, WHO, "audited", "tusach", "1", {"files": 3, "sound": True}))
        changes.count_unanswered(dt.date(2026, 2, 28))
        changes.readers.add_text_report(TextReport(first, 1, "Luât", "thiếu dấu nặng", odd))
        changes.claim(Claim(first, "host/boot/1/1", odd), now=odd, dead=lambda _: False)
    return first, second


def _file(item_id, name):
    return FileEntry(name, derivative_key(item_id, name), "image/webp", Fixity("0" * 64, 2**40), page=1)


def _dumped(catalog):
    with catalog.view() as seen:
        return seen.layout(), list(seen.dump())


def test_a_dump_is_the_same_wherever_it_is_loaded(catalog, tmp_path):
    first, second = _filled(catalog)
    layout, rows = _dumped(catalog)
    plain = [CatalogRow(row.table, json.loads(json.dumps(row.values))) for row in rows]
    assert plain == rows  # JSON can say all of it
    with open_catalog(f"sqlite:///{quote(str(tmp_path))}/other.sqlite3", secrets={}) as other:
        with other.begin() as changes:
            changes.load(iter(plain), layout=layout)
        assert [json.dumps(row.values) for row in _dumped(other)[1]] == [
            json.dumps(row.values) for row in rows
        ]
        for item_id in (first, second):
            with catalog.view() as here, other.view() as there:
                assert there.item(item_id) == replace(here.item(item_id), indexed_revision=None)
                assert there.scan(item_id) == here.scan(item_id)
                assert list(there.pages(item_id)) == list(here.pages(item_id))
                assert list(there.files(item_id)) == list(here.files(item_id))
                assert there.record(item_id) == here.record(item_id)
                assert there.stages(item_id) == here.stages(item_id)
                assert list(there.history(item_id)) == list(here.history(item_id))
                assert (list(there.claims()), len(here.claims())) == ([], 1)


def test_a_dump_comes_back_into_the_same_database_and_numbering_goes_on(catalog, url):
    first, _ = _filled(catalog)
    layout, rows = _dumped(catalog)
    with catalog.begin() as changes:
        newest = changes.next_accession("VN", 2026)
    if url.startswith("postgresql"):
        empty(url)
    else:
        path_of(url).unlink()
    with open_catalog(url, secrets=secrets()) as again:
        with again.begin() as changes:
            changes.load(rows, layout=layout)
        assert _dumped(again) == (layout, rows)
        with again.begin() as changes:
            assert changes.next_accession("VN", 2026) == newest
            changes.note(ProvenanceEvent(WHEN, WHO, "edited", "tusach", "1", item_id=first))
            assert changes.history(first)[0].action == "edited"


def test_a_dump_sees_nothing_of_what_is_written_meanwhile(catalog):
    add_some(catalog, 3)
    with catalog.view() as seen:
        rows = seen.dump()
        first = next(rows)
        add_some(catalog, 2)
        held = [first, *rows]
    assert sum(row.table == "item" for row in held) == 3


def test_only_an_empty_catalogue_takes_a_dump_in(catalog):
    layout, rows = _dumped(catalog)
    add_some(catalog, 2)
    with pytest.raises(CatalogNotEmpty) as refused, catalog.begin() as changes:
        changes.load(rows, layout=layout)
    assert refused.value.fields == {"items": 2, "batches": 1, "people": 0}


def test_what_an_empty_shelf_noted_does_not_stand_in_the_way(catalog):
    with catalog.begin() as changes:
        changes.note(ProvenanceEvent(WHEN, WHO, "audited", "tusach", "1"))
        changes.count_unanswered(dt.date(2026, 2, 28))
    layout, _ = _dumped(catalog)
    with catalog.begin() as changes:
        changes.load([], layout=layout)
    assert _dumped(catalog) == (layout, NOTHING)


def _row(table, **values):
    return CatalogRow(table, values)


@pytest.mark.parametrize(
    "row",
    [
        _row("nobody's", id=1),
        _row("claim", item_id="x", holder="y", expires_at="2026-01-01T00:00:00+00:00"),
        _row("accession_sequence", province="VN", year=2026),
        _row("accession_sequence", province="VN", year=2026, last=1, more=1),
        _row("accession_sequence", province="VN", year="2026", last=1),
        _row("accession_sequence", province="VN", year=2026, last=True),
        _row("accession_sequence", province="VN", year=2026, last=2**63),
        _row("accession_sequence", province=["VN"], year=2026, last=1),
        _row("unanswered_search", day="yesterday", searches=1),
        _row("stage", item_id="x", stage="read", mark="", at="2026-01-01T00:00:00"),
    ],
    ids=str,
)
def test_what_no_catalogue_can_say_is_refused_and_leaves_nothing(catalog, row):
    layout, _ = _dumped(catalog)
    good = CatalogRow("accession_sequence", {"province": "SPL", "year": 2026, "last": 7})
    with pytest.raises(DumpNotValid), catalog.begin() as changes:
        changes.load([good, row], layout=layout)
    assert _dumped(catalog) == (layout, NOTHING)


@pytest.mark.parametrize(
    "row",
    [
        _row("accession_sequence", province="VN", year=2026, last=0),
        _row("record", item_id="nobody", fields={}, so_ky_hieu=None),
        _row("accession_sequence", province=None, year=2026, last=1),
    ],
    ids=str,
)
def test_what_the_tables_forbid_is_refused_too(catalog, row):
    layout, _ = _dumped(catalog)
    with pytest.raises(CatalogError), catalog.begin() as changes:
        changes.load([row], layout=layout)
    assert _dumped(catalog) == (layout, NOTHING)


def test_a_dump_of_a_layout_to_come_is_refused(catalog):
    with pytest.raises(NewerData), catalog.begin() as changes:
        changes.load([], layout="9999")


def test_a_dump_of_an_older_layout_is_led_on(catalog):
    """As the first layout had it: no match of an entry, no table of searches, nothing to browse by."""
    _filled(catalog)
    layout, rows = _dumped(catalog)
    older = [
        CatalogRow(
            row.table,
            {name: value for name, value in row.values.items() if name not in SINCE.get(row.table, ())},
        )
        for row in rows
        if row.table not in (*SINCE_THE_FIRST, *OF_PEOPLE)
    ]
    with catalog.begin() as changes:
        _forget(changes)
    with catalog.begin() as changes:
        changes.load(older, layout="0001")
    anew = {"batch_entry": {"match": None}, "unit": {"revision": 1}}  # units are entered all at once
    expected = [
        CatalogRow(row.table, dict(row.values) | anew.get(row.table, {}))
        for row in rows
        if row.table not in SINCE_THE_FIRST
    ]
    assert _dumped(catalog) == (layout, expected)
    with catalog.begin() as changes:
        changes.count_unanswered(dt.date(2026, 2, 28))


def _forget(changes):
    from sqlalchemy import delete

    from catalog.tables import metadata

    for table in reversed(metadata.sorted_tables):
        changes._connection.execute(delete(table))


def test_the_newest_event_of_the_shelf_itself_is_found(catalog, item_id):
    with catalog.begin() as changes:
        assert changes.shelf_event("audited") is None
        for place, whose in ((2, None), (1, None), (3, item_id)):
            when = WHEN + place * SECOND
            changes.note(ProvenanceEvent(when, WHO, "audited", "tusach", "1", {"n": place}, item_id=whose))
        found = changes.shelf_event("audited")
        assert found is not None
        assert (found.at, found.options) == (WHEN + 2 * SECOND, {"n": 2})
