"""The index on an Elasticsearch server, for the large shelf.

An alias names the index that counts; building everything anew fills another one and then moves the
alias. Nothing becomes visible by itself (``refresh_interval`` is -1): a writer holds the lease of
the alias, puts a new generation of an item beside the old one, removes the old one, and only then
has the server show both changes at once. What a writer that died was about to do stands in the
lease; the next one undoes or completes it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch, NotFoundError

from domain.errors import IndexOutOfDate, IndexUnavailable, SettingNotValid
from domain.ids import Accession, ItemId
from domain.queries import (
    IndexedItem,
    IndexStatus,
    ItemHit,
    ItemPages,
    PageDocument,
    PageHit,
    Query,
    SearchResult,
)
from indexing.elastic_bodies import body, document, settings_and_mapping, translated
from indexing.leases import Lease, Leases
from indexing.mapping import LAYOUT
from indexing.queries import Parsed, parse
from indexing.snippets import snippet

CHUNK = 200  # pages sent at once
SLICE = 1_000  # items told at once
DEEPEST = 10_000  # items a server pages through


class ElasticIndex:
    """The pages behind one alias."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client, self._alias = client, alias
        self._leases = Leases(client, f"{alias}-lease")
        self._layout_known = False

    def replace_item(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        with self._writing() as lease:
            name = self._current() or self._create(self._alias)
            generation = uuid.uuid4().hex
            sent = 0
            for documents in _chunks(pages):
                sent += len(documents)
                lease.note({"index": name, "item": item_id, "generation": generation, "sent": sent})
                self._send(name, generation, sent - len(documents), documents)
            lease.note({"index": name, "item": item_id, "generation": generation, "switching": True})
            self._switch(name, item_id, generation)
            lease.note(None)

    def remove_item(self, item_id: ItemId) -> None:
        if self._current() is not None:
            self.replace_item(item_id, ())

    def rebuild(self, items: Iterable[ItemPages]) -> None:
        """Holds the lease to its end, so that no change falls between the two indexes."""
        with self._writing() as lease:
            name = self._create(None)
            for one in items:
                generation = uuid.uuid4().hex
                sent = 0
                for documents in _chunks(one.pages):
                    lease.note(None)  # says that this writer is alive
                    self._send(name, generation, sent, documents)
                    sent += len(documents)
            with translated():
                self._client.indices.refresh(index=name)
                olds = [old for old in self._indexes() if old != name]
                actions: list[dict[str, Any]] = [{"remove_index": {"index": old}} for old in olds]
                lease.note(None)
                self._client.indices.update_aliases(
                    actions=[{"add": {"index": name, "alias": self._alias}}, *actions]
                )
            self._layout_known = True

    def search(self, query: Query) -> SearchResult:
        parsed = parse(query.text)
        if self._current() is None or query.offset >= DEEPEST:
            return SearchResult(query.text, 0)
        with translated():
            try:
                found = self._client.search(index=self._alias, **body(query, parsed))
            except NotFoundError:
                return SearchResult(query.text, 0)
        items = tuple(_item(hit, parsed) for hit in found["hits"]["hits"])
        return SearchResult(query.text, int(found["aggregations"]["items"]["value"]), items)

    def contents(self) -> Iterator[IndexedItem]:
        after: dict[str, Any] | None = None
        while self._current() is not None:
            held = {"sources": [{"item": {"terms": {"field": "item_id"}}}], "size": SLICE}
            tell = {"revision": {"max": {"field": "revision"}}, "published": {"min": {"field": "published"}}}
            aggs = {"items": {"composite": held | ({"after": after} if after else {}), "aggs": tell}}
            with translated():
                found = self._client.search(index=self._alias, size=0, aggs=aggs)["aggregations"]["items"]
            for one in found["buckets"]:
                revision, published = int(one["revision"]["value"]), bool(one["published"]["value"])
                yield IndexedItem(ItemId(one["key"]["item"]), revision, one["doc_count"], published)
            after = found.get("after_key")
            if after is None:
                return

    def status(self) -> IndexStatus:
        with translated():
            version = self._client.info()["version"]["number"]
        held = list(self.contents())
        return IndexStatus(f"elasticsearch {version}", sum(item.pages for item in held), len(held))

    @contextmanager
    def _writing(self) -> Iterator[Lease]:
        with self._leases.held() as lease:
            if lease.unfinished is not None:
                self._settle(lease.unfinished)
                lease.note(None)
            yield lease

    def _settle(self, work: Mapping[str, Any]) -> None:
        """Complete what a dead writer had decided, undo what it had not."""
        if work["index"] not in self._indexes():
            return
        if work.get("switching"):
            self._switch(work["index"], work["item"], work["generation"])
            return
        ids = (f"{work['generation']}-{ordinal}" for ordinal in range(work["sent"]))
        while chunk := [{"delete": {"_id": one}} for one in islice(ids, CHUNK)]:
            with translated():
                self._client.bulk(index=work["index"], operations=chunk)

    def _switch(self, name: str, item_id: str, generation: str) -> None:
        others = {
            "bool": {
                "filter": [{"term": {"item_id": item_id}}],
                "must_not": [{"term": {"generation": generation}}],
            }
        }
        with translated():
            self._client.delete_by_query(index=name, query=others, conflicts="proceed")
            self._client.indices.refresh(index=name)

    def _send(self, name: str, generation: str, first: int, pages: list[PageDocument]) -> None:
        operations: list[dict[str, Any]] = []
        for ordinal, page in enumerate(pages, first):
            operations += [{"index": {"_id": f"{generation}-{ordinal}"}}, document(page, generation)]
        with translated():
            answer = self._client.bulk(index=name, operations=operations)
        if answer["errors"]:
            failed = next(one["index"] for one in answer["items"] if "error" in one["index"])
            raise IndexUnavailable(detail=f"{failed['error']['type']}: {failed['error'].get('reason', '')}")

    def _create(self, alias: str | None) -> str:
        """A new index that nobody reads, or under the alias at once; remains of dead rebuilds go."""
        name = f"{self._alias}-{uuid.uuid4().hex[:12]}"
        with translated():
            kept = self._aliased()
            for left in self._indexes():
                if left != kept:
                    self._client.indices.delete(index=left)
            aliases: dict[str, Any] = {alias: {}} if alias else {}
            self._client.indices.create(index=name, aliases=aliases, **settings_and_mapping())
        return name

    def _current(self) -> str | None:
        """The index that counts; None before the first write. Raises IndexOutOfDate."""
        with translated():
            name = self._aliased()
            if name is None or self._layout_known:
                return name
            found = self._client.indices.get_mapping(index=name)[name]["mappings"]
        layout = found.get("_meta", {}).get("layout")
        if layout != LAYOUT:
            raise IndexOutOfDate(found=layout, known=LAYOUT)
        self._layout_known = True
        return name

    def _aliased(self) -> str | None:
        try:
            return next(iter(self._client.indices.get_alias(name=self._alias)), None)
        except NotFoundError:
            return None

    def _indexes(self) -> list[str]:
        """Every index of ours, the one that counts and what dead rebuilds left."""
        found = self._client.indices.get(index=f"{self._alias}-*", features="settings")
        return [name for name in found if re.fullmatch(rf"{re.escape(self._alias)}-[0-9a-f]{{12}}", name)]


def _chunks(pages: Iterable[PageDocument]) -> Iterator[list[PageDocument]]:
    rest = iter(pages)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _item(hit: Any, parsed: Parsed) -> ItemHit:
    pages = hit["inner_hits"]["pages"]["hits"]["hits"]
    best = hit["_source"]["shown"]
    return ItemHit(
        item_id=ItemId(best["item_id"]),
        accession=Accession(best["accession"]),
        title=best["title"],
        resource_type=best["resource_type"],
        year=best["year"],
        pages=tuple(
            PageHit(
                number=page["_source"]["page"],
                label=page["_source"]["shown"]["label"],
                snippet=snippet(page["_source"]["shown"]["text"], parsed),
                score=page["_score"],
            )
            for page in pages
        ),
    )


@contextmanager
def open_index(url: str, *, secrets: Mapping[str, str]) -> Iterator[ElasticIndex]:
    """``elasticsearch+https://host:9200/alias``. Nothing is asked of the server before the first call."""
    parts = urlsplit(url)
    alias = parts.path.strip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,80}", alias):
        detail = "the address ends with the name of an alias: elasticsearch+https://host:9200/books"
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=detail)
    if parts.username or parts.password:
        detail = "the key belongs in TUSACH_INDEX_API_KEY, not in the address"
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=detail)
    scheme = parts.scheme.partition("+")[2]
    try:
        client = Elasticsearch(
            f"{scheme}://{parts.hostname or ''}:{parts.port or 9200}",
            api_key=secrets.get("api_key") or None,
            request_timeout=60,
            max_retries=1,
        )
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=str(error)) from error
    with client:
        yield ElasticIndex(client, alias)
