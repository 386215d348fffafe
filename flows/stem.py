"""Flow processes forked from one that has imported all they need: a tenth of a second each instead of two.

The worker forks its stem before it has a thread or an event loop. The stem has neither and keeps
nothing open: it waits for orders, forks a process for each and tells how it ended. The kernel lets it
die with the worker, and the flows with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flows.tether import die_with_parent, name_process

STEM, FLOW = "tusach-stem", "tusach-flow"  # as ``ps`` shows them
_STOPPING = (signal.SIGTERM, signal.SIGINT)


def fork_stem(run: Callable[[], object]) -> socket.socket:
    """Fork the stem, each of whose children calls ``run`` and exits; the worker's end of the link to it.

    Call it while this process has one thread only. What is imported by then, no flow imports again.
    """
    ours, theirs = socket.socketpair()
    worker = os.getpid()
    if os.fork():
        theirs.close()
        return ours
    ours.close()
    die_with_parent(worker)
    name_process(STEM)
    # Who stops the worker stops its flows one by one; a child hears of it once it is a process of its own.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    stem = os.getpid()
    order = _order(theirs)
    die_with_parent(stem)
    name_process(FLOW)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    run()
    sys.exit(0)


def _order(link: socket.socket) -> Any:
    """What a child is to do. Returns in children only; the stem leaves when the worker is gone."""
    with link, link.makefile("r", encoding="utf-8") as orders, selectors.DefaultSelector() as waiting:
        waiting.register(link, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.data is not None:  # a child's end
                    waiting.unregister(key.fileobj)
                    os.close(key.fd)
                    _, status = os.waitpid(key.data, 0)
                    _say(link, {"pid": key.data, "code": os.waitstatus_to_exitcode(status)})
                elif line := orders.readline():  # one at a time: the worker awaits its answer
                    pid = os.fork()
                    if pid == 0:
                        return json.loads(line)
                    waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                    _say(link, {"pid": pid})
                else:
                    sys.exit(0)


def _say(link: socket.socket, what: dict[str, int]) -> None:
    link.sendall(json.dumps(what).encode() + b"\n")


class StemDied(Exception):
    """The process that flows are forked from is gone, and they with it."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A flow's process, as far as Prefect's worker asks for one."""

    pid: int
    ended: asyncio.Future[int]

    @property
    def returncode(self) -> int | None:
        """The exit code, or minus the signal; None while it runs."""
        return self.ended.result() if self.ended.done() else None


class Stem:
    """The worker's side: orders go out, beginnings and ends come back."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        died: Callable[[int, int], object],
    ) -> None:
        self._reader, self._writer, self._died = reader, writer, died
        self._ordering = asyncio.Lock()
        self._begun: asyncio.Queue[Forked] = asyncio.Queue()
        self._running: dict[int, Forked] = {}

    @classmethod
    async def of(cls, link: socket.socket, died: Callable[[int, int], object] = lambda *_: None) -> Stem:
        """The stem at the other end of what ``fork_stem`` gave.

        ``died`` is called in a thread with the number and the code of every flow's process that ended
        otherwise than well and that nobody had asked to end.
        """
        return cls(*await asyncio.open_unix_connection(sock=link), died)

    async def listen(self) -> None:
        """Hear of beginnings and ends for as long as the stem lives. Raises StemDied."""
        while line := await self._reader.readline():
            told = json.loads(line)
            if "code" in told:
                self._running.pop(told["pid"]).ended.set_result(told["code"])
            else:
                begun = Forked(told["pid"], asyncio.get_running_loop().create_future())
                self._running[begun.pid] = begun
                self._begun.put_nowait(begun)
        raise StemDied

    async def run_process(
        self, *, task_status: Any, task_status_handler: Any, env: Any, cwd: Any, **_: Any
    ) -> Forked:
        """What Prefect's ``run_process`` does, by forking; the pool's command is what we do anyway.

        While ``listen`` listens. Cancelled, it kills the process.
        """
        async with self._ordering:
            self._writer.write(json.dumps({"env": env, "cwd": str(cwd)}).encode() + b"\n")
            process = await self._begun.get()
        task_status.started(task_status_handler(process))
        try:
            await asyncio.shield(process.ended)
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):  # it died with the stem
                os.kill(process.pid, signal.SIGKILL)
            raise
        if process.returncode:
            await asyncio.to_thread(self._died, process.pid, process.returncode)
        return process
