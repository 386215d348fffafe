"""``unit …``: the organisation units, and what they were called when."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from cli.exits import Exit
from cli.session import Session
from cli.users import acting
from domain.people import ALWAYS, Unit
from domain.values import Json
from flows.steps import units


def add(
    session: Session, code: str, *, name: str, parent: str, since: dt.datetime | None, as_json: bool
) -> int:
    session.speak(as_json)
    with session.shelf() as shelf:
        valid_from = ALWAYS if since is None else since.date()
        unit = units.add_unit(
            shelf, acting(session), code=code, name=name, parent=parent, valid_from=valid_from
        )
    return _answer(session, unit)


def change(
    session: Session,
    code: str,
    *,
    name: str | None,
    parent: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    as_json: bool,
) -> int:
    session.speak(as_json)
    with session.shelf() as shelf:
        if name is not None or parent is not None:
            valid_from = None if since is None else since.date()
            unit = units.change_unit(
                shelf, acting(session), code, name=name, parent=parent, valid_from=valid_from
            )
        if until is not None:
            unit = units.end_unit(shelf, acting(session), code, valid_to=until.date())
    return _answer(session, unit)


def list_units(session: Session, *, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf, shelf.catalog.view() as seen:
        found = seen.people.units()
    if as_json:
        screen.answer([_json(unit) for unit in found])
        return Exit.DONE
    rows = [
        (
            unit.code,
            unit.name,
            unit.parent or "–",
            screen.words("account.units.from_start") if unit.valid_from == ALWAYS else str(unit.valid_from),
            screen.words("account.units.still") if unit.valid_to is None else str(unit.valid_to),
        )
        for unit in found
    ]
    screen.table(("code", "name", "parent", "since", "until"), rows)
    return Exit.DONE


def _answer(session: Session, unit: Unit) -> int:
    screen = session.screen
    if screen.as_json:
        screen.answer(_json(unit))
    else:
        screen.line(screen.words("cli.unit_kept", unit=unit.code, name=unit.name))
    return Exit.DONE


def _json(unit: Unit) -> dict[str, Json]:
    """``valid_from`` is null for a unit that was there from the start, ``valid_to`` for one that goes on."""
    return asdict(unit) | {
        "valid_from": None if unit.valid_from == ALWAYS else unit.valid_from.isoformat(),
        "valid_to": None if unit.valid_to is None else unit.valid_to.isoformat(),
    }
