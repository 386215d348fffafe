"""Fonts that can draw Vietnamese, found without fontconfig."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from samples.truetype import TrueType, read_truetype

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
# In order of preference. fonts-liberation 1.07 has the same file names and no Vietnamese: coverage decides.
FAMILIES = {
    "serif": ("LiberationSerif", "NotoSerif", "DejaVuSerif"),
    "sans": ("LiberationSans", "NotoSans", "DejaVuSans"),
}
_STYLES = {"regular": ("-Regular", ""), "bold": ("-Bold",)}
_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


class FontsMissing(SystemExit):
    """No installed family can draw Vietnamese."""


@dataclass(frozen=True, slots=True)
class Face:
    """One family: files for its regular and its bold letters."""

    regular: Path
    bold: Path

    def font(self, size: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
        """``size`` in pixels per em."""
        return _font(self.bold if bold else self.regular, round(size, 2))


def needed() -> str:
    """Every character that the samples may print."""
    letters = "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES)
    plain = "".join(chr(code) for code in range(32, 127))
    return plain + letters + letters.upper() + "đĐ–“”…•"


@cache
def face(kind: str) -> Face:
    """The first family of ``kind`` ("serif", "sans") with all the letters. Raises FontsMissing."""
    lacking: list[str] = []
    for family in FAMILIES[kind]:
        files = {style: _files(family, endings) for style, endings in _STYLES.items()}
        good = {style: [path for path in paths if not _lacks(path)] for style, paths in files.items()}
        if all(good.values()):
            return Face(regular=good["regular"][0], bold=good["bold"][0])
        lacking += [f"{path} lacks {''.join(_lacks(path)[:8])}" for paths in files.values() for path in paths]
    told = "; ".join(lacking) or f"none of {', '.join(FAMILIES[kind])} under {FOLDERS[0]}"
    raise FontsMissing(f"samples: no {kind} font with Vietnamese ({told}). Install fonts-liberation2.")


@cache
def measures(path: Path) -> TrueType:
    return read_truetype(path)


def _files(family: str, endings: tuple[str, ...]) -> list[Path]:
    return sorted(
        path for folder in FOLDERS for ending in endings for path in folder.rglob(f"{family}{ending}.ttf")
    )


def _lacks(path: Path) -> list[str]:
    return measures(path).lacks(needed())


@cache
def _font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    # The basic layout does not depend on which shaping library happens to be installed.
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
