"""When, how often and where items are digitised. The work itself is in ``flows.steps``.

What is done is known from the catalogue's ledger, never from Prefect: nothing is cached, no result
is kept, and any of these flows may be killed and run again.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from typing import ParamSpec, TypeVar

from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture, as_completed
from prefect.logging import get_run_logger
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from config.settings import load_settings
from config.wiring import open_shelf
from domain.holdings import Item, Stage
from domain.holdings import State as ItemState
from domain.ids import ItemId
from domain.ports import Shelf
from flows.chunks import chunks
from flows.orders import BOOK, SHORT_ITEMS, Order
from flows.place import Place
from flows.progress import Progress
from flows.retries import DELAYS, RETRIES, worth_retrying
from flows.runners import worker_died
from flows.slots import InTurn, Slots
from flows.steps import way
from flows.steps.claims import holder

P = ParamSpec("P")
R = TypeVar("R")


@cache
def shelf() -> Shelf:
    """The shelf, open until this process ends: it serves one run, whose flow asks before its tasks do.

    One for each task would learn every query anew.
    """
    opened, settings = ExitStack(), load_settings()
    atexit.register(opened.close)
    found = opened.enter_context(open_shelf(settings))
    slots = Slots(Place.of(settings).slots, settings.jobs)
    return replace(found, ocr=InTurn(found.ocr, slots))


@task(
    name="read-pages",
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=worth_retrying,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def read_pages(item_id: str, numbers: Sequence[int], order: Order, held_by: str) -> int:
    """Read these pages of an item, which nobody has read yet; how many they are.

    ``held_by`` is the process that claimed the item, perhaps on another machine.
    """
    way.read_pages(shelf(), ItemId(item_id), numbers, order.work(held_by=held_by))
    return len(numbers)


@task(
    name="stage",
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=worth_retrying,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def run_stage(item_id: str, stage: str, order: Order, held_by: str) -> None:
    way.run_stage(shelf(), ItemId(item_id), Stage(stage), order.work(held_by=held_by))


@task(
    name="item",
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=worth_retrying,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def digitise_short_item(item_id: str, order: Order) -> str:
    """The whole way of a short item in one task; the state it ends in."""
    return way.digitise(shelf(), ItemId(item_id), order.work()).state.value


@flow(name=BOOK, task_runner=ThreadPoolTaskRunner(), persist_result=False)  # type: ignore[arg-type]
def digitise_item(item_id: str, order: Order) -> State[None]:
    """The way of one item: a task for each chunk of its pages, and one for each stage."""
    log, item = get_run_logger(), _item(item_id)
    log.info("%s: %s", item.accession, item.title)
    with way.claimed(shelf(), item.id):
        try:
            _go(item, order)
        except Exception as error:
            item = way.fail(shelf(), item.id, error, order.work().by)
            if item.state is not ItemState.QUARANTINED:
                log.error("%s: %s: %s", item.accession, item.title, error)
                raise
    return _ending(_item(item_id))


def _go(item: Item, order: Order) -> None:
    ahead = way.plan(shelf(), item.id, order.work())
    progress = Progress(item, total=ahead.images, done=ahead.images - len(ahead.pages))
    waiting = [
        _named(read_pages, f"{item.accession} · {span[0]}–{span[-1]}").submit(item.id, span, order, holder())
        for span in chunks(ahead.pages, ahead.images)
    ]
    for done in as_completed(waiting):
        progress.add(_result(done))
    for stage in ahead.stages:
        _named(run_stage, f"{item.accession} · {stage.value}")(item.id, stage.value, order, holder())


def _named(task: Task[P, R], name: str) -> Task[P, R]:
    """The task under a name that people recognise its run by."""
    return task.with_options(task_run_name=name)


def _result(future: PrefectFuture[int]) -> int:
    return future.result()


def _ending(item: Item) -> State[None]:
    """A run that ended where the item has to wait for a person is complete, and says so."""
    if item.state is ItemState.QUARANTINED and item.reason:
        get_run_logger().warning("%s: %s: quarantined: %s", item.accession, item.title, item.reason.code)
        return Completed(name="Quarantined", message=item.reason.code)
    get_run_logger().info("%s: %s: %s", item.accession, item.title, item.state.value)
    return Completed(message=item.state.value)


def _item(item_id: str) -> Item:
    with shelf().catalog.view() as seen:
        return seen.item(item_id)


@flow(name=SHORT_ITEMS, task_runner=ThreadPoolTaskRunner(), persist_result=False)  # type: ignore[arg-type]
def digitise_items(item_ids: list[str], order: Order) -> State[None]:
    """Several short items, a task for each; one that fails does not hold up the others."""
    log, items = get_run_logger(), [_item(item_id) for item_id in item_ids]
    waiting = {_named(digitise_short_item, item.accession).submit(item.id, order): item for item in items}
    failed: list[BaseException] = []
    ended: list[str] = []
    for future in as_completed(list(waiting)):
        item = waiting[future]
        try:
            ended.append(future.result())
            log.info("%s: %s: %s", item.accession, item.title, ended[-1])
        except Exception as error:
            log.error("%s: %s: %s", item.accession, item.title, error)
            if worker_died(error):
                way.fail(shelf(), item.id, error, order.work().by)
            failed.append(error)
    if failed:
        raise failed[0]
    return Completed(message=f"{len(ended)} items")
