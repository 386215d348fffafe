"""How our fields, clauses and errors are spelled for an Elasticsearch server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, TransportError, UnsupportedProductError

from domain.errors import IndexUnavailable, SettingNotValid
from domain.queries import PageDocument, Query
from indexing.mapping import ANALYSED, LAYOUT, WITH_POSITIONS, analyse
from indexing.queries import AnyOf, Clause, Has, Parsed, Run

EXACT_UP_TO = 40_000  # items that are counted exactly: the server's bound

_SHOWN = ("item_id", "accession", "title", "resource_type", "year", "label", "text")


def settings_and_mapping() -> dict[str, Any]:
    """One shard, so that scores and one refresh hold for all; text split at spaces only."""
    analysed = {
        name: {
            "type": "text",
            "analyzer": "whitespace",
            "index_options": "positions" if name in WITH_POSITIONS else "freqs",
        }
        for name in ANALYSED
    }
    kept = {
        "item_id": {"type": "keyword"},
        "accession": {"type": "keyword"},
        "generation": {"type": "keyword"},
        "published": {"type": "boolean"},
        "page": {"type": "integer"},
        "revision": {"type": "long"},
        "shown": {"type": "object", "enabled": False},
    }
    return {
        "settings": {"number_of_shards": 1, "refresh_interval": "-1"},
        "mappings": {
            "dynamic": "strict",
            "_meta": {"layout": LAYOUT},
            "_source": {"excludes": list(ANALYSED)},
            "properties": analysed | kept,
        },
    }


def document(page: PageDocument, generation: str) -> dict[str, Any]:
    return {
        **analyse(page),
        "item_id": page.item_id,
        "accession": page.accession,
        "generation": generation,
        "published": page.published,
        "page": page.number,
        "revision": page.revision,
        "shown": {name: getattr(page, name) for name in _SHOWN},
    }


def body(query: Query, parsed: Parsed) -> dict[str, Any]:
    """A search for items by their best page, equals in order of accession and number."""
    asked: dict[str, Any] = {"must": [translate(parsed.clause)]}
    if query.published_only:
        asked["filter"] = [{"term": {"published": True}}]
    pages = {
        "name": "pages",
        "size": query.pages_per_item,
        "sort": [{"_score": "desc"}, {"page": "asc"}],
        "track_scores": True,
    }
    return {
        "query": {"bool": asked},
        "from_": query.offset,
        "size": max(0, min(query.limit, 10_000 - query.offset)),
        "sort": [{"_score": "desc"}, {"accession": "asc"}, {"page": "asc"}],
        "collapse": {"field": "item_id", "inner_hits": pages},
        "aggs": {"items": {"cardinality": {"field": "item_id", "precision_threshold": EXACT_UP_TO}}},
        "track_total_hits": False,
    }


def translate(clause: Clause) -> dict[str, Any]:
    """The clause as the server's query."""
    if isinstance(clause, Has):
        return _scored("term", "value", clause.token, clause)
    if isinstance(clause, Run):
        return _scored("match_phrase", "query", " ".join(clause.tokens), clause)
    if isinstance(clause, AnyOf):
        return {"bool": {"should": [*map(translate, clause.parts)], "minimum_should_match": clause.least}}
    return {"bool": {"must": [*map(translate, clause.parts)], "should": [*map(translate, clause.better)]}}


def _scored(kind: str, parameter: str, text: str, clause: Has | Run) -> dict[str, Any]:
    if clause.flat:
        plain = {kind: {clause.field: {parameter: text}}}
        return {"constant_score": {"filter": plain, "boost": clause.weight}}
    return {kind: {clause.field: {parameter: text, "boost": clause.weight}}}


@contextmanager
def translated() -> Iterator[None]:
    """Inside it, the client's errors become ours."""
    try:
        yield
    except UnsupportedProductError as error:
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=str(error)) from error
    except ApiError as error:
        detail = f"{error.status_code} {error.message}"
        # A full or read-only index answers 403 too; that is the server's trouble, not the key's.
        if error.status_code in (401, 403) and "cluster_block" not in error.message:
            raise SettingNotValid(setting="TUSACH_INDEX_API_KEY", detail=detail) from error
        raise IndexUnavailable(detail=detail) from error
    except TransportError as error:
        raise IndexUnavailable(detail=str(error)) from error
