"""One query against the index that counts on an Elasticsearch server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from domain.ids import Accession, ItemId
from domain.queries import Facet, FacetValue, Query, SearchResult
from indexing.answering import (
    FoundItem,
    FoundPage,
    FoundPages,
    answer,
    looked_at,
    most_frequent,
    pages_of_each,
    span,
)
from indexing.elastic_bodies import DEEPEST, as_written
from indexing.elastic_errors import check, translated
from indexing.elastic_queries import asked_of, counted, holding, order_of, within
from indexing.queries import Parsed, parse
from indexing.rerank import tokens_of

TIMEOUT_S = 20.0


class ItemsChanged(Exception):
    """Items that were found are no longer there as they were: the search is to be made anew."""


@dataclass(frozen=True, slots=True)
class Named:
    """What completion needs of an item."""

    item_id: ItemId
    title: str
    so_ky_hieu: str | None

    @classmethod
    def of(cls, source: Any) -> Named:
        shown = source["shown"]
        return cls(ItemId(source["item_id"]), shown.get("title", ""), shown.get("so_ky_hieu"))


class Search:
    """Asks for the items first, then for the pages of those that are shown."""

    def __init__(self, client: Elasticsearch, index: str, query: Query, parsed: Parsed) -> None:
        # What is missing is an error, not a smaller answer.
        self._client, self._index = client.options(request_timeout=TIMEOUT_S), index
        self._query, self._parsed = query, parsed
        self._asked = asked_of(query, parsed)
        self._written: dict[ItemId, int] = {}  # by which writer each item's pages were written

    def answer(self) -> SearchResult:
        """Raises ItemsChanged where a writer was faster than we."""
        query, parsed = self._query, self._parsed
        tokens = tokens_of(parsed)
        # What is counted has a question of its own: beside it the server could skip no page that cannot win.
        hits, counts, pages = self._told_at_once(
            {
                "query": self._asked,
                "collapse": {"field": "item_id"},
                "sort": order_of(query.sort),
                "track_scores": True,
                **_slice(*span(query)),
            },
            {"query": self._asked, "size": 0, "aggs": {"counted": counted(Facet if query.facets else ())}},
            {"size": 0, "track_total_hits": True, **({"aggs": {"words": holding(tokens)}} if tokens else {})},
        )
        held = int(pages["hits"]["total"]["value"]), _counts_of(pages) if tokens else {}
        found = [self._item(hit) for hit in hits["hits"]["hits"]]
        count = counts["aggregations"]["counted"]["value"]
        return answer(
            query,
            parsed,
            found,
            int(count["items"]),
            self._facets(count) if query.facets else {},
            pages_of=self._pages_of,
            held=lambda _: held,
            count=self._count,
            total_of=self._total_of,
        )

    def _told_at_once(self, *bodies: dict[str, Any]) -> list[Any]:
        searches: list[dict[str, Any]] = []
        for body in bodies:
            searches += [{"allow_partial_search_results": False}, {"track_total_hits": False, **body}]
        with translated():
            told = self._client.msearch(index=self._index, searches=searches)["responses"]
        for one in told:
            check(one)
        return list(told)

    def _told(self, **body: Any) -> Any:
        with translated():
            return self._client.search(
                index=self._index,
                allow_partial_search_results=False,
                **{"track_total_hits": False, **body},
            )

    def _item(self, hit: Any) -> FoundItem:
        source = hit["_source"]
        shown, item_id = source["shown"], ItemId(source["item_id"])
        self._written[item_id] = source["written"]
        return FoundItem(
            item_id=item_id,
            accession=Accession(source["accession"]),
            title=shown.get("title", ""),
            resource_type=shown.get("resource_type"),
            year=shown.get("year"),
            so_ky_hieu=shown.get("so_ky_hieu"),
            score=hit["_score"],
            best=_page(hit),
        )

    def _pages_of(self, items: Sequence[FoundItem]) -> Mapping[ItemId, FoundPages]:
        """Of just the generation that was found, so that no answer mixes two."""
        names = [item.item_id for item in items]
        only = (
            {"terms": {"item_id": names}},
            {"terms": {"written": [*{self._written[name] for name in names}]}},
        )
        most = min(pages_of_each(self._query, self._parsed), DEEPEST)
        best = {"size": most, "sort": [{"_score": "desc"}, {"page": "asc"}], "track_scores": True}
        aggs: dict[str, Any] = {"terms": {"field": "item_id", "size": len(names)}}
        if most > 0:
            aggs["aggs"] = {"pages": {"top_hits": best | {"_source": ["page", "shown"]}}}
        told = self._told(query=within(self._asked, *only, public=False), size=0, aggs={"items": aggs})
        pages = {
            ItemId(one["key"]): FoundPages(self._best(one) if most > 0 else (), one["doc_count"])
            for one in told["aggregations"]["items"]["buckets"]
        }
        if len(pages) < len(names):
            raise ItemsChanged
        return pages

    def _best(self, bucket: Any) -> Sequence[FoundPage]:
        hits = bucket["pages"]["hits"]["hits"]
        return [_page(hit) for hit in hits[: looked_at(self._query, [hit["_score"] for hit in hits])]]

    def _facets(self, count: Any) -> dict[Facet, tuple[FacetValue, ...]]:
        """Of each facet: what the same query finds with any value of it, counted by value."""
        return most_frequent({facet: self._values(facet, count) for facet in Facet})

    def _values(self, facet: Facet, count: Any) -> Mapping[str, int]:
        if self._query.filters.get(facet):
            asked = asked_of(self._query, self._parsed, without=facet)
            told = self._told(query=asked, size=0, aggs={"counted": counted([facet])})
            count = told["aggregations"]["counted"]["value"]
        found: Mapping[str, int] = count["values"].get(as_written(facet), {})
        return found

    def _total_of(self, text: str) -> int:
        asked = asked_of(self._query, parse(text))
        told = self._told(query=asked, size=0, aggs={"counted": counted(())})
        return int(told["aggregations"]["counted"]["value"]["items"])

    def _count(self, words: Sequence[str]) -> dict[str, int]:
        """How many pages that may be seen hold each of these folded words, or bigrams."""
        if not words:
            return {}
        seen = within({"match_all": {}}, public=self._query.published_only)
        return _counts_of(self._told(query=seen, size=0, aggs={"words": holding(words)}))


def _counts_of(told: Any) -> dict[str, int]:
    """How many pages hold each word that ``holding`` asked for."""
    return {word: int(one["doc_count"]) for word, one in told["aggregations"]["words"]["buckets"].items()}


def _page(hit: Any) -> FoundPage:
    shown = hit["_source"]["shown"]
    return FoundPage(
        number=hit["_source"]["page"],
        label=shown.get("label"),
        text=shown.get("text", ""),
        score=hit["_score"],
        heading=shown.get("heading", ""),
        before=shown.get("before", ""),
        after=shown.get("after", ""),
    )


def _slice(start: int, end: int) -> dict[str, int]:
    """Beyond what the server pages through there is nothing to see, only to count."""
    start, end = min(start, DEEPEST), min(end, DEEPEST)
    return {"from": start, "size": max(0, end - start)}
