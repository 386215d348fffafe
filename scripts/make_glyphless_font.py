"""Draw ``ocr/resources/glyphless.ttf``: the font of the invisible text layer, which has no ink at all.

Run it with the development environment's Python: ``python scripts/make_glyphless_font.py``. The
same bytes come out every time; a test holds the committed file against a fresh one.
"""

from __future__ import annotations

import io
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph

TARGET = Path(__file__).resolve().parent.parent / "ocr" / "resources" / "glyphless.ttf"

# PDF readers need only these of an embedded TrueType font that is addressed by glyph number.
KEPT = {"GlyphOrder", "glyf", "head", "hhea", "hmtx", "loca", "maxp"}


def draw() -> bytes:
    """The font: ``.notdef`` and one empty glyph, half as wide as high."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "ink"])
    builder.setupGlyf({".notdef": Glyph(), "ink": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "ink": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.updateHead(created=0, modified=0)
    builder.setupMaxp()
    font = builder.font
    font.recalcTimestamp = False
    for tag in set(font.keys()) - KEPT:
        del font[tag]
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(draw())
