"""How many pages a second the catalogue takes from several processes, each at a book of its own.

A page is entered as flows enter it: the page and the claim renewed, in one transaction. Then books are
closed: their ledger (every page again) and their derivatives, the longest transactions that there are.
Each is measured with the writers' one lock and, to see what it costs, with the rows' own locks alone.

    python -m bench.writers [--processes 1,2,4] [--pages N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import multiprocessing
import sys
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier

from sqlalchemy import select, true

from bench.measure import load, show, stop
from bench.scale import PASSWORD, URL, database
from catalog import queries
from catalog.sql import open_catalog
from domain.holdings import Batch, Counts, FileEntry, Item, PageEntry, PageKind, Scan, ScanForm, State
from domain.ids import ItemId, derivative_key, new_batch_id, new_item_id
from domain.ports import Catalog
from domain.records import Record
from domain.values import Actor, Box, Fixity
from flows.steps.claims import renew

SECRETS = {"catalog_password": PASSWORD}
BOOK = 100  # pages
CLOSED = 5  # books each process closes
WHO = Actor("bench", "bench")


def a_page(number: int) -> PageEntry:
    return PageEntry(
        number=number,
        image=number,
        box=Box(0, 0, 1240, 1754),
        kind=PageKind.BODY,
        width=1240,
        height=1754,
        dpi=150,
        words=330,
        confidence=0.9,
        engine="tesseract 5.3.0",
        languages=("vie",),
        options_digest="0123456789ab",
        image_sha256="0" * 64,
    )


def add_books(catalog: Catalog, count: int) -> list[ItemId]:
    moment = dt.datetime.now(dt.UTC)
    batch = Batch(new_batch_id(), WHO, moment, "bench", publish=True, options={})
    books: list[ItemId] = []
    with catalog.begin() as changes:
        changes.add_batch(batch)
        for _ in range(count):
            item = Item(
                id=new_item_id(),
                accession=changes.next_accession("VN", moment.year),
                batch_id=batch.id,
                actor=WHO,
                state=State.RECEIVED,
                reason=None,
                title="Sổ tay hòa giải",
                resource_type=None,
                year=None,
                form=ScanForm.PDF,
                counts=Counts(images=BOOK),
                confidence=None,
                revision=1,
                indexed_revision=None,
                publish=True,
                created_at=moment,
                updated_at=moment,
            )
            digest = hashlib.sha256(item.id.encode()).hexdigest()
            changes.add_item(item, Scan(ScanForm.PDF, digest, (), BOOK), Record())
            books.append(item.id)
    return books


def read(catalog: Catalog, book: ItemId, number: int) -> None:
    with catalog.begin() as changes:
        changes.replace_page(book, a_page(number))
        renew(changes, book)


def close(catalog: Catalog, book: ItemId, _turn: int) -> None:
    """The ledger's commit and the derivatives', as ``flows.steps.stages`` makes them."""
    with catalog.begin() as changes:
        for number in range(1, BOOK + 1):
            changes.replace_page(book, a_page(number))
        changes.set_counts(book, Counts(scanned=BOOK), 0.9)
        renew(changes, book)
    names = [f"{kind}/{number:06d}.webp" for number in range(1, BOOK + 1) for kind in ("thumbs", "reading")]
    files = [
        FileEntry(name, derivative_key(book, name), "image/webp", Fixity("0" * 64, 9_000), None)
        for name in names
    ]
    with catalog.begin() as changes:
        changes.keep_files(book, files)
        renew(changes, book)


def write(url: str, book: ItemId, work: str, turns: int, one_lock: bool, start: Barrier) -> None:
    """One process's share."""
    if not one_lock:
        queries.wait_for_writers = lambda: select(true())
    act = {"read": read, "close": close}[work]
    with open_catalog(url, secrets=SECRETS) as catalog:
        act(catalog, book, 1)
        start.wait()
        for turn in range(1, turns + 1):
            act(catalog, book, turn)
        start.wait()


def rate(url: str, work: str, turns: int, books: Sequence[ItemId], *, one_lock: bool) -> float:
    """Turns a second of all processes together, one for each book."""
    spawned = multiprocessing.get_context("spawn")
    start = spawned.Barrier(len(books) + 1)
    given = [(url, book, work, turns, one_lock, start) for book in books]
    children = [spawned.Process(target=write, args=one) for one in given]
    for child in children:
        child.start()
    start.wait()
    began = time.perf_counter()
    start.wait()
    took = time.perf_counter() - began
    for child in children:
        child.join()
        if child.exitcode:
            stop(f"a writer ended with {child.exitcode}")
    return turns * len(books) / took


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.writers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--processes", default="1,2,4")
    parser.add_argument("--pages", type=int, default=400, help="of each process")
    given = parser.parse_args(arguments)
    if not URL:
        stop("TUSACH_TEST_CATALOG_URL names no server (scripts/services start postgresql)")
    rows = []
    with database(None) as url:
        for count in map(int, given.processes.split(",")):
            with open_catalog(url, secrets=SECRETS) as catalog:
                books = add_books(catalog, count)
            figures = [
                rate(url, work, turns, books, one_lock=one_lock)
                for work, turns in (("read", given.pages), ("close", CLOSED))
                for one_lock in (True, False)
            ]
            rows.append(
                (
                    str(count),
                    *(f"{figure:.0f}" for figure in figures[:2]),
                    *(f"{figure:.1f}" for figure in figures[2:]),
                )
            )
    show(
        f"a second, of all processes together; a book has {BOOK} pages; {load()}",
        ("processes", "pages read", "… without the lock", "books closed", "… without the lock"),
        rows,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
