"""Whether an item is still of use, and what has to be so before somebody approves it."""

from __future__ import annotations

from catalog.records import fingerprint, tidy
from domain.desk import Assessment, Verdict
from domain.errors import (
    ChangedMeanwhile,
    FourEyes,
    MarkingStands,
    ReasonMissing,
    VerdictAgainst,
    VerdictMissing,
)
from domain.holdings import Item, State
from domain.ids import ItemId
from domain.people import day_of, upwards
from domain.ports import CatalogTransaction, Shelf
from domain.values import Actor, Reason
from flows.steps.pending import is_marking
from flows.steps.work import event, now

LONGEST_REASON = 1_000  # characters; what is longer is cut
_CHANGES = ("edited", "arranged")  # words that the engine misread need no second person


def assess(shelf: Shelf, item_id: ItemId, verdict: Verdict, reason: str, by: Actor) -> Assessment:
    """A person says whether the item is still of use, and why. Raises ReasonMissing."""
    given = Assessment(verdict, by, now(), Reason("assessment.said", {"reason": explained(reason)}))
    with shelf.catalog.begin() as changes:
        _keep(changes, item_id, given)
    return given


def reopen(shelf: Shelf, item_id: ItemId, reason: Reason, by: Actor) -> bool:
    """Have the item looked at again, since something has happened (a law that it cites was repealed).

    False where nobody has judged it yet, or it waits to be looked at already. What is published stays so,
    and readers are told.
    """
    with shelf.catalog.begin() as changes:
        given = changes.desk.assessments(item_id)
        if not given or given[-1].verdict is Verdict.REVIEW:
            return False
        _keep(changes, item_id, Assessment(Verdict.REVIEW, by, now(), reason))
        return True


def _keep(changes: CatalogTransaction, item_id: ItemId, given: Assessment) -> None:
    changes.desk.assess(item_id, given)
    told = {"verdict": given.verdict.value, "code": given.reason.code, "fields": dict(given.reason.fields)}
    changes.note(event("assessed", given.assessor, item_id=item_id, options=told))


def explained(reason: str) -> str:
    """A reason as it is kept: one line, bounded. Raises ReasonMissing."""
    told = tidy(reason, LONGEST_REASON)
    if not any(char.isalnum() for char in told):
        raise ReasonMissing
    return told


def check_verdict(changes: CatalogTransaction, item: Item) -> Assessment:
    """The verdict in force, which has to say that the item is of use.

    Raises VerdictMissing, VerdictAgainst.
    """
    given = changes.desk.assessments(item.id)
    if not given:
        raise VerdictMissing(accession=item.accession)
    if given[-1].verdict is not Verdict.USABLE:
        raise VerdictAgainst(accession=item.accession)
    return given[-1]


def check_approval(changes: CatalogTransaction, item: Item, by: Actor, seen: str | None) -> None:
    """That this person may approve the item now; ``seen`` is the ``fingerprint`` of the record they saw.

    Where the unit asks for four eyes it is neither who last changed the record or the pages that the item
    consists of, nor who gave the verdict.
    Raises ChangedMeanwhile, MarkingStands, VerdictMissing, VerdictAgainst, FourEyes.
    """
    if seen is not None and seen != fingerprint(changes.record(item.id)):
        raise ChangedMeanwhile(accession=item.accession)
    if stopped_by_marking(changes, item):
        raise MarkingStands(accession=item.accession)
    verdict = check_verdict(changes, item)
    if not asks_for_four_eyes(changes, item.actor.unit):
        return
    last = [
        act.actor.name for kind in _CHANGES for act in changes.desk.events(item.id, actions=[kind], limit=1)
    ]
    if by.name in {verdict.assessor.name, *last}:
        raise FourEyes(accession=item.accession, name=by.name)


def stopped_by_marking(seen: CatalogTransaction, item: Item) -> bool:
    """Whether a secrecy marking stopped the item or took it from readers, and nobody let it pass."""
    if not is_marking(item.reason):
        return False
    if item.state is State.WITHDRAWN:
        return not seen.desk.events(item.id, actions=["cleared"], limit=1)
    return item.state is State.QUARANTINED


def asks_for_four_eyes(seen: CatalogTransaction, unit: str) -> bool:
    """Whether this unit, or one above it, asks that approving takes a second person."""
    asking = seen.desk.asking_four_eyes()
    return bool(asking) and any(
        above in asking for above in upwards(unit, seen.people.parents(day_of(now())))
    )
