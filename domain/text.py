"""A page as recognised: words with their boxes, in reading order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from domain.values import Box

DOUBTFUL = 0.8  # words read with less confidence are worth a person's look


@dataclass(frozen=True, slots=True)
class Word:
    """One word as printed, punctuation included."""

    text: str  # NFC, no white space
    box: Box
    confidence: float  # 0.0 to 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. ``block`` and ``paragraph`` count from 1 on the page and group lines."""

    words: tuple[Word, ...]
    box: Box
    block: int = 1
    paragraph: int = 1
    baseline: tuple[float, float] = (0.0, 0.0)  # hOCR: slope, and offset in pixels from the box's bottom left
    size: float = 0.0  # x_size of hOCR: height of the row in pixels, 0.0 where unknown

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class OcrPage:
    """Everything a reading says of one page; text, hOCR, ALTO and the PDF layer are rendered from it."""

    number: int  # the page, from 1
    image: int  # the picture of the scan it is seen on, from 1
    box: Box  # where on that picture
    width: int  # pixels of what was read
    height: int
    dpi: int
    engine: str  # "tesseract 5.3.0"; "" for a page that needed no engine
    languages: tuple[str, ...]  # as asked for
    lines: tuple[Line, ...]  # in reading order

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """Lines joined by newlines, paragraphs parted by an empty line; "" for a blank page."""
        parts: list[str] = []
        last: tuple[int, int] | None = None
        for line in self.lines:
            group = (line.block, line.paragraph)
            if last is not None and group != last:
                parts.append("")
            parts.append(line.text)
            last = group
        return "\n".join(parts)

    @property
    def confidence(self) -> float | None:
        """Mean word confidence weighted by length, 0.0 to 1.0; None for a page without words."""
        return confidence_of(self.words)


def confidence_of(words: Iterable[Word]) -> float | None:
    """Mean word confidence weighted by length, so that specks read as one letter do not drown the text."""
    total = weight = 0.0
    for word in words:
        total += word.confidence * len(word.text)
        weight += len(word.text)
    return total / weight if weight else None


def doubtful(words: Iterable[Word]) -> int:
    """How many of the words a person ought to look at."""
    return sum(word.confidence < DOUBTFUL for word in words)


@dataclass(frozen=True, slots=True)
class PageImage:
    """A picture on disk, ready for an engine; whoever made it removes it."""

    path: Path
    number: int  # the page, from 1
    image: int  # the picture of the scan, from 1
    box: Box  # the part of that picture, in its pixels
    width: int  # pixels
    height: int
    dpi: int  # of this picture
    drawn: bool  # False where the bytes are the scan's own embedded image
