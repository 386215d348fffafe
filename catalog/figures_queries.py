"""The statements behind operators' figures. Each goes by an index, whatever the shelf holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)

from catalog import tables
from catalog.columns import UtcTime
from domain.figures import AHEAD, Milestone, Units
from domain.holdings import Outcome, Stage, State
from domain.ids import Accession, BatchId, ItemId

LOCAL = dt.timezone(dt.timedelta(hours=7))  # Asia/Ho_Chi_Minh, which moves no clocks
_STAGES = {Milestone.READ: Stage.READ, Milestone.PUBLISHED: Stage.PUBLISH}


def _of(unit: Column[Any], units: Units) -> list[ColumnElement[bool]]:
    return [] if units is None else [unit.in_(sorted(units))]


def waiting(units: Units) -> Select[*tuple[Any, ...]]:
    found = tables.item.c
    return (
        select(
            found.unit,
            found.state,
            func.count().label("items"),
            func.coalesce(func.sum(found.images), 0).label("images"),
            func.count(found.images).label("counted"),
        )
        .where(found.state.in_(sorted(AHEAD)), *_of(found.unit, units))
        .group_by(found.unit, found.state)
        .order_by(found.unit, found.state)
    )


def under_way(units: Units, limit: int) -> Select[*tuple[Any, ...]]:
    """Items that are being read, with how many of their pages are entered: no page is looked at."""
    found, page = tables.item.c, tables.page.c
    read = select(func.count()).where(page.item_id == found.id).correlate(tables.item).scalar_subquery()
    return (
        select(tables.item, read.label("read"))
        .where(found.state == State.READING, *_of(found.unit, units))
        .order_by(found.accession)
        .limit(limit)
    )


@cache
def count_read(dialect: str) -> Any:
    """Add to the minute's row of the item's unit; the row of an hour ago gives way to it."""
    table, item = tables.pages_read, tables.item.c
    slot, minute = bindparam("slot", type_=Integer), bindparam("minute", type_=UtcTime)
    pages = bindparam("pages", type_=Integer)
    told = select(slot, item.unit, minute, pages).where(item.id == bindparam("item"))
    statement = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    statement = statement.from_select(["slot", "unit", "minute", "pages"], told)
    new = statement.excluded
    sum_ = case((table.c.minute == new.minute, table.c.pages + new.pages), else_=new.pages)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={"minute": new.minute, "pages": sum_}
    )


def read_by_minute(since: dt.datetime, units: Units) -> Select[dt.datetime, int]:
    found = tables.pages_read.c
    return (
        select(found.minute, func.sum(found.pages).label("pages"))
        .where(found.minute >= since, *_of(found.unit, units))
        .group_by(found.minute)
        .order_by(found.minute)
    )


def _code() -> ColumnElement[str]:
    code: ColumnElement[str] = type_coerce(tables.item.c.reason, JSON)["code"].as_string()
    return code


def troubles(units: Units) -> Select[str, int]:
    found, code = tables.item.c, _code()
    counted = select(code.label("code"), func.count().label("items"))
    return counted.where(found.state == State.QUARANTINED, *_of(found.unit, units)).group_by(code)


def quarantined(
    units: Units, code: str | None, batch_id: BatchId | None, after: Accession | None, limit: int
) -> Select[*tuple[Any, ...]]:
    found = tables.item.c
    asked = [found.state == State.QUARANTINED, *_of(found.unit, units)]
    if code is not None:
        asked.append(_code() == code)
    if batch_id is not None:
        asked.append(found.batch_id == batch_id)
    if after is not None:
        asked.append(found.accession > after)
    return select(tables.item).where(*asked).order_by(found.accession).limit(limit)


def masters(item_ids: Collection[ItemId]) -> Select[*tuple[Any, ...]]:
    found, size = tables.scan_file.c, tables.scan_file.alias()
    sums = (
        select(size.c.item_id, func.count().label("files"), func.sum(size.c.size).label("size"))
        .where(size.c.item_id.in_(list(item_ids)))
        .group_by(size.c.item_id)
        .subquery()
    )
    return (
        select(found.item_id, found.name, sums.c.files, sums.c.size)
        .join(sums, sums.c.item_id == found.item_id)
        .where(found.ordinal == 1)
    )


def lines(item_ids: Collection[ItemId]) -> Select[str, int]:
    entry, item = tables.batch_entry.c, tables.item.c
    own = and_(item.id == entry.item_id, item.batch_id == entry.batch_id)
    return (
        select(entry.item_id, func.min(entry.ordinal).label("ordinal"))
        .join(tables.item, own)
        .where(and_(entry.item_id.in_(list(item_ids)), entry.outcome != Outcome.DUPLICATE))
        .group_by(entry.item_id)
    )


def done(
    dialect: str, milestone: Milestone, first: dt.date, last: dt.date, units: Units
) -> Select[*tuple[Any, ...]]:
    item, stage = tables.item.c, tables.stage.c
    stage_of = _STAGES.get(milestone)
    at: Column[Any] = item.created_at if stage_of is None else stage.at
    day = _local_day(dialect, at)
    counted = select(
        day.label("day"),
        item.unit,
        item.resource_type,
        func.count().label("items"),
        func.coalesce(func.sum(func.coalesce(item.scanned, item.images)), 0).label("pages"),
    )
    if stage_of is not None:
        counted = counted.select_from(tables.stage.join(tables.item, item.id == stage.item_id))
        counted = counted.where(stage.stage == stage_of)
    return (
        counted.where(and_(at >= _midnight(first), at < _midnight(last) + dt.timedelta(days=1)))
        .where(*_of(item.unit, units))
        .group_by(day, item.unit, item.resource_type)
        .order_by(day, item.unit, item.resource_type)
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LOCAL)


def _local_day(dialect: str, at: Column[Any]) -> ColumnElement[Any]:
    """The local day of a time; databases spell it each in their way."""
    if dialect == "sqlite":
        return func.date(at, literal_column("'+7 hours'"))
    return func.date(func.timezone(literal_column("'Asia/Ho_Chi_Minh'"), at))
