"""What readers are told of the verdict on an item."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from config.messages import Lang, explain
from domain.desk import Assessment, Verdict
from domain.ids import ItemId
from domain.ports import CatalogTransaction


@dataclass(frozen=True, slots=True)
class PublicVerdict:
    """The verdict in force."""

    code: str  # usable · unusable · review
    at: dt.datetime
    reason: str
    name: str  # of the assessor, as they are called; the login of one who has no account any more


def warning(seen: CatalogTransaction, item_id: ItemId) -> Assessment | None:
    """The verdict in force where readers have to be warned of it."""
    given = seen.desk.verdicts([item_id]).get(item_id)
    return None if given is None or given.verdict is Verdict.USABLE else given


def public_verdict(seen: CatalogTransaction, item_id: ItemId, lang: Lang) -> PublicVerdict | None:
    """None where nobody has judged the item."""
    given = seen.desk.verdicts([item_id]).get(item_id)
    if given is None:
        return None
    person = seen.people.person_of_login(given.assessor.name)
    name = person.name if person else given.assessor.name
    return PublicVerdict(given.verdict.value, given.at, explain(given.reason, lang), name)
