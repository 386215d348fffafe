"""What people decide of an item, for the pages and for the API alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from domain.desk import Assessment, Verdict
from domain.errors import FieldNotValid, MoveNotAllowed
from domain.holdings import Item, State
from domain.ids import ItemId
from domain.people import Verb
from domain.ports import Shelf
from domain.values import Actor
from flows.steps import publish, verdicts
from portal.desk import by
from portal.visits import Visit


class Decision(StrEnum):
    """What may be decided of an item; the value is a part of its address."""

    ASSESS = "danh-gia"
    APPROVE = "duyet"
    PUBLISH = "cong-bo"
    WITHDRAW = "rut"
    RETURN = "tra-lai"
    CLEAR = "cho-qua"


WHO: Mapping[Decision, Verb] = {
    Decision.ASSESS: Verb.UPDATE,
    Decision.APPROVE: Verb.MANAGE,
    Decision.PUBLISH: Verb.MANAGE,
    Decision.WITHDRAW: Verb.MANAGE,
    Decision.RETURN: Verb.ACCESS,
    Decision.CLEAR: Verb.MANAGE,
}
FROM: Mapping[Decision, frozenset[State]] = {
    Decision.ASSESS: publish.INDEXED_STATES,
    Decision.APPROVE: frozenset({State.DESCRIBED}),
    Decision.PUBLISH: frozenset({State.APPROVED, State.WITHDRAWN}),
    Decision.WITHDRAW: frozenset({State.PUBLISHED}),
    Decision.RETURN: frozenset({State.DESCRIBED, State.APPROVED}),
    Decision.CLEAR: frozenset({State.QUARANTINED, State.WITHDRAWN}),
}
EXPLAINED = frozenset({Decision.ASSESS, Decision.WITHDRAW, Decision.RETURN, Decision.CLEAR})
FOLLOWED = frozenset({Decision.PUBLISH, Decision.WITHDRAW, Decision.CLEAR})
"""After which the flows have something to do."""


_DECIDE: Mapping[Decision, Callable[[Shelf, ItemId, Actor, str, str | None], object]] = {
    Decision.APPROVE: lambda shelf, item_id, who, _, seen: publish.approve(shelf, item_id, who, seen=seen),
    Decision.PUBLISH: lambda shelf, item_id, who, _, seen: publish.let_out(shelf, item_id, who, seen=seen),
    Decision.WITHDRAW: lambda shelf, item_id, who, reason, _: publish.recall(shelf, item_id, who, reason),
    Decision.RETURN: lambda shelf, item_id, who, reason, _: publish.give_back(shelf, item_id, who, reason),
    Decision.CLEAR: lambda shelf, item_id, who, reason, _: publish.retry(
        shelf, item_id, who, cleared=True, because=verdicts.explained(reason)
    ),
}


def decide(
    visit: Visit,
    item: Item,
    decision: Decision,
    *,
    reason: str,
    verdict: Verdict | None,
    seen: str | None = None,
) -> None:
    """Take the decision, by a visitor who may. The index has to follow after those of ``FOLLOWED``.

    ``seen`` is the ``fingerprint`` of the record that the visitor saw; None: nobody says which.
    Raises MoveNotAllowed, DecisionError; FieldNotValid for an assessment without a verdict.
    """
    who = by(visit, item)
    if decision is not Decision.ASSESS:
        if item.state not in FROM[decision] or (decision is Decision.CLEAR and not _is_marked(visit, item)):
            raise MoveNotAllowed(accession=item.accession, state=item.state.value, to="", allowed=[])
        _DECIDE[decision](visit.shelf, item.id, who, reason, seen)
    elif verdict is None:
        raise FieldNotValid(field="verdict", value="", expected=", ".join(Verdict))
    else:
        verdicts.assess(visit.shelf, item.id, verdict, reason, who)


def _is_marked(visit: Visit, item: Item) -> bool:
    with visit.shelf.catalog.view() as seen:
        return verdicts.stopped_by_marking(seen, item)


def is_offered(
    visit: Visit, item: Item, decision: Decision, verdict: Assessment | None, *, marked: bool
) -> bool:
    """Whether the decision is offered; what stands in its way besides is said when it is taken.

    ``marked`` says that a secrecy marking stops the item.
    """
    if item.state not in FROM[decision] or not visit.may(WHO[decision], item.actor.unit):
        return False
    if decision is Decision.CLEAR:
        return marked
    if decision in (Decision.APPROVE, Decision.PUBLISH):
        return not marked and verdict is not None and verdict.verdict is Verdict.USABLE
    return True
