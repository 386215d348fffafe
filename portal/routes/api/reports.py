"""For staff: what readers say is wrong in an item's text, and what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query

from domain.people import Verb
from domain.readers_ledger import Outcome
from flows.steps.text_reports import settle_report, undo_settling
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import by, item_of
from portal.routes.api.shapes import TO_PEOPLE, V1, Asking, EventId, Limit, Ref, Told
from portal.visits import Visiting

router = APIRouter(prefix=V1, tags=["items"], responses=TO_PEOPLE)


class OneReport(Told):
    id: int
    page: int
    words: str  # of the text, that the reader means; "" where none were named
    note: str
    at: dt.datetime
    outcome: Outcome | None  # null: nobody has looked into it yet
    settled_by: str | None
    settled_at: dt.datetime | None


class Reports(Told):
    reports: list[OneReport]
    before: int | None  # pass it to go on; null at the end
    waiting: int


@router.get("/items/{accession}/reports", **MAY_ACCESS)
def text_reports(
    visit: Visiting,
    accession: Ref,
    settled: bool = False,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 50,
) -> Reports:
    """What readers report of the text, the latest first: what waits, or what was settled."""
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        told = seen.readers.text_reports(item.id, settled=settled, before=before, limit=limit + 1)
        waiting = seen.readers.open_text_reports([item.id]).get(item.id, 0)
    return Reports(
        reports=[
            OneReport(
                id=one.id or 0,
                page=one.page,
                words=one.words,
                note=one.note,
                at=one.at,
                outcome=one.settled.outcome if one.settled else None,
                settled_by=one.settled.by if one.settled else None,
                settled_at=one.settled.at if one.settled else None,
            )
            for one in told[:limit]
        ],
        before=told[limit - 1].id if len(told) > limit else None,
        waiting=waiting,
    )


class Settling(Asking):
    outcome: Outcome  # "mended", "unfounded"


@router.put("/items/{accession}/reports/{report}", status_code=204, **MAY_UPDATE)
def settle(
    visit: Visiting,
    accession: Ref,
    report: Annotated[int, Path(ge=1, le=2**31 - 1)],
    said: Settling,
) -> None:
    """Say what came of a report."""
    item = item_of(visit, accession, Verb.UPDATE)
    settle_report(visit.shelf, item.id, report, said.outcome, by(visit, item))


@router.post("/items/{accession}/reports/undo", status_code=204, **MAY_UPDATE)
def reopen(visit: Visiting, accession: Ref, event: EventId) -> None:
    """Open a report again (the id of the event that settled it)."""
    item = item_of(visit, accession, Verb.UPDATE)
    undo_settling(visit.shelf, item.id, event, by(visit, item))
