"""A published book as readers are told of it: its record, contents, counts, files, and what it cites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.messages import Lang
from domain.holdings import FileEntry, Item
from domain.records import FIELDS, FieldValue, Record, Source
from flows.steps.book_files import MEDIA_TYPES, TEXT
from flows.steps.cites import Cited, Standing, cited, standing
from flows.steps.contents import Heading, contents
from flows.steps.pictures import READING, pictured
from portal.readers.results import type_label
from portal.readers.verdicts import PublicVerdict, public_verdict
from portal.visits import Visit

_SAID_BY_PEOPLE = (Source.STAFF, Source.MANIFEST)
_NOT_AMONG_FACTS = ("title", "abstract", "pages_declared")


@dataclass(frozen=True, slots=True)
class Book:
    record: Record
    cited: Sequence[Cited]
    verdict: PublicVerdict | None
    standing: Standing
    contents: Sequence[Heading]
    files: Sequence[FileEntry]
    cover: int | None  # what the picture of the first page is kept as; None without one


def book_of(visit: Visit, item: Item) -> Book:
    wanted = [(item.id, name) for name in MEDIA_TYPES]
    with visit.shelf.catalog.view() as seen:
        record = seen.record(item.id)
        files = seen.readers.files_named(wanted)
        cover = pictured(seen, READING, [(item.id, 1)]).get((item.id, 1))
        documents = cited(seen, record.cites)
        verdict = public_verdict(seen, item.id, visit.lang)
    return Book(
        record=record,
        cited=documents,
        verdict=verdict,
        standing=standing(item.legal_status),
        contents=_contents(visit, files.get((item.id, TEXT))),
        files=[files[one] for one in wanted if one in files],
        cover=None if cover is None else cover.page or 1,
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of the record as a reader reads it."""

    name: str
    value: str
    guessed: bool  # a machine proposed it, nobody has said so


def facts(record: Record, lang: Lang) -> tuple[Fact, ...]:
    """The fields that are known, in the order of display."""
    shown = [(name, record.fields[name]) for name in FIELDS if name in record.fields]
    return tuple(
        Fact(name, text, known.source not in _SAID_BY_PEOPLE)
        for name, known in shown
        if name not in _NOT_AMONG_FACTS and (text := _written(name, known, lang))
    )


def _written(name: str, known: FieldValue, lang: Lang) -> str:
    value = known.value
    if name == "resource_type":
        return type_label(str(value or ""), lang)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)


def counts(item: Item) -> tuple[tuple[str, int | None], ...]:
    told = item.counts
    return (
        ("declared", told.declared),
        ("scanned", told.scanned),
        ("printed", told.printed),
        ("blank", told.blank),
        ("missing", told.missing),
        ("duplicate", told.duplicate),
    )


def _contents(visit: Visit, text: FileEntry | None) -> tuple[Heading, ...]:
    if text is None:
        return ()
    return visit.portal.kept.contents.get((text.key, text.fixity.sha256), lambda: contents(visit.shelf, text))
