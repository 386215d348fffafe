"""Runs that died: a killed process cannot say so, and Prefect waits for it for ever."""

from __future__ import annotations

import datetime as dt

from config.settings import Settings
from domain.errors import ItemNotFound
from domain.holdings import State
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Criteria, Shelf
from flows.api import PrefectApi, RunState, is_elsewhere
from flows.children import flow_runs_alive
from flows.place import Place
from flows.steps.claims import LEASE, dead
from flows.steps.pending import pending
from flows.steps.walk import walk

STARTING = dt.timedelta(seconds=60)  # between a worker's taking a run and its process
_TAKEN = ("PENDING", "RUNNING", "CANCELLING")
ON_THE_WAY = Criteria(
    states=frozenset({State.RECEIVED, State.READING, State.READ, State.DESCRIBED, State.APPROVED})
)
BEHIND_INDEX = Criteria(states=frozenset({State.PUBLISHED, State.WITHDRAWN}), behind_index=True)


def mark_dead_runs(settings: Settings, api: PrefectApi, shelf: Shelf, *, starting: bool = False) -> int:
    """Mark the runs Crashed that nobody works on any more, and say how many.

    ``starting``: no worker is up yet, so that a run which was only taken is dead too.
    """
    taken = api.runs(types=_TAKEN)
    if not taken:
        return 0
    alive = frozenset() if is_elsewhere(settings) else flow_runs_alive(Place.of(settings))
    died = [
        run
        for run in taken
        if (_deserted(run, shelf) if is_elsewhere(settings) else _dead_here(run, alive, starting))
    ]
    for run in died:
        api.mark_crashed(run.id, "its process died")
    return len(died)


def _dead_here(run: RunState, alive: frozenset[str], starting: bool) -> bool:
    """All processes of an embedded server are on this machine, so what is not seen does not live."""
    if run.id in alive:
        return False
    return starting or run.type != "PENDING" or _age(run) > STARTING


def _deserted(run: RunState, shelf: Shelf) -> bool:
    """Where processes cannot be seen: taken for longer than a claim is good, and no item is claimed."""
    if _age(run) <= LEASE:
        return False
    now = dt.datetime.now(dt.UTC)
    with shelf.catalog.view() as seen:
        held = {claim.item_id for claim in seen.claims() if claim.expires_at > now and not dead(claim.holder)}
        return not any(_id(seen, tag) in held for tag in run.tags)


def _id(seen: CatalogTransaction, tag: str) -> ItemId | None:
    try:
        return seen.item(tag).id
    except ItemNotFound:
        return None  # a tag that names no item: the unit, the batch


def _age(run: RunState) -> dt.timedelta:
    try:
        since = dt.datetime.fromisoformat(run.since)
    except ValueError:
        return dt.timedelta.max
    return dt.datetime.now(dt.UTC) - since


def unfinished(shelf: Shelf) -> list[ItemId]:
    """Items that were left on their way, in accession order, then those that the index lags behind."""
    with shelf.catalog.view() as seen:
        return [
            item.id
            for criteria in (ON_THE_WAY, BEHIND_INDEX)
            for item in walk(shelf, criteria)
            if pending(item, seen.stages(item.id))
        ]
