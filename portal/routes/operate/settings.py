"""Settings in force, versions, and what is wrong with this machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from fastapi import APIRouter
from starlette.responses import Response

from config.in_force import in_force
from domain.errors import OcrError
from domain.people import ROOT, Verb
from domain.values import Json
from flows.examine import Finding
from flows.steps.work import program_version
from portal.access import MAY_OPERATE
from portal.visits import Visit, Visiting

SETTINGS = "/van-hanh/cai-dat"
_LIBRARIES = ("prefect", "SQLAlchemy", "pikepdf", "tantivy", "elasticsearch", "fastapi", "uvicorn")

router = APIRouter()


@router.get(SETTINGS, include_in_schema=False, **MAY_OPERATE)
def settings(visit: Visiting) -> Response:
    visit.need(Verb.OPERATE, ROOT)
    found = findings_of(visit)
    return visit.page(
        "operate/settings.html",
        findings=sorted(
            ((one.level, one.said(visit.lang)) for one in found or ()),
            key=lambda told: ("bad", "warn", "ok").index(told[0]),
        ),
        asking=found is None,
        versions=[*versions_of(visit)],
        settings=[(name, _shown(visit, value)) for name, value in in_force(visit.portal.settings).items()],
    )


def findings_of(visit: Visit) -> Sequence[Finding] | None:
    """What is wrong with this machine, and what is right; None while that is looked at."""
    found = visit.portal.watch.findings().said
    return None if found is None else [one for one in found if not _ourselves(visit, one)]


def _ourselves(visit: Visit, finding: Finding) -> bool:
    """Whether the port that is taken is taken by these pages."""
    used = finding.fields.get("port")
    return finding.code == "port_used" and used == visit.portal.settings.portal_port


def versions_of(visit: Visit) -> Iterator[tuple[str, str]]:
    yield "tusach", program_version()
    try:
        name, _, number = visit.shelf.ocr.describe().partition(" ")
    except OcrError as error:
        name, number = visit.words("doctor.ocr"), visit.words(error.code, **error.fields)
    yield name, number
    yield "Python", platform.python_version()
    for library in _LIBRARIES:
        yield library, version(library)


def _shown(visit: Visit, value: Json) -> str:
    if isinstance(value, dict):
        return visit.words("doctor.set" if value["set"] else "doctor.unset")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None or value == "" else str(value)
