"""Whose turn it is: units share the workers, however much each of them hands in.

Runs are taken in the order of their due times. The runs of one unit stand a moment apart, and those of
a unit that comes later begin where the queue is at now, so that units take turns (start-time fair
queueing: Goyal, Vin and Cheng, 1996).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from flows.api import RunState

STEP = dt.timedelta(milliseconds=1)  # thousands of runs are due at once for all that a worker notices


def unit_tag(unit: str) -> str:
    return f"unit:{unit}"


def turns(waiting: Iterable[RunState], unit: str, now: dt.datetime) -> Iterator[dt.datetime]:
    """When the next runs of the unit are due, one after the other, given those that wait to be taken."""
    known = list(waiting)
    own = [run.due for run in known if unit_tag(unit) in run.tags]
    due = max(own) + STEP if own else min((run.due for run in known), default=now)
    while True:
        yield due
        due += STEP
