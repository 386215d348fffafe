"""For staff: the items of their units, where each stands, and what people decide of it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query
from pydantic import Field

from config.messages import explain
from domain.desk import Assessment, Verdict
from domain.holdings import Item, State
from portal.access import MAY_ACCESS
from portal.deciding import FOLLOWED, WHO, Decision, decide
from portal.desk import at, follow, item_of
from portal.desk_history import happenings
from portal.desk_words import state_name
from portal.routes.api.shapes import TO_PEOPLE, V1, After, Asking, Limit, Plain, Ref, Told
from portal.standing import listed, standing_of
from portal.visits import Visit, Visiting

router = APIRouter(prefix=V1, tags=["items"], responses=TO_PEOPLE)


class OneItem(Told):
    accession: str
    title: str
    type: str | None
    unit: str
    batch: str
    state: State
    state_in_words: str
    why: str | None  # it is in quarantine, was withdrawn or returned
    pages: int | None  # null: not counted yet
    confidence: float | None  # 0 to 1
    verdict: Verdict | None
    revision: int
    changed_at: dt.datetime
    address: str  # of its page for people


class Items(Told):
    items: list[OneItem]
    after: str | None  # pass it to go on; null at the end


@router.get("/items", **MAY_ACCESS)
def items(
    visit: Visiting,
    state: State | None = None,
    q: Annotated[str, Query(max_length=500), Plain] = "",
    after: After = "",
    limit: Limit = 50,
) -> Items:
    """The items of the asker's units, in the order of their accessions; with ``q`` those found by it."""
    found = listed(visit, text=q, state=state, after=after, limit=limit)
    return Items(
        items=[_item(visit, item, found.verdicts.get(item.id)) for item in found.items], after=found.after
    )


def _item(visit: Visit, item: Item, verdict: Assessment | None) -> OneItem:
    return OneItem(
        accession=item.accession,
        title=item.title,
        type=item.resource_type,
        unit=item.actor.unit,
        batch=item.batch_id,
        state=item.state,
        state_in_words=state_name(item, visit.lang),
        why=explain(item.reason, visit.lang) if item.reason else None,
        pages=item.counts.scanned,
        confidence=item.confidence,
        verdict=verdict.verdict if verdict else None,
        revision=item.revision,
        changed_at=item.updated_at,
        address=visit.site + at(item),
    )


class Step(Told):
    name: str  # pages · record · words · cites · verdict
    done: bool
    left: int


class Judgement(Told):
    verdict: Verdict
    by: str
    at: dt.datetime
    reason: str


class ItemStanding(Told):
    item: OneItem
    next: str  # what to do next, in words
    busy: bool  # programs are at work on it
    steps: list[Step]
    decisions: list[str]  # that the asker may take now
    judgements: list[Judgement]  # the one in force first
    problems: list[str]  # of the page count
    four_eyes: bool  # the unit asks for them
    reports: int  # of readers on the text, that wait for staff


@router.get("/items/{accession}", **MAY_ACCESS)
def item(visit: Visiting, accession: Ref) -> ItemStanding:
    """How an item stands, what is doubtful of it, and what may be decided."""
    return _standing(visit, item_of(visit, accession))


def _standing(visit: Visit, found: Item) -> ItemStanding:
    told = standing_of(visit, found)
    return ItemStanding(
        item=_item(visit, found, told.verdict),
        next=visit.words(f"desk.next.{told.next}"),
        busy=told.busy,
        steps=[Step(name=one.code, done=one.done, left=one.count) for one in told.steps],
        decisions=[one.name.lower() for one in told.decisions],
        judgements=[
            Judgement(
                verdict=one.verdict, by=one.assessor.name, at=one.at, reason=explain(one.reason, visit.lang)
            )
            for one in reversed(told.assessments)
        ],
        problems=list(told.problems),
        four_eyes=told.asks_four_eyes,
        reports=told.reports,
    )


class Event(Told):
    id: int
    at: dt.datetime
    by: str
    what: str
    details: list[str]
    undo: str | None  # record · lines · page · arrangement · reports: which of them takes it back


class History(Told):
    events: list[Event]
    before: int | None  # pass it to go on; null at the end


@router.get("/items/{accession}/history", **MAY_ACCESS)
def history(
    visit: Visiting,
    accession: Ref,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 50,
) -> History:
    """What happened to an item, the latest first."""
    found = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        events = seen.desk.events(found.id, before=before, limit=limit + 1)
    return History(
        events=[
            Event(
                id=one.id,
                at=one.at,
                by=one.who,
                what=one.what,
                details=list(one.details),
                undo=_undo(one.undo),
            )
            for one in happenings(events[:limit], visit.lang)
        ],
        before=events[limit - 1].id if len(events) > limit else None,
    )


def _undo(path: str) -> str | None:
    if not path:
        return None
    kinds = {"mo-ta": "record", "sap-xep": "arrangement", "bao-loi": "reports"}
    return kinds.get(path.partition("/")[0], "lines" if "/sua/" in path else "page")


class Decided(Asking):
    decision: Annotated[str, Field(pattern="^(" + "|".join(one.name.lower() for one in Decision) + ")$")]
    verdict: Verdict | None = None  # for "assess"
    reason: Annotated[str, Field(max_length=5_000), Plain] = ""
    version: Annotated[str, Field(max_length=64)] | None = None  # of the record that was seen, to approve it


@router.post("/items/{accession}/decisions", **MAY_ACCESS)
def decided(visit: Visiting, accession: Ref, said: Decided, background: BackgroundTasks) -> ItemStanding:
    """Assess, approve, publish, withdraw, return, or clear of a marking; says how it stands then."""
    decision = Decision[said.decision.upper()]
    found = item_of(visit, accession, WHO[decision])
    decide(visit, found, decision, reason=said.reason, verdict=said.verdict, seen=said.version)
    if decision in FOLLOWED:
        background.add_task(follow, visit.portal, [found.id])
    return _standing(visit, item_of(visit, accession))
