"""One page as a reader sees it: its reading, and which of its words were looked for."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import ObjectNotFound, QueryNotUnderstood
from domain.holdings import PageEntry
from domain.ids import ItemId
from domain.ports import Shelf
from domain.text import OcrPage
from domain.values import Box
from flows.steps.pages import load_page
from indexing import boxes
from indexing.queries import parse


@dataclass(frozen=True, slots=True)
class Leaf:
    entry: PageEntry
    page: OcrPage | None  # None where it could not be read, or its reading is gone
    marked: frozenset[Box]  # of the words that were looked for, in pixels of the picture that was read


def leaf(shelf: Shelf, item_id: ItemId, number: int, query: str = "") -> Leaf | None:
    """Page ``number`` (from 1) of an item; None where there is none. Nothing else of the item is loaded."""
    with shelf.catalog.view() as seen:
        near = seen.readers.pages_near(item_id, number)
    entry = next((one for one in near if one.number == number), None)
    if entry is None:
        return None
    page = _reading(shelf, item_id, entry)
    if page is None or not query:
        return Leaf(entry, page, frozenset())
    try:
        parsed = parse(query)
    except QueryNotUnderstood:
        return Leaf(entry, page, frozenset())
    before = after = None
    if boxes.may_run_over(parsed):
        before, after = (
            next((_reading(shelf, item_id, one) for one in near if one.number in side), None)
            for side in (range(1, number), range(number + 1, near[-1].number + 1))
        )
    return Leaf(entry, page, frozenset(boxes.hit_boxes(page, parsed, before=before, after=after)))


def _reading(shelf: Shelf, item_id: ItemId, entry: PageEntry) -> OcrPage | None:
    try:
        return load_page(shelf, item_id, entry)
    except ObjectNotFound:  # the page has its picture all the same
        return None
