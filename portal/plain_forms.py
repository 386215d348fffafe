"""Files of a plain form, for browsers without scripts, written to the disk as they come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from domain.errors import UploadStalled, UploadTooLong
from portal import tus
from portal.access import FormNotOurs, same_word
from portal.landing import SILENCE_S, Landing, gathered
from portal.multipart import FormFiles
from portal.visits import Visit

BESIDES = 65_536  # bytes that a form may have besides its files


@asynccontextmanager
async def received(
    request: Request, visit: Visit, here: Landing, *, room: Callable[[], Path]
) -> AsyncIterator[FormFiles]:
    """The whole form; its word stands before the files. ``room``: a new place for a file.

    Raises HTTPException (411, 400, 408), UploadTooLong, UploadBusy, FormNotOurs, NoSpace; of what is not
    taken over in the block nothing stays.
    """
    size = tus.size_of(request.headers)
    if size is None:
        raise HTTPException(411)
    if size > here.longest + BESIDES:
        raise UploadTooLong(size=size, limit=here.longest)
    await here.call(here.drafts.check_space, size)

    def checked(fields: Mapping[str, str]) -> None:
        if not same_word(fields.get("form_token", ""), visit):
            raise FormNotOurs

    form = FormFiles(
        request.headers.get("content-type", ""), room=room, checked=checked, longest=here.longest
    )
    here.enter()
    try:
        with form:
            async for piece in gathered(request.stream(), silence_s=SILENCE_S):
                await here.call(form.feed, piece)
            checked(form.fields)
            yield form
    except ClientDisconnect:
        raise HTTPException(400) from None
    except UploadStalled:
        raise HTTPException(408) from None
    finally:
        here.leave()
