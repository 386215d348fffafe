"""What is still to do of an item's way: pure, and light enough for commands that only ask."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import ConfidentialMarking
from domain.holdings import BatchEntry, Item, Outcome, ScanForm, Stage, State
from domain.values import Reason

OLD_WORDS = "old words"  # a stage's mark: what was made stands, but for the words in it
RETURNED = "item.returned"  # why an item is described again: a person gave it back to its unit
HELD_ELSEWHERE = "intake.held_elsewhere"  # a line's note: another unit has this content, not yet published
NEW_PLACES = "new places"  # of READ: people arranged the pages anew; those that stand stay until then


def pending(item: Item, done: Mapping[Stage, str]) -> tuple[Stage, ...]:
    """The stages still to do, in their order; after one that is to be done, all others are too.

    None for an item that waits for a person or for a PDF.
    """
    if item.state is State.QUARANTINED or item.form is ScanForm.MEDIA:
        return ()
    left: list[Stage] = []
    for stage in Stage:
        if stage is Stage.INDEX:
            fresh = item.indexed_revision == item.revision
        elif stage is Stage.PUBLISH:
            if not item.publish:
                continue  # people decide
            fresh = item.state is State.PUBLISHED
        else:
            fresh = stage in done and done[stage] not in (OLD_WORDS, NEW_PLACES)
        if left or not fresh:
            left.append(stage)
    return tuple(left)


def replaceable(entry: BatchEntry, item: Item | None) -> bool:
    """Whether another file may take the place: none came, or what came is in quarantine."""
    if item is None:
        return entry.outcome in (Outcome.ABSENT, Outcome.QUARANTINED)
    return item.state is State.QUARANTINED and entry.outcome is not Outcome.DUPLICATE


def is_marking(reason: Reason | None) -> bool:
    """Whether an item waits for a person because of a secrecy marking."""
    return reason is not None and reason.code == ConfidentialMarking.code
