"""What staff judge and put right at their desks: verdicts on use, words that were read wrongly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.holdings import Item, PageEntry, ProvenanceEvent
from domain.ids import ItemId
from domain.records import Citation
from domain.values import Actor, Reason


class Verdict(StrEnum):
    """Whether what an item says is still of use ("còn giá trị sử dụng")."""

    USABLE = "usable"
    UNUSABLE = "unusable"
    REVIEW = "review"  # to be looked at again: a person doubts it, or a law that it cites was repealed


@dataclass(frozen=True, slots=True)
class Assessment:
    """One verdict; the newest is in force, the others are its history."""

    verdict: Verdict
    assessor: Actor
    at: dt.datetime  # UTC
    reason: Reason


@dataclass(frozen=True, slots=True)
class Doubts:
    """How much of an item's reading a person has still to look at."""

    words: int  # read with less confidence than domain.text.DOUBTFUL
    pages: int  # that have such words
    uncounted: int  # pages that were read before such words were counted


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another item that bears the same number and notation."""

    item: Item
    agency: str | None


class DeskLedger(Protocol):
    """What the catalogue keeps for staff: a part of its transaction, reached as ``changes.desk``."""

    # whether an item is still of use, and who may say so
    def assess(self, item_id: ItemId, assessment: Assessment) -> None:
        """Raises ItemNotFound."""
        ...

    def assessments(self, item_id: ItemId) -> Sequence[Assessment]:
        """In the order they were given; the last one is in force."""
        ...

    def verdicts(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, Assessment]:
        """Those in force, of the items among these, a few hundred at most, that have one."""
        ...

    def asking_four_eyes(self) -> frozenset[str]:
        """The units that ask for them, for themselves and all below them."""
        ...

    def ask_four_eyes(self, unit: str, asked: bool) -> None:
        """Raises UnitNotFound."""
        ...

    # pages
    def page(self, item_id: ItemId, number: int) -> PageEntry | None: ...
    def some_pages(self, item_id: ItemId, first: int, last: int) -> Sequence[PageEntry]:
        """Those from ``first`` to ``last``, both among them, in order of their number."""
        ...

    def correct_page(self, item_id: ItemId, page: PageEntry) -> None:
        """Keep what a person says of a page, whatever is kept of it; makes a new revision."""
        ...

    def doubts(self, item_id: ItemId) -> Doubts: ...
    def next_doubtful(self, item_id: ItemId, after: int) -> int | None:
        """The first page behind that number with words that were read with little confidence."""
        ...

    # the record
    def confirm_cite(self, item_id: ItemId, ordinal: int, cite: Citation, by: str | None) -> bool:
        """Note who confirmed a citation; None takes it back. False where it stands there no longer.

        ``ordinal`` is its place in the record, from 1.
        """
        ...

    def usual_values(
        self, names: Sequence[str], *, units: Collection[str], newest: int
    ) -> Mapping[str, Sequence[str]]:
        """What the records of the newest items say in these fields, the most frequent first.

        Of items that are published or of these units; at most 60 values of each field.
        """
        ...

    def namesakes(self, so_ky_hieu: str, *, but: ItemId, limit: int) -> Sequence[Namesake]:
        """Other items with that number and notation, in order of their accession."""
        ...

    # what happened
    def events(
        self,
        item_id: ItemId,
        *,
        actions: Collection[str] | None = None,
        home: int | None = None,
        before: int | None = None,
        limit: int,
    ) -> Sequence[ProvenanceEvent]:
        """The newest first, with ids: of these actions, of one page (by its home), kept before ``before``."""
        ...
