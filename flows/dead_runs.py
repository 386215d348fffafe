"""Runs that died: a killed process cannot say so, and Prefect waits for it for ever.

What lives is known from leases in our own catalogue, which every machine sees (``flows.steps.claims``).
"""

from __future__ import annotations

import datetime as dt

from domain.ports import Shelf
from flows.api import PrefectApi
from flows.orders import run_lease
from flows.steps.claims import good_leases

STARTING = dt.timedelta(seconds=40)  # between a worker's taking a run and its process's lease
_TAKEN = ("PENDING", "RUNNING", "CANCELLING")


def mark_dead_runs(api: PrefectApi, shelf: Shelf, *, starting: bool = False) -> int:
    """Mark the runs Crashed that nobody works on any more, and say how many.

    ``starting``: no worker is up yet, so that a run which was only taken is dead too.
    """
    taken = api.runs(types=_TAKEN)
    if not taken:
        return 0
    with shelf.catalog.view() as seen:
        living = good_leases(seen)
    without = [run for run in taken if run_lease(run.id) not in living]
    suspects = {run.id for run in without if starting or run.type != "PENDING" or run.age > STARTING}
    if not suspects:
        return 0
    # A lease ends after its run's state is told, so what is still taken now did not end by itself.
    died = [run for run in api.runs(ids=sorted(suspects)) if run.type in _TAKEN]
    for run in died:
        api.mark_crashed(run.id, "its process died")
    return len(died)
