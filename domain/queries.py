"""What is asked of the search index, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum

from domain.ids import Accession, ItemId


class Facet(StrEnum):
    """What results can be narrowed and counted by; an item has at most one value of each."""

    TYPE = "type"
    FIELD = "field"
    AGENCY = "agency"
    YEAR = "year"
    LEGAL_STATUS = "legal_status"


class Sort(StrEnum):
    BEST = "best"
    NEWEST = "newest"  # by year, items without one last; equals as for best
    OLDEST = "oldest"
    TITLE = "title"  # by the folded title


@dataclass(frozen=True, slots=True)
class Query:
    text: str  # as typed: words, "phrases", -word, field:value
    published_only: bool = True
    limit: int = 10  # items
    offset: int = 0  # items
    pages_per_item: int = 3
    filters: Mapping[Facet, tuple[str, ...]] = made(default_factory=dict)  # any value of each facet
    item_id: ItemId | None = None  # search inside this item only
    sort: Sort = Sort.BEST
    facets: bool = False  # whether to count them
    spelling: bool = True  # whether to look for another one where little is found, which costs as much again


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a page's text; ``marks`` are (start, end) in code points of ``text``, end exclusive."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PageHit:
    number: int  # from 1
    label: str | None
    snippet: Snippet
    score: float  # comparable within one answer only


@dataclass(frozen=True, slots=True)
class ItemHit:
    item_id: ItemId
    accession: Accession
    title: str
    resource_type: str | None
    year: int | None
    pages: tuple[PageHit, ...]  # best first, at most ``pages_per_item``
    page_total: int = 0  # pages of the item that answer


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int  # items: the total of the same query narrowed to this value alone


@dataclass(frozen=True, slots=True)
class SearchResult:
    query: str
    total: int  # items
    items: tuple[ItemHit, ...] = ()  # best first, or as sorted
    facets: Mapping[Facet, tuple[FacetValue, ...]] = made(default_factory=dict)  # most frequent first
    with_diacritics: str | None = None  # "đất đai" for "dat dai", where the hits say so
    did_you_mean: str | None = None  # a query that finds more, where this one finds next to nothing


@dataclass(frozen=True, slots=True)
class Completion:
    """What a reader may be about to type."""

    text: str  # a title, or a legal number as it is written
    item_id: ItemId


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of a word, where recognition was unsure."""

    word: int  # of the page's text, from 0, counted as ``indexing.text.words`` does
    text: str


@dataclass(frozen=True, slots=True)
class PageDocument:
    """One page as the index sees it."""

    item_id: ItemId
    accession: Accession
    revision: int  # of the item
    published: bool
    title: str
    resource_type: str | None
    agency: str | None
    year: int | None
    so_ky_hieu: str | None  # of the item itself, where it is a legal document
    number: int  # from 1
    label: str | None
    text: str  # NFC
    before: str = ""  # the end of the page before, so that a sentence over the page break is found
    after: str = ""  # the start of the page after
    cites: tuple[str, ...] = made(default=())  # legal numbers that the page mentions
    field: str | None = None  # of law: "đất đai"
    legal_status: str | None = None
    heading: str = ""  # that the page stands under, where known: "Điều 5. Hòa giải viên"
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemPages:
    """All that the index is to hold of one item; ``pages`` are consumed once, and only if needed."""

    item_id: ItemId
    revision: int
    pages: Iterable[PageDocument]


@dataclass(frozen=True, slots=True)
class IndexedItem:
    """What the index holds of one item."""

    item_id: ItemId
    revision: int
    pages: int
    published: bool


@dataclass(frozen=True, slots=True)
class IndexStatus:
    engine: str  # "tantivy 0.27"
    pages: int
    items: int
