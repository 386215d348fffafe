"""What a served data folder promises, with the real server from the lock in a clean environment."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import httpx
import psutil
import pytest

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import AlreadyRunning
from domain.options import OcrOptions
from flows.api import api_url, open_api
from flows.place import Place
from flows.submit import submit
from flows.supervisor import running, up
from flows.watch import wait
from tests.flows.serving import (
    ask,
    await_line,
    begin,
    pages_read,
    process_of,
    processes_of,
    receive,
    runs_of,
    served,
    settings_in,
    state_of,
    until,
)

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = settings_in(tmp_path_factory.mktemp("phục vụ") / "kệ sách")
    with served(settings):
        yield settings


def test_nobody_gets_in_without_the_password(settings):
    for auth in (None, ("tusach", "wrong")):
        answer = httpx.get(f"{api_url(settings)}/version", auth=auth, trust_env=False)
        assert answer.status_code == 401


def test_the_password_is_readable_by_its_owner_only(settings):
    place = Place.of(settings)
    assert stat.S_IMODE((place.home / "auth").stat().st_mode) == 0o600
    assert stat.S_IMODE(place.home.stat().st_mode) == 0o700


def test_everything_listens_on_loopback_only(settings):
    listening = [
        connection.laddr.ip
        for process in processes_of(settings)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_a_second_server_for_the_same_folder_is_refused_and_told_of_the_first(settings):
    with pytest.raises(AlreadyRunning) as refused:
        up(settings, lambda _: None)
    serving = Place.of(settings).serving()
    assert serving is not None
    assert refused.value.fields == {"pid": serving.pid, "data_dir": str(settings.data_dir)}


def test_a_book_is_one_run_with_few_tasks_and_readable_names(settings, tmp_path):
    [item_id] = receive(settings, tmp_path / "một", 14)
    said = []
    with open_shelf(settings) as shelf:
        runs = submit(settings, [item_id])
        assert submit(settings, [item_id]) == runs
        [item] = wait(settings, runs, shelf, said.append)
    assert item.state == "published"
    assert pages_read(settings, item_id) == list(range(1, 15))
    assert said[-1].read == said[-1].total == 14
    with open_api(settings) as api:
        [run] = api.runs(ids=[runs[0].id])
        tasks = until(lambda: _tasks(api, run.id) if len(_tasks(api, run.id)) == 8 else [])
        [artifact] = api.call("POST", "/artifacts/filter", {"flow_runs": {"id": {"any_": [run.id]}}})
        logs = until(lambda: api.call("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [run.id]}}}))
    assert run.type == "COMPLETED"
    assert run.name.startswith(f"{item.accession} · ")
    assert set(run.tags) >= {item.accession, f"batch:{item.batch_id}", "unit:stp"}
    assert {f"{item.accession} · 1–10", f"{item.accession} · derive"} <= {task["name"] for task in tasks}
    assert artifact["data"] == 100.0
    assert "14/14" in artifact["description"]
    assert any(item.accession in line["message"] and item.title in line["message"] for line in logs)


def _tasks(api, run_id):
    return api.call("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})


def test_short_items_share_a_run(settings, tmp_path):
    items = receive(settings, tmp_path / "tờ gấp", 2, 2, 1)
    with open_shelf(settings) as shelf:
        [run] = submit(settings, items)
        ended = wait(settings, [run], shelf)
    assert {item.state for item in ended} == {"published"}
    assert run.item_ids == tuple(items)


def test_leaflets_and_other_units_do_not_wait_behind_one_units_books(settings, tmp_path):
    commune = load_settings(**settings.model_dump(exclude={"ocr", "intake"}) | {"unit": "xã"})
    books = receive(settings, tmp_path / "tỉnh", *[12] * 6)
    submit(settings, books)
    until(lambda: pages_read(settings, books[0]))
    late = [
        *(submit(commune, receive(commune, tmp_path / "xã", 9))),
        *(submit(settings, receive(settings, tmp_path / "tờ rơi", 2))),
    ]
    with open_shelf(settings) as shelf:
        [book, leaflet] = wait(settings, late, shelf)
    assert (book.actor.unit, book.state, leaflet.state) == ("xã", "published", "published")
    assert sum(state_of(settings, item_id) != "published" for item_id in books) >= 2
    until(lambda: all(state_of(settings, item_id) == "published" for item_id in books))


def test_an_item_that_a_person_has_to_see_ends_its_run_as_quarantined(settings, tmp_path):
    [item_id] = receive(settings, tmp_path / "hỏng", 12, options=OcrOptions(languages=("xyz",)))
    with open_shelf(settings) as shelf:
        [item] = wait(settings, submit(settings, [item_id]), shelf)
    assert item.state == "quarantined"
    assert item.reason.code == "ocr.language_missing"
    assert set(runs_of(settings, item_id).values()) == {"COMPLETED"}


def test_health_and_metrics_tell_how_things_are(settings):
    health = until(lambda: answer if (answer := ask(settings, "/health")).status_code == 200 else None).json()
    assert health["status"] == "ok"
    assert health["processes"]["server"]["alive"]
    assert health["processes"]["worker"]["alive"]
    assert set(health["items"]) == {
        *("received", "reading", "read", "described", "approved", "published", "withdrawn", "quarantined")
    }
    metrics = ask(settings, "/metrics").text
    assert 'tusach_items{state="published"}' in metrics
    assert 'tusach_process_up{process="worker"} 1' in metrics
    assert ask(settings, "/").status_code == 404


def test_a_killed_flow_is_crashed_and_its_book_goes_on_in_a_new_run(settings, tmp_path):
    [item_id] = receive(settings, tmp_path / "bị giết", 24)
    [run] = submit(settings, [item_id])
    until(lambda: pages_read(settings, item_id))
    process_of(settings, run.id).kill()
    with open_shelf(settings) as shelf:
        [item] = wait(settings, [run], shelf)
    assert item.state == "published"
    assert pages_read(settings, item_id) == list(range(1, 25))
    types = runs_of(settings, item_id)
    assert types.pop(run.id) == "CRASHED"
    assert list(types.values()) == ["COMPLETED"]


def test_a_killed_worker_is_started_again_and_its_book_goes_on(settings, tmp_path):
    [item_id] = receive(settings, tmp_path / "thợ", 24)
    [run] = submit(settings, [item_id])
    until(lambda: pages_read(settings, item_id))
    _child(settings, "flows.worker").kill()
    with open_shelf(settings) as shelf:
        [item] = wait(settings, [run], shelf)
    assert item.state == "published"
    assert pages_read(settings, item_id) == list(range(1, 25))


def test_a_killed_server_is_started_again_and_the_book_goes_on(settings, tmp_path):
    [item_id] = receive(settings, tmp_path / "máy chủ", 20)
    [run] = submit(settings, [item_id])
    until(lambda: pages_read(settings, item_id))
    _child(settings, "flows.api_server").kill()
    with open_shelf(settings) as shelf:
        [item] = wait(settings, [run], shelf)
    assert item.state == "published"


def _child(settings: Settings, module: str) -> psutil.Process:
    """The supervisor's child that runs the module; the worker's own children show its arguments."""
    supervisor = Place.of(settings).serving().pid
    [child] = [
        process
        for process in processes_of(settings)
        if process.ppid() == supervisor and module in process.cmdline()
    ]
    return child


def test_a_command_joins_the_server_that_is_there(settings):
    said = []
    with running(settings, said.append):
        assert Place.of(settings).serving().pid != os.getpid()
    assert [reason.code for reason in said] == ["runner.joining"]


def test_killed_stopped_and_begun_again_a_folder_finishes_its_books(tmp_path: Path):
    settings = settings_in(tmp_path / "kệ sách")
    items = receive(settings, tmp_path / "nguồn", 24, 2)
    supervisor = begin(settings)
    await_line(supervisor, "runner.ready")
    until(lambda: pages_read(settings, items[0]))
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    with served(settings) as again:
        until(lambda: {state_of(settings, item) for item in items} == {"published"})
        assert pages_read(settings, items[0]) == list(range(1, 25))
        with open_api(settings) as api:
            until(lambda: not api.runs(types=["RUNNING", "PENDING", "SCHEDULED"]))
        [more] = receive(settings, tmp_path / "nguồn 2", 14)
        [run] = submit(settings, [more])
        until(lambda: pages_read(settings, more))
        again.send_signal(signal.SIGTERM)
        assert again.wait(60) == 0
        assert processes_of(settings) == []
    with running(settings, lambda _: None), open_shelf(settings) as shelf:
        [item] = wait(settings, submit(settings, [more]), shelf)
        assert item.state == "published"
        assert runs_of(settings, more)[run.id] == "CRASHED"
    assert processes_of(settings) == []
    assert Place.of(settings).serving() is None


def test_the_portal_is_served_beside_the_work_and_started_again_when_it_dies(settings):
    def portal() -> psutil.Process | None:
        return next((one for one in processes_of(settings) if "portal" in one.cmdline()), None)

    def front() -> int:
        try:
            address = f"http://127.0.0.1:{settings.portal_port}/"
            return httpx.get(address, timeout=30, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    until(lambda: front() == httpx.codes.OK)
    first = until(portal)
    first.kill()
    until(lambda: (second := portal()) is not None and second.pid != first.pid)
    until(lambda: front() == httpx.codes.OK)


def test_books_are_read_though_the_portal_cannot_be_served(tmp_path):
    nowhere = {"portal_host": "203.0.113.1"}  # of nobody's (RFC 5737), so that no socket can be bound to it
    settings = settings_in(tmp_path / "kệ sách").model_copy(update=nowhere)
    [book] = receive(settings, tmp_path / "in", 1)
    with served(settings) as process:
        await_line(process, "runner.no_portal")
        until(lambda: state_of(settings, book) == "published")
        assert ask(settings, "/health").json()["processes"]["portal"]["alive"] is False
