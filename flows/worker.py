"""Prefect's process worker on our pool: a child of the supervisor, or by hand on another machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import signal
import socket
from collections.abc import Sequence
from functools import partial

import prefect.runner._starter_engine as starting
from prefect.workers.process import ProcessWorker

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import ShelfError
from flows import engine
from flows.api import open_api
from flows.deployments import register
from flows.orders import LANES, POOL
from flows.place import Place
from flows.stem import Stem, fork_stem
from flows.steps.claims import crashed
from flows.tether import die_with_parent
from flows.waking import SIGNAL, announce

FREE_S = 0.5  # between the end of a process and the next question: by then its place is free


async def work(settings: Settings, link: socket.socket) -> None:
    """Take runs from the pool until SIGTERM; runs under way are stopped then.

    Raises StemDied, after which the worker has to start anew.
    """
    loop, asked, place = asyncio.get_running_loop(), asyncio.Event(), Place.of(settings)
    workers = [
        ProcessWorker(
            work_pool_name=POOL,
            work_queues=[lane.name],
            name=f"{_name(place)}-{lane.name}",
            limit=lane.runs_at_once,
            create_pool_if_not_found=False,
        )
        for lane in LANES
    ]
    stem = await Stem.of(link, partial(_note_death, settings), lambda: loop.call_later(FREE_S, asked.set))
    starting.run_process = stem.run_process  # type: ignore[attr-defined, assignment]  # where Prefect says
    listening = asyncio.create_task(stem.listen())
    working = asyncio.gather(*(worker.start() for worker in workers))
    listening.add_done_callback(lambda _: working.cancel())
    waking = asyncio.create_task(_ask_when_woken(workers, asked))
    loop.add_signal_handler(SIGNAL, asked.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    announce(place.worker)
    with contextlib.suppress(asyncio.CancelledError):
        await working
    waking.cancel()
    if listening.done():
        listening.result()
    listening.cancel()


def _name(place: Place) -> str:
    """Of several on one machine each has a data folder of its own."""
    folder = hashlib.sha256(str(place.data_dir).encode()).hexdigest()[:8]
    return f"tusach-{socket.gethostname()}-{folder}"


def _note_death(settings: Settings, pid: int, code: int) -> None:
    try:
        with open_shelf(settings) as shelf:
            crashed(shelf, pid, code, settings.who)
    except ShelfError as error:  # the catalogue is away: whose fault it was is not known then
        print(f"flow process {pid} ended with {code}; not noted: {error}", flush=True)  # noqa: T201 - its log


async def _ask_when_woken(workers: Sequence[ProcessWorker], asked: asyncio.Event) -> None:
    while True:
        await asked.wait()
        asked.clear()
        for worker in workers:
            if worker.is_setup:
                with contextlib.suppress(Exception):  # what fails here, its own next round finds and tells
                    await worker.get_and_submit_flow_runs()


def main() -> None:
    """Work until SIGTERM; whoever starts this by hand need not register the flows."""
    options = argparse.ArgumentParser(prog="python -m flows.worker")
    options.add_argument("--parent", type=int, help="process to die with")
    parent = options.parse_args().parent
    if parent is not None:
        die_with_parent(parent)
    engine.load()
    link = fork_stem(engine.run)
    settings = load_settings()
    place = Place.of(settings)
    place.prepare()
    if parent is None:  # by hand, perhaps the first to speak to a server elsewhere
        with open_api(settings) as api:
            register(api)
    asyncio.run(work(settings, link))


if __name__ == "__main__":
    main()
