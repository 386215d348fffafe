"""Prefect's process worker on our pool: a child of the supervisor, or by hand on another machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket

import prefect.runner._starter_engine as starting
from prefect.workers.process import ProcessWorker

from config.settings import load_settings
from flows import engine
from flows.api import open_api
from flows.deployments import register
from flows.orders import POOL
from flows.place import Place
from flows.stem import Stem, fork_stem
from flows.tether import die_with_parent
from flows.waking import SIGNAL, announce

RUNS_AT_ONCE = 2  # while one run assembles its book with one processor, another reads


async def work(place: Place, link: socket.socket) -> None:
    """Take runs from the pool until SIGTERM; runs under way are stopped then.

    Raises StemDied, after which the worker has to start anew.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    worker = ProcessWorker(
        work_pool_name=POOL,
        name=f"tusach-{socket.gethostname()}",
        limit=RUNS_AT_ONCE,
        create_pool_if_not_found=False,
    )
    stem = await Stem.of(link)
    starting.run_process = stem.run_process  # type: ignore[attr-defined, assignment]  # where Prefect says
    listening = asyncio.create_task(stem.listen())
    working = asyncio.create_task(worker.start())
    listening.add_done_callback(lambda _: working.cancel())
    waking = asyncio.create_task(_ask_when_woken(worker, asked))
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


async def _ask_when_woken(worker: ProcessWorker, asked: asyncio.Event) -> None:
    while True:
        await asked.wait()
        asked.clear()
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
    asyncio.run(work(place, link))


if __name__ == "__main__":
    main()
