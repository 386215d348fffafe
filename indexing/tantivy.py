"""The embedded index: tantivy, in a folder.

A writer is opened for each call and closed after it, under a lock that all processes share. What a
call writes becomes visible in one commit. Readers need no lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from domain.addresses import path_of
from domain.errors import IndexUnavailable, SettingNotValid
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
from indexing.generations import Generations
from indexing.grouping import Group, group, settled
from indexing.queries import AnyOf, Clause, Has, Parsed, Run, parse
from indexing.snippets import snippet
from indexing.tantivy_writing import schema, translated, write

FIRST_LOOK = 1_000  # pages; answers nearly every query
MOST_PAGES = 100_000  # that are ever ranked for one answer
MOST_ITEMS = 65_000  # that are ever counted: tantivy's bound on buckets
OPENING_TRIES = 5  # a generation may be replaced between reading its name and opening it

# "tantivy v0.27.0, index_format v7"; asking the installed distribution would take 50 ms
_ENGINE = str(tantivy.__version__).partition(",")[0].replace(" v", " ")  # type: ignore[attr-defined]


class TantivyIndex:
    """Everything under ``root``, which is made by the first write."""

    def __init__(self, root: Path) -> None:
        self._generations = Generations(root)
        self._opened: tuple[Path, Any] | None = None

    def replace_item(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        with self._generations.writing():
            folder = self._generations.current()
            if folder is None:
                self._build([(item_id, pages)])
                return
            with translated():
                index = tantivy.Index.open(str(folder))
            write(index, [(item_id, pages)])

    def remove_item(self, item_id: ItemId) -> None:
        if self._generations.current() is not None:
            self.replace_item(item_id, ())

    def rebuild(self, items: Iterable[ItemPages]) -> None:
        """Holds the writers' lock to its end, so that no change falls between the generations."""
        with self._generations.writing():
            self._build((one.item_id, one.pages) for one in items)

    def _build(self, items: Iterable[tuple[ItemId, Iterable[PageDocument]]]) -> None:
        folder = self._generations.fresh()
        with translated():
            index = tantivy.Index(schema(), str(folder))
        write(index, items)
        self._generations.adopt(folder)

    def search(self, query: Query) -> SearchResult:
        parsed = parse(query.text)
        searcher, schema = self._searcher()
        if searcher is None:
            return SearchResult(query.text, 0)
        with translated():
            return _Search(searcher, schema, query, parsed).answer()

    def contents(self) -> Iterator[IndexedItem]:
        searcher, schema = self._searcher()
        if searcher is None:
            return
        with translated():
            names = searcher.terms_with_prefix("item_id", "")
        for name, _ in names:
            with translated():
                found = searcher.search(tantivy.Query.term_query(schema, "item_id", name), 1)
                if not found.hits:  # only in documents that were replaced
                    continue
                where = [address for _, address in found.hits]
                revision = searcher.fast_field_values("revision", where)[0]
                published = searcher.fast_field_values("published", where)[0]
            yield IndexedItem(ItemId(name), int(revision), found.count, bool(published))

    def status(self) -> IndexStatus:
        searcher, _ = self._searcher()
        pages = 0 if searcher is None else searcher.num_docs
        return IndexStatus(_ENGINE, pages, sum(1 for _ in self.contents()))

    def _searcher(self) -> tuple[Any, Any]:
        """A view of the last commit, and its schema; (None, None) before the first."""
        for left in reversed(range(OPENING_TRIES)):
            folder = self._generations.current()
            if folder is None:
                return None, None
            try:
                with translated():
                    if self._opened is None or self._opened[0] != folder:
                        self._opened = (folder, tantivy.Index.open(str(folder)))
                    opened = self._opened[1]
                    opened.reload()
                    return opened.searcher(), opened.schema
            except IndexUnavailable:
                self._opened = None
                if not left and self._generations.current() == folder:
                    raise
        raise IndexUnavailable(detail="the index is being replaced again and again")


class _Search:
    """One query against one view of the index."""

    def __init__(self, searcher: Any, schema: Any, query: Query, parsed: Parsed) -> None:
        self._searcher, self._schema = searcher, schema
        self._query, self._parsed = query, parsed
        asked = [(tantivy.Occur.Must, translate(schema, parsed.clause))]
        if query.published_only:
            published = tantivy.Query.term_query(schema, "published", True)
            asked.append((tantivy.Occur.Must, tantivy.Query.const_score_query(published, 0.0)))
        self._asked = tantivy.Query.boolean_query(asked)

    def answer(self) -> SearchResult:
        groups, total, whole = self._groups(self._query.offset + self._query.limit)
        shown = settled(groups, self._query.offset, self._query.limit, self._accession)
        if not whole:
            shown = self._completed(shown)
        return SearchResult(self._query.text, total, tuple(self._item(found) for found in shown))

    def _groups(self, wanted: int) -> tuple[list[Group[Any]], int, bool]:
        """Items by their best page, how many there are in all, and whether all their pages are here."""
        look = FIRST_LOOK
        while True:
            found = self._searcher.search(self._asked, look)
            groups = group(self._placed(found.hits))
            if found.count <= len(found.hits):
                return groups, len(groups), True
            if len(groups) >= wanted or look >= MOST_PAGES:
                return groups, self._total(), False
            look = min(look * 10, MOST_PAGES)

    def _placed(self, hits: list[tuple[float, Any]]) -> Iterator[tuple[float, int, int, Any]]:
        where = [address for _, address in hits]
        items = self._searcher.fast_field_values("group", where)
        numbers = self._searcher.fast_field_values("page", where)
        for (score, address), item, number in zip(hits, items, numbers, strict=True):
            yield score, item, number, address

    def _total(self) -> int:
        terms = {"items": {"terms": {"field": "group", "size": MOST_ITEMS}}}
        return len(self._searcher.aggregate(self._asked, terms)["items"]["buckets"])

    def _completed(self, shown: list[Group[Any]]) -> list[Group[Any]]:
        """The same items with all their pages, where only the best pages of all items were ranked."""
        only = tantivy.Query.term_set_query(self._schema, "group", [found.item for found in shown])
        asked = self._asked.and_must_match(tantivy.Query.const_score_query(only, 0.0))
        whole = {
            found.item: found for found in group(self._placed(self._searcher.search(asked, MOST_PAGES).hits))
        }
        return [whole.get(found.item, found) for found in shown]

    def _item(self, found: Group[Any]) -> ItemHit:
        pages = found.pages[: self._query.pages_per_item]
        stored = [(score, number, self._shown(address)) for score, number, address in pages]
        best = stored[0][2] if stored else self._shown(found.pages[0][2])
        return ItemHit(
            item_id=ItemId(best["item_id"]),
            accession=Accession(best["accession"]),
            title=best["title"],
            resource_type=best.get("resource_type"),
            year=best.get("year"),
            pages=tuple(
                PageHit(number, page.get("label"), snippet(page["text"], self._parsed), score)
                for score, number, page in stored
            ),
        )

    def _accession(self, found: Group[Any]) -> str:
        return str(self._shown(found.pages[0][2])["accession"])

    def _shown(self, address: Any) -> Any:
        return json.loads(bytes(self._searcher.doc(address).get_first("shown")))


def translate(schema: Any, clause: Clause) -> Any:
    """The clause as tantivy's query."""
    if isinstance(clause, Has):
        return _scored(tantivy.Query.term_query(schema, clause.field, clause.token, "freq"), clause)
    if isinstance(clause, Run):
        return _scored(tantivy.Query.phrase_query(schema, clause.field, list(clause.tokens)), clause)
    if isinstance(clause, AnyOf):
        parts = [(tantivy.Occur.Should, translate(schema, part)) for part in clause.parts]
        return tantivy.Query.boolean_query(parts, clause.least)
    parts = [(tantivy.Occur.Must, translate(schema, part)) for part in clause.parts]
    parts += [(tantivy.Occur.Should, translate(schema, part)) for part in clause.better]
    return tantivy.Query.boolean_query(parts)


def _scored(query: Any, clause: Has | Run) -> Any:
    if clause.flat:
        return tantivy.Query.const_score_query(query, clause.weight)
    return query if clause.weight == 1.0 else tantivy.Query.boost_query(query, clause.weight)


@contextmanager
def open_index(url: str, *, secrets: Mapping[str, str]) -> Iterator[TantivyIndex]:  # noqa: ARG001
    """``tantivy:///folder``. Nothing is made or locked before the first call that needs it."""
    try:
        root = path_of(url)
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=str(error)) from error
    yield TantivyIndex(root)
