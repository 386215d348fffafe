"""Whether readers may see an item: one place decides it for every page, picture and file."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException

from domain.errors import ItemNotFound, ItemWithdrawn
from domain.holdings import Item, State
from portal.pages import date
from portal.visits import Visit, Visiting

_REF = re.compile(r"[0-9A-Za-z-]{1,60}", re.ASCII)


def published(visit: Visiting, accession: str) -> Item:
    """The item of that shelf code (or id). 404 alike for what is unknown and not published; ItemWithdrawn."""
    try:
        if not _REF.fullmatch(accession):
            raise ItemNotFound(item="")
        with visit.shelf.catalog.view() as seen:
            item = seen.item(accession)
    except ItemNotFound:
        raise HTTPException(404) from None
    if item.state is State.WITHDRAWN:
        raise _withdrawn(visit, item)
    if item.state is not State.PUBLISHED:
        raise HTTPException(404)
    return item


def _withdrawn(visit: Visit, item: Item) -> ItemWithdrawn:
    why = item.reason.fields.get("reason") if item.reason is not None else None
    since = date(item.updated_at, visit.lang)
    return ItemWithdrawn(accession=item.accession, title=item.title, since=since, why=why)


Published = Annotated[Item, Depends(published)]
"""``def page(visit: Visiting, item: Published)`` for an address with ``{accession}`` in it."""
