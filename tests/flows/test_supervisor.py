"""What is told before anything is started, and what starting costs those who only hand in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import psutil
import pytest

from config.settings import load_settings
from domain.errors import AlreadyRunning, PortTaken, ServerNotReady, StoreFull
from flows import children, supervisor
from flows.api import open_api
from flows.children import MARK, Child, leftovers
from flows.health import HealthServer, Standing
from flows.locks import held
from flows.place import Place
from flows.supervisor import running, up
from tests.flows.serving import ask, settings_in, until


def silent(_reason):
    """Nobody listens."""


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path / "kệ sách")


@pytest.mark.parametrize(
    ("field", "setting"),
    [
        ("prefect_port", "TUSACH_PREFECT_PORT"),
        ("health_port", "TUSACH_HEALTH_PORT"),
        ("portal_port", "TUSACH_PORTAL_PORT"),
    ],
)
def test_an_occupied_port_is_told_with_its_setting(settings, field, setting):
    port = getattr(settings, field)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(PortTaken) as told:
            up(settings, silent)
    assert told.value.fields == {"port": port, "setting": setting}
    assert not Place.of(settings).log("server").exists()


def test_a_full_disk_is_told(settings, monkeypatch):
    monkeypatch.setattr(supervisor, "NEEDED", 2**62)
    with pytest.raises(StoreFull):
        up(settings, silent)
    with pytest.raises(StoreFull), running(settings, silent):
        pass


def test_a_folder_that_somebody_is_just_starting_is_refused(settings):
    place = Place.of(settings)
    place.prepare()
    with held(place.lock), pytest.raises(AlreadyRunning) as told:
        up(settings, silent)
    assert told.value.fields["pid"] is None


def test_a_server_that_does_not_answer_is_told_with_its_log(settings):
    Place.of(settings).prepare()
    with open_api(settings) as api:
        assert not api.healthy()
        with pytest.raises(ServerNotReady) as told:
            api.runs()
    assert told.value.fields["log"] == str(Place.of(settings).log("server"))


def test_a_server_elsewhere_needs_none_here(tmp_path):
    settings = load_settings(data_dir=tmp_path, runner_url="prefect+http://prefect.example:4200/api")
    with running(settings, silent):
        assert not (tmp_path / "prefect").exists()
    with open_api(settings) as api:
        assert api.url == "http://prefect.example:4200/api"


def test_those_who_hand_in_runs_never_import_prefect():
    said = "import sys, flows.submit, flows.watch, flows.supervisor; print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_an_earlier_supervisor_left_is_found_by_its_mark(settings):
    Place.of(settings).prepare()
    told = {**os.environ, MARK: "1", "TUSACH_DATA_DIR": str(settings.data_dir)}
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], env=told, stdin=subprocess.PIPE)
    try:
        assert [process.pid for process in leftovers(settings.data_dir)] == [sleeper.pid]
    finally:
        sleeper.kill()
        sleeper.communicate()


def test_a_child_that_dies_at_once_is_given_up_after_some_tries(tmp_path):
    child = Child(
        "server", [sys.executable, "-c", "raise SystemExit('no')"], dict(os.environ), tmp_path / "a.log"
    )
    for _ in range(6):
        child.start()
        until(lambda: not child.alive)
    assert child.hopeless
    assert not child.restart_due()
    assert (tmp_path / "a.log").read_text().split() == ["no"] * 6


def test_a_stopped_child_takes_its_children_with_it(tmp_path):
    said = "import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); p.wait()"
    child = Child("worker", [sys.executable, "-c", said], dict(os.environ), tmp_path / "a.log")
    child.start()
    while not (text := (tmp_path / "a.log").read_text()):
        assert child.alive
    child.stop(10)
    assert not psutil.pid_exists(int(text))


def test_health_is_degraded_where_the_server_does_not_answer(settings):
    Place.of(settings).prepare()
    standing = Standing(alive={"server": False}, restarts={"server": 2}, server_answers=False)
    with HealthServer(settings, lambda: standing):
        answer = ask(settings, "/health")
        metrics = ask(settings, "/metrics").text
    assert answer.status_code == 503
    assert answer.json()["status"] == "degraded"
    assert answer.json()["runs"] == {"waiting": None, "running": None}
    assert answer.json()["answers"] == {"catalog": True, "store": True, "index": True}
    assert 'tusach_process_restarts_total{process="server"} 2' in metrics
    assert "tusach_runs{" not in metrics
    assert 'tusach_items{state="received"} 0' in metrics


def test_a_log_that_has_grown_is_put_aside_while_its_process_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "LOG_BYTES", 1_000)
    script = "import sys\nfor line in sys.stdin: print(line.strip() * 50, flush=True)"
    said = tmp_path / "said"
    os.mkfifo(said)
    command = ["bash", "-c", f'exec "{sys.executable}" -c "$0" < "$1"', script, str(said)]
    child = Child("thợ", command, os.environ, tmp_path / "thợ.log")
    child.start()
    try:
        with said.open("w") as pen:
            print("một" * 10, file=pen, flush=True)
            until(lambda: child.log.stat().st_size > 1_000)
            child.put_log_aside()
            assert child.log.stat().st_size == 0
            print("hai", file=pen, flush=True)
            until(lambda: "hai" in child.log.read_text("utf-8"))
            assert "một" not in child.log.read_text("utf-8")
            assert "một" in (tmp_path / "thợ.old.log").read_text("utf-8")
            child.put_log_aside()
            assert "hai" in child.log.read_text("utf-8")
    finally:
        child.stop(5)
