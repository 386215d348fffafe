"""Searching inside one book."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import QueryNotUnderstood
from domain.holdings import Item
from domain.ports import Shelf
from domain.queries import Query
from flows.steps.find import find
from portal.readers.addresses import page_address
from portal.readers.pieces import Piece, pieces_of
from portal.readers.remembered import Remembered

MOST = 60  # pages of a book, the best; whoever has more narrows the question
SHOWN = 12  # at once, around the page that is read


@dataclass(frozen=True, slots=True)
class InsideHit:
    number: int
    label: str
    address: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """Pages of the book that answer, in their order."""

    hits: tuple[InsideHit, ...]
    total: int
    understood: bool = True

    def before(self, number: int) -> InsideHit | None:
        return next((one for one in reversed(self.hits) if one.number < number), None)

    def after(self, number: int) -> InsideHit | None:
        return next((one for one in self.hits if one.number > number), None)

    def around(self, number: int) -> tuple[InsideHit, ...]:
        """As many as are shown at once, the page's own among them."""
        at = next((place for place, one in enumerate(self.hits) if one.number >= number), len(self.hits))
        first = max(0, min(at - SHOWN // 2, len(self.hits) - SHOWN))
        return self.hits[first : first + SHOWN]


class InsideSearch:
    """Answers are remembered for a while, since whoever turns the pages asks the same again."""

    def __init__(self) -> None:
        self._known: Remembered[Inside] = Remembered(most=200, seconds=120)

    def find(self, shelf: Shelf, item: Item, text: str) -> Inside:
        return self._known.get((item.id, item.revision, text), lambda: _found(shelf, item, text))


def _found(shelf: Shelf, item: Item, text: str) -> Inside:
    try:
        result = find(shelf, Query(text, item_id=item.id, limit=1, pages_per_item=MOST, spelling=False))
    except QueryNotUnderstood:
        return Inside((), 0, understood=False)
    hits = tuple(
        InsideHit(
            page.number,
            page.label or str(page.number),
            page_address(item.accession, page.number, q=text),
            pieces_of(page.snippet),
        )
        for one in result.items
        for page in sorted(one.pages, key=lambda page: page.number)
    )
    return Inside(hits, sum(one.page_total for one in result.items))
