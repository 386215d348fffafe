"""Every SQL statement by its name. Functions build statements; ``catalog.transaction`` runs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import (
    JSON,
    CompoundSelect,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)

from catalog import tables
from catalog.columns import Text
from domain.holdings import Lines, Outcome, PageKind, Stage, State
from domain.ids import Accession, BatchId, ItemId
from domain.ports import Criteria

Values = dict[str, Any]
TYPED = "typed"  # by a person


def upsert(dialect: str, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT; SQLite and PostgreSQL spell it alike in classes of their own."""
    make: Callable[[Table], Any] = import_module(f"sqlalchemy.dialects.{dialect}").insert
    return make(table)


def replacing(dialect: str, table: Table, where: Callable[[Any], Any] | None = None) -> Any:
    """Insert a row, or overwrite the one with the same primary key (``where`` allows).

    Building it costs more than running it, so that those who call this are cached.
    """
    statement = upsert(dialect, table)
    keys = {column.name for column in table.primary_key}
    new = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=new, where=where(statement.excluded) if where else None
    )


# batches


def add_batch(values: Values) -> Insert:
    return insert(tables.batch).values(values)


def batch(batch_id: BatchId) -> Select[*tuple[Any, ...]]:
    return select(tables.batch).where(tables.batch.c.id == batch_id)


def newest_batches(limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(tables.batch).order_by(tables.batch.c.created_at.desc(), tables.batch.c.id.desc()).limit(limit)
    )


@cache
def keep_entry(dialect: str) -> Any:
    """One line of a batch's report; the same ordinal replaces."""
    return replacing(dialect, tables.batch_entry)


def entries(batch_id: BatchId) -> Select[*tuple[Any, ...]]:
    entry = tables.batch_entry.c
    return select(tables.batch_entry).where(entry.batch_id == batch_id).order_by(entry.ordinal)


def batches_of(
    units: Collection[str] | None, before: tuple[dt.datetime, BatchId] | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """The newest first, of these units, those older than that of ``before``."""
    found = tables.batch.c
    statement = newest_batches(limit)
    if units is not None:
        statement = statement.where(found.unit.in_(sorted(units)))
    if before is not None:
        at, last = before
        statement = statement.where(or_(found.created_at < at, and_(found.created_at == at, found.id < last)))
    return statement


_UNDER_WAY = (State.RECEIVED, State.READING, State.READ)


def batch_lines(batch_id: BatchId, lines: Lines, after: int, limit: int) -> Select[*tuple[Any, ...]]:
    """Lines of a batch's report beyond an ordinal; which, the present state of their items says."""
    entry, item = tables.batch_entry.c, tables.item.c
    statement = (
        select(tables.batch_entry)
        .where(entry.batch_id == batch_id, entry.ordinal > after)
        .order_by(entry.ordinal)
        .limit(limit)
    )
    if lines is Lines.ALL:
        return statement
    statement = statement.outerjoin(tables.item, item.id == entry.item_id)
    if lines is Lines.UNDER_WAY:
        return statement.where(item.state.in_(_UNDER_WAY))
    return statement.where(or_(item.id.is_(None), item.state == State.QUARANTINED))


def items_of(item_ids: Collection[ItemId]) -> Select[*tuple[Any, ...]]:
    return select(tables.item).where(tables.item.c.id.in_(list(item_ids)))


def batch_counts(batch_ids: Collection[BatchId]) -> Select[*tuple[Any, ...]]:
    """Lines of each batch by outcome and state, and the pictures of their items."""
    entry, item = tables.batch_entry.c, tables.item.c
    kinds = (entry.batch_id, entry.outcome, item.state)
    return (
        select(*kinds, func.count().label("lines"), func.sum(func.coalesce(item.images, 0)).label("images"))
        .outerjoin(tables.item, item.id == entry.item_id)
        .where(entry.batch_id.in_(list(batch_ids)))
        .group_by(*kinds)
    )


def batch_pages(batch_ids: Collection[BatchId]) -> Select[*tuple[Any, ...]]:
    """How many pages of each batch are read of the items that are being read."""
    entry, item = tables.batch_entry.c, tables.item.c
    return (
        select(entry.batch_id, func.count().label("pages"))
        .join(tables.item, item.id == entry.item_id)
        .join(tables.page, tables.page.c.item_id == item.id)
        .where(
            entry.batch_id.in_(list(batch_ids)),
            item.state == State.READING,
            entry.outcome != Outcome.DUPLICATE,
        )
        .group_by(entry.batch_id)
    )


# items


def next_in_sequence(dialect: str, province: str, year: int) -> Any:
    """Count the sequence of a province and year up by one; answers the new number, 1 for the first."""
    sequence = tables.accession_sequence
    return (
        upsert(dialect, sequence)
        .values(province=province, year=year, last=1)
        .on_conflict_do_update(index_elements=list(sequence.primary_key), set_={"last": sequence.c.last + 1})
        .returning(sequence.c.last)
    )


def add_item(values: Values) -> Insert:
    return insert(tables.item).values(values)


def item(ref: str) -> Select[*tuple[Any, ...]]:
    """By id or accession; people type either in any case."""
    found = tables.item.c
    return select(tables.item).where(or_(found.id == ref.lower(), found.accession == ref.upper()))


def item_of_content(content_sha256: str) -> Select[*tuple[Any, ...]]:
    return (
        select(tables.item)
        .join(tables.scan, tables.scan.c.item_id == tables.item.c.id)
        .where(tables.scan.c.content_sha256 == content_sha256)
    )


def items(criteria: Criteria, after: Accession | None, limit: int) -> Select[*tuple[Any, ...]]:
    """Items that meet the criteria, after ``after``, in accession order."""
    found = tables.item.c
    statement = select(tables.item).order_by(found.accession).limit(limit)
    if criteria.batch_id is not None:
        statement = statement.where(found.batch_id == criteria.batch_id)
    if criteria.units is not None:
        statement = statement.where(found.unit.in_(sorted(criteria.units)))
    if criteria.behind_index:
        statement = statement.where(found.indexed_revision.is_distinct_from(found.revision))
    if criteria.reported:
        report = tables.text_report.c
        statement = statement.where(found.id.in_(select(report.item_id).where(report.outcome.is_(None))))
    if criteria.states is not None:
        states = sorted(criteria.states)
        if len(states) > 1 and not _narrowed(criteria):
            return statement.where(found.accession.in_(_first_of(states, after, limit)))
        statement = statement.where(found.state.in_(states))
    if after is not None:
        statement = statement.where(found.accession > after)
    return statement


def _narrowed(criteria: Criteria) -> bool:
    """Whether something besides the states says which items are asked for."""
    others = (criteria.batch_id, criteria.behind_index, criteria.units is not None, criteria.reported)
    return any(others)


def _first_of(states: Sequence[State], after: Accession | None, limit: int) -> CompoundSelect[str]:
    """The first accessions of several states, of each from the index of states alone.

    Asked for all states at once, a database reads every item of them to sort it, or every item of the
    shelf to find those few.
    """
    found = tables.item.c
    slices = []
    for state in states:
        one = select(found.accession).where(found.state == state).order_by(found.accession).limit(limit)
        slices.append(one if after is None else one.where(found.accession > after))
    merged = union_all(*(select(one.subquery().c.accession) for one in slices))
    return merged.order_by("accession").limit(limit)


def totals() -> Select[str, int, int]:
    """Items and their scanned pages by state."""
    found = tables.item.c
    pages = func.coalesce(func.sum(found.scanned), 0).label("pages")
    return select(found.state, func.count().label("items"), pages).group_by(found.state)


def troubles() -> Select[str, int]:
    code = type_coerce(tables.item.c.reason, JSON)["code"].as_string()
    found = select(code.label("code"), func.count().label("items"))
    return found.where(tables.item.c.state == State.QUARANTINED).group_by(code)


def longest_unmoved(states: Collection[State]) -> Select[Any]:
    return select(func.min(tables.item.c.updated_at)).where(tables.item.c.state.in_(sorted(states)))


def change_item(item_id: ItemId, at: dt.datetime, values: Values, *, revise: bool = False) -> Update:
    """Set these columns; ``revise`` makes a new revision."""
    new = {**values, "updated_at": at}
    if revise:
        new["revision"] = tables.item.c.revision + 1
    return update(tables.item).where(tables.item.c.id == item_id).values(new)


def note_indexed(item_id: ItemId, revision: int | None) -> Update:
    return update(tables.item).where(tables.item.c.id == item_id).values(indexed_revision=revision)


def outdate_index(item_id: ItemId) -> Update:
    """A new revision where the index holds the present one: what it shows of the pages has changed."""
    found = tables.item.c
    return (
        update(tables.item)
        .where(and_(found.id == item_id, found.indexed_revision == found.revision))
        .values(revision=found.revision + 1)
    )


# the scan, its pages, its files


def add_scan(values: Values) -> Insert:
    return insert(tables.scan).values(values)


def add_scan_files() -> Insert:
    return insert(tables.scan_file)


def scan(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    return (
        select(tables.scan, tables.item.c.form)
        .join(tables.item, tables.scan.c.item_id == tables.item.c.id)
        .where(tables.scan.c.item_id == item_id)
    )


def scan_files(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    found = tables.scan_file.c
    return select(tables.scan_file).where(found.item_id == item_id).order_by(found.ordinal)


def first_scan_name(item_id: ItemId) -> Select[str]:
    found = tables.scan_file.c
    return select(found.name).where(found.item_id == item_id).order_by(found.ordinal).limit(1)


def set_image_count(item_id: ItemId, count: int) -> Update:
    return update(tables.scan).where(tables.scan.c.item_id == item_id).values(image_count=count)


@cache
def replace_page(dialect: str) -> Any:
    """One page; a locked one gives way only to another correction, what a person typed to nothing else."""
    kept = tables.page.c
    statement = upsert(dialect, tables.page)
    new = statement.excluded
    keys = [column.name for column in tables.page.primary_key]
    values = {column.name: new[column.name] for column in kept if column.name not in keys}
    labelled = and_(kept.label_source == TYPED, new.label_source.is_distinct_from(TYPED))
    # What can no longer be drawn is so, whatever it was called.
    of_kind = and_(
        kept.kind_source == TYPED, new.kind_source.is_distinct_from(TYPED), new.kind != PageKind.UNREADABLE
    )
    for typed, names in ((labelled, ("label", "label_source")), (of_kind, ("kind", "kind_source"))):
        values |= {name: case((typed, kept[name]), else_=new[name]) for name in names}
    return statement.on_conflict_do_update(
        index_elements=keys, set_=values, where=or_(~kept.locked, new.locked)
    )


def pages(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    return select(tables.page).where(tables.page.c.item_id == item_id).order_by(tables.page.c.number)


def page_counts(item_ids: Sequence[ItemId]) -> Select[str, int]:
    found = tables.page.c
    return (
        select(found.item_id, func.count().label("pages"))
        .where(found.item_id.in_(list(item_ids)))
        .group_by(found.item_id)
    )


@cache
def keep_file(dialect: str) -> Any:
    """A derivative; the same name replaces."""
    return replacing(dialect, tables.file)


def files(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    """Those of the whole item first, then page by page."""
    found = tables.file.c
    return (
        select(tables.file)
        .where(found.item_id == item_id)
        .order_by(found.page.asc().nulls_first(), found.name)
    )


# the record


@cache
def keep_record(dialect: str) -> Any:
    return replacing(dialect, tables.record)


def record_fields(item_id: ItemId) -> Select[Any]:
    return select(tables.record.c.fields).where(tables.record.c.item_id == item_id)


def cites(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    found = tables.item_cite.c
    return select(tables.item_cite).where(found.item_id == item_id).order_by(found.ordinal)


def forget_cites(item_id: ItemId) -> Delete:
    return delete(tables.item_cite).where(tables.item_cite.c.item_id == item_id)


def add_cites() -> Insert:
    return insert(tables.item_cite)


# the ledger of stages


@cache
def complete_stage(dialect: str) -> Any:
    return replacing(dialect, tables.stage)


def stages(item_id: ItemId) -> Select[str, str]:
    return select(tables.stage.c.stage, tables.stage.c.mark).where(tables.stage.c.item_id == item_id)


def reset_stages(item_id: ItemId, stages: Sequence[Stage]) -> Delete:
    found = tables.stage.c
    return delete(tables.stage).where(and_(found.item_id == item_id, found.stage.in_(list(stages))))


# who works on it, and what happened


def claim(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    return select(tables.claim).where(tables.claim.c.item_id == item_id)


@cache
def take_claim(dialect: str) -> Any:
    return replacing(dialect, tables.claim)


def release_claim(item_id: ItemId, holder: str) -> Delete:
    found = tables.claim.c
    return delete(tables.claim).where(and_(found.item_id == item_id, found.holder == holder))


def claims() -> Select[*tuple[Any, ...]]:
    return select(tables.claim).order_by(tables.claim.c.item_id)


@cache
def take_lease(dialect: str) -> Any:
    return replacing(dialect, tables.lease)


def lease(name: str) -> Select[*tuple[Any, ...]]:
    return select(tables.lease).where(tables.lease.c.name == name)


def end_lease(name: str, holder: str) -> Delete:
    found = tables.lease.c
    return delete(tables.lease).where(and_(found.name == name, found.holder == holder))


def leases() -> Select[*tuple[Any, ...]]:
    return select(tables.lease).order_by(tables.lease.c.name)


def mishaps(item_ids: Sequence[ItemId]) -> Select[*tuple[Any, ...]]:
    """What befell these items since a person last sent each on its way, in the order it happened."""
    found = tables.provenance.c
    anew = tables.provenance.alias()
    since = (
        select(func.coalesce(func.max(anew.c.id), 0))
        .where(and_(anew.c.item_id == found.item_id, anew.c.action == "retried"))
        .scalar_subquery()
    )
    return (
        select(found.item_id, found.action, found.at, found.options)
        .where(
            and_(found.item_id.in_(list(item_ids)), found.action.in_(["crashed", "failed"]), found.id > since)
        )
        .order_by(found.id)
    )


def note(values: Values) -> Insert:
    return insert(tables.provenance).values(values)


def history(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    found = tables.provenance.c
    return select(tables.provenance).where(found.item_id == item_id).order_by(found.at, found.id)


# what readers looked for in vain


def count_unanswered(dialect: str, day: dt.date) -> Any:
    """One more search of the day."""
    table = tables.unanswered_search
    return (
        upsert(dialect, table)
        .values(day=day, searches=1)
        .on_conflict_do_update(
            index_elements=list(table.primary_key), set_={"searches": table.c.searches + 1}
        )
    )


def unanswered(since: dt.date) -> Select[dt.date, int]:
    found = tables.unanswered_search.c
    return select(found.day, found.searches).where(found.day >= since).order_by(found.day)


# the whole of it


def every_row(dialect: str, table: Table) -> Select[*tuple[Any, ...]]:
    """In the order of the primary key, by bytes: databases have orders of their own for texts."""
    keys = [
        key.collate("C") if dialect == "postgresql" and isinstance(key.type, Text) else key
        for key in table.primary_key
    ]
    return select(table).order_by(*keys)


def count_rows(table: Table) -> Select[int]:
    return select(func.count()).select_from(table)


def number_on(table: Table) -> Select[Any]:
    """PostgreSQL: have the next row's number follow those that were loaded; SQLite looks by itself."""
    sequence = func.pg_get_serial_sequence(table.name, "id")
    highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
    return select(func.setval(sequence, highest, False))


def shelf_event(action: str) -> Select[*tuple[Any, ...]]:
    """The newest of these events that concern no one item and no batch."""
    found = tables.provenance.c
    return (
        select(tables.provenance)
        .where(and_(found.item_id.is_(None), found.batch_id.is_(None), found.action == action))
        .order_by(found.at.desc(), found.id.desc())
        .limit(1)
    )


# the database itself


def clock() -> Select[Any]:
    """PostgreSQL: the server's time, within the transaction too; all machines write by it."""
    return select(func.clock_timestamp())


def wait_for_writers() -> Select[Any]:
    """PostgreSQL: hold the writers' advisory lock until the transaction ends; SQLite has its own."""
    return select(func.pg_advisory_xact_lock(WRITERS))


WRITERS = 0x7453_7061  # any number that nothing else in the database uses
