"""Processor time of every process below one, each for itself: children never count for their parents.

``utime`` and ``stime`` of ``/proc/PID/stat`` are a process's own; what its children took is kept elsewhere.
Looked at often enough that a process's last moments lose at most one interval.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.stem import FLOW

EVERY_S = 0.04
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """One process's time so far, in CPU seconds."""

    role: str
    own: float


class Watch:
    """Follows ``root`` and what it starts."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._seen: dict[tuple[int, int], Used] = {}  # by number and start, since numbers come again
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def look(self) -> None:
        with self._lock:
            for pid in tree(self._root):
                self._note(pid)

    def _note(self, pid: int) -> None:
        try:
            named, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
        except OSError:
            return  # gone
        name, fields = named.partition("(")[2], rest.split()
        user, system, start = (int(fields[place]) for place in (11, 12, 19))
        key = (pid, start)
        known = self._seen.get(key)
        # Asked every time: a child is its parent's copy until it becomes another program.
        role = _role(pid, name, self._root)
        if role is None:
            role = known.role if known else "starting"
        self._seen[key] = Used(role, (user + system) / _TICK)

    def own(self, role: str) -> float:
        """CPU seconds of all processes in this role, their own only."""
        self.look()
        with self._lock:
            return sum(used.own for used in self._seen.values() if used.role == role)

    def count(self, role: str) -> int:
        with self._lock:
            return sum(used.role == role for used in self._seen.values())

    def until(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.look()

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def watching(root: int) -> Iterator[Watch]:
    watch = Watch(root)
    thread = threading.Thread(target=watch.until, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        thread.join()


def tree(pid: int) -> Iterator[int]:
    """The process and all below it, without looking at every process of the machine."""
    yield pid
    for thread in _threads(pid):
        try:
            below = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
        except OSError:
            continue  # gone
        for child in below:
            yield from tree(int(child))


def _threads(pid: int) -> list[str]:
    try:
        return [thread.name for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []  # gone


def _role(pid: int, name: str, root: int) -> str | None:
    """What the process is for; None for one that has ended."""
    if pid == root:
        return "supervisor"
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    if command == [""]:
        return None
    if Path(command[0]).name == "tesseract":
        return "tesseract"
    if name == FLOW:  # forked by the worker, whose arguments it shows
        return "flow"
    for module, role in (
        ("flows.api_server", "server"),
        ("flows.worker", "worker"),
    ):
        if module in command:
            return role
    return "other"
