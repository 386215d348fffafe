"""What a PDF is: how many pages, whole or cut short, what it says of itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from pypdf.generic import ArrayObject, DictionaryObject, PdfObject, StreamObject

from domain.errors import DamagedFile, TooManyPages, TooManyPixels
from domain.options import IntakePolicy
from ocr.pdf import PdfPages, number, open_pdf

_TAIL = 2048  # bytes in which a whole PDF says %%EOF; mailers and scanners append a little
_LOOK_TIMEOUT_S = 60
_MAX_VALUE = 500  # characters of a property
_PROPERTIES = ("title", "author", "subject", "keywords", "creator", "producer")
_MAX_PICTURES = 1000  # per page; beyond, poppler's own bounds have to do


def pdf_facts(path: Path, name: str, policy: IntakePolicy) -> tuple[int, Mapping[str, str]]:
    """How many pages it has, lost ones included, and its properties.

    A sloppy file that can still be drawn is taken; one that is cut short, or has no page to
    show, is not. Raises DamagedFile, EncryptedPdf, TooManyPages, TooManyPixels.
    """
    whole = _ends_properly(path)
    try:
        with open_pdf(path, name) as pages:
            found = [leaf for leaf in pages.leaves if leaf]
            if not found:
                raise DamagedFile(name=name, detail="no pages")
            if len(pages.leaves) > policy.max_pages:
                raise TooManyPages(name=name, pages=len(pages.leaves), limit=policy.max_pages)
            _check_pages(pages, name, policy, whole=whole)
            return len(pages.leaves), _properties(pages)
    except DamagedFile as error:
        if not whole and not str(error.fields["detail"]).startswith("cut short"):
            raise DamagedFile(name=name, detail=f"cut short ({error.fields['detail']})") from error
        count = _drawable(path) if whole else None
        if not count:
            raise
        if count > policy.max_pages:
            raise TooManyPages(name=name, pages=count, limit=policy.max_pages) from error
        return count, {}


def _ends_properly(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return b"%%EOF" in file.read()


def _drawable(path: Path) -> int | None:
    """How many pages poppler finds where pypdf gave up; None where it gives up too."""
    from ocr.drawing import drawable_pages

    return drawable_pages(path, timeout_s=_LOOK_TIMEOUT_S)


def _check_pages(pages: PdfPages, name: str, policy: IntakePolicy, *, whole: bool) -> None:
    """Bound the pictures; of a file that does not end properly, want every page."""
    for page_number, leaf in enumerate(pages.leaves, start=1):
        try:
            if leaf is None:
                raise ValueError("the page is lost")
            with pages.page(page_number) as page:
                largest = _largest_picture(page)
                if not whole:
                    _resolve(page.get("/Contents"))
        except OSError:
            raise
        except Exception as error:  # broken pages make pypdf raise nearly anything
            if not whole:
                raise DamagedFile(name=name, detail=f"cut short: page {page_number}") from error
            continue  # one bad page does not keep a book out; it will be marked
        if largest > policy.max_pixels:
            raise TooManyPixels(name=name, pixels=largest, limit=policy.max_pixels)


def _largest_picture(page: DictionaryObject) -> int:
    """Pixels of the largest picture that the page names; 0 without one."""
    resources = _resolve(page.get("/Resources"))
    found = _resolve(resources.get("/XObject")) if isinstance(resources, DictionaryObject) else None
    largest = 0
    for name in list(found)[:_MAX_PICTURES] if isinstance(found, DictionaryObject) else []:
        picture = _resolve(found.get(name)) if isinstance(found, DictionaryObject) else None
        if isinstance(picture, StreamObject) and picture.get("/Subtype") == "/Image":
            width, height = number(picture.get("/Width")) or 0, number(picture.get("/Height")) or 0
            largest = max(largest, int(width * height))
    return largest


def _resolve(given: PdfObject | None) -> PdfObject | None:
    """The object itself. ValueError where it is named but not there, as in a file cut short."""
    if given is None:
        return None
    found = given.get_object()
    if found is None:
        raise ValueError("an object is lost")
    if isinstance(found, ArrayObject):
        for part in found:
            _resolve(part)
    return found


def _properties(pages: PdfPages) -> Mapping[str, str]:
    try:
        said: Mapping[str, object] = pages.reader.metadata or {}
        found = {name: _clean(said.get(f"/{name.capitalize()}")) for name in _PROPERTIES}
    except OSError:
        raise
    except Exception:  # a broken information dictionary is no reason to refuse the book
        return {}
    return {name: value for name, value in found.items() if value}


def _clean(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = "".join(char if char.isprintable() else " " for char in value[: 4 * _MAX_VALUE])
    return unicodedata.normalize("NFC", " ".join(text.split()))[:_MAX_VALUE]
