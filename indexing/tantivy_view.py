"""One commit of the embedded index, and what can be looked up in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import tantivy

from domain.queries import Facet, IndexedItem
from indexing.answering import FoundPage
from indexing.clauses import Has
from indexing.grouping import Group, group
from indexing.letters import Words
from indexing.mapping import looked_up
from indexing.tantivy_writing import Facts
from indexing.text import unpacked

MOST_BUCKETS = 65_000  # that tantivy counts at once
REMEMBERED = 50_000  # tokens whose pages were counted
LEARNED = 3  # tokens of a query whose items are looked up to be remembered; for more, those that answer are
SETS_BYTES = 64_000_000  # of sets of items that are remembered
FEW = 500  # items whose facts are looked up one by one; for more, all are
_ALL_GROUPS = (0, 1 << 64)


class View:
    """Reads one commit, whatever is written meanwhile; what it looked up of items it keeps."""

    def __init__(self, searcher: Any, schema: Any) -> None:
        self.searcher, self.schema = searcher, schema
        self._facts: dict[int, Facts] = {}
        self._places: dict[int, int] = {}  # of items whose facts are known
        self._unpublished: set[int] = set()
        self._sets: dict[Facet, tuple[int, dict[str, int]]] = {}  # of how many items, and by value
        self._holding: dict[str, int] = {}  # pages, by folded word or bigram
        self._having: dict[tuple[str, str], int] = {}  # items, by field and token
        self._having_bytes = 0
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

    def hits(self, asked: Any, most: int) -> tuple[list[Group[int, Any]], int, float]:
        """The best pages that answer, by item; how many those are; the last one's score."""
        found = self.searcher.search(asked, most, count=False).hits
        if not found:
            return [], 0, 0.0
        scores, where = zip(*found, strict=True)
        addresses = list(where)
        items = self.searcher.fast_field_values("group", addresses)
        numbers = self.searcher.fast_field_values("page", addresses)
        return group(scores, items, numbers, addresses), len(scores), scores[-1]

    def count(self, asked: Any) -> int:
        """Pages that answer."""
        return int(self.searcher.search(asked, 1).count)

    def items(self, asked: Any) -> dict[int, int]:
        """Every item that answers, and with how many pages."""
        return self._terms(asked, "group", _ALL_GROUPS)

    def facts(self, items: Collection[int]) -> Mapping[int, Facts]:
        """What is told of these items at least."""
        missing = () if self._all_known else [item for item in items if item not in self._facts]
        if missing:
            first = tantivy.Query.term_query(self.schema, "first", True)
            if len(missing) <= FEW:
                only = tantivy.Query.term_set_query(self.schema, "group", missing)
                first = first.and_must_match(only)
            for kept in self._terms(first, "facts", _ALL_GROUPS):
                self._learn(Facts.read(kept))
            self._all_known = len(missing) > FEW
        return self._facts

    def _learn(self, told: Facts) -> None:
        self._facts[told.group] = told
        self._places.setdefault(told.group, len(self._places))
        if not told.published:
            self._unpublished.add(told.group)

    def values(self, facets: Iterable[Facet], items: int) -> dict[Facet, dict[str, int]]:
        """The values of facets in a set of items, as written, each with how many have it."""
        counted: dict[Facet, dict[str, int]] = {}
        for facet in facets:
            numbers = ((value, (items & some).bit_count()) for value, some in self._holders(facet).items())
            counted[facet] = {value: number for value, number in numbers if number}
        return counted

    def set_of(self, items: Collection[int]) -> int:
        """Some items as a set."""
        self.facts(items)
        return self._flags(items)

    def set_with(self, tokens: Iterable[Has], *, public: bool) -> int | None:
        """The items with any of some tokens; None where too many of those are asked for the first time."""
        held = 0
        left = LEARNED
        for token in tokens:
            key = token.field, token.token
            found = self._having.get(key)
            if found is None:
                if not left:
                    return None
                left -= 1
                found = self._learn_items(key)
            held |= found
        return held & ~self._flags(self._unpublished) if public else held

    def _learn_items(self, key: tuple[str, str]) -> int:
        found = self.set_of(self.items(tantivy.Query.term_query(self.schema, *key, "freq")))
        if self._having_bytes > SETS_BYTES:
            self._having, self._having_bytes = {}, 0
        self._having_bytes += found.bit_length() // 8
        self._having[key] = found
        return found

    def _flags(self, items: Iterable[int]) -> int:
        """A set of items as one number, so that sets are counted at once."""
        flags = bytearray(len(self._places))
        for place in map(self._places.__getitem__, items):
            flags[place] = 1
        return int.from_bytes(flags, "little")

    def _holders(self, facet: Facet) -> Mapping[str, int]:
        """The items that have each value of a facet."""
        known, held = self._sets.get(facet, (0, {}))
        if known < len(self._places):
            by_value: defaultdict[str, list[int]] = defaultdict(list)
            for item, told in self._facts.items():
                if (value := told.values.get(facet)) is not None:
                    by_value[value].append(item)
            held = {value: self._flags(items) for value, items in by_value.items()}
            self._sets[facet] = (len(self._places), held)
        return held

    def published(self, items: dict[int, int]) -> dict[int, int]:
        """Those of these items that are; it is taken from the others."""
        self.facts(items)
        for item in self._unpublished & items.keys():
            del items[item]
        return items

    def held(self, tokens: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        """How many pages there are, and how many hold each of some folded words, or bigrams."""
        if len(self._holding) > REMEMBERED:
            self._holding = {}
        for token in tokens:
            if token not in self._holding:
                asked = tantivy.Query.term_query(self.schema, *looked_up(token), "freq")
                self._holding[token] = self.count(tantivy.Query.const_score_query(asked, 1.0))
        return self.searcher.num_docs, self._holding

    def page(self, hit: tuple[float, int, Any]) -> FoundPage:
        score, number, address = hit
        kept = self.searcher.doc(address)
        label, _, text = unpacked(kept.get_first("shown")).partition("\n")
        return FoundPage(number, label or None, text, score, Words.unpacked(kept.get_first("words")))

    def _terms(self, asked: Any, field: str, groups: tuple[int, int]) -> dict[Any, int]:
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
            return self._terms(asked, field, (low, middle)) | self._terms(asked, field, (middle, high))
        return {one["key"]: one["doc_count"] for one in found["found"]["buckets"]}
