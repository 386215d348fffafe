"""Batches, items, scans and pages for tests that need some."""

from __future__ import annotations

import datetime as dt
import hashlib
from contextlib import contextmanager

from sqlalchemy import Engine, event

from domain.holdings import Batch, Counts, Item, PageEntry, PageKind, Scan, ScanFile, ScanForm, State
from domain.ids import ItemId, new_batch_id, new_item_id, original_key
from domain.records import Record
from domain.values import Actor, Box, Fixity

WHEN = dt.datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=dt.UTC)
WHO = Actor("Nguyễn Thị An", "Sở Tư pháp")


def a_batch(**changes) -> Batch:
    values = {
        "id": new_batch_id(),
        "actor": WHO,
        "created_at": WHEN,
        "source": "/tủ sách/lô 1",
        "publish": True,
        "options": {"dpi": 300, "languages": ["vie"]},
    }
    return Batch(**values | changes)


def a_scan(content: str = "một", *names: str) -> Scan:
    digest = hashlib.sha256(content.encode()).hexdigest()
    files = tuple(
        ScanFile(place, name, original_key(digest, ".pdf"), "application/pdf", Fixity(digest, 5_000_000_000))
        for place, name in enumerate(names or ("Sổ tay hòa giải.pdf",), start=1)
    )
    return Scan(ScanForm.PDF, digest, files, image_count=None)


def an_item(batch: Batch, accession: str, **changes) -> Item:
    values = {
        "id": new_item_id(),
        "accession": accession,
        "batch_id": batch.id,
        "actor": batch.actor,
        "state": State.RECEIVED,
        "reason": None,
        "title": "Sổ tay hòa giải.pdf",
        "resource_type": None,
        "year": None,
        "form": ScanForm.PDF,
        "counts": Counts(declared=24),
        "confidence": None,
        "revision": 1,
        "indexed_revision": None,
        "publish": True,
        "created_at": WHEN,
        "updated_at": WHEN,
    }
    return Item(**values | changes)


def a_page(number: int = 1, **changes) -> PageEntry:
    values = {
        "number": number,
        "image": number,
        "box": Box(0, 0, 1240, 1754),
        "kind": PageKind.BODY,
        "width": 1240,
        "height": 1754,
        "dpi": 150,
        "words": 312,
        "confidence": 0.93,
        "engine": "tesseract 5.3.0",
        "languages": ("vie",),
        "options_digest": "0123456789ab",
    }
    return PageEntry(**values | changes)


def add_some(catalog, count: int = 1, *, batch: Batch | None = None) -> list[ItemId]:
    """Items of one batch, each of its own content."""
    batch = batch or a_batch()
    ids = []
    with catalog.begin() as changes:
        changes.add_batch(batch)
        for _ in range(count):
            item = an_item(batch, changes.next_accession("VN", 2026))
            changes.add_item(item, a_scan(item.id), Record())
            ids.append(item.id)
    return ids


@contextmanager
def statements():
    """The SQL statements run inside the block, without those that frame a transaction."""
    seen: list[str] = []

    def keep(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN", "SET", "SELECT pg_advisory_xact_lock")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
