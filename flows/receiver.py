"""Keeps looking for drafts that were handed in, and for uploads that nobody came back for."""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType

from config.environment import child_environment
from config.settings import Settings
from domain.errors import DraftNotFound
from domain.values import Reason
from flows.steps.drafts import drafts_in
from flows.steps.uploads import Draft
from flows.tether import MARK

_log = logging.getLogger("tusach.receiver")
LOOK = 15.0  # seconds between looks, where nobody says that there is something
SWEEP = 3600.0  # seconds between sweeps
PAUSE = 15.0  # seconds after a try that came to nothing; twice as long after each further one
LONGEST_PAUSE = 900.0
GRACE = 5.0  # seconds for a process to end by itself


class Receiver:
    """A thread that takes drafts in, one after the other, while the block runs.

    Several processes may have one: each draft has a lock. What a killed one left is found by the next.
    """

    def __init__(self, settings: Settings, *, look_s: float = LOOK) -> None:
        self._settings, self._drafts, self._look_s = settings, drafts_in(settings.data_dir), look_s
        self._stopping, self._due = threading.Event(), threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._tried_at: dict[str, float] = {}  # monotonic seconds
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    def wake(self) -> None:
        """Somebody handed in a draft."""
        self._due.set()

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._due.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
        self._thread.join(GRACE)

    def _run(self) -> None:
        swept_at = -SWEEP
        while not self._stopping.is_set():
            self._due.clear()
            try:
                if time.monotonic() - swept_at >= SWEEP:
                    self._drafts.sweep(dt.datetime.now(dt.UTC))
                    swept_at = time.monotonic()
                for draft in self._handed_in():
                    self._take(draft)
            except OSError:  # the disk is away or full: the next look sees
                _log.exception("looking for drafts")
            self._due.wait(self._look_s)

    def _handed_in(self) -> list[Draft]:
        """Those that are due, the one that waits the longest first."""
        waiting = [draft for draft in self._drafts.all() if not draft.is_open and self._is_due(draft)]
        return sorted(waiting, key=lambda one: one.handed_in_at or one.created_at)

    def _is_due(self, draft: Draft) -> bool:
        tried_at = self._tried_at.get(draft.id)
        if tried_at is None or draft.tries == 0:
            return True
        pause = min(LONGEST_PAUSE, PAUSE * float(2 ** min(draft.tries - 1, 10)))
        return time.monotonic() - tried_at >= pause

    def _take(self, draft: Draft) -> None:
        if self._stopping.is_set():
            return
        self._tried_at[draft.id] = time.monotonic()
        command = [sys.executable, "-m", "flows.receiving", draft.id, "--parent", str(os.getpid())]
        self._child = subprocess.Popen(command, env=self._environment())
        status = self._child.wait()
        self._child = None
        if status != 0 and not self._stopping.is_set():
            self._crashed(draft, status)
        with suppress(DraftNotFound):
            self._drafts.draft(draft.id)
            return
        del self._tried_at[draft.id]

    def _crashed(self, draft: Draft, status: int) -> None:
        _log.warning("draft %s: its process ended with %s", draft.id, status)
        with suppress(DraftNotFound):
            now = self._drafts.draft(draft.id)
            self._drafts.note_try(draft.id, Reason("upload.crashed", {"times": now.tries}), tries=now.tries)

    def _environment(self) -> dict[str, str]:
        """As ours, with the mark by which the supervisor knows what it started, if it did."""
        marked = {MARK: os.environ[MARK]} if MARK in os.environ else {}
        return child_environment(self._settings) | marked
