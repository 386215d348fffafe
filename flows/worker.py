"""Prefect's process worker on our pool: a child of the supervisor, or by hand on another machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket

from prefect.workers.process import ProcessWorker

from config.settings import load_settings
from flows.api import open_api
from flows.deployments import register
from flows.orders import POOL
from flows.tether import die_with_parent

RUNS_AT_ONCE = 2  # while one run assembles its book with one processor, another reads


async def work() -> None:
    """Take runs from the pool until SIGTERM; runs under way are told to stop."""
    worker = ProcessWorker(
        work_pool_name=POOL,
        name=f"tusach-{socket.gethostname()}",
        limit=RUNS_AT_ONCE,
        create_pool_if_not_found=False,
    )
    this = asyncio.current_task()
    if this is not None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await worker.start()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m flows.worker")
    options.add_argument("--parent", type=int, help="process to die with")
    parent = options.parse_args().parent
    if parent is not None:
        die_with_parent(parent)
    with open_api(load_settings()) as api:
        register(api)
    asyncio.run(work())


if __name__ == "__main__":
    main()
