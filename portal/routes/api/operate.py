"""The operators' figures as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, JsonValue

from config.in_force import in_force
from config.messages import explain
from domain.figures import Milestone
from domain.ids import Accession
from domain.people import ROOT, Verb
from flows.steps.refuse import LONGEST
from portal.access import MAY_OPERATE
from portal.operate.asking import Answer
from portal.operate.now import now_of
from portal.operate.retrying import AT_ONCE
from portal.operate.scope import narrowed, units_of
from portal.routes.api.shapes import TO_PEOPLE, V1, After, Asking, Limit, Plain, Told
from portal.routes.operate.numbers import First, Last, Unit, days_of
from portal.routes.operate.quarantine import retry_items
from portal.routes.operate.refusing import letter_to, return_items
from portal.routes.operate.settings import findings_of, versions_of
from portal.visits import Visit, Visiting

router = APIRouter(prefix=f"{V1}/operate", tags=["operate"], responses=TO_PEOPLE)


class UnderWay(Told):
    accession: str
    title: str
    unit: str
    pages_read: int = Field(validation_alias="read")
    pages: int | None = Field(validation_alias="total")  # null: not counted yet
    worked_on: bool


class Queued(Told):
    unit: str = Field(validation_alias="code")
    items_waiting: int = Field(validation_alias="waiting")
    items_begun: int = Field(validation_alias="begun")
    pages: int = Field(validation_alias="images")  # as far as counted
    items_uncounted: int = Field(validation_alias="uncounted")


class Trouble(Told):
    code: str
    items: int
    what: str = Field(validation_alias="words")
    remedy: str


class Part(Told):
    answers: bool
    detail: str | None


class Standing(Told):
    at: dt.datetime
    pages_per_minute: float  # over the last ten minutes
    pages_ahead: int  # as far as counted
    seconds_left: float | None  # null: nothing is being read
    under_way: list[UnderWay]
    queues: list[Queued]
    quarantine: list[Trouble]
    parts: dict[str, Part] | None  # null for who does not operate the whole
    disk_free_bytes: int | None
    audited_at: dt.datetime | None
    audit_findings: int | None


class Stuck(Told):
    accession: str
    title: str
    unit: str
    batch: str
    code: str | None
    reason: str | None


class Quarantine(Told):
    items: list[Stuck]
    after: str | None  # pass it to get the next slice; null at the end


class Count(Told):
    milestone: Milestone
    day: dt.date
    unit: str
    type: str | None
    titles: int
    pages: int


class Counts(Told):
    first: dt.date
    last: dt.date
    counts: list[Count]


@router.get("/now", **MAY_OPERATE)
def now(visit: Visiting) -> Standing:
    """What waits, what is read and how fast, what is in quarantine, and how the parts are."""
    units = units_of(visit)
    told = now_of(visit.shelf, units, visit.lang)
    parts = visit.portal.watch.parts() if units is None else None
    return Standing(
        at=told.at,
        pages_per_minute=round(told.per_minute, 2),
        pages_ahead=told.ahead,
        seconds_left=told.left.total_seconds() if told.left is not None else None,
        under_way=[UnderWay.model_validate(one) for one in told.reading],
        queues=[Queued.model_validate(one) for one in told.queues],
        quarantine=[Trouble.model_validate(one) for one in told.troubles],
        parts=None
        if parts is None
        else {
            "store": _trouble(visit, parts.store),
            "index": _trouble(visit, parts.index),
            "runner": _part(visit, parts.runner),
        },
        disk_free_bytes=None if parts is None else parts.free_bytes,
        audited_at=told.audit.at if told.audit else None,
        audit_findings=told.audit.findings if told.audit else None,
    )


def _part(visit: Visit, answer: Answer[Any]) -> Part:
    detail = explain(answer.trouble, visit.lang) if answer.trouble else None
    return Part(answers=answer.trouble is None, detail=detail)


def _trouble(visit: Visit, answer: Answer[str]) -> Part:
    if answer.said:
        return Part(answers=False, detail=answer.said)
    return _part(visit, answer)


@router.get("/quarantine", **MAY_OPERATE)
def quarantine(
    visit: Visiting,
    code: Annotated[str, Query(max_length=80), Plain] = "",
    unit: Annotated[str, Query(max_length=80), Plain] = "",
    after: After = "",
    limit: Limit = 50,
) -> Quarantine:
    """Items in quarantine, in the order of their accessions."""
    with visit.shelf.catalog.view() as seen:
        found = seen.figures.quarantined(
            narrowed(visit, unit),
            code=code or None,
            after=Accession(after) if after else None,
            limit=limit + 1,
        )
    return Quarantine(
        items=[
            Stuck(
                accession=item.accession,
                title=item.title,
                unit=item.actor.unit,
                batch=item.batch_id,
                code=item.reason.code if item.reason else None,
                reason=explain(item.reason, visit.lang) if item.reason else None,
            )
            for item in found[:limit]
        ],
        after=found[limit - 1].accession if len(found) > limit else None,
    )


class Again(Asking):
    items: Annotated[
        list[Annotated[str, Field(max_length=80), Plain]], Field(max_length=AT_ONCE)
    ]  # accessions
    cleared: bool = False  # a marking may pass: for those who may manage


class SentAgain(Told):
    items: int
    handed_in: bool  # otherwise they go on within a minute


@router.post("/quarantine/retry", **MAY_OPERATE)
def retry(visit: Visiting, said: Again) -> SentAgain:
    """Send items on their way again; those that it cannot help are left out."""
    sent, taken = retry_items(visit, said.items, cleared=said.cleared)
    return SentAgain(items=sent, handed_in=taken)


class Returned(Asking):
    items: Annotated[
        list[Annotated[str, Field(max_length=80), Plain]], Field(max_length=AT_ONCE)
    ]  # accessions
    why: Annotated[str, Field(max_length=LONGEST), Plain]  # what their unit is told


class SentBack(Told):
    items: int


@router.post("/quarantine/return", **MAY_OPERATE)
def send_back(visit: Visiting, said: Returned) -> SentBack:
    """Return items to their unit, which finds in its list why; they stay in quarantine."""
    return SentBack(items=return_items(visit, said.items, said.why))


class OneReturned(Told):
    name: str
    accession: str
    batch: str
    cause: str  # what is wrong with it
    why: str  # what the unit is told besides


class WhatWasReturned(Told):
    to: str  # the unit's name
    by: str  # the unit that writes
    day: dt.date
    files: list[OneReturned]
    more: int  # that found no place


@router.get("/quarantine/letter", **MAY_OPERATE)
def letter(
    visit: Visiting,
    unit: Annotated[str, Query(min_length=1, max_length=80), Plain],
    batch: Annotated[str, Query(max_length=80), Plain] = "",
) -> WhatWasReturned:
    """What was returned to a unit, as its letter says it."""
    return WhatWasReturned.model_validate(letter_to(visit, unit, batch))


@router.get("/numbers", **MAY_OPERATE)
def numbers(visit: Visiting, first: First = None, last: Last = None, unit: Unit = "") -> Counts:
    """Titles and pages taken in, read and published, by local day, unit and type; true to a minute."""
    since, until = days_of(first, last)
    counts = [
        Count(
            milestone=milestone,
            day=one.day,
            unit=one.unit,
            type=one.resource_type,
            titles=one.items,
            pages=one.pages,
        )
        for milestone, done in visit.portal.watch.tallies.of(since, until, narrowed(visit, unit)).items()
        for one in done
    ]
    return Counts(first=since, last=until, counts=counts)


class Finding(Told):
    level: Literal["ok", "warn", "bad"]
    code: str
    said: str


class InForce(Told):
    settings: dict[str, JsonValue]  # by variable; of a secret only whether it is set
    versions: dict[str, str]
    findings: list[Finding] | None  # of this machine; null: still being looked at


@router.get("/settings", **MAY_OPERATE)
def settings(visit: Visiting) -> InForce:
    """The settings that hold here, and what is wrong with the machine; for who operates the whole."""
    visit.need(Verb.OPERATE, ROOT)
    found = findings_of(visit)
    return InForce(
        settings=in_force(visit.portal.settings),
        versions=dict(versions_of(visit)),
        findings=None
        if found is None
        else [
            Finding.model_validate({"level": one.level, "code": one.code, "said": one.said(visit.lang)})
            for one in found
        ],
    )
