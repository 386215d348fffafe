"""Where things are: readable addresses that stay."""

from __future__ import annotations

from urllib.parse import urlencode

from domain.holdings import Item, PageEntry
from domain.ids import Accession


def item_address(accession: Accession) -> str:
    return f"/sach/{accession}"


def page_address(accession: Accession, number: int, **asked: str) -> str:
    """Of the page, ``number`` from 1; what is asked beside it (q, doi, xem) where it is not ""."""
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"/sach/{accession}/trang/{number}{'?' if said else ''}{said}"


def picture_address(accession: Accession, home: int, width: int | None = None) -> str:
    """``width`` in pixels, one of ``portal.readers.pictures.WIDTHS``; None for the picture for reading."""
    return f"/sach/{accession}/anh/{home}{'' if width is None else f'?rong={width}'}"


def shown_label(page: PageEntry) -> str:
    """What a reader calls the page: what is printed on it, or else its number."""
    return page.label or str(page.number)


def pages_of(item: Item) -> int:
    """How many pages a reader can turn; 0 for what has none."""
    return item.counts.scanned or item.counts.images or 0
