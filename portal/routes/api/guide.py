"""What the API is, for people who write programs: a page made from the description itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from portal.access import ACCESS, EVERYONE
from portal.visits import Visiting

GUIDE = "/api"
TAGS = ("readers", "batches", "items", "operate", "people", "account")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    name: str  # of its sentence: ``api.does.readers_search``
    who: str  # everyone · signed in · one of the verbs


@router.get(GUIDE, **EVERYONE)
def guide(visit: Visiting) -> Response:
    app: FastAPI = visit.request.app
    found = list(_operations(app.openapi()))
    groups = [(tag, [one for one in found if one.name.startswith(f"{tag}_")]) for tag in TAGS]
    return visit.page("api/guide.html", groups=groups, description=app.openapi_url)


def _operations(description: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            yield Operation(method.upper(), path, told["operationId"], told[ACCESS])
