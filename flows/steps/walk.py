"""Walk the catalogue without holding it open or in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.holdings import Item, Mishaps
from domain.ids import Accession, ItemId
from domain.ports import CatalogTransaction, Criteria, Shelf

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


def mishaps_of(seen: CatalogTransaction, item_ids: Sequence[ItemId]) -> dict[ItemId, Mishaps]:
    """What befell these items, however many, asked for a slice at a time."""
    found: dict[ItemId, Mishaps] = {}
    for start in range(0, len(item_ids), SLICE):
        found |= seen.mishaps(item_ids[start : start + SLICE])
    return found
