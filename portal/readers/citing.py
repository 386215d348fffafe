"""How an item is cited: in words, as BibTeX, as RIS; and what machines are told of it."""

from __future__ import annotations

from dataclasses import dataclass

from config.messages import Lang, printable
from domain.holdings import Item
from domain.records import Record
from domain.values import Json
from portal.readers.results import type_label

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        **{char: f"\\{char}" for char in "&%$#_"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What citing needs, each on one line; "" where it is not known."""

    accession: str
    title: str
    agency: str
    publisher: str
    place: str
    edition: str
    isbn: str
    number: str  # of a legal document
    year: int | None
    address: str  # as readers reach it, for ever

    @classmethod
    def of(cls, item: Item, record: Record, site: str) -> Reference:
        def said(name: str) -> str:
            return printable(record.text(name) or "").strip()

        return cls(
            accession=item.accession,
            title=printable(item.title),
            agency=said("compiling_agency"),
            publisher=said("publisher"),
            place=said("place"),
            edition=said("edition"),
            isbn=said("isbn"),
            number=said("so_ky_hieu"),
            year=item.year,
            address=f"{site}/sach/{item.accession}",
        )

    @property
    def sentence(self) -> str:
        """As Vietnamese theses cite: agency (year), title, publisher, place, shelf code, address."""
        agency = f"{self.agency} ({self.year}), " if self.agency and self.year else ""
        agency = agency or (f"{self.agency}, " if self.agency else "")
        year = str(self.year) if self.year and not self.agency else ""
        rest = [self.title, self.edition, self.publisher, self.place, year, self.accession, self.address]
        return agency + ", ".join(part for part in rest if part) + "."


def bibtex(told: Reference) -> str:
    fields = {
        "title": f"{{{told.title.translate(_TEX)}}}",
        "author": f"{{{told.agency.translate(_TEX)}}}" if told.agency else "",
        "publisher": told.publisher.translate(_TEX),
        "address": told.place.translate(_TEX),
        "edition": told.edition.translate(_TEX),
        "isbn": told.isbn.translate(_TEX),
        "number": told.number.translate(_TEX),
        "year": str(told.year or ""),
        "note": told.accession,
        "url": told.address,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@book{{{told.accession},", *lines, "}", ""])


def ris(told: Reference) -> str:
    fields = [
        ("TY", "BOOK"),
        ("TI", told.title),
        ("AU", told.agency),
        ("PB", told.publisher),
        ("CY", told.place),
        ("ET", told.edition),
        ("SN", told.isbn),
        ("M1", told.number),
        ("PY", str(told.year or "")),
        ("LA", "vi"),
        ("CN", told.accession),
        ("UR", told.address),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value) + "ER  - \r\n"


def dublin_core(told: Reference, item: Item, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Pairs of a ``DC.`` name and its content."""
    pairs = [
        ("DC.title", told.title),
        ("DC.creator", told.agency),
        ("DC.publisher", told.publisher),
        ("DC.date", str(told.year or "")),
        ("DC.type", type_label(item.resource_type, lang)),
        ("DC.subject", printable(item.field or "")),
        ("DC.identifier", told.address),
        ("DC.identifier", told.accession),
        ("DC.identifier", told.number),
        ("DC.language", "vi"),
        ("DC.format", "application/pdf"),
    ]
    return tuple((name, value) for name, value in pairs if value)


def schema_org(
    told: Reference, item: Item, *, pages: int, cover: int, site: str, shelf: str
) -> dict[str, Json]:
    """A Book, or Legislation where the item is a legal document itself; ``cover``: of its first picture."""
    is_law = item.resource_type == "document"
    known: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": "Legislation" if is_law else "Book",
        "@id": told.address,
        "url": told.address,
        "name": told.title,
        "identifier": told.accession,
        "inLanguage": "vi",
        "isAccessibleForFree": True,
        "numberOfPages": pages or None,
        "about": printable(item.field or "") or None,
        "datePublished": str(told.year) if told.year else None,
        "publisher": {"@type": "Organization", "name": told.publisher} if told.publisher else None,
        "author": {"@type": "Organization", "name": told.agency} if told.agency else None,
        "legislationIdentifier": told.number or None if is_law else None,
        "isbn": told.isbn or None if not is_law else None,
        "thumbnailUrl": f"{told.address}/anh/{cover}?rong=144",
        "isPartOf": {"@type": "Collection", "name": shelf, "url": site},
    }
    return {name: value for name, value in known.items() if value is not None}
