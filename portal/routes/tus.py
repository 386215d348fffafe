"""Files come in: the tus protocol 1.0 (core, creation, expiration, checksum, termination).

Whatever can refuse a request is asked before a byte of its body is read. The disk is the business of a
few threads of our own, so that other pages are answered meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from domain.errors import UploadStalled
from flows.steps.uploads import Draft, declared
from flows.steps.writing import Writer
from portal import tus
from portal.access import MAY_UPDATE
from portal.landing import SILENCE_S, Here, Landing, gathered, own_draft
from portal.visits import Visiting

router = APIRouter(prefix=tus.ROOT, include_in_schema=False)


def _spoken(draft: str, visit: Visiting, here: Here) -> Draft:
    """The caller's own draft. Raises DraftNotFound, NotAllowed; HTTPException(412) for another protocol."""
    tus.check_version(visit.request.headers)
    return own_draft(visit, here, draft)


Own = Annotated[Draft, Depends(_spoken)]


@router.options("/{draft}", **MAY_UPDATE)
def able(here: Here) -> Response:
    said = {
        "tus-resumable": tus.VERSION,
        "tus-version": tus.VERSION,
        "tus-extension": tus.EXTENSIONS,
        "tus-checksum-algorithm": "sha256",
        "tus-max-size": str(here.longest),
    }
    return Response(status_code=204, headers=said)


@router.post("/{draft}", **MAY_UPDATE)
def create(request: Request, own: Own, here: Here) -> Response:
    """Make room for a file that is told of; its bytes come afterwards."""
    length = tus.whole_number(request.headers.get("upload-length"))
    pairs = tus.metadata(request.headers)
    changed = pairs.get("changed", "")
    said = declared(
        pairs.get("filename", ""),
        pairs.get("folder", ""),
        length,
        tus.whole_number(changed) if changed else None,
        longest=here.longest,
    )
    made = here.drafts.expect(own.id, said)
    where = {"location": f"{tus.ROOT}/{own.id}/{made.upload.id}"}
    return Response(status_code=201, headers=tus.told(made) | where)


@router.get("/{draft}/{upload}", **MAY_UPDATE)
def how_far(upload: str, own: Own, here: Here) -> Response:
    """Asked for by HEAD, which ``Guard`` hands on as GET."""
    return Response(headers=tus.told(here.drafts.upload(own.id, upload)))


@router.delete("/{draft}/{upload}", **MAY_UPDATE)
def terminate(upload: str, own: Own, here: Here) -> Response:
    here.drafts.remove(own.id, upload)
    return Response(status_code=204, headers={"tus-resumable": tus.VERSION})


@router.patch("/{draft}/{upload}", **MAY_UPDATE)
async def append(request: Request, upload: str, own: Own, here: Here) -> Response:
    """The next piece of a file."""
    headers = request.headers
    tus.check_piece(headers)
    offset, size = tus.whole_number(headers.get("upload-offset")), tus.size_of(headers)
    promised = tus.promised(headers)
    here.enter()
    try:
        writer = await here.call(
            here.drafts.writer, own.id, upload, offset=offset, size=size, promised=promised
        )
        await _receive(request, here, writer)
    finally:
        here.leave()
    found = await here.call(here.drafts.upload, own.id, upload)
    return Response(status_code=204, headers=tus.told(found))


async def _receive(request: Request, here: Landing, writer: Writer) -> None:
    """Write the body as it comes; what cannot be relied on is gone before anybody is answered."""
    try:
        try:
            async for piece in gathered(request.stream(), silence_s=SILENCE_S):
                await here.call(writer.write, piece)
            await here.call(writer.keep)
        except (ClientDisconnect, UploadStalled):
            await here.call(writer.break_off)
            raise
        except asyncio.CancelledError:  # the server stops: no thread can be waited for any more
            writer.break_off()
            raise
    except ClientDisconnect:
        raise HTTPException(400) from None  # nobody is there to read it
    finally:
        writer.close()
