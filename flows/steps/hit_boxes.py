"""Where the words of each hit stand on the pictures of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import ObjectNotFound
from domain.holdings import PageEntry
from domain.ids import ItemId
from domain.ports import Shelf
from domain.queries import SearchResult
from domain.text import OcrPage
from domain.values import Box
from flows.steps.pages import load_page
from indexing import boxes
from indexing.queries import Parsed, parse


@dataclass(frozen=True, slots=True)
class Boxed:
    """The boxes of a hit's words, in pixels of the picture that was read, which was so large."""

    width: int
    height: int
    boxes: tuple[Box, ...]


def hit_boxes(shelf: Shelf, result: SearchResult) -> Mapping[tuple[ItemId, int], Boxed | None]:
    """For each page of the answer; None where its reading is gone, or could not be made."""
    parsed = parse(result.query)
    found: dict[tuple[ItemId, int], Boxed | None] = {}
    for item in result.items:
        with shelf.catalog.view() as seen:
            entries = seen.pages(item.item_id)
        for page in item.pages:
            found[item.item_id, page.number] = page_boxes(shelf, item.item_id, entries, page.number, parsed)
    return found


def page_boxes(
    shelf: Shelf, item_id: ItemId, entries: Sequence[PageEntry], number: int, parsed: Parsed
) -> Boxed | None:
    """The same for one page of an item, whose pages are ``entries``, whether it was a hit or not."""
    page = _reading(shelf, item_id, [entry for entry in entries if entry.number == number])
    if page is None:
        return None
    before = after = None
    if boxes.may_run_over(parsed):
        with_words = [entry for entry in entries if entry.words]
        before = _reading(shelf, item_id, [entry for entry in with_words if entry.number < number][-1:])
        after = _reading(shelf, item_id, [entry for entry in with_words if entry.number > number][:1])
    return Boxed(page.width, page.height, boxes.hit_boxes(page, parsed, before=before, after=after))


def _reading(shelf: Shelf, item_id: ItemId, entries: Sequence[PageEntry]) -> OcrPage | None:
    """Of the one page that is given, if any."""
    if not entries:
        return None
    try:
        return load_page(shelf, item_id, entries[0])
    except ObjectNotFound:  # the search is answered all the same
        return None
