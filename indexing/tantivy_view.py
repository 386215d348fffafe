"""One commit of the embedded index, and what can be looked up in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import tantivy

from domain.queries import Facet, IndexedItem
from indexing.answering import FoundPage
from indexing.grouping import Group, group
from indexing.tantivy_writing import Facts

MOST_BUCKETS = 65_000  # that tantivy counts at once
FEW = 500  # items whose facts are looked up one by one; for more, all are
_ALL_GROUPS = (0, 1 << 64)


class View:
    """Reads one commit, whatever is written meanwhile; what it looked up of items it keeps."""

    def __init__(self, searcher: Any, schema: Any) -> None:
        self.searcher, self.schema = searcher, schema
        self._facts: dict[int, Facts] = {}
        self._values: dict[Facet, dict[int, str]] = {facet: {} for facet in Facet}
        self._all_known = False

    @classmethod
    def of(cls, index: Any) -> View:
        """The last commit of an index."""
        index.reload()
        return cls(index.searcher(), index.schema)

    def contents(self) -> list[IndexedItem]:
        """Every item that is held, with its pages."""
        pages = self.items(tantivy.Query.all_query())
        facts = self.facts(pages)
        told = ((facts[item], number) for item, number in pages.items())
        return [IndexedItem(one.item_id, one.revision, number, one.published) for one, number in told]

    def hits(self, asked: Any, most: int) -> tuple[int, list[Group[Any]], int, float]:
        """How many pages answer; the best of them by item; how many those are; the last one's score."""
        found = self.searcher.search(asked, most)
        if not found.hits:
            return found.count, [], 0, 0.0
        scores, where = zip(*found.hits, strict=True)
        addresses = list(where)
        items = self.searcher.fast_field_values("group", addresses)
        numbers = self.searcher.fast_field_values("page", addresses)
        return found.count, group(scores, items, numbers, addresses), len(scores), scores[-1]

    def count(self, asked: Any) -> int:
        """Pages that answer."""
        return int(self.searcher.search(asked, 1).count)

    def items(self, asked: Any) -> dict[int, int]:
        """Every item that answers, and with how many pages."""
        return dict(self._terms(asked, "group", _ALL_GROUPS))

    def facts(self, items: Collection[int]) -> Mapping[int, Facts]:
        """What is told of these items at least."""
        missing = () if self._all_known else [item for item in items if item not in self._facts]
        if missing:
            first = tantivy.Query.term_query(self.schema, "first", True)
            if len(missing) <= FEW:
                only = tantivy.Query.term_set_query(self.schema, "group", missing)
                first = first.and_must_match(only)
            for kept, _ in self._terms(first, "facts", _ALL_GROUPS):
                self._learn(Facts.read(kept))
            self._all_known = len(missing) > FEW
        return self._facts

    def _learn(self, told: Facts) -> None:
        self._facts[told.group] = told
        for facet, value in told.values.items():
            self._values[facet][told.group] = value

    def values(self, facet: Facet, items: Collection[int]) -> dict[str, int]:
        """The values of a facet among these items, as written, each with how many have it."""
        self.facts(items)
        counted = Counter(map(self._values[facet].get, items))
        return {value: number for value, number in counted.items() if value is not None}

    def page(self, hit: tuple[float, int, Any]) -> FoundPage:
        score, number, address = hit
        label, heading, text = bytes(self.searcher.doc(address).get_first("shown")).decode().split("\n", 2)
        return FoundPage(number, label or None, text, score, heading)

    def _terms(self, asked: Any, field: str, groups: tuple[int, int]) -> Iterator[tuple[Any, int]]:
        """Each value of a field and its pages; in two halves of the items where they are too many at once."""
        low, high = groups
        narrowed = asked
        if groups != _ALL_GROUPS:
            span = tantivy.Query.range_query(self.schema, "group", tantivy.FieldType.Unsigned, low, high - 1)
            narrowed = asked.and_must_match(span)
        found = self.searcher.aggregate(
            narrowed, {"found": {"terms": {"field": field, "size": MOST_BUCKETS}}}
        )
        if found["found"]["sum_other_doc_count"]:
            middle = (low + high) // 2
            yield from self._terms(asked, field, (low, middle))
            yield from self._terms(asked, field, (middle, high))
        else:
            for one in found["found"]["buckets"]:
                yield one["key"], one["doc_count"]
