"""How our pages become tantivy's documents, and how a set of items is written in one commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import tantivy

from domain.errors import IndexUnavailable
from domain.ids import ItemId
from domain.queries import PageDocument
from indexing.mapping import ANALYSED, WITH_POSITIONS, analyse

HEAP = 20_000_000  # bytes; tantivy asks for 15 MB at least

_SHOWN = ("item_id", "accession", "title", "resource_type", "year", "label", "text")


def schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in ANALYSED:
        option = "position" if name in WITH_POSITIONS else "freq"
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    builder.add_text_field("item_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("published", stored=True, indexed=True, fast=True)
    builder.add_unsigned_field("group", indexed=True, fast=True)
    builder.add_unsigned_field("page", fast=True)
    builder.add_unsigned_field("revision", fast=True)
    builder.add_bytes_field("shown", stored=True)  # kept, not searched
    return builder.build()


def write(index: Any, items: Iterable[tuple[ItemId, Iterable[PageDocument]]]) -> None:
    """Replace these items in one commit; an error on the way, the caller's too, leaves all as it was."""
    with translated():
        writer = index.writer(HEAP, 1)
    try:
        for item_id, pages in items:
            with translated():
                writer.delete_documents_by_term("item_id", item_id)
            for page in pages:
                document = _document(page)
                with translated():
                    writer.add_document(document)
        with translated():
            writer.commit()
    finally:  # without a commit, what was added is dropped
        with translated():
            writer.wait_merging_threads()


def _document(page: PageDocument) -> Any:
    document = tantivy.Document()
    for name, tokens in analyse(page).items():
        document.add_text(name, tokens)
    document.add_text("item_id", page.item_id)
    document.add_boolean("published", page.published)
    document.add_unsigned("group", _group_of(page.item_id))
    document.add_unsigned("page", page.number)
    document.add_unsigned("revision", page.revision)
    document.add_bytes("shown", json.dumps({name: getattr(page, name) for name in _SHOWN}).encode())
    return document


def _group_of(item_id: ItemId) -> int:
    """The item as a number, since only numbers can be looked up for many hits at once."""
    return int.from_bytes(hashlib.sha256(item_id.encode()).digest()[:8], "big")


@contextmanager
def translated() -> Iterator[None]:
    """Inside it, tantivy's errors become ours."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise IndexUnavailable(detail=f"{error}; reindex if this stays") from error
