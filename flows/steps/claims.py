"""One process at a time works on an item; a dead process's claim is void at once on its own machine."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from domain.holdings import Claim
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Shelf
from flows.steps.work import now

LEASE = dt.timedelta(minutes=10)  # how long another machine waits for a holder that it cannot see


@cache
def _machine() -> str:
    """Host and boot: a process number means something only within one boot."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        boot = str(int(psutil.boot_time()))
    return f"{socket.gethostname().replace('/', '_')}/{boot}"


def holder() -> str:
    """This process, so that others can tell whether it still lives: host/boot/pid/start."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def dead(held_by: str) -> bool:
    """Whether a holder on this machine has died; False for holders elsewhere, whose leases run out."""
    host, _, rest = held_by.partition("/")
    if host != _machine().partition("/")[0]:
        return False
    if not held_by.startswith(_machine() + "/"):
        return True  # this machine has been started anew since
    pid, _, started = rest.partition("/")[2].partition("/")
    try:
        return _started(int(pid)) != started
    except (ValueError, psutil.NoSuchProcess):
        return True


def _started(pid: int) -> str:
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    return f"{process.create_time():.2f}"


def renew(changes: CatalogTransaction, item_id: ItemId) -> None:
    """Take the item or lengthen our claim, within a transaction. Raises ItemClaimed."""
    moment = now()
    changes.claim(Claim(item_id, holder(), moment + LEASE), now=moment, dead=dead)


@contextmanager
def claimed(shelf: Shelf, item_id: ItemId) -> Iterator[None]:
    """Hold the item while the block runs. Raises ItemClaimed where another live process has it."""
    with shelf.catalog.begin() as changes:
        renew(changes, item_id)
    try:
        yield
    finally:
        with shelf.catalog.begin() as changes:
            changes.release(item_id, holder())
