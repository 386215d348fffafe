"""Child processes: start, restart with patience, stop with all that they started."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from flows.tether import MARK

LOG_BYTES = 10_000_000  # a log grown beyond this is put aside, in the place of the one before it
PATIENCE = 5  # starts anew within PERIOD before giving up
PERIOD = 600.0  # seconds


class Child:
    """One supervised process with a log of its own; in a session of its own, so that Ctrl-C is ours alone."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name, self.log = name, log
        self._command, self._environment = list(command), dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._started: list[float] = []  # monotonic seconds
        self._not_before = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self.alive and self._process else None

    @property
    def started(self) -> int | None:
        """The number of its latest process, whether that lives or not."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def restarts(self) -> int:
        return max(0, len(self._started) - 1)

    @property
    def hopeless(self) -> bool:
        """Whether it died so often of late that starting it again would help nobody."""
        since = time.monotonic() - PERIOD
        return not self.alive and sum(moment > since for moment in self._started) > PATIENCE

    def start(self) -> None:
        self.put_log_aside()
        self._started.append(time.monotonic())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def put_log_aside(self) -> None:
        """Once it has grown; the process goes on writing at the beginning of the emptied file."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".old.log"))
            os.truncate(self.log, 0)

    def restart_due(self) -> bool:
        """Whether it is dead and has been left alone long enough: 1, 2, 4, 8, 16 seconds."""
        if self.alive or self.hopeless:
            return False
        if self._not_before == 0.0:
            self._not_before = time.monotonic() + 2.0 ** min(self.restarts, 4)
        if time.monotonic() < self._not_before:
            return False
        self._not_before = 0.0
        return True

    def stop(self, grace: float) -> None:
        """SIGTERM; after ``grace`` seconds SIGKILL to it and to everything below it."""
        process = self._process
        if process is None:
            return
        below = _below(process.pid)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        kill(below)


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill(processes: Sequence[psutil.Process]) -> None:
    """Kill these and wait until they are gone; ``psutil`` makes sure that they are still the same."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(list(processes), timeout=5)


def marked(name: str, value: str | None = None) -> Iterator[tuple[psutil.Process, Mapping[str, str]]]:
    """This user's processes whose environment has the variable (with this value), and that environment."""
    user = os.getuid()
    for process in psutil.process_iter():
        try:
            if process.uids().real != user or process.status() == psutil.STATUS_ZOMBIE:
                continue
            told = process.environ()
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or not ours to look at
        if name in told and (value is None or told[name] == value):
            yield process, told


def leftovers(data_dir: Path) -> list[psutil.Process]:
    """Processes that an earlier supervisor of this data folder started and could not stop any more."""
    return [process for process, told in marked("TUSACH_DATA_DIR", str(data_dir)) if MARK in told]


def orphans(supervisor: int) -> list[psutil.Process]:
    """What became this process's child because the flow that had started it died."""
    found = []
    for process, told in marked(MARK, str(supervisor)):
        with suppress(psutil.NoSuchProcess):
            if process.ppid() == supervisor and "PREFECT__FLOW_RUN_ID" in told:
                found.append(process)
    return found


def reap(known: Collection[int]) -> int:
    """Bury what this process adopted and what has ended since; how many they were.

    Adopted is what has another session, as what a ``Child`` started has; of those the ``known`` are left,
    whose ends are asked for elsewhere.
    """
    buried = 0
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess, ProcessLookupError, ChildProcessError):
            adopted = child.pid not in known and os.getsid(child.pid) != os.getsid(0)
            if adopted and child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)
                buried += 1
    return buried
