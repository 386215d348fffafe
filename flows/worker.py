"""Prefect's process worker on our pool: a child of the supervisor, or by hand on another machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import random
import signal
import socket
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import prefect.runner._starter_engine as starting
from prefect.client.schemas.objects import FlowRun
from prefect.workers.process import ProcessWorker

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import ShelfError
from flows import engine
from flows.api import open_api
from flows.deployments import register
from flows.orders import LANES, POOL, Lane
from flows.place import Place
from flows.stem import Stem, fork_stem
from flows.steps.claims import crashed
from flows.tether import die_with_parent
from flows.waking import SIGNAL, announce

SOON_S = 0.5  # at most, between a place's becoming free and the next question: machines seldom ask at once


class LaneWorker(ProcessWorker):
    """Prefect's worker for one lane, that asks when there is a reason to.

    Not while all its places are taken, and soon after one became free: a run has ended, or another
    machine was quicker to take the run that was told to both.
    """

    def __init__(self, lane: Lane, machine: str) -> None:
        super().__init__(
            work_pool_name=POOL,
            work_queues=[lane.name],
            name=f"{machine}-{lane.name}",
            limit=lane.runs_at_once,
            create_pool_if_not_found=False,
        )
        self.asked = asyncio.Event()

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Take as many runs as there are places, in the order of their due times."""
        if self.limiter.available_tokens < 1:
            return []
        return await super().get_and_submit_flow_runs()

    def _release_limit_slot(self, flow_run_id: UUID) -> None:
        super()._release_limit_slot(flow_run_id)
        wait = random.uniform(SOON_S / 10, SOON_S)  # noqa: S311 - no secret
        asyncio.get_running_loop().call_later(wait, self.asked.set)

    async def answer(self) -> None:
        """Take runs whenever somebody has ``asked`` to."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            if self.is_setup:
                with contextlib.suppress(Exception):  # what fails here, its own next round finds and tells
                    await self.get_and_submit_flow_runs()


async def work(settings: Settings, link: socket.socket) -> None:
    """Take runs from the pool until SIGTERM; runs under way are stopped then.

    Raises StemDied, after which the worker has to start anew.
    """
    loop, place = asyncio.get_running_loop(), Place.of(settings)
    workers = [LaneWorker(lane, _name(place)) for lane in LANES]
    stem = await Stem.of(link, partial(_note_death, settings))
    starting.run_process = stem.run_process  # type: ignore[attr-defined, assignment]  # where Prefect says
    listening = asyncio.create_task(stem.listen())
    working = asyncio.gather(*(worker.start() for worker in workers))
    listening.add_done_callback(lambda _: working.cancel())
    answering = asyncio.gather(*(worker.answer() for worker in workers))
    loop.add_signal_handler(SIGNAL, _wake, workers)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    announce(place.worker)
    with contextlib.suppress(asyncio.CancelledError):
        await working
    answering.cancel()
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


def _wake(workers: Sequence[LaneWorker]) -> None:
    for worker in workers:
        worker.asked.set()


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
