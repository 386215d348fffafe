"""What the pages at staff's desks share: whose item it is, who acts, and that the flows follow."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Form, Path, Request
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from domain.errors import ItemNotFound, ShelfError
from domain.holdings import Item, State
from domain.ids import ItemId
from domain.people import Verb
from domain.values import Actor
from flows.api import open_api
from flows.submit import hand_in
from portal.visits import Portal, Visit

DESK = "/can-bo/sach"
MOST_FIELDS, LONGEST_FIELD = 400, 100_000  # of one form, and characters of one of its fields

_log = logging.getLogger("tusach.portal")

Accession = Annotated[str, Path(max_length=80)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
EventId = Annotated[int, Form(alias="lan", ge=1, le=2**62)]


def at(item: Item, *rest: object) -> str:
    """The address of an item's page for staff, or of one below it."""
    return "/".join([DESK, item.accession, *map(str, rest)])


def item_of(visit: Visit, accession: str, verb: Verb = Verb.ACCESS) -> Item:
    """The item, for somebody who may do that in its unit.

    What they may not even see is to them as what is not there. Raises ItemNotFound, NotAllowed.
    """
    with visit.shelf.catalog.view() as seen:
        item = seen.item(accession)
    if not visit.may(Verb.ACCESS, item.actor.unit):
        raise ItemNotFound(item=accession)
    visit.need(verb, item.actor.unit)
    return item


def may_change(visit: Visit, item: Item) -> bool:
    """Whether the visitor may change what readers are told of the item, or find as its pages.

    What they see at once is changed by those who may publish it.
    """
    return visit.may(_to_change(item), item.actor.unit)


def check_change(visit: Visit, item: Item) -> None:
    """That the visitor ``may_change`` the item. Raises NotAllowed."""
    visit.need(_to_change(item), item.actor.unit)


def _to_change(item: Item) -> Verb:
    return Verb.MANAGE if item.state is State.PUBLISHED else Verb.UPDATE


def changeable(visit: Visit, accession: str) -> Item:
    """The item, for somebody who ``may_change`` it. Raises ItemNotFound, NotAllowed."""
    item = item_of(visit, accession, Verb.UPDATE)
    check_change(visit, item)
    return item


def by(visit: Visit, item: Item) -> Actor:
    """Who acts: by their login, for the unit whose item it is."""
    return Actor(visit.signed.person.login, item.actor.unit)


def followed(portal: Portal, to: str, item_ids: Sequence[ItemId]) -> RedirectResponse:
    """On to the next page; what has to follow is handed to the flows when the answer is out."""
    return RedirectResponse(to, 303, background=BackgroundTask(follow, portal, list(item_ids)))


def follow(portal: Portal, item_ids: Sequence[ItemId]) -> None:
    """Hand items to the flows. Where that fails the catalogue still says what is to be done, and whoever
    looks for what was left behind sees to it.
    """
    try:
        with open_api(portal.settings) as api:
            hand_in(portal.settings, portal.shelf, api, item_ids)
    except (ShelfError, OSError) as error:  # what is raised here, nobody could answer any more
        _log.warning("left to the supervisor: %s: %s", list(item_ids), error)


async def _fields(request: Request) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                told.setdefault(name, []).append(value[:LONGEST_FIELD])
    return told


Fields = Annotated[dict[str, list[str]], Depends(_fields)]
"""What a form says, where its fields are not known beforehand."""


def first(fields: dict[str, list[str]], name: str) -> str:
    """The first value of that name; "" without one."""
    return fields.get(name, [""])[0]
