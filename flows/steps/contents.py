"""A table of contents out of the headings that a book's pages bear."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from domain.errors import ObjectNotFound
from domain.holdings import FileEntry
from domain.ports import Shelf
from indexing.headings import headings_on

MOST = 300  # headings
LONGEST = 160  # characters of one
LARGEST = 20_000_000  # bytes of text that are looked at


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    number: int  # the page, from 1


def contents(shelf: Shelf, text: FileEntry) -> tuple[Heading, ...]:
    """From the derivative ``text.txt``, in which a form feed ends each page; () where it is gone."""
    try:
        with shelf.store.open(text.key) as source:
            pages = source.read(LARGEST).decode("utf-8", "replace").split("\f")
    except ObjectNotFound:
        return ()
    found = (
        Heading(_cut(heading), number)
        for number, page in enumerate(pages, 1)
        for heading in headings_on(page)
    )
    return tuple(heading for _, heading in zip(range(MOST), found, strict=False))


def _cut(heading: str) -> str:
    text = unicodedata.normalize("NFC", heading)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
