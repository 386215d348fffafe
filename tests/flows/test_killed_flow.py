"""The flow's process, killed at every mark of a book's way, or by an item each time it is read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from config.settings import Settings
from config.wiring import open_shelf
from domain.holdings import State
from domain.ids import ItemId
from flows.steps.publish import retry
from flows.submit import submit
from tests.faults.killing import PAGE_MARKS, STAGE_MARKS, hit, reads
from tests.flows.dying import PAGES, assert_nothing_lost, dying, finished, original_of
from tests.flows.serving import await_line, process_of, receive, settings_in, state_of, until

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_flow_killed_at_every_mark_and_handed_in_again_loses_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "tủ sách")
    marks = tmp_path / "marks"
    which = PAGE_MARKS + STAGE_MARKS
    with dying(settings, marks, which, "self") as supervisor:
        await_line(supervisor, "runner.ready")
        (item_id,) = receive(settings, tmp_path / "in", PAGES)
        before = original_of(settings, item_id)
        while not finished(settings, item_id):
            deaths = len(hit(marks))
            _send_on_its_way(settings, item_id)
            until(lambda deaths=deaths: len(hit(marks)) > deaths or _rests(settings, item_id))
    assert hit(marks) == set(which)
    # Killed between reading and commit, one page was read again; all else was read once.
    assert sum(Counter(reads(marks)).values()) == PAGES + 1
    assert_nothing_lost(settings, item_id, before)


def _rests(settings: Settings, item_id: ItemId) -> bool:
    return finished(settings, item_id) or state_of(settings, item_id) == State.QUARANTINED


def _send_on_its_way(settings: Settings, item_id: ItemId) -> None:
    """As a person does: two deaths without a step in between have put the item in quarantine."""
    for run in submit(settings, [item_id]):
        until(lambda run=run: process_of(settings, run.id) is None)
    if state_of(settings, item_id) == State.QUARANTINED:
        with open_shelf(settings) as shelf:
            retry(shelf, item_id, settings.who)
        submit(settings, [item_id])


def test_an_item_that_kills_its_reader_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "tủ sách")
    with dying(settings, tmp_path / "marks", (), "self", poison=2) as supervisor:
        await_line(supervisor, "runner.ready")
        items = receive(settings, tmp_path / "in", 1, 2, 1)
        submit(settings, items)
        until(lambda: all(finished(settings, one) for one in (items[0], items[2])))
        until(lambda: state_of(settings, items[1]) == State.QUARANTINED)
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        item, history = seen.item(items[1]), seen.history(items[1])
    assert item.reason is not None
    assert (item.reason.code, item.reason.fields) == ("item.crashes", {"times": 2})
    assert [one.options["code"] for one in history if one.action == "crashed"] == [-9, -9]
