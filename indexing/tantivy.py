"""The embedded index: tantivy, in a folder.

A writer is opened for each call and closed after it, under a lock that all processes share. What a
call writes becomes visible in one commit. Readers need no lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from domain.addresses import path_of
from domain.errors import IndexUnavailable, SettingNotValid
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
from indexing.answering import completions, first_found
from indexing.generations import Generations
from indexing.queries import Parsed, completing
from indexing.tantivy_queries import seen_by, translate
from indexing.tantivy_search import Search
from indexing.tantivy_view import View
from indexing.tantivy_writing import commit, replace, schema, translated, writing

OPENING_TRIES = 5  # a generation may be replaced between reading its name and opening it
PAGES_A_COMMIT = 25_000  # of a rebuild: what an interruption costs, some 15 seconds

# "tantivy v0.27.0, index_format v7"; asking the installed distribution would take 50 ms
_ENGINE = str(tantivy.__version__).partition(",")[0].replace(" v", " ")  # type: ignore[attr-defined]


class TantivyIndex:
    """Everything under ``root``, which is made by the first write."""

    def __init__(self, root: Path, *, pages_a_commit: int = PAGES_A_COMMIT) -> None:
        self._generations = Generations(root)
        self._pages_a_commit = pages_a_commit
        self._opened: tuple[Path, Any] | None = None
        self._seen: tuple[object, View] | None = None

    def replace_item(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        with self._generations.writing():
            folder = self._generations.current()
            if folder is None:
                folder = self._generations.fresh()
                _replace_in(_made(folder), item_id, pages)
                self._generations.adopt(folder)
            else:
                _replace_in(_opened(folder), item_id, pages)

    def remove_item(self, item_id: ItemId) -> None:
        if self._generations.current() is not None:
            self.replace_item(item_id, ())

    def rebuild(self, items: Iterable[ItemPages]) -> None:
        """Holds the writers' lock to its end, so that no change falls between the generations."""
        with self._generations.writing():
            folder, index, held = self._unfinished()
            _fill(index, held, items, pages_a_commit=self._pages_a_commit)
            self._generations.adopt(folder)

    def _unfinished(self) -> tuple[Path, Any, dict[ItemId, int]]:
        """What a rebuild goes on with, and the revisions that it holds."""
        folder = self._generations.unfinished()
        if folder is not None:
            try:
                index = _opened(folder)
                return folder, index, {one.item_id: one.revision for one in View.of(index).contents()}
            except IndexUnavailable:  # damaged: nothing in it is worth a doubt
                pass
        folder = self._generations.begin()
        return folder, _made(folder), {}

    def search(self, query: Query) -> SearchResult:
        def found(parsed: Parsed) -> SearchResult:
            view = self._view()
            if view is None:
                return SearchResult(query.text, 0)
            with translated():
                return Search(view, query, parsed).answer()

        return first_found(query.text, found)

    def complete(self, text: str, *, published_only: bool = True, limit: int = 8) -> Sequence[Completion]:
        clause = completing(text)
        view = self._view() if clause is not None else None
        if clause is None or view is None:
            return ()
        with translated():
            asked = seen_by(view.schema, translate(view.schema, clause), public=published_only)
            items = view.items(asked)
            facts = view.facts(items)
        begun = sorted((facts[item] for item in items), key=lambda one: (one.sort_title, one.accession))
        return completions(text, begun, limit)

    def contents(self) -> Iterator[IndexedItem]:
        view = self._view()
        if view is not None:
            with translated():
                held = view.contents()
            yield from held

    def status(self) -> IndexStatus:
        held = list(self.contents())
        return IndexStatus(_ENGINE, sum(item.pages for item in held), len(held))

    def _view(self) -> View | None:
        """The last commit; None before the first."""
        for left in reversed(range(OPENING_TRIES)):
            folder = self._generations.current()
            if folder is None:
                return None
            try:
                return self._view_of(folder)
            except IndexUnavailable:
                self._opened = self._seen = None
                if not left and self._generations.current() == folder:
                    raise
        raise IndexUnavailable(detail="the index is being replaced again and again")

    def _view_of(self, folder: Path) -> View:
        """The same view as long as nobody commits: it remembers what it looked up."""
        with translated():
            meta = (folder / "meta.json").stat()  # tantivy replaces it with each commit
            commit = (folder, meta.st_ino, meta.st_mtime_ns, meta.st_size)
            if self._seen is not None and self._seen[0] == commit:
                return self._seen[1]
            if self._opened is None or self._opened[0] != folder:
                self._opened = (folder, tantivy.Index.open(str(folder)))
            self._seen = (commit, View.of(self._opened[1]))
            return self._seen[1]


def _made(folder: Path) -> Any:
    with translated():
        return tantivy.Index(schema(), str(folder))


def _opened(folder: Path) -> Any:
    with translated():
        return tantivy.Index.open(str(folder))


def _replace_in(index: Any, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
    with writing(index) as writer:
        replace(writer, item_id, pages)
        commit(writer)


def _fill(index: Any, held: dict[ItemId, int], items: Iterable[ItemPages], *, pages_a_commit: int) -> None:
    """Have the index hold these items and no others, with a commit every so many pages.

    A commit stands between two items, so what is held of an item is all of it.
    """
    with writing(index) as writer:
        stale, pages = set(held), 0
        for one in items:
            stale.discard(one.item_id)
            if held.get(one.item_id) == one.revision:
                continue
            pages += replace(writer, one.item_id, one.pages)
            if pages >= pages_a_commit:
                commit(writer)
                pages = 0
        for item_id in stale:
            replace(writer, item_id, ())
        commit(writer)


@contextmanager
def open_index(url: str, *, secrets: Mapping[str, str]) -> Iterator[TantivyIndex]:  # noqa: ARG001
    """``tantivy:///folder``. Nothing is made or locked before the first call that needs it."""
    try:
        root = path_of(url)
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=str(error)) from error
    yield TantivyIndex(root)
