"""Sets text on white sheets: words to lines, lines to columns, and what was set is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from PIL import Image, ImageDraw

from samples.fonts import Face

INK = 25  # of 255


@dataclass(frozen=True, slots=True)
class Style:
    size: float  # points
    bold: bool = False
    align: Literal["left", "centre", "right", "justify"] = "left"
    leading: float = 1.32  # of the size
    before: float = 0.0  # points above the block
    indent: float = 0.0  # points before the first line


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    style: Style
    begun: bool = False  # the rest of a block that another column began


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in millimetres from the sheet's top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class SetWord:
    """A word as it was set: what its ink covers, in pixels, right and bottom exclusive."""

    text: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass
class Sheet:
    """One picture being composed. ``lines`` and ``set_words`` are what was set, in reading order."""

    width_mm: float
    height_mm: float
    dpi: int
    face: Face
    image: Image.Image = field(init=False)
    lines: list[str] = field(default_factory=list)
    set_words: list[SetWord] = field(default_factory=list)
    _pen: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("L", (self._mm(self.width_mm), self._mm(self.height_mm)), 255)
        self._pen = ImageDraw.Draw(self.image)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def flow(self, blocks: Iterable[Block], area: Area, *, whole: bool = False) -> list[Block]:
        """Set blocks one under another until the area is full; gives back what did not fit of the last one.

        Blocks are taken one at a time, so an endless iterator may be given. ``whole``: set no part of
        a block that does not fit.
        """
        left, right = self._mm(area.left), self._mm(area.right)
        y, bottom = float(self._mm(area.top)), self._mm(area.bottom)
        top = y
        for block in blocks:
            step = self._points(block.style.size * block.style.leading)
            if not block.begun and y > top:
                y += self._points(block.style.before)
            lines = self._break(block, right - left)
            room = max(0, int((bottom - y) // step))
            fitting = lines if len(lines) <= room else [] if whole else lines[:room]
            for number, line in enumerate(fitting):
                self._line(line, block, left, right, y, first=number == 0, last=line is lines[-1])
                y += step
            if len(fitting) < len(lines):
                rest = " ".join(" ".join(words) for words in lines[len(fitting) :])
                return [replace(block, text=rest, begun=block.begun or bool(fitting))]
        return []

    def rule(self, left: float, right: float, y: float) -> None:
        """A horizontal line; millimetres."""
        self._pen.line((self._mm(left), self._mm(y), self._mm(right), self._mm(y)), INK, self._mm(0.3))

    def frame(self, area: Area) -> None:
        corners = [self._mm(value) for value in (area.left, area.top, area.right, area.bottom)]
        self._pen.rectangle(corners, outline=INK, width=self._mm(0.5))

    def _break(self, block: Block, width: int) -> list[list[str]]:
        room = width - (0 if block.begun else self._points(block.style.indent))
        space, used = self._length(" ", block.style), 0.0
        lines: list[list[str]] = [[]]
        for word in block.text.split():
            length = self._length(word, block.style)
            if lines[-1] and used + space + length > room:
                lines.append([])
                room, used = width, 0.0
            used += length + (space if lines[-1] else 0.0)
            lines[-1].append(word)
        return lines

    def _line(
        self, words: Sequence[str], block: Block, left: int, right: int, y: float, *, first: bool, last: bool
    ) -> None:
        style = block.style
        lengths = [self._length(word, style) for word in words]
        gap = self._length(" ", style)
        x = left + (self._points(style.indent) if first and not block.begun else 0.0)
        free = right - x - sum(lengths) - gap * (len(words) - 1)
        if style.align == "justify" and not last and len(words) > 1:
            gap += free / (len(words) - 1)
        x += {"centre": free / 2, "right": free}.get(style.align, 0.0)
        for word, length in zip(words, lengths, strict=True):
            self._put(x, y, word, style)
            x += length + gap
        self.lines.append(" ".join(words))

    def _length(self, word: str, style: Style) -> float:
        return self.face.font(self._points(style.size), bold=style.bold).getlength(word)

    def _put(self, x: float, y: float, word: str, style: Style) -> None:
        font = self.face.font(self._points(style.size), bold=style.bold)
        place = (round(x), round(y))
        self._pen.text(place, word, fill=INK, font=font)
        self.set_words.append(SetWord(word, *map(round, self._pen.textbbox(place, word, font=font))))

    def _mm(self, millimetres: float) -> int:
        return round(millimetres / 25.4 * self.dpi)

    def _points(self, points: float) -> float:
        return points / 72 * self.dpi
