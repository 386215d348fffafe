"""An audit that nobody waits for: one at a time, seen by all, noted at its end."""

from __future__ import annotations

import time

import pytest

from config.settings import load_settings
from config.wiring import open_shelf
from domain.errors import AuditUnderWay, StoreUnavailable
from domain.values import Actor
from flows.auditing import run_audit, start_audit
from flows.steps.audit_turn import audit_turn, audit_under_way
from tests.faults.scans import draw_book
from tests.faults.walk import walk

BY = Actor("binh", "default")
PATIENCE = 60  # seconds


@pytest.fixture
def settings(tmp_path):
    return load_settings(data_dir=tmp_path / "kệ", actor="lan", unit="stp")


@pytest.fixture
def shelf(settings, tmp_path):
    with open_shelf(settings) as shelf:
        walk(shelf, settings, [draw_book(tmp_path / "in" / "Sổ tay.pdf", pages=1)])
        yield shelf


def last(shelf, action):
    with shelf.catalog.view() as seen:
        return seen.shelf_event(action)


def test_an_audit_in_a_process_of_its_own_is_noted_when_it_has_ended(settings, shelf):
    start_audit(settings, shelf, BY, mend=False)
    deadline = time.monotonic() + PATIENCE
    while (audited := last(shelf, "audited")) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert audited.actor == BY
    assert audited.options["findings"] == 0
    assert audited.options["files"] == len(list(shelf.store.keys("")))


def test_there_is_one_audit_at_a_time_and_all_see_how_far_it_is(settings, shelf):
    with audit_turn(shelf) as told:
        told(7)
        assert audit_under_way(shelf) is not None
        with pytest.raises(AuditUnderWay):
            start_audit(settings, shelf, BY, mend=False)
    assert audit_under_way(shelf) is None


def test_what_is_found_is_kept_by_name_and_put_right_where_asked(shelf):
    lost = next(key for key in shelf.store.keys("items/") if key.endswith("access.pdf"))
    shelf.store.delete(lost)
    run_audit(shelf, BY, mend=True)
    audited, mended = last(shelf, "audited"), last(shelf, "mended")
    assert [(one["key"], one["trouble"]) for one in audited.options["named"]] == [(lost, "missing")]
    assert (mended.options["to_make"], mended.options["left"]) == (1, 0)


def test_an_audit_that_cannot_go_on_says_why(shelf, monkeypatch):
    def away(_prefix):
        raise StoreUnavailable(detail="gone")

    monkeypatch.setattr(type(shelf.store), "keys", lambda _self, prefix: away(prefix))
    with pytest.raises(StoreUnavailable):
        run_audit(shelf, BY, mend=False)
    assert last(shelf, "audit_failed").options["code"] == "store.unavailable"
    assert audit_under_way(shelf) is None
