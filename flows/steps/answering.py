"""Whether the shelf's servers answer, at the price of one small question to each."""

from __future__ import annotations

from contextlib import suppress

from domain.errors import ObjectNotFound, SearchError, StoreError
from domain.ids import ObjectKey
from domain.ports import Shelf


def store_trouble(shelf: Shelf) -> str:
    """Why the store does not answer; "" where it does."""
    try:
        with suppress(ObjectNotFound):
            shelf.store.stat(ObjectKey("originals/none"))
    except StoreError as error:
        return str(error)
    return ""


def index_trouble(shelf: Shelf) -> str:
    """Why the index does not answer; "" where it does."""
    try:
        shelf.index.complete("a", limit=1)
    except SearchError as error:
        return str(error)
    return ""
