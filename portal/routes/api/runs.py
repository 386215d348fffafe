"""Runs and audits as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from domain.people import ROOT, Verb
from flows.runs import Mark, Phase, Run
from portal.access import MAY_OPERATE
from portal.routes.api.operate import SentAgain
from portal.routes.api.shapes import TO_PEOPLE, V1, Asking, Limit, Told
from portal.routes.operate.audits import audits_of, begin_audit
from portal.routes.operate.runs import items_again, mark_of, run_with_log, runs_of, take_out
from portal.visits import Visit, Visiting

router = APIRouter(prefix=f"{V1}/operate", tags=["operate"], responses=TO_PEOPLE)


class OneRun(Told):
    id: str
    name: str
    phase: Phase
    state: str = Field(validation_alias="type")  # as Prefect calls it
    message: str
    unit: str | None
    batch: str | None
    accessions: list[str]
    lane: str | None
    due: dt.datetime | None
    began: dt.datetime | None
    ended: dt.datetime | None
    machine: str | None


class Runs(Told):
    runs: list[OneRun]
    after: str | None  # pass it to go on; null at the end


class Logged(Told):
    at: dt.datetime | None
    level: int  # as Python's logging counts them
    text: str


class RunWithLog(Told):
    run: OneRun
    log: list[Logged]  # its last lines, the oldest of them first


@router.get("/runs", **MAY_OPERATE)
def runs(
    visit: Visiting,
    phase: Phase | None = None,
    after: Annotated[str, Query(pattern=r"^([0-9]{1,16}\.[0-9a-f-]{36})?$")] = "",
    limit: Limit = 50,
) -> Runs:
    """Flow runs of the units that the asker operates, the latest first."""
    found = runs_of(visit, phase, mark_of(after), limit=limit + 1)
    return Runs(
        runs=[_run(one) for one in found[:limit]],
        after=str(Mark.of(found[limit - 1])) if len(found) > limit else None,
    )


def _run(found: Run) -> OneRun:
    return OneRun.model_validate(found)


@router.get("/runs/{run_id}", **MAY_OPERATE)
def run(visit: Visiting, run_id: UUID) -> RunWithLog:
    """One run, and the end of its log."""
    found, log = run_with_log(visit, run_id)
    return RunWithLog(run=_run(found), log=[Logged.model_validate(line) for line in log])


@router.post("/runs/{run_id}/retry", **MAY_OPERATE)
def retry_run(visit: Visiting, run_id: UUID) -> SentAgain:
    """Send the items of a run that failed on their way again, in a run of their own; none of another run."""
    found, _ = run_with_log(visit, run_id)
    sent, taken = items_again(visit, found.accessions if found.phase is Phase.FAILED else ())
    return SentAgain(items=sent, handed_in=taken)


@router.post("/runs/{run_id}/cancel", status_code=204, **MAY_OPERATE)
def cancel_run(visit: Visiting, run_id: UUID) -> None:
    """Take a run that nobody has begun out of the queue; its items wait until somebody sends them again."""
    take_out(visit, run_id)


class Finding(Told):
    accession: str | None
    name: str
    trouble: str


class LastAudited(Told):
    at: dt.datetime
    by: str
    files: int
    findings: int
    index_differences: int
    named: list[Finding]  # the first of them


class Audit(Told):
    last: LastAudited | None
    failed: str | None  # why one came to nothing since
    under_way: bool
    files_read: int | None  # by the one under way


@router.get("/audit", **MAY_OPERATE)
def audit(visit: Visiting) -> Audit:
    """What the last audit found, and how far the present one is; for who operates the whole."""
    visit.need(Verb.OPERATE, ROOT)
    return _audit(visit)


def _audit(visit: Visit) -> Audit:
    told = audits_of(visit)
    last = told.last and LastAudited(
        at=told.last.at,
        by=told.by,
        files=told.last.files,
        findings=told.last.findings,
        index_differences=told.last.differences,
        named=[Finding.model_validate(one) for one in told.findings],
    )
    return Audit(
        last=last,
        failed=told.failed,
        under_way=told.under_way is not None,
        files_read=None if told.under_way is None else told.under_way.done or 0,
    )


class Begun(Asking):
    mend: bool = False  # and put right what needs no person


@router.post("/audit", status_code=202, **MAY_OPERATE)
def begin(visit: Visiting, said: Begun) -> Audit:
    """Begin an audit: every file is read and compared; 409 while one goes on."""
    begin_audit(visit, mend=said.mend)
    return _audit(visit)
