"""The fields of a page on an Elasticsearch server, and a page as such a document."""

from __future__ import annotations

import hashlib
from typing import Any

from domain.ids import ItemId
from domain.queries import Facet, PageDocument
from indexing.answering import sort_title
from indexing.mapping import ANALYSED, LAYOUT, WITH_POSITIONS, analyse, facet_key, facets

DEEPEST = 10_000  # items or pages that the server sorts through for one answer
LONGEST = 2_000  # characters of a value that is told; the server refuses 32 KB

_TOLD = ("title", "resource_type", "year", "so_ky_hieu", "label", "heading", "before", "text", "after")


def as_written(facet: Facet) -> str:
    """The field with the facet's value as it is told; the one of the facet's name holds its key."""
    return f"{facet}_as_written"


def settings_and_mapping() -> dict[str, Any]:
    """One shard, so that scores, counts and one refresh hold for all; text split at spaces only."""
    analysed = {
        name: {
            "type": "text",
            "analyzer": "whitespace",
            "index_options": "positions" if name in WITH_POSITIONS else "freqs",
        }
        for name in ANALYSED
    }
    keyed = {facet.value: {"type": "keyword", "doc_values": False} for facet in Facet}
    written = {as_written(facet): {"type": "keyword", "index": False} for facet in Facet}
    kept = {
        "item_id": {"type": "keyword"},
        "accession": {"type": "keyword", "index": False},
        "sort_title": {"type": "keyword", "index": False},
        "sort_year": {"type": "integer", "index": False},
        "group": {"type": "long", "index": False},  # the item as a number, to count items by
        "written": {"type": "long"},  # the token of the writer that wrote it
        "whole": {"type": "boolean"},  # of the last page alone: it is sent when all others are kept
        "published": {"type": "boolean"},
        "page": {"type": "integer"},
        "revision": {"type": "long", "index": False},
        "shown": {"type": "object", "enabled": False},
    }
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "-1",
            "gc_deletes": "10m",  # as long is known that a superseded writer's documents were taken back
            "max_inner_result_window": DEEPEST,
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"layout": LAYOUT},
            "_source": {"excludes": list(ANALYSED)},
            "properties": analysed | keyed | written | kept,
        },
    }


def document(page: PageDocument, token: int, *, last: bool) -> dict[str, Any]:
    told = facets(page)
    return {
        **analyse(page).fields,
        **{facet.value: facet_key(value) for facet, value in told.items()},
        **{as_written(facet): value[:LONGEST] for facet, value in told.items()},
        **({"sort_year": page.year} if page.year is not None else {}),
        **({"whole": True} if last else {}),
        "item_id": page.item_id,
        "accession": page.accession,
        "sort_title": sort_title(page.title),
        "group": _group_of(page.item_id),
        "written": token,
        "published": page.published,
        "page": page.number,
        "revision": page.revision,
        "shown": {name: value for name in _TOLD if (value := getattr(page, name)) not in (None, "")},
    }


def _group_of(item_id: ItemId) -> int:
    return int.from_bytes(hashlib.sha256(item_id.encode()).digest()[:8], "big", signed=True)
