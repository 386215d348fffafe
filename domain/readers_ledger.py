"""What the catalogue tells those who read: published items alone, and what readers say of a page's text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.holdings import FileEntry, Item, PageEntry
from domain.ids import Accession, ItemId
from domain.queries import Facet


@dataclass(frozen=True, slots=True)
class Browsed:
    """Which published items a list shows; None asks for all."""

    resource_type: str | None = None
    field: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class BrowsedSlice:
    items: tuple[Item, ...]
    before: Accession | None  # pass it to go on; None at the end


class Outcome(StrEnum):
    """What staff found when they looked into a report."""

    MENDED = "mended"
    UNFOUNDED = "unfounded"


@dataclass(frozen=True, slots=True)
class Settled:
    """Who looked into a report, and what came of it."""

    outcome: Outcome
    by: str
    at: dt.datetime  # UTC


@dataclass(frozen=True, slots=True)
class TextReport:
    """A reader says that a page's text is not what is printed. Nothing is kept of who says so."""

    item_id: ItemId
    page: int  # from 1
    words: str  # as the page's text has them; "" where the reader named none
    note: str  # what is wrong, or how it ought to be
    at: dt.datetime  # UTC
    id: int | None = None  # given by the catalogue; grows with time
    settled: Settled | None = None


class ReadersLedger(Protocol):
    """What the readers' pages ask of a transaction; each question is bounded, whatever the shelf holds."""

    # lists: published items alone
    def browse(self, asked: Browsed, *, before: Accession | None, limit: int) -> BrowsedSlice:
        """The latest accession first."""
        ...

    def newest(self, limit: int) -> Sequence[Item]:
        """Those that readers got last, the latest first."""
        ...

    def shown_by(self, facet: Facet) -> Mapping[str, int]:
        """How many items have each type, field or year; those without one left out. ValueError for others."""
        ...

    def waymarks(self, every: int) -> Sequence[Accession]:
        """In accession order the last of each ``every`` items, so that a long list can be told in parts."""
        ...

    def held_numbers(self, numbers: Collection[str]) -> Mapping[str, Item]:
        """Of these legal numbers, a few hundred at most, those on the shelf, each with its latest copy."""
        ...

    # one item
    def page(self, item_id: ItemId, number: int) -> PageEntry | None: ...
    def pages_near(self, item_id: ItemId, number: int) -> Sequence[PageEntry]:
        """The page, and the nearest with words before and after it, in their order."""
        ...

    def page_labelled(self, item_id: ItemId, label: str) -> int | None:
        """The first page with this printed label, in either case; None where no page has it."""
        ...

    def homes(self, wanted: Collection[tuple[ItemId, int]]) -> Mapping[tuple[ItemId, int], int]:
        """Under which number the files of these pages rest, a few hundred at most, where it is another."""
        ...

    def stands(self, item_id: ItemId, home: int) -> bool:
        """Whether the page of that home stands in the item, so that its picture is for readers."""
        ...

    def files_named(self, wanted: Collection[tuple[ItemId, str]]) -> Mapping[tuple[ItemId, str], FileEntry]:
        """Those derivatives of these, a few hundred at most, that there are."""
        ...

    # what readers say
    def add_text_report(self, report: TextReport) -> None: ...
    def text_reports(
        self, item_id: ItemId, *, settled: bool = False, before: int | None = None, limit: int
    ) -> Sequence[TextReport]:
        """Those that staff have settled, or have still to; of ids below ``before``, the newest first."""
        ...

    def text_report(self, item_id: ItemId, report: int) -> TextReport | None: ...
    def settle_text_report(self, item_id: ItemId, report: int, settled: Settled | None) -> None:
        """Note what came of a report; None: it waits again."""
        ...

    def open_text_reports(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, int]:
        """How many wait for staff, of those of these items (a few dozen) that have any."""
        ...

    def count_open_text_reports(self, units: Collection[str]) -> int:
        """How many wait for staff of these units."""
        ...

    def count_text_reports(self, since: dt.datetime, item_id: ItemId | None = None) -> int:
        """Of one item, or of all."""
        ...
