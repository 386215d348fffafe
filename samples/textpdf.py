"""Born-digital PDFs: real text in an embedded TrueType font with all of Vietnamese."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

from samples.draw import Sheet, Style
from samples.fonts import Face, measures
from samples.truetype import TrueType


@dataclass
class TextSheet(Sheet):
    """A sheet whose words become PDF text instead of pixels; one pixel is one point."""

    words: list[tuple[float, float, str, Style]] = field(default_factory=list)

    def _length(self, word: str, style: Style) -> float:
        return _measures(self.face, style).width(word) * style.size / _measures(self.face, style).units_per_em

    def _put(self, x: float, y: float, word: str, style: Style) -> None:
        font = _measures(self.face, style)
        baseline = self.height_mm / 25.4 * 72 - y - font.ascent * style.size / font.units_per_em
        self.words.append((x, baseline, word, style))


def write_text_pdf(sheets: Sequence[TextSheet], path: Path, *, title: str, author: str, year: int) -> None:
    with pikepdf.new() as pdf:
        face = sheets[0].face
        fonts = Dictionary(
            F0=_font(pdf, measures(face.regular), "Regular"), F1=_font(pdf, measures(face.bold), "Bold")
        )
        for sheet in sheets:
            size = [sheet.width_mm / 25.4 * 72, sheet.height_mm / 25.4 * 72]
            page = pdf.add_blank_page(page_size=(round(size[0], 2), round(size[1], 2)))
            page.obj.Resources = Dictionary(Font=fonts)
            page.obj.Contents = pdf.make_stream(_content(sheet))
        pdf.docinfo["/Title"] = title
        pdf.docinfo["/Author"] = author
        pdf.docinfo["/CreationDate"] = f"D:{year}0315080000Z"
        pdf.save(path, deterministic_id=True, compress_streams=True)


def _measures(face: Face, style: Style) -> TrueType:
    return measures(face.bold if style.bold else face.regular)


def _content(sheet: TextSheet) -> bytes:
    out = io.StringIO()
    out.write("BT\n")
    for x, y, word, style in sheet.words:
        glyphs = _measures(sheet.face, style).glyphs
        # The space belongs to the text, or a reader of the PDF has to guess the words from the gaps.
        codes = "".join(f"{glyphs[ord(char)]:04X}" for char in f"{word} ")
        out.write(f"/F{int(style.bold)} {style.size:g} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm <{codes}> Tj\n")
    out.write("ET\n")
    return out.getvalue().encode("ascii")


def _font(pdf: pikepdf.Pdf, font: TrueType, style: str) -> pikepdf.Object:
    """A composite font whose codes are the glyphs' own numbers (Identity-H)."""
    name = Name(f"/Samples-{style}")
    scale = 1000 / font.units_per_em
    used = {glyph: code for code, glyph in sorted(font.glyphs.items(), reverse=True) if code < 0x2100}
    file = pdf.make_stream(font.data)
    file.Length1 = len(font.data)
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=4, ItalicAngle=0, StemV=80,
        FontBBox=Array([round(value * scale) for value in font.bounds]),
        Ascent=round(font.ascent * scale), Descent=round(font.descent * scale),
        CapHeight=round(font.ascent * scale), FontFile2=file,
    )  # fmt: skip
    widths = Array()
    for glyph in sorted(used):
        widths.append(glyph)
        widths.append(Array([round(font.advances[glyph] * scale)]))
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=name, W=widths, CIDToGIDMap=Name.Identity,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
    )  # fmt: skip
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(_to_unicode(used)),
        )
    )


def _to_unicode(used: dict[int, int]) -> bytes:
    """The CMap from glyphs back to characters, a hundred to a block as the format wants it."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CMapName /Samples def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    pairs = sorted(used.items())
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{glyph:04X}> <{code:04X}>" for glyph, code in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
