"""The supervisor, killed at every mark of a book's way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flows.place import Place
from tests.faults.killing import STAGE_MARKS, hit, reads
from tests.flows.dying import PAGES, assert_nothing_lost, dying, finished, original_of
from tests.flows.serving import await_line, processes_of, receive, settings_in, until

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(600)]


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
    assert_nothing_lost(settings, item_id, before)
