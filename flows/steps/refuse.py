"""Returning to its unit what nobody here can put right: the item stays, marked with what the unit is told."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from domain.errors import FieldNotValid, NotInQuarantine
from domain.holdings import Item, State
from domain.ids import ItemId
from domain.ports import Shelf
from domain.values import Actor, Json, Reason
from flows.steps.work import now

REFUSED = "item.refused"
LONGEST = 500  # characters of what the unit is told


def refuse(shelf: Shelf, item_id: ItemId, why: str, by: Actor) -> Item:
    """Mark an item in quarantine as returned; what was wrong with it stays beside it.

    Nothing is deleted, and ``retry`` sends it on its way again as before. Raises NotInQuarantine,
    FieldNotValid for a ``why`` that is empty or too long.
    """
    said = " ".join(unicodedata.normalize("NFC", why).split())
    if not 0 < len(said) <= LONGEST:
        raise FieldNotValid(field="why", value=said[:80], expected=f"1–{LONGEST}")
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if item.state is not State.QUARANTINED:
            raise NotInQuarantine(accession=item.accession, state=item.state.value)
        was = cause(item)
        told: Json = {"code": was.code, "fields": dict(was.fields)} if was else None
        reason = Reason(REFUSED, {"why": said, "was": told})
        return changes.move(item_id, State.QUARANTINED, actor=by, at=now(), reason=reason)


def is_refused(item: Item) -> bool:
    return item.reason is not None and item.reason.code == REFUSED


def cause(item: Item) -> Reason | None:
    """What was wrong with it, before it was returned too."""
    reason = item.reason
    if reason is None or reason.code != REFUSED:
        return reason
    was = reason.fields.get("was")
    if not isinstance(was, Mapping):
        return None
    fields = was.get("fields")
    return Reason(str(was.get("code")), fields if isinstance(fields, Mapping) else {})
