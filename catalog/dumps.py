"""The whole catalogue as plain rows, alike for every database, and back again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, Float, Integer, Table, delete, insert

from catalog import queries, tables
from catalog.columns import JsonValue, UtcTime
from catalog.migrate import HEAD, REVISIONS, begin_at, lead_on
from domain.errors import CatalogNotEmpty, DumpNotValid, NewerData
from domain.ports import CatalogRow
from domain.values import Json

AT_ONCE = 500  # rows fetched or inserted together
LARGEST = 2**63  # beyond the integers of both databases

# What is true of one place alone: who works there now, and what its index holds.
_OF_ONE_PLACE = frozenset({tables.claim})
_NOT_KEPT = frozenset({tables.item.c.indexed_revision})
_TABLES = {table.name: table for table in tables.metadata.sorted_tables if table not in _OF_ONE_PLACE}


def dump(connection: Connection) -> Iterator[CatalogRow]:
    """Every row, each table whole and in the order of its keys, parents before their children."""
    for table in _TABLES.values():
        rows = queries.every_row(connection.dialect.name, table).execution_options(yield_per=AT_ONCE)
        found = connection.execute(rows)
        columns = [*table.columns]
        for row in found:
            yield CatalogRow(
                table.name,
                {
                    column.name: None if column in _NOT_KEPT else _plain(value)
                    for column, value in zip(columns, row, strict=True)
                },
            )


def load(connection: Connection, rows: Iterable[CatalogRow], *, layout: str) -> None:
    """Take in what ``dump`` gave; an older layout is led to the present one with its rows in it."""
    if layout not in REVISIONS:
        raise NewerData(found=layout, known=HEAD)
    _check_empty(connection)
    if layout != HEAD:
        begin_at(connection, layout)
    else:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(delete(table))
    for table, values in _together(rows, whole=layout == HEAD):
        connection.execute(insert(table), values)
    if layout != HEAD:
        lead_on(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(queries.number_events_on())


def _check_empty(connection: Connection) -> None:
    """An audit of an empty shelf, or a search on it, leaves it empty."""
    held = {
        table.name: connection.execute(queries.count_rows(table)).scalar_one()
        for table in (tables.item, tables.batch, tables.accession_sequence)
    }
    if any(held.values()):
        raise CatalogNotEmpty(items=held["item"], batches=held["batch"])


def _together(rows: Iterable[CatalogRow], *, whole: bool) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Rows that one statement can insert; ``whole``: with every column of their table."""
    table: Table | None = None
    held: list[dict[str, Any]] = []
    for row in rows:
        if held and (len(held) == AT_ONCE or table is None or row.table != table.name or _differs(held, row)):
            yield _known(table), held
            held = []
        table = _table(row, whole=whole)
        held.append({name: _typed(table.c[name], value) for name, value in row.values.items()})
    if held:
        yield _known(table), held


def _known(table: Table | None) -> Table:
    assert table is not None  # noqa: S101 - rows are held of a table
    return table


def _differs(held: list[dict[str, Any]], row: CatalogRow) -> bool:
    return held[0].keys() != row.values.keys()


def _table(row: CatalogRow, *, whole: bool) -> Table:
    table = _TABLES.get(row.table)
    if table is None:
        raise DumpNotValid(table=row.table, detail="no such table")
    strange = row.values.keys() - table.c.keys()
    absent = table.c.keys() - row.values.keys() if whole else set()
    if strange or absent or not row.values:
        raise DumpNotValid(table=row.table, detail=f"columns: {', '.join(sorted(strange | absent))}"[:300])
    return table


def _plain(value: Any) -> Json:
    """The value as JSON can say it; numbers, texts and JSON itself stay as they are."""
    if isinstance(value, dt.date):  # a datetime is one too
        return value.isoformat()
    plain: Json = value
    return plain


def _typed(column: Column[Any], value: Json) -> Any:
    """The value as its column takes it. Raises DumpNotValid."""
    if value is None or isinstance(column.type, JsonValue):
        return value
    try:
        return _value(column, value)
    except (TypeError, ValueError) as error:
        detail = f"{column.name}: {error}"[:300]
        raise DumpNotValid(table=column.table.name, detail=detail) from error


def _value(column: Column[Any], value: Json) -> Any:
    kind = column.type
    if isinstance(kind, UtcTime):
        moment = dt.datetime.fromisoformat(_a(str, value))
        if moment.tzinfo is None:
            raise ValueError("a time without its zone")
        return moment
    if isinstance(kind, Date):
        return dt.date.fromisoformat(_a(str, value))
    if isinstance(kind, Boolean):
        return _a(bool, value)
    if isinstance(kind, Float):
        return float(_a((int, float), value))
    if isinstance(kind, Integer):
        if abs(_a(int, value)) >= LARGEST:
            raise ValueError("too large")
        return value
    return _a(str, value)


def _a(kind: type | tuple[type, ...], value: Json) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{type(value).__name__} where {kind} belongs")
    return value
