"""One process at a time works on an item; a dead process's claim is void at once on its own machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from domain.holders import dead, holder, still_lives
from domain.holdings import Claim
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Shelf
from flows.steps.work import now

__all__ = ["LEASE", "claimed", "dead", "holder", "renew", "still_lives"]

LEASE = dt.timedelta(minutes=10)  # how long another machine waits for a holder that it cannot see


def renew(changes: CatalogTransaction, item_id: ItemId) -> None:
    """Take the item or lengthen our claim, within a transaction. Raises ItemClaimed."""
    moment = now()
    changes.claim(Claim(item_id, holder(), moment + LEASE), now=moment, dead=dead)


@contextmanager
def claimed(shelf: Shelf, item_id: ItemId) -> Iterator[None]:
    """Hold the item while the block runs. Raises ItemClaimed where another live process has it."""
    with shelf.catalog.begin() as changes:
        renew(changes, item_id)
    try:
        yield
    finally:
        with shelf.catalog.begin() as changes:
            changes.release(item_id, holder())
