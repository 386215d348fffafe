"""Where an operator operates, and what the units are called."""

from __future__ import annotations

from domain.figures import Units
from domain.people import Verb
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
