"""What a TrueType file says of its glyphs: enough to check coverage and to embed it in a PDF.

Tables and formats as in the OpenType specification: head, hhea, hmtx, maxp and cmap (formats 4 and 12).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrueType:
    data: bytes
    units_per_em: int
    ascent: int  # font units
    descent: int  # negative
    bounds: tuple[int, int, int, int]  # left, bottom, right, top in font units
    glyphs: dict[int, int]  # code point to glyph
    advances: tuple[int, ...]  # per glyph, font units

    def lacks(self, text: str) -> list[str]:
        """The characters of ``text`` that the font cannot draw, in code point order."""
        return sorted({char for char in text if not self.glyphs.get(ord(char))})

    def width(self, text: str) -> int:
        """Advance of ``text`` in font units."""
        return sum(self.advances[self.glyphs[ord(char)]] for char in text)


def read_truetype(path: Path) -> TrueType:
    data = path.read_bytes()
    tables = _tables(data)
    units = struct.unpack_from(">H", data, tables["head"] + 18)[0]
    bounds = struct.unpack_from(">4h", data, tables["head"] + 36)
    ascent, descent = struct.unpack_from(">2h", data, tables["hhea"] + 4)
    measured = struct.unpack_from(">H", data, tables["hhea"] + 34)[0]
    total = struct.unpack_from(">H", data, tables["maxp"] + 4)[0]
    advances = [struct.unpack_from(">H", data, tables["hmtx"] + 4 * glyph)[0] for glyph in range(measured)]
    advances += advances[-1:] * (total - measured)
    return TrueType(data, units, ascent, descent, bounds, _cmap(data, tables["cmap"]), tuple(advances))


def _tables(data: bytes) -> dict[str, int]:
    count = struct.unpack_from(">H", data, 4)[0]
    entries = (struct.unpack_from(">4sLLL", data, 12 + 16 * entry) for entry in range(count))
    return {tag.decode("latin-1"): offset for tag, _, offset, _ in entries}


def _cmap(data: bytes, start: int) -> dict[int, int]:
    count = struct.unpack_from(">H", data, start + 2)[0]
    found: dict[int, int] = {}
    for entry in range(count):
        platform, _, offset = struct.unpack_from(">HHL", data, start + 4 + 8 * entry)
        kind = struct.unpack_from(">H", data, start + offset)[0]
        if platform in (0, 3) and kind == 4:
            found = {**_format_4(data, start + offset), **found}
        elif platform in (0, 3) and kind == 12:
            found = {**found, **_format_12(data, start + offset)}
    return found


def _format_4(data: bytes, start: int) -> dict[int, int]:
    segments = struct.unpack_from(">H", data, start + 6)[0] // 2
    arrays = start + 14
    ends = struct.unpack_from(f">{segments}H", data, arrays)
    starts = struct.unpack_from(f">{segments}H", data, arrays + 2 * segments + 2)
    deltas = struct.unpack_from(f">{segments}H", data, arrays + 4 * segments + 2)
    offsets_at = arrays + 6 * segments + 2
    offsets = struct.unpack_from(f">{segments}H", data, offsets_at)
    found: dict[int, int] = {}
    for segment in range(segments):
        for code in range(starts[segment], min(ends[segment], 0xFFFE) + 1):
            glyph = code
            if offsets[segment]:
                at = offsets_at + 2 * segment + offsets[segment] + 2 * (code - starts[segment])
                glyph = struct.unpack_from(">H", data, at)[0]
                if not glyph:
                    continue
            found[code] = (glyph + deltas[segment]) % 65536
    return found


def _format_12(data: bytes, start: int) -> dict[int, int]:
    groups = struct.unpack_from(">L", data, start + 12)[0]
    found: dict[int, int] = {}
    for group in range(groups):
        first, last, glyph = struct.unpack_from(">3L", data, start + 16 + 12 * group)
        found.update({code: glyph + code - first for code in range(first, last + 1)})
    return found
