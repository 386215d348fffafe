"""The tasks of a flow on a Dask cluster over TLS, and a worker of it killed in the middle of a book."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from config.environment import child_environment
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import SettingNotValid, UnknownScheme
from flows.api import api_auth, api_url
from flows.runners import task_runner, worker_died
from flows.steps.claims import dead
from flows.submit import submit
from flows.watch import wait
from tests.flows.serving import ROOT, free_port, pages_read, receive, runs_of, served, settings_in, until
from tests.indexing.front import authority

PAGES = 30


def settings_of(folder: Path, **told: str) -> Settings:
    embedded = settings_in(folder)
    return load_settings(**{**embedded.model_dump(exclude={"ocr", "intake"}), **told})


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"tasks_url": "ray://host:1"}, UnknownScheme),
        ({"tasks_url": "dask+tls://host"}, SettingNotValid),
        ({"tasks_url": "dask+tcp://dask.tinh.vn:8786"}, SettingNotValid),
        ({"tasks_url": "dask+tls://host:8786"}, SettingNotValid),
        ({"tasks_url": "dask+tls://host:8786", "tasks_ca": "/nowhere"}, SettingNotValid),
    ],
)
def test_a_cluster_that_anybody_could_use_or_that_has_no_address_is_refused(tmp_path, told, error):
    settings = settings_of(tmp_path, **told)
    with pytest.raises(error):
        task_runner(settings)


def test_a_task_whose_workers_died_is_told_from_one_that_failed():
    from distributed import KilledWorker

    assert worker_died(KilledWorker("read-pages", None, 3))
    assert not worker_died(RuntimeError("read-pages"))


@contextmanager
def scheduler(settings: Settings, logs: Path) -> Iterator[None]:
    port = settings.tasks_url.rpartition(":")[2]
    tls = ("--tls-ca-file", settings.tasks_ca, "--tls-cert", settings.tasks_cert)
    command = ["--host", "127.0.0.1", "--port", port, "--protocol", "tls", "--no-dashboard"]
    with running(
        ["distributed.cli.dask_scheduler", *command, *tls, "--tls-key", settings.tasks_key], settings, logs
    ):
        yield


@contextmanager
def running(module: list[str], settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            env=child_environment(settings),
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.mark.prefect
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_dask_worker_loses_nothing(tmp_path: Path) -> None:
    ca, own = authority(tmp_path)
    settings = settings_of(
        tmp_path / "kệ",
        tasks_url=f"dask+tls://127.0.0.1:{free_port()}",
        tasks_ca=str(ca),
        tasks_cert=str(own),
        tasks_key=str(own),
    )
    with ExitStack() as stack:
        stack.enter_context(scheduler(settings, tmp_path / "scheduler.log"))
        stack.enter_context(served(settings))
        elsewhere = settings.model_dump(exclude={"ocr", "intake"}) | {
            "runner_url": f"prefect+{api_url(settings)}",
            "runner_auth": api_auth(settings),
            "store_access_key": "",
            "store_secret_key": "",
            "catalog_password": "",
            "index_api_key": "",
        }
        machines = [
            stack.enter_context(
                running(
                    ["flows.dask_worker"],
                    load_settings(**{**elsewhere, "data_dir": tmp_path / f"machine {number}", "jobs": 1}),
                    tmp_path / f"machine-{number}.log",
                )
            )
            for number in range(2)
        ]
        [book, leaflet] = receive(settings, tmp_path / "sách", PAGES, 2)
        runs = submit(settings, [book, leaflet])
        until(lambda: len(pages_read(settings, book)) > 3)
        [nanny, _] = machines
        for worker in psutil.Process(nanny.pid).children():
            worker.kill()
        with open_shelf(settings) as shelf:
            ended = wait(settings, runs, shelf)
            with shelf.catalog.view() as seen:
                assert all(dead(one.holder) for one in seen.claims())
        assert {item.state for item in ended} == {"published"}
        assert pages_read(settings, book) == list(range(1, PAGES + 1))
        assert list(runs_of(settings, book).values()) == ["COMPLETED"]
