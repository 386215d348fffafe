"""Who holds a claim or a lease: a process, named so that others on its machine can tell when it is dead."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import psutil


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


def of_process(held_by: str, pid: int) -> bool:
    """Whether the holder is, or was, a process of this number on this machine since it was started."""
    return held_by.startswith(f"{_machine()}/{pid}/")


def still_lives(pid: int, started: float) -> bool:
    """Whether the process that began at ``started`` (seconds since the epoch) still has this number."""
    try:
        process = psutil.Process(pid)
        # The system's own reckoning of when it booted may be put right by a second meanwhile.
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - started) < 2
    except psutil.Error:
        return False
