"""The text that a PDF page brought with it: whether it can be trusted, and how to take it out.

A text layer's presence proves nothing: scanners leave garbage without diacritics. A page's own
text is kept, and nothing added, where its words are our reading's words (at least 0.8 of both,
order aside, diacritics counted, since reading columns in another order is no fault). Otherwise ours
is laid over the page and old text that nobody can see is removed, so that a search does not find
things twice; text that is seen stays, because the page must look as it did.
"""

from __future__ import annotations

import logging
import re
import subprocess
import unicodedata
import zlib
from collections.abc import Iterable
from pathlib import Path

from pikepdf import (
    Array,
    ContentStreamInlineImage,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    Operator,
    Pdf,
    PdfError,
    Stream,
    parse_content_stream,
    unparse_content_stream,
)
from rapidfuzz.distance import Indel

_log = logging.getLogger(__name__)
Instruction = ContentStreamInstruction | ContentStreamInlineImage

AGREEMENT = 0.8
_SECONDS = 20  # pdftotext needs some 15 ms for a page
_MOST_TEXT = 1_000_000  # bytes of one page's text that are looked at
_MOST_CONTENT = 8 * 1024 * 1024  # bytes of one content stream that is taken apart
_MOST_FORMS = 50
_INVISIBLE = 3
_WORD = re.compile(r"\w+")
# How showing operators are replaced where the text itself goes: ' and " also begin a new line.
_SHOWING = frozenset({"Tj", "TJ", "'", '"'})


class OwnText:
    """Asks pdftotext for single pages; gives up on a file that made it hang."""

    def __init__(self, pdf: Path) -> None:
        self._pdf = pdf
        self._hangs = False

    def agrees(self, number: int, reading: str) -> bool:
        """Whether page ``number`` of the file, from 1, says what was read of it."""
        ours = _words(reading)
        theirs = _words(self._text(number))
        return Indel.normalized_similarity(theirs, ours) >= AGREEMENT

    def _text(self, number: int) -> str:
        if self._hangs:
            return ""
        asked = ["-f", str(number), "-l", str(number), "-enc", "UTF-8", "-q"]
        try:
            done = subprocess.run(
                ["pdftotext", *asked, str(self._pdf), "-"], capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            self._hangs = True
            return ""
        return done.stdout[:_MOST_TEXT].decode("utf-8", "replace")


def _words(text: str) -> list[str]:
    return sorted(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))


def has_fonts(page: Dictionary) -> bool:
    """Whether anything on the page may be text: it, or a form on it, has a font."""
    return any(
        isinstance(fonts := resources.get("/Font"), Dictionary) and len(fonts) > 0
        for resources in _resources(page)
    )


def _resources(page: Dictionary) -> list[Dictionary]:
    """The page's resources and those of the forms that it draws, however deep."""
    found = [page.get("/Resources")]
    found += [form.get("/Resources") for form in _forms(page)]
    return [resources for resources in found if isinstance(resources, Dictionary)]


def _forms(page: Dictionary) -> list[Stream]:
    forms: list[Stream] = []
    seen: set[tuple[int, int]] = set()
    waiting = [page.get("/Resources")]
    while waiting and len(forms) < _MOST_FORMS:
        resources = waiting.pop()
        drawn = resources.get("/XObject") if isinstance(resources, Dictionary) else None
        if not isinstance(drawn, Dictionary):
            continue
        for form in drawn.values():
            if isinstance(form, Stream) and form.get("/Subtype") == Name.Form and form.objgen not in seen:
                seen.add(form.objgen)
                forms.append(form)
                waiting.append(form.get("/Resources"))
    return forms


def remove_invisible(pdf: Pdf, page: Dictionary) -> None:
    """Take the text without ink (render mode 3) out of the page and the forms on it."""
    contents = page.get("/Contents")
    data = _bounded(contents)
    if data is not None and (left := without_invisible(data)) is not None:
        page.Contents = pdf.make_indirect(_deflated(pdf, left))
    for form in _forms(page):
        data = _bounded(form)
        if data is not None and (left := without_invisible(data)) is not None:
            form.write(zlib.compress(left), filter=Name.FlateDecode)


def without_invisible(content: bytes) -> bytes | None:
    """The content stream without its invisible text; None where it has none, or cannot be followed."""
    if not re.search(rb"\b3\s+Tr\b", content):
        return None
    try:
        with Pdf.new() as desk:
            kept, removed = _kept(parse_content_stream(desk.make_stream(content)))
            return unparse_content_stream(kept) if removed else None
    except (PdfError, TypeError, ValueError) as error:
        _log.info("invisible text stays, the page's instructions cannot be followed: %s", error)
        return None


def _kept(instructions: Iterable[Instruction]) -> tuple[list[Instruction], bool]:
    """The instructions without those that show invisible text, and whether there were any."""
    kept: list[Instruction] = []
    removed = False
    mode, outer = 0, list[int]()
    for instruction in instructions:
        operator = str(instruction.operator)
        if operator == "q":
            outer.append(mode)
        elif operator == "Q" and outer:
            mode = outer.pop()
        elif operator == "Tr" and instruction.operands:
            mode = int(instruction.operands[0])  # TypeError for what is no number
        if operator in _SHOWING and mode == _INVISIBLE:
            removed = True
            kept += _instead(operator, list(instruction.operands))
        else:
            kept.append(instruction)
    return kept, removed


def _instead(operator: str, operands: list[Object]) -> list[ContentStreamInstruction]:
    next_line = ContentStreamInstruction([], Operator("T*"))
    if operator == "'":
        return [next_line]
    if operator == '"' and len(operands) == 3:
        return [
            ContentStreamInstruction([operands[0]], Operator("Tw")),
            ContentStreamInstruction([operands[1]], Operator("Tc")),
            next_line,
        ]
    return []


def _bounded(contents: Object | None) -> bytes | None:
    """The content's bytes; None where they are too many, or packed otherwise than by Flate alone."""
    streams = list(contents) if isinstance(contents, Array) else [contents]
    parts: list[bytes] = []
    left = _MOST_CONTENT
    for stream in streams:
        part = _unpacked(stream, left) if isinstance(stream, Stream) else None
        if part is None:
            return None
        parts.append(part)
        left -= len(part)
    return b"\n".join(parts)


def _unpacked(stream: Stream, most: int) -> bytes | None:
    if int(stream.get("/Length", 0)) > most or "/DecodeParms" in stream:
        return None
    raw = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    if isinstance(filters, Array) and len(filters) == 1:
        filters = filters[0]
    if filters is None or (isinstance(filters, Array) and len(filters) == 0):
        return raw
    if filters != Name.FlateDecode:
        return None
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(raw, most)
    except zlib.error:
        return None
    return None if unpacker.unconsumed_tail else data


def _deflated(pdf: Pdf, data: bytes) -> Stream:
    return Stream(pdf, zlib.compress(data), Filter=Name.FlateDecode)
