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
    return _holder(os.getpid())


@cache
def _holder(pid: int) -> str:
    """Said once, so that it stays the same when the system's clock is put right."""
    return f"{_machine()}/{pid}/{psutil.Process(pid).create_time():.2f}"


def dead(held_by: str) -> bool:
    """Whether a holder on this machine has died; False for holders elsewhere, whose leases run out."""
    host, _, rest = held_by.partition("/")
    if host != _machine().partition("/")[0]:
        return False
    if not held_by.startswith(_machine() + "/"):
        return True  # this machine has been started anew since
    pid, _, started = rest.partition("/")[2].partition("/")
    try:
        return not still_lives(int(pid), float(started))
    except ValueError:
        return True


def still_lives(pid: int, started: float) -> bool:
    """Whether the process that began at ``started`` (seconds since the epoch) still has this number."""
    try:
        process = psutil.Process(pid)
        # The system's own reckoning of when it booted may be put right by a second meanwhile.
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - started) < 2
    except psutil.Error:
        return False


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
