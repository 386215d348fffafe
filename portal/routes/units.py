"""For operators: the tree of units, and how it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from config.messages import explain
from domain.errors import NotAllowed, PeopleError, UnitNotFound
from domain.people import ALWAYS, ROOT, Verb, day_of, units_on
from flows.steps import units
from flows.steps.people import LONGEST_NAME
from flows.steps.units import LONGEST_CODE
from portal.access import MAY_OPERATE
from portal.errors import status_of
from portal.signing import now
from portal.unit_tree import branches
from portal.visits import Visit, Visiting

UNITS = "/quan-tri/don-vi"

Code = Annotated[str, Form(alias="ma", max_length=5 * LONGEST_CODE)]
Name = Annotated[str, Form(max_length=5 * LONGEST_NAME)]
Parent = Annotated[str, Form(max_length=LONGEST_CODE)]
Day = Annotated[dt.date | None, Form()]

router = APIRouter(include_in_schema=False)


@router.get(UNITS, **MAY_OPERATE)
def tree(visit: Visiting) -> Response:
    return _tree(visit)


@router.post(UNITS, **MAY_OPERATE)
def add(visit: Visiting, code: Code, name: Name, parent: Parent, valid_from: Day = None) -> Response:
    try:
        units.add_unit(
            visit.shelf, visit.acting, code=code, name=name, parent=parent, valid_from=valid_from or ALWAYS
        )
    except NotAllowed:
        raise
    except PeopleError as error:
        return _tree(visit, error=error, typed={"code": code, "name": name, "parent": parent})
    return RedirectResponse(UNITS, 303)


@router.get(f"{UNITS}/sua", **MAY_OPERATE)
def one(visit: Visiting, code: Annotated[str, Query(alias="ma", max_length=LONGEST_CODE)]) -> Response:
    return _one(visit, code)


@router.post(f"{UNITS}/sua", **MAY_OPERATE)
def change(visit: Visiting, code: Code, name: Name, parent: Parent = "", valid_from: Day = None) -> Response:
    return _doing(
        visit,
        code,
        lambda: units.change_unit(
            visit.shelf, visit.acting, code, name=name, parent=parent or None, valid_from=valid_from
        ),
    )


@router.post(f"{UNITS}/ket-thuc", **MAY_OPERATE)
def end(visit: Visiting, code: Code, valid_to: Day = None) -> Response:
    return _doing(visit, code, lambda: units.end_unit(visit.shelf, visit.acting, code, valid_to=valid_to))


def _doing(visit: Visit, code: str, act: Callable[[], object]) -> Response:
    try:
        act()
    except NotAllowed:
        raise
    except PeopleError as error:
        return _one(visit, code, error=error)
    return RedirectResponse(f"{UNITS}/sua?{urlencode({'ma': code})}", 303)


def _tree(visit: Visit, *, error: PeopleError | None = None, typed: dict[str, str] | None = None) -> Response:
    mine = visit.signed.units(Verb.OPERATE)
    with visit.shelf.catalog.view() as seen:
        known = units_on(seen.people.units(), day_of(now()))
    return visit.page(
        "account/units.html",
        status=200 if error is None else status_of(error),
        units=branches(known, mine, day_of(now())),
        always=ALWAYS,
        typed=typed or {"code": "", "name": "", "parent": ""},
        said=None if error is None else explain(error.reason, visit.lang),
    )


def _one(visit: Visit, code: str, *, error: PeopleError | None = None) -> Response:
    with visit.shelf.catalog.view() as seen:
        every = seen.people.units()
    spans = [unit for unit in every if unit.code == code]
    if not spans:
        raise UnitNotFound(unit=code)
    visit.need(Verb.OPERATE, code)
    known = units_on(every, day_of(now()))
    mine = visit.signed.units(Verb.OPERATE)
    return visit.page(
        "account/unit.html",
        status=200 if error is None else status_of(error),
        last=spans[-1],
        spans=[(unit, known[unit.parent].name if unit.parent else None) for unit in reversed(spans)],
        is_root=code == ROOT,
        choices=branches(known, mine | {spans[-1].parent or ROOT}, day_of(now())),
        always=ALWAYS,
        said=None if error is None else explain(error.reason, visit.lang),
    )
