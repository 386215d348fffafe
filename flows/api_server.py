"""Prefect's server with less to do when nothing happens."""

from __future__ import annotations

import argparse
import datetime as dt
import functools

import prefect.server.api.background_workers as background
import uvicorn
from docket import Worker

from flows.tether import die_with_parent

# Its queue of background work is looked through four times a second as it comes, which is half of
# what an idle server costs (measured: 13 against 6 ms of processor time a second). What waits there
# is the tidying up of deleted runs and the readiness lamps of queues.
PATIENCE = dt.timedelta(seconds=2)


def main() -> None:
    """Serve until SIGTERM, on loopback unless asked otherwise; tied to the process that is named."""
    options = argparse.ArgumentParser(prog="python -m flows.api_server")
    options.add_argument("port", type=int)
    options.add_argument("--host", default="127.0.0.1", help="address to listen on")
    options.add_argument("--parent", type=int, help="process to die with")
    asked = options.parse_args()
    if asked.parent is not None:
        die_with_parent(asked.parent)
    background.Worker = functools.partial(  # type: ignore[attr-defined, assignment]
        Worker, scheduling_resolution=PATIENCE, minimum_check_interval=PATIENCE
    )
    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host=asked.host,
        port=asked.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
