"""For staff: the pages of an item turned, parted, joined, moved, scanned again; and their pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request
from pydantic import Field
from starlette.responses import Response

from domain.arrangement import Cut
from domain.errors import PageNotKnown
from domain.holdings import Item
from flows.place import Place
from flows.scratch import room
from flows.steps.arranging import (
    arranged,
    join_pages,
    move_page,
    part_page,
    scan_again,
    turn_page,
    undo_arranging,
)
from flows.steps.uploads import declared
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import by, changeable, follow, item_of
from portal.landing import Here, Landing
from portal.plain_forms import landed
from portal.routes.api.shapes import TO_PEOPLE, V1, Asking, EventId, Number, Plain, Ref, Told, refusals
from portal.routes.desk_pages import Picture, picture_of
from portal.visits import Visit, Visiting

FIRST = 1
LAST = 1_000_000  # beyond every page of an item

router = APIRouter(prefix=V1, tags=["items"], responses=TO_PEOPLE)

Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Arrangement(Told):
    version: int  # say it back with a change
    homes: list[int]  # of the pages as they are asked for, in their order: what a page keeps when it moves
    waiting: bool  # new pages are still read; until then those before them stand


@router.get("/items/{accession}/arrangement", **MAY_ACCESS)
def arrangement(visit: Visiting, accession: Ref) -> Arrangement:
    """Which pages the item shall consist of; their numbers are the places in this list, from 1."""
    return _arrangement(visit, item_of(visit, accession))


def _arrangement(visit: Visit, item: Item) -> Arrangement:
    with visit.shelf.catalog.view() as seen:
        found = arranged(seen, item.id, FIRST, LAST)
    return Arrangement(
        version=found.arrangement.version, homes=list(found.arrangement.homes), waiting=found.waiting
    )


def _followed(visit: Visit, item: Item, background: BackgroundTasks) -> Arrangement:
    background.add_task(follow, visit.portal, [item.id])
    return _arrangement(visit, item)


class Seen(Asking):
    version: Version  # of the arrangement that was seen


class Turned(Seen):
    turns: Annotated[int, Field(ge=1, le=3)]  # quarters, clockwise


class Parted(Seen):
    cut: Cut  # "doc": by an upright line; "ngang": by a level one
    share: Annotated[int, Field(ge=1, le=99)]  # percent that the first part has


class Moved(Seen):
    to: Annotated[int, Field(ge=1, le=1_000_000)]  # the number that the page shall have


@router.post("/items/{accession}/pages/{number}/turn", **MAY_UPDATE)
def turn(
    visit: Visiting, accession: Ref, number: Number, said: Turned, background: BackgroundTasks
) -> Arrangement:
    """Turn a page; it is read anew."""
    item = changeable(visit, accession)
    turn_page(visit.shelf, item.id, number, said.turns, by(visit, item), version=said.version)
    return _followed(visit, item, background)


@router.post("/items/{accession}/pages/{number}/part", **MAY_UPDATE)
def part(
    visit: Visiting, accession: Ref, number: Number, said: Parted, background: BackgroundTasks
) -> Arrangement:
    """Make two pages of one, as of an open book; both are read anew."""
    item = changeable(visit, accession)
    most = visit.portal.settings.intake.max_pages
    who = by(visit, item)
    part_page(visit.shelf, item.id, number, said.cut, said.share, who, version=said.version, most=most)
    return _followed(visit, item, background)


@router.post("/items/{accession}/pages/{number}/join", **MAY_UPDATE)
def join(
    visit: Visiting, accession: Ref, number: Number, said: Seen, background: BackgroundTasks
) -> Arrangement:
    """Make one page of this one and the next, parts of one picture."""
    item = changeable(visit, accession)
    join_pages(visit.shelf, item.id, number, by(visit, item), version=said.version)
    return _followed(visit, item, background)


@router.post("/items/{accession}/pages/{number}/move", **MAY_UPDATE)
def move(
    visit: Visiting, accession: Ref, number: Number, said: Moved, background: BackgroundTasks
) -> Arrangement:
    """Put a page elsewhere in the item."""
    item = changeable(visit, accession)
    move_page(visit.shelf, item.id, number, said.to, by(visit, item), version=said.version)
    return _followed(visit, item, background)


@router.post("/items/{accession}/arrangement/undo", **MAY_UPDATE)
def undo_arrangement(
    visit: Visiting, accession: Ref, event: EventId, background: BackgroundTasks
) -> Arrangement:
    """Bring back the pages as they were before one of these acts (the id of its event in the history)."""
    item = changeable(visit, accession)
    undo_arranging(visit.shelf, item.id, event, by(visit, item))
    return _followed(visit, item, background)


# pictures

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_A_PICTURE = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys(("image/jpeg", "image/png", "image/tiff"), _BINARY),
    }
}


@router.put(
    "/items/{accession}/pages/{number}/scan",
    responses=refusals(408, 411, 423, 507),
    dependencies=MAY_UPDATE["dependencies"],
    openapi_extra=MAY_UPDATE["openapi_extra"] | _A_PICTURE,
)
async def scan(
    request: Request,
    visit: Visiting,
    here: Here,
    accession: Ref,
    number: Number,
    version: Annotated[int, Query(ge=0, le=2**31 - 1)],
    name: Annotated[str, Query(min_length=1, max_length=500), Plain],
    background: BackgroundTasks,
) -> Arrangement:
    """Scan one page again: the body is the new picture (JPEG, PNG, TIFF), ``name`` what its file is called.

    The scan that was handed in stays as it is; ``Content-Length`` has to be said.
    """
    item = await here.call(changeable, visit, accession)
    place = Place.of(visit.portal.settings)
    await here.call(place.prepare)
    async with landed(request, here, room=lambda: room(place.scratch)) as (path, size):
        await here.call(_scanned, visit, here, item, number, path, name, size, version)
    return await here.call(_followed, visit, item, background)


def _scanned(
    visit: Visit, here: Landing, item: Item, number: int, path: Path, name: str, size: int, version: int
) -> None:
    called = declared(name, "", size, None, longest=here.longest).name
    policy = visit.portal.settings.intake
    scan_again(visit.shelf, item.id, number, path, called, by(visit, item), version=version, policy=policy)


@router.get(
    "/items/{accession}/pages/{number}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": _BINARY}}},
    **MAY_ACCESS,
)
def picture(visit: Visiting, accession: Ref, number: Number, size: Picture = Picture.READING) -> Response:
    """What a page looks like, published or not: "vua" as readers see it, "nho" as a thumbnail."""
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        entry = seen.desk.page(item.id, number)
    if entry is None:
        raise PageNotKnown(accession=item.accession, page=number)
    return picture_of(visit, item, entry.kept_as, size)
