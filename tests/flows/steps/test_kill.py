"""Killed at any mark and run again, a book ends as if nothing had happened."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from config.settings import load_settings
from config.wiring import open_shelf
from domain.holdings import State
from domain.ports import Criteria
from domain.queries import Query
from flows.steps.claims import dead
from tests.faults.killing import PAGE_MARKS, STAGE_MARKS, hit, kill_environment, reads
from tests.faults.scans import draw_book

PAGES = 4


@pytest.mark.slow
def test_a_walk_killed_at_every_mark_loses_nothing_and_reads_no_page_twice(tmp_path: Path) -> None:
    book = draw_book(tmp_path / "in" / "sách.pdf", pages=PAGES)
    before = hashlib.sha256(book.read_bytes()).hexdigest()
    marks = PAGE_MARKS + STAGE_MARKS
    folder = tmp_path / "marks"
    environment = kill_environment(folder, marks) | {"TUSACH_DATA_DIR": str(tmp_path / "data dir")}
    deaths = 0
    for _ in range(len(marks) + 1):
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.walk", str(book)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        deaths += 1
    assert hit(folder) == set(marks)
    assert deaths == len(marks)

    read = Counter(reads(folder))
    assert set(read) == set(range(1, PAGES + 1))
    # One page was read and killed before its commit; every other page was read once.
    assert sum(read.values()) == PAGES + 1

    with open_shelf(load_settings(data_dir=tmp_path / "data dir")) as shelf:
        with shelf.catalog.view() as seen:
            items = seen.find_items(Criteria(), after=None, limit=10).items
            assert [item.state for item in items] == [State.PUBLISHED]
            item = items[0]
            assert [page.number for page in seen.pages(item.id)] == list(range(1, PAGES + 1))
            scan = seen.scan(item.id)
            # Whoever died last had nothing left to do; nobody has had a reason to take its claim away.
            assert all(dead(claim.holder) for claim in seen.claims())
        with shelf.store.as_file(scan.files[0].key) as original:
            assert hashlib.sha256(original.read_bytes()).hexdigest() == before
        held = list(shelf.index.contents())
        assert [(one.item_id, one.revision, one.pages) for one in held] == [(item.id, item.revision, PAGES)]
        assert shelf.index.search(Query("hòa giải ở cơ sở")).total == 1
