"""What every catalogue tells readers, whatever database is behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import text

from catalog.engines import open_database
from catalog.migrate import _upgrade
from catalog.sql import migrate_catalog, open_catalog
from domain.errors import ItemNotFound
from domain.holdings import FileEntry, State
from domain.ids import derivative_key
from domain.ports import Criteria
from domain.queries import Facet
from domain.readers_ledger import Browsed, Outcome, Settled, TextReport
from domain.records import FieldValue, Record, Source
from domain.values import Fixity
from tests import servers
from tests.catalog.holdings import WHEN, WHO, a_batch, a_page, add_some, an_item, statements

DAY = dt.timedelta(days=1)
SECRETS = {"catalog_password": servers.CATALOG_PASSWORD}
WAY = (State.READING, State.READ, State.DESCRIBED, State.APPROVED, State.PUBLISHED)


@pytest.fixture(params=["sqlite", *(["postgresql"] if servers.CATALOG_URL else [])])
def url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{quote(str(tmp_path))}/catalog.sqlite3"
        return
    with servers.own_database("readers") as address:
        yield address


@pytest.fixture
def catalog(url):
    with open_catalog(url, secrets=SECRETS, wait_s=30) as opened:
        yield opened


def _record(**fields):
    return Record({name: FieldValue(value, Source.STAFF, 1.0) for name, value in fields.items()})


def _publish(changes, item_id, at=WHEN):
    for state in WAY:
        changes.move(item_id, state, actor=WHO, at=at)


def _published(catalog, *records, first_day=0):
    """Items with these records, each published a day after the one before."""
    ids = add_some(catalog, len(records))
    with catalog.begin() as changes:
        for day, (item_id, record) in enumerate(zip(ids, records, strict=True), start=first_day):
            changes.set_record(item_id, record)
            _publish(changes, item_id, WHEN + day * DAY)
    return ids


def test_lists_show_what_is_published_and_nothing_else(catalog):
    shown, hidden, gone = _published(catalog, *[_record(title="Sách", field="đất đai", year=2019)] * 3)
    with catalog.begin() as changes:
        changes.move(gone, State.WITHDRAWN, actor=WHO, at=WHEN)
        changes.move(hidden, State.WITHDRAWN, actor=WHO, at=WHEN)
        changes.move(hidden, State.APPROVED, actor=WHO, at=WHEN)
    add_some(catalog)
    with catalog.view() as seen:
        readers = seen.readers
        assert [one.id for one in readers.browse(Browsed(), before=None, limit=9).items] == [shown]
        assert [one.id for one in readers.newest(9)] == [shown]
        assert readers.shown_by(Facet.FIELD) == {"đất đai": 1}
        assert readers.shown_by(Facet.YEAR) == {"2019": 1}
        assert readers.shown_by(Facet.TYPE) == {}
        assert readers.waymarks(1) == [seen.item(shown).accession]


def test_what_is_counted_by_is_said(catalog):
    with catalog.view() as seen, pytest.raises(ValueError, match="agency"):
        seen.readers.shown_by(Facet.AGENCY)


def test_a_list_is_walked_by_the_last_key_seen(catalog):
    records = [_record(title="Sách", resource_type="leaflet" if at % 2 else "book") for at in range(5)]
    ids = _published(catalog, *records)
    seen_ids, before = [], None
    with catalog.view() as seen:
        while True:
            found = seen.readers.browse(Browsed(resource_type="book"), before=before, limit=2)
            seen_ids += [one.id for one in found.items]
            before = found.before
            if before is None:
                break
    assert seen_ids == [ids[4], ids[2], ids[0]]


def test_the_newest_is_what_readers_got_last(catalog):
    first, second = _published(catalog, _record(title="Một"), _record(title="Hai"))
    with catalog.begin() as changes:
        changes.move(first, State.WITHDRAWN, actor=WHO, at=WHEN + 5 * DAY)
        changes.move(first, State.APPROVED, actor=WHO, at=WHEN + 6 * DAY)
        changes.move(first, State.PUBLISHED, actor=WHO, at=WHEN + 7 * DAY)
    with catalog.view() as seen:
        assert [one.id for one in seen.readers.newest(5)] == [first, second]
        assert seen.item(first).published_at == WHEN + 7 * DAY


def test_waymarks_part_a_long_list(catalog):
    _published(catalog, *[_record(title="Sách")] * 5)
    with catalog.view() as seen:
        assert [one[-1] for one in seen.readers.waymarks(2)] == ["2", "4"]


def test_a_legal_number_leads_to_the_latest_copy_on_the_shelf(catalog):
    law = _record(title="Luật Đất đai", so_ky_hieu="13/2003/QH11", legal_status="hết hiệu lực toàn bộ")
    _, latest = _published(catalog, law, law)
    hidden = add_some(catalog)[0]
    with catalog.begin() as changes:
        changes.set_record(hidden, law)
    with catalog.view() as seen:
        found = seen.readers.held_numbers(["13/2003/QH11", "1/2000/QH10"])
    assert {number: (one.id, one.legal_status) for number, one in found.items()} == {
        "13/2003/QH11": (latest, "hết hiệu lực toàn bộ")
    }


def test_what_lists_are_browsed_by_follows_the_record(catalog):
    item_id = _published(catalog, _record(title="Sách", field="x" * 3_000, so_ky_hieu="1/2000/QH10"))[0]
    with catalog.begin() as changes:
        assert changes.item(item_id).field == "x" * 200
        changes.set_record(item_id, _record(title="Sách", field="hộ tịch"))
        item = changes.item(item_id)
    assert (item.field, item.so_ky_hieu, item.legal_status) == ("hộ tịch", None, None)


def test_a_page_comes_with_the_nearest_that_have_words(catalog):
    item_id = add_some(catalog)[0]
    with catalog.begin() as changes:
        for number, words in enumerate([5, 0, 0, 7, 0, 9], start=1):
            changes.replace_page(item_id, a_page(number, words=words))
        near = changes.readers.pages_near
        assert [page.number for page in near(item_id, 3)] == [1, 3, 4]
        assert [page.number for page in near(item_id, 1)] == [1, 4]
        assert [page.number for page in near(item_id, 6)] == [4, 6]
        assert changes.readers.page(item_id, 2) == a_page(2, words=0)
        assert changes.readers.page(item_id, 7) is None


def test_a_page_is_found_by_what_is_printed_on_it(catalog):
    item_id = add_some(catalog)[0]
    with catalog.begin() as changes:
        for number, label in enumerate(["XII", "1", "1", None], start=1):
            changes.replace_page(item_id, a_page(number, label=label))
        found = changes.readers.page_labelled
        assert [found(item_id, label) for label in ("xii", "XII", "1", "4", "")] == [1, 1, 2, None, None]


def test_files_are_found_by_their_names(catalog):
    first, second = add_some(catalog, 2)
    file = FileEntry(
        "access.pdf", derivative_key(first, "access.pdf"), "application/pdf", Fixity("0" * 64, 9)
    )
    with catalog.begin() as changes:
        changes.keep_files(first, [file])
        wanted = [(first, "access.pdf"), (second, "access.pdf"), (first, "'; DROP TABLE file; --")]
        assert changes.readers.files_named(wanted) == {(first, "access.pdf"): file}
        assert changes.readers.files_named([]) == {}


def test_what_readers_say_of_a_page_comes_back_as_it_went(catalog):
    item_id, other = add_some(catalog, 2)
    said = [TextReport(item_id, 3, "Luât", f"thiếu dấu ({day})", WHEN + day * DAY) for day in range(3)]
    with catalog.begin() as changes:
        for one in said:
            changes.readers.add_text_report(one)
        found = changes.readers.text_reports(item_id, limit=2)
        assert [replace(one, id=None) for one in found] == said[:0:-1]
        assert changes.readers.text_reports(other, limit=2) == []
        assert changes.readers.count_text_reports(WHEN + DAY) == 2
        assert changes.readers.count_text_reports(WHEN, item_id) == 3
        assert changes.readers.count_text_reports(WHEN, other) == 0


def test_a_report_waits_for_staff_until_it_is_settled_and_again_when_that_is_undone(catalog):
    item_id, other = add_some(catalog, 2)
    settled = Settled(Outcome.UNFOUNDED, "an", WHEN + DAY)
    with catalog.begin() as changes:
        for page in (1, 2, 3):
            changes.readers.add_text_report(TextReport(item_id, page, "", "sai", WHEN))
    with catalog.begin() as changes:
        readers = changes.readers
        newest = readers.text_reports(item_id, limit=1)[0]
        assert [one.page for one in readers.text_reports(item_id, before=newest.id, limit=9)] == [2, 1]
        readers.settle_text_report(other, newest.id, settled)  # not this item's
        readers.settle_text_report(item_id, newest.id, settled)
        assert readers.text_report(item_id, newest.id) == replace(newest, settled=settled)
        assert readers.text_report(other, newest.id) is None
        assert [one.page for one in readers.text_reports(item_id, settled=True, limit=9)] == [3]
        assert readers.open_text_reports([item_id, other]) == {item_id: 2}
        assert readers.open_text_reports([]) == {}
        unit = changes.item(item_id).actor.unit
        assert [readers.count_open_text_reports(units) for units in ({unit}, {"xa"}, ())] == [2, 0, 0]
        asked = Criteria(reported=True, states=frozenset(State))
        assert [one.id for one in changes.find_items(asked, after=None, limit=9).items] == [item_id]
        readers.settle_text_report(item_id, newest.id, None)
        assert readers.text_report(item_id, newest.id) == newest


def test_of_an_unknown_item_nothing_is_said(catalog):
    with pytest.raises(ItemNotFound), catalog.begin() as changes:
        changes.readers.add_text_report(TextReport("0" * 32, 1, "", "", WHEN))


def test_each_question_is_one_statement(catalog):
    item_id = add_some(catalog)[0]
    with catalog.view() as seen, statements() as run:
        seen.readers.pages_near(item_id, 1)
        seen.readers.page_labelled(item_id, "1")
        seen.readers.newest(10)
        seen.readers.held_numbers(["1/2000/QH10"])
    assert len(run) == 4


_AS_IT_WAS = (
    "INSERT INTO batch VALUES (:batch, 'lan', 'stp', :at, 'a', true, '{}')",
    """INSERT INTO item (id, accession, batch_id, actor, unit, state, title, form, revision, publish,
    created_at, updated_at)
    VALUES (:item, 'TSPL-VN-2026-000001', :batch, 'lan', 'stp', 'published', 'Sách', 'pdf', 1, true,
    :at, :at)""",
    "INSERT INTO record VALUES (:item, :record)",
    """INSERT INTO provenance (at, actor, unit, action, program, version, options, item_id)
    VALUES (:at, 'lan', 'stp', 'moved', 'tusach', '1', :to, :item)""",
)


def test_what_was_published_before_there_were_lists_is_in_them(url):
    database = open_database(url, SECRETS, wait_s=30)
    batch = a_batch()
    item = an_item(batch, "TSPL-VN-2026-000001")
    record = '{"field": {"value": "đất đai", "source": "staff", "confidence": 1.0}}'
    with database.writers(), database.engine.begin() as connection:
        _upgrade(connection, "0005")
        for statement in _AS_IT_WAS:
            values = {
                "batch": batch.id,
                "item": item.id,
                "at": WHEN if url.startswith("postgresql") else f"{WHEN:%Y-%m-%d %H:%M:%S.%f}",
                "record": record,
                "to": '{"from": "approved", "to": "published"}',
            }
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), named)
    database.engine.dispose()
    migrate_catalog(url, secrets=SECRETS)
    with open_catalog(url, secrets=SECRETS) as catalog, catalog.view() as seen:
        found = seen.readers.newest(5)
    assert [(one.id, one.field, one.so_ky_hieu, one.published_at) for one in found] == [
        (item.id, "đất đai", None, WHEN)
    ]
