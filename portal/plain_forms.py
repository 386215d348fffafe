"""Files that come in one request, of a plain form or by themselves, written to the disk as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
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
    await _announced(request, here, here.longest + BESIDES)

    def checked(fields: Mapping[str, str]) -> None:
        if not same_word(fields.get("form_token", ""), visit):
            raise FormNotOurs

    form = FormFiles(
        request.headers.get("content-type", ""), room=room, checked=checked, longest=here.longest
    )
    with form, _taking(here):
        async for piece in gathered(request.stream(), silence_s=SILENCE_S):
            await here.call(form.feed, piece)
        checked(form.fields)
        yield form


@asynccontextmanager
async def landed(
    request: Request, here: Landing, *, room: Callable[[], Path]
) -> AsyncIterator[tuple[Path, int]]:
    """The body as one file, and its length in bytes; gone when the block ends. ``room``: a place for it.

    Raises HTTPException (411, 400, 408), UploadTooLong, UploadBusy, StoreFull.
    """
    size = await _announced(request, here, here.longest)
    path = await here.call(room)
    try:
        with _taking(here):
            async for piece in gathered(request.stream(), silence_s=SILENCE_S):
                await here.call(_append, path, piece)
            if await here.call(_length, path) != size:
                raise HTTPException(400)
            yield path, size
    finally:
        path.unlink(missing_ok=True)


async def _announced(request: Request, here: Landing, most: int) -> int:
    """The length that the request says it has, for which there is room."""
    size = tus.size_of(request.headers)
    if size is None:
        raise HTTPException(411)
    if size > most:
        raise UploadTooLong(size=size, limit=here.longest)
    await here.call(here.drafts.check_space, size)
    return size


@contextmanager
def _taking(here: Landing) -> Iterator[None]:
    here.enter()
    try:
        yield
    except ClientDisconnect:
        raise HTTPException(400) from None
    except UploadStalled:
        raise HTTPException(408) from None
    finally:
        here.leave()


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
