"""Propose a record from what a clerk would look at: form, title page, file properties, file name.

A proposal is never surer than its source: what the form says counts as said by a person; what OCR read is
less sure where the type does not stand out or the words were hard to read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from catalog import imprint
from catalog.citations import find_citations
from catalog.documenthead import document_title
from catalog.kinds import kind_of, names_a_statute
from catalog.notations import plain
from catalog.records import clean
from catalog.titlepage import Found, agency_of, beside_title, book_title, rows_of
from domain.holdings import ScanForm
from domain.records import FIELDS, FieldValue, Record, Source
from domain.text import OcrPage
from domain.values import Json

_MAX_TEXT = 20_000  # characters of one page that are looked at
_MAX_VALUE = 300

_SOURCES = tuple(Source)
_RUBBISH = re.compile(
    r"untitled|no title|document\s?\d*|scan(?:ned)?\b.*|img[\W_]?\d+.*|dsc\W?\d+.*|image\s?\d*|"
    r"page\s?\d*|\d+|"
    r"camscanner.*|.*\.(?:docx?|xlsx?|pptx?|indd|cdr|pdf|tiff?|jpe?g|png|rtf)|"
    r"(?:microsoft|adobe)\b.*|new .*|"
    r"(?:bo|ubnd|so|tm)\.?|.*\\.*|slide\s?\d+|powerpoint presentation|khong ten|tai lieu\s?\d*|van ban\s?\d*"
)
_SCANNER_WORDS = re.compile(
    r"(?:scan(?:ned)?|img|dsc|image|copy|ban sao|ban scan|final|ocr|new|file|pdf|trang|page)(?:\d+)?|"
    r"(?:19|20)\d{6}|\d{1,3}|v\d+|\(\d+\)|\d{6,}"
)


def propose(
    pages: Sequence[OcrPage],
    *,
    properties: Mapping[str, str],
    file_name: str,
    form: ScanForm,
    manifest: Record | None,
) -> Record:
    """The record's fields as far as they can be told; for each the weightiest source's value.

    ``pages`` are the first (up to eight) and the last two pages of the item. Never raises on what
    OCR or a file's properties say; looks at a bounded part of both.
    """
    proposed = _Proposal()
    if manifest is not None:
        for name, value in manifest.fields.items():
            proposed.take(name, value)
        kind = kind_of(manifest.text("title") or "")  # the form has no column for it, but its titles tell
        proposed.add("resource_type", kind, Source.MANIFEST, 0.7)
    document = next((found for found in map(document_title, pages[:2]) if found is not None), None)
    title = document or book_title(pages)
    _from_title(proposed, title, pages)
    if document is not None:
        _from_document_head(proposed, document)
    else:
        _from_covers(proposed, pages, title)
    _from_imprint(proposed, pages)
    _from_properties(proposed, properties)
    _from_file_name(proposed, file_name)
    _from_form(proposed, form, pages, title)
    return Record(clean(proposed.fields))


class _Proposal:
    """Fields as they are found; a weightier source, or a surer word of the same, displaces the other."""

    def __init__(self) -> None:
        self.fields: dict[str, FieldValue] = {}

    def add(self, name: str, value: Json, source: Source, confidence: float) -> None:
        if isinstance(value, str):
            value = _clean(value)
        if value:
            self.take(name, FieldValue(value, source, round(min(1.0, max(0.05, confidence)), 2)))

    def take(self, name: str, value: FieldValue) -> None:
        held = self.fields.get(name)
        if name in FIELDS and (held is None or _weight(value) > _weight(held)):
            self.fields[name] = value


def _weight(value: FieldValue) -> tuple[int, float]:
    return (-_SOURCES.index(value.source), value.confidence)


def _clean(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(unicodedata.normalize("NFC", printable).split())[:_MAX_VALUE].strip()


def _from_title(proposed: _Proposal, title: Found | None, pages: Sequence[OcrPage]) -> None:
    if title is None:
        return
    proposed.add("title", title.title, Source.TITLE_PAGE, title.confidence)
    if title.document:
        kind = "press" if plain(title.title).startswith("thong cao bao chi") else "document"
        proposed.add("resource_type", kind, Source.TITLE_PAGE, 0.85)
        return
    if (kind_of_title := kind_of(title.title)) is not None:
        proposed.add("resource_type", kind_of_title, Source.TITLE_PAGE, min(0.85, title.confidence + 0.1))
    elif (kind_of_cover := kind_of(_cover_text(pages))) is not None:
        proposed.add("resource_type", kind_of_cover, Source.TITLE_PAGE, 0.5)
    elif names_a_statute(title.title):
        proposed.add("resource_type", "document", Source.TITLE_PAGE, 0.5)


def _cover_text(pages: Sequence[OcrPage]) -> str:
    """The words of the first two pages where these are covers, not running text."""
    covers = [page for page in pages[:2] if len(page.lines) <= 25]
    return "\n".join(row.text for page in covers for row in rows_of(page))


def _from_document_head(proposed: _Proposal, title: Found) -> None:
    page = title.page
    rows = rows_of(page)
    agency = agency_of(rows[:12], page)
    if agency is not None:
        proposed.add("compiling_agency", agency, Source.TITLE_PAGE, 0.75)
    for row in rows[:20]:
        if row.top > page.height * 0.5 or row in title.rows:
            break
        said = plain(row.text)
        if re.search(r"\bso\s{0,2}[:.]?\s{0,3}[\dlo]", said):
            for citation in find_citations(row.text, page.number)[:1]:
                proposed.add("so_ky_hieu", citation.so_ky_hieu, Source.TITLE_PAGE, citation.confidence - 0.05)
        if (dated := imprint.dateline(row.text)) is not None:
            proposed.add("place", dated[0], Source.TITLE_PAGE, 0.75)
            proposed.add("year", dated[1], Source.TITLE_PAGE, 0.85)
    if (number := proposed.fields.get("so_ky_hieu")) is not None:
        _from_number(proposed, str(number.value), title)


def _from_number(proposed: _Proposal, number: str, title: Found) -> None:
    """The number's year, and the title as documents are quoted: "Quyết định số 107/QĐ-UBND về việc …"."""
    if (year := re.search(r"/((?:19|20)\d\d)/", number)) is not None:
        proposed.add("year", int(year[1]), Source.TITLE_PAGE, 0.7)
    kind = re.match(r"[^\W\d_]+(?: [^\W\d_]+)*?(?= về việc |$)", title.title)
    if kind is not None:
        numbered = f"{kind.group()} số {number}{title.title[kind.end() :]}"
        proposed.add("title", numbered, Source.TITLE_PAGE, title.confidence + 0.01)


def _from_covers(proposed: _Proposal, pages: Sequence[OcrPage], title: Found | None) -> None:
    if title is not None:  # of a sheet with panels, only the one that bears the title
        panel = beside_title(title)
        proposed.add("compiling_agency", agency_of(panel, title.page), Source.TITLE_PAGE, 0.75)
        _place_and_year(proposed, [row.text for row in panel])
    for nth, page in enumerate(pages[:4]):
        if len(page.lines) <= 40:  # running text names agencies too
            agency = agency_of(rows_of(page), page)
            proposed.add("compiling_agency", agency, Source.TITLE_PAGE, 0.7 - 0.1 * nth)


def _from_imprint(proposed: _Proposal, pages: Sequence[OcrPage]) -> None:
    """Publisher, place and year stand on covers and at the very end; numbers anywhere of these pages."""
    edges = [*pages[:4], *pages[-2:]] if len(pages) > 4 else list(pages)
    for page in edges:
        rows = rows_of(page)
        running = len(rows) > 25
        lines = [row.text for row in rows]
        if not running:
            proposed.add("publisher", imprint.publisher(lines), Source.TITLE_PAGE, 0.8)
            _place_and_year(proposed, lines)
        _from_colophon(proposed, "\n".join(lines)[:_MAX_TEXT])


def _place_and_year(proposed: _Proposal, lines: Sequence[str]) -> None:
    for line in lines:
        if (both := imprint.place_and_year(line)) is not None:
            proposed.add("place", both[0], Source.TITLE_PAGE, 0.75)
            proposed.add("year", both[1], Source.TITLE_PAGE, 0.8)
        elif (year := imprint.year_alone(line)) is not None:
            proposed.add("year", year, Source.TITLE_PAGE, 0.6)


def _from_colophon(proposed: _Proposal, text: str) -> None:
    if (number := imprint.isbn(text)) is not None:
        proposed.add("isbn", number[0], Source.TITLE_PAGE, 0.95 if number[1] else 0.4)
    proposed.add("permit_no", imprint.permit(text), Source.TITLE_PAGE, 0.75)
    proposed.add("edition", imprint.edition(text), Source.TITLE_PAGE, 0.7)
    proposed.add("year", imprint.deposit_year(text), Source.TITLE_PAGE, 0.65)


def _from_properties(proposed: _Proposal, properties: Mapping[str, str]) -> None:
    said = {str(name).lstrip("/").lower(): str(value)[:2000] for name, value in list(properties.items())[:50]}
    title = _clean(said.get("title", ""))
    if _meaningful(title):
        proposed.add("title", title, Source.DOCUMENT, 0.5)
        proposed.add("resource_type", kind_of(title), Source.DOCUMENT, 0.4)


def _meaningful(title: str) -> bool:
    """Whether a property was meant as a title: not what Word and scanners put there, nor mojibake."""
    letters = [char for char in title if char.isalpha()]
    if len(letters) < 6 or len(letters) < 0.6 * len(title) or _RUBBISH.fullmatch(plain(title)):
        return False
    strange = sum("\u0370" <= char < "\u1e00" or char in "�ÃÄÅÆ¸¬§©®¢¤¥¦ª«»¼½¾¿" for char in title)
    return strange <= 0.05 * len(title) and " " in title


def _from_file_name(proposed: _Proposal, file_name: str) -> None:
    name = _clean(unicodedata.normalize("NFC", file_name.replace("\\", "/"))[:1000])
    path = PurePosixPath(name)
    stem = path.stem if re.fullmatch(r"\.\w{1,5}", path.suffix) else path.name
    words = [word for word in re.split(r"[\s_\-.,+]+", stem) if word]
    kept = [word for word in words if not _SCANNER_WORDS.fullmatch(plain(word))]
    title = " ".join(kept)
    if sum(char.isalpha() for char in title) < 3:
        title, confidence = stem.strip() or name, 0.1
    else:
        confidence = 0.35 if any(ord(char) > 127 for char in title) else 0.2
        proposed.add("resource_type", kind_of(title), Source.FILE_NAME, confidence)
        title = title[0].upper() + title[1:]
    proposed.add("title", title, Source.FILE_NAME, confidence)


def _from_form(proposed: _Proposal, form: ScanForm, pages: Sequence[OcrPage], title: Found | None) -> None:
    """What the shape of the thing suggests where no word has said it."""
    if form is ScanForm.MEDIA or "resource_type" in proposed.fields or not pages:
        return
    if len(pages) <= 2 and all(page.width > 1.2 * page.height for page in pages):
        proposed.add("resource_type", "leaflet", Source.TITLE_PAGE, 0.35)
    elif title is not None and {"publisher", "isbn"} & proposed.fields.keys():
        proposed.add("resource_type", "book", Source.TITLE_PAGE, 0.5)
