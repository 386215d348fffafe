"""For staff: the items of their units, where each stands, what is to be done next, and what people decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from catalog.records import fingerprint
from config.messages import Lang, explain
from domain.desk import Verdict
from domain.errors import DecisionError, MoveNotAllowed, ShelfError
from domain.holdings import Item, State
from domain.ids import ItemId
from domain.people import Verb
from flows.steps import publish
from portal.access import MAY_ACCESS, MAY_MANAGE
from portal.deciding import EXPLAINED, FOLLOWED, WHO, Decision
from portal.deciding import decide as take
from portal.desk import DESK, Accession, at, by, follow, followed, item_of
from portal.desk_history import happenings
from portal.desk_words import state_name, type_name
from portal.errors import status_of
from portal.peopled import unit_names
from portal.standing import Listed, listed, standing_of
from portal.visits import Visit, Visiting

AT_ONCE = 50  # items or events on a page
MOST_CHOSEN = 100  # items decided at once

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One item in a list."""

    accession: str
    title: str
    type: str
    unit: str
    state: str
    state_name: str
    pages: int | None
    verdict: str | None
    reports: int  # of readers, that wait for staff


@router.get(DESK, **MAY_ACCESS)
def items(
    visit: Visiting,
    state: Annotated[str, Query(alias="trang-thai", max_length=20)] = "",
    text: Annotated[str, Query(alias="q", max_length=500)] = "",
    after: Annotated[str, Query(alias="sau", max_length=80)] = "",
    reported: Annotated[str, Query(alias="bao-loi", max_length=1)] = "",
) -> Response:
    chosen = State(state) if state in list(State) else None
    found = listed(visit, text=text, state=chosen, after=after, limit=AT_ONCE, reported=bool(reported))
    return visit.page(
        "desk/items.html",
        lines=[_line(item, found, visit.lang) for item in found.items],
        states=[one.value for one in State],
        state=chosen.value if chosen else "",
        asked=" ".join(text.split()),
        reported=bool(reported),
        waiting=found.waiting,
        after=found.after,
        may_decide=visit.may(Verb.MANAGE) and chosen in (State.DESCRIBED, State.APPROVED),
    )


def _line(item: Item, found: Listed, lang: Lang) -> Line:
    verdict = found.verdicts.get(item.id)
    return Line(
        accession=item.accession,
        title=item.title,
        type=type_name(item.resource_type, lang),
        unit=item.actor.unit,
        state=item.state.value,
        state_name=state_name(item, lang),
        pages=item.counts.scanned,
        verdict=verdict.verdict.value if verdict else None,
        reports=found.reports.get(item.id, 0),
    )


@router.post(f"{DESK}/nhieu", **MAY_MANAGE)
def decide_many(
    visit: Visiting,
    decision: Annotated[Decision, Form(alias="quyet-dinh")],
    chosen: Annotated[list[str], Form(alias="ma", max_length=MOST_CHOSEN)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Approve or publish several; what cannot be decided is told, and the others go on."""
    step = {Decision.APPROVE: publish.approve, Decision.PUBLISH: publish.let_out}.get(decision)
    told: list[tuple[str, str, str]] = []
    done: list[ItemId] = []
    for accession in dict.fromkeys(chosen) if step else ():
        try:
            item = item_of(visit, accession[:80], Verb.MANAGE)
            now = step(visit.shelf, item.id, by(visit, item)) if step else item
            told.append((item.accession, item.title, state_name(now, visit.lang)))
            done.append(item.id)
        except ShelfError as error:
            told.append((accession[:80], "", explain(error.reason, visit.lang)))
    answer = visit.page("desk/decided.html", told=told)
    if done:
        answer.background = BackgroundTask(follow, visit.portal, done)
    return answer


@router.get(f"{DESK}/{{accession}}", **MAY_ACCESS)
def item_page(visit: Visiting, accession: Accession) -> Response:
    return _item_page(visit, item_of(visit, accession))


def _item_page(visit: Visit, item: Item) -> Response:
    told = standing_of(visit, item)
    with visit.shelf.catalog.view() as seen:
        unit_name = unit_names(seen).get(item.actor.unit, item.actor.unit)
    return visit.page(
        "desk/item.html",
        item=item,
        unit_name=unit_name,
        address=at(item),
        state_name=state_name(item, visit.lang),
        reason=explain(item.reason, visit.lang) if item.reason else "",
        next=told.next,
        busy=told.busy,
        steps=told.steps,
        decisions=[one.value for one in told.decisions],
        assessments=[*reversed(told.assessments)],
        because=[explain(one.reason, visit.lang) for one in reversed(told.assessments)],
        verdict=told.verdict,
        type=type_name(item.resource_type, visit.lang),
        happened=happenings(told.recent, visit.lang),
        may_update=visit.may(Verb.UPDATE, item.actor.unit),
        asks_four_eyes=told.asks_four_eyes,
        problems=told.problems,
        uncounted=told.uncounted,
        reports=told.reports,
    )


@router.get(f"{DESK}/{{accession}}/lich-su", **MAY_ACCESS)
def history(
    visit: Visiting,
    accession: Accession,
    before: Annotated[int | None, Query(alias="truoc", ge=1, le=2**62)] = None,
) -> Response:
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        found = seen.desk.events(item.id, before=before, limit=AT_ONCE + 1)
    more = found[AT_ONCE - 1].id if len(found) > AT_ONCE else None
    return visit.page(
        "desk/history.html",
        item=item,
        address=at(item),
        happened=happenings(found[:AT_ONCE], visit.lang),
        may_update=visit.may(Verb.UPDATE, item.actor.unit),
        more=more,
    )


# what people decide


@router.get(f"{DESK}/{{accession}}/quyet-dinh/{{decision}}", **MAY_ACCESS)
def ask(visit: Visiting, accession: Accession, decision: Decision) -> Response:
    return _ask(visit, item_of(visit, accession, WHO[decision]), decision)


@router.post(f"{DESK}/{{accession}}/quyet-dinh/{{decision}}", **MAY_ACCESS)
def decide(
    visit: Visiting,
    accession: Accession,
    decision: Decision,
    reason: Annotated[str, Form(alias="ly-do", max_length=5_000)] = "",
    verdict: Annotated[Verdict | None, Form(alias="danh-gia")] = None,
    version: Annotated[str, Form(alias="ban", max_length=64)] = "",
) -> Response:
    item = item_of(visit, accession, WHO[decision])
    if decision is Decision.ASSESS and verdict is None:
        return _ask(visit, item, decision, said=visit.words("desk.decide.verdict_needed"), reason=reason)
    try:
        take(visit, item, decision, reason=reason, verdict=verdict, seen=version or None)
    except (DecisionError, MoveNotAllowed) as error:
        told = explain(error.reason, visit.lang)
        if isinstance(error, MoveNotAllowed):
            told = visit.words("desk.decide.overtaken", state=item.state.value)
        return _ask(visit, item, decision, said=told, reason=reason, status=status_of(error))
    if decision in FOLLOWED:
        return followed(visit.portal, at(item), [item.id])
    return RedirectResponse(at(item), 303)


def _ask(
    visit: Visit, item: Item, decision: Decision, *, said: str = "", reason: str = "", status: int = 200
) -> Response:
    vouches = decision in (Decision.APPROVE, Decision.PUBLISH)
    with visit.shelf.catalog.view() as seen:
        version = fingerprint(seen.record(item.id)) if vouches else ""
    steps = standing_of(visit, item).steps if vouches else ()
    return visit.page(
        "desk/decide.html",
        status=422 if said and status == 200 else status,
        item=item,
        address=at(item),
        decision=decision.name.lower(),
        to=at(item, "quyet-dinh", decision.value),
        explained=decision in EXPLAINED,
        verdicts=[one.value for one in Verdict] if decision is Decision.ASSESS else [],
        state_name=state_name(item, visit.lang),
        why=explain(item.reason, visit.lang) if item.reason else "",
        said=said,
        reason=reason,
        version=version,
        left=[one for one in steps if one.count],
    )
