"""A served folder whose flows die, or kill their supervisor, at marks; and what must be true afterwards."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.environment import child_environment
from config.settings import Settings
from config.wiring import open_shelf
from domain.holdings import State
from domain.ids import ItemId
from tests.faults.killing import kill_environment
from tests.flows.serving import ROOT, UP

PAGES = 2


@contextmanager
def dying(
    settings: Settings, marks: Path, which: tuple[str, ...], victim: str, *, poison: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """A supervisor whose flows die, or kill it, at the marks that nobody has reached yet."""
    environment = kill_environment(marks, which, victim=victim, poison=poison)
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
