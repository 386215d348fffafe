"""What goes back to its unit stays here as a trace, with what is wrong and what the unit is told."""

from __future__ import annotations

import pytest

from config.messages import explain
from domain.errors import FieldNotValid, NotInQuarantine
from domain.holdings import State
from domain.values import Reason
from flows.steps.publish import retry
from flows.steps.refuse import LONGEST, REFUSED, cause, is_refused, refuse
from flows.steps.way import quarantine
from tests.catalog.holdings import add_some
from tests.flows.steps.conftest import BY

LOCKED = Reason("intake.encrypted_pdf", {"name": "a.pdf"})


@pytest.fixture
def stuck(shelf):
    [item_id] = add_some(shelf.catalog)
    assert quarantine(shelf, item_id, LOCKED, BY)
    return item_id


def test_a_returned_item_says_why_and_keeps_what_was_wrong(shelf, stuck):
    item = refuse(shelf, stuck, "  Bỏ mật khẩu\n rồi nộp lại. ", BY)
    assert (item.state, item.reason.code) == (State.QUARANTINED, REFUSED)
    assert "Bỏ mật khẩu rồi nộp lại." in explain(item.reason, "vi")
    assert is_refused(item)
    assert cause(item) == LOCKED


def test_returned_twice_it_still_knows_what_was_wrong_at_first(shelf, stuck):
    refuse(shelf, stuck, "Bỏ mật khẩu", BY)
    item = refuse(shelf, stuck, "Nộp bản khác", BY)
    assert cause(item) == LOCKED
    assert item.reason.fields["why"] == "Nộp bản khác"
    with shelf.catalog.view() as seen:
        told = [one.options["reason"]["code"] for one in seen.history(stuck) if one.action == "moved"]
    assert told == [LOCKED.code, REFUSED, REFUSED]


def test_a_returned_item_can_be_tried_again(shelf, stuck):
    refuse(shelf, stuck, "Bỏ mật khẩu", BY)
    assert retry(shelf, stuck, BY).state is State.RECEIVED


@pytest.mark.parametrize("why", ["", " \n", "x" * (LONGEST + 1)])
def test_a_unit_is_told_something_and_not_too_much(shelf, stuck, why):
    with pytest.raises(FieldNotValid):
        refuse(shelf, stuck, why, BY)


def test_only_what_is_in_quarantine_goes_back(shelf):
    [item_id] = add_some(shelf.catalog)
    with pytest.raises(NotInQuarantine):
        refuse(shelf, item_id, "Nộp lại", BY)
