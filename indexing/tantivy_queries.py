"""How our clauses and what narrows them are spelled for tantivy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tantivy

from domain.queries import Facet, Query
from indexing.mapping import facet_key
from indexing.queries import AllOf, AnyOf, Clause, Has, Like, Parsed, Run

_MUST, _SHOULD, _NEVER = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


def asked_of(schema: Any, query: Query, parsed: Parsed, *, without: Facet | None = None) -> Any:
    """All that is asked; ``without`` leaves out what the query's own filters say of one facet."""
    asked = [(_MUST, translate(schema, parsed.clause))]
    if query.published_only:
        asked.append((_MUST, _published(schema)))
    if query.item_id is not None:
        asked.append((_MUST, _unscored(tantivy.Query.term_query(schema, "item_id", query.item_id, "basic"))))
    chosen = {facet: values for facet, values in query.filters.items() if facet is not without}
    asked += [(_MUST, one) for filters in (parsed.filters, chosen) for one in _narrowed(schema, filters)]
    return tantivy.Query.boolean_query(asked)


def any_of(query: Query, parsed: Parsed) -> tuple[Has, ...] | None:
    """The tokens of which any is asked for, where that is all that is asked, whatever is published."""
    clause = parsed.clause
    if query.filters or query.item_id is not None or parsed.filters or not isinstance(clause, AllOf):
        return None
    if clause.better or clause.never or len(clause.parts) != 1:
        return None
    only = clause.parts[0]
    if not isinstance(only, AnyOf) or only.least != 1:
        return None
    tokens = tuple(part for part in only.parts if isinstance(part, Has) and not part.flat)
    return tokens if tokens and len(tokens) == len(only.parts) else None


def union_of(schema: Any, tokens: Iterable[Has]) -> Any:
    """Any of some tokens and no more, so that tantivy skips what cannot win.

    Without regard to what is published, which would have it look at every page.
    """
    return translate(schema, AnyOf(tuple(tokens)))


def _narrowed(schema: Any, filters: Mapping[Facet, tuple[str, ...]]) -> Iterable[Any]:
    for facet, values in filters.items():
        any_of = [
            (_SHOULD, tantivy.Query.term_query(schema, facet, facet_key(value), "basic")) for value in values
        ]
        if any_of:
            yield _unscored(tantivy.Query.boolean_query(any_of))


def seen_by(schema: Any, asked: Any, *, public: bool) -> Any:
    """The same of what is published alone, where it is for the ``public``."""
    return asked.and_must_match(_published(schema)) if public else asked


def _published(schema: Any) -> Any:
    return _unscored(tantivy.Query.term_query(schema, "published", True))


def within(schema: Any, asked: Any, items: Iterable[int]) -> Any:
    """The same of these items alone; scores stay."""
    return asked.and_must_match(_unscored(tantivy.Query.term_set_query(schema, "group", [*items])))


def beside(schema: Any, asked: Any, items: Iterable[int]) -> Any:
    """The same without these items."""
    return asked.and_must_not_match(tantivy.Query.term_set_query(schema, "group", [*items]))


def translate(schema: Any, clause: Clause) -> Any:
    """The clause as tantivy's query."""
    if isinstance(clause, Has):
        return _scored(tantivy.Query.term_query(schema, clause.field, clause.token, "freq"), clause)
    if isinstance(clause, Run):
        return _scored(tantivy.Query.phrase_query(schema, clause.field, list(clause.tokens)), clause)
    if isinstance(clause, Like):
        return tantivy.Query.const_score_query(_like(schema, clause), clause.weight)
    if isinstance(clause, AnyOf):
        parts = [(_SHOULD, translate(schema, part)) for part in clause.parts]
        return tantivy.Query.boolean_query(parts, clause.least)
    parts = [(_MUST, translate(schema, part)) for part in clause.parts]
    if not parts:  # tantivy takes a query of exclusions alone for one that nothing answers
        parts = [(_MUST, _unscored(tantivy.Query.all_query()))]
    parts += [(_SHOULD, translate(schema, part)) for part in clause.better]
    parts += [(_NEVER, translate(schema, part)) for part in clause.never]
    return tantivy.Query.boolean_query(parts)


def _like(schema: Any, clause: Like) -> Any:
    if len(clause.patterns) == 1:
        return tantivy.Query.regex_query(schema, clause.field, clause.patterns[0])
    return tantivy.Query.regex_phrase_query(schema, clause.field, list(clause.patterns))


def _scored(query: Any, clause: Has | Run) -> Any:
    if clause.flat:
        return tantivy.Query.const_score_query(query, clause.weight)
    return query if clause.weight == 1.0 else tantivy.Query.boost_query(query, clause.weight)


def _unscored(query: Any) -> Any:
    return tantivy.Query.const_score_query(query, 0.0)
