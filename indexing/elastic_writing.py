"""Writing items to one index of a search server, so that nothing half done is ever seen.

Nothing becomes visible by itself (``refresh_interval`` is -1): a writer holds the lease of the
alias, puts a new generation of an item beside the old one, removes the old one, and only then has
the server show both changes at once. What a writer that died was about to do stands in the lease;
the next one undoes or completes it. Each document bears the token of its writer's lease as its
version, and tokens grow: a writer that slept through its lease and wakes up is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from domain.ids import ItemId
from domain.queries import IndexedItem, ItemPages, PageDocument
from indexing.elastic_bodies import document
from indexing.elastic_bulk import Operation, chunks, send
from indexing.elastic_errors import refusal, translated
from indexing.leases import Lease

SLICE = 1_000  # items told at once
DROPPED = 50  # items at once; of some thousand pages each they are gone well within a request's time


class Writer:
    """Writes under a lease that is held."""

    def __init__(self, client: Elasticsearch, index: str, lease: Lease) -> None:
        self._client, self._index, self._lease = client, index, lease

    def replace(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        """Swap all documents of an item at once."""
        lease = self._lease
        work: dict[str, Any] = {"index": self._index, "item": item_id, "token": lease.token}
        sent = 0
        for chunk in chunks(self._operations(pages, 0)):
            sent += len(chunk)
            lease.note({**work, "sent": sent})
            send(self._client, self._index, chunk, alive=lease.keep)
        lease.note({**work, "switching": True})
        self._switch(item_id, lease.token)
        lease.done()

    def settle(self, work: Mapping[str, Any]) -> None:
        """Complete what a dead writer had decided, undo what it had not."""
        if work.get("switching"):
            self._switch(work["item"], work["token"])
            return
        ids = (f"{work['token']}-{ordinal}" for ordinal in range(work["sent"]))
        for chunk in chunks(Operation.forget(one, self._lease.token) for one in ids):
            send(self._client, self._index, chunk, alive=self._lease.keep)

    def fill(self, items: Iterable[ItemPages], *, begun: bool) -> None:
        """Hold these items and no others; where it is ``begun``, what is held of them stays."""
        self._refresh()
        held = dict(self._held()) if begun else {}
        for chunk in chunks(self._missing(items, held)):
            send(self._client, self._index, chunk, alive=self._lease.keep)
        self._refresh()
        self._drop([*held])
        self._refresh()

    def _missing(self, items: Iterable[ItemPages], held: dict[ItemId, int | None]) -> Iterator[Operation]:
        """The documents of the items that are not held; those that are leave ``held``."""
        ordinal = 0
        given = set()
        for one in items:
            self._lease.keep()
            if one.item_id in given:
                continue
            given.add(one.item_id)
            if one.item_id in held and held[one.item_id] == one.revision:
                del held[one.item_id]
                continue
            for operation in self._operations(one.pages, ordinal):
                yield operation
                ordinal += 1

    def _operations(self, pages: Iterable[PageDocument], ordinal: int) -> Iterator[Operation]:
        token = self._lease.token
        waiting: PageDocument | None = None
        for page in pages:
            self._lease.keep()
            if waiting is not None:
                yield Operation.keep(f"{token}-{ordinal}", token, document(waiting, token, last=False))
                ordinal += 1
            waiting = page
        if waiting is not None:
            yield Operation.keep(f"{token}-{ordinal}", token, document(waiting, token, last=True))

    def _switch(self, item_id: str, token: int) -> None:
        """Remove what writers before this token wrote of the item, then show all that was changed."""
        self._delete({"term": {"item_id": item_id}}, {"range": {"written": {"lt": token}}})
        self._refresh()

    def _drop(self, items: list[ItemId]) -> None:
        """Items that were not given again, and what an interruption left of others."""
        for start in range(0, len(items), DROPPED):
            self._lease.keep()
            some = {"terms": {"item_id": items[start : start + DROPPED]}}
            self._delete(some, {"range": {"written": {"lt": self._lease.token}}})

    def _delete(self, *narrowed: dict[str, Any]) -> None:
        with translated():
            done = self._client.delete_by_query(
                index=self._index, query={"bool": {"filter": [*narrowed]}}, conflicts="proceed"
            )
        for failure in done["failures"][:1]:
            cause = failure["cause"]
            raise refusal(failure["status"], cause["type"], cause.get("reason") or "")

    def _refresh(self) -> None:
        with translated():
            self._client.indices.refresh(index=self._index)

    def _held(self) -> Iterator[tuple[ItemId, int | None]]:
        """The items in the index with their revisions; None for one that an interruption left half sent."""
        for item, whole in contents(self._client, self._index):
            yield item.item_id, item.revision if whole else None


def contents(client: Elasticsearch, index: str) -> Iterator[tuple[IndexedItem, bool]]:
    """What is held of each item at one moment, and whether its last page is."""
    with translated():
        moment = client.open_point_in_time(index=index, keep_alive="2m")["id"]
    try:
        after: dict[str, Any] | None = None
        while True:
            by_item = {"sources": [{"item": {"terms": {"field": "item_id"}}}], "size": SLICE}
            aggs = {"items": {"composite": by_item | ({"after": after} if after else {}), "aggs": _TELL}}
            with translated():
                pit = {"id": moment, "keep_alive": "2m"}
                found = client.search(pit=pit, size=0, track_total_hits=False, aggs=aggs)
            told = found["aggregations"]["items"]
            for one in told["buckets"]:
                yield _indexed(one), one["whole"]["value"] == 1
            after = told.get("after_key")
            if after is None:
                return
    finally:
        with translated(), suppress(NotFoundError):  # gone with an index that was replaced
            client.close_point_in_time(id=moment)


_TELL = {
    "revision": {"max": {"field": "revision"}},
    "published": {"min": {"field": "published"}},
    "whole": {"max": {"field": "whole"}},
}


def _indexed(one: Any) -> IndexedItem:
    return IndexedItem(
        ItemId(one["key"]["item"]),
        int(one["revision"]["value"]),
        one["doc_count"],
        bool(one["published"]["value"]),
    )
