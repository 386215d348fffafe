"""For operators: which units ask that approving takes a second person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from domain.people import Verb, day_of, units_on
from flows.steps.verdicts import asks_for_four_eyes
from portal.access import MAY_OPERATE
from portal.signing import now
from portal.visits import Visiting

FOUR_EYES = "/quan-tri/hai-nguoi"

router = APIRouter(include_in_schema=False)


@router.get(FOUR_EYES, **MAY_OPERATE)
def units(visit: Visiting) -> Response:
    mine = visit.signed.units(Verb.OPERATE)
    with visit.shelf.catalog.view() as seen:
        known = units_on(seen.people.units(), day_of(now()))
        asking = seen.desk.asking_four_eyes()
        told = [
            (known[code], code in asking, asks_for_four_eyes(seen, code))
            for code in sorted(mine & known.keys(), key=lambda code: known[code].name)
        ]
    return visit.page("desk/four_eyes.html", units=told, address=FOUR_EYES)


@router.post(FOUR_EYES, **MAY_OPERATE)
def ask(
    visit: Visiting,
    unit: Annotated[str, Form(alias="don-vi", max_length=80)],
    asked: Annotated[bool, Form(alias="hai-nguoi")],
) -> Response:
    by = visit.acting
    by.need(Verb.OPERATE, unit)
    with visit.shelf.catalog.begin() as changes:
        changes.desk.ask_four_eyes(unit, asked)
        by.note(changes, "four_eyes_asked" if asked else "four_eyes_waived", unit)
    return RedirectResponse(FOUR_EYES, 303)
