"""Processes that outlive the command that started them, and what is known of them between two commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import common
from common import Failed

STOPPED_S = 30
OUTPUT, STATE = "output.log", "state.json"


class Server:
    """One server in the folder of the services, made anew with each start."""

    name: str
    mark: bytes  # in the command line of its process
    how = signal.SIGTERM  # it is asked to end
    ready_s: float  # that it has to answer

    def __init__(self) -> None:
        self._run = common.home() / self.name / "run"

    def install(self) -> None:
        """Raises NotHere where this machine cannot have it."""
        raise NotImplementedError

    def _start(self, port: int) -> None:
        """In the empty folder ``_run``, until it answers; ``port`` is 0 for any."""
        raise NotImplementedError

    def _begin(self, state: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        """Its process, on the data and the port that it had."""
        raise NotImplementedError

    def _ask(self, state: Mapping[str, Any]) -> None:
        """Raises OSError where it does not answer."""
        raise NotImplementedError

    def _settings(self, state: Mapping[str, Any]) -> dict[str, str]:
        raise NotImplementedError

    def start(self, *, port: int) -> None:
        """Until it answers; one that runs already stays as it is."""
        self.install()
        if not self.running():
            shutil.rmtree(self._run, ignore_errors=True)  # of the one before; nothing of a test is kept
            self._run.mkdir(parents=True)
            self._start(port)

    def running(self) -> bool:
        state = known(self._run)
        if state is None or not alive(state["pid"], self.mark):
            return False
        try:
            self._ask(state)
        except OSError as error:
            raise Failed(f"{self.name} runs as {state['pid']} but does not answer: {error}") from error
        return True

    def kill(self) -> None:
        """As a crash: at once, and nothing is tidied up."""
        state = known(self._run)
        if state is None or not alive(state["pid"], self.mark):
            raise Failed(f"{self.name} does not run")
        # As with a container, everything in it: PostgreSQL's processes have groups of their own.
        killed = below(state["pid"])
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() and not _zombie(pid) for pid in killed):
            time.sleep(0.05)

    def restart(self) -> None:
        """On its data and its port, where its process died; what runs stays as it is."""
        state = known(self._run)
        if state is None:
            raise Failed(f"{self.name} was never started")
        if alive(state["pid"], self.mark):
            return
        process = self._begin(state)
        keep(self._run, {**state, "pid": process.pid})
        wait(process, self._run, lambda: self._ask(state), self.ready_s)

    def settings(self) -> dict[str, str]:
        """What the tests have to be told to find it."""
        state = known(self._run)
        return {} if state is None else self._settings(state)

    def stop(self) -> None:
        state = known(self._run)
        if state is not None:
            end(state["pid"], self.mark, self.how)
        shutil.rmtree(self._run, ignore_errors=True)


def begin(
    command: Sequence[str | Path], run: Path, environment: Mapping[str, str], user: str = ""
) -> subprocess.Popen[bytes]:
    """A process in its own session, so that it ends as a whole; what it says is kept in its folder."""
    with (run / OUTPUT).open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=run,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(run), **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **common.as_whom(user),
        )


def wait(process: subprocess.Popen[bytes], run: Path, answers: Callable[[], None], patience_s: float) -> None:
    """Until ``answers`` raises no OSError. Raises Failed with the end of what the process said."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answers()
            return
        except OSError:  # HTTP's errors and those of connections are of this kind
            time.sleep(0.25)
    told = (run / OUTPUT).read_text(errors="replace")[-3000:]
    raise Failed(f"it did not come up within {patience_s:.0f} s:\n{told}")


def keep(run: Path, state: Mapping[str, Any]) -> None:
    """For the commands after this one, and for nobody else's eyes: there are secrets in it."""
    path = run / STATE
    path.touch(mode=0o600)
    path.write_text(json.dumps(state))


def known(run: Path) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads((run / STATE).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return state


def alive(pid: int, mark: bytes) -> bool:
    """Whether this is still the process with ``mark`` in its command line, not another with its number."""
    try:
        return mark in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def below(pid: int) -> list[int]:
    """The process and all that descend from it, itself first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                told = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(told[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def end(pid: int, mark: bytes, how: int = signal.SIGTERM) -> None:
    """The process and all that it started; by force where asking does not help."""
    if not alive(pid, mark):
        return
    os.killpg(pid, how)
    deadline = time.monotonic() + STOPPED_S
    while _group_alive(pid):
        if time.monotonic() > deadline:
            os.killpg(pid, signal.SIGKILL)
            return
        time.sleep(0.1)


def _group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return not all(_zombie(pid) for pid in _members(group))


def _members(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
