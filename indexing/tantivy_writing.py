"""How our pages become tantivy's documents, and how items are written so that nothing is half done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import tantivy

from domain.errors import IndexUnavailable
from domain.ids import Accession, ItemId
from domain.queries import Facet, PageDocument
from indexing.answering import sort_title
from indexing.mapping import ANALYSED, WITH_POSITIONS, analyse, facet_key, facets
from indexing.text import packed

# Bytes, taken as they fill, some 6 KB a page: the pages of a commit are one segment. With less, small
# segments are written that are merged again and again.
HEAP = 200_000_000
LONGEST = 2_000  # characters of a title or a value that is told; a column refuses 64 KB


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of an item; kept once, with the first of its pages, in a column to look many up in."""

    group: int  # the item's number
    item_id: ItemId
    accession: Accession
    revision: int
    published: bool
    title: str
    resource_type: str | None
    year: int | None
    so_ky_hieu: str | None
    sort_title: str
    values: dict[Facet, str]  # as written

    @classmethod
    def of(cls, page: PageDocument) -> Facts:
        return cls(
            group_of(page.item_id),
            page.item_id,
            page.accession,
            page.revision,
            page.published,
            page.title[:LONGEST],
            page.resource_type,
            page.year,
            page.so_ky_hieu,
            sort_title(page.title),
            {facet: value[:LONGEST] for facet, value in facets(page).items() if facet_key(value)},
        )

    def kept(self) -> str:
        told = [getattr(self, one.name) for one in fields(self)[:-1]]
        return json.dumps([*told, [*self.values.items()]], ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, kept: str) -> Facts:
        told = json.loads(kept)
        told[-1] = {Facet(facet): value for facet, value in told[-1]}
        return cls(*told)


def schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in ANALYSED:
        option = "position" if name in WITH_POSITIONS else "freq"
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    for name in ("item_id", *Facet):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("facts", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_boolean_field("first", indexed=True)
    builder.add_boolean_field("published", indexed=True)
    builder.add_unsigned_field("group", indexed=True, fast=True)
    builder.add_unsigned_field("page", fast=True)
    builder.add_bytes_field("shown", stored=True)  # kept, not searched
    builder.add_bytes_field("words", stored=True)
    return builder.build()


@contextmanager
def writing(index: Any) -> Iterator[Any]:
    """A writer; what it did not commit is dropped at the end, whatever ends it."""
    with translated():
        writer = index.writer(HEAP, 1)
        writer.garbage_collect_files()  # what a failed write left behind may be why a disk is full
    try:
        yield writer
    finally:
        with translated():
            writer.wait_merging_threads()


def replace(writer: Any, item_id: ItemId, pages: Iterable[PageDocument]) -> int:
    """The item's pages instead of those it has; to be committed. Returns how many."""
    with translated():
        writer.delete_documents_by_term("item_id", item_id)
    written, facts, keys = 0, None, {}
    for page in pages:
        document = _document(page)
        if facts is None:
            facts = Facts.of(page)
            keys = {facet: facet_key(value) for facet, value in facts.values.items()}
            document.add_boolean("first", True)
            document.add_text("facts", facts.kept())
        document.add_unsigned("group", facts.group)
        for facet, key in keys.items():
            document.add_text(facet, key)
        with translated():
            writer.add_document(document)
        written += 1
    return written


def commit(writer: Any) -> None:
    with translated():
        writer.commit()


def _document(page: PageDocument) -> Any:
    document = tantivy.Document()
    found = analyse(page)
    for name, tokens in found.fields.items():
        document.add_text(name, tokens)
    document.add_text("item_id", page.item_id)
    document.add_boolean("published", page.published)
    document.add_unsigned("page", page.number)
    label = (page.label or "").replace("\n", " ")
    document.add_bytes("shown", packed(f"{label}\n{page.text}"))
    document.add_bytes("words", found.words.packed())
    return document


def group_of(item_id: ItemId) -> int:
    """The item as a number, since only numbers can be looked up for many hits at once."""
    return int.from_bytes(hashlib.sha256(item_id.encode()).digest()[:8], "big")


@contextmanager
def translated() -> Iterator[None]:
    """Inside it, tantivy's errors become ours."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise IndexUnavailable(detail=f"{error}; reindex if this stays") from error
