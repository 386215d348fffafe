"""The letter that goes with what is returned to a unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.messages import Lang, explain
from domain.figures import Master
from domain.holdings import Item
from domain.ids import Accession, BatchId, ItemId
from domain.ports import Shelf
from flows.steps.refuse import REFUSED, cause
from portal.peopled import unit_names

MOST = 500  # files of one letter
ROOT_UNIT = "default"


@dataclass(frozen=True, slots=True)
class Returned:
    """One file that goes back."""

    name: str
    accession: Accession
    batch: BatchId
    cause: str  # what is wrong with it
    why: str  # what the unit is told besides


@dataclass(frozen=True, slots=True)
class Letter:
    to: str  # the unit's name
    by: str  # the unit of whoever writes
    day: dt.date
    batches: Sequence[BatchId]
    files: Sequence[Returned]
    more: int  # files that found no place: another letter


def letter_of(
    shelf: Shelf, unit: str, batch_id: BatchId | None, *, by: str, day: dt.date, lang: Lang
) -> Letter:
    """What was returned to the unit, of one batch or of all."""
    with shelf.catalog.view() as seen:
        units = frozenset({unit})
        items = seen.figures.quarantined(units, code=REFUSED, batch_id=batch_id, limit=MOST + 1)
        masters = seen.figures.masters([item.id for item in items[:MOST]])
        names = unit_names(seen)
    return Letter(
        to=names.get(unit, unit),
        by=names.get(by, by),
        day=day,
        batches=[*dict.fromkeys(item.batch_id for item in items[:MOST])],
        files=[_returned(item, masters, lang) for item in items[:MOST]],
        more=max(0, len(items) - MOST),
    )


def _returned(item: Item, masters: Mapping[ItemId, Master], lang: Lang) -> Returned:
    master, was = masters.get(item.id), cause(item)
    why = item.reason.fields.get("why") if item.reason else None
    return Returned(
        name=master.name if master else item.title,
        accession=item.accession,
        batch=item.batch_id,
        cause=explain(was, lang) if was else "",
        why=str(why or ""),
    )
