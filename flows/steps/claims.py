"""One process at a time works on an item; a dead process's claim is void at once on its own machine.

Machines see of each other only what is in the catalogue: a claim or a lease is good for half a
minute and renewed three times as often while its holder lives. All of them go by the catalogue's clock.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from domain.errors import ShelfError
from domain.holders import dead, holder, of_process, still_lives
from domain.holdings import Claim, Lease
from domain.ids import ItemId
from domain.ports import Catalog, CatalogTransaction, Shelf
from domain.values import Actor
from flows.steps.work import event

__all__ = [
    "LEASE",
    "claimed",
    "crashed",
    "dead",
    "good_leases",
    "held_items",
    "holder",
    "leased",
    "renew",
    "still_lives",
]

LEASE = dt.timedelta(seconds=30)  # how long another machine waits for a holder that it cannot see
BEAT = 10.0  # seconds between renewals


def renew(changes: CatalogTransaction, item_id: ItemId, held_by: str | None = None) -> dt.datetime:
    """Take the item or lengthen our claim, within a transaction, and say when. Raises ItemClaimed.

    ``held_by`` is the process for which this one works; None: for itself.
    """
    moment = changes.clock()
    changes.claim(Claim(item_id, held_by or holder(), moment + LEASE), now=moment, dead=dead)
    return moment


@contextmanager
def claimed(shelf: Shelf, item_id: ItemId) -> Iterator[None]:
    """Hold the item while the block runs. Raises ItemClaimed where another live process has it."""
    with shelf.catalog.begin() as changes:
        renew(changes, item_id)
    try:
        with _beating(shelf.catalog, lambda changes: renew(changes, item_id)):
            yield
    finally:
        with shelf.catalog.begin() as changes:
            changes.release(item_id, holder())


@contextmanager
def leased(catalog: Catalog, name: str, done: Callable[[], int | None] = lambda: None) -> Iterator[bool]:
    """Hold the lease of that name while the block runs; False where another live process has it.

    ``done`` is asked at every renewal how much of the work is done, for those who look at the lease.
    """
    with catalog.begin() as changes:
        ours = _take(changes, name, done())
    if not ours:
        yield False
        return
    try:
        with _beating(catalog, lambda changes: _take(changes, name, done())):
            yield True
    finally:
        with catalog.begin() as changes:
            changes.end_lease(name, holder())


def _take(changes: CatalogTransaction, name: str, done: int | None) -> bool:
    moment = changes.clock()
    return changes.lease(Lease(name, holder(), moment + LEASE, done), now=moment, dead=dead)


@contextmanager
def _beating(catalog: Catalog, beat: Callable[[CatalogTransaction], object]) -> Iterator[None]:
    """Call ``beat`` every BEAT seconds while the block runs, each time in a transaction of its own."""
    over = threading.Event()

    def go() -> None:
        while not over.wait(BEAT):
            # What is wrong, the block's own next commit finds and says; the next beat may be in time.
            with suppress(ShelfError), catalog.begin(wait_s=BEAT) as changes:
                beat(changes)

    beating = threading.Thread(target=go, name="claim", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def good_leases(seen: CatalogTransaction) -> frozenset[str]:
    """The names of the leases whose holders live, as far as can be told."""
    now = seen.clock()
    return frozenset(one.name for one in seen.leases() if _good(one, now))


def held_items(seen: CatalogTransaction) -> frozenset[ItemId]:
    """The items whose claims are good, likewise."""
    now = seen.clock()
    return frozenset(one.item_id for one in seen.claims() if _good(one, now))


def _good(one: Claim | Lease, now: dt.datetime) -> bool:
    return one.expires_at > now and not dead(one.holder)


def crashed(shelf: Shelf, pid: int, code: int, by: Actor) -> list[ItemId]:
    """A process of this machine died by itself with that code: the items it held count it against them.

    Which of them was to blame nobody can tell: the next time, each is alone in its process. ``done``
    (pages read and stages done) says whether an item came any further between two deaths.
    """
    with shelf.catalog.begin() as changes:
        held = [one for one in changes.claims() if of_process(one.holder, pid) and dead(one.holder)]
        pages = changes.page_counts([one.item_id for one in held])
        for one in held:
            done = pages[one.item_id] + len(changes.stages(one.item_id))
            changes.note(event("crashed", by, item_id=one.item_id, options={"code": code, "done": done}))
            changes.release(one.item_id, one.holder)
    return [one.item_id for one in held]
