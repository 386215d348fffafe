"""Everything that is made from an item's readings: access PDF, text, hOCR, ALTO, pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import PageUnreadable
from domain.holdings import FileEntry, PageKind
from domain.ids import ItemId, derivative_key
from domain.ports import Shelf
from domain.text import OcrPage
from flows.steps.book_files import ALTO, HOCR, MEDIA_TYPES, PDF, TEXT
from flows.steps.originals import originals
from flows.steps.pages import load_pages, wordless
from flows.steps.pictures import keep_pictures
from flows.steps.sheets import opened
from flows.steps.work import Work
from ocr.access import write_access_pdf
from ocr.alto import write_alto
from ocr.hocr import write_book_hocr
from ocr.pictures import pictures
from ocr.plaintext import write_text


def write_pdf(shelf: Shelf, item_id: ItemId, out: Path) -> None:
    """The searchable PDF, whose pages look exactly as the scan."""
    with shelf.catalog.view() as seen:
        item, scan, standing = seen.item(item_id), seen.scan(item_id), seen.pages(item_id)
        arrangement = seen.places.arrangement(item_id)
    # Of what stands, not of what is asked for: the words are those of the pages that stand.
    places = None if arrangement is None else [arrangement.place(page.kept_as) for page in standing]
    shown = {place.image for place in places or ()}
    with (
        originals(shelf, scan.files) as paths,
        TemporaryDirectory(prefix="tusach-", dir=out.parent) as scratch,
    ):
        files = list(zip(scan.files, paths, strict=True))
        again = {
            file.image: (file.form, path)
            for file, path in files
            if file.form is not None and file.image is not None and file.image in shown
        }
        pages = (page for _, page in load_pages(shelf, item_id))
        write_access_pdf(
            scan.form,
            [path for file, path in files if file.form is None],
            pages,
            out,
            title=item.title,
            scratch=Path(scratch),
            places=places,
            again=again,
        )


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


_WRITERS: Mapping[str, Callable[[Shelf, ItemId, Path], None]] = {
    PDF: write_pdf,
    TEXT: write_plain,
    HOCR: write_hocr_book,
    ALTO: write_alto_book,
}


def derive_files(
    shelf: Shelf, item_id: ItemId, work: Work, *, words_alone: bool = False
) -> tuple[FileEntry, ...]:
    """Make and store every derivative, or only what bears words; the catalogue is told by the caller."""
    kept: list[FileEntry] = []
    with TemporaryDirectory(prefix="tusach-") as scratch:
        for name, media_type in MEDIA_TYPES.items():
            made = Path(scratch) / name
            _WRITERS[name](shelf, item_id, made)
            key = derivative_key(item_id, name)
            with made.open("rb") as source:
                stored = shelf.store.put(key, source, media_type=media_type)
            made.unlink()
            kept.append(FileEntry(name, key, media_type, stored.fixity))
    if not words_alone:
        kept += _pictures(shelf, item_id, work)
    return tuple(kept)


def _pictures(shelf: Shelf, item_id: ItemId, work: Work) -> Iterator[FileEntry]:
    with shelf.catalog.view() as seen:
        entries = seen.pages(item_id)
    with opened(shelf, item_id) as (_, sheets), TemporaryDirectory(prefix="tusach-") as scratch:
        for entry in entries:
            if entry.kind is PageKind.UNREADABLE:
                continue
            try:
                image = sheets.draw(entry.kept_as, Path(scratch), work.options)
            except PageUnreadable:  # it was read before: the page keeps its text, without a picture
                continue
            made = pictures(image)
            image.path.unlink(missing_ok=True)
            yield from keep_pictures(shelf, item_id, entry.kept_as, made)


def _placed(shelf: Shelf, item_id: ItemId) -> Iterator[OcrPage]:
    """Every page in its place; one that could not be read stands there empty, so that numbers hold."""
    for entry, page in load_pages(shelf, item_id):
        yield page or wordless(entry, entry.languages)
