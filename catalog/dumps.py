"""The whole catalogue as plain rows, alike for every database, and back again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, Float, Integer, Table, delete, insert

from catalog import queries, tables
from catalog.columns import JsonValue, UtcTime
from catalog.migrate import HEAD, REVISIONS, begin_at, keep_root, lead_on
from domain.errors import CatalogNotEmpty, DumpNotValid, NewerData
from domain.ports import CatalogRow
from domain.values import Json

AT_ONCE = 500  # rows fetched or inserted together
LARGEST = 2**63  # beyond the integers of both databases

# What is true of one place alone: who works there now, who is signed in, which keys open it, and what its
# index holds. A copy of the whole lies about for years: it must not open a door.
_OF_ONE_PLACE = frozenset(
    {
        tables.claim,
        tables.lease,
        tables.pages_read,
        tables.session,
        tables.failed_sign_in,
        tables.api_token,
    }
)
_NOT_KEPT = {"item": ("indexed_revision",)}
_TABLES = {table.name: table for table in tables.metadata.sorted_tables if table not in _OF_ONE_PLACE}


def dump(connection: Connection) -> Iterator[CatalogRow]:
    """Every row, each table whole and in the order of its keys, parents before their children."""
    for table in _TABLES.values():
        rows = queries.every_row(connection.dialect.name, table).execution_options(yield_per=AT_ONCE)
        found = connection.execute(rows)
        names = table.c.keys()
        for row in found:
            values = dict(zip(names, map(_plain, row), strict=True))
            for column in _NOT_KEPT.get(table.name, ()):
                values[column] = None
            yield CatalogRow(table.name, values)


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
    keep_root(connection)
    if connection.dialect.name == "postgresql":
        for table in (tables.provenance, tables.act, tables.text_report):
            connection.execute(queries.number_on(table))


def _check_empty(connection: Connection) -> None:
    """An audit of an empty shelf, or a search on it, leaves it empty."""
    held = {
        table.name: connection.execute(queries.count_rows(table)).scalar_one()
        for table in (tables.item, tables.batch, tables.accession_sequence, tables.person)
    }
    if any(held.values()):
        raise CatalogNotEmpty(items=held["item"], batches=held["batch"], people=held["person"])


def _together(rows: Iterable[CatalogRow], *, whole: bool) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Rows that one statement can insert; ``whole``: with every column of their table."""
    for (name, columns), group in groupby(rows, key=lambda row: (row.table, row.values.keys())):
        table = _table(name, columns, whole=whole)
        takes = {column: _taking(table.c[column]) for column in columns}
        while held := [_typed(row, takes) for row in islice(group, AT_ONCE)]:
            yield table, held


def _table(name: str, columns: Set[str], *, whole: bool) -> Table:
    table = _TABLES.get(name)
    if table is None:
        raise DumpNotValid(table=name, detail="no such table")
    known = frozenset(table.c.keys())
    strange, absent = columns - known, (known - columns if whole else frozenset())
    if strange or absent or not columns:
        raise DumpNotValid(table=name, detail=f"columns: {', '.join(sorted(strange | absent))}"[:300])
    return table


def _plain(value: Any) -> Json:
    """The value as JSON can say it; numbers, texts and JSON itself stay as they are."""
    if isinstance(value, dt.date):  # a datetime is one too
        return value.isoformat()
    plain: Json = value
    return plain


def _typed(row: CatalogRow, takes: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """The row's values as their columns take them. Raises DumpNotValid."""
    typed: dict[str, Any] = {}
    for name, value in row.values.items():
        try:
            typed[name] = None if value is None else takes[name](value)
        except (TypeError, ValueError) as error:
            raise DumpNotValid(table=row.table, detail=f"{name}: {error}"[:300]) from error
    return typed


def _taking(column: Column[Any]) -> Callable[[Any], Any]:
    """How a column of this type takes a value that JSON said; TypeError or ValueError where it cannot."""
    for kind, take in _TAKING.items():
        if isinstance(column.type, kind):
            return take
    return _text


def _time(value: Json) -> dt.datetime:
    moment = dt.datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _date(value: Json) -> dt.date:
    return dt.date.fromisoformat(_text(value))


def _text(value: Json) -> str:
    if type(value) is not str:
        raise TypeError(f"{type(value).__name__} where a text belongs")
    return value


def _truth(value: Json) -> bool:
    if type(value) is not bool:
        raise TypeError(f"{type(value).__name__} where a truth value belongs")
    return value


def _share(value: Json) -> float:
    if type(value) is not float and type(value) is not int:
        raise TypeError(f"{type(value).__name__} where a number belongs")
    return float(value)


def _whole(value: Json) -> int:
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} where a whole number belongs")
    if abs(value) >= LARGEST:
        raise ValueError("too large")
    return value


def _any(value: Json) -> Json:
    return value


_TAKING: Mapping[type, Callable[[Any], Any]] = {
    JsonValue: _any,
    UtcTime: _time,
    Date: _date,
    Boolean: _truth,
    Float: _share,
    Integer: _whole,
}
