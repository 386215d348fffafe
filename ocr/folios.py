"""Numbers at the head or foot of a page that may be its printed folio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.text import Line, OcrPage

_ZONE = 0.12  # of the page's height, at the head and at the foot
_MOST = 8  # candidates of one page; a table at the foot of a page has many numbers
_ALONE = re.compile(
    r"^[^\w]*(?:(?:trang|tr|page)\s*(?:số)?[.:]?\s*)?[^\w]*(\d{1,4})(?:\s*/\s*\d{1,4})?[^\w]*$", re.IGNORECASE
)
_ROMAN = re.compile(r"^[^\w]*([ivxlc]{1,8})[^\w]*$")
_BARE_NUMBER = re.compile(r"^\W?(\d{1,4})\W?$")
_WELL_FORMED = re.compile(r"^(?:c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})$")
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

ALONE, OUTERMOST, BESIDE_A_HEAD = 1.0, 1.2, 0.6  # how much a candidate's place says for it


@dataclass(frozen=True, slots=True)
class Folio:
    """A number that may be the page's folio."""

    value: int  # from 1
    roman: bool
    weight: float
    place: float  # height of its middle on the page, 0.0 at the head to 1.0 at the foot


def folio_candidates(page: OcrPage) -> tuple[Folio, ...]:
    """What may be the page's folio, the likeliest first: alone on a line, then beside a running head."""
    lines = [line for line in page.lines if line.words]
    if not lines:
        return ()
    first = min(lines, key=lambda line: line.box.top)
    last = max(lines, key=lambda line: line.box.bottom)
    found: dict[tuple[int, bool], Folio] = {}
    for line in lines:
        place = (line.box.top + line.box.bottom) / 2 / max(1, page.height)
        if _ZONE < place < 1 - _ZONE:
            continue
        for folio in _of_line(line, place, outermost=line is first or line is last):
            known = found.get((folio.value, folio.roman))
            if known is None or known.weight < folio.weight:
                found[folio.value, folio.roman] = folio
    return tuple(sorted(found.values(), key=lambda folio: -folio.weight)[:_MOST])


def _of_line(line: Line, place: float, *, outermost: bool) -> Iterator[Folio]:
    alone = _ALONE.match(line.text)
    roman = _ROMAN.match(line.text)
    weight = OUTERMOST if outermost else ALONE
    if alone:
        yield from _arabic(alone[1], weight, place)
    elif roman and (value := roman_value(roman[1])):
        yield Folio(value, True, weight, place)
    elif outermost and len(line.words) > 1:
        for word in (line.words[0], line.words[-1]):
            number = _BARE_NUMBER.match(word.text)
            if number:
                yield from _arabic(number[1], BESIDE_A_HEAD, place)


def _arabic(digits: str, weight: float, place: float) -> Iterator[Folio]:
    if not digits.startswith("0"):
        yield Folio(int(digits), False, weight, place)


def roman_value(numeral: str) -> int:
    """The value of a well-formed lower-case numeral up to 399; 0 otherwise."""
    if not numeral or not _WELL_FORMED.match(numeral):
        return 0
    values = [_VALUES[letter] for letter in numeral]
    return sum(
        -value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def roman_numeral(value: int) -> str:
    """1 to 399 as a lower-case numeral."""
    said = ""
    for worth, letters in (
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ):
        said += letters * (value // worth)
        value %= worth
    return said
