"""From what the catalogue and the store hold of an item to the pages that the index sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from domain.holdings import Item, PageEntry, State
from domain.queries import PageDocument
from domain.records import Record
from domain.text import OcrPage
from indexing.folios import running
from indexing.headings import stands_under

NEIGHBOUR = 60  # syllables of a neighbouring page: better than none by measure, a sentence runs on


def page_documents(
    item: Item, record: Record, pages: Iterable[tuple[PageEntry, OcrPage | None]]
) -> Iterator[PageDocument]:
    """One document per page, in order, blank and unreadable ones too.

    A page waits until the next page with text is known, past blank ones, so the pages are
    consumed lazily and few are held.
    """
    cites: dict[int, list[str]] = defaultdict(list)
    for citation in record.cites:
        cites[citation.page].append(citation.so_ky_hieu)
    waiting: list[PageDocument] = []  # the last page with text, and blank ones since
    heading = ""
    for entry, page in pages:
        document = _document(item, record, entry, page, cites.get(entry.number, []))
        if document.text:
            under, heading = stands_under(document.text, heading)
            document = replace(document, heading=under)
            if waiting and waiting[0].text:
                last = waiting[0]
                waiting[0] = replace(last, after=_start(document))
                document = replace(document, before=_end(last))
            yield from waiting
            waiting = [document]
        else:
            waiting.append(document)
    yield from waiting


def _start(page: PageDocument) -> str:
    """The first syllables, without a folio above them: the sentence of the page before goes on behind it."""
    found = running(page.text).split(None, NEIGHBOUR + 1)[: NEIGHBOUR + 1]
    if found[:1] == [page.label]:
        del found[0]
    return " ".join(found[:NEIGHBOUR])


def _end(page: PageDocument) -> str:
    """The last syllables, without a folio below them."""
    found = running(page.text).split()[-NEIGHBOUR - 1 :]
    if found[-1:] == [page.label]:
        del found[-1]
    return " ".join(found[-NEIGHBOUR:])


def _document(
    item: Item, record: Record, entry: PageEntry, page: OcrPage | None, cites: list[str]
) -> PageDocument:
    return PageDocument(
        item_id=item.id,
        accession=item.accession,
        revision=item.revision,
        published=item.state is State.PUBLISHED,
        title=item.title,
        resource_type=item.resource_type,
        agency=record.text("compiling_agency"),
        year=item.year,
        so_ky_hieu=record.text("so_ky_hieu"),
        number=entry.number,
        label=entry.label,
        text=page.text if page is not None else "",
        cites=tuple(dict.fromkeys(cites)),
        field=record.text("field"),
        legal_status=record.text("legal_status"),
    )
