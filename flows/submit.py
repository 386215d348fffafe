"""Hand items to Prefect. The only place that knows which server, and that never imports Prefect."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from config.settings import Settings
from config.wiring import open_shelf
from domain.errors import RunFailed, RunnerError
from domain.holdings import Item
from domain.ids import BatchId, ItemId
from domain.options import OcrOptions
from domain.ports import Shelf
from domain.values import Json
from flows.api import LIVE, PrefectApi, RunState, is_elsewhere, open_api
from flows.chunks import is_short, shared_runs
from flows.dead_runs import mark_dead_runs
from flows.deployments import deployment_of
from flows.orders import BOOK, SHORT_ITEMS, Order
from flows.place import Place
from flows.steps.walk import mishaps_of
from flows.turns import turns, unit_tag
from flows.waking import wake

TRIES = 5  # that somebody else's hands may come in between


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run that was handed in, or found under way already."""

    id: str
    name: str
    item_ids: tuple[ItemId, ...]
    cleared: bool = False


@dataclass(frozen=True, slots=True)
class _Errand:
    """What one run is to do."""

    flow: str
    items: tuple[Item, ...]
    order: Order

    @property
    def name(self) -> str:
        first = self.items[0]
        if self.flow == BOOK:
            return f"{first.accession} · {first.title}"[:120]
        return f"{first.accession} … {self.items[-1].accession} ({len(self.items)})"

    @property
    def tags(self) -> list[str]:
        first = self.items[0]
        return [
            unit_tag(first.actor.unit),
            f"batch:{first.batch_id}",
            *(str(item.accession) for item in self.items),
        ]

    @property
    def parameters(self) -> dict[str, Json]:
        order: Json = self.order.model_dump(mode="json")
        if self.flow == BOOK:
            return {"item_id": self.items[0].id, "order": order}
        return {"item_ids": [item.id for item in self.items], "order": order}

    def key(self, after: str) -> str:
        """The same for the same items, order and run that came before: handing in twice makes one run."""
        said = " ".join([self.flow, *(item.id for item in self.items), self.order.digest, after])
        return hashlib.sha256(said.encode()).hexdigest()


def submit(settings: Settings, item_ids: Sequence[ItemId], *, cleared: bool = False) -> list[RunRef]:
    """Start the runs that bring these items on their way; items under way already keep their run.

    Short items share runs. Raises ServerNotReady.
    """
    with open_shelf(settings) as shelf, open_api(settings) as api:
        return hand_in(settings, shelf, api, item_ids, cleared=cleared)


def submit_or_leave(settings: Settings, item_ids: Sequence[ItemId], *, cleared: bool = False) -> bool:
    """As ``submit``, without waiting for a server that is not there: its supervisor finds what was left.

    False then. Only what is ``cleared`` has to be handed in as such, or it stops where it did.
    """
    if not is_elsewhere(settings) and Place.of(settings).serving() is None:
        return False
    try:
        submit(settings, item_ids, cleared=cleared)
    except RunnerError:
        return False
    return True


def hand_in(
    settings: Settings, shelf: Shelf, api: PrefectApi, item_ids: Sequence[ItemId], *, cleared: bool = False
) -> list[RunRef]:
    if not item_ids:
        return []
    mark_dead_runs(api, shelf)
    with shelf.catalog.view() as seen:
        items = [seen.item(item_id) for item_id in dict.fromkeys(item_ids)]
        crashed = {item_id for item_id, befell in mishaps_of(seen, item_ids).items() if befell.crashed}
        options = {
            batch_id: OcrOptions.model_validate(dict(seen.batch(batch_id).options))
            for batch_id in {item.batch_id for item in items}
        }
    live = api.runs(types=sorted(LIVE))
    waiting = [run for run in live if run.type == "SCHEDULED"]
    turn: dict[str, Iterator[dt.datetime]] = {}
    under_way, idle = _under_way(live, items, cleared)
    deployments: dict[str, str] = {}
    for errand in _errands(settings, idle, options, cleared, alone=crashed):
        if errand.flow not in deployments:
            deployments[errand.flow] = deployment_of(api, errand.flow)
        unit = errand.items[0].actor.unit
        if unit not in turn:
            turn[unit] = turns(waiting, unit, api.said_at)
        run = _start(api, deployments[errand.flow], errand, next(turn[unit]))
        under_way.append(RunRef(run.id, run.name, tuple(item.id for item in errand.items), cleared))
    wake(Place.of(settings).worker)
    return under_way


def _under_way(
    live: Sequence[RunState], items: Sequence[Item], cleared: bool
) -> tuple[list[RunRef], list[Item]]:
    by_tag = {tag: run for run in live for tag in run.tags}
    held: dict[str, list[ItemId]] = {}
    idle: list[Item] = []
    for item in items:
        run = by_tag.get(item.accession)
        if run is None:
            idle.append(item)
        else:
            held.setdefault(run.id, []).append(item.id)
    names = {run.id: run.name for run in by_tag.values()}
    return [RunRef(run_id, names[run_id], tuple(ids), cleared) for run_id, ids in held.items()], idle


def _errands(
    settings: Settings,
    items: Sequence[Item],
    options: dict[BatchId, OcrOptions],
    cleared: bool,
    *,
    alone: Collection[ItemId],
) -> Iterator[_Errand]:
    """Books by themselves first, being the longest; then short items of the same batch together.

    What a process died of may be any item that it was at, so each of those is ``alone`` the next time.
    """

    def together(item: Item) -> bool:
        return is_short(item.counts.images) and item.id not in alone

    def order(batch_id: BatchId) -> Order:
        who = settings.who
        return Order(options=options[batch_id], actor=who.name, unit=who.unit, cleared=cleared)

    for item in items:
        if not together(item):
            yield _Errand(BOOK, (item,), order(item.batch_id))
    for batch_id in options:
        short = [
            (item, item.counts.images or 0) for item in items if item.batch_id == batch_id and together(item)
        ]
        for shared in shared_runs(short):
            yield _Errand(SHORT_ITEMS, tuple(shared), order(batch_id))


def _start(api: PrefectApi, deployment: str, errand: _Errand, due: dt.datetime) -> RunState:
    """The run of this errand: a new one where earlier ones have ended."""
    after = ""
    for _ in range(TRIES):
        run = api.create_run(
            deployment,
            name=errand.name,
            key=errand.key(after),
            tags=errand.tags,
            parameters=errand.parameters,
            due=due,
        )
        if run.live:
            return run
        after = api.runs(tags=[errand.items[0].accession], limit=1)[0].id
    raise RunFailed(run=errand.name, detail=f"{TRIES} runs ended at once")
