"""Runs several commands in turns, one at a time, so that what else the machine does weighs on all alike.

A machine shared with others does the same work in up to twice the CPU, and that changes within minutes.
Whoever is not in turn is stopped (SIGSTOP) with everything below it; turns are short, and as long as each
command's share, so that all of them end at about the same time. Each command is run once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.measure import SINGLE, Cost, stop
from bench.watch import tree

TURN_S = 1.5  # of the command with the share 1.0
LOOK_S = 0.01


@dataclass(frozen=True, slots=True)
class Errand:
    command: Sequence[str | Path]
    share: float  # of the CPU that the shortest is expected to take, 1.0 or more


@dataclass(slots=True)
class _Runner:
    child: subprocess.Popen[bytes]
    share: float
    out: IO[bytes]
    wrong: IO[bytes]
    wall_s: float = 0.0
    cost: Cost | None = None

    def turn(self) -> None:
        """Go on for one turn, or to the end."""
        began = time.monotonic()
        _send(self.child.pid, signal.SIGCONT)
        while time.monotonic() - began < TURN_S * self.share and self.cost is None:
            time.sleep(LOOK_S)
            self._reap(began)
        if self.cost is None:
            _send(self.child.pid, signal.SIGSTOP)
            self.wall_s += time.monotonic() - began

    def _reap(self, began: float) -> None:
        pid, status, used = os.wait4(self.child.pid, os.WNOHANG)
        if not pid:
            return
        self.child.returncode = os.waitstatus_to_exitcode(status)
        for told in (self.out, self.wrong):
            told.seek(0)
        if self.child.returncode != 0:
            stop(f"{self.child.args!r} failed:\n{self.wrong.read().decode(errors='replace')[-2000:]}")
        wall_s = self.wall_s + time.monotonic() - began
        self.cost = Cost(used.ru_utime + used.ru_stime, wall_s, self.out.read())


def in_turns(errands: Mapping[str, Errand], env: Mapping[str, str]) -> dict[str, Cost]:
    """What each command took; stops the bench where one fails."""
    with ExitStack() as stack:
        runners = {name: stack.enter_context(_started(errand, env)) for name, errand in errands.items()}
        while waiting := [runner for runner in runners.values() if runner.cost is None]:
            for runner in waiting:
                runner.turn()
        return {name: runner.cost for name, runner in runners.items() if runner.cost is not None}


@contextmanager
def _started(errand: Errand, env: Mapping[str, str]) -> Iterator[_Runner]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as wrong:
        child = subprocess.Popen(
            [str(part) for part in errand.command],
            stdout=out,
            stderr=wrong,
            env={**os.environ, **SINGLE, **env},
        )
        _send(child.pid, signal.SIGSTOP)
        try:
            yield _Runner(child, errand.share, out, wrong)
        finally:
            if child.returncode is None:
                _send(child.pid, signal.SIGKILL)
                child.wait()


def _send(pid: int, number: signal.Signals) -> None:
    """To the process and all below it: twice, since one may have been started meanwhile."""
    for _ in range(2):
        for one in tree(pid):
            with suppress(ProcessLookupError):
                os.kill(one, number)
