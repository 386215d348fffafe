"""What operators ask of the catalogue: what waits, how fast it goes, what is in quarantine, what was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.holdings import Item, State
from domain.ids import Accession, BatchId, ItemId

Units = Collection[str] | None
"""Of these units alone; None: of all."""

AHEAD = frozenset({State.RECEIVED, State.READING, State.READ})
"""States that an item leaves by itself, when its turn comes."""


class Milestone(StrEnum):
    """What is counted by day."""

    TAKEN_IN = "taken_in"
    READ = "read"  # the last time, of an item that was read again
    PUBLISHED = "published"  # likewise


@dataclass(frozen=True, slots=True)
class Waiting:
    """Items of one unit in one state."""

    items: int
    images: int  # pictures of those whose pictures are counted
    uncounted: int  # items whose pictures nobody has counted yet


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An item that is being read."""

    item: Item
    read: int  # pages entered so far


@dataclass(frozen=True, slots=True)
class Master:
    """What was handed in as an item's scan, without its files one by one."""

    name: str  # of the first file
    files: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Done:
    """What of one kind came to a milestone on one day; pages that nobody has counted are not among them."""

    day: dt.date  # local
    unit: str
    resource_type: str | None
    items: int
    pages: int


class FiguresLedger(Protocol):
    """A part of the catalogue's transaction, reached as ``seen.figures``. Nothing here walks all pages."""

    def waiting(self, units: Units) -> Mapping[tuple[str, State], Waiting]:
        """By unit and state, of the states AHEAD; without those of no item."""
        ...

    def under_way(self, units: Units, limit: int) -> Sequence[UnderWay]:
        """Items in state reading, in accession order."""
        ...

    def count_read(self, item_id: ItemId, pages: int, at: dt.datetime) -> None:
        """So many more pages of the item were read in that minute. Kept for an hour."""
        ...

    def read_by_minute(self, since: dt.datetime, units: Units) -> Mapping[dt.datetime, int]:
        """Pages read by the minute in which they were, from ``since`` on: of the last hour at most."""
        ...

    def troubles(self, units: Units) -> Mapping[str, int]:
        """How many items are in quarantine by the code of their reason."""
        ...

    def quarantined(
        self,
        units: Units,
        *,
        code: str | None = None,
        batch_id: BatchId | None = None,
        after: Accession | None = None,
        limit: int,
    ) -> Sequence[Item]:
        """In accession order, those behind ``after``."""
        ...

    def masters(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, Master]:
        """Of each of these items, a few hundred at most; without those of no file."""
        ...

    def lines(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, int]:
        """The ordinal of the line of its batch that each of these items, a few hundred at most, came from."""
        ...

    def done(self, milestone: Milestone, first: dt.date, last: dt.date, units: Units) -> Sequence[Done]:
        """What came to the milestone from the first to the last of these local days, by day, unit, type."""
        ...
