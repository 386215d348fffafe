"""What is taken up again, when, and what is not; on a real server that takes up nothing by itself."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest

from config.settings import load_settings
from config.wiring import open_shelf
from domain.holdings import Lease, State
from flows.api import open_api
from flows.deployments import deployment_of
from flows.orders import BOOK
from flows.reconcile import FAILURES, Reconciled, reconcile
from flows.runs import Mark, Phase, cancel_waiting, find_runs
from flows.steps.publish import retry
from flows.steps.work import event
from flows.submit import submit
from flows.supervisor import running
from flows.turns import unit_tag
from tests.flows.serving import free_port, receive, runs_of, settings_in, state_of, until

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

ONE, NONE = Reconciled(taken_up=1), Reconciled()


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = settings_in(tmp_path_factory.mktemp("dò") / "kệ sách")
    with running(settings, lambda _: None):
        yield settings


@pytest.fixture
def left(settings, tmp_path):
    """An item that failed once and that nobody is at, gone from the way when the test ends."""
    [item_id] = receive(settings, tmp_path / uuid4().hex[:12], 1)
    _note_failures(settings, item_id, 1)
    yield item_id
    if state_of(settings, item_id) != State.PUBLISHED:
        submit(settings, [item_id])
        until(lambda: state_of(settings, item_id) in (State.PUBLISHED, State.QUARANTINED))


def _note_failures(settings, item_id, times, code="store.unavailable"):
    with open_shelf(settings) as shelf, shelf.catalog.begin() as changes:
        for _ in range(times):
            told = {"code": code, "fields": {"detail": "no route"}}
            changes.note(event("failed", settings.who, item_id=item_id, options=told))


def look(settings) -> Reconciled:
    with open_shelf(settings) as shelf, open_api(settings) as api:
        return reconcile(settings, shelf, api)


def test_what_nobody_is_at_is_handed_in_and_finished(settings, left):
    assert look(settings) == ONE
    assert look(settings) == NONE  # it is on its way
    until(lambda: state_of(settings, left) == State.PUBLISHED)
    assert look(settings) == NONE


def test_what_has_just_come_in_is_left_to_who_brought_it(settings, tmp_path):
    [item_id] = receive(settings, tmp_path / "mới", 1)
    assert look(settings) == NONE
    submit(settings, [item_id])
    until(lambda: state_of(settings, item_id) == State.PUBLISHED)


def test_nothing_is_handed_in_while_the_store_is_away(settings, left):
    address = f"s3+http://127.0.0.1:{free_port()}/shelf"
    away = load_settings(**settings.model_dump(exclude={"ocr", "intake"}) | {"store_url": address})
    found = look(away)
    assert "store.unavailable" in found.away
    assert found.taken_up == 0
    assert runs_of(settings, left) == {}
    assert look(settings) == ONE


def test_one_reconciles_at_a_time(settings, left):
    now = dt.datetime.now(dt.UTC)
    with open_shelf(settings) as shelf:
        with shelf.catalog.begin() as changes:
            elsewhere = Lease("reconciler", "elsewhere/boot/1/1.00", now + dt.timedelta(seconds=60))
            assert changes.lease(elsewhere, now=now, dead=lambda _: False)
        assert look(settings) == NONE
        with shelf.catalog.begin() as changes:
            changes.end_lease("reconciler", elsewhere.holder)
    assert look(settings) == ONE


def _tomorrow(settings, api, item_id):
    """A run of the item that is due in a day."""
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        accession = seen.item(item_id).accession
    return api.create_run(
        deployment_of(api, BOOK),
        name="một lượt",
        key=accession,
        tags=[accession],
        parameters={"item_id": item_id, "order": {"actor": "lan", "unit": "stp"}},
        due=api.said_at + dt.timedelta(days=1),
    )


@pytest.mark.parametrize("state", ["CANCELLED", "FAILED"])
def test_what_a_person_cancelled_stays_and_what_failed_waits(settings, left, state):
    with open_api(settings) as api:
        run = _tomorrow(settings, api, left)
        api.call("POST", f"/flow_runs/{run.id}/set_state", {"state": {"type": state}, "force": True})
    assert look(settings) == NONE
    with open_shelf(settings) as shelf:
        retry(shelf, left, settings.who)
    submit(settings, [left])
    until(lambda: state_of(settings, left) == State.PUBLISHED)


def test_what_was_cancelled_and_sent_again_goes_on_though_prefect_did_not_hear_of_it(settings, left):
    with open_api(settings) as api:
        run = _tomorrow(settings, api, left)
        cancel_waiting(api, run.id)
    assert look(settings) == NONE
    with open_shelf(settings) as shelf:
        retry(shelf, left, settings.who)
    assert look(settings) == ONE
    until(lambda: state_of(settings, left) == State.PUBLISHED)


def test_what_fails_again_and_again_is_set_aside_with_its_true_reason(settings, left):
    _note_failures(settings, left, FAILURES - 1, "ocr.engine_crashed")
    assert look(settings) == Reconciled(given_up=1)
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        item = seen.item(left)
    assert item.state is State.QUARANTINED
    assert item.reason is not None
    assert (item.reason.code, item.reason.fields) == ("ocr.engine_crashed", {"detail": "no route"})


def test_a_list_of_runs_is_walked_without_gaps_while_it_grows(settings):
    unit = f"đơn vị {uuid4().hex[:8]}"
    with open_api(settings) as api:
        deployment = deployment_of(api, BOOK)
        later = api.said_at + dt.timedelta(days=1)

        def make(due: dt.datetime) -> str:
            run = api.create_run(
                deployment,
                name="một lượt",
                key=uuid4().hex,
                tags=[unit_tag(unit)],
                parameters={"item_id": "không có", "order": {"actor": "lan", "unit": unit}},
                due=due,
            )
            return run.id

        made = [make(later + dt.timedelta(seconds=at)) for at in (0, 1, 1, 1, 1, 1, 2)]  # as seven units do
        try:
            seen, after = [], None
            while found := find_runs(api, Phase.WAITING, {unit}, after=after, limit=2):
                assert len(found) == 2 or len(seen) == 6
                seen += [run.id for run in found]
                after = Mark.read(str(Mark.of(found[-1])))
                made.append(make(later + dt.timedelta(days=1)))  # comes before those that were seen
        finally:
            for run_id in made:
                cancel_waiting(api, run_id)
    assert len(seen) == 7
    assert set(seen) == set(made[:7])
    assert (seen[0], seen[-1]) == (made[6], made[0])
    assert find_runs(api, None, set(), limit=2) == []
