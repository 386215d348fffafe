"""Everything that is made from an item's readings: access PDF, text, hOCR, ALTO, pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import PageUnreadable
from domain.holdings import FileEntry, PageEntry, PageKind
from domain.ids import ItemId, derivative_key
from domain.ports import Shelf
from domain.text import OcrPage
from flows.steps.originals import originals
from flows.steps.pages import load_pages, opened, wordless
from flows.steps.work import Work
from ocr.access import write_access_pdf
from ocr.alto import write_alto
from ocr.hocr import write_book_hocr
from ocr.pictures import MEDIA_TYPE, SUFFIX, pictures
from ocr.plaintext import write_text


def write_pdf(shelf: Shelf, item_id: ItemId, out: Path) -> None:
    """The searchable PDF, whose pages look exactly as the scan."""
    with shelf.catalog.view() as seen:
        item, scan = seen.item(item_id), seen.scan(item_id)
    with (
        originals(shelf, scan.files) as paths,
        TemporaryDirectory(prefix="tusach-", dir=out.parent) as scratch,
    ):
        pages = (page for _, page in load_pages(shelf, item_id))
        write_access_pdf(scan.form, paths, pages, out, title=item.title, scratch=Path(scratch))


def write_plain(shelf: Shelf, item_id: ItemId, out: Path) -> None:
    """The text, a form feed after each page."""
    with out.open("wb") as target:
        write_text(_placed(shelf, item_id), target)


def write_hocr_book(shelf: Shelf, item_id: ItemId, out: Path) -> None:
    with shelf.catalog.view() as seen:
        title = seen.item(item_id).title
    with out.open("wb") as target:
        write_book_hocr(_placed(shelf, item_id), target, title=title)


def write_alto_book(shelf: Shelf, item_id: ItemId, out: Path) -> None:
    with shelf.catalog.view() as seen:
        name = seen.scan(item_id).files[0].name
    with out.open("wb") as target:
        write_alto(_placed(shelf, item_id), target, source_name=name)


BOOK_FILES: Mapping[str, tuple[str, Callable[[Shelf, ItemId, Path], None]]] = {
    "access.pdf": ("application/pdf", write_pdf),
    "text.txt": ("text/plain; charset=utf-8", write_plain),
    "book.hocr": ("text/vnd.hocr+html", write_hocr_book),
    "alto.xml": ("application/alto+xml", write_alto_book),
}


def derive_files(shelf: Shelf, item_id: ItemId, work: Work) -> tuple[FileEntry, ...]:
    """Make and store every derivative; the catalogue is told by the caller."""
    kept: list[FileEntry] = []
    with TemporaryDirectory(prefix="tusach-") as scratch:
        for name, (media_type, write) in BOOK_FILES.items():
            made = Path(scratch) / name
            write(shelf, item_id, made)
            key = derivative_key(item_id, name)
            with made.open("rb") as source:
                stored = shelf.store.put(key, source, media_type=media_type)
            made.unlink()
            kept.append(FileEntry(name, key, media_type, stored.fixity))
    kept += _pictures(shelf, item_id, work)
    return tuple(kept)


def _pictures(shelf: Shelf, item_id: ItemId, work: Work) -> Iterator[FileEntry]:
    with shelf.catalog.view() as seen:
        entries = seen.pages(item_id)
    with opened(shelf, item_id) as (_, scan), TemporaryDirectory(prefix="tusach-") as scratch:
        for entry in entries:
            if entry.kind is PageKind.UNREADABLE:
                continue
            try:
                image = scan.page_image(entry.image, Path(scratch), work.options)
            except PageUnreadable:  # it was read before: the page keeps its text, without a picture
                continue
            thumbnail, reading = pictures(image)
            image.path.unlink(missing_ok=True)
            yield _keep_picture(shelf, item_id, "thumbs", entry, thumbnail)
            yield _keep_picture(shelf, item_id, "reading", entry, reading)


def _keep_picture(shelf: Shelf, item_id: ItemId, kind: str, entry: PageEntry, data: bytes) -> FileEntry:
    name = f"{kind}/{entry.number:06d}{SUFFIX}"
    key = derivative_key(item_id, name)
    stored = shelf.store.put(key, BytesIO(data), media_type=MEDIA_TYPE)
    return FileEntry(name, key, MEDIA_TYPE, stored.fixity, page=entry.number)


def _placed(shelf: Shelf, item_id: ItemId) -> Iterator[OcrPage]:
    """Every page in its place; one that could not be read stands there empty, so that numbers hold."""
    for entry, page in load_pages(shelf, item_id):
        yield page or wordless(entry, entry.languages)
