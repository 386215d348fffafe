"""Organisation units: what they are called and where they stand, from one day to another."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from domain.errors import UnitBelowItself, UnitCodeNotValid, UnitDatesNotValid, UnitNotFound, UnitTaken
from domain.people import ALWAYS, ROOT, Unit, Verb, units_on, upwards
from domain.ports import CatalogTransaction, Shelf
from domain.values import Json
from flows.steps.acting import Acting
from flows.steps.people import named

LONGEST_CODE = 80  # characters, as of ``TUSACH_UNIT``
_DAY = dt.timedelta(days=1)


def add_unit(
    shelf: Shelf, by: Acting, *, code: str, name: str, parent: str = ROOT, valid_from: dt.date = ALWAYS
) -> Unit:
    """Raises UnitCodeNotValid, NameNotValid, UnitTaken, UnitNotFound (of the parent), NotAllowed."""
    unit = Unit(_code(code), named(name), _nfc(parent), valid_from)
    by.need(Verb.OPERATE, unit.parent or ROOT)
    with shelf.catalog.begin() as changes:
        known = {one.code for one in changes.people.units()}
        if unit.code in known:
            raise UnitTaken(unit=unit.code)
        if unit.parent not in known:
            raise UnitNotFound(unit=unit.parent)
        changes.people.keep_unit(unit)
        by.note(changes, "unit_added", unit.code, _told(unit))
    return unit


def change_unit(
    shelf: Shelf,
    by: Acting,
    code: str,
    *,
    name: str | None = None,
    parent: str | None = None,
    valid_from: dt.date | None = None,
) -> Unit:
    """Another name or place from a day on; without a day the present ones are corrected.

    Raises UnitNotFound, NameNotValid, UnitDatesNotValid, UnitBelowItself, NotAllowed.
    """
    with shelf.catalog.begin() as changes:
        last = _last(changes, code)
        since = last.valid_from if valid_from is None else valid_from
        if since < last.valid_from:
            raise UnitDatesNotValid(unit=code, since=last.valid_from.isoformat())
        place = last.parent if parent is None else _nfc(parent)
        unit = replace(last, name=last.name if name is None else named(name), parent=place, valid_from=since)
        _check_ends(unit)
        by.need(Verb.OPERATE, code)
        if place != last.parent:
            by.need(Verb.OPERATE, place or ROOT)
        if since > last.valid_from:
            if last.valid_to is None or last.valid_to >= since:
                changes.people.keep_unit(replace(last, valid_to=since - _DAY))
            unit = replace(unit, valid_to=None)
        _check_place(unit, changes.people.units())
        changes.people.keep_unit(unit)
        by.note(changes, "unit_changed", code, _told(unit))
    return unit


def end_unit(shelf: Shelf, by: Acting, code: str, *, valid_to: dt.date | None) -> Unit:
    """The last day of a unit; None: it goes on. What it holds stays with those above it.

    Raises UnitNotFound, UnitDatesNotValid, UnitBelowItself for the root, NotAllowed.
    """
    by.need(Verb.OPERATE, code)
    with shelf.catalog.begin() as changes:
        last = _last(changes, code)
        if last.parent is None and valid_to is not None:
            raise UnitBelowItself(unit=code, parent=None)
        unit = replace(last, valid_to=valid_to)
        _check_ends(unit)
        changes.people.keep_unit(unit)
        by.note(changes, "unit_changed", code, _told(unit))
    return unit


def _last(seen: CatalogTransaction, code: str) -> Unit:
    """What the code was called last. Raises UnitNotFound."""
    spans = [unit for unit in seen.people.units() if unit.code == code]
    if not spans:
        raise UnitNotFound(unit=code[:LONGEST_CODE])
    return spans[-1]


def _check_ends(unit: Unit) -> None:
    if unit.valid_to is not None and unit.valid_to < unit.valid_from:
        raise UnitDatesNotValid(unit=unit.code, since=unit.valid_from.isoformat())


def _check_place(unit: Unit, known: Iterable[Unit]) -> None:
    """That there is one root and no circle, on every day on which anything changes."""
    others = [one for one in known if (one.code, one.valid_from) != (unit.code, unit.valid_from)]
    if (unit.code == ROOT) != (unit.parent is None) or unit.parent == unit.code:
        raise UnitBelowItself(unit=unit.code, parent=unit.parent)
    if unit.parent is not None and unit.parent not in {one.code for one in others}:
        raise UnitNotFound(unit=unit.parent)
    spans = [*others, unit]
    for day in {one.valid_from for one in spans if one.valid_from >= unit.valid_from}:
        parents = {one.code: one.parent for one in units_on(spans, day).values()}
        if ROOT not in upwards(unit.code, parents):
            raise UnitBelowItself(unit=unit.code, parent=unit.parent)


def _told(unit: Unit) -> dict[str, Json]:
    return {
        "name": unit.name,
        "parent": unit.parent,
        "valid_from": None if unit.valid_from == ALWAYS else unit.valid_from.isoformat(),
        "valid_to": None if unit.valid_to is None else unit.valid_to.isoformat(),
    }


def _code(text: str) -> str:
    code = _nfc(text)
    if not 0 < len(code) <= LONGEST_CODE or not code.isprintable() or "@" in code:
        raise UnitCodeNotValid(unit=text[:LONGEST_CODE], longest=LONGEST_CODE)
    return code


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
