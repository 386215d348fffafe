"""How fast pages are read, and how long what waits will take, by the catalogue's count of each minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from domain.figures import UnderWay, Waiting
from domain.holdings import State

WINDOW = dt.timedelta(minutes=10)
_MINUTE = dt.timedelta(minutes=1)


def pages_per_minute(by_minute: Mapping[dt.datetime, int], now: dt.datetime) -> float:
    """Over the last WINDOW, or since the first page in it; 0.0 where none was read.

    The minute that is under way counts for what it has lasted; at least one minute is reckoned with, so
    that one page just now is no thousand pages a minute.
    """
    counted = {minute: pages for minute, pages in by_minute.items() if now - minute < WINDOW and pages}
    if not counted:
        return 0.0
    lasted = max(now - min(counted), _MINUTE)
    return sum(counted.values()) / (lasted / _MINUTE)


def pages_ahead(waiting: Mapping[tuple[str, State], Waiting], under_way: Iterable[UnderWay]) -> int:
    """Pages still to be read, as far as pictures are counted."""
    told = sum(one.images for (_, state), one in waiting.items() if state in (State.RECEIVED, State.READING))
    read = sum(min(one.read, one.item.counts.images or 0) for one in under_way)
    return max(0, told - read)


def time_left(pages: int, per_minute: float) -> dt.timedelta | None:
    """None where nothing is being read, so that nobody can tell."""
    if pages == 0:
        return dt.timedelta(0)
    return _MINUTE * (pages / per_minute) if per_minute > 0 else None
