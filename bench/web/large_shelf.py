"""A shelf of many pages, quickly: catalogue and index whole, readings and pictures of some items."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from bench.search_speed import Text, made
from config.settings import Settings
from config.wiring import open_shelf
from domain.holdings import (
    Batch,
    Counts,
    FileEntry,
    Item,
    PageEntry,
    PageKind,
    Scan,
    ScanFile,
    ScanForm,
    State,
)
from domain.ids import Accession, BatchId, ItemId, derivative_key, new_batch_id, original_key, page_key
from domain.ports import CatalogTransaction, Shelf
from domain.queries import ItemPages, PageDocument
from domain.records import FieldValue, Record, Source
from domain.text import Line, OcrPage, Word
from domain.values import Actor, Box, Fixity
from flows.steps.pictures import READING, THUMBS, picture_name
from ocr.hocr import write_hocr

READ = 20  # items that are read: their readings and pictures are in the store
WHO = Actor("bench", "bench")
WIDTH, HEIGHT, MARGIN = 1240, 1754, 110  # pixels
_LETTER, _ROW = 13, 34  # pixels, of make-believe words
_WAY = (State.READING, State.READ, State.DESCRIBED, State.APPROVED, State.PUBLISHED)
_NO_FILE = Fixity("0" * 64, 1)


@dataclass(frozen=True, slots=True)
class Readable:
    """An item that can be read to its end."""

    accession: Accession
    pages: int


def make(settings: Settings, text: Text, pages: int) -> list[Readable]:
    """The items whose pages may be opened."""
    readable: list[Readable] = []
    with open_shelf(settings) as shelf:
        batch_id = new_batch_id()
        at = dt.datetime.now(dt.UTC)
        with shelf.catalog.begin() as changes:
            changes.add_batch(Batch(batch_id, WHO, at, "bench", publish=True))

        def entered() -> Iterator[ItemPages]:
            for one in made(text, pages):
                documents = [*one.pages]
                _enter(shelf, batch_id, documents, at)
                if documents[0].published and len(readable) < READ:
                    _fill_store(shelf, documents)
                    readable.append(Readable(documents[0].accession, len(documents)))
                yield ItemPages(one.item_id, one.revision, documents)

        shelf.index.rebuild(entered())
    return readable


def _enter(shelf: Shelf, batch_id: BatchId, documents: list[PageDocument], at: dt.datetime) -> None:
    first = documents[0]
    count = len(documents)
    with shelf.catalog.begin() as changes:
        digest = hashlib.sha256(first.item_id.encode()).hexdigest()
        file = ScanFile(1, "a.pdf", original_key(digest, ".pdf"), "application/pdf", _NO_FILE)
        scan = Scan(ScanForm.PDF, digest, (file,), count)
        changes.add_item(_item(first, batch_id, count, at), scan, _record(first))
        for one in documents:
            changes.replace_page(first.item_id, _entry(one))
        changes.keep_files(first.item_id, [*_files(first.item_id, count)])
        _lead(changes, first, at)
        changes.set_indexed(first.item_id, changes.item(first.item_id).revision)


def _lead(changes: CatalogTransaction, first: PageDocument, at: dt.datetime) -> None:
    for state in _WAY if first.published else _WAY[:3]:
        changes.move(first.item_id, state, actor=WHO, at=at)


def _item(first: PageDocument, batch_id: BatchId, count: int, at: dt.datetime) -> Item:
    return Item(
        id=first.item_id,
        accession=first.accession,
        batch_id=batch_id,
        actor=WHO,
        state=State.RECEIVED,
        reason=None,
        title=first.title,
        resource_type=first.resource_type,
        year=first.year,
        form=ScanForm.PDF,
        counts=Counts(images=count, scanned=count),
        confidence=0.9,
        revision=first.revision,
        indexed_revision=None,
        publish=True,
        created_at=at,
        updated_at=at,
    )


def _record(first: PageDocument) -> Record:
    said = {
        "title": first.title,
        "resource_type": first.resource_type,
        "compiling_agency": first.agency,
        "year": first.year,
        "field": first.field,
        "so_ky_hieu": first.so_ky_hieu,
        "legal_status": first.legal_status,
    }
    return Record({name: FieldValue(value, Source.STAFF, 1.0) for name, value in said.items() if value})


def _entry(page: PageDocument) -> PageEntry:
    return PageEntry(
        number=page.number,
        image=page.number,
        box=Box(0, 0, WIDTH, HEIGHT),
        kind=PageKind.BODY,
        width=WIDTH,
        height=HEIGHT,
        dpi=150,
        words=len(page.text.split()),
        confidence=0.9,
        engine="bench",
        languages=("vie",),
        options_digest="bench",
        label=page.label,
        label_source="read",
    )


def _files(item_id: ItemId, count: int) -> Iterator[FileEntry]:
    for kind in (THUMBS, READING):
        for number in range(1, count + 1):
            name = picture_name(kind, number)
            digest = hashlib.sha256(f"{item_id}/{name}".encode()).hexdigest()
            yield FileEntry(name, derivative_key(item_id, name), "image/jpeg", Fixity(digest, 1), page=number)


def _fill_store(shelf: Shelf, documents: list[PageDocument]) -> None:
    drawn: dict[str, bytes] = {}
    for page in documents:
        lines = tuple(_lines(page.text))
        read = OcrPage(
            page.number, page.number, Box(0, 0, WIDTH, HEIGHT), WIDTH, HEIGHT, 150, "bench", ("vie",), lines
        )
        hocr = BytesIO(write_hocr(read))
        shelf.store.put(page_key(page.item_id, page.number), hocr, media_type="text/vnd.hocr+html")
        if not drawn:  # once a book: drawing costs more than all else here, and nobody looks at it
            drawn = _drawn(lines)
        for kind, picture in drawn.items():
            key = derivative_key(page.item_id, picture_name(kind, page.number))
            shelf.store.put(key, BytesIO(picture), media_type="image/jpeg")


def _lines(text: str) -> Iterator[Line]:
    """The words set in rows as wide as the page."""
    row: list[Word] = []
    left, top = MARGIN, MARGIN
    for word in text.split():
        width = max(1, len(word)) * _LETTER
        if left + width > WIDTH - MARGIN and row:
            yield _row(row, top)
            row, left, top = [], MARGIN, top + _ROW
        row.append(Word(word, Box(left, top, min(left + width, WIDTH), top + _ROW - 8), 0.9))
        left += width + _LETTER
    if row:
        yield _row(row, top)


def _row(words: list[Word], top: int) -> Line:
    return Line(tuple(words), Box(words[0].box.left, top, words[-1].box.right, top + _ROW - 8), size=26.0)


def _drawn(lines: tuple[Line, ...]) -> dict[str, bytes]:
    """A page's pictures, small and large, as JPEG."""
    page = Image.effect_noise((WIDTH, HEIGHT), 6).point(lambda value: min(255, value + 110))
    pen = ImageDraw.Draw(page)
    for line in lines:
        for word in line.words:
            pen.text((word.box.left, word.box.top), word.text, fill=30, font_size=20)
    made = {}
    for kind, width in ((THUMBS, 200), (READING, WIDTH)):
        picture = BytesIO()
        page.resize((width, HEIGHT * width // WIDTH)).save(picture, "JPEG", quality=75)
        made[kind] = picture.getvalue()
    return made
