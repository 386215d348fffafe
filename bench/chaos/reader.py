"""A reader who goes on asking the portal while things die."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

PAUSE_S = 0.5
PATIENCE_S = 60.0  # for one page
# A page, or one that says what is away and when to ask again.
GOOD = frozenset({httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE})


class Reader:
    """Asks for ``paths`` in turn; counts what came, and how long at most nothing came."""

    def __init__(self, base: str, paths: tuple[str, ...]) -> None:
        self._base, self._paths = base, paths
        self._stopping = threading.Event()
        self.answers: Counter[int] = Counter()
        self.silence_s = 0.0

    @contextmanager
    def reading(self) -> Iterator[None]:
        thread = threading.Thread(target=self._read, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    @property
    def wrong(self) -> int:
        """Answers that no reader should see."""
        return sum(times for status, times in self.answers.items() if status not in GOOD)

    def _read(self) -> None:
        heard, turn = time.monotonic(), 0
        with httpx.Client(base_url=self._base, trust_env=False, timeout=PATIENCE_S) as client:
            while not self._stopping.wait(PAUSE_S):
                try:
                    answer = client.get(self._paths[turn % len(self._paths)])
                except httpx.TransportError:
                    self.silence_s = max(self.silence_s, time.monotonic() - heard)
                    continue
                turn += 1
                self.answers[answer.status_code] += 1
                self.silence_s = max(self.silence_s, time.monotonic() - heard)
                heard = time.monotonic()
