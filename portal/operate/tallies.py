"""What was done, counted once a minute however many ask: on a large shelf that is a second's work."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from domain.figures import Done, Milestone, Units
from domain.ports import Shelf

Tally: TypeAlias = Mapping[Milestone, Sequence[Done]]
FRESH = 60.0  # seconds for which a tally is told again
MOST = 16  # tallies remembered, the latest ones


class Tallies:
    """Of one shelf. One is counted at a time, so that nobody can keep the catalogue busy with them."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._counting = threading.Lock()
        self._known: dict[tuple[dt.date, dt.date, Units], tuple[float, Tally]] = {}

    def of(self, first: dt.date, last: dt.date, units: Units) -> Tally:
        """From the first to the last of these local days."""
        key = (first, last, None if units is None else frozenset(units))
        with self._counting:
            at, tally = self._known.pop(key, (0.0, {}))
            if not tally or time.monotonic() - at > FRESH:
                at, tally = time.monotonic(), self._count(first, last, units)
            self._known[key] = at, tally
            while len(self._known) > MOST:
                del self._known[next(iter(self._known))]
            return tally

    def _count(self, first: dt.date, last: dt.date, units: Units) -> Tally:
        with self._shelf.catalog.view() as seen:
            return {one: seen.figures.done(one, first, last, units) for one in Milestone}
