"""One query against the index that counts on an Elasticsearch server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch import Elasticsearch

from domain.ids import Accession, ItemId
from domain.queries import Facet, FacetValue, Query, SearchResult, Sort
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
from indexing.elastic_queries import asked_of, counted, holding, order_of, these, within
from indexing.grouping import all_enough, enough_for, group
from indexing.letters import Words
from indexing.queries import Parsed, parse
from indexing.rerank import WINDOW, tokens_of

TIMEOUT_S = 20.0
PAGES = 48  # that the server finds without reading all; mostly there are WINDOW items among them


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
        start, end = span(query)
        near = query.sort is Sort.BEST and end <= WINDOW
        # What is counted has a question of its own: beside it the server could skip no page that cannot win.
        hits, counts, pages = self._told_at_once(
            {"query": self._asked, "size": PAGES} if near else self._by_item(start, end),
            counted(self._asked, Facet if query.facets else ()),
            {"size": 0, "track_total_hits": True, **({"aggs": {"words": holding(tokens)}} if tokens else {})},
        )
        held = int(pages["hits"]["total"]["value"]), _counts_of(pages) if tokens else {}
        best = hits["hits"]["hits"]
        if near and (best := _of_each(best, end)) is None:
            best = self._told(**self._by_item(start, end))["hits"]["hits"]
        found = [self._item(hit) for hit in best]
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

    def _by_item(self, start: int, end: int) -> dict[str, Any]:
        """Asks for the best page of each of these items: the server reads every page that answers."""
        return {
            "query": self._asked,
            "collapse": {"field": "item_id"},
            "sort": order_of(self._query.sort),
            "track_scores": True,
            **_slice(start, end),
        }

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
        best, totals = self._best_pages([item.item_id for item in items])
        known = {(item.item_id, item.best.number): item.best for item in items}
        missing: dict[ItemId, list[int]] = defaultdict(list)
        for item_id, pages in best.items():
            for _, number in pages:
                if (item_id, number) not in known:
                    missing[item_id].append(number)
        known |= self._texts(missing)
        try:
            return {
                item_id: FoundPages(
                    [replace(known[item_id, number], score=score) for score, number in best[item_id]], total
                )
                for item_id, total in totals.items()
            }
        except KeyError as error:
            raise ItemsChanged from error

    def _best_pages(
        self, names: Sequence[ItemId]
    ) -> tuple[Mapping[ItemId, list[tuple[float, int]]], Mapping[ItemId, int]]:
        """Of each item the score and the number of its best pages, and how many answer."""
        only = (
            {"terms": {"item_id": names}},
            {"terms": {"written": [*{self._written[name] for name in names}]}},
        )
        most = pages_of_each(self._query, self._parsed)
        size = min(enough_for(len(names), most), DEEPEST)
        while True:
            told = self._told(
                query=within(self._asked, *only, public=False),
                size=size,
                aggs={"items": {"terms": {"field": "item_id", "size": len(names)}}},
                # Without what is stored, which takes the server longer than to find them.
                source=False,
                stored_fields="_none_",
                docvalue_fields=["item_id", "page"],
            )
            buckets = told["aggregations"]["items"]["buckets"]
            totals = {ItemId(one["key"]): int(one["doc_count"]) for one in buckets}
            if len(totals) < len(names):
                raise ItemsChanged
            hits = told["hits"]["hits"]
            scores = [hit["_score"] for hit in hits]
            groups = group(
                scores,
                [ItemId(hit["fields"]["item_id"][0]) for hit in hits],
                [hit["fields"]["page"][0] for hit in hits],
                hits,
            )
            if size in (0, DEEPEST) or all_enough(groups, most, totals, scores[-1]):
                break
            size = min(sum(totals.values()), DEEPEST)
        best = {found.item: [page[:2] for page in found.best(most)] for found in groups}
        looked = {
            item: pages[: looked_at(self._query, [score for score, _ in pages])]
            for item, pages in best.items()
        }
        return {name: looked.get(name, []) for name in names}, totals

    def _texts(self, pages: Mapping[ItemId, Sequence[int]]) -> dict[tuple[ItemId, int], FoundPage]:
        if not pages:
            return {}
        told = self._told(
            query=these({item: (self._written[item], numbers) for item, numbers in pages.items()}),
            size=sum(map(len, pages.values())),
            source=["item_id", "page", "shown"],
        )
        found = ((ItemId(hit["_source"]["item_id"]), _page(hit)) for hit in told["hits"]["hits"])
        return {(item_id, page.number): page for item_id, page in found}

    def _facets(self, count: Any) -> dict[Facet, tuple[FacetValue, ...]]:
        """Of each facet: what the same query finds with any value of it, counted by value."""
        return most_frequent({facet: self._values(facet, count) for facet in Facet})

    def _values(self, facet: Facet, count: Any) -> Mapping[str, int]:
        if self._query.filters.get(facet):
            asked = asked_of(self._query, self._parsed, without=facet)
            told = self._told(**counted(asked, [facet]))
            count = told["aggregations"]["counted"]["value"]
        found: Mapping[str, int] = count["values"].get(as_written(facet), {})
        return found

    def _total_of(self, text: str) -> int:
        asked = asked_of(self._query, parse(text))
        told = self._told(**counted(asked, ()))
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
        words=Words.of(*(shown.get(name, "") for name in ("text", "before", "after", "heading"))),
    )


def _of_each(hits: Sequence[Any], most: int) -> list[Any] | None:
    """Of the best pages, that of each of the first items; None where others may be among those items.

    The server orders equals as it likes, so that of those with the last one's score some may be missing.
    """
    sure = hits
    if len(hits) == PAGES:
        sure = [hit for hit in hits if hit["_score"] > hits[-1]["_score"]]
    ordered = sorted(sure, key=_place)
    found: dict[str, Any] = {}
    for hit in ordered:
        found.setdefault(hit["_source"]["item_id"], hit)
    if len(found) < most and len(hits) == PAGES:
        return None
    return [*found.values()][:most]


def _slice(start: int, end: int) -> dict[str, int]:
    """Beyond what the server pages through there is nothing to see, only to count."""
    start, end = min(start, DEEPEST), min(end, DEEPEST)
    return {"from": start, "size": max(0, end - start)}


def _place(hit: Any) -> tuple[float, str, int]:
    return -hit["_score"], hit["_source"]["accession"], hit["_source"]["page"]
