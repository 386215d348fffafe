"""What is asked of the search index, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.ids import Accession, ItemId


@dataclass(frozen=True, slots=True)
class Query:
    text: str  # as typed
    published_only: bool = True
    limit: int = 10  # items
    offset: int = 0  # items
    pages_per_item: int = 3


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


@dataclass(frozen=True, slots=True)
class SearchResult:
    query: str
    total: int  # items
    items: tuple[ItemHit, ...] = ()  # best first


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
    cites: tuple[str, ...] = field(default=())  # legal numbers that the page mentions


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
