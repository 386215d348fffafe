"""When the shelf was last audited, and what came of it: one event for each whole audit."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from domain.holdings import ProvenanceEvent
from domain.ports import Shelf
from domain.values import Actor, Json
from flows.steps.audit import Audited
from flows.steps.work import event, now


def note_audit(shelf: Shelf, audited: Audited, differences: int, by: Actor) -> None:
    """Keep that everything was read, and the counts of what was found; ``differences`` of the index."""
    troubles = Counter(one.trouble.value for one in audited.findings)
    told: dict[str, Json] = {
        "items": audited.items,
        "files": audited.objects,
        "bytes": audited.size,
        "findings": len(audited.findings),
        **troubles,
        "index_differences": differences,
    }
    with shelf.catalog.begin() as changes:
        changes.note(event("audited", by, options=told))


def audited_within(shelf: Shelf, days: int) -> ProvenanceEvent | None:
    """The last whole audit, if it is not ``days`` old yet."""
    with shelf.catalog.view() as seen:
        last = seen.shelf_event("audited")
    return last if last is not None and now() - last.at < dt.timedelta(days=days) else None
