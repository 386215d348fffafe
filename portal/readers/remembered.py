"""Answers that are the same for many readers, remembered for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """At most ``most`` answers, each for ``seconds`` at most; safe for several threads.

    Two who ask at once for what is not known may both find it out: nobody waits for another.
    """

    def __init__(self, *, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._kept: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, find: Callable[[], Value]) -> Value:
        """What is remembered of ``key``, or what ``find`` gives, which is remembered."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None and known[0] > self._clock():
                self._kept.move_to_end(key)
                return known[1]
        found = find()
        with self._lock:
            self._kept[key] = self._clock() + self._seconds, found
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found
