"""A record that people change, for the page and for the API alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from catalog.records import parse_field
from domain.errors import FieldNotValid
from domain.holdings import Item
from flows.steps.describing import check_for_people, edit_record
from portal.desk import by, check_change
from portal.visits import Visit


def check_changeable(visit: Visit, item: Item) -> None:
    """That the visitor may change the record now. Raises NotForPeople, NotAllowed."""
    check_for_people(item)
    check_change(visit, item)


def one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def keep_record(
    visit: Visit, item: Item, texts: Mapping[str, str], *, confirmed: Collection[str], version: str
) -> Mapping[str, FieldNotValid]:
    """Keep what was changed or confirmed; fields that stand as they were keep their source.

    ``version`` is the fingerprint of the record that the person saw. Says what is wrong, field by field;
    nothing is kept then. Raises NotForPeople, NotAllowed, FieldNotKnown, ChangedMeanwhile.
    """
    check_changeable(visit, item)
    with visit.shelf.catalog.view() as seen:
        known = seen.record(item.id)
    wrong: dict[str, FieldNotValid] = {}
    changed: dict[str, str] = {}
    for name, text in texts.items():
        try:
            value = parse_field(name, text)
        except FieldNotValid as error:
            wrong[name] = error
            continue
        held = known.fields.get(name)
        if value != (held.value if held else None) or (name in confirmed and held is not None):
            changed[name] = text
    if changed and not wrong:
        edit_record(visit.shelf, item.id, changed, by(visit, item), seen=version)
    return wrong
