"""For staff: what readers say is wrong in an item's text, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from domain.people import Verb
from domain.readers_ledger import Outcome
from flows.steps.text_reports import settle_report, undo_settling
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import DESK, Accession, EventId, at, by, item_of
from portal.visits import Visiting

AT_ONCE = 50  # reports on a page
SETTLED = "xong"

router = APIRouter(include_in_schema=False)


@router.get(f"{DESK}/{{accession}}/bao-loi", **MAY_ACCESS)
def reports(
    visit: Visiting,
    accession: Accession,
    which: Annotated[str, Query(alias="xem", max_length=10)] = "",
    before: Annotated[int | None, Query(alias="truoc", ge=1, le=2**62)] = None,
) -> Response:
    item = item_of(visit, accession)
    settled = which == SETTLED
    with visit.shelf.catalog.view() as seen:
        told = seen.readers.text_reports(item.id, settled=settled, before=before, limit=AT_ONCE + 1)
        waiting = seen.readers.open_text_reports([item.id]).get(item.id, 0)
    return visit.page(
        "desk/reports.html",
        item=item,
        address=at(item),
        reports=told[:AT_ONCE],
        settled=settled,
        waiting=waiting,
        outcomes=[one.value for one in Outcome],
        more=told[AT_ONCE - 1].id if len(told) > AT_ONCE else None,
        may_update=visit.may(Verb.UPDATE, item.actor.unit),
    )


@router.post(f"{DESK}/{{accession}}/bao-loi", **MAY_UPDATE)
def settle(
    visit: Visiting,
    accession: Accession,
    report: Annotated[int, Form(alias="bao-loi", ge=1, le=2**31 - 1)],
    outcome: Annotated[Outcome, Form(alias="ket-qua")],
) -> Response:
    item = item_of(visit, accession, Verb.UPDATE)
    settle_report(visit.shelf, item.id, report, outcome, by(visit, item))
    return RedirectResponse(at(item, "bao-loi"), 303)


@router.post(f"{DESK}/{{accession}}/bao-loi/hoan-tac", **MAY_UPDATE)
def undo(visit: Visiting, accession: Accession, event: EventId) -> Response:
    item = item_of(visit, accession, Verb.UPDATE)
    undo_settling(visit.shelf, item.id, event, by(visit, item))
    return RedirectResponse(at(item, "bao-loi"), 303)
