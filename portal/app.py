"""The portal as one ASGI application over a shelf: the pages, and the API once somebody asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from config.settings import Settings
from domain.ports import Shelf
from flows.steps.book_files import MEDIA_TYPES
from portal import errors
from portal.landing import landing
from portal.routes import (
    account,
    acts,
    batches,
    browse,
    desk_arranging,
    desk_items,
    desk_pages,
    desk_record,
    desk_reports,
    drafts,
    feeds,
    four_eyes,
    home,
    items,
    oidc,
    operate,
    people,
    preferences,
    reading,
    search,
    sign_in,
    static,
    tus,
    units,
)
from portal.security import Guard
from portal.signing import API
from portal.visits import Portal

PAGES = (
    home.router,
    preferences.router,
    static.router,
    browse.router,
    search.router,
    items.router,
    reading.router,
    feeds.router,
    sign_in.router,
    oidc.router,
    account.router,
    people.router,
    units.router,
    acts.router,
    tus.router,
    drafts.router,  # before the batches: theirs is any other address below
    batches.router,
    desk_items.router,
    desk_record.router,
    desk_pages.router,
    desk_arranging.router,
    desk_reports.router,
    four_eyes.router,
    *operate.ROUTERS,
)
TITLE = "Tủ sách pháp luật"
DESCRIBED = """What the pages do, as JSON. Keys (`Authorization: Bearer tst_…`) are made on the account page;
each has its owner's rights in the verbs that were chosen for it. Every refusal is
`{"error": {"code", "message", "fields"}}`, its message in Vietnamese or, by `Accept-Language`, in English.

**Sending files.** `POST /api/v1/drafts` begins a batch and tells where its files go (`upload_to`). There they
are sent by tus 1.0, with the same key: `POST` with `Upload-Length` and `Upload-Metadata` (filename, folder)
makes room and answers with `Location`; `PATCH` there with `Upload-Offset`, and `Upload-Checksum` of sha256,
brings the bytes; `HEAD` says how far it is. `POST /api/v1/drafts/{draft}/hand-in` ends it.
"""
SMALLEST = 500  # bytes worth compressing
# Files to be saved: their length is told, and a part of them can be asked for.
SENT_AS_THEY_ARE = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    *(media_type.partition(";")[0] for media_type in MEDIA_TYPES.values()),
)
EFFORT = 5  # of gzip; a page of 60 kB takes about a millisecond


def _operation_id(route: APIRoute) -> str:
    """ "items_record": what generated programs call it."""
    return "_".join([*map(str, route.tags[:1]), route.name])


def create_app(settings: Settings, shelf: Shelf, *, handed_in: Callable[[], None]) -> FastAPI:
    """The pages of this shelf and its API. The caller opens the shelf, and closes it when all is over.

    ``handed_in`` is called when there is a batch to be taken in.
    """
    return _Made(settings, shelf, handed_in).of(every_router())


def guarded(settings: Settings, shelf: Shelf, *, handed_in: Callable[[], None] = lambda: None) -> ASGIApp:
    """The same behind its guard, which sees the answers to unforeseen errors too: what is to be served."""
    return Guard(_ApiLate(_Made(settings, shelf, handed_in)))


def every_router() -> tuple[APIRouter, ...]:
    """Those of the pages, and those of the API, which are loaded now."""
    from portal.routes.api.listed import ROUTERS  # what describes its answers takes 5 MB

    return (*PAGES, *ROUTERS)


class _Made:
    """Makes applications that share what requests share."""

    def __init__(self, settings: Settings, shelf: Shelf, handed_in: Callable[[], None]) -> None:
        self._portal = Portal(settings, shelf)
        self._landing = landing(settings, handed_in)

    def of(self, routers: Sequence[APIRouter]) -> FastAPI:
        app = FastAPI(
            title=TITLE,
            description=DESCRIBED,
            version="1",
            docs_url=None,
            redoc_url=None,
            openapi_url=f"{API}openapi.json",
            generate_unique_id_function=_operation_id,
        )
        app.state.portal, app.state.landing = self._portal, self._landing
        for router in routers:
            app.include_router(router)
        errors.install(app)
        app.add_middleware(
            GZipMiddleware,
            minimum_size=SMALLEST,
            compresslevel=EFFORT,
            exclude_content_types=SENT_AS_THEY_ARE,
        )
        return app


class _ApiLate:
    """The pages, until somebody asks for the API: most portals never need what it takes."""

    def __init__(self, made: _Made) -> None:
        self._made = made
        self._pages = made.of(PAGES)
        self._whole: FastAPI | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await self._loaded() if scope["type"] == "http" and _is_api(scope["path"]) else self._pages
        await app(scope, receive, send)

    async def _loaded(self) -> FastAPI:
        async with self._making:
            if self._whole is None:
                self._whole = await run_sync(lambda: self._made.of(every_router()))
            return self._whole


_OF_PAGES = frozenset(one.path for router in PAGES for one in router.routes if isinstance(one, APIRoute))


def _is_api(path: str) -> bool:
    """Whether it is of the API, and nothing that our own pages ask for."""
    return f"{path}/".startswith(API) and path not in _OF_PAGES
