"""Pages as people arrange them: turned, parted, joined, moved, scanned again.

An act is one commit that says what the pages shall be; the flows read those that are new, and then all
take their place at once (``flows.steps.standing``). Until then readers have the item as it was, and
whoever arranges sees what they asked for. The scan is never changed, and what was read of a page rests
under its home, so that an act that is taken back costs no reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from domain.arrangement import Arrangement, Cut, of_spans, spans
from domain.errors import ChangedMeanwhile, NotOnePage, NotToBeUndone
from domain.holdings import PageEntry, ScanForm, Stage
from domain.ids import ItemId
from domain.options import IntakePolicy
from domain.ports import CatalogTransaction, Shelf
from domain.values import Actor, Json
from flows.steps.describing import check_for_people
from flows.steps.originals import keep_file, measure
from flows.steps.pending import NEW_PLACES
from flows.steps.standing import known_pages
from flows.steps.work import event, now

Change = Callable[[Arrangement, str], Arrangement]
_ONE_PAGE = frozenset({ScanForm.PDF, ScanForm.TIFF, ScanForm.IMAGE})


@dataclass(frozen=True, slots=True)
class Arranged:
    """The pages as they are asked for, and what there is of them."""

    arrangement: Arrangement
    waiting: bool  # the flows have not brought them about yet
    pages: Mapping[int, PageEntry]  # those that were read, by their homes; of those asked for alone


def arranged(seen: CatalogTransaction, item_id: ItemId, first: int, last: int) -> Arranged:
    """The pages from ``first`` to ``last``, both among them, as they are asked for."""
    arrangement = _arrangement(seen, item_id)
    waiting = seen.stages(item_id).get(Stage.READ) == NEW_PLACES
    wanted = arrangement.homes[first - 1 : last]
    if waiting:
        known = known_pages(seen, item_id)
        return Arranged(arrangement, waiting, {home: known[home] for home in wanted if home in known})
    return Arranged(
        arrangement, waiting, {page.kept_as: page for page in seen.desk.some_pages(item_id, first, last)}
    )


def turn_page(shelf: Shelf, item_id: ItemId, number: int, turns: int, by: Actor, *, version: int) -> None:
    """Turn a page by so many quarters clockwise.

    ``version`` is that of the arrangement that the person saw, here and below. Raises NotForPeople,
    ChangedMeanwhile, PageNotKnown.
    """
    told: dict[str, Json] = {"act": "turned", "page": number, "turns": turns}
    _arrange(shelf, item_id, by, version, told, lambda known, name: known.turned(number, turns, name))


def part_page(
    shelf: Shelf, item_id: ItemId, number: int, cut: Cut, share: int, by: Actor, *, version: int, most: int
) -> None:
    """Make two pages of one, the first with ``share`` per cent of it; an item has ``most`` pages at most.

    Raises what ``turn_page`` raises, PartTooSmall, TooManyPages.
    """
    told: dict[str, Json] = {"act": "parted", "page": number, "cut": cut.value, "share": share}
    _arrange(
        shelf,
        item_id,
        by,
        version,
        told,
        lambda known, name: known.parted(number, cut, share, name, most=most),
    )


def join_pages(shelf: Shelf, item_id: ItemId, number: int, by: Actor, *, version: int) -> None:
    """Make one page of this and the next. Raises what ``turn_page`` raises, NotOfOnePicture."""
    told: dict[str, Json] = {"act": "joined", "page": number}
    _arrange(shelf, item_id, by, version, told, lambda known, name: known.joined(number, name))


def move_page(shelf: Shelf, item_id: ItemId, number: int, to: int, by: Actor, *, version: int) -> None:
    """Have a page stand at another place. Raises what ``turn_page`` raises."""
    told: dict[str, Json] = {"act": "moved", "page": number, "to": to}
    _arrange(shelf, item_id, by, version, told, lambda known, name: known.moved(number, to, name))


def scan_again(
    shelf: Shelf,
    item_id: ItemId,
    number: int,
    path: Path,
    name: str,
    by: Actor,
    *,
    version: int,
    policy: IntakePolicy,
) -> None:
    """Have a page shown by another picture, which is kept as an original beside the others.

    Raises what ``turn_page`` raises, NotOnePage, and what ``ocr.inspect.inspect`` raises.
    """
    from ocr.inspect import inspect  # wanted where a file comes in, and nowhere else here

    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
        check_for_people(item)
        known = _arrangement(seen, item_id)
        home = known.home(number, item.accession)
        if known.version != version:
            raise ChangedMeanwhile(accession=item.accession)
    facts = inspect(path, name, policy)
    if facts.form not in _ONE_PAGE or facts.image_count != 1:
        raise NotOnePage(name=name)
    kept = keep_file(shelf, path, name, measure(path, name, limit=policy.max_file_bytes), 1)
    told: dict[str, Json] = {
        "act": "scanned_again",
        "page": number,
        "name": name,
        "sha256": kept.fixity.sha256,
        "instead_of": known.place(home).image,
    }

    def shown(changes: CatalogTransaction, before: Arrangement, accession: str) -> Arrangement:
        files = changes.scan(item_id).files
        image = max([before.images, *(file.image or 0 for file in files)]) + 1
        ordinal = max(file.ordinal for file in files) + 1
        changes.places.add_scan_file(item_id, replace(kept, ordinal=ordinal, form=facts.form, image=image))
        return before.shown_by(number, image, accession)

    _arrange_with(shelf, item_id, by, version, told, shown)


def undo_arranging(shelf: Shelf, item_id: ItemId, act: int, by: Actor) -> None:
    """Bring back the pages as they were before an act (the id of its event), whatever came after it.

    Raises NotForPeople, NotToBeUndone.
    """
    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
        found = seen.desk.events(item_id, actions=["arranged"], before=act + 1, limit=1)
        version = _arrangement(seen, item_id).version
    before = found[0].options.get("before") if found and found[0].id == act else None
    if not isinstance(before, str):
        raise NotToBeUndone(accession=item.accession)
    homes = of_spans(before)
    told: dict[str, Json] = {"undoes": act}
    _arrange(shelf, item_id, by, version, told, lambda known, name: known.as_before(homes, name))


def _arrangement(seen: CatalogTransaction, item_id: ItemId) -> Arrangement:
    known = seen.places.arrangement(item_id)
    return known or Arrangement.as_scanned(seen.item(item_id).counts.images or 0)


def _arrange(
    shelf: Shelf, item_id: ItemId, by: Actor, version: int, told: Mapping[str, Json], change: Change
) -> None:
    _arrange_with(shelf, item_id, by, version, told, lambda _, known, accession: change(known, accession))


def _arrange_with(
    shelf: Shelf,
    item_id: ItemId,
    by: Actor,
    version: int,
    told: Mapping[str, Json],
    change: Callable[[CatalogTransaction, Arrangement, str], Arrangement],
) -> None:
    """Say what the pages shall be, and that the flows have to bring it about; nothing where they are so."""
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        check_for_people(item)
        known = _arrangement(changes, item_id)
        if known.version != version:
            raise ChangedMeanwhile(accession=item.accession)
        new = change(changes, known, item.accession)
        if new.homes == known.homes:
            return
        changes.places.keep_arrangement(item_id, replace(new, version=version + 1))
        changes.complete_stage(item_id, Stage.READ, NEW_PLACES, now())
        changes.set_indexed(item_id, None)  # so that whoever looks for what is left behind sees it
        changes.note(event("arranged", by, item_id=item_id, options={**told, "before": spans(known.homes)}))
