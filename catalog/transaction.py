"""The reads and writes of one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import IntegrityError

from catalog import dumps, queries, rows
from catalog.desk import SqlDesk
from catalog.figures import SqlFigures
from catalog.migrate import HEAD
from catalog.people import SqlPeople, Trees
from catalog.places import SqlPlaces
from catalog.readers import SqlReaders
from catalog.states import SHOWN, check_move
from domain.errors import BatchNotFound, CatalogError, ItemClaimed, ItemNotFound, ShelfError
from domain.holdings import (
    Batch,
    BatchCounts,
    BatchEntry,
    BatchLine,
    Claim,
    Counts,
    FileEntry,
    Item,
    Lease,
    Lines,
    Mishaps,
    PageEntry,
    ProvenanceEvent,
    Scan,
    Stage,
    State,
    Total,
)
from domain.ids import Accession, BatchId, ItemId
from domain.ids import accession as accession_of
from domain.ports import CatalogRow, Criteria, Slice
from domain.records import Record
from domain.values import Actor, Json, Reason

TITLE_LIMIT = 1_000  # characters
KEY_LIMIT = 200  # characters of what lists are browsed by: a database refuses a long text in an index
_BROWSED = ("field", "so_ky_hieu", "legal_status")


@cache
def _version() -> str:
    return version("tusach")


class SqlTransaction:
    """``CatalogTransaction`` over one connection that is inside a transaction.

    Beyond the port: writing in a view raises CatalogError; texts are kept without NUL and lone
    surrogates, and JSON sequences come back as lists (``catalog.columns``).
    """

    def __init__(self, connection: Connection, *, may_write: bool, trees: Trees | None = None) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._may_write = may_write
        self.people = SqlPeople(self._read, self._write, self._dialect, None if may_write else trees)
        self.readers = SqlReaders(self._read, self._write)
        self.desk = SqlDesk(self._read, self._write, self._dialect)
        self.places = SqlPlaces(self._read, self._write, self._dialect)

    def _read(self, statement: Executable) -> CursorResult[*tuple[Any, ...]]:
        return self._connection.execute(statement)

    def _write(
        self, statement: Executable, values: Any = None, *, missing: ShelfError | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement that changes something; ``missing`` is raised where its parent does not exist."""
        if not self._may_write:
            raise CatalogError(detail="a view only reads")
        try:
            return self._connection.execute(statement, values)
        except IntegrityError as error:
            if missing is not None and _names_no_parent(error):
                raise missing from error
            raise

    def _change_item(self, item_id: ItemId, values: rows.Values, *, revise: bool = False) -> None:
        self._found(self._write(queries.change_item(item_id, rows.now(), values, revise=revise)), item_id)

    @staticmethod
    def _found(result: CursorResult[*tuple[Any, ...]], item_id: ItemId) -> None:
        if result.rowcount == 0:
            raise ItemNotFound(item=item_id)

    # batches

    def add_batch(self, batch: Batch) -> None:
        self.people.enter_unit(batch.actor.unit)
        self._write(queries.add_batch(rows.batch_values(batch)))

    def batch(self, batch_id: BatchId) -> Batch:
        row = self._read(queries.batch(batch_id)).one_or_none()
        if row is None:
            raise BatchNotFound(batch=batch_id)
        return rows.batch_of(row)

    def batches(self, limit: int) -> Sequence[Batch]:
        return [rows.batch_of(row) for row in self._read(queries.newest_batches(limit))]

    def add_entry(self, batch_id: BatchId, entry: BatchEntry) -> None:
        values = rows.entry_values(batch_id, entry)
        self._write(queries.keep_entry(self._dialect), values, missing=BatchNotFound(batch=batch_id))

    def entries(self, batch_id: BatchId) -> Sequence[BatchEntry]:
        return [rows.entry_of(row) for row in self._read(queries.entries(batch_id))]

    def batches_of(
        self, units: Collection[str] | None, *, before: BatchId | None, limit: int
    ) -> Sequence[Batch]:
        since = None if before is None else (self.batch(before).created_at, before)
        return [rows.batch_of(row) for row in self._read(queries.batches_of(units, since, limit))]

    def batch_lines(self, batch_id: BatchId, lines: Lines, *, after: int, limit: int) -> Sequence[BatchLine]:
        found = self._read(queries.batch_lines(batch_id, lines, after, limit))
        entries = [rows.entry_of(row) for row in found]
        named = {entry.item_id for entry in entries if entry.item_id}
        items = {row.id: rows.item_of(row) for row in self._read(queries.items_of(named))}
        return [BatchLine(one, items[one.item_id] if one.item_id else None) for one in entries]

    def batch_counts(self, batch_ids: Collection[BatchId]) -> Mapping[BatchId, BatchCounts]:
        pages = {row.batch_id: row.pages for row in self._read(queries.batch_pages(batch_ids))}
        return rows.batch_counts_of(batch_ids, self._read(queries.batch_counts(batch_ids)), pages)

    # items

    def next_accession(self, province: str, year: int) -> Accession:
        sequence = self._write(queries.next_in_sequence(self._dialect, province, year)).scalar_one()
        return accession_of(province, year, sequence)

    def add_item(self, item: Item, scan: Scan, record: Record) -> None:
        missing = BatchNotFound(batch=item.batch_id)
        values = rows.item_values(item) | _described(record, otherwise=item.title)
        self._write(queries.add_item(values), missing=missing)
        self._write(queries.add_scan(rows.scan_values(item.id, scan)))
        if scan.files:
            files = [rows.scan_file_values(item.id, file) for file in scan.files]
            self._write(queries.add_scan_files(), files)
        self._keep_record(item.id, record)

    def item(self, ref: str) -> Item:
        row = self._read(queries.item(ref.strip())).one_or_none()
        if row is None:
            raise ItemNotFound(item=ref)
        return rows.item_of(row)

    def item_of_content(self, content_sha256: str) -> Item | None:
        row = self._read(queries.item_of_content(content_sha256)).one_or_none()
        return None if row is None else rows.item_of(row)

    def find_items(self, criteria: Criteria, *, after: Accession | None, limit: int) -> Slice:
        found = self._read(queries.items(criteria, after, limit + 1)).all()
        items = tuple(rows.item_of(row) for row in found[:limit])
        return Slice(items=items, after=items[-1].accession if items and len(found) > limit else None)

    def troubles(self) -> Mapping[str, int]:
        return {row.code or "": row.items for row in self._read(queries.troubles())}

    def longest_unmoved(self, states: Collection[State]) -> dt.datetime | None:
        found: dt.datetime | None = self._read(queries.longest_unmoved(states)).scalar_one()
        return found

    def totals(self) -> Mapping[State, Total]:
        counted = {State(row.state): Total(row.items, int(row.pages)) for row in self._read(queries.totals())}
        return {state: counted.get(state, Total(0, 0)) for state in State}

    def move(
        self, item_id: ItemId, to: State, *, actor: Actor, at: dt.datetime, reason: Reason | None = None
    ) -> Item:
        item = self.item(item_id)
        check_move(item, to)
        if to is item.state and (reason is None or reason == item.reason):
            return item
        values: rows.Values = {"state": to, "reason": rows.reason_values(reason)}
        if to is State.PUBLISHED and to is not item.state:
            values["published_at"] = at
        revise = to in SHOWN and to is not item.state
        self._write(queries.change_item(item_id, at, values, revise=revise))
        self.note(_moved(item, to, actor, at, reason))
        return self.item(item_id)

    def set_publish(self, item_id: ItemId, publish: bool) -> None:
        self._change_item(item_id, {"publish": publish})

    def set_counts(self, item_id: ItemId, counts: Counts, confidence: float | None) -> None:
        self._change_item(item_id, rows.counts_values(counts) | {"confidence": confidence})

    def set_indexed(self, item_id: ItemId, revision: int | None) -> None:
        self._found(self._write(queries.note_indexed(item_id, revision)), item_id)

    # the scan, its pages, its files

    def scan(self, item_id: ItemId) -> Scan:
        row = self._read(queries.scan(item_id)).one_or_none()
        if row is None:
            raise ItemNotFound(item=item_id)
        return rows.scan_of(row, self._read(queries.scan_files(item_id)))

    def set_image_count(self, item_id: ItemId, count: int) -> None:
        """The item's counts follow, so that progress can be told while it is read."""
        self._write(queries.set_image_count(item_id, count))
        self._change_item(item_id, {"images": count})

    def replace_page(self, item_id: ItemId, page: PageEntry) -> None:
        values = rows.page_values(item_id, page)
        self._write(queries.replace_page(self._dialect), values, missing=ItemNotFound(item=item_id))
        self._write(queries.outdate_index(item_id))

    def pages(self, item_id: ItemId) -> Sequence[PageEntry]:
        return [rows.page_of(row) for row in self._read(queries.pages(item_id))]

    def page_counts(self, item_ids: Sequence[ItemId]) -> Mapping[ItemId, int]:
        counted = {row.item_id: row.pages for row in self._read(queries.page_counts(item_ids))}
        return {item_id: counted.get(item_id, 0) for item_id in item_ids}

    def keep_files(self, item_id: ItemId, files: Sequence[FileEntry]) -> None:
        if not files:
            return
        values = [rows.file_values(item_id, file) for file in files]
        self._write(queries.keep_file(self._dialect), values, missing=ItemNotFound(item=item_id))

    def files(self, item_id: ItemId) -> Sequence[FileEntry]:
        """Those of the whole item first, then page by page."""
        return [rows.file_of(row) for row in self._read(queries.files(item_id))]

    # the record

    def record(self, item_id: ItemId) -> Record:
        fields = self._read(queries.record_fields(item_id)).scalar_one_or_none()
        if fields is None:
            raise ItemNotFound(item=item_id)
        return rows.record_of(fields, self._read(queries.cites(item_id)))

    def set_record(self, item_id: ItemId, record: Record) -> None:
        file_name = self._read(queries.first_scan_name(item_id)).scalar_one_or_none()
        self._change_item(item_id, _described(record, otherwise=file_name or ""), revise=True)
        self._write(queries.forget_cites(item_id))
        self._keep_record(item_id, record)

    def _keep_record(self, item_id: ItemId, record: Record) -> None:
        self._write(queries.keep_record(self._dialect), rows.record_values(item_id, record))
        if record.cites:
            self._write(queries.add_cites(), rows.cite_values(item_id, record))

    # the ledger of stages

    def complete_stage(self, item_id: ItemId, stage: Stage, mark: str, at: dt.datetime) -> None:
        values = {"item_id": item_id, "stage": stage, "mark": mark, "at": at}
        self._write(queries.complete_stage(self._dialect), values, missing=ItemNotFound(item=item_id))

    def stages(self, item_id: ItemId) -> Mapping[Stage, str]:
        """In the order of the way."""
        marks = {row.stage: row.mark for row in self._read(queries.stages(item_id))}
        return {stage: marks[stage] for stage in Stage if stage in marks}

    def reset_stages(self, item_id: ItemId, stages: Sequence[Stage]) -> None:
        self._write(queries.reset_stages(item_id, stages))

    # who works on it, and what happened

    def claim(self, claim: Claim, *, now: dt.datetime, dead: Callable[[str], bool]) -> None:
        row = self._read(queries.claim(claim.item_id)).one_or_none()
        if row is not None:
            held = rows.claim_of(row)
            if held.holder != claim.holder and held.expires_at > now and not dead(held.holder):
                raise ItemClaimed(accession=self.item(claim.item_id).accession, holder=held.holder)
        values = {"item_id": claim.item_id, "holder": claim.holder, "expires_at": claim.expires_at}
        self._write(queries.take_claim(self._dialect), values, missing=ItemNotFound(item=claim.item_id))

    def release(self, item_id: ItemId, holder: str) -> None:
        """Let go of the item; another holder's claim stays."""
        self._write(queries.release_claim(item_id, holder))

    def claims(self) -> Sequence[Claim]:
        """All that are kept, those that are no longer good too."""
        return [rows.claim_of(row) for row in self._read(queries.claims())]

    def clock(self) -> dt.datetime:
        if self._dialect != "postgresql":
            return rows.now()
        told: dt.datetime = self._read(queries.clock()).scalar_one()
        return told

    def lease(self, lease: Lease, *, now: dt.datetime, dead: Callable[[str], bool]) -> bool:
        row = self._read(queries.lease(lease.name)).one_or_none()
        held = rows.lease_of(row) if row is not None else None
        if held and held.holder != lease.holder and held.expires_at > now and not dead(held.holder):
            return False
        values = {
            "name": lease.name,
            "holder": lease.holder,
            "expires_at": lease.expires_at,
            "done": lease.done,
        }
        self._write(queries.take_lease(self._dialect), values)
        return True

    def end_lease(self, name: str, holder: str) -> None:
        self._write(queries.end_lease(name, holder))

    def leases(self) -> Sequence[Lease]:
        return [rows.lease_of(row) for row in self._read(queries.leases())]

    def mishaps(self, item_ids: Sequence[ItemId]) -> Mapping[ItemId, Mishaps]:
        return rows.mishaps_of(self._read(queries.mishaps(item_ids)))

    def note(self, event: ProvenanceEvent) -> None:
        missing = None if event.item_id is None else ItemNotFound(item=event.item_id)
        self._write(queries.note(rows.event_values(event)), missing=missing)

    def history(self, item_id: ItemId) -> Sequence[ProvenanceEvent]:
        return [rows.event_of(row) for row in self._read(queries.history(item_id))]

    def shelf_event(self, action: str) -> ProvenanceEvent | None:
        row = self._read(queries.shelf_event(action)).one_or_none()
        return None if row is None else rows.event_of(row)

    # what operators ask

    @property
    def figures(self) -> SqlFigures:
        return SqlFigures(self._dialect, self._read, self._write)

    # what readers looked for in vain

    def count_unanswered(self, day: dt.date) -> None:
        self._write(queries.count_unanswered(self._dialect, day))

    def unanswered(self, since: dt.date) -> Mapping[dt.date, int]:
        return {row.day: row.searches for row in self._read(queries.unanswered(since))}

    # the whole of it

    def layout(self) -> str:
        """Alembic's name of the layout: "0003"."""
        return HEAD

    def dump(self) -> Iterator[CatalogRow]:
        return dumps.dump(self._connection)

    def load(self, rows: Iterable[CatalogRow], *, layout: str) -> None:
        """Beyond the port: the tables are locked for others until the transaction ends."""
        if not self._may_write:
            raise CatalogError(detail="a view only reads")
        dumps.load(self._connection, rows, layout=layout)


def _described(record: Record, *, otherwise: str) -> rows.Values:
    """The item's columns that follow its record; the title falls back to ``otherwise``."""
    title, year = record.text("title"), record.value("year")
    return {
        "title": (title or otherwise)[:TITLE_LIMIT],
        "resource_type": record.text("resource_type"),
        "year": year if isinstance(year, int) and not isinstance(year, bool) else None,
        **{name: (record.text(name) or "")[:KEY_LIMIT] or None for name in _BROWSED},
    }


def _moved(item: Item, to: State, actor: Actor, at: dt.datetime, reason: Reason | None) -> ProvenanceEvent:
    options: dict[str, Json] = {"from": item.state.value, "to": to.value}
    if reason is not None:
        options["reason"] = {"code": reason.code, "fields": dict(reason.fields)}
    return ProvenanceEvent(
        at=at,
        actor=actor,
        action="moved",
        program="tusach",
        version=_version(),
        options=options,
        item_id=item.id,
    )


def _names_no_parent(error: IntegrityError) -> bool:
    """Whether a foreign key failed; PostgreSQL says so by SQLSTATE 23503, SQLite in its message."""
    sqlstate = getattr(error.orig, "sqlstate", None)
    return sqlstate == "23503" or "FOREIGN KEY" in str(error.orig)
