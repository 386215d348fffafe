"""An item in a list: what a reader chooses by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.messages import Lang
from domain.holdings import FileEntry, Item
from domain.ports import CatalogTransaction
from flows.steps.cites import standing
from flows.steps.pictures import THUMBS, pictured
from portal.readers.addresses import item_address, pages_of, picture_address
from portal.readers.pictures import WIDTHS
from portal.readers.results import type_label

LEAFLET = "leaflet"


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    address: str
    picture: str | None  # address
    resource_type: str
    year: int | None
    pages: int  # 0: none that could be turned
    field: str | None
    standing: str  # flows.steps.cites.Standing


def cards(seen: CatalogTransaction, items: Sequence[Item], lang: Lang) -> tuple[Card, ...]:
    """Two questions to the catalogue for all of them: who has a thumbnail of the first page."""
    pictures = pictured(seen, THUMBS, [(item.id, 1) for item in items])
    return tuple(_card(item, pictures.get((item.id, 1)), lang) for item in items)


def _card(item: Item, picture: FileEntry | None, lang: Lang) -> Card:
    return Card(
        title=item.title,
        address=leaflet_address(item) if item.resource_type == LEAFLET else item_address(item.accession),
        picture=picture_address(item.accession, picture.page or 1, WIDTHS[0]) if picture else None,
        resource_type=type_label(item.resource_type, lang),
        year=item.year,
        pages=pages_of(item),
        field=item.field,
        standing=standing(item.legal_status).value,
    )


def leaflet_address(item: Item) -> str:
    return f"/to-gap/{item.accession}"
