"""Where files land: what the requests of one process share while they take them in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from config.settings import Settings
from domain.errors import DraftNotFound, UploadBusy, UploadStalled
from domain.people import Verb
from flows.steps.drafts import Drafts, drafts_in
from flows.steps.uploads import Draft
from portal.visits import Visit

AT_ONCE = 32  # pieces that one process takes in; each has half a megabyte in memory
PIECE = 512 * 1024  # bytes gathered before they are written
SILENCE_S = 20.0  # without a byte, until a line counts as gone and the file's lock is let go
THREADS = 4  # that write; the pages have others

P = ParamSpec("P")
R = TypeVar("R")


class Landing:
    """What the requests of one process share."""

    def __init__(self, drafts: Drafts, *, longest: int, handed_in: Callable[[], None]) -> None:
        """``longest``: bytes that a file may have. ``handed_in``: called when a draft is to be taken in."""
        self.drafts, self.longest, self.handed_in = drafts, longest, handed_in
        self._threads = CapacityLimiter(THREADS)
        self._taking = 0

    async def call(self, work: Callable[P, R], /, *given: P.args, **named: P.kwargs) -> R:
        return await run_sync(lambda: work(*given, **named), limiter=self._threads)

    def enter(self) -> None:
        """Raises UploadBusy."""
        if self._taking >= AT_ONCE:
            raise UploadBusy
        self._taking += 1

    def leave(self) -> None:
        self._taking -= 1


def _landing_of(request: Request) -> Landing:
    landing: Landing = request.app.state.landing
    return landing


Here = Annotated[Landing, Depends(_landing_of)]


def landing(settings: Settings, handed_in: Callable[[], None]) -> Landing:
    return Landing(drafts_in(settings.data_dir), longest=settings.intake.max_file_bytes, handed_in=handed_in)


def own_draft(visit: Visit, here: Landing, draft_id: str) -> Draft:
    """The visitor's own, where they may still upload. Raises DraftNotFound for another's, NotAllowed."""
    draft = here.drafts.draft(draft_id)
    if draft.owner != visit.signed.person.id:
        raise DraftNotFound(draft=draft_id[:80])
    visit.need(Verb.UPDATE, draft.unit)
    return draft


async def gathered(chunks: AsyncIterator[bytes], *, silence_s: float) -> AsyncIterator[bytes]:
    """The same bytes in pieces of about PIECE. Raises UploadStalled, having given what came before."""
    held: list[bytes] = []
    size = 0
    while True:
        try:
            async with asyncio.timeout(silence_s):
                chunk = await anext(chunks, None)
        except (TimeoutError, ClientDisconnect) as error:
            if held:
                yield b"".join(held)
            if isinstance(error, TimeoutError):
                raise UploadStalled(seconds=round(silence_s)) from None
            raise
        if chunk is not None:
            held.append(chunk)
            size += len(chunk)
        if size >= PIECE or (chunk is None and held):
            yield b"".join(held)
            held, size = [], 0
        if chunk is None:
            return
