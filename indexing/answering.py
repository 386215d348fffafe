"""From the items an engine found to the answer a reader gets: one way for both engines.

An engine finds pages, groups them by item and hands over the items of ``span`` in its own order:
by the best page's score, equals by accession. What happens then (a second look at the first
items, snippets, what else the reader may have meant) happens here, so that both answer alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from domain.ids import Accession, ItemId
from domain.queries import Completion, Facet, FacetValue, ItemHit, PageHit, Query, SearchResult, Sort
from indexing import rerank
from indexing.figures import without_legal_numbers
from indexing.letters import Words
from indexing.mapping import facet_key
from indexing.queries import WORDS_ALONE, Parsed, apart, parse
from indexing.rerank import FIRST, WINDOW, Held, Look
from indexing.snippets import snippet
from indexing.suggest import Count, did_you_mean, with_diacritics
from indexing.text import fold, folded_tokens

SORTED_BY = 200  # characters of a title
MOST_COMPLETED = 1_000  # items with a word that begins so, by title, of which completions are chosen
PAGES_LOOKED_AT = 12  # of an item, at most, before the best are shown
FAINT = 4  # times fewer pairs of the query than the best page: a page that others lend theirs
NEAR = 0.7  # of the best page's score: what the engine may have put behind it by its neighbours' words
FEW_WORDS = 6  # of a query, that pages may say alike; of more, the page is to be found that says them
MOST_VALUES = 100  # of a facet that are told; the most frequent


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page that answers, as the index keeps it."""

    number: int
    label: str | None
    text: str
    score: float  # the engine's
    words: Words


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


class Named(Protocol):
    """What completion needs of an item."""

    @property
    def item_id(self) -> ItemId: ...
    @property
    def title(self) -> str: ...
    @property
    def so_ky_hieu(self) -> str | None: ...


# All of the pages of the items that are shown, asked for once, when it is known which those are.
PagesOf = Callable[[Sequence[FoundItem]], Mapping[ItemId, FoundPages]]


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
    held: Held,
    count: Count,
    total_of: Callable[[str], int],
) -> SearchResult:
    """The slice asked for; ``found`` are the items of ``span``, ``total`` counts all there are.

    ``total_of`` is the total that the same query has with another text; it is rarely asked for.
    """
    start, _ = span(query)
    again = _Again(query, parsed, held) if found else None
    ordered = [*found]
    if again is not None and query.sort is Sort.BEST and start == 0:
        ordered = [*again.ordered(found[:WINDOW]), *found[WINDOW:]]
    shown = ordered[query.offset - start : query.offset - start + query.limit]
    pages = pages_of(shown) if shown else {}
    hits = tuple(
        _hit(item, again.hits(told.pages, query.pages_per_item), told.total)
        for item in shown
        if again is not None and (told := pages[item.item_id])
    )
    seen = (page.snippet for hit in hits for page in hit.pages[:1])
    return SearchResult(
        query.text,
        total,
        hits,
        facets,
        with_diacritics=with_diacritics(query.text, parsed, seen),
        did_you_mean=_meant(query, parsed, total, count, total_of),
    )


def _meant(
    query: Query, parsed: Parsed, total: int, count: Count, total_of: Callable[[str], int]
) -> str | None:
    """Another spelling, where it finds more: its words may all be there, and on no page together."""
    if not query.spelling:
        return None
    meant = did_you_mean(query.text, parsed, total, count)
    return meant if meant is not None and total_of(meant) > total else None


def sort_title(title: str) -> str:
    """By what titles stand in order."""
    return " ".join(folded_tokens(title))[:SORTED_BY]


def completions(text: str, items: Iterable[Named], limit: int) -> list[Completion]:
    """What each of some items is completed to: its number where that begins so, or else its title.

    Titles that begin as typed come first; the rest stays as given, by title and accession. The same
    title or number is told once, of the first item that has it.
    """
    typed, number = sort_title(text), _compact(text)
    told: dict[str, Completion] = {}
    later: dict[str, Completion] = {}
    for item in islice(items, MOST_COMPLETED):
        if item.so_ky_hieu and number and _compact(item.so_ky_hieu).startswith(number):
            told.setdefault(_compact(item.so_ky_hieu), Completion(item.so_ky_hieu, item.item_id))
            continue
        title = sort_title(item.title)
        begun = told if title.startswith(typed) else later
        begun.setdefault(title, Completion(item.title, item.item_id))
    return [*told.values(), *(one for title, one in later.items() if title not in told)][:limit]


def _compact(number: str) -> str:
    return "".join(fold(number).split()).lstrip("0")


def most_frequent(counts: Mapping[Facet, Mapping[str, int]]) -> dict[Facet, tuple[FacetValue, ...]]:
    """The values of each facet, counted as they are written; equals by value.

    Values that a filter takes for one are one, spelled as most items spell it.
    """
    return {facet: _spelled_once(found) for facet, found in counts.items()}


def _spelled_once(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    frequent = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    if len({facet_key(value) for value in counts}) < len(counts):
        spelling: dict[str, str] = {}
        totals: Counter[str] = Counter()
        for value, number in frequent:
            totals[spelling.setdefault(facet_key(value), value)] += number
        frequent = sorted(totals.items(), key=lambda one: (-one[1], one[0]))
    return tuple([FacetValue(value, number) for value, number in frequent[:MOST_VALUES]])


class _Again:
    """The second look at one answer."""

    def __init__(self, query: Query, parsed: Parsed, held: Held) -> None:
        self._by_words = _by_words(query)
        self._parsed, self._look = parsed, Look(parsed, held)

    def ordered(self, found: Sequence[FoundItem]) -> list[FoundItem]:
        """The items by their best pages."""
        proposed = [(self._look.see(item.score, item.title, item.best.words), item) for item in found]
        proposed.sort(key=lambda one: (-one[0].tier, -one[0].proposed, one[1].accession))
        first = [seen for seen, _ in proposed[:FIRST]]
        scores = rerank.reranked(first)
        items = [item for _, item in proposed]
        ranked = sorted(zip(scores, items, strict=False), key=lambda one: (-one[0], one[1].accession))
        return [*(item for _, item in ranked), *items[FIRST:]]

    def hits(self, pages: Sequence[FoundPage], shown: int) -> tuple[PageHit, ...]:
        """The best pages of an item; those come last that answer by their neighbours' ends alone."""
        if self._by_words and len(pages) > 1:
            said = [(*self._look.says(page.words.own), page) for page in pages]
            most = max([own for _, own, _ in said])
            said.sort(key=lambda one: (not one[0], FAINT * one[1] < most))
            pages = [page for _, _, page in said]
        return tuple(
            [
                PageHit(page.number, page.label, snippet(page.text, self._parsed, page.words.own), page.score)
                for page in pages[:shown]
            ]
        )


def _hit(item: FoundItem, pages: tuple[PageHit, ...], total: int) -> ItemHit:
    return ItemHit(
        item_id=item.item_id,
        accession=item.accession,
        title=item.title,
        resource_type=item.resource_type,
        year=item.year,
        pages=pages,
        page_total=total,
    )


def pages_of_each(query: Query, parsed: Parsed) -> int:
    """How many pages of an item an engine is to hand over, its best by score."""
    most = query.pages_per_item
    return max(most, PAGES_LOOKED_AT) if most and len(parsed.words) > FEW_WORDS else most


def _by_words(query: Query) -> bool:
    """Whether more is asked for than a number and a word or two: that need not stand on the pages."""
    return len(folded_tokens(without_legal_numbers(query.text))) >= WORDS_ALONE


def looked_at(query: Query, scores: Sequence[float]) -> int:
    """How many of an item's pages, best first, may turn out its best: not those far behind."""
    near = sum(score >= NEAR * scores[0] for score in scores)
    return max(query.pages_per_item, near)


def first_found(text: str, ask: Callable[[Parsed], SearchResult]) -> SearchResult:
    """What is found with words side by side, or else, of few words, with all of them on a page."""
    told = ask(parse(text))
    looser = None if told.total else apart(text)
    wider = ask(looser) if looser is not None else told
    return wider if wider.total else told
