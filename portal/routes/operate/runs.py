"""Runs as Prefect has them: the list, one with the end of its log, trying again, taking out of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from config.messages import explain
from domain.errors import ItemNotFound, NotAllowed, RunnerError, ServerNotReady
from domain.holdings import Item
from domain.people import Verb
from flows.api import open_api
from flows.runs import LogLine, Mark, Phase, Run, cancel_waiting, find_runs, log_tail, run_of
from portal.access import MAY_OPERATE
from portal.operate.asking import PATIENCE
from portal.operate.retrying import AT_ONCE, send_again
from portal.operate.scope import units_of
from portal.peopled import unit_names
from portal.routes.operate.now import runner_pages
from portal.visits import Visit, Visiting

RUNS = "/van-hanh/luot-chay"
SLICE = 50  # runs of one page

router = APIRouter()


@router.get(RUNS, include_in_schema=False, **MAY_OPERATE)
def runs(
    visit: Visiting,
    phase: Annotated[Phase | None, Query(alias="loai")] = None,
    after: Annotated[str, Query(alias="sau", pattern=r"^([0-9]{1,16}\.[0-9a-f-]{36})?$")] = "",
    done: Annotated[str, Query(alias="xong", pattern="^(retried|later|none)?$")] = "",
) -> Response:
    found: Sequence[Run] = ()
    trouble = None
    mark = mark_of(after)
    try:
        found = runs_of(visit, phase, mark, limit=SLICE + 1)
    except RunnerError as error:
        trouble = explain(error.reason, visit.lang)
    with visit.shelf.catalog.view() as seen:
        names = unit_names(seen)
    return visit.page(
        "operate/runs.html",
        runs=found[:SLICE],
        names=names,
        phase=phase,
        phases=[*Phase],
        first=mark is None,
        next=str(Mark.of(found[SLICE - 1])) if len(found) > SLICE else None,
        trouble=trouble,
        done=done,
        pages=runner_pages(visit),
    )


def mark_of(after: str) -> Mark | None:
    """Where a list was left; None at its beginning. Raises HTTPException (422)."""
    try:
        return Mark.read(after) if after else None
    except ValueError:
        raise HTTPException(422) from None


def runs_of(visit: Visit, phase: Phase | None, mark: Mark | None, *, limit: int) -> Sequence[Run]:
    """Of the units that the visitor operates. Raises ServerNotReady, RunFailed."""
    with open_api(visit.portal.settings, patience=PATIENCE) as api:
        return find_runs(api, phase, units_of(visit), after=mark, limit=limit)


@router.get(f"{RUNS}/{{run_id}}", include_in_schema=False, **MAY_OPERATE)
def run(
    visit: Visiting,
    run_id: UUID,
    done: Annotated[str, Query(alias="xong", pattern="^(retried|later|none|cancelled)?$")] = "",
) -> Response:
    found, log = run_with_log(visit, run_id)
    with visit.shelf.catalog.view() as seen:
        name = unit_names(seen).get(found.unit or "", found.unit or "–")
    return visit.page(
        "operate/run.html",
        run=found,
        unit_name=name,
        items=_items(visit, found.accessions),
        at_once=AT_ONCE,
        log=log,
        done=done,
        pages=runner_pages(visit, found.id),
    )


def run_with_log(visit: Visit, run_id: UUID) -> tuple[Run, Sequence[LogLine]]:
    """A run and the end of its log. Raises RunNotFound, NotAllowed, ServerNotReady."""
    with open_api(visit.portal.settings, patience=PATIENCE) as api:
        found = _allowed(visit, run_of(api, str(run_id)))
        return found, log_tail(api, found.id)


@router.post(f"{RUNS}/{{run_id}}/lam-lai", include_in_schema=False, **MAY_OPERATE)
def retry_run(
    visit: Visiting,
    run_id: UUID,
    shown: Annotated[list[str], Form(alias="muc", max_length=AT_ONCE)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Send the items of a run that failed on their way again, in a run of their own.

    While Prefect says nothing, ``muc`` tells which items the page of the run has shown.
    """
    accessions: Sequence[str] = shown
    back = RUNS
    try:
        with open_api(visit.portal.settings, patience=PATIENCE) as api:
            found = _allowed(visit, run_of(api, str(run_id)))
        accessions = found.accessions if found.phase is Phase.FAILED else ()
        back = f"{RUNS}/{run_id}"
    except ServerNotReady:
        if not shown:
            raise
    sent, taken = items_again(visit, accessions)
    done = "none" if not sent else "retried" if taken else "later"
    return RedirectResponse(f"{back if done != 'later' else RUNS}?xong={done}", 303)


def items_again(visit: Visit, accessions: Sequence[str]) -> tuple[int, bool]:
    """How many of a run's items go on their way again, and whether Prefect has them. Raises NotAllowed."""
    items = _items(visit, accessions)
    for item in items:
        visit.need(Verb.OPERATE, item.actor.unit)
    return send_again(visit.portal.settings, visit.shelf, visit.acting, items)


@router.post(f"{RUNS}/{{run_id}}/rut", include_in_schema=False, **MAY_OPERATE)
def cancel_run(visit: Visiting, run_id: UUID) -> Response:
    take_out(visit, run_id)
    return RedirectResponse(f"{RUNS}/{run_id}?xong=cancelled", 303)


def take_out(visit: Visit, run_id: UUID) -> None:
    """Take a run that nobody has begun out of the queue; its items wait until somebody sends them again.

    Raises RunNotFound, RunNotWaiting, NotAllowed, ServerNotReady.
    """
    with open_api(visit.portal.settings, patience=PATIENCE) as api:
        found = _allowed(visit, run_of(api, str(run_id)))
        cancel_waiting(api, found.id)
    with visit.shelf.catalog.begin() as changes:
        visit.acting.note(changes, "run_cancelled", found.name)


def _allowed(visit: Visit, found: Run) -> Run:
    """Raises NotAllowed for a run of a unit that the visitor does not operate."""
    units = units_of(visit)
    if units is not None and found.unit not in units:
        raise NotAllowed(verb=Verb.OPERATE.value, unit=found.unit or "")
    return found


def _items(visit: Visit, accessions: Sequence[str]) -> list[Item]:
    """What a run is about, as far as it still is on the shelf."""
    items = []
    with visit.shelf.catalog.view() as seen:
        for accession in accessions:
            try:
                items.append(seen.item(accession))
            except ItemNotFound:
                continue
    return items
