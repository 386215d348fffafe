"""What every catalogue tells operators, whatever database is behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from domain.figures import Done, Master, Milestone, Waiting
from domain.holdings import BatchEntry, Counts, Lease, Outcome, Stage, State
from domain.records import FieldValue, Record, Source
from domain.values import Actor, Reason
from tests.catalog.holdings import a_batch, a_page, a_scan, an_item, statements

MINUTE = dt.timedelta(minutes=1)
NINE = dt.datetime(2026, 3, 4, 9, 0, 30, tzinfo=dt.UTC)
STP, XA = Actor("lan", "stp"), Actor("mai", "xã")
DAMAGED = Reason("intake.damaged_file", {"name": "a.pdf", "detail": ""})


def _add(catalog, *items):
    """Items of a batch each; ``(actor, state, images)``."""
    ids = []
    with catalog.begin() as changes:
        for by, state, images in items:
            batch = a_batch(actor=by)
            changes.add_batch(batch)
            item = an_item(
                batch,
                changes.next_accession("VN", 2026),
                actor=by,
                state=state,
                reason=DAMAGED if state is State.QUARANTINED else None,
                counts=Counts(images=images),
            )
            changes.add_item(item, a_scan(item.id), Record())
            ids.append(item.id)
    return ids


def test_what_waits_is_told_by_unit_and_state_with_what_is_not_counted_yet(catalog):
    _add(
        catalog,
        (STP, State.RECEIVED, 10),
        (STP, State.RECEIVED, None),
        (STP, State.READING, 7),
        (XA, State.RECEIVED, None),
        (XA, State.PUBLISHED, 99),
    )
    with catalog.view() as seen:
        everything = seen.figures.waiting(None)
        assert everything == {
            ("stp", State.RECEIVED): Waiting(2, 10, 1),
            ("stp", State.READING): Waiting(1, 7, 0),
            ("xã", State.RECEIVED): Waiting(1, 0, 1),
        }
        assert seen.figures.waiting({"xã"}) == {("xã", State.RECEIVED): Waiting(1, 0, 1)}
        assert seen.figures.waiting(frozenset()) == {}


def test_what_is_read_is_told_with_its_pages_in_one_question(catalog):
    one, other = _add(catalog, (STP, State.READING, 5), (XA, State.READING, 9))
    with catalog.begin() as changes:
        for number in (1, 2, 3):
            changes.replace_page(one, a_page(number))
    with catalog.view() as seen, statements() as asked:
        found = seen.figures.under_way(None, 10)
        assert [(one.item.id, one.read) for one in found] == [(one, 3), (other, 0)]
        assert len(asked) == 1
        assert [one.item.id for one in seen.figures.under_way({"xã"}, 10)] == [other]
        assert len(seen.figures.under_way(None, 1)) == 1


def test_pages_read_are_told_by_the_minute_and_forgotten_after_an_hour(catalog):
    one, other = _add(catalog, (STP, State.READING, 5), (XA, State.READING, 9))
    with catalog.begin() as changes:
        changes.figures.count_read(one, 1, NINE)
        changes.figures.count_read(one, 2, NINE + 20 * dt.timedelta(seconds=1))
        changes.figures.count_read(other, 4, NINE)
        changes.figures.count_read(one, 1, NINE + MINUTE)
    at = NINE.replace(second=0)
    with catalog.view() as seen:
        assert seen.figures.read_by_minute(NINE, None) == {at: 7, at + MINUTE: 1}
        assert seen.figures.read_by_minute(NINE, {"xã"}) == {at: 4}
        assert seen.figures.read_by_minute(NINE + MINUTE, None) == {at + MINUTE: 1}
    with catalog.begin() as changes:
        changes.figures.count_read(one, 5, NINE + 60 * MINUTE)
    with catalog.view() as seen:
        assert seen.figures.read_by_minute(NINE, {"stp"}) == {at + MINUTE: 1, at + 60 * MINUTE: 5}


def test_pages_of_an_item_that_is_not_there_are_counted_for_nobody(catalog):
    with catalog.begin() as changes:
        changes.figures.count_read("0" * 32, 1, NINE)
    with catalog.view() as seen:
        assert seen.figures.read_by_minute(NINE, None) == {}


def test_quarantine_is_told_by_reason_unit_and_batch_a_slice_at_a_time(catalog):
    ids = _add(catalog, *[(STP, State.QUARANTINED, None)] * 3, (XA, State.QUARANTINED, None))
    with catalog.begin() as changes:
        changes.move(
            ids[1], State.QUARANTINED, actor=STP, at=NINE, reason=Reason("item.crashes", {"times": 2})
        )
        batch_id = changes.item(ids[2]).batch_id
    with catalog.view() as seen:
        figures = seen.figures
        assert figures.troubles(None) == {"intake.damaged_file": 3, "item.crashes": 1}
        assert figures.troubles({"xã"}) == {"intake.damaged_file": 1}
        first = figures.quarantined(None, limit=2)
        rest = figures.quarantined(None, after=first[-1].accession, limit=2)
        assert [one.id for one in (*first, *rest)] == ids
        assert [one.id for one in figures.quarantined(None, code="item.crashes", limit=9)] == [ids[1]]
        assert [one.id for one in figures.quarantined({"xã"}, limit=9)] == [ids[3]]
        assert [one.id for one in figures.quarantined(None, batch_id=batch_id, limit=9)] == [ids[2]]
        assert figures.quarantined(None, code="'; DROP TABLE item; --", limit=9) == []


def test_masters_are_told_with_their_first_name_and_their_sum(catalog):
    batch = a_batch()
    with catalog.begin() as changes:
        changes.add_batch(batch)
        item = an_item(batch, changes.next_accession("VN", 2026))
        changes.add_item(item, a_scan("hai", "bìa.jpg", "ruột.jpg"), Record())
    [other] = _add(catalog, (STP, State.QUARANTINED, None))
    with catalog.view() as seen:
        assert seen.figures.masters([item.id]) == {item.id: Master("bìa.jpg", 2, 10_000_000_000)}
        assert set(seen.figures.masters([item.id, other])) == {item.id, other}
        assert seen.figures.masters([]) == {}


def test_an_item_is_found_in_the_line_of_the_batch_that_it_came_with(catalog):
    [item_id, other] = _add(catalog, (STP, State.QUARANTINED, None), (STP, State.QUARANTINED, None))
    with catalog.begin() as changes:
        own, later = changes.item(item_id).batch_id, a_batch()
        changes.add_batch(later)
        changes.add_entry(own, BatchEntry(7, "hỏng.pdf", Outcome.QUARANTINED, item_id))
        changes.add_entry(own, BatchEntry(2, "như thế.pdf", Outcome.DUPLICATE, item_id))
        changes.add_entry(later.id, BatchEntry(1, "hỏng.pdf", Outcome.DUPLICATE, item_id))
        assert changes.figures.lines([item_id, other]) == {item_id: 7}
        assert changes.figures.lines([]) == {}


def test_what_was_done_is_told_by_the_local_day(catalog):
    [item_id] = _add(catalog, (STP, State.READING, 12))
    book = Record({"resource_type": FieldValue("sach", Source.STAFF, 1.0)})
    late = dt.datetime(2026, 3, 4, 17, 0, 1, tzinfo=dt.UTC)  # one second past midnight of the 5th there
    with catalog.begin() as changes:
        changes.set_record(item_id, book)
        changes.set_counts(item_id, replace(changes.item(item_id).counts, scanned=11), None)
        changes.complete_stage(item_id, Stage.READ, "x", late - dt.timedelta(seconds=2))
        changes.complete_stage(item_id, Stage.PUBLISH, "published", late)
    fourth, fifth = dt.date(2026, 3, 4), dt.date(2026, 3, 5)
    with catalog.view() as seen:
        done = seen.figures.done
        taken_in = done(Milestone.TAKEN_IN, fourth, fifth, None)
        assert taken_in == [Done(fourth, "stp", "sach", 1, 11)]  # taken in at 12:06 there
        assert done(Milestone.READ, fourth, fifth, {"stp"}) == [Done(fourth, "stp", "sach", 1, 11)]
        assert done(Milestone.PUBLISHED, fourth, fifth, None) == [Done(fifth, "stp", "sach", 1, 11)]
        assert done(Milestone.PUBLISHED, fourth, fourth, None) == []
        assert done(Milestone.READ, fourth, fifth, {"xã"}) == []


def test_a_lease_tells_how_far_its_holder_is(catalog):
    with catalog.begin() as changes:
        for done in (None, 7):
            lease = Lease("audit", "a", NINE + MINUTE, done)
            assert changes.lease(lease, now=NINE, dead=lambda _: False)
            assert list(changes.leases()) == [lease]


def test_a_copy_of_the_whole_says_nothing_of_how_fast_it_goes_here(catalog):
    [item_id] = _add(catalog, (STP, State.READING, 5))
    with catalog.begin() as changes:
        changes.figures.count_read(item_id, 1, NINE)
    with catalog.view() as seen:
        assert "pages_read" not in {row.table for row in seen.dump()}


@pytest.mark.parametrize("milestone", Milestone)
def test_figures_of_an_empty_shelf_are_none(catalog, milestone):
    with catalog.view() as seen:
        assert seen.figures.done(milestone, dt.date(2026, 1, 1), dt.date(2026, 12, 31), None) == []
