"""What every step is told, and the small things they all need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from domain.holdings import ProvenanceEvent
from domain.ids import BatchId, ItemId
from domain.options import OcrOptions
from domain.values import Actor, Json

PROGRAM = "tusach"


@dataclass(frozen=True, slots=True)
class Work:
    """Who asks for the work, and how it is to be done."""

    by: Actor
    options: OcrOptions
    jobs: int = 1  # pages read at once
    cleared: bool = False  # a person decided that a confidential marking may pass
    held_by: str | None = None  # the process that holds the claim, where this one works for it


@cache
def program_version() -> str:
    return version(PROGRAM)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def event(
    action: str,
    by: Actor,
    *,
    item_id: ItemId | None = None,
    batch_id: BatchId | None = None,
    program: str = PROGRAM,
    program_is: str | None = None,
    options: Mapping[str, Json] | None = None,
) -> ProvenanceEvent:
    """A provenance event of this moment; by this program and version unless another is named."""
    return ProvenanceEvent(
        at=now(),
        actor=by,
        action=action,
        program=program,
        version=program_is or program_version(),
        options=options or {},
        item_id=item_id,
        batch_id=batch_id,
    )
