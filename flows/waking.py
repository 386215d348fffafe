"""Wake the worker when there is work, so that it need not ask the server every other second."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import psutil

from flows.steps.claims import still_lives

SIGNAL = signal.SIGUSR1


def announce(path: Path) -> None:
    """Say that this process wants to be woken; call it when the signal is being handled."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), "started": psutil.Process().create_time()}), "utf-8")
    draft.replace(path)


def wake(path: Path) -> None:
    """Wake the worker that announced itself there; nothing where there is none: it will ask by itself."""
    try:
        told = json.loads(path.read_text("utf-8"))
        pid, started = int(told["pid"]), float(told["started"])
    except (OSError, ValueError, TypeError, KeyError):
        return
    if still_lives(pid, started):
        os.kill(pid, SIGNAL)
