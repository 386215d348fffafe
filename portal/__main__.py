"""``python -m portal``: serve the pages until SIGTERM, at the settings' address."""

from __future__ import annotations

import argparse

import uvicorn

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from flows.receiver import Receiver
from flows.tether import die_with_parent, name_process
from portal.app import guarded

WAITING = 2_048  # connections that may wait to be taken up
KEPT_OPEN_S = 20  # for a reader who turns a page


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m portal")
    options.add_argument("--parent", type=int, help="process to die with")
    asked = options.parse_args()
    if asked.parent is not None:
        die_with_parent(asked.parent)
    name_process("tusach-portal")
    serve(load_settings())


def serve(settings: Settings) -> None:
    with open_shelf(settings) as shelf, Receiver(settings) as receiver:
        uvicorn.run(
            guarded(settings, shelf, handed_in=receiver.wake),
            host=settings.portal_host,
            port=settings.portal_port,
            log_level="warning",
            access_log=False,  # who reads what is nobody's business
            server_header=False,
            backlog=WAITING,
            timeout_keep_alive=KEPT_OPEN_S,
            timeout_graceful_shutdown=5,
            proxy_headers=bool(settings.portal_proxies),
            forwarded_allow_ips=settings.portal_proxies or None,
        )


if __name__ == "__main__":
    main()
