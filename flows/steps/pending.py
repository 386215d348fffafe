"""What is still to do of an item's way: pure, and light enough for commands that only ask."""

from __future__ import annotations

from collections.abc import Mapping

from domain.holdings import Item, ScanForm, Stage, State


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
            fresh = stage in done
        if left or not fresh:
            left.append(stage)
    return tuple(left)
