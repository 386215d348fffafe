"""Nothing stays behind: runs that died are told so, and items that nobody is at go on their way again.

A killed process cannot say that it died, and Prefect waits for it for ever. What lives is known from
leases in our own catalogue, which every machine sees; see ``flows.steps.claims``.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from config.settings import Settings
from domain.holdings import Item, Mishaps, ScanForm, State
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Criteria, Shelf
from domain.values import Reason
from flows.api import LIVE, PrefectApi
from flows.dead_runs import mark_dead_runs
from flows.steps.answering import index_trouble, store_trouble
from flows.steps.claims import held_items, leased
from flows.steps.pending import pending
from flows.steps.walk import mishaps_of, walk
from flows.steps.way import quarantine
from flows.submit import RunRef, hand_in

ON_THE_WAY = Criteria(
    states=frozenset({State.RECEIVED, State.READING, State.READ, State.DESCRIBED, State.APPROVED})
)
BEHIND_INDEX = Criteria(states=frozenset({State.PUBLISHED, State.WITHDRAWN}), behind_index=True)
# What moves on by itself: other states an item leaves only behind the index, or when a person says so.
_BEGUN = Criteria(states=frozenset({State.READING, State.READ}))
_WAITING = Criteria(states=frozenset({State.RECEIVED}))
_BEHIND = Criteria(
    states=frozenset({State.DESCRIBED, State.APPROVED, State.PUBLISHED, State.WITHDRAWN}), behind_index=True
)

SETTLED = dt.timedelta(seconds=45)  # since an item's last change: who handed it in may be about to start it
CRASHES = 2  # of one item: the second time it was alone in its process
FAILURES = 10  # of one item in a row, while store and index answer
FIRST_PAUSE = dt.timedelta(seconds=30)  # after a failure; twice as long after each further one
LONGEST_PAUSE = dt.timedelta(minutes=10)
MANY = 8  # runs of an item that are looked at: by then the pause is at its longest
AT_ONCE = 200  # items taken up in one round


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one round did."""

    died: int = 0  # runs that were marked
    taken_up: int = 0  # items handed in again
    given_up: int = 0  # items that went to quarantine
    away: str = ""  # why nothing was handed in: what does not answer


def reconcile(settings: Settings, shelf: Shelf, api: PrefectApi, *, deep: bool = True) -> Reconciled:
    """One round, unless another machine is at one. Raises CatalogUnavailable, ServerNotReady.

    What was begun is as much as the workers have at once; ``deep`` looks at all that waits to begin, too,
    which may be a nation's books.
    """
    with leased(shelf.catalog, "reconciler") as ours:
        if not ours:
            return Reconciled()
        died = mark_dead_runs(api, shelf)
        left = _left_behind(shelf, api, deep=deep)
        if not left:
            return Reconciled(died)
        if away := store_trouble(shelf) or index_trouble(shelf):
            return Reconciled(died, away=away)  # else every item would fail once more, and count it
        due, given_up = _due(settings, shelf, left)
        hand_in(settings, shelf, api, due)
        return Reconciled(died, len(due), given_up)


def resume(settings: Settings, shelf: Shelf, api: PrefectApi) -> int:
    """Hand in, before anything else, what was left on its way; how many items."""
    with shelf.catalog.view() as seen:
        left = [seen.item(item_id) for item_id in unfinished(shelf)]
    due, _ = _due(settings, shelf, left)
    hand_in(settings, shelf, api, due)
    return len(due)


def take_up(settings: Settings, shelf: Shelf, api: PrefectApi, run: RunRef) -> list[RunRef]:
    """Hand in again at once what a run that crashed was to do, but for what is hopeless."""
    with shelf.catalog.view() as seen:
        items = [seen.item(item_id) for item_id in run.item_ids]
    due, _ = _due(settings, shelf, items)
    return hand_in(settings, shelf, api, due, cleared=run.cleared)


def _left_behind(shelf: Shelf, api: PrefectApi, *, deep: bool) -> list[Item]:
    """Items that ought to move and that no run has and no process holds."""
    moving = [item for criteria in (_BEGUN, _BEHIND) for item in walk(shelf, criteria)]
    if deep:
        # The items before the runs: an item whose run is over meanwhile is looked at again.
        waiting = [item for item in walk(shelf, _WAITING) if item.form is not ScanForm.MEDIA]
        if waiting:
            under_way = {tag for run in api.runs(types=sorted(LIVE)) for tag in run.tags}
            moving += [item for item in waiting if item.accession not in under_way]
    if len(moving) > AT_ONCE:  # by chance, so that those whose time has not come are in nobody's way
        moving = random.sample(moving, AT_ONCE)
    left: list[tuple[Item, bool]] = []
    with shelf.catalog.view() as seen:
        now, held = seen.clock(), held_items(seen)
        for item in sorted(moving, key=lambda one: one.accession):
            fresh = seen.item(item.id)
            if fresh.id not in held and pending(fresh, seen.stages(fresh.id)):
                left.append((fresh, now - fresh.updated_at > SETTLED or _has_run(seen, fresh)))
    return [item for item, settled in left if _worth_another(shelf, api, item, settled=settled)]


def _has_run(seen: CatalogTransaction, item: Item) -> bool:
    """Whether a process was at it already, so that nobody is about to bring it on its way."""
    return item.state is not State.RECEIVED or bool(seen.mishaps([item.id]))


def _worth_another(shelf: Shelf, api: PrefectApi, item: Item, *, settled: bool) -> bool:
    """Whether its time has come: not where a person cancelled its last run and nobody sent it again since.

    Without a run so far it has to be ``settled``. After one that failed it waits, longer each time: what
    fails may be the machine.
    """
    earlier = api.runs(tags=[item.accession], limit=MANY)
    if not earlier:
        return settled
    if earlier[0].live:
        return False
    if earlier[0].type == "CANCELLED":
        return _sent_again(shelf, item, earlier[0].since)
    failed = len([*takewhile(lambda run: run.type == "FAILED", earlier)])
    return failed == 0 or earlier[0].age >= min(LONGEST_PAUSE, (1 << (failed - 1)) * FIRST_PAUSE)


def _sent_again(shelf: Shelf, item: Item, since: dt.datetime) -> bool:
    """Whether a person sent it on its way again after that, and Prefect did not hear of it.

    By the clocks of both machines: the age that a server tells is wrong by more than a hand needs.
    """
    with shelf.catalog.view() as seen:
        retried = seen.desk.events(item.id, actions=["retried"], limit=1)
    return bool(retried) and retried[0].at > since


def _due(settings: Settings, shelf: Shelf, left: Sequence[Item]) -> tuple[list[ItemId], int]:
    """Those whose time has come, and how many were given up."""
    with shelf.catalog.view() as seen:
        mishaps = mishaps_of(seen, [item.id for item in left])
    due: list[ItemId] = []
    given_up = 0
    for item in left:
        befell = mishaps.get(item.id, Mishaps())
        why = _hopeless(shelf, item, befell)
        if why is not None and quarantine(shelf, item.id, why, settings.who):
            given_up += 1
        else:
            due.append(item.id)
    return due, given_up


def _hopeless(shelf: Shelf, item: Item, befell: Mishaps) -> Reason | None:
    """Why it is of no use to try again; None where it may be."""
    if befell.crashed >= CRASHES:
        return Reason("item.crashes", {"times": befell.crashed})
    if befell.failed < FAILURES:
        return None
    with shelf.catalog.view() as seen:
        last = [one for one in seen.history(item.id) if one.action == "failed"][-1]
    fields = last.options.get("fields")
    return Reason(str(last.options.get("code")), fields if isinstance(fields, dict) else {})


def unfinished(shelf: Shelf) -> list[ItemId]:
    """Items that were left on their way, in accession order, then those that the index lags behind."""
    with shelf.catalog.view() as seen:
        return [
            item.id
            for criteria in (ON_THE_WAY, BEHIND_INDEX)
            for item in walk(shelf, criteria)
            if pending(item, seen.stages(item.id))
        ]
