"""``FiguresLedger`` over the catalogue's transaction: operators' questions, each one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult

from catalog import figures_queries as queries
from catalog import rows
from domain.figures import Done, Master, Milestone, UnderWay, Units, Waiting
from domain.holdings import Item, State
from domain.ids import Accession, BatchId, ItemId

Run = Callable[..., CursorResult[*tuple[Any, ...]]]
MINUTE = dt.timedelta(minutes=1)


class SqlFigures:
    def __init__(self, dialect: str, read: Run, write: Run) -> None:
        self._dialect, self._read, self._write = dialect, read, write

    def waiting(self, units: Units) -> Mapping[tuple[str, State], Waiting]:
        return {
            (row.unit, State(row.state)): Waiting(row.items, int(row.images), row.items - row.counted)
            for row in self._read(queries.waiting(units))
        }

    def under_way(self, units: Units, limit: int) -> Sequence[UnderWay]:
        return [UnderWay(rows.item_of(row), row.read) for row in self._read(queries.under_way(units, limit))]

    def count_read(self, item_id: ItemId, pages: int, at: dt.datetime) -> None:
        minute = at.astimezone(dt.UTC).replace(second=0, microsecond=0)
        values = {"item": item_id, "slot": minute.minute, "minute": minute, "pages": pages}
        self._write(queries.count_read(self._dialect), values)

    def read_by_minute(self, since: dt.datetime, units: Units) -> Mapping[dt.datetime, int]:
        whole = since.astimezone(dt.UTC).replace(second=0, microsecond=0)
        return {row.minute: int(row.pages) for row in self._read(queries.read_by_minute(whole, units))}

    def troubles(self, units: Units) -> Mapping[str, int]:
        return {row.code or "": row.items for row in self._read(queries.troubles(units))}

    def quarantined(
        self,
        units: Units,
        *,
        code: str | None = None,
        batch_id: BatchId | None = None,
        after: Accession | None = None,
        limit: int,
    ) -> Sequence[Item]:
        found = self._read(queries.quarantined(units, code, batch_id, after, limit))
        return [rows.item_of(row) for row in found]

    def masters(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, Master]:
        return {
            ItemId(row.item_id): Master(row.name, row.files, int(row.size))
            for row in self._read(queries.masters(item_ids))
        }

    def lines(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, int]:
        return {ItemId(row.item_id): row.ordinal for row in self._read(queries.lines(item_ids))}

    def done(self, milestone: Milestone, first: dt.date, last: dt.date, units: Units) -> Sequence[Done]:
        found = self._read(queries.done(self._dialect, milestone, first, last, units))
        return [Done(_day(row.day), row.unit, row.resource_type, row.items, int(row.pages)) for row in found]


def _day(told: Any) -> dt.date:
    """SQLite has no dates of its own and tells them as texts."""
    return told if isinstance(told, dt.date) else dt.date.fromisoformat(told)
