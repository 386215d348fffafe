"""A page as templates draw it: words over the picture, marks behind them, and its text in paragraphs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from config.messages import printable
from domain.text import Line, OcrPage, Word
from domain.values import Box
from flows.steps.leaf import Leaf
from portal.readers.pieces import Piece

_PAD = 0.08  # of a word's height: a mark is a little larger than the word


@dataclass(frozen=True, slots=True)
class Placed:
    """A word over the picture, in its pixels."""

    text: str
    left: int
    width: int


@dataclass(frozen=True, slots=True)
class PlacedLine:
    baseline: int  # pixels from the top
    size: int  # height of its letters in pixels
    words: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """Measures in pixels of the picture that was read; ``width`` is 0 where there is none."""

    number: int
    picture: int  # what its picture is kept as
    label: str
    width: int
    height: int
    lines: tuple[PlacedLine, ...]
    marks: tuple[Box, ...]  # merged along each line
    paragraphs: tuple[tuple[Piece, ...], ...]
    confidence: float | None
    corrected: bool  # a person has read the text
    pictured: bool


def paper(leaf: Leaf, *, pictured: bool) -> Paper:
    page, entry = leaf.page, leaf.entry
    lines = page.lines if page is not None else ()
    return Paper(
        number=entry.number,
        picture=entry.kept_as,
        label=entry.label or str(entry.number),
        width=entry.width,
        height=entry.height,
        lines=tuple(_placed(line) for line in lines if line.words),
        marks=tuple(box for line in lines for box in merged(line, leaf.marked)),
        paragraphs=paragraphs(page, leaf.marked) if page is not None else (),
        confidence=entry.confidence,
        corrected=entry.text_source == "corrected",
        pictured=pictured,
    )


def _placed(line: Line) -> PlacedLine:
    words = tuple(Placed(printable(word.text), word.box.left, max(1, word.box.width)) for word in line.words)
    height = max(1, line.box.height)
    size = round(line.size) if 0 < line.size <= 2 * height else height
    baseline = line.box.bottom + round(line.baseline[1])
    if not line.box.top < baseline <= line.box.bottom:
        baseline = line.box.bottom - height // 5
    return PlacedLine(baseline, size, words)


def merged(line: Line, marked: Collection[Box]) -> Iterator[Box]:
    """One box for each run of marked words, as high as its highest word, a little larger on all sides."""
    run: list[Word] = []
    for word in (*line.words, None):
        if word is not None and word.box in marked:
            run.append(word)
        elif run:
            top, bottom = min(one.box.top for one in run), max(one.box.bottom for one in run)
            pad = max(2, round((bottom - top) * _PAD))
            left, right = min(one.box.left for one in run), max(one.box.right for one in run)
            yield Box(max(0, left - pad), max(0, top - pad), right + pad, bottom + pad)
            run = []


def paragraphs(page: OcrPage, marked: Collection[Box]) -> tuple[tuple[Piece, ...], ...]:
    """Lines of one paragraph run on; a word that is parted at the end of a line stays parted."""
    made: list[list[Word]] = []
    last: tuple[int, int] | None = None
    for line in page.lines:
        if (line.block, line.paragraph) != last:
            made.append([])
        last = (line.block, line.paragraph)
        made[-1] += line.words
    return tuple(tuple(_pieces(words, marked)) for words in made if words)


def _pieces(words: list[Word], marked: Collection[Box]) -> Iterator[Piece]:
    """Neighbours of one kind together; the space before a piece is its own unless it is marked."""
    run: list[str] = []
    kind = False
    for at, word in enumerate(words):
        text, is_marked = printable(word.text), word.box in marked
        if at and is_marked != kind:
            yield Piece(" ".join(run), kind)
            yield Piece(" ")
            run = []
        run.append(text)
        kind = is_marked
    yield Piece(" ".join(run), kind)
