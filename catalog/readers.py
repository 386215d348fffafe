"""The ``ReadersLedger`` of one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import CursorResult, Executable

from catalog import readers_queries as queries
from catalog import rows
from domain.errors import ItemNotFound
from domain.holdings import FileEntry, Item, PageEntry
from domain.ids import Accession, ItemId
from domain.queries import Facet
from domain.readers_ledger import Browsed, BrowsedSlice, Outcome, Settled, TextReport

_BROWSED_BY = {Facet.TYPE: "resource_type", Facet.FIELD: "field", Facet.YEAR: "year"}


class Write(Protocol):
    """Run a statement that changes something; ``missing`` is raised where its parent does not exist."""

    def __call__(
        self, statement: Executable, values: Any = None, *, missing: ItemNotFound | None = None
    ) -> CursorResult[*tuple[Any, ...]]: ...


class SqlReaders:
    """What ``SqlTransaction`` tells readers; its statements run where that one's do."""

    def __init__(self, read: Callable[[Executable], CursorResult[*tuple[Any, ...]]], write: Write) -> None:
        self._read, self._write = read, write

    def browse(self, asked: Browsed, *, before: Accession | None, limit: int) -> BrowsedSlice:
        found = self._read(queries.browse(asked, before, limit + 1)).all()
        items = tuple(rows.item_of(row) for row in found[:limit])
        return BrowsedSlice(items=items, before=items[-1].accession if items and len(found) > limit else None)

    def newest(self, limit: int) -> Sequence[Item]:
        return [rows.item_of(row) for row in self._read(queries.newest(limit))]

    def shown_by(self, facet: Facet) -> Mapping[str, int]:
        column = _BROWSED_BY.get(facet)
        if column is None:
            raise ValueError(f"not browsed by: {facet}")
        return {str(row.value): row.items for row in self._read(queries.shown_by(column))}

    def waymarks(self, every: int) -> Sequence[Accession]:
        return [Accession(row.accession) for row in self._read(queries.waymarks(every))]

    def held_numbers(self, numbers: Collection[str]) -> Mapping[str, Item]:
        items = map(rows.item_of, self._read(queries.held_numbers(numbers)))
        return {item.so_ky_hieu or "": item for item in items}

    def page(self, item_id: ItemId, number: int) -> PageEntry | None:
        row = self._read(queries.page(item_id, number)).one_or_none()
        return None if row is None else rows.page_of(row)

    def pages_near(self, item_id: ItemId, number: int) -> Sequence[PageEntry]:
        return [rows.page_of(row) for row in self._read(queries.pages_near(item_id, number))]

    def page_labelled(self, item_id: ItemId, label: str) -> int | None:
        found: int | None = self._read(queries.page_labelled(item_id, label)).scalar_one()
        return found

    def homes(self, wanted: Collection[tuple[ItemId, int]]) -> Mapping[tuple[ItemId, int], int]:
        found = self._read(queries.homes(wanted)) if wanted else ()
        return {(ItemId(row.item_id), row.number): row.home for row in found}

    def stands(self, item_id: ItemId, home: int) -> bool:
        standing: int = self._read(queries.stands(item_id, home)).scalar_one()
        return standing > 0

    def files_named(self, wanted: Collection[tuple[ItemId, str]]) -> Mapping[tuple[ItemId, str], FileEntry]:
        found = self._read(queries.files_named(wanted)) if wanted else ()
        return {(ItemId(row.item_id), row.name): rows.file_of(row) for row in found}

    def add_text_report(self, report: TextReport) -> None:
        missing = ItemNotFound(item=report.item_id)
        self._write(queries.add_text_report(_report_values(report)), missing=missing)

    def text_reports(
        self, item_id: ItemId, *, settled: bool = False, before: int | None = None, limit: int
    ) -> Sequence[TextReport]:
        found = self._read(queries.text_reports(item_id, settled, before, limit))
        return [_report_of(row) for row in found]

    def text_report(self, item_id: ItemId, report: int) -> TextReport | None:
        row = self._read(queries.text_report(item_id, report)).one_or_none()
        return None if row is None else _report_of(row)

    def settle_text_report(self, item_id: ItemId, report: int, settled: Settled | None) -> None:
        values = {
            "outcome": settled.outcome if settled else None,
            "settled_at": settled.at if settled else None,
            "settled_by": settled.by if settled else None,
        }
        self._write(queries.settle_text_report(item_id, report, values))

    def open_text_reports(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, int]:
        found = self._read(queries.open_text_reports(item_ids)) if item_ids else ()
        return {ItemId(row.item_id): row.reports for row in found}

    def count_open_text_reports(self, units: Collection[str]) -> int:
        counted: int = self._read(queries.count_open_text_reports(units)).scalar_one()
        return counted

    def count_text_reports(self, since: dt.datetime, item_id: ItemId | None = None) -> int:
        counted: int = self._read(queries.count_text_reports(since, item_id)).scalar_one()
        return counted


def _report_values(report: TextReport) -> rows.Values:
    return {
        "item_id": report.item_id,
        "page": report.page,
        "words": report.words,
        "note": report.note,
        "at": report.at,
    }


def _report_of(row: rows.AnyRow) -> TextReport:
    settled = None if row.outcome is None else Settled(Outcome(row.outcome), row.settled_by, row.settled_at)
    return TextReport(ItemId(row.item_id), row.page, row.words, row.note, row.at, row.id, settled)
