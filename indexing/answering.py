"""From the items an engine found to the answer a reader gets: one way for both engines.

An engine finds pages, groups them by item and hands over the items of ``span`` in its own order:
by the best page's score, equals by accession. What happens then (a second look at the first
items, snippets, what else the reader may have meant) happens here, so that both answer alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.ids import Accession, ItemId
from domain.queries import Facet, FacetValue, ItemHit, PageHit, Query, SearchResult, Sort
from indexing.queries import Parsed
from indexing.rerank import WINDOW, Candidate, reranked
from indexing.snippets import snippet

MOST_VALUES = 100  # of a facet that are told; the most frequent


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page that answers, as the index keeps it."""

    number: int
    label: str | None
    text: str
    score: float  # the engine's
    heading: str = ""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One item that answers; ``best`` is its best page, ``score`` that page's."""

    item_id: ItemId
    accession: Accession
    title: str
    resource_type: str | None
    year: int | None
    so_ky_hieu: str | None
    score: float
    best: FoundPage


@dataclass(frozen=True, slots=True)
class FoundPages:
    """Of one item: its best pages, equals by number, and how many answer in all."""

    pages: Sequence[FoundPage]
    total: int


# All of the pages of the items that are shown, asked for once, when it is known which those are.
PagesOf = Callable[[Sequence[FoundItem]], Mapping[ItemId, FoundPages]]
# How many visible pages hold each of some folded words.
Count = Callable[[Sequence[str]], Mapping[str, int]]


def span(query: Query) -> tuple[int, int]:
    """Which items the engine is to hand over: from, to (exclusive), in its own order.

    The first WINDOW are looked at again together, whatever slice is asked for; so slices add up.
    """
    end = query.offset + query.limit
    if query.sort is Sort.BEST and query.offset < WINDOW:
        return 0, max(end, WINDOW)
    return query.offset, end


def answer(
    query: Query,
    parsed: Parsed,
    found: Sequence[FoundItem],
    total: int,
    facets: Mapping[Facet, tuple[FacetValue, ...]],
    *,
    pages_of: PagesOf,
    count: Count,
) -> SearchResult:
    """The slice asked for; ``found`` are the items of ``span``, ``total`` counts all there are."""
    start, end = span(query)
    ordered = [*found]
    if query.sort is Sort.BEST and start == 0:
        ordered = [*_looked_at_again(parsed, found[:WINDOW]), *found[WINDOW:]]
    shown = ordered[query.offset - start : query.offset - start + query.limit]
    pages = pages_of(shown) if shown else {}
    return SearchResult(
        query.text,
        total,
        tuple(_hit(query, parsed, item, pages[item.item_id]) for item in shown),
        facets,
    )


def most_frequent(counts: Mapping[Facet, Mapping[str, int]]) -> dict[Facet, tuple[FacetValue, ...]]:
    """The values of each facet, equals by value; what no item has is not told."""
    return {
        facet: tuple(
            FacetValue(value, number)
            for value, number in sorted(found.items(), key=lambda one: (-one[1], one[0]))[:MOST_VALUES]
            if number > 0
        )
        for facet, found in counts.items()
    }


def _looked_at_again(parsed: Parsed, found: Sequence[FoundItem]) -> list[FoundItem]:
    scores = reranked(
        parsed,
        [
            Candidate(
                score=item.score,
                title=item.title,
                heading=item.best.heading,
                text=item.best.text,
                so_ky_hieu=item.so_ky_hieu,
            )
            for item in found
        ],
    )
    ranked = sorted(zip(scores, found, strict=True), key=lambda one: (-one[0], one[1].accession))
    return [item for _, item in ranked]


def _hit(query: Query, parsed: Parsed, item: FoundItem, found: FoundPages) -> ItemHit:
    return ItemHit(
        item_id=item.item_id,
        accession=item.accession,
        title=item.title,
        resource_type=item.resource_type,
        year=item.year,
        pages=tuple(
            PageHit(page.number, page.label, snippet(page.text, parsed), page.score)
            for page in found.pages[: query.pages_per_item]
        ),
        page_total=found.total,
    )
