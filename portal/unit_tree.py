"""Units as a list that shows their tree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.people import Unit, in_force


@dataclass(frozen=True, slots=True)
class Branch:
    unit: Unit
    depth: int  # 0 for those that have nothing above them in the list
    standing: str  # now · ended · coming

    @property
    def indented(self) -> str:
        """The name as a list of choices shows it, where nothing else can stand."""
        return "\u2003" * self.depth + self.unit.name


def branches(units: Mapping[str, Unit], shown: Collection[str], day: dt.date) -> list[Branch]:
    """Those of ``units`` that are to be shown, each below its parent, siblings by their names."""
    below: dict[str | None, list[Unit]] = {}
    for unit in sorted(units.values(), key=lambda unit: (unit.name.casefold(), unit.code)):
        if unit.code in shown:
            below.setdefault(unit.parent if unit.parent in shown else None, []).append(unit)
    found: list[Branch] = []
    todo = [(unit, 0) for unit in reversed(below.get(None, []))]
    while todo:
        unit, depth = todo.pop()
        found.append(Branch(unit, depth, standing(unit, day)))
        todo += [(one, depth + 1) for one in reversed(below.get(unit.code, []))]
    return found


def standing(unit: Unit, day: dt.date) -> str:
    if in_force(unit, day):
        return "now"
    return "coming" if unit.valid_from > day else "ended"
