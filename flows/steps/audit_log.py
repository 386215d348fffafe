"""When the shelf was last audited, and what came of it: one event for each whole audit, or its failure."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from domain.errors import ShelfError
from domain.holdings import ProvenanceEvent
from domain.ports import Shelf
from domain.values import Actor, Json
from flows.steps.audit import Audited
from flows.steps.repair import Repaired
from flows.steps.work import event, now

NAMED = 200  # findings that are kept by name; ``tusach audit`` tells all


def note_audit(shelf: Shelf, audited: Audited, differences: int, by: Actor) -> None:
    """Keep that everything was read, the counts of what was found and the first NAMED of it by name.

    ``differences`` are those of the index.
    """
    troubles = Counter(one.trouble.value for one in audited.findings)
    told: dict[str, Json] = {
        "items": audited.items,
        "files": audited.objects,
        "bytes": audited.size,
        "findings": len(audited.findings),
        **troubles,
        "index_differences": differences,
        "named": [
            {"key": one.key, "trouble": one.trouble.value, "accession": one.accession, "name": one.name}
            for one in audited.findings[:NAMED]
        ],
    }
    with shelf.catalog.begin() as changes:
        changes.note(event("audited", by, options=told))


def note_repair(shelf: Shelf, repaired: Repaired, by: Actor) -> None:
    """Keep what was put right of what the audit before found, and how much is left for a person."""
    told: dict[str, Json] = {
        "brought": len(repaired.brought),
        "read": len(repaired.read),
        "deleted": len(repaired.deleted),
        "to_make": len(repaired.to_make),
        "left": len(repaired.left),
    }
    with shelf.catalog.begin() as changes:
        changes.note(event("mended", by, options=told))


def note_failure(shelf: Shelf, error: ShelfError, by: Actor) -> None:
    """Keep why an audit did not come to its end."""
    with shelf.catalog.begin() as changes:
        changes.note(event("audit_failed", by, options={"code": error.code, "fields": error.fields}))


def audited_within(shelf: Shelf, days: int) -> ProvenanceEvent | None:
    """The last whole audit, if it is not ``days`` old yet."""
    with shelf.catalog.view() as seen:
        last = seen.shelf_event("audited")
    return last if last is not None and now() - last.at < dt.timedelta(days=days) else None
