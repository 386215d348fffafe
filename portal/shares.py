"""What one network may do in a day, so that it takes nothing from the others. In memory, and never kept."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date

MOST_KNOWN = 50_000  # networks that are told apart; behind them all begin anew


class Shares:
    """Of one process, which forgets when a day ends: who asked is nobody's business."""

    def __init__(self, most: int) -> None:
        """``most``: times a day that one network may."""
        self.most = most
        self._lock = threading.Lock()
        self._day: date | None = None
        self._taken: Counter[str] = Counter()

    def take(self, network: str, day: date) -> bool:
        """Whether this once is still within the share."""
        with self._lock:
            if day != self._day or len(self._taken) >= MOST_KNOWN:
                self._day, self._taken = day, Counter()
            self._taken[network] += 1
            return self._taken[network] <= self.most
