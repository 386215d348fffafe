"""What readers say of a page's text, and what staff make of it.

Who says so is not kept, and nobody can fill the shelf with it.
"""

from __future__ import annotations

import datetime as dt
import unicodedata

from domain.errors import ChangedMeanwhile, ItemNotFound, NotToBeUndone, TooManyReports
from domain.holdings import ProvenanceEvent
from domain.ids import ItemId
from domain.ports import Shelf
from domain.readers_ledger import Outcome, Settled, TextReport
from domain.values import Actor, Json
from flows.steps.work import event, now

LONGEST_WORDS = 200  # characters
LONGEST_NOTE = 1_000  # characters
A_DAY = dt.timedelta(days=1)
OF_AN_ITEM, OF_ALL = 50, 2_000  # reports a day; staff could not look into more
PATIENCE_S = 2.0  # for another writer


def report_text(shelf: Shelf, item_id: ItemId, page: int, *, words: str, note: str) -> None:
    """Keep a report of a page (from 1). Raises ItemNotFound where there is no such page, TooManyReports.

    One that says nothing is not kept.
    """
    words, note = _tidy(words, LONGEST_WORDS), _tidy(note, LONGEST_NOTE)
    if not words and not note:
        return
    at = now()
    with shelf.catalog.begin(wait_s=PATIENCE_S) as changes:
        ledger = changes.readers
        if ledger.page(item_id, page) is None:
            raise ItemNotFound(item=item_id)
        for most, counted in ((OF_AN_ITEM, item_id), (OF_ALL, None)):
            if ledger.count_text_reports(at - A_DAY, counted) >= most:
                raise TooManyReports(limit=most)
        ledger.add_text_report(TextReport(item_id, page, words, note, at))


def settle_report(shelf: Shelf, item_id: ItemId, report: int, outcome: Outcome, by: Actor) -> None:
    """Staff looked into a report (its id) and say what came of it.

    Raises ChangedMeanwhile where there is no such report of the item, or somebody settled it before.
    """
    with shelf.catalog.begin(wait_s=PATIENCE_S) as changes:
        told = changes.readers.text_report(item_id, report)
        if told is None or told.settled is not None:
            raise ChangedMeanwhile(accession=changes.item(item_id).accession)
        options: dict[str, Json] = {"report": report, "page": told.page, "outcome": outcome.value}
        happened = event("report_settled", by, item_id=item_id, options=options)
        changes.readers.settle_text_report(item_id, report, Settled(outcome, by.name, happened.at))
        changes.note(happened)


def undo_settling(shelf: Shelf, item_id: ItemId, settling: int, by: Actor) -> None:
    """Open a report again that staff had settled (the id of that event).

    Raises NotToBeUndone where that is not how the report stands now.
    """
    with shelf.catalog.begin(wait_s=PATIENCE_S) as changes:
        found = changes.desk.events(item_id, actions=["report_settled"], before=settling + 1, limit=1)
        report = _reported(found[0]) if found and found[0].id == settling else 0
        told = changes.readers.text_report(item_id, report)
        if told is None or told.settled is None or told.settled.at != found[0].at:
            raise NotToBeUndone(accession=changes.item(item_id).accession)
        options: dict[str, Json] = {"report": report, "page": told.page, "undoes": settling}
        changes.readers.settle_text_report(item_id, report, None)
        changes.note(event("report_settled", by, item_id=item_id, options=options))


def _reported(settling: ProvenanceEvent) -> int:
    """The id of the report that this event settled; 0, which is nobody's, where it settled none."""
    report = settling.options.get("report")
    return report if isinstance(report, int) else 0


def _tidy(text: str, longest: int) -> str:
    """One line, bounded, without what steers a terminal or the direction of text."""
    plain = unicodedata.normalize("NFC", text[:longest])
    return " ".join("".join(char if char.isprintable() else " " for char in plain).split())[:longest]
