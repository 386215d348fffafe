"""Which of the numbers on the pages are their folios: the sequence that most pages agree on.

A folio's value and its page's number differ by an offset that stays the same from page to page. It
rises where leaves are missing and falls where pages were scanned twice or bear no number. Years,
article numbers and figures of tables near the margin do not keep an offset; a short run that does is
worth less than the two changes of offset that it would take to believe it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import pairwise

from ocr.folios import OUTERMOST, Folio, roman_numeral

_CHANGE = 2.6  # what a change of offset costs, in folios: three pages have to agree on the new one
_RISE, _FALL = 0.4, 0.2  # and more for each doubling of the change
_BACK = 40  # pages scanned twice in a row
_RIVALS = 16  # offsets that a candidate may continue from
_MOST_OFFSETS = 256  # that are followed at a time; a book of 5,000 pages has many decoys
_BAND = 0.015  # of the page's height: places so far apart are the same, or neighbours
_USUAL = 0.15  # share of the folios that makes a place usual
_ELSEWHERE = 0.4  # what a number at an unusual place is worth
_LEAST = 3  # folios that make a sequence


@dataclass(frozen=True, slots=True)
class Placed:
    """A folio on its page."""

    number: int  # the page, from 1
    folio: Folio

    @property
    def value(self) -> int:
        return self.folio.value

    @property
    def offset(self) -> int:
        return self.folio.value - self.number


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    source: str  # read · inferred


@dataclass(frozen=True, slots=True)
class Gap:
    """Printed numbers between two folios of which ``count`` have no page; which ones, where all do not."""

    numbers: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class _Chain:
    score: float
    last: Placed
    before: _Chain | None


Candidates = Mapping[int, Sequence[Folio]]  # by page number, in order


def main_sequence(candidates: Candidates) -> tuple[Placed, ...]:
    """The Arabic folios that agree best, in page order; empty where fewer than three do."""
    arabic = {number: [folio for folio in folios if not folio.roman] for number, folios in candidates.items()}
    first = _best_chain(arabic)
    if len(first) < _LEAST:
        return ()
    chosen = _best_chain(_weighed_by_place(arabic, first))
    return chosen if len(chosen) >= _LEAST else ()


def _best_chain(candidates: Candidates) -> tuple[Placed, ...]:
    best: dict[int, _Chain] = {}  # by offset
    for number, folios in candidates.items():
        rivals = nlargest(_RIVALS, best.values(), key=_score)
        for grown in [_longest(Placed(number, folio), best, rivals) for folio in folios]:
            known = best.get(grown.last.offset)
            if known is None or grown.score > known.score:
                best[grown.last.offset] = grown
        if len(best) > _MOST_OFFSETS:
            best = {
                kept.last.offset: kept for kept in nlargest(_MOST_OFFSETS // 2, best.values(), key=_score)
            }
    placed: list[Placed] = []
    chain = max(best.values(), key=_score, default=None)
    while chain is not None:
        placed.append(chain.last)
        chain = chain.before
    return tuple(reversed(placed))


def _score(chain: _Chain) -> float:
    return chain.score


def _longest(placed: Placed, best: Mapping[int, _Chain], rivals: Sequence[_Chain]) -> _Chain:
    weight = placed.folio.weight
    found = _Chain(weight, placed, None)
    same = best.get(placed.offset)
    if same is not None and same.score > 0:
        found = _Chain(same.score + weight, placed, same)
    for rival in rivals:
        if rival.last.offset == placed.offset or placed.value < rival.last.value - _BACK:
            continue
        score = rival.score - _cost(placed.offset - rival.last.offset) + weight
        if score > found.score:
            found = _Chain(score, placed, rival)
    return found


def _cost(change: int) -> float:
    return _CHANGE + (_RISE if change > 0 else _FALL) * math.log2(1 + abs(change))


def _weighed_by_place(candidates: Candidates, chain: Sequence[Placed]) -> dict[int, list[Folio]]:
    """The candidates with full weight where the chain's folios usually are, and less elsewhere."""
    places = Counter(_band(placed.folio) for placed in chain)
    around = {band: sum(places[band + step] for step in (-1, 0, 1)) for band in places}
    usual = {band for band, count in around.items() if count >= _USUAL * len(chain)}

    def weighed(folio: Folio) -> Folio:
        here = _band(folio) in usual
        weight = max(folio.weight, OUTERMOST) if here else folio.weight * _ELSEWHERE
        return replace(folio, weight=weight)

    return {number: [weighed(folio) for folio in folios] for number, folios in candidates.items()}


def _band(folio: Folio) -> int:
    return round(folio.place / _BAND)


def roman_sequence(candidates: Candidates, before: int) -> tuple[Placed, ...]:
    """The lower-case Roman folios of the pages before page ``before`` that share one offset."""
    roman = [
        Placed(number, folio)
        for number, folios in candidates.items()
        if number < before
        for folio in folios
        if folio.roman
    ]
    votes = Counter(placed.offset for placed in roman).most_common(1)
    if not votes or votes[0][1] < _LEAST:
        return ()
    return tuple(placed for placed in roman if placed.offset == votes[0][0])


def labels_of(sequence: Sequence[Placed]) -> dict[int, Label]:
    """The label of each page: as read, and inferred between two folios that agree."""
    found = {placed.number: Label(_said(placed, placed.value), "read") for placed in sequence}
    for placed, after in _neighbours(sequence):
        if placed.offset == after.offset:
            for number in range(placed.number + 1, after.number):
                found[number] = Label(_said(placed, number + placed.offset), "inferred")
    return found


def gaps_of(sequence: Sequence[Placed]) -> Iterator[Gap]:
    """Where printed numbers have no page: between the first and the last folio, never outside."""
    carried = {placed.value for placed in sequence}
    for placed, after in _neighbours(sequence):
        if after.offset <= placed.offset:
            continue
        absent = [value for value in range(placed.value + 1, after.value) if value not in carried]
        unnumbered = after.number - placed.number - 1  # pages that may bear some of these numbers
        if len(absent) > unnumbered:
            yield Gap(tuple(absent), len(absent) - unnumbered)


def _neighbours(sequence: Sequence[Placed]) -> Iterable[tuple[Placed, Placed]]:
    return pairwise(sequence)


def _said(placed: Placed, value: int) -> str:
    return roman_numeral(value) if placed.folio.roman else str(value)
