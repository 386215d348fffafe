"""One query against one commit of the embedded index."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import Any

import tantivy

from domain.ids import ItemId
from domain.queries import Facet, FacetValue, Query, SearchResult, Sort
from indexing.answering import FoundItem, FoundPages, answer, looked_at, most_frequent, pages_of_each, span
from indexing.grouping import Group, all_enough, enough_for, settled, slices
from indexing.mapping import looked_up
from indexing.queries import Parsed, parse
from indexing.tantivy_queries import any_of, asked_of, beside, seen_by, union_of, within
from indexing.tantivy_view import View
from indexing.tantivy_writing import Facts

LOOKS = (100, 400, 1_600, 6_400, 25_600, 64_000)  # pages; the first answers nearly every query
ALL_OF_SHOWN = 1_000  # pages: mostly more than answer of the items that are shown


class Search:
    def __init__(self, view: View, query: Query, parsed: Parsed) -> None:
        self._view, self._query, self._parsed = view, query, parsed
        self._tokens = tokens = any_of(query, parsed)
        schema = view.schema
        self._asked = asked_of(schema, query, parsed) if tokens is None else union_of(schema, tokens)
        self._hidden = tokens is not None and query.published_only  # unpublished ones are left out after
        self._most = pages_of_each(query, parsed)
        self._whole: dict[int, Group[int, Any]] = {}  # items with their best pages
        self._known: Mapping[int, int] | None = None
        self._totals: dict[int, int] = {}  # pages that answer, of items that are shown

    def answer(self) -> SearchResult:
        groups = self._ordered(*span(self._query))
        facts = self._view.facts([found.item for found in groups])
        found = [self._found(one, facts[one.item]) for one in groups]
        group_of = {item.item_id: one for item, one in zip(found, groups, strict=True)}

        def pages_of(items: Sequence[FoundItem]) -> dict[ItemId, FoundPages]:
            whole = self._completed([group_of[item.item_id] for item in items])
            return {item.item_id: self._pages(item, one) for item, one in zip(items, whole, strict=True)}

        return answer(
            self._query,
            self._parsed,
            found,
            self.total,
            self._facets() if self._query.facets else {},
            pages_of=pages_of,
            held=self._view.held,
            count=self._count,
            total_of=lambda text: Search(self._view, replace(self._query, text=text), parse(text)).total,
        )

    def _found(self, found: Group[int, Any], told: Facts) -> FoundItem:
        return FoundItem(
            item_id=told.item_id,
            accession=told.accession,
            title=told.title,
            resource_type=told.resource_type,
            year=told.year,
            so_ky_hieu=told.so_ky_hieu,
            score=found.score,
            best=self._view.page(*found.best(1)),
        )

    def _pages(self, item: FoundItem, whole: Group[int, Any]) -> FoundPages:
        best = whole.best(self._most)
        best = best[: looked_at(self._query, [score for score, _, _ in best])]
        return FoundPages(
            [item.best if hit[1] == item.best.number else self._view.page(hit) for hit in best],
            self._totals[whole.item],
        )

    # which items, and in which order

    def _ordered(self, start: int, end: int) -> list[Group[int, Any]]:
        sort = self._query.sort
        if sort is Sort.BEST:
            return self._ranked(self._asked, start, end)
        facts = self._view.facts(self._items)
        if sort is Sort.TITLE:
            titled = sorted(self._items, key=lambda item: (facts[item].sort_title, facts[item].accession))
            return self._completed([Group(item, 0.0) for item in titled[start:end]])
        years = sorted(self._items, key=lambda item: _by_year(facts[item].year, sort))
        parts = [[*same] for _, same in groupby(years, key=lambda item: facts[item].year)]
        ordered: list[Group[int, Any]] = []
        for part, (first, last) in zip(parts, slices(map(len, parts), start, end), strict=True):
            if first < last:
                ordered += self._ranked(within(self._view.schema, self._asked, part), first, last, part)
        return ordered

    def _ranked(
        self, asked: Any, start: int, end: int, among: Collection[int] | None = None
    ) -> list[Group[int, Any]]:
        """The items of this slice by their best page; ``among`` are all that answer, where known.

        Items that are better than whatever was not looked at are sure; the others are looked for
        again without those. So the order is the same whatever the slice. What is left after LOOKS,
        or is equal in hundreds, follows in order of accession.
        """
        sure: list[Group[int, Any]] = []
        left = asked
        for look in LOOKS:
            groups, seen, floor = self._hits(left, look)
            if seen < look:
                if left is asked and among is None:
                    self._known = {found.item: len(found.pages) for found in groups}
                    self._whole.update((found.item, found) for found in groups)
                return settled([*sure, *groups], start, end, self._accessions)
            found = [found for found in groups if found.score > floor]
            sure += found
            if len(sure) >= end:
                return settled(sure, start, end, self._accessions)
            if found:
                left = beside(self._view.schema, asked, [found.item for found in sure])
        return self._with_rest(sure, self._items if among is None else among, start, end)

    def _hits(self, asked: Any, most: int) -> tuple[list[Group[int, Any]], int, float]:
        groups, seen, floor = self._view.hits(asked, most)
        if self._hidden:
            facts = self._view.facts([found.item for found in groups])
            groups = [found for found in groups if facts[found.item].published]
        return groups, seen, floor

    def _with_rest(
        self, sure: list[Group[int, Any]], items: Collection[int], start: int, end: int
    ) -> list[Group[int, Any]]:
        known = {found.item for found in sure}
        rest = [item for item in items if item not in known]
        rest = [item for _, item in sorted(zip(self._accessions(rest), rest, strict=True))]
        tail = rest[max(0, start - len(sure)) : max(0, end - len(sure))]
        return [
            *settled(sure, start, end, self._accessions),
            *self._completed([Group(item, 0.0) for item in tail]),
        ]

    def _accessions(self, items: Sequence[int]) -> list[str]:
        facts = self._view.facts(items)
        return [facts[item].accession for item in items]

    def _completed(self, groups: Sequence[Group[int, Any]]) -> list[Group[int, Any]]:
        """The same items with their best pages, wherever those were ranked: as many as may be shown."""
        items = [found.item for found in groups]
        missing = [item for item in items if item not in self._whole]
        if missing:
            self._complete(missing)
        if unknown := [item for item in items if item not in self._totals]:
            self._totals |= self._pages_of(unknown)
        return [self._whole[item] for item in items]

    def _complete(self, items: Sequence[int]) -> None:
        """Find the best pages of these items, mostly with all others of theirs that answer."""
        asked, most = within(self._view.schema, self._asked, items), max(1, self._most)
        look = max(ALL_OF_SHOWN, enough_for(len(items), most))
        found, seen, floor = self._view.hits(asked, look)
        if seen < look:
            self._totals |= {one.item: len(one.pages) for one in found}
        else:
            self._totals |= self._pages_of(items)
            totals = {item: self._totals[item] for item in items}
            if not all_enough(found, most, totals, floor):
                found, _, _ = self._view.hits(asked, sum(totals.values()))
        self._whole |= {one.item: one for one in found}

    def _pages_of(self, items: Sequence[int]) -> dict[int, int]:
        """With how many pages each of these items answers."""
        if self._tokens is None or self._known is not None:
            return {item: self._items[item] for item in items}
        return self._view.items(within(self._view.schema, self._asked, items))

    # counting

    @property
    def _items(self) -> Mapping[int, int]:
        """Every item that answers, and with how many pages."""
        if self._known is None:
            found = self._view.items(self._asked)
            self._known = self._view.published(found) if self._hidden else found
        return self._known

    @cached_property
    def _set(self) -> int:
        """The same items as a set."""
        told = None
        if self._tokens is not None and self._known is None:
            told = self._view.set_with(self._tokens, public=self._query.published_only)
        return self._view.set_of(self._items) if told is None else told

    @property
    def total(self) -> int:
        return self._set.bit_count()

    def _facets(self) -> dict[Facet, tuple[FacetValue, ...]]:
        """Of each facet: what the same query finds with any value of it, counted by value."""
        narrowed = [facet for facet in Facet if self._query.filters.get(facet)]
        counted = self._view.values([facet for facet in Facet if facet not in narrowed], self._set)
        for facet in narrowed:
            asked = asked_of(self._view.schema, self._query, self._parsed, without=facet)
            counted |= self._view.values([facet], self._view.set_of(self._view.items(asked)))
        return most_frequent({facet: counted[facet] for facet in Facet})

    def _count(self, words: Sequence[str]) -> dict[str, int]:
        """How many pages that may be seen hold each of these folded words, or bigrams."""
        return {word: self._pages_with(word) for word in words}

    def _pages_with(self, word: str) -> int:
        schema = self._view.schema
        asked = tantivy.Query.term_query(schema, *looked_up(word), "freq")
        return self._view.count(seen_by(schema, asked, public=self._query.published_only))


def _by_year(year: int | None, sort: Sort) -> tuple[bool, int]:
    if year is None:
        return True, 0
    return False, year if sort is Sort.OLDEST else -year
