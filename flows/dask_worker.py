"""A Dask worker that knows our settings: ``python -m flows.dask_worker`` on every machine of the cluster.

It needs what a worker of ours needs anywhere: the addresses of store, catalogue, index, runner and cluster.
Files move through the store; the scratch folder is emptied at the start.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal

from config.settings import Settings, load_settings
from flows.place import Place
from flows.runners import address, security
from flows.server import environment


async def serve(settings: Settings) -> None:
    """Work until SIGTERM; a worker process that dies is started again."""
    from distributed import Nanny

    place = Place.of(settings)
    async with Nanny(
        address(settings),
        nthreads=settings.jobs,
        security=security(settings),
        local_directory=str(place.scratch),
        # Pages are read by other processes; what a task itself holds is little.
        memory_limit=0,
        env=environment(settings, os.getpid()),
    ) as nanny:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        ended = asyncio.create_task(nanny.finished())
        await asyncio.wait([ended, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)


def main() -> None:
    settings = load_settings()
    place = Place.of(settings)
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.prepare()
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
