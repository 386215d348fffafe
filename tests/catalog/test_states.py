from __future__ import annotations

import pytest

from catalog.states import ALLOWED, SHOWN, check_move
from domain.errors import MoveNotAllowed
from domain.holdings import State
from tests.catalog.holdings import a_batch, an_item

WRITTEN_DOWN = """
    received     → reading quarantined
    reading      → read quarantined received
    read         → described quarantined reading
    described    → approved quarantined reading
    approved     → published described reading
    published    → withdrawn
    withdrawn    → approved reading
    quarantined  → received
"""


def test_the_moves_are_those_we_wrote_down():
    rows = (line.split("→") for line in WRITTEN_DOWN.strip().splitlines())
    written = {State(start.strip()): {State(to) for to in ends.split()} for start, ends in rows}
    assert written == ALLOWED


@pytest.mark.parametrize("start", State)
@pytest.mark.parametrize("to", State)
def test_a_move_is_refused_unless_allowed_and_the_refusal_says_what_is(start, to):
    item = an_item(a_batch(), "TSPL-VN-2026-000001", state=start)
    if to is start or to in ALLOWED[start]:
        check_move(item, to)
        return
    with pytest.raises(MoveNotAllowed) as caught:
        check_move(item, to)
    assert caught.value.fields == {
        "accession": "TSPL-VN-2026-000001",
        "state": start.value,
        "to": to.value,
        "allowed": [state.value for state in State if state in ALLOWED[start]],
    }


def test_every_state_can_be_reached_and_left():
    reached = frozenset().union(*ALLOWED.values())
    assert reached == set(State) == set(ALLOWED)
    assert all(ALLOWED.values())


def test_readers_see_no_item_before_someone_approved_it():
    assert {start for start, ends in ALLOWED.items() if State.PUBLISHED in ends} == {State.APPROVED}
    assert {State.PUBLISHED, State.WITHDRAWN} == SHOWN
