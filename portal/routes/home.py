"""Whether the portal is there at all."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from portal.access import EVERYONE

router = APIRouter()


@router.get("/song", include_in_schema=False, **EVERYONE)
def alive() -> Response:
    """For whoever watches the process: it answers, whatever the shelf does."""
    return PlainTextResponse("ok")
