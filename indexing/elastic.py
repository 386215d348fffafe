"""The index on an Elasticsearch server, for the large shelf.

An alias names the index that counts (``elastic_indexes``), a lease says who may write
(``leases``), and nothing half written is ever seen (``elastic_writing``).
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch, NotFoundError

from domain.errors import IndexIncomplete, IndexUnavailable, SettingNotValid
from domain.ids import ItemId
from domain.queries import (
    Completion,
    IndexedItem,
    IndexStatus,
    ItemPages,
    PageDocument,
    Query,
    SearchResult,
)
from indexing.answering import MOST_COMPLETED, completions, first_found
from indexing.elastic_errors import translated
from indexing.elastic_indexes import Indexes
from indexing.elastic_queries import translate, within
from indexing.elastic_search import ItemsChanged, Named, Search
from indexing.elastic_writing import Writer, contents
from indexing.leases import Lease, Leases
from indexing.queries import Parsed, completing

TIMEOUT_S = 60.0
TRIES = 5  # for a reader: an index may be replaced between knowing its name and reading it
SETTLING_S = 0.1  # between them, where a part is away: so it is for a moment before the server names another

Told = TypeVar("Told")


class ElasticIndex:
    """The pages behind one alias."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client = client
        self._indexes = Indexes(client, alias)
        self._leases = Leases(client, f"{alias}-lease")

    def replace_item(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        with self._writing() as lease:
            name = self._indexes.current() or self._indexes.create(counts=True)
            Writer(self._client, name, lease).replace(item_id, pages)

    def remove_item(self, item_id: ItemId) -> None:
        if self._indexes.current() is not None:
            self.replace_item(item_id, ())

    def rebuild(self, items: Iterable[ItemPages]) -> None:
        """Holds the lease to its end, so that no change falls between the two indexes."""
        with self._writing() as lease:
            name, begun = self._indexes.begin()
            Writer(self._client, name, lease).fill(items, begun=begun)
            lease.note(None)
            self._indexes.adopt(name)

    def search(self, query: Query) -> SearchResult:
        def found(parsed: Parsed) -> SearchResult:
            told = self._read(lambda name: Search(self._client, name, query, parsed).answer())
            return SearchResult(query.text, 0) if told is None else told

        return first_found(query.text, found)

    def complete(self, text: str, *, published_only: bool = True, limit: int = 8) -> Sequence[Completion]:
        clause = completing(text)
        if clause is None:
            return ()
        asked = within(translate(clause), public=published_only)
        found = self._read(lambda name: self._begun(name, asked))
        return completions(text, found or (), limit)

    def _begun(self, name: str, asked: Mapping[str, object]) -> list[Named]:
        with translated():
            told = self._client.search(
                index=name,
                query=asked,
                sort=[{"sort_title": "asc"}, {"accession": "asc"}],
                size=MOST_COMPLETED,
                source={"includes": ["item_id", "shown.title", "shown.so_ky_hieu"]},
                track_total_hits=False,
            )
        return [Named.of(hit["_source"]) for hit in told["hits"]["hits"]]

    def contents(self) -> Iterator[IndexedItem]:
        yield from self._read(lambda name: [item for item, _ in contents(self._client, name)]) or ()

    def status(self) -> IndexStatus:
        with translated():
            version = self._client.info()["version"]["number"]
        held = list(self.contents())
        return IndexStatus(f"elasticsearch {version}", sum(item.pages for item in held), len(held))

    def _read(self, ask: Callable[[str], Told]) -> Told | None:
        """What ``ask`` is told by the index that counts; None before the first write."""
        for left in reversed(range(TRIES)):
            name = self._indexes.known()
            if name is None:
                return None
            try:
                return ask(name)
            except ItemsChanged:
                continue
            except IndexUnavailable as error:
                self._indexes.forget()
                if not left or not self._worth_another(name, error):
                    raise
        raise IndexUnavailable(detail="the index is being replaced again and again")

    def _worth_another(self, name: str, error: IndexUnavailable) -> bool:
        """Whether it may have failed because the index was replaced meanwhile."""
        if isinstance(error, IndexIncomplete):
            time.sleep(SETTLING_S)
            return True
        return isinstance(error.__cause__, NotFoundError) or self._indexes.known() != name

    @contextmanager
    def _writing(self) -> Iterator[Lease]:
        with self._leases.held() as lease:
            work = lease.unfinished
            if work is not None:
                if self._indexes.exists(work["index"]):
                    Writer(self._client, work["index"], lease).settle(work)
                lease.done()
            yield lease


@contextmanager
def open_index(url: str, *, secrets: Mapping[str, str]) -> Iterator[ElasticIndex]:
    """``elasticsearch+https://host:9200/alias``. Nothing is asked of the server before the first call.

    ``secrets`` are ``api_key`` and, for a server that is not known to the system's authorities,
    ``index_ca``: the path of a file with the certificates of its own.
    """
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
            ssl_context=_trusted(secrets.get("index_ca")) if scheme == "https" else None,
            request_timeout=TIMEOUT_S,
            max_retries=1,
        )
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=str(error)) from error
    with client:
        yield ElasticIndex(client, alias)


def _trusted(authorities: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except OSError as error:  # no such file, or no certificates in it
        raise SettingNotValid(setting="TUSACH_INDEX_CA", detail=f"{authorities}: {error}") from error
