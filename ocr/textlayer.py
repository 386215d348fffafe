"""Words as invisible text that lies exactly where they are printed: what makes a scan searchable."""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from domain.text import Line, OcrPage, Word

# Without the bytes that need a backslash, or that a reader of literal strings may change (line ends).
_SAFE = bytes(byte for byte in range(256) if byte not in b"\n\r()\\")
_NOT_DEFINED = "\0\0"
_MOST_CLIMB = 0.35  # of the font's size, from a line's beginning to its end
_LEAST_PLAIN = 1e-4  # below, Python says a number with an exponent, which PDF does not know
_NOTHING = 1e-9
_EM = 0.5  # every glyph's width, as the font says


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a page's picture lies in the user space of its PDF page."""

    left: float
    bottom: float
    right: float
    top: float
    rotate: int = 0  # degrees clockwise that a viewer turns the page: 0, 90, 180, 270

    def matrix(self, width: int, height: int) -> tuple[float, ...]:
        """From pixels of the upright picture, origin at its bottom left, to user space."""
        across, up = self.right - self.left, self.top - self.bottom
        if self.rotate == 90:
            return (0, up / width, -across / height, 0, self.right, self.bottom)
        if self.rotate == 180:
            return (-across / width, 0, 0, -up / height, self.right, self.top)
        if self.rotate == 270:
            return (0, -up / width, across / height, 0, self.left, self.top)
        return (across / width, 0, 0, up / height, self.left, self.bottom)


class _Codes(dict[int, str]):
    """Two bytes of the font's, as Latin-1, for each character that was drawn, in the order of appearance."""

    def __missing__(self, char: int) -> str:
        high, low = divmod(len(self) + 1, len(_SAFE))
        if high >= len(_SAFE):  # more characters than a font can hold
            return _NOT_DEFINED
        self[char] = bytes((_SAFE[high], _SAFE[low])).decode("latin-1")
        return self[char]


class TextLayer:
    """Draws the words of one document's pages with one font without ink.

    Characters get their codes in the order of their first appearance, so that the same pages
    make the same bytes. ``finish`` writes down which code is which character; call it once,
    after the last page.
    """

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._codes = _Codes()
        self._font: Object | None = None

    @property
    def font(self) -> Object:
        """The font, to be put into a page's resources; made when first asked for."""
        if self._font is None:
            self._font = self._pdf.make_indirect(_font(self._pdf))
        return self._font

    def owns(self, font: Object) -> bool:
        return self._font is not None and bool(font.objgen == self._font.objgen)

    def content(self, page: OcrPage, placement: Placement, font_name: str) -> bytes:
        """A content stream, deflated, that leaves the graphics state as it was; b"" without words."""
        lines = [drawn for line in page.lines if (drawn := self._line(line, page, font_name))]
        if not lines:
            return b""
        matrix = b" ".join(_number(value, 6) for value in placement.matrix(page.width, page.height))
        return zlib.compress(b"q " + matrix + b" cm BT 3 Tr\n" + b"\n".join(lines) + b"\nET Q", 9)

    def finish(self) -> None:
        """Complete the font with the characters that were drawn."""
        if self._font is not None:
            descendant = self._font.DescendantFonts[0]
            descendant.CIDToGIDMap = _deflated(self._pdf, self._glyph_numbers())
            self._font.ToUnicode = _deflated(self._pdf, self._to_unicode())

    def _line(self, line: Line, page: OcrPage, font_name: str) -> bytes:
        words = [(word, text) for word in line.words if (text := _drawable(word.text))]
        if not words:
            return b""
        size = _size(line)
        slope, offset = _levelled(_baseline(line), line.box.width, size)
        angle = math.atan(-slope)  # the page's y grows upwards, the picture's downwards
        start = words[0][0].box.left
        fall = offset + slope * (start - line.box.left)
        foot = page.height - line.box.bottom - fall
        cos, sin = math.cos(angle), math.sin(angle)
        turn = b" ".join(_number(value, 4) for value in (cos, sin, -sin, cos))
        parts = [b"/%s %d Tf %s %d %s Tm" % (font_name.encode(), size, turn, start, _number(foot, 5))]
        parts += self._words(words, size, cos)
        return b" ".join(parts)

    def _words(self, words: list[tuple[Word, str]], size: int, cos: float) -> Iterator[bytes]:
        at, stretched = words[0][0].box.left, b""
        for place, (word, text) in enumerate(words):
            if word.box.left != at:
                yield b"%s 0 Td" % _number((word.box.left - at) / cos, 5)
                at = word.box.left
            stretch = _number(max(1.0, 100 * max(1, word.box.width) / (len(text) * _EM * size)), 3)
            if stretch != stretched:
                yield stretch + b" Tz"
                stretched = stretch
            spaced = text if place == len(words) - 1 else text + " "
            yield b"(%s)Tj" % spaced.translate(self._codes).encode("latin-1")

    def _glyph_numbers(self) -> bytes:
        codes = (code.encode("latin-1") for code in self._codes.values())
        highest = max((int.from_bytes(code, "big") for code in codes), default=0)
        return b"\0\0" + b"\0\1" * highest

    def _to_unicode(self) -> bytes:
        pairs = [
            f"<{code.encode('latin-1').hex()}> <{chr(char).encode('utf-16-be').hex()}>"
            for char, code in self._codes.items()
        ]
        blocks = [pairs[first : first + 100] for first in range(0, len(pairs), 100)]  # at most 100 in a block
        said = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return _CMAP.replace("CHARACTERS", said).encode("ascii")


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
CHARACTERS
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _font(pdf: Pdf) -> Dictionary:
    program = Stream(pdf, files("ocr").joinpath("resources", "glyphless.ttf").read_bytes())
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name.GlyphLess,
        Flags=5,  # fixed pitch, symbolic
        FontBBox=Array([0, -200, 500, 800]),
        ItalicAngle=0,
        Ascent=800,
        Descent=-200,
        CapHeight=700,
        StemV=80,
        FontFile2=pdf.make_indirect(program),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.GlyphLess,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=500,
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.GlyphLess,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
    )


def _deflated(pdf: Pdf, data: bytes) -> Object:
    return pdf.make_indirect(Stream(pdf, zlib.compress(data, 9), Filter=Name.FlateDecode))


def _drawable(text: str) -> str:
    """What a PDF reader can give back: NFC without control characters and lone surrogates."""
    if not text.isprintable() or " " in text:  # hardly a word has any of them
        text = "".join(char for char in text if not unicodedata.category(char).startswith(("C", "Z")))
    return unicodedata.normalize("NFC", text)


def _baseline(line: Line) -> tuple[float, float]:
    """Slope and offset; those of a level line through the box's foot where they make no sense."""
    slope, offset = line.baseline
    if not (math.isfinite(slope) and math.isfinite(offset)):
        return 0.0, 0.0
    if abs(slope) > 1 or abs(offset) > max(1, line.box.height):
        return 0.0, 0.0
    return slope, offset


def _levelled(baseline: tuple[float, float], width: int, size: int) -> tuple[float, float]:
    """The baseline, turned about its middle so far that it stays one line.

    Readers part a line whose end lies half a letter's height above its beginning, and a long line
    does at little more than one degree.
    """
    slope, offset = baseline
    steepest = _MOST_CLIMB * size / max(1, width)
    kept = max(-steepest, min(steepest, slope))
    return kept, offset + (slope - kept) * width / 2


def _size(line: Line) -> int:
    """Font size in pixels, from the row's height; that of the box where the row's makes no sense."""
    height = max(1, line.box.height)
    return round(line.size) if math.isfinite(line.size) and 1 <= line.size <= 2 * height else height


def _number(value: float, digits: int) -> bytes:
    """``value`` with some significant digits, as short as a PDF can say it."""
    size = abs(value)
    if size >= 10 ** (digits - 1):
        return f"{value:.0f}".encode("ascii")
    if size >= _LEAST_PLAIN:
        return f"{value:.{digits}g}".encode("ascii")
    if size < _NOTHING:
        return b"0"
    places = digits - 1 - math.floor(math.log10(size))
    return f"{value:.{places}f}".rstrip("0").encode("ascii")
