"""A page with lines as a person read them: words that stay keep their places, new ones share what is left."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from domain.text import Line, OcrPage, Word
from domain.values import Box
from ocr.xml import carried

LONGEST_LINE = 2_000  # characters that a person may write for one line
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # what steers a terminal or the direction of a text
_MARGIN, _ROWS = 10, 40  # shares of a page on which nothing was read: its margins, and a row of text
SURE = 1.0  # how sure a word is that a person wrote, or left standing in a line that they read


def corrected(page: OcrPage, said: Mapping[int, str]) -> OcrPage:
    """The page with these lines (by their place, from 1) as said; a line without words goes.

    Whoever writes a line has read all of it: its words are sure, those that stayed too. Lines that are
    not named stay as they are; a place without a line is left out.
    """
    lines = [
        _line(line, wrote) if (wrote := said.get(place)) is not None else line
        for place, line in enumerate(page.lines, start=1)
    ]
    return replace(page, lines=tuple(line for line in lines if line.words))


def with_line(page: OcrPage, after: int, text: str) -> OcrPage:
    """The page with a line that the engine missed, behind the one at ``after`` (0: before all others).

    It stands in the gap between its neighbours; where there is none, on the edge between them. Without
    words nothing is added. ValueError where no such line is.
    """
    if not 0 <= after <= len(page.lines):
        raise ValueError(f"no line {after}")
    words = words_of(text)
    if not words:
        return page
    above = page.lines[after - 1] if after else None
    below = page.lines[after] if after < len(page.lines) else None
    place = _gap(page, above, below)
    beside = above or below
    line = Line(
        tuple(Word(word, box, SURE) for word, box in _shared(place, words)),
        place,
        block=beside.block if beside else 1,
        paragraph=beside.paragraph if beside else 1,
    )
    return replace(page, lines=(*page.lines[:after], line, *page.lines[after:]))


def _gap(page: OcrPage, above: Line | None, below: Line | None) -> Box:
    """Where a missed line is looked for: as wide as its neighbours, a row high at most."""
    near = [line for line in (above, below) if line is not None]
    row = max([line.box.height for line in near] or [page.height // _ROWS, 1])
    left = min([line.box.left for line in near] or [page.width // _MARGIN])
    right = max([line.box.right for line in near] or [page.width - page.width // _MARGIN])
    if above is not None:
        top = above.box.bottom
        bottom = min(top + row, page.height)
        if below is not None and top < below.box.top:
            bottom = min(bottom, below.box.top)
    else:
        bottom = below.box.top if below is not None else page.height // _MARGIN + row
        top = max(0, bottom - row)
    top = max(0, min(top, page.height - 1))
    left = max(0, min(left, page.width - 1))
    return Box(left, top, max(left + 1, min(right, page.width)), max(top + 1, min(bottom, page.height)))


def words_of(text: str) -> tuple[str, ...]:
    """What a person wrote as words: NFC, without what hides, steers or cannot be kept."""
    told = unicodedata.normalize("NFC", carried(text[:LONGEST_LINE]))
    spaced = "".join(" " if char.isspace() else char for char in told)
    return tuple("".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE).split())


def _line(line: Line, wrote: str) -> Line:
    old, new = [word.text for word in line.words], words_of(wrote)
    if not new:
        return replace(line, words=())
    words: list[Word] = []
    for kind, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            words += [replace(word, confidence=SURE) for word in line.words[first:last]]
        elif kind != "delete":
            place = _place(line, first, last)
            words += [Word(text, box, SURE) for text, box in _shared(place, new[start:stop])]
    return replace(line, words=tuple(words))


def _place(line: Line, first: int, last: int) -> Box:
    """Where the new words stand: on the old ones that they replace, or in the gap between two that stay."""
    replaced = line.words[first:last]
    if replaced:
        return Box(
            min(word.box.left for word in replaced),
            min(word.box.top for word in replaced),
            max(word.box.right for word in replaced),
            max(word.box.bottom for word in replaced),
        )
    before, after = line.words[:first], line.words[first:]
    left = before[-1].box.right if before else line.box.left
    right = after[0].box.left if after else line.box.right
    if right <= left:  # no room: the neighbour's own place, so that a click finds the words where they are
        beside = (before or after)[-1 if before else 0].box
        left, right = beside.left, beside.right
    return Box(left, line.box.top, right, line.box.bottom)


def _shared(place: Box, texts: Sequence[str]) -> Iterator[tuple[str, Box]]:
    """The place cut up among the words, each as wide as it has letters, with a space between them."""
    shares = [0]
    for text in texts:
        shares.append(shares[-1] + len(text) + 1)
    total = shares[-1] - 1
    for text, (start, stop) in zip(texts, pairwise(shares), strict=True):
        left = place.left + place.width * start // total
        right = place.left + place.width * min(stop - 1, total) // total
        left = min(left, place.right - 1)
        yield text, Box(left, place.top, max(right, left + 1), place.bottom)
