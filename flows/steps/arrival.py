"""A whole shelf comes into an empty installation: what has to be so before, and going on after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from domain.errors import ObjectNotFound, ShelfNotEmpty
from domain.ids import ObjectKey
from domain.ports import Shelf

MARK = ObjectKey("arriving.txt")  # in the store while something comes in: its name


@contextmanager
def arriving(shelf: Shelf, what: str) -> Iterator[None]:
    """Let ``what`` come in. The block may be entered again after a kill, until it has ended once.

    Raises ShelfNotEmpty where anything else is there, or came in half.
    """
    found = _mark(shelf)
    if found is None:
        _check_empty(shelf)
        shelf.store.put(MARK, BytesIO(what.encode()), media_type="text/plain")
    elif found != what:
        raise ShelfNotEmpty(part="store", detail=found)
    yield
    shelf.store.delete(MARK)


def _mark(shelf: Shelf) -> str | None:
    try:
        with shelf.store.open(MARK) as source:
            return source.read(1000).decode("utf-8", "replace")
    except ObjectNotFound:
        return None


def _check_empty(shelf: Shelf) -> None:
    first = next(iter(shelf.store.list("")), None)
    if first is not None:
        raise ShelfNotEmpty(part="store", detail=first.key)
    with shelf.catalog.view() as seen:
        batches = seen.batches(1)
    if batches:
        raise ShelfNotEmpty(part="catalog", detail=batches[0].source)
    indexed = next(iter(shelf.index.contents()), None)
    if indexed is not None:
        raise ShelfNotEmpty(part="index", detail=indexed.item_id)
