"""Asking what may not answer: in a thread of its own, one at a time, told again for a few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.errors import ShelfError
from domain.values import Reason

SILENT = Reason("operate.silent")
FRESH = 4.0  # seconds for which an answer is told again instead of asked for
PATIENCE = 2.0  # seconds that a page waits for all it asks

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Said]):
    said: Said | None
    trouble: Reason | None  # why nothing was said; None where something was


class Question(Generic[Said]):
    """One question to somebody who may be slow, dead or wrong. However many ask it, one thread does."""

    def __init__(self, name: str, ask: Callable[[], Said], *, fresh: float = FRESH) -> None:
        self._name, self._ask, self._fresh = name, ask, fresh
        self._changed = threading.Condition()
        self._answer: Answer[Said] | None = None
        self._answered = self._began = 0.0  # monotonic seconds
        self._asking = False

    def begin(self) -> None:
        """Ask, unless the answer is fresh or somebody is at it."""
        with self._changed:
            if self._asking or self._is_fresh():
                return
            self._asking, self._began = True, time.monotonic()
        threading.Thread(target=self._go, name=f"ask-{self._name}", daemon=True).start()

    def answer(self, deadline: float) -> Answer[Said]:
        """What was said by then (monotonic seconds); nobody waits for what has been silent for PATIENCE."""
        self.begin()
        with self._changed:
            until = min(deadline, self._began + PATIENCE) if self._asking else deadline
            self._changed.wait_for(lambda: not self._asking, max(0.0, until - time.monotonic()))
            if self._asking or self._answer is None:
                return Answer(None, SILENT)
            return self._answer

    def _is_fresh(self) -> bool:
        return self._answer is not None and time.monotonic() - self._answered < self._fresh

    def _go(self) -> None:
        answer: Answer[Said] = Answer(None, SILENT)
        try:
            answer = Answer(self._ask(), None)
        except ShelfError as error:
            answer = Answer(None, error.reason)
        except OSError as error:
            answer = Answer(None, Reason("operate.not_had", {"detail": str(error)[:300]}))
        finally:  # whatever else happens, those who wait are told, and the next one asks anew
            with self._changed:
                self._answer, self._answered, self._asking = answer, time.monotonic(), False
                self._changed.notify_all()


def deadline() -> float:
    """When a page that is asked for now stops waiting."""
    return time.monotonic() + PATIENCE
