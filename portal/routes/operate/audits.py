"""Audits: what the last one found, how far the present one is, and beginning another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from config.messages import explain
from domain.holdings import Lease, ProvenanceEvent
from domain.people import ROOT, Verb
from domain.values import Reason
from flows.auditing import start_audit
from flows.steps.audit_turn import audit_under_way
from portal.access import MAY_OPERATE
from portal.operate.now import LastAudit, last_audit
from portal.visits import Visit, Visiting

AUDITS = "/van-hanh/kiem-tra"

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Found:
    """One finding as it was kept."""

    accession: str | None
    name: str
    trouble: str


@router.get(AUDITS, include_in_schema=False, **MAY_OPERATE)
def audits(visit: Visiting) -> Response:
    visit.need(Verb.OPERATE, ROOT)
    return _page(visit, "operate/audits.html")


@router.get(f"{AUDITS}/luc-nay", include_in_schema=False, **MAY_OPERATE)
def part(visit: Visiting) -> Response:
    visit.need(Verb.OPERATE, ROOT)
    return _page(visit, "operate/parts/audit.html")


@router.post(AUDITS, include_in_schema=False, **MAY_OPERATE)
def begin(visit: Visiting, mend: Annotated[bool, Form(alias="sua")] = False) -> Response:
    begin_audit(visit, mend=mend)
    return RedirectResponse(AUDITS, 303)


def begin_audit(visit: Visit, *, mend: bool) -> None:
    """Begin an audit in a process of its own. Raises AuditUnderWay, NotAllowed."""
    visit.need(Verb.OPERATE, ROOT)
    start_audit(visit.portal.settings, visit.shelf, visit.acting.actor, mend=mend)
    with visit.shelf.catalog.begin() as changes:
        visit.acting.note(changes, "repair_begun" if mend else "audit_begun", "")


@dataclass(frozen=True)
class Audits:
    """What the last audit found, and how far the present one is."""

    last: LastAudit | None
    by: str
    findings: list[Found]  # the first ones, as they were kept
    mended: ProvenanceEvent | None  # what was put right after the last audit
    failed: str | None  # why one came to nothing, after the last that did not
    under_way: Lease | None


def _page(visit: Visit, template: str) -> Response:
    return visit.page(template, **vars(audits_of(visit)))


def audits_of(visit: Visit) -> Audits:
    with visit.shelf.catalog.view() as seen:
        events = {one: seen.shelf_event(one) for one in ("audited", "mended", "audit_failed")}
        clock = seen.clock()
    audited, failed = events["audited"], events["audit_failed"]
    return Audits(
        last=last_audit(audited, clock),
        by=audited.actor.name if audited else "",
        findings=_findings(audited),
        mended=events["mended"] if _later(events["mended"], audited) else None,
        failed=explain(_reason(failed), visit.lang) if failed and _later(failed, audited) else None,
        under_way=audit_under_way(visit.shelf),
    )


def _later(one: ProvenanceEvent | None, other: ProvenanceEvent | None) -> bool:
    return one is not None and (other is None or one.at >= other.at)


def _reason(failed: ProvenanceEvent) -> Reason:
    fields = failed.options.get("fields")
    return Reason(str(failed.options.get("code")), fields if isinstance(fields, Mapping) else {})


def _findings(audited: ProvenanceEvent | None) -> list[Found]:
    named = audited.options.get("named") if audited else None
    if not isinstance(named, list):
        return []
    return [
        Found(one.get("accession"), str(one.get("name")), str(one.get("trouble")))
        for one in named
        if isinstance(one, dict)
    ]
