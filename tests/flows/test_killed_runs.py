"""The flow's process and the supervisor, killed at every mark of a book's way, through Prefect."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from config.environment import child_environment
from config.settings import Settings
from config.wiring import open_shelf
from domain.holdings import State
from domain.ids import ItemId
from flows.place import Place
from flows.submit import submit
from tests.faults.killing import PAGE_MARKS, STAGE_MARKS, hit, kill_environment, reads
from tests.flows.serving import ROOT, UP, await_line, processes_of, receive, settings_in, state_of, until

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(420)]

PAGES = 2


@contextmanager
def dying(
    settings: Settings, marks: Path, which: tuple[str, ...], victim: str
) -> Iterator[subprocess.Popen[str]]:
    """A supervisor whose flows die, or kill it, at the marks that nobody has reached yet."""
    environment = kill_environment(marks, which, victim=victim)
    told = {**child_environment(settings), **{name: environment[name] for name in _NEEDED}}
    process = subprocess.Popen(
        [sys.executable, "-c", UP], env=told, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        if process.stdout:
            process.stdout.close()


_NEEDED = ("KILLED_AT_MARKS", "PYTHONPATH")


def original_of(settings: Settings, item_id: ItemId) -> str:
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        (file,) = seen.scan(item_id).files
        with shelf.store.as_file(file.key) as path:
            return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_nothing_lost(settings: Settings, item_id: ItemId, before: str) -> None:
    assert original_of(settings, item_id) == before
    with open_shelf(settings) as shelf:
        with shelf.catalog.view() as seen:
            item = seen.item(item_id)
            assert [page.number for page in seen.pages(item_id)] == list(range(1, PAGES + 1))
        assert item.state is State.PUBLISHED
        held = [(one.item_id, one.revision, one.pages, one.published) for one in shelf.index.contents()]
        assert held == [(item_id, item.revision, PAGES, True)]


def finished(settings: Settings, item_id: ItemId) -> bool:
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        item = seen.item(item_id)
        return item.state is State.PUBLISHED and item.indexed_revision == item.revision


def test_a_flow_killed_at_every_mark_and_handed_in_again_loses_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "tủ sách")
    marks = tmp_path / "marks"
    which = PAGE_MARKS + STAGE_MARKS
    with dying(settings, marks, which, "self") as supervisor:
        await_line(supervisor, "runner.ready")
        (item_id,) = receive(settings, tmp_path / "in", PAGES)
        before = original_of(settings, item_id)
        for deaths in range(1, len(which) + 1):
            (run,) = submit(settings, [item_id])
            until(lambda deaths=deaths: len(hit(marks)) == deaths)
            until(lambda run=run: not _alive(run.id))
        submit(settings, [item_id])
        until(lambda: finished(settings, item_id))
    assert hit(marks) == set(which)
    # Killed between reading and commit, one page was read again; all else was read once.
    assert sum(Counter(reads(marks)).values()) == PAGES + 1
    assert_nothing_lost(settings, item_id, before)


def _alive(run_id: str) -> bool:
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT__FLOW_RUN_ID") == run_id:
                return process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, OSError):
            continue
    return False


def test_a_supervisor_killed_at_every_mark_and_begun_again_loses_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "tủ sách")
    marks = tmp_path / "marks"
    (item_id,) = receive(settings, tmp_path / "in", PAGES)
    before = original_of(settings, item_id)
    for deaths in range(1, len(STAGE_MARKS) + 1):
        with dying(settings, marks, STAGE_MARKS, str(Place.of(settings).state)) as supervisor:
            supervisor.wait(180)
        assert len(hit(marks)) == deaths
        until(lambda: not processes_of(settings))  # nothing outlives its supervisor
    with dying(settings, marks, STAGE_MARKS, str(Place.of(settings).state)) as supervisor:
        await_line(supervisor, "runner.ready")
        until(lambda: finished(settings, item_id))
    assert hit(marks) == set(STAGE_MARKS)
    assert Counter(reads(marks)) == Counter(dict.fromkeys(range(1, PAGES + 1), 1))
    assert state_of(settings, item_id) == "published"
    assert_nothing_lost(settings, item_id, before)
