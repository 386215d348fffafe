"""What an address of the search page asks for, and addresses that ask for something else beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from domain.queries import Facet, Query, Sort

LONGEST = 500  # characters of a question
LONGEST_VALUE = 200  # characters
MOST_VALUES = 20  # of one facet
PER_PAGE = 10  # items
LAST_PAGE = 100  # whoever has not found it by then narrows the question
SNIPPETS = 3  # of one item

FACETS: Mapping[str, Facet] = {
    "loai": Facet.TYPE,
    "linh-vuc": Facet.FIELD,
    "co-quan": Facet.AGENCY,
    "nam": Facet.YEAR,
    "hieu-luc": Facet.LEGAL_STATUS,
}
SORTS: Mapping[str, Sort] = {"": Sort.BEST, "moi": Sort.NEWEST, "cu": Sort.OLDEST, "ten": Sort.TITLE}


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    chosen: tuple[tuple[str, str], ...] = ()  # (name in the address, value), in the order of FACETS
    sort: str = ""  # a key of SORTS
    page: int = 1

    @classmethod
    def of(cls, given: QueryParams) -> Asked:
        """Whatever an address says; what makes no sense is as if it were not there."""
        chosen = [
            (name, value)
            for name in FACETS
            for value in dict.fromkeys(given.getlist(name)[:MOST_VALUES])
            if 0 < len(value) <= LONGEST_VALUE
        ]
        sort = given.get("sap", "")
        return cls(
            question(given.get("q", "")),
            tuple(chosen),
            sort if sort in SORTS else "",
            min(whole(given.get("trang", "")) or 1, LAST_PAGE),
        )

    @property
    def query(self) -> Query:
        filters = {
            facet: tuple(value for said, value in self.chosen if said == name)
            for name, facet in FACETS.items()
        }
        return Query(
            self.text,
            limit=PER_PAGE,
            offset=(self.page - 1) * PER_PAGE,
            pages_per_item=SNIPPETS,
            filters={facet: values for facet, values in filters.items() if values},
            sort=SORTS[self.sort],
            facets=True,
        )

    def address(self, *, text: str | None = None, page: int = 1) -> str:
        """Of the same with another text, or of another page of the results."""
        said = replace(self, text=self.text if text is None else text)
        pairs = [("q", said.text), *said.chosen]
        pairs += [("sap", said.sort)] if said.sort else []
        pairs += [("trang", str(page))] if page > 1 else []
        return f"/tim?{urlencode(pairs)}"

    def has(self, name: str, value: str) -> bool:
        return (name, value) in self.chosen


def question(typed: str) -> str:
    """What was typed, bounded, without what could turn the direction of the page or hide in it."""
    text = unicodedata.normalize("NFC", typed[:LONGEST])
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST].strip()


def whole(text: str, *, most: int = 999_999) -> int | None:
    """A number from 1 as an address of ours writes it; None for whatever else."""
    plain = text.isascii() and text.isdigit() and not text.startswith("0") and len(text) <= len(str(most))
    return int(text) if plain and int(text) <= most else None
