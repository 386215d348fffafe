"""Whether a page's kept reading is the one that the catalogue tells of, which keeps no digest of it."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import DamagedFile
from domain.holdings import PageEntry
from domain.values import Json
from ocr.hocr import read_hocr


def told(page: PageEntry) -> list[Json]:
    """What the catalogue tells of the reading, as JSON values."""
    return [page.engine, page.words, page.confidence, page.width, page.height, page.dpi]


def agrees(hocr: bytes, expected: Sequence[Json]) -> bool:
    """Whether these bytes are a reading of which that is told; two readings hardly ever share it."""
    try:
        page = read_hocr(hocr)
    except DamagedFile:
        return False
    return [page.engine, len(page.words), page.confidence, page.width, page.height, page.dpi] == [*expected]
