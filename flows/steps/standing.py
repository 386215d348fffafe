"""Which pages stand in an item, and the one commit in which those of a new arrangement take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.arrangement import Arrangement
from domain.errors import ConfidentialMarking
from domain.holdings import PageEntry, PageKind, Stage, State
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Shelf
from domain.records import Record
from flows.steps.pages import at_number, load_page
from flows.steps.pending import OLD_WORDS
from flows.steps.publish import take_back
from flows.steps.work import Work, now


def wanted_homes(seen: CatalogTransaction, item_id: ItemId, images: int) -> Sequence[int]:
    """The homes of the pages that the item has to have, in their order."""
    arrangement = seen.places.arrangement(item_id)
    return range(1, images + 1) if arrangement is None else arrangement.homes


def known_pages(seen: CatalogTransaction, item_id: ItemId) -> Mapping[int, PageEntry]:
    """All pages of the item that were read, by their homes, whether they stand or rest."""
    return dict(seen.places.resting(item_id)) | {page.kept_as: page for page in seen.pages(item_id)}


def unread(seen: CatalogTransaction, item_id: ItemId, homes: Sequence[int], digest: str) -> tuple[int, ...]:
    """Those of the homes whose pages were not read yet, or with other options."""
    known = known_pages(seen, item_id)
    return tuple(home for home in homes if not _is_read(known.get(home), digest))


def _is_read(page: PageEntry | None, digest: str) -> bool:
    return page is not None and (page.locked or page.options_digest == digest)


def settle(changes: CatalogTransaction, item_id: ItemId) -> bool:
    """Have the pages of the arrangement stand, all of them read; False where they do already.

    What people said of a page goes with it: the words they corrected, its folio and kind, citations that
    they confirmed, and what readers report.
    """
    arrangement = changes.places.arrangement(item_id)
    standing = changes.pages(item_id)
    if arrangement is None or [page.kept_as for page in standing] == list(arrangement.homes):
        return False
    known = known_pages(changes, item_id)
    pages = [
        at_number(_as_called(known[home], known, arrangement), number)
        for number, home in enumerate(arrangement.homes, start=1)
    ]
    changes.places.stand(item_id, pages)
    heirs = arrangement.heirs([page.kept_as for page in standing])
    numbers = {page.number: heirs[page.kept_as] for page in standing if page.kept_as in heirs}
    changes.places.renumber_reports(item_id, numbers)
    record = changes.record(item_id)
    if record.cites:
        cites = [replace(one, page=numbers[one.page]) for one in record.cites if one.page in numbers]
        changes.set_record(item_id, Record(record.fields, tuple(sorted(cites, key=lambda one: one.page))))
    changes.reset_stages(item_id, [Stage.LEDGER])
    if Stage.DERIVE in changes.stages(item_id):
        changes.complete_stage(item_id, Stage.DERIVE, OLD_WORDS, now())
    changes.set_indexed(item_id, None)
    return True


def _as_called(page: PageEntry, known: Mapping[int, PageEntry], arrangement: Arrangement) -> PageEntry:
    """A page that was turned or scanned again is called as the one that it was made of."""
    home = page.kept_as
    former = next((one for one in arrangement.line(home) if one in known), None)
    if former is None or former in arrangement.homes:
        return page
    # A page that was parted leaves its folio to the first part.
    if home != next(one for one in arrangement.homes if one == home or former in arrangement.line(one)):
        return page
    called = known[former]
    if called.label_source == "typed" and page.label_source != "typed":
        page = replace(page, label=called.label, label_source="typed")
    if called.kind_source == "typed" and page.kind_source is None and page.kind is not PageKind.UNREADABLE:
        page = replace(page, kind=called.kind, kind_source="typed")
    return page


def heed_markings(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Stop an item one of whose new pages bears a secrecy marking that nobody cleared, before it stands.

    What is published is taken back from readers; an approved item is described again. Raises
    ConfidentialMarking.
    """
    from ocr.marking import confidential_marking  # heavy, and only wanted here

    with shelf.catalog.view() as seen:
        arrangement, item = seen.places.arrangement(item_id), seen.item(item_id)
        resting = seen.places.resting(item_id)
        cleared = work.cleared or any(one.action == "cleared" for one in seen.history(item_id))
    if arrangement is None or cleared:
        return
    for number, home in enumerate(arrangement.homes, start=1):
        page = load_page(shelf, item_id, resting[home]) if home in resting else None
        marking = None if page is None else confidential_marking(page)
        if marking is None:
            continue
        error = ConfidentialMarking(marking=marking, page=number)
        if item.state is State.PUBLISHED:
            take_back(shelf, item_id, work.by, error.reason)
        elif item.state is State.APPROVED:
            with shelf.catalog.begin() as changes:
                changes.move(item_id, State.DESCRIBED, actor=work.by, at=now(), reason=error.reason)
        raise error
