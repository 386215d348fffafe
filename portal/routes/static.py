"""Styles, scripts and signs, to be kept for ever by browsers and caches."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portal.access import EVERYONE
from portal.assets import held

FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter()


@router.get("/static/{address:path}", include_in_schema=False, **EVERYONE)
def static(request: Request, address: str) -> Response:
    found = held(address)
    if found is None:
        raise HTTPException(404)
    headers = {"cache-control": FOR_EVER, "vary": "Accept-Encoding"}
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(found.packed, media_type=found.media_type, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)
