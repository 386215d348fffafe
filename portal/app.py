"""The portal as one ASGI application over a shelf."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp

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
from portal.routes.api import arranging as api_arranging
from portal.routes.api import batches as api_batches
from portal.routes.api import guide as api_guide
from portal.routes.api import items as api_items
from portal.routes.api import pages as api_pages
from portal.routes.api import people as api_people
from portal.routes.api import readers as api_readers
from portal.routes.api import record as api_record
from portal.routes.api import reports as api_reports
from portal.security import Guard
from portal.visits import Portal

ROUTERS = (
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
    api_guide.router,
    api_readers.router,
    api_batches.router,
    api_items.router,
    api_record.router,
    api_pages.router,
    api_arranging.router,
    api_reports.router,
    api_people.router,
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
    """The pages of this shelf. The caller opens the shelf, and closes it when the server has stopped.

    ``handed_in`` is called when there is a batch to be taken in.
    """
    app = FastAPI(
        title=TITLE,
        description=DESCRIBED,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=api_guide.DESCRIPTION,
        generate_unique_id_function=_operation_id,
    )
    app.state.portal = Portal(settings, shelf)
    app.state.landing = landing(settings, handed_in)
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app)
    app.add_middleware(
        GZipMiddleware, minimum_size=SMALLEST, compresslevel=EFFORT, exclude_content_types=SENT_AS_THEY_ARE
    )
    return app


def guarded(settings: Settings, shelf: Shelf, *, handed_in: Callable[[], None] = lambda: None) -> ASGIApp:
    """The same behind its guard, which sees the answers to unforeseen errors too: what is to be served."""
    return Guard(create_app(settings, shelf, handed_in=handed_in))
