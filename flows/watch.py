"""Watch runs from a command: progress from the catalogue, ends from the server, at a bounded price."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.settings import Settings
from domain.errors import RunFailed, ServerNotReady
from domain.holdings import Item, ScanForm, State
from domain.ids import BatchId, ItemId
from domain.ports import Criteria, Shelf
from flows.api import PrefectApi, RunState, is_elsewhere, open_api
from flows.place import Place
from flows.reconcile import take_up
from flows.steps.pending import pending
from flows.steps.walk import walk
from flows.submit import RunRef

LOOK = 1.0  # seconds between looks at the catalogue at first; a fifteenth of the wait so far later
LOOK_LATER = 5.0
ASK = 10.0  # seconds between questions to the server, which cost it 15 ms each
ASK_SOON = 0.5  # seconds, when the catalogue says that a run's items are done
FEW = 5  # items that are asked for one by one; more are fetched with their batch
CRASHES = 3  # times the same items are handed in after a crash
SILENCE = 120.0  # seconds without an answer before giving up on a server that its supervisor may restart


@dataclass(frozen=True, slots=True)
class ItemProgress:
    """How far an item is."""

    item: Item
    read: int  # pages in the ledger
    total: int | None  # pictures of the scan; None where not counted yet


def wait(
    settings: Settings,
    runs: Sequence[RunRef],
    shelf: Shelf,
    told: Callable[[ItemProgress], None] = lambda _: None,
) -> list[Item]:
    """Wait until all runs have ended; the items as they are then, in the order of the runs.

    ``told`` hears of every item whose state or number of pages changed. A run that crashed is handed
    in again, at most CRASHES times. Raises RunFailed when all others have ended, and ServerNotReady
    where the server is gone.
    """
    watch = _Watch(settings, shelf, told)
    with open_api(settings) as api:
        failed = watch.until_ended(api, list(runs))
    if failed:
        raise failed[0]
    with shelf.catalog.view() as seen:
        return [seen.item(item_id) for run in runs for item_id in run.item_ids]


class _Watch:
    def __init__(self, settings: Settings, shelf: Shelf, told: Callable[[ItemProgress], None]) -> None:
        self._settings, self._shelf, self._told = settings, shelf, told
        self._last: dict[ItemId, tuple[State, int]] = {}
        self._ended: set[ItemId] = set()
        self._batches: set[BatchId] = set()
        self._crashes: dict[tuple[ItemId, ...], int] = {}
        self._began = self._answered = time.monotonic()

    def until_ended(self, api: PrefectApi, left: list[RunRef]) -> list[RunFailed]:
        failed: list[RunFailed] = []
        ask_at = 0.0
        while left:
            cost = self._look(left)
            nearly = any(set(run.item_ids) <= self._ended for run in left)
            if time.monotonic() >= ask_at:
                left = self._ask(api, left, failed)
                ask_at = time.monotonic() + (ASK_SOON if nearly else ASK)
            elif nearly:
                ask_at = min(ask_at, time.monotonic() + ASK_SOON)
            if left:
                # Never busier than a fiftieth of a processor, however many pages there are to count.
                time.sleep(max(ASK_SOON if nearly else self._pause(), 50 * cost))
        return failed

    def _pause(self) -> float:
        return min(LOOK_LATER, max(LOOK, (time.monotonic() - self._began) / 15))

    def _look(self, runs: Sequence[RunRef]) -> float:
        """Tell what changed; how many seconds of processor time that took."""
        began = time.thread_time()
        items = self._items([one for run in runs for one in run.item_ids if one not in self._ended])
        with self._shelf.catalog.view() as seen:
            counted = seen.page_counts([item.id for item in items if item.state is State.READING])
            for item in items:
                if _may_be_done(item) and not pending(item, seen.stages(item.id)):
                    self._ended.add(item.id)
                read = _pages_read(item, counted)
                if self._last.get(item.id) != (item.state, read):
                    self._last[item.id] = (item.state, read)
                    self._told(ItemProgress(item, read, item.counts.images))
        return time.thread_time() - began

    def _items(self, awaited: Sequence[ItemId]) -> list[Item]:
        """The items as they are now, in the order of their batch where they are many."""
        if len(awaited) <= FEW or not self._batches:
            with self._shelf.catalog.view() as seen:
                items = [seen.item(item_id) for item_id in awaited]
            self._batches |= {item.batch_id for item in items}
            return items
        among = frozenset(awaited)
        return [
            item
            for batch_id in self._batches
            for item in walk(self._shelf, Criteria(batch_id=batch_id))
            if item.id in among
        ]

    def _ask(self, api: PrefectApi, runs: list[RunRef], failed: list[RunFailed]) -> list[RunRef]:
        """The runs that are still live, with new ones for those that crashed."""
        try:
            found = {run.id: run for run in api.runs(ids=[run.id for run in runs])}
            self._answered = time.monotonic()
            left: list[RunRef] = []
            for run in runs:
                left += self._follow(api, run, found.get(run.id), failed)
        except ServerNotReady:
            self._bear_silence()
            return runs
        return left

    def _follow(
        self, api: PrefectApi, run: RunRef, found: RunState | None, failed: list[RunFailed]
    ) -> list[RunRef]:
        if found is not None and found.live:
            return [run]
        if found is not None and found.type == "COMPLETED":
            return []
        if found is not None and found.type == "CRASHED":
            times = self._crashes[run.item_ids] = self._crashes.get(run.item_ids, 0) + 1
            if times <= CRASHES:
                return take_up(self._settings, self._shelf, api, run)
        detail = f"{found.type}: {found.message}" if found else "gone"
        failed.append(RunFailed(run=run.name, detail=detail[:500]))
        return []

    def _bear_silence(self) -> None:
        silent = time.monotonic() - self._answered
        place = Place.of(self._settings)
        gone = not is_elsewhere(self._settings) and place.serving() is None
        if gone or silent > SILENCE:
            raise ServerNotReady(seconds=round(silent), log=str(place.log("server")))


def _may_be_done(item: Item) -> bool:
    """False where the last stage is certainly ahead, so that nobody need ask for the others."""
    stays = item.state is State.QUARANTINED or item.form is ScanForm.MEDIA
    return stays or item.indexed_revision == item.revision


def _pages_read(item: Item, counted: Mapping[ItemId, int]) -> int:
    if item.state is State.RECEIVED:
        return 0
    return counted.get(item.id, item.counts.scanned or item.counts.images or 0)
