"""The statements behind ``catalog.desk``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Delete, Insert, Select, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy import type_coerce as as_type

from catalog import tables
from catalog.queries import Values, replacing, upsert
from domain.holdings import State
from domain.ids import ItemId
from domain.records import Citation

# whether an item is still of use


def assessments(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    given = tables.assessment.c
    return select(tables.assessment).where(given.item_id == item_id).order_by(given.ordinal)


def assessments_so_far(item_id: ItemId) -> Select[int]:
    given = tables.assessment.c
    return select(func.count()).select_from(tables.assessment).where(given.item_id == item_id)


def add_assessment(values: Values) -> Insert:
    return insert(tables.assessment).values(values)


def verdicts(item_ids: Collection[ItemId]) -> Select[*tuple[Any, ...]]:
    """The newest assessment of each of these items."""
    given = tables.assessment.c
    last = (
        select(given.item_id, func.max(given.ordinal).label("ordinal"))
        .where(given.item_id.in_(sorted(item_ids)))
        .group_by(given.item_id)
        .subquery()
    )
    both = and_(given.item_id == last.c.item_id, given.ordinal == last.c.ordinal)
    return select(tables.assessment).join(last, both)


def asking_four_eyes() -> Select[str]:
    return select(tables.four_eyes.c.unit)


def ask_four_eyes(dialect: str, unit: str) -> Any:
    return upsert(dialect, tables.four_eyes).values(unit=unit).on_conflict_do_nothing()


def waive_four_eyes(unit: str) -> Delete:
    return delete(tables.four_eyes).where(tables.four_eyes.c.unit == unit)


# pages


def some_pages(item_id: ItemId, first: int, last: int) -> Select[*tuple[Any, ...]]:
    found = tables.page.c
    return (
        select(tables.page)
        .where(and_(found.item_id == item_id, found.number.between(first, last)))
        .order_by(found.number)
    )


@cache
def correct_page(dialect: str) -> Any:
    return replacing(dialect, tables.page)


def doubts(item_id: ItemId) -> Select[int, int, int]:
    found = tables.page.c
    return select(
        func.coalesce(func.sum(found.doubtful), 0).label("words"),
        func.count().filter(found.doubtful > 0).label("pages"),
        func.count().filter(found.doubtful.is_(None)).label("uncounted"),
    ).where(found.item_id == item_id)


def next_doubtful(item_id: ItemId, after: int) -> Select[Any]:
    found = tables.page.c
    return select(func.min(found.number)).where(
        and_(found.item_id == item_id, found.number > after, found.doubtful > 0)
    )


# the record


def confirm_cite(item_id: ItemId, ordinal: int, cite: Citation, by: str | None) -> Update:
    found = tables.item_cite.c
    return (
        update(tables.item_cite)
        .where(
            and_(
                found.item_id == item_id,
                found.ordinal == ordinal,
                found.so_ky_hieu == cite.so_ky_hieu,
                found.page == cite.page,
            )
        )
        .values(confirmed_by=by)
    )


def usual_values(names: Sequence[str], units: Collection[str], newest: int) -> Select[*tuple[Any, ...]]:
    """These fields of the newest items that are published or of these units."""
    found = tables.item.c
    fields = as_type(tables.record.c.fields, JSON)
    shown = or_(found.state == State.PUBLISHED, found.unit.in_(sorted(units)))
    recent = select(found.id).where(shown).order_by(found.accession.desc()).limit(newest).subquery()
    return select(*(fields[(name, "value")].label(name) for name in names)).join(
        recent, recent.c.id == tables.record.c.item_id
    )


def namesakes(so_ky_hieu: str, but: ItemId, limit: int) -> Select[*tuple[Any, ...]]:
    described = tables.record.c
    agency = as_type(described.fields, JSON)[("compiling_agency", "value")].as_string()
    return (
        select(tables.item, agency.label("agency"))
        .join(tables.record, described.item_id == tables.item.c.id)
        .where(and_(tables.item.c.so_ky_hieu == so_ky_hieu, described.item_id != but))
        .order_by(tables.item.c.accession)
        .limit(limit)
    )


# what happened


def events(
    item_id: ItemId, actions: Collection[str] | None, home: int | None, before: int | None, limit: int
) -> Select[*tuple[Any, ...]]:
    found = tables.provenance.c
    statement = select(tables.provenance).where(found.item_id == item_id)
    if actions is not None:
        statement = statement.where(found.action.in_(sorted(actions)))
    if home is not None:
        # Of a page that was never moved an event tells the number alone: it is its home.
        told = as_type(found.options, JSON)
        at_home = func.coalesce(told["home"].as_integer(), told["page"].as_integer())
        statement = statement.where(at_home == home)
    if before is not None:
        statement = statement.where(found.id < before)
    return statement.order_by(found.id.desc()).limit(limit)
