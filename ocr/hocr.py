"""``OcrPage`` to and from hOCR, the kept form of a page; hOCR 1.2, as XHTML."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

from domain.errors import DamagedFile, EngineCrashed
from domain.options import OcrOptions
from domain.text import Line, OcrPage, PageImage, Word
from domain.values import Box
from ocr.xml import Unreadable, carried, escaped, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

_LINES = frozenset({"ocr_line", "ocr_header", "ocr_textfloat", "ocr_caption"})
_PLAIN_WORD = re.compile(r"bbox (\d{1,7}) (\d{1,7}) (\d{1,7}) (\d{1,7}); x_wconf (\d\d?|100)", re.ASCII)
_FAR = 10_000_000  # no picture is wider; keeps nonsense out of arithmetic

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="UTF-8"/>
<title>{title}</title>
<meta name="ocr-system" content="{engine}"/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"/>
</head>
<body>
"""
_FOOT = "</body>\n</html>\n"


def page_from_hocr(data: bytes, image: PageImage, options: OcrOptions, engine: str) -> OcrPage:
    """What Tesseract wrote, made fit to keep: NFC, white space away, every box on the page.

    Confidences come as 0 to 100 in ``x_wconf`` and leave as 0.0 to 1.0. A word whose box is
    nonsense takes its line's. Raises EngineCrashed where the bytes are not hOCR.
    """
    try:
        root = parse(data, forgiving=True)
        areas = [element for element in root.iter() if element.get("class") == "ocr_page"]
        if not areas:
            raise Unreadable("no ocr_page")
    except Unreadable as error:
        raise EngineCrashed(image=image.image, status=0, detail=f"hOCR: {error}"[:500]) from error
    page = Box(0, 0, image.width, image.height)
    return OcrPage(
        number=image.number,
        image=image.image,
        box=image.box,
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        engine=engine,
        languages=options.languages,
        lines=tuple(_cleaned(_lines(areas[0]), page)),
    )


def _cleaned(lines: Iterable[Line], page: Box) -> Iterator[Line]:
    """Lines that have words, with blocks and paragraphs counted anew over what is left."""
    block = paragraph = 0
    last: tuple[int, int] | None = None
    for line in lines:
        box = _within(line.box, page) or page
        words = tuple(
            Word(text, _within(word.box, page) or box, word.confidence)
            for word in line.words
            if (text := _clean_text(word.text))
        )
        if not words:
            continue
        block += last is None or line.block != last[0]
        paragraph += last is None or line.paragraph != last[1]
        last = (line.block, line.paragraph)
        yield Line(words, box, block, paragraph, line.baseline, line.size)


def _clean_text(text: str) -> str:
    return unicodedata.normalize("NFC", carried("".join(text.split())))


def _within(box: Box, page: Box) -> Box | None:
    if page.left <= box.left < box.right <= page.right and page.top <= box.top < box.bottom <= page.bottom:
        return box
    left, right = max(box.left, page.left), min(box.right, page.right)
    top, bottom = max(box.top, page.top), min(box.bottom, page.bottom)
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def write_hocr(page: OcrPage) -> bytes:
    """One page; the same page gives the same bytes, and ``read_hocr`` gives the same page.

    What hOCR has no word for stands in ``data-`` attributes. Characters that XML cannot carry
    are dropped.
    """
    parts = [_HEAD.format(title="", engine=escaped(page.engine)), *_page_parts(page), _FOOT]
    return "".join(parts).encode("utf-8")


def write_book_hocr(pages: Iterable[OcrPage], out: BinaryIO, *, title: str) -> None:
    """All pages in one document, written as they come; ``ocr-system`` is that of the first."""
    head_written = False
    for page in pages:
        if not head_written:
            out.write(_HEAD.format(title=escaped(title), engine=escaped(page.engine)).encode())
            head_written = True
        out.write("".join(_page_parts(page)).encode())
    if not head_written:
        out.write(_HEAD.format(title=escaped(title), engine="").encode())
    out.write(_FOOT.encode())


def _page_parts(page: OcrPage) -> Iterator[str]:
    number = page.number
    yield (
        f'<div class="ocr_page" id="page_{number}" title="bbox 0 0 {page.width} {page.height}; '
        f'ppageno {number - 1}; scan_res {page.dpi} {page.dpi}" data-image="{page.image}" '
        f'data-box="{_numbers(page.box)}" data-engine="{escaped(page.engine)}" '
        f'data-languages="{escaped(" ".join(page.languages))}">\n'
    )
    last: tuple[int, int] | None = None
    area = paragraph = word_number = 0
    for line_number, line in enumerate(page.lines, start=1):
        if last is None or line.block != last[0]:
            area += 1
            yield "</p>\n</div>\n" if last else ""
            yield f'<div class="ocr_carea" id="block_{number}_{area}"{_other(line.block, area)}>\n'
            last = None
        if last is None or line.paragraph != last[1]:
            paragraph += 1
            yield "</p>\n" if last else ""
            yield f'<p class="ocr_par" id="par_{number}_{paragraph}"{_other(line.paragraph, paragraph)}>\n'
        last = (line.block, line.paragraph)
        yield _line_head(line, f"{number}_{line_number}")
        for word in line.words:
            word_number += 1
            yield (
                f'<span class="ocrx_word" id="word_{number}_{word_number}" title="bbox {_numbers(word.box)}; '
                f'x_wconf {_percent(word.confidence)}">{escaped(word.text)}</span>\n'
            )
        yield "</span>\n"
    yield "</p>\n</div>\n</div>\n" if last else "</div>\n"


def _other(number: int, counted: int) -> str:
    """The number where counting along would not give it back; ids must not repeat."""
    return "" if number == counted else f' data-number="{number}"'


def _line_head(line: Line, name: str) -> str:
    slope, offset = line.baseline
    return (
        f'<span class="ocr_line" id="line_{name}" title="bbox {_numbers(line.box)}; '
        f'baseline {float(slope)!r} {float(offset)!r}; x_size {float(line.size)!r}">\n'
    )


def _numbers(box: Box) -> str:
    return f"{box.left} {box.top} {box.right} {box.bottom}"


def _percent(confidence: float) -> str:
    """Exactly a hundred times it: shifting decimals loses nothing, multiplying would."""
    whole = round(confidence * 100)
    if whole / 100 == confidence:  # as an engine says it
        return str(whole)
    return format(Decimal(repr(float(confidence))).scaleb(2).normalize(), "f")


def read_hocr(data: bytes) -> OcrPage:
    """The first page of what ``write_hocr`` or ``write_book_hocr`` wrote. Raises DamagedFile."""
    try:
        for element in parse(data).iter():
            if element.get("class") == "ocr_page":
                return _page(element)
        raise Unreadable("no ocr_page")
    except Unreadable as error:
        raise DamagedFile(name="hOCR", detail=str(error)[:500]) from error


def _page(element: _Element) -> OcrPage:
    title = _properties(element)
    box = _box(title)
    number = _integer(title.get("ppageno", "")) + 1
    return OcrPage(
        number=number,
        image=_integer(element.get("data-image", "")) or number,
        box=_box({"bbox": element.get("data-box", "")}),
        width=box.right,
        height=box.bottom,
        dpi=_integer(title.get("scan_res", "").partition(" ")[0]),
        engine=element.get("data-engine", ""),
        languages=tuple(element.get("data-languages", "").split()),
        lines=tuple(_lines(element)),
    )


def _lines(page: _Element) -> Iterator[Line]:
    """The lines as they stand; ``block`` and ``paragraph`` are counted where no number is given."""
    areas = paragraphs = block = paragraph = 0
    for element in page.iter():
        kind = element.get("class")
        if kind == "ocr_carea":
            areas += 1
            block = _integer(element.get("data-number", "")) or areas
        elif kind == "ocr_par":
            paragraphs += 1
            paragraph = _integer(element.get("data-number", "")) or paragraphs
        elif kind in _LINES:
            title = _properties(element)
            slope, _, offset = title.get("baseline", "").partition(" ")
            yield Line(
                words=tuple(_word(word) for word in element if word.get("class") == "ocrx_word"),
                box=_box(title),
                block=block or 1,
                paragraph=paragraph or 1,
                baseline=(_real(slope), _real(offset)),
                size=_real(title.get("x_size", "")),
            )


def _word(element: _Element) -> Word:
    text = "".join(str(part) for part in element.itertext()) if len(element) else element.text or ""
    plain = _PLAIN_WORD.fullmatch(element.get("title", ""))
    if plain:  # nearly all of them, at a third of the cost
        left, top, right, bottom, percent = map(int, plain.groups())
        return Word(text, Box(left, top, right, bottom), percent / 100)
    title = _properties(element)
    return Word(text, _box(title), _confidence(title.get("x_wconf", "")))


def _properties(element: _Element) -> dict[str, str]:
    """``bbox 1 2 3 4; x_wconf 96`` as a mapping; the first of a name counts."""
    found: dict[str, str] = {}
    for part in element.get("title", "").split(";"):
        name, _, value = part.strip().partition(" ")
        found.setdefault(name, value)
    return found


def _box(title: dict[str, str]) -> Box:
    numbers = [_integer(part) for part in title.get("bbox", "").split()]
    return Box(*numbers) if len(numbers) == 4 else Box(0, 0, 0, 0)


def _integer(text: str) -> int:
    """0 for what is no integer, or one beyond any picture."""
    if len(text) > 12 or not text.lstrip("-").isdecimal():
        return 0
    return max(-_FAR, min(_FAR, int(text)))


def _real(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def _confidence(text: str) -> float:
    try:
        value = float(Decimal(text[:400]).scaleb(-2))
    except (ArithmeticError, ValueError):  # decimal's own errors are of the first
        return 0.0
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0
