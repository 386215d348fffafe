"""How our clauses, and what narrows and counts them, are spelled for an Elasticsearch server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain.queries import Facet, Query, Sort
from indexing.elastic_bodies import as_written
from indexing.mapping import facet_key, looked_up
from indexing.queries import AnyOf, Clause, Has, Like, Parsed, Run

_BEST = [{"_score": "desc"}, {"accession": "asc"}, {"page": "asc"}]
_ORDER: dict[Sort, list[dict[str, Any]]] = {
    Sort.BEST: _BEST,
    Sort.NEWEST: [{"sort_year": {"order": "desc", "missing": "_last"}}, *_BEST],
    Sort.OLDEST: [{"sort_year": {"order": "asc", "missing": "_last"}}, *_BEST],
    Sort.TITLE: [{"sort_title": "asc"}, {"accession": "asc"}, {"_score": "desc"}, {"page": "asc"}],
}

# Items are counted one by one, since the server's own count of distinct values is an estimate: of a
# few thousand it is one off now and then. What an item's first page tells holds for all its pages, and
# mostly the next page is of the same item.
_COUNTED = {
    "init_script": """
        state.seen = new HashSet();
        state.last = new long[] {0L};
        state.values = new HashMap();
        for (field in params.fields) { state.values[field] = new HashMap(); }
    """,
    "map_script": """
        long group = doc['group'].value;
        long[] last = (long[]) state.last;
        if (group != last[0]) {
          last[0] = group;
          if (state.seen.add(group)) {
            for (field in params.fields) {
              def found = doc[field];
              if (found.size() > 0) {
                def counts = state.values[field];
                counts[found.get(0)] = counts.getOrDefault(found.get(0), 0) + 1;
              }
            }
          }
        }
    """,
    "combine_script": "return ['items': state.seen.size(), 'values': state.values]",
    "reduce_script": "return states.isEmpty() ? ['items': 0, 'values': [:]] : states[0]",  # one shard
}


def asked_of(query: Query, parsed: Parsed, *, without: Facet | None = None) -> dict[str, Any]:
    """All that is asked; ``without`` leaves out what the query's own filters say of one facet."""
    chosen = {facet: values for facet, values in query.filters.items() if facet is not without}
    narrowed = [*_narrowed(parsed.filters), *_narrowed(chosen)]
    if query.item_id is not None:
        narrowed.append({"term": {"item_id": query.item_id}})
    return within(translate(parsed.clause), *narrowed, public=query.published_only)


def _narrowed(filters: Mapping[Facet, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    for facet, values in filters.items():
        if values:
            yield {"terms": {facet.value: [facet_key(value) for value in values]}}


def within(asked: dict[str, Any], *narrowed: dict[str, Any], public: bool) -> dict[str, Any]:
    """The same among what is so ``narrowed``, for the ``public`` of what is published alone; scores stay."""
    filters = [*narrowed, *([{"term": {"published": True}}] if public else ())]
    return {"bool": {"must": [asked], "filter": filters}}


def order_of(sort: Sort) -> list[dict[str, Any]]:
    """By the best page of each item, equals in order of accession."""
    return _ORDER[sort]


def counted(asked: Mapping[str, Any], facets: Iterable[Facet]) -> dict[str, Any]:
    """Asks how many items answer, and with how many of them each value of these facets is found.

    As a filter, since there is no need of scores.
    """
    fields = [as_written(facet) for facet in facets]
    return {
        "query": {"bool": {"filter": [asked]}},
        "size": 0,
        "aggs": {"counted": {"scripted_metric": {**_COUNTED, "params": {"fields": fields}}}},
    }


def these(pages: Mapping[str, tuple[int, Sequence[int]]]) -> dict[str, Any]:
    """Pages of some items by their numbers, with the writer that wrote them."""
    each = []
    for item, (by, numbers) in pages.items():
        only = [{"term": {"item_id": item}}, {"term": {"written": by}}, {"terms": {"page": numbers}}]
        each.append({"bool": {"filter": only}})
    return {"constant_score": {"filter": {"bool": {"should": each}}}}


def holding(words: Sequence[str]) -> dict[str, Any]:
    """How many pages hold each of some folded words, or bigrams."""
    return {"filters": {"filters": {word: {"term": dict([looked_up(word)])} for word in words}}}


def translate(clause: Clause) -> dict[str, Any]:
    """The clause as the server's query."""
    if isinstance(clause, Has):
        return _scored("term", "value", clause.token, clause)
    if isinstance(clause, Run):
        return _scored("match_phrase", "query", " ".join(clause.tokens), clause)
    if isinstance(clause, Like):
        row = [{"regexp": {"pattern": pattern}} for pattern in clause.patterns]
        rule = {"all_of": {"ordered": True, "max_gaps": 0, "intervals": row}}
        return {"constant_score": {"filter": {"intervals": {clause.field: rule}}, "boost": clause.weight}}
    if isinstance(clause, AnyOf):
        parts = [*map(translate, clause.parts)]
        if not parts:  # a bool without any is answered by every page
            return {"match_none": {}}
        return {"bool": {"should": parts, "minimum_should_match": clause.least}}
    return {
        "bool": {
            "must": [*map(translate, clause.parts)] or [{"match_all": {"boost": 0}}],
            "should": [*map(translate, clause.better)],
            "must_not": [*map(translate, clause.never)],
        }
    }


def _scored(kind: str, parameter: str, text: str, clause: Has | Run) -> dict[str, Any]:
    if clause.flat:
        plain = {kind: {clause.field: {parameter: text}}}
        return {"constant_score": {"filter": plain, "boost": clause.weight}}
    return {kind: {clause.field: {parameter: text, "boost": clause.weight}}}
