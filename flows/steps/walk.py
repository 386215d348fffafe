"""Walk the catalogue without holding it open or in memory."""

from __future__ import annotations

from collections.abc import Iterator

from domain.holdings import Item
from domain.ids import Accession
from domain.ports import Criteria, Shelf

SLICE = 200  # items fetched at once


def walk(shelf: Shelf, criteria: Criteria) -> Iterator[Item]:
    """Every item that meets the criteria, in accession order, a slice at a time."""
    after: Accession | None = None
    while True:
        with shelf.catalog.view() as seen:
            found = seen.find_items(criteria, after=after, limit=SLICE)
        yield from found.items
        if found.after is None:
            return
        after = found.after
