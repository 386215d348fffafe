"""The table of allowed moves: the only place that says where an item may go from where it is."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import MoveNotAllowed
from domain.holdings import Item, State

ALLOWED: Mapping[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.READING, State.QUARANTINED}),
    State.READING: frozenset({State.READ, State.QUARANTINED, State.RECEIVED}),
    State.READ: frozenset({State.DESCRIBED, State.QUARANTINED, State.READING}),
    State.DESCRIBED: frozenset({State.APPROVED, State.QUARANTINED, State.READING}),
    State.APPROVED: frozenset({State.PUBLISHED, State.DESCRIBED, State.READING}),
    State.PUBLISHED: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset({State.APPROVED, State.READING}),
    State.QUARANTINED: frozenset({State.RECEIVED}),
}

SHOWN: frozenset[State] = frozenset({State.PUBLISHED, State.WITHDRAWN})
"""States that readers see: entering one makes a new revision, since the index has to follow."""


def check_move(item: Item, to: State) -> None:
    """Raises MoveNotAllowed unless ``to`` is where the item is already or may go next."""
    allowed = ALLOWED[item.state]
    if to is not item.state and to not in allowed:
        in_order = [state.value for state in State if state in allowed]
        raise MoveNotAllowed(accession=item.accession, state=item.state.value, to=to.value, allowed=in_order)
