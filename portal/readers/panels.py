"""A leaflet's sides cut into the panels that it is folded to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.text import Line, Word
from domain.values import Box
from flows.steps.leaf import Leaf
from portal.readers.paper import paragraphs
from portal.readers.pieces import Piece

MOST_PAGES = 24  # of a leaflet; what is longer is a book
_PANEL = 0.47  # width of a panel to its height: a third of A4 across
_MOST = 4  # panels of a side


@dataclass(frozen=True, slots=True)
class Panel:
    picture: int  # what the side's picture is kept as
    width: int  # of the whole side, in pixels
    height: int
    left: int  # where the panel begins on it
    part: int  # its width
    text: tuple[tuple[Piece, ...], ...]


def panels(leaf: Leaf) -> tuple[Panel, ...]:
    """Of one side, from left to right; an upright one is one panel."""
    entry, page = leaf.entry, leaf.page
    if not entry.width or not entry.height:
        return ()
    count = folds(entry.width, entry.height)
    part = entry.width / count
    made = []
    for at in range(count):
        left, right = round(at * part), round((at + 1) * part)
        lines = [] if page is None else [line for one in page.lines if (line := _within(one, left, right))]
        text = () if page is None else paragraphs(replace(page, lines=tuple(lines)), ())
        made.append(Panel(entry.kept_as, entry.width, entry.height, left, right - left, text))
    return tuple(made)


def folds(width: int, height: int) -> int:
    """How many panels stand side by side."""
    if width <= height:
        return 1
    return max(2, min(_MOST, round(width / height / _PANEL)))


def _within(line: Line, left: int, right: int) -> Line | None:
    """The words of the line whose middle lies on the panel: a line that was read across is parted."""
    words = tuple(word for word in line.words if left <= _middle(word) < right)
    if not words:
        return None
    box = Box(words[0].box.left, line.box.top, words[-1].box.right, line.box.bottom)
    return replace(line, words=words, box=box)


def _middle(word: Word) -> float:
    return (word.box.left + word.box.right) / 2


def in_folded_order(sides: Sequence[Sequence[Panel]]) -> tuple[Panel, ...]:
    """As a hand turns them: of a sheet folded in three the cover is on the right of its outer side.

    Then comes the inner side, then what is left of the outer one. Anything else is in the order of its pages.
    """
    if len(sides) == 2 and all(len(side) == 3 for side in sides):
        outer, inner = sides
        return (outer[2], *inner, *outer[:2])
    return tuple(panel for side in sides for panel in side)
