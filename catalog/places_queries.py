"""The statements behind ``catalog.places``."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update, and_, delete, insert, or_, select, update

from catalog import tables
from catalog.queries import Values, replacing, upsert
from domain.ids import ItemId


def arrangement(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    return select(tables.arrangement).where(tables.arrangement.c.item_id == item_id)


def places(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    found = tables.place.c
    return select(tables.place).where(found.item_id == item_id).order_by(found.home)


@cache
def keep_arrangement(dialect: str) -> Any:
    return replacing(dialect, tables.arrangement)


@cache
def keep_place(dialect: str) -> Any:
    """A home never changes what it is."""
    return upsert(dialect, tables.place).on_conflict_do_nothing()


def resting(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    found = tables.resting_page.c
    return select(tables.resting_page).where(found.item_id == item_id).order_by(found.home)


@cache
def keep_resting(dialect: str) -> Any:
    return replacing(dialect, tables.resting_page)


def forget_resting(item_id: ItemId) -> Delete:
    return delete(tables.resting_page).where(tables.resting_page.c.item_id == item_id)


def number_of(item_id: ItemId, home: int) -> Select[int]:
    found = tables.page.c
    at_home = or_(found.home == home, and_(found.home.is_(None), found.number == home))
    return select(found.number).where(and_(found.item_id == item_id, at_home))


def forget_pages(item_id: ItemId) -> Delete:
    return delete(tables.page).where(tables.page.c.item_id == item_id)


def add_pages() -> Insert:
    return insert(tables.page)


def reported_pages(item_id: ItemId) -> Select[*tuple[Any, ...]]:
    found = tables.text_report.c
    return select(found.id, found.page).where(found.item_id == item_id)


def renumber_report(report: int, number: int) -> Update:
    return update(tables.text_report).where(tables.text_report.c.id == report).values(page=number)


def add_scan_file(values: Values) -> Insert:
    return insert(tables.scan_file).values(values)
