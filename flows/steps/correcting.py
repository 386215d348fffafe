"""Pages as people put them right: the words read, the folio printed, what kind of page it is.

A corrected reading rests under its own digest and the catalogue says which one is in force, so that one
commit changes it, whoever is killed when, and every earlier one can be brought back. What is made from the
words is made again by the flows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO

from catalog.citations import find_citations
from catalog.records import tidy
from catalog.states import check_move
from domain.errors import ChangedMeanwhile, ConfidentialMarking, NotToBeUndone, PageNotKnown
from domain.holdings import FileEntry, Item, PageEntry, PageKind, ProvenanceEvent, Stage, State
from domain.ids import ItemId, reading_key
from domain.ports import CatalogTransaction, Shelf
from domain.records import Citation, Record
from domain.text import OcrPage, doubtful
from domain.values import Actor, Json
from flows.steps.describing import check_for_people
from flows.steps.pages import HOCR, key_of
from flows.steps.pending import OLD_WORDS
from flows.steps.publish import take_back
from flows.steps.work import event, now
from ocr.correcting import corrected, with_line
from ocr.hocr import read_hocr, write_hocr

LONGEST_LABEL = 20  # characters of a folio
LONGEST_TOLD = 500  # characters of a line that its history tells
MOST_LINES = 40  # of one page that its history tells
KINDS = (
    PageKind.BODY,
    PageKind.COVER,
    PageKind.CONTENTS,
    PageKind.PLATE,
    PageKind.INSERT,
    PageKind.BLANK,
)
"""What a person may call a page."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read on a page now, and by what name it goes."""

    entry: PageEntry
    page: OcrPage
    digest: str  # of its bytes: shows whether somebody changed it meanwhile


def reading_of(shelf: Shelf, item: Item, number: int) -> Reading:
    """The reading of page ``number`` (from 1) that is in force. Raises PageNotKnown, ObjectNotFound."""
    with shelf.catalog.view() as seen:
        entry = seen.desk.page(item.id, number)
    if entry is None or entry.kind is PageKind.UNREADABLE:
        raise PageNotKnown(accession=item.accession, page=number)
    with shelf.store.open(key_of(item.id, entry)) as source:
        hocr = source.read()
    return Reading(entry, replace(read_hocr(hocr), number=number), hashlib.sha256(hocr).hexdigest())


def add_line(
    shelf: Shelf, item_id: ItemId, number: int, after: int, text: str, by: Actor, *, seen: str
) -> PageEntry:
    """Write a line that the engine missed behind the one at ``after`` (0: before all others).

    As ``correct_page`` otherwise; raises ChangedMeanwhile too where there is no such line.
    """
    known = _known(shelf, item_id, number, seen)
    if after > len(known.page.lines):
        raise ChangedMeanwhile(accession=_item(shelf, item_id).accession)
    page = with_line(known.page, after, text)
    told: list[Json] = [{"line": after + 1, "before": "", "after": tidy(text, LONGEST_TOLD)}]
    return _keep(shelf, item_id, known, page, told, by)


def correct_page(
    shelf: Shelf, item_id: ItemId, number: int, lines: Mapping[int, str], by: Actor, *, seen: str
) -> PageEntry:
    """Write these lines (by their place, from 1) as a person read them; what follows is for the flows.

    The page is locked against later readings. ``seen`` is the digest of the reading that the person saw.
    A page that turns out to bear a secrecy marking takes the item away until somebody decides.
    Raises NotForPeople, PageNotKnown, ChangedMeanwhile.
    """
    known = _known(shelf, item_id, number, seen)
    page = corrected(known.page, lines)
    return _keep(shelf, item_id, known, page, _told(known.page, lines), by)


def _item(shelf: Shelf, item_id: ItemId) -> Item:
    with shelf.catalog.view() as seen:
        return seen.item(item_id)


def _known(shelf: Shelf, item_id: ItemId, number: int, seen: str) -> Reading:
    """The reading that the person saw. Raises what ``correct_page`` raises."""
    item = _item(shelf, item_id)
    check_for_people(item)
    known = reading_of(shelf, item, number)
    if known.digest != seen:
        raise ChangedMeanwhile(accession=item.accession)
    return known


def _keep(
    shelf: Shelf, item_id: ItemId, known: Reading, page: OcrPage, lines: list[Json], by: Actor
) -> PageEntry:
    """Have a person's reading be in force."""
    if page == known.page:
        return known.entry
    item = _item(shelf, item_id)
    hocr = write_hocr(page)
    digest = hashlib.sha256(hocr).hexdigest()
    home = known.entry.kept_as
    key = reading_key(item_id, home, digest)
    stored = shelf.store.put(key, BytesIO(hocr), media_type=HOCR)
    name = key.removeprefix(f"items/{item_id}/")
    entry = replace(_with_words(known.entry, page), reading=digest, text_source="corrected", locked=True)
    told: dict[str, Json] = {"lines": lines, "after": digest, "was": _was(known.entry)}
    with shelf.catalog.begin() as changes:
        changes.keep_files(item_id, [FileEntry(name, key, HOCR, stored.fixity, page=home)])
        _put_right(changes, item, known.entry, entry, page)
        changes.note(event("corrected", by, item_id=item_id, options={**_of_page(entry), **told}))
    _heed_marking(shelf, item_id, known.entry.number, page, by)
    return entry


def undo_correction(shelf: Shelf, item_id: ItemId, number: int, correction: int, by: Actor) -> PageEntry:
    """Bring back the reading before a correction (the id of its event), whatever came after it.

    ``number`` is the page's when it was corrected; it may stand elsewhere by now. Raises NotForPeople,
    PageNotKnown, NotToBeUndone.
    """
    item, told, standing = _undone(shelf, item_id, number, "corrected", correction)
    known = reading_of(shelf, item, standing)
    was = told.get("was")
    if not isinstance(was, Mapping):
        raise NotToBeUndone(accession=item.accession)
    before = _as_it_was(known.entry, was)
    with shelf.store.open(key_of(item_id, before)) as source:
        page = replace(read_hocr(source.read()), number=standing)
    entry = _with_words(before, page)
    undoes: dict[str, Json] = {**_of_page(entry), "undoes": correction, "was": _was(known.entry)}
    with shelf.catalog.begin() as changes:
        _put_right(changes, item, known.entry, entry, page)
        changes.note(event("corrected", by, item_id=item_id, options=undoes))
    return entry


def _undone(
    shelf: Shelf, item_id: ItemId, number: int, action: str, event_id: int
) -> tuple[Item, Mapping[str, Json], int]:
    """What that event tells, and at which number its page stands now. Raises NotForPeople, NotToBeUndone."""
    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
        check_for_people(item)
        found = seen.desk.events(item_id, actions=[action], before=event_id + 1, limit=1)
        told = found[0].options if found and found[0].id == event_id else {}
        home = told.get("home", told.get("page"))
        standing = seen.places.number_of(item_id, home) if isinstance(home, int) else None
    if standing is None or told.get("page") != number:
        raise NotToBeUndone(accession=item.accession)
    return item, told, standing


def _of_page(entry: PageEntry) -> dict[str, Json]:
    """Which page an event tells of: its number then, and its home where that is another."""
    return {"page": entry.number} if entry.home is None else {"page": entry.number, "home": entry.home}


def say_of_page(
    shelf: Shelf,
    item_id: ItemId,
    number: int,
    by: Actor,
    *,
    label: str | None,
    kind: PageKind | None,
) -> PageEntry:
    """Keep the folio and the kind that a person typed; None: as the program finds them, "" for no folio.

    What somebody calls blank loses the specks that were read on it. The pages are counted anew by the
    flows. Raises NotForPeople, PageNotKnown, ChangedMeanwhile.
    """
    with shelf.catalog.view() as seen:
        item, entry = seen.item(item_id), seen.desk.page(item_id, number)
    check_for_people(item)
    if entry is None or entry.kind is PageKind.UNREADABLE:
        raise PageNotKnown(accession=item.accession, page=number)
    if kind is PageKind.BLANK and entry.words:
        known = reading_of(shelf, item, number)
        nothing = dict.fromkeys(range(1, len(known.page.lines) + 1), "")
        entry = correct_page(shelf, item_id, number, nothing, by, seen=known.digest)
    said = _said(entry, label, kind)
    if said == entry:
        return entry
    told: dict[str, Json] = {**_of_page(entry), "before": _facts(entry), "after": _facts(said)}
    with shelf.catalog.begin() as changes:
        if changes.desk.page(item_id, number) != entry:
            raise ChangedMeanwhile(accession=item.accession)
        changes.desk.correct_page(item_id, said)
        changes.reset_stages(item_id, [Stage.LEDGER])
        changes.set_indexed(item_id, None)
        changes.note(event("page_said", by, item_id=item_id, options=told))
    return said


def typed_of(entry: PageEntry) -> tuple[str | None, PageKind | None]:
    """The folio and the kind that a person typed, as ``say_of_page`` takes them."""
    label = (entry.label or "") if entry.label_source == "typed" else None
    return label, entry.kind if entry.kind_source == "typed" else None


def undo_saying(shelf: Shelf, item_id: ItemId, number: int, saying: int, by: Actor) -> PageEntry:
    """Bring back what was known of a page before a person said otherwise (the id of that event).

    Raises NotToBeUndone and what ``say_of_page`` raises.
    """
    item, told, standing = _undone(shelf, item_id, number, "page_said", saying)
    before = told.get("before")
    if not isinstance(before, Mapping):
        raise NotToBeUndone(accession=item.accession)
    label = str(before["label"] or "") if before["label_source"] == "typed" else None
    kind = PageKind(str(before["kind"])) if before["kind_source"] == "typed" else None
    return say_of_page(shelf, item_id, standing, by, label=label, kind=kind)


def _said(entry: PageEntry, label: str | None, kind: PageKind | None) -> PageEntry:
    if label is not None:
        entry = replace(entry, label=tidy(label, LONGEST_LABEL) or None, label_source="typed")
    elif entry.label_source == "typed":
        entry = replace(entry, label=None, label_source=None)
    if kind is not None:
        return replace(entry, kind=kind, kind_source="typed")
    if entry.kind_source == "typed":
        found = PageKind.BODY if entry.words else PageKind.BLANK
        return replace(entry, kind=found, kind_source=None)
    return entry


def _facts(entry: PageEntry) -> dict[str, Json]:
    return {
        "label": entry.label,
        "label_source": entry.label_source,
        "kind": entry.kind.value,
        "kind_source": entry.kind_source,
    }


def _put_right(
    changes: CatalogTransaction, item: Item, known: PageEntry, entry: PageEntry, page: OcrPage
) -> None:
    """Another reading of a page is in force from now on. Raises ChangedMeanwhile, NotForPeople."""
    check_for_people(changes.item(item.id))
    if changes.desk.page(item.id, known.number) != known:
        raise ChangedMeanwhile(accession=item.accession)
    changes.desk.correct_page(item.id, entry)
    record = changes.record(item.id)
    cites = _cites(record, page)
    if cites != record.cites:
        changes.set_record(item.id, Record(record.fields, cites))
    changes.reset_stages(item.id, [Stage.LEDGER])
    if Stage.DERIVE in changes.stages(item.id):
        changes.complete_stage(item.id, Stage.DERIVE, OLD_WORDS, now())
    changes.set_indexed(item.id, None)  # so that whoever looks for what is left behind sees it


def _cites(record: Record, page: OcrPage) -> tuple[Citation, ...]:
    """The record's citations with those of this page as its words say now; what people confirmed stays so."""
    confirmed = {one.so_ky_hieu: one.confirmed_by for one in record.cites if one.page == page.number}
    found = [
        replace(one, confirmed_by=confirmed.get(one.so_ky_hieu))
        for one in find_citations(page.text, page.number)
    ]
    others = [one for one in record.cites if one.page != page.number]
    return tuple(sorted([*others, *found], key=lambda one: one.page))


def _with_words(entry: PageEntry, page: OcrPage) -> PageEntry:
    """The entry as this reading makes it."""
    words = page.words
    kind = entry.kind
    if entry.kind_source is None and (kind is PageKind.BLANK) == bool(words):
        kind = PageKind.BODY if words else PageKind.BLANK
    return replace(entry, kind=kind, words=len(words), confidence=page.confidence, doubtful=doubtful(words))


def _was(entry: PageEntry) -> dict[str, Json]:
    return {"reading": entry.reading, "text_source": entry.text_source, "locked": entry.locked}


def _as_it_was(entry: PageEntry, was: Mapping[str, Json]) -> PageEntry:
    reading = was["reading"]
    return replace(
        entry,
        reading=None if reading is None else str(reading),
        text_source=str(was["text_source"]),
        locked=was["locked"] is True,
    )


def _told(page: OcrPage, lines: Mapping[int, str]) -> list[Json]:
    """The lines that changed, before and after, for whoever looks at the history."""
    known = {place: line.text for place, line in enumerate(page.lines, start=1)}
    changed: list[Json] = [
        {"line": place, "before": known[place], "after": tidy(wrote, LONGEST_TOLD)}
        for place, wrote in sorted(lines.items())
        if place in known and known[place] != tidy(wrote, LONGEST_TOLD)
    ]
    return changed[:MOST_LINES]


def corrections(
    seen: CatalogTransaction, item_id: ItemId, entry: PageEntry, limit: int
) -> list[ProvenanceEvent]:
    """What people did to the words of one page, the newest first."""
    return [*seen.desk.events(item_id, actions=["corrected"], home=entry.kept_as, limit=limit)]


def _heed_marking(shelf: Shelf, item_id: ItemId, number: int, page: OcrPage, by: Actor) -> None:
    """Stop what bears a secrecy marking that nobody cleared: in quarantine, or taken back from readers."""
    from ocr.marking import confidential_marking  # heavy, and only wanted here

    marking = confidential_marking(page)
    if marking is None:
        return
    reason = ConfidentialMarking(marking=marking, page=number).reason
    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
        if seen.desk.events(item_id, actions=["cleared"], limit=1):
            return
    if item.state is State.PUBLISHED:
        take_back(shelf, item_id, by, reason)
        return
    with shelf.catalog.begin() as changes:
        if changes.item(item_id).state is State.APPROVED:
            changes.move(item_id, State.DESCRIBED, actor=by, at=now(), reason=reason)
        item = changes.item(item_id)
        if item.state is State.DESCRIBED:
            check_move(item, State.QUARANTINED)
            changes.move(item_id, State.QUARANTINED, actor=by, at=now(), reason=reason)
