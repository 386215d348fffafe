"""Where an operator operates, and what the units are called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from domain.figures import Units
from domain.people import Verb, day_of, units_on
from domain.ports import CatalogTransaction
from portal.visits import Visit


def units_of(visit: Visit) -> Units:
    """The units that the visitor operates; None for all of them, the machine too."""
    rights = visit.signed
    return None if rights.everywhere(Verb.OPERATE) else rights.units(Verb.OPERATE)


def narrowed(visit: Visit, unit: str | None) -> Units:
    """The same, or the one unit among them that a page is asked for; nothing where it is not among them."""
    units = units_of(visit)
    if not unit:
        return units
    return frozenset({unit}) if units is None or unit in units else frozenset()


def unit_names(seen: CatalogTransaction) -> Mapping[str, str]:
    """What each unit is called today."""
    day = day_of(dt.datetime.now(dt.UTC))
    return {code: unit.name for code, unit in units_on(seen.people.units(), day).items()}
