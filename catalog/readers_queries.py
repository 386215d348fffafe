"""The statements of the readers' pages, each by its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, Update, and_, func, insert, or_, select, update

from catalog import tables
from catalog.queries import Values
from domain.holdings import State
from domain.ids import Accession, ItemId
from domain.readers_ledger import Browsed

# lists


def browse(asked: Browsed, before: Accession | None, limit: int) -> Select[*tuple[Any, ...]]:
    found = tables.item.c
    narrowed = {found.resource_type: asked.resource_type, found.field: asked.field, found.year: asked.year}
    conditions = [column == value for column, value in narrowed.items() if value is not None]
    if before is not None:
        conditions.append(found.accession < before)
    return (
        select(tables.item)
        .where(and_(found.state == State.PUBLISHED, *conditions))
        .order_by(found.accession.desc())
        .limit(limit)
    )


def newest(limit: int) -> Select[*tuple[Any, ...]]:
    found = tables.item.c
    return (
        select(tables.item)
        .where(and_(found.state == State.PUBLISHED, found.published_at.is_not(None)))
        .order_by(found.published_at.desc())
        .limit(limit)
    )


def shown_by(column: str) -> Select[Any, int]:
    value = tables.item.c[column].label("value")
    return (
        select(value, func.count().label("items"))
        .where(and_(tables.item.c.state == State.PUBLISHED, value.is_not(None)))
        .group_by(value)
    )


def waymarks(every: int) -> Select[str]:
    found = tables.item.c
    counted = (
        select(found.accession, func.row_number().over(order_by=found.accession).label("place"))
        .where(found.state == State.PUBLISHED)
        .subquery()
    )
    return select(counted.c.accession).where(counted.c.place % every == 0).order_by(counted.c.accession)


def held_numbers(numbers: Collection[str]) -> Select[*tuple[Any, ...]]:
    """The latest accession last."""
    found = tables.item.c
    return (
        select(tables.item)
        .where(and_(found.so_ky_hieu.in_(list(numbers)), found.state == State.PUBLISHED))
        .order_by(found.accession)
    )


def page(item_id: ItemId, number: int) -> Select[*tuple[Any, ...]]:
    found = tables.page.c
    return select(tables.page).where(and_(found.item_id == item_id, found.number == number))


def pages_near(item_id: ItemId, number: int) -> Select[*tuple[Any, ...]]:
    """The page, and the nearest with words before and after it."""
    found = tables.page.c
    words = and_(found.item_id == item_id, found.words > 0)
    before = select(func.max(found.number)).where(and_(words, found.number < number)).scalar_subquery()
    after = select(func.min(found.number)).where(and_(words, found.number > number)).scalar_subquery()
    near = or_(found.number == number, found.number == before, found.number == after)
    return select(tables.page).where(and_(found.item_id == item_id, near)).order_by(found.number)


def page_labelled(item_id: ItemId, label: str) -> Select[Any]:
    """Labels are of ASCII but for typed ones: databases lower the case of others each in its way."""
    found = tables.page.c
    same = or_(found.label == label, func.lower(found.label) == label.lower())
    return select(func.min(found.number)).where(and_(found.item_id == item_id, same))


def _one_of(
    first: ColumnElement[Any], second: ColumnElement[Any], wanted: Collection[tuple[Any, Any]]
) -> ColumnElement[bool]:
    """Whether the two columns are a pair of ``wanted``, a few dozen at most.

    Spelled out, since SQLite reads a whole table for ``(a, b) IN ((1, 2), …)`` whatever index there is.
    """
    return or_(*(and_(first == one, second == other) for one, other in wanted))


def homes(wanted: Collection[tuple[ItemId, int]]) -> Select[*tuple[Any, ...]]:
    found = tables.page.c
    return select(found.item_id, found.number, found.home).where(
        and_(_one_of(found.item_id, found.number, wanted), found.home.is_not(None))
    )


def stands(item_id: ItemId, home: int) -> Select[int]:
    found = tables.page.c
    at_home = or_(found.home == home, and_(found.home.is_(None), found.number == home))
    return select(func.count()).select_from(tables.page).where(and_(found.item_id == item_id, at_home))


def files_named(wanted: Collection[tuple[ItemId, str]]) -> Select[*tuple[Any, ...]]:
    found = tables.file.c
    return select(tables.file).where(_one_of(found.item_id, found.name, wanted))


def add_text_report(values: Values) -> Insert:
    return insert(tables.text_report).values(values)


def text_reports(item_id: ItemId, settled: bool, before: int | None, limit: int) -> Select[*tuple[Any, ...]]:
    found = tables.text_report.c
    asked = found.outcome.is_not(None) if settled else found.outcome.is_(None)
    statement = select(tables.text_report).where(and_(found.item_id == item_id, asked))
    if before is not None:
        statement = statement.where(found.id < before)
    return statement.order_by(found.id.desc()).limit(limit)


def text_report(item_id: ItemId, report: int) -> Select[*tuple[Any, ...]]:
    found = tables.text_report.c
    return select(tables.text_report).where(and_(found.id == report, found.item_id == item_id))


def settle_text_report(item_id: ItemId, report: int, values: Values) -> Update:
    found = tables.text_report.c
    this = and_(found.id == report, found.item_id == item_id)
    return update(tables.text_report).where(this).values(values)


def open_text_reports(item_ids: Collection[ItemId]) -> Select[str, int]:
    found = tables.text_report.c
    return (
        select(found.item_id, func.count().label("reports"))
        .where(and_(found.outcome.is_(None), found.item_id.in_(sorted(item_ids))))
        .group_by(found.item_id)
    )


def count_open_text_reports(units: Collection[str]) -> Select[int]:
    found = tables.text_report.c
    return (
        select(func.count())
        .select_from(tables.text_report)
        .join(tables.item, tables.item.c.id == found.item_id)
        .where(and_(found.outcome.is_(None), tables.item.c.unit.in_(sorted(units))))
    )


def count_text_reports(since: dt.datetime, item_id: ItemId | None) -> Select[int]:
    found = tables.text_report.c
    counted = select(func.count()).select_from(tables.text_report).where(found.at >= since)
    return counted if item_id is None else counted.where(found.item_id == item_id)
