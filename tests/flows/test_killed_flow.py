"""The flow's process, killed at every mark of a book's way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flows.submit import submit
from tests.faults.killing import PAGE_MARKS, STAGE_MARKS, hit, reads
from tests.flows.dying import PAGES, assert_nothing_lost, dying, finished, original_of
from tests.flows.serving import await_line, process_of, receive, settings_in, until

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(600)]


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
            until(lambda run=run: process_of(settings, run.id) is None)
        submit(settings, [item_id])
        until(lambda: finished(settings, item_id))
    assert hit(marks) == set(which)
    # Killed between reading and commit, one page was read again; all else was read once.
    assert sum(Counter(reads(marks)).values()) == PAGES + 1
    assert_nothing_lost(settings, item_id, before)
