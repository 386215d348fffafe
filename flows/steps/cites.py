"""What an item cites, document by document, and what the shelf knows of those documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.holdings import Item
from domain.ports import CatalogTransaction
from domain.records import Citation
from indexing.text import fold

MOST = 200  # documents


class Standing(StrEnum):
    """What a legal status comes to for whoever relies on the document."""

    ENDED = "ended"  # hết hiệu lực toàn bộ
    PARTLY_ENDED = "partly_ended"
    SUSPENDED = "suspended"
    UNSUITABLE = "unsuitable"  # không còn phù hợp
    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    UNKNOWN = "unknown"


NO_LONGER = frozenset({Standing.ENDED, Standing.PARTLY_ENDED, Standing.SUSPENDED, Standing.UNSUITABLE})
# How a status begins, folded; the first that fits.
_BEGINNINGS = (
    ("het hieu luc mot phan", Standing.PARTLY_ENDED),
    ("het hieu luc", Standing.ENDED),
    ("ngung hieu luc", Standing.SUSPENDED),
    ("khong con phu hop", Standing.UNSUITABLE),
    ("chua co hieu luc", Standing.NOT_YET),
    ("con hieu luc", Standing.IN_FORCE),
)


@dataclass(frozen=True, slots=True)
class Cited:
    number: str  # 14/2019/QĐ-TTg
    pages: tuple[int, ...]  # of the item that cites, from 1, in their order
    held: Item | None  # the document itself, where the shelf has it and readers may see it
    standing: Standing


def standing(legal_status: str | None) -> Standing:
    folded = " ".join(fold(legal_status or "").split())
    return next((found for begun, found in _BEGINNINGS if folded.startswith(begun)), Standing.UNKNOWN)


def cited(seen: CatalogTransaction, citations: Sequence[Citation]) -> tuple[Cited, ...]:
    """The documents, at most MOST: what may not be relied on any more, what the shelf has, then the rest.

    Each kind is in the order of the pages that name them first.
    """
    pages: dict[str, list[int]] = {}
    for citation in citations:
        named = pages.setdefault(citation.so_ky_hieu, [])
        if citation.page not in named:
            named.append(citation.page)
    numbers = list(pages)[:MOST]
    held = seen.readers.held_numbers(numbers)
    found = [
        Cited(number, tuple(pages[number]), held.get(number), _standing_of(held.get(number)))
        for number in numbers
    ]
    return tuple(sorted(found, key=lambda one: (one.standing not in NO_LONGER, one.held is None)))


def _standing_of(held: Item | None) -> Standing:
    return standing(held.legal_status if held is not None else None)
