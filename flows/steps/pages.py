"""Read pages: one picture at a time, each kept and entered before the next."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import OcrError, PageUnreadable
from domain.holdings import PageEntry, PageKind
from domain.ids import ItemId, ObjectKey, page_key, reading_key
from domain.options import OcrOptions
from domain.ports import Shelf
from domain.text import OcrPage, PageImage, doubtful
from domain.values import Box
from flows.steps.claims import renew
from flows.steps.pictures import keep_pictures
from flows.steps.sheets import Sheets, opened
from flows.steps.work import Work
from ocr.hocr import read_hocr, write_hocr

HOCR = "text/vnd.hocr+html"
REMEMBERED = 24  # pages kept parsed, some 5 MB: a book needs hardly more memory than a leaflet
TRIES = 2  # of one page, where the engine's failure may pass


@dataclass(frozen=True, slots=True)
class _Reading:
    """One page as read, or why it could not be."""

    entry: PageEntry  # its number is its home
    page: OcrPage | None
    pictures: tuple[bytes, bytes] | None = None  # small ones, where they are made with the reading


def read_pages(shelf: Shelf, item_id: ItemId, numbers: Sequence[int], work: Work) -> None:
    """Read these pages (by their homes) and commit them one by one; reading one again replaces it.

    One that does not stand in its item is kept at rest, with its pictures.

    A page that cannot be drawn is entered with its problem, and the book goes on. An engine that
    fails twice on a page raises its OcrError.
    """
    if not numbers:
        return
    if work.jobs > 1 and len(numbers) > 1:
        _read_at_once(shelf, item_id, numbers, work)
    else:
        _read_span(shelf, item_id, numbers, work, threading.Event())


def _read_at_once(shelf: Shelf, item_id: ItemId, numbers: Sequence[int], work: Work) -> None:
    spans = [numbers[first :: work.jobs] for first in range(min(work.jobs, len(numbers)))]
    stopping = threading.Event()
    with ThreadPoolExecutor(max_workers=len(spans)) as pool:
        reading = [pool.submit(_read_span, shelf, item_id, span, work, stopping) for span in spans]
        try:
            for done in as_completed(reading):
                done.result()
        finally:  # an error or Ctrl-C: the others end with the page they are at, not with the book
            stopping.set()


def _read_span(
    shelf: Shelf, item_id: ItemId, numbers: Sequence[int], work: Work, stopping: threading.Event
) -> None:
    with opened(shelf, item_id) as (_, sheets), TemporaryDirectory(prefix="tusach-") as scratch:
        for number in numbers:
            if stopping.is_set():
                return
            reading = _read(shelf, sheets, number, Path(scratch), work.options)
            _keep(shelf, item_id, reading, work, arranged=sheets.arranged)


def _read(shelf: Shelf, sheets: Sheets, home: int, scratch: Path, options: OcrOptions) -> _Reading:
    try:
        image = sheets.draw(home, scratch, options)
    except PageUnreadable as error:
        return _Reading(_unreadable(home, sheets.image_of(home), options, error), None)
    try:
        page = _recognise(shelf, image, options)
        with image.path.open("rb") as picture:
            digest = hashlib.file_digest(picture, "sha256").hexdigest()
        # Of a page that came later the pictures are made at once: they are there when it stands.
        small = _pictures(image) if sheets.arranged else None
        return _Reading(_entry(image, page, options, digest), page, small)
    except PageUnreadable as error:
        return _Reading(_unreadable(home, sheets.image_of(home), options, error), None)
    finally:
        image.path.unlink(missing_ok=True)


def _pictures(image: PageImage) -> tuple[bytes, bytes]:
    from ocr.pictures import pictures  # heavy, and only wanted here

    return pictures(image)


def _recognise(shelf: Shelf, image: PageImage, options: OcrOptions) -> OcrPage:
    if _is_blank(image):
        return wordless(image, options.languages)
    for left in reversed(range(TRIES)):
        try:
            return shelf.ocr.recognise(image, options)
        except OcrError as error:
            if not error.retryable or left == 0:
                raise
    raise AssertionError("a try either returns or raises")


def wordless(place: PageImage | PageEntry, languages: tuple[str, ...]) -> OcrPage:
    """A page in its place, without words and without an engine: blank, or not to be read."""
    return OcrPage(
        number=place.number,
        image=place.image,
        box=place.box,
        width=place.width,
        height=place.height,
        dpi=place.dpi,
        engine="",
        languages=languages,
        lines=(),
    )


def _is_blank(image: PageImage) -> bool:
    """Whether there is nothing to read; the first to decode the picture, so the first to find it broken."""
    from ocr.blank import is_blank
    from ocr.imaging import BROKEN

    try:
        return is_blank(image.path)
    except BROKEN as error:
        raise PageUnreadable(image=image.image, detail=str(error)[:300]) from error


def _entry(image: PageImage, page: OcrPage, options: OcrOptions, digest: str) -> PageEntry:
    words = page.words
    return PageEntry(
        number=image.number,
        image=image.image,
        box=image.box,
        kind=PageKind.BODY if page.engine else PageKind.BLANK,
        width=page.width,
        height=page.height,
        dpi=page.dpi,
        words=len(words),
        confidence=page.confidence,
        engine=page.engine,
        languages=page.languages,
        options_digest=options.digest,
        image_sha256=digest,
        doubtful=doubtful(words),
    )


def _unreadable(home: int, image: int, options: OcrOptions, error: PageUnreadable) -> PageEntry:
    return PageEntry(
        number=home,
        image=image,
        box=Box(0, 0, 0, 0),
        kind=PageKind.UNREADABLE,
        width=0,
        height=0,
        dpi=0,
        words=0,
        confidence=None,
        engine="",
        languages=options.languages,
        options_digest=options.digest,
        problem=error.reason,
    )


def _keep(shelf: Shelf, item_id: ItemId, reading: _Reading, work: Work, *, arranged: bool) -> None:
    entry = reading.entry
    home = entry.number
    if reading.page is not None:
        hocr = BytesIO(write_hocr(reading.page))
        shelf.store.put(page_key(item_id, home), hocr, media_type=HOCR)
    files = keep_pictures(shelf, item_id, home, reading.pictures) if reading.pictures else []
    with shelf.catalog.begin() as changes:
        number = changes.places.number_of(item_id, home) if arranged else home
        if number is None:
            changes.places.keep_resting(item_id, replace(entry, home=home))
        else:
            changes.replace_page(item_id, at_number(entry, number))
        changes.keep_files(item_id, files)
        moment = renew(changes, item_id, work.held_by)
        changes.figures.count_read(item_id, 1, moment)


def at_number(entry: PageEntry, number: int) -> PageEntry:
    """The page as it stands at that number."""
    home = entry.kept_as
    return replace(entry, number=number, home=None if home == number else home)


def load_page(shelf: Shelf, item_id: ItemId, entry: PageEntry) -> OcrPage | None:
    """The reading of one page that is in force; None for one that could not be read."""
    if entry.kind is PageKind.UNREADABLE:
        return None
    with shelf.store.open(key_of(item_id, entry)) as source:
        page = _parsed.page(item_id, source.read())
    # A reading says the number that its page had when it was read.
    return page if page.number == entry.number else replace(page, number=entry.number)


def key_of(item_id: ItemId, entry: PageEntry) -> ObjectKey:
    """Where the reading in force rests: what a person corrected, else what the engine read."""
    if entry.reading is None:
        return page_key(item_id, entry.kept_as)
    return reading_key(item_id, entry.kept_as, entry.reading)


class _Parsed:
    """The first pages that were asked for of the item at work, so that each stage need not parse them again.

    Not the last ones: a walk through a longer book would drop every page just before the next walk.
    """

    def __init__(self) -> None:
        self._of: tuple[ItemId | None, dict[bytes, OcrPage]] = None, {}

    def page(self, item_id: ItemId, hocr: bytes) -> OcrPage:
        """What these bytes say. Raises DamagedFile."""
        held, pages = self._of
        if held != item_id:
            pages = {}
            self._of = item_id, pages
        digest = hashlib.sha256(hocr).digest()  # a correction has other bytes
        page = pages.get(digest)
        if page is None:
            page = read_hocr(hocr)
            if len(pages) < REMEMBERED:
                pages[digest] = page
        return page


_parsed = _Parsed()


def load_pages(shelf: Shelf, item_id: ItemId) -> Iterator[tuple[PageEntry, OcrPage | None]]:
    """All pages in order, one at a time."""
    with shelf.catalog.view() as seen:
        entries = seen.pages(item_id)
    for entry in entries:
        yield entry, load_page(shelf, item_id, entry)


def check_readings(shelf: Shelf, item_id: ItemId) -> None:
    """Raise ObjectNotFound where the kept reading of a page is gone."""
    with shelf.catalog.view() as seen:
        entries = seen.pages(item_id)
    for entry in entries:
        if entry.kind is not PageKind.UNREADABLE:
            shelf.store.stat(key_of(item_id, entry))
