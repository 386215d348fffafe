"""Whose turn it is to audit: one process at a time, whichever way it was started, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.errors import AuditUnderWay
from domain.holdings import Lease
from domain.ports import Shelf
from flows.steps.claims import good_leases, leased

AUDIT = "audit"  # the name of the lease


@contextmanager
def audit_turn(shelf: Shelf) -> Iterator[Callable[[int], None]]:
    """Be the one who audits while the block runs; what is given is to be told how many files were read.

    Raises AuditUnderWay.
    """
    read = 0

    def told(count: int) -> None:
        nonlocal read
        read = count

    with leased(shelf.catalog, AUDIT, lambda: read) as ours:
        if not ours:
            raise AuditUnderWay
        yield told


def audit_under_way(shelf: Shelf) -> Lease | None:
    """The lease of the audit that goes on now, whose ``done`` counts files read; None without one."""
    with shelf.catalog.view() as seen:
        living = good_leases(seen)
        return next((one for one in seen.leases() if one.name == AUDIT and one.name in living), None)
