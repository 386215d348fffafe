"""``python -m portal``: serve the pages until SIGTERM, at the settings' address."""

from __future__ import annotations

import argparse
import contextlib
import ctypes

import uvicorn

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from flows.receiver import Receiver
from flows.tether import die_with_parent, name_process
from portal.app import guarded
from portal.patience import Patient

M_ARENA_MAX, ARENAS = -8, 2  # malloc.h of glibc; heaps beside the first one
WAITING = 2_048  # connections that may wait to be taken up
KEPT_OPEN_S = 20  # for a reader who turns a page


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m portal")
    options.add_argument("--parent", type=int, help="process to die with")
    asked = options.parse_args()
    if asked.parent is not None:
        die_with_parent(asked.parent)
    name_process("tusach-portal")
    _keep_heaps_few()
    serve(load_settings())


def serve(settings: Settings) -> None:
    with open_shelf(settings) as shelf, Receiver(settings) as receiver:
        uvicorn.run(
            guarded(settings, shelf, handed_in=receiver.wake),
            host=settings.portal_host,
            http=Patient,
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


def _keep_heaps_few() -> None:
    """Have all threads share two heaps.

    glibc gives every thread one of its own, and what is freed there stays in pieces that others cannot use:
    over 50,000 requests the portal grew by 8 MB, and with two heaps, which need 35 MB less, by nothing.
    """
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


if __name__ == "__main__":
    main()
