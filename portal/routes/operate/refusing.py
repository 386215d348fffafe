"""Returning files to their unit, and the letter that goes with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from domain.ids import BatchId
from domain.people import Verb, day_of
from flows.steps.refuse import LONGEST, refuse
from portal.access import MAY_OPERATE
from portal.operate.letters import Letter, letter_of
from portal.routes.operate.quarantine import QUARANTINE, Batch, Chosen, back_to, items_of
from portal.visits import Visit, Visiting

router = APIRouter()


@router.post(f"{QUARANTINE}/tra-lai", include_in_schema=False, **MAY_OPERATE)
def refuse_chosen(
    visit: Visiting,
    why: Annotated[str, Form(alias="noi-dung", max_length=2 * LONGEST)] = "",
    chosen: Chosen = [],  # noqa: B006 - FastAPI copies it
    back: Annotated[str, Form(alias="ve", max_length=2_000)] = "",
) -> Response:
    told = return_items(visit, chosen, why)
    return back_to(back, xong="refused" if told else "none", so=str(told))


def return_items(visit: Visit, chosen: Sequence[str], why: str) -> int:
    """Mark the chosen items as returned, with what their unit is told; how many they are.

    Raises ItemNotFound, NotAllowed, NotInQuarantine, FieldNotValid.
    """
    items = items_of(visit, chosen)
    for item in items:
        refuse(visit.shelf, item.id, why, visit.acting.actor)
        with visit.shelf.catalog.begin() as changes:
            visit.acting.note(changes, "item_refused", item.accession, {"why": why[:LONGEST]})
    return len(items)


@router.get(f"{QUARANTINE}/cong-van", include_in_schema=False, **MAY_OPERATE)
def letter(
    visit: Visiting,
    unit: Annotated[str, Query(alias="don-vi", min_length=1, max_length=80)],
    batch: Batch = "",
) -> Response:
    """What was returned to a unit as a letter to be printed, numbered and signed."""
    return visit.page("operate/letter.html", letter=letter_to(visit, unit, batch), unit=unit, batch=batch)


def letter_to(visit: Visit, unit: str, batch: str) -> Letter:
    """What was returned to a unit, of one batch or ("") of all. Raises NotAllowed."""
    visit.need(Verb.OPERATE, unit)
    return letter_of(
        visit.shelf,
        unit,
        BatchId(batch) if batch else None,
        by=visit.signed.person.unit,
        day=day_of(dt.datetime.now(dt.UTC)),
        lang=visit.lang,
    )
