"""What the routes of the API share: how refusals are described, and what may stand in a parameter."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict

from portal.refusals import Refused

V1 = "/api/v1"
MOST = 200  # of a list at once
_WHY = {
    400: "The body is no JSON, or cannot be read.",
    401: "No key, or one that has ended.",
    403: "The key's verbs, or its owner's roles, do not allow it there.",
    404: "Nothing of that name, or nothing that the asker may see.",
    408: "The line was silent for too long.",
    409: "It stands otherwise by now: look again, then ask again.",
    410: "Withdrawn; the message says why.",
    411: "The length of the body was not said.",
    413: "The body is too large.",
    414: "Path and query are too long.",
    422: "A value makes no sense; ``fields`` names it.",
    423: "Too much is being sent at this moment; wait.",
    429: "Too often, or too many; wait.",
    503: "A part of the installation does not answer; wait as ``Retry-After`` says.",
    507: "The disk is full.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How an operation may be refused, for its description."""
    return {status: {"model": Refused, "description": _WHY[status]} for status in sorted(statuses)}


TO_READERS = refusals(400, 404, 410, 413, 414, 422, 429, 503)
TO_PEOPLE = refusals(400, 401, 403, 404, 409, 413, 414, 422, 429, 503)


class Told(BaseModel):
    """What the API answers: of the values that are named alike, unless the field says otherwise."""

    model_config = ConfigDict(from_attributes=True)


class Asking(BaseModel):
    """What a body says: the named fields alone."""

    model_config = ConfigDict(extra="forbid")


Plain = AfterValidator(partial(unicodedata.normalize, "NFC"))
"""For every text that comes in; what no database keeps, the catalogue replaces by itself."""

Ref = Annotated[str, Path(max_length=80, pattern=r"^[0-9A-Za-z-]+$")]
"""An accession, or the id of an item or a batch."""

Number = Annotated[int, Path(ge=1, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[str, Query(max_length=80), Plain]
EventId = Annotated[int, Query(ge=1, le=2**62)]
