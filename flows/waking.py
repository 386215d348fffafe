"""Processes that others can find: the worker, to be woken when there is work, and the flows."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import psutil

from flows.steps.claims import still_lives

SIGNAL = signal.SIGUSR1


def announce(path: Path) -> None:
    """Say there that this process lives; the worker does so when it handles the signal."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), "started": psutil.Process().create_time()}), "utf-8")
    draft.replace(path)


def announced(path: Path) -> int | None:
    """The process that announced itself there; None where there is none or it is gone."""
    try:
        told = json.loads(path.read_text("utf-8"))
        pid, started = int(told["pid"]), float(told["started"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return pid if still_lives(pid, started) else None


def wake(path: Path) -> None:
    """Wake the worker that announced itself there; where there is none, one will ask by itself."""
    pid = announced(path)
    if pid is not None:
        os.kill(pid, SIGNAL)
