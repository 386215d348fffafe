"""For staff: the pages turned, parted, joined, moved, scanned again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from config.messages import explain, sentence
from domain.arrangement import Cut
from domain.errors import IntakeError, NotOnePage, UploadNameNotValid
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
from flows.steps.describing import check_for_people
from flows.steps.uploads import declared
from portal.access import MAY_UPDATE, MAY_UPDATE_UNREAD
from portal.desk import DESK, Accession, EventId, Number, at, by, changeable, follow, followed
from portal.errors import status_of
from portal.landing import Here, Landing
from portal.multipart import Sent
from portal.plain_forms import received
from portal.routes.desk_pages import first_beside, page_address
from portal.visits import Visit, Visiting

router = APIRouter(include_in_schema=False)

Version = Annotated[int, Form(alias="ban", ge=0, le=2**31 - 1)]


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/xoay", **MAY_UPDATE)
def turn(
    visit: Visiting,
    accession: Accession,
    number: Number,
    version: Version,
    turns: Annotated[int, Form(alias="chieu", ge=1, le=3)],
) -> Response:
    item = changeable(visit, accession)
    turn_page(visit.shelf, item.id, number, turns, by(visit, item), version=version)
    return _back(visit, item, number)


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/tach", **MAY_UPDATE)
def part(
    visit: Visiting,
    accession: Accession,
    number: Number,
    version: Version,
    cut: Annotated[Cut, Form(alias="cat")],
    share: Annotated[int, Form(alias="phan", ge=1, le=99)],
) -> Response:
    item = changeable(visit, accession)
    most = visit.portal.settings.intake.max_pages
    part_page(visit.shelf, item.id, number, cut, share, by(visit, item), version=version, most=most)
    return _back(visit, item, number)


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/ghep", **MAY_UPDATE)
def join(visit: Visiting, accession: Accession, number: Number, version: Version) -> Response:
    item = changeable(visit, accession)
    join_pages(visit.shelf, item.id, number, by(visit, item), version=version)
    return _back(visit, item, number)


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/chuyen", **MAY_UPDATE)
def move(
    visit: Visiting,
    accession: Accession,
    number: Number,
    version: Version,
    to: Annotated[int, Form(alias="den", ge=1, le=1_000_000)],
) -> Response:
    item = changeable(visit, accession)
    move_page(visit.shelf, item.id, number, to, by(visit, item), version=version)
    return _back(visit, item, to)


@router.post(f"{DESK}/{{accession}}/sap-xep/hoan-tac", **MAY_UPDATE)
def undo(visit: Visiting, accession: Accession, event: EventId) -> Response:
    item = changeable(visit, accession)
    undo_arranging(visit.shelf, item.id, event, by(visit, item))
    return followed(visit.portal, at(item, "lich-su"), [item.id])


def _back(visit: Visit, item: Item, number: int) -> RedirectResponse:
    return followed(visit.portal, page_address(item, number), [item.id])


# one page scanned again


@router.get(f"{DESK}/{{accession}}/trang/{{number}}/quet-lai", **MAY_UPDATE)
def ask_again(visit: Visiting, accession: Accession, number: Number) -> Response:
    return _again(visit, changeable(visit, accession), number)


def _again(visit: Visit, item: Item, number: int, *, said: str = "", status: int = 200) -> Response:
    check_for_people(item)
    with visit.shelf.catalog.view() as seen:
        found = arranged(seen, item.id, number, number)
    found.arrangement.home(number, item.accession)
    return visit.page(
        "desk/again.html",
        status=status,
        item=item,
        address=at(item),
        number=number,
        start=first_beside(number),
        version=found.arrangement.version,
        said=said,
    )


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/quet-lai", **MAY_UPDATE_UNREAD)
async def again(
    request: Request, visit: Visiting, here: Here, accession: Accession, number: Number
) -> Response:
    """One picture for one page."""
    item = await here.call(changeable, visit, accession)
    place = Place.of(visit.portal.settings)
    await here.call(place.prepare)
    async with received(request, visit, here, room=lambda: room(place.scratch)) as form:
        return await here.call(_take, visit, here, item, number, form.fields, form.finish())


def _take(
    visit: Visit, here: Landing, item: Item, number: int, fields: Mapping[str, str], sent: list[Sent]
) -> Response:
    try:
        if len(sent) != 1:
            said = sentence("desk.arrange.no_file", visit.lang)
            return _again(visit, item, number, said=said, status=422)
        return _taken(visit, here, item, number, fields.get("ban", ""), sent[0])
    finally:
        for one in sent:
            one.path.unlink(missing_ok=True)


def _taken(visit: Visit, here: Landing, item: Item, number: int, version: str, sent: Sent) -> Response:
    if not (version.isascii() and version.isdecimal() and len(version) <= 9):
        raise HTTPException(422)
    try:
        name = declared(sent.name, "", sent.size, None, longest=here.longest).name
        policy = visit.portal.settings.intake
        who = by(visit, item)
        scan_again(visit.shelf, item.id, number, sent.path, name, who, version=int(version), policy=policy)
    except (IntakeError, NotOnePage, UploadNameNotValid) as error:
        return _again(visit, item, number, said=explain(error.reason, visit.lang), status=status_of(error))
    task = BackgroundTask(follow, visit.portal, [item.id])
    return RedirectResponse(page_address(item, number), 303, background=task)
