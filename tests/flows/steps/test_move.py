"""A shelf that is moved is the same afterwards, there and back, also when it was killed on the way."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings, load_settings, settings_elsewhere
from config.wiring import open_shelf
from domain.errors import MovedNotEqual, ShelfAtWork, ShelfNotEmpty
from domain.holdings import Claim
from domain.ports import Criteria, Shelf
from flows.steps.claims import claimed
from flows.steps.move import Moved, digests, move
from tests.faults.walk import walk
from tests.flows.steps.keeping import assert_sound, instants, objects, put
from tests.flows.steps.test_extremes import EXTREMES, addresses, comes_to


def bring(here: Shelf, there: Shelf) -> Moved:
    return move(here, there, "here", load_settings(actor="lan", unit="stp").who)


def rows(shelf: Shelf) -> dict[str, Any]:
    with shelf.catalog.view() as seen:
        return {name: table for name, table in digests(seen).items() if name != "provenance"}


@pytest.mark.slow
@pytest.mark.parametrize("extreme", EXTREMES[1:] or EXTREMES, ids="-".join)
def test_there_and_back_a_shelf_stays_the_same(extreme, source, tmp_path):
    with ExitStack() as opened:
        given = addresses(extreme, opened)
        large = opened.enter_context(open_shelf(load_settings(data_dir=tmp_path / "large", **given)))
        small = opened.enter_context(open_shelf(source))
        expected, held, kept = comes_to(small), objects(small), rows(small)
        told = bring(small, large)
        assert (told.objects, told.size) == (len(held), sum(fixity.size for fixity, _ in held.values()))
        again = opened.enter_context(open_shelf(load_settings(data_dir=tmp_path / "again")))
        bring(large, again)
        for shelf in (small, large, again):
            assert (comes_to(shelf), objects(shelf), rows(shelf)) == (expected, held, kept)
            assert_sound(shelf)
        with again.catalog.view() as seen:
            event = seen.shelf_event("relocated")
            assert event is not None
            assert event.options["files"] == len(held)


def told(file: Path, **lines: str) -> Path:
    file.write_text("".join(f"TUSACH_{name}={value}\n" for name, value in lines.items()), "utf-8")
    return file


def killed(last: int, file: Path, here: Settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.keeping", str(last), "move", str(file)],
        env=os.environ | {"TUSACH_DATA_DIR": str(here.data_dir), "TUSACH_ACTOR": "lan"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_a_move_that_is_killed_goes_on(source, tmp_path):
    with open_shelf(source) as shelf:
        expected, held = comes_to(shelf), objects(shelf)
    whole = killed(0, told(tmp_path / "whole.env", DATA_DIR=str(tmp_path / "whole")), source)
    steps = int(whole.stdout) - 2  # before the note at the very end everything is there and compared
    for last in instants(steps):
        file = told(tmp_path / f"{last}.env", DATA_DIR=str(tmp_path / str(last)))
        assert killed(last, file, source).returncode == -signal.SIGKILL
        if last < steps:
            done = killed(0, file, source)
            assert done.returncode == 0, done.stderr
        with open_shelf(settings_elsewhere(file, source)) as shelf:
            assert (comes_to(shelf), objects(shelf)) == (expected, held)
            assert_sound(shelf)


@pytest.fixture
def pair(batch, tmp_path):
    """A shelf with a broken file that tests may change, and an empty one."""
    here, there = load_settings(data_dir=tmp_path / "here"), load_settings(data_dir=tmp_path / "there")
    with open_shelf(here) as source, open_shelf(there) as target:
        walk(source, here, batch[2:])
        yield source, target


def first(shelf: Shelf) -> Any:
    with shelf.catalog.view() as seen:
        return seen.find_items(Criteria(), after=None, limit=1).items[0]


def test_a_shelf_at_work_is_not_moved(pair):
    source, target = pair
    with claimed(source, first(source).id), pytest.raises(ShelfAtWork) as refused:
        bring(source, target)
    assert refused.value.fields["items"] == [first(source).accession]
    assert objects(target) == {}
    bring(source, target)  # nobody is at work any more


def test_the_claim_of_a_dead_process_stands_in_nobodys_way(pair):
    source, target = pair
    moment = dt.datetime.now(dt.UTC)
    with source.catalog.begin() as changes:
        changes.claim(
            Claim(first(source).id, "elsewhere/boot/1/1", moment - dt.timedelta(seconds=1)),
            now=moment,
            dead=lambda _: False,
        )
    bring(source, target)
    with target.catalog.view() as seen:
        assert not seen.claims()


def test_only_an_empty_place_is_moved_to(pair):
    source, target = pair
    put(target, "originals/00/left.pdf", b"x")
    with pytest.raises(ShelfNotEmpty):
        bring(source, target)
    assert [*objects(target)] == ["originals/00/left.pdf"]


def test_the_half_of_another_move_is_not_gone_on_with(pair):
    source, target = pair
    put(target, "arriving.txt", b"move from elsewhere")
    with pytest.raises(ShelfNotEmpty) as refused:
        bring(source, target)
    assert refused.value.fields["detail"] == "move from elsewhere"


def test_an_object_that_is_not_what_it_was_does_not_pass(pair, tmp_path):
    source, target = pair
    put(source, "originals/00/kept.pdf", b"x")  # of no item, and moved all the same
    with source.catalog.view() as seen:
        key = seen.scan(first(source).id).files[0].key
    path = tmp_path / "here" / "objects" / key
    path.chmod(0o644)
    path.write_bytes(b"%PDf-1.4 and nothing behind")
    with pytest.raises(MovedNotEqual) as refused:
        bring(source, target)
    assert refused.value.fields["what"] == [f"store: {key}"]
    path.write_bytes(b"%PDF-1.4 and nothing behind")  # put right, it goes on
    assert bring(source, target).objects == 2


def test_what_changes_in_the_source_meanwhile_is_found(pair, monkeypatch):
    from flows.steps import move as moves

    source, target = pair
    copied = moves._copy_catalog

    def copy(*given):
        copied(*given)
        with source.catalog.begin() as changes:
            changes.set_publish(first(source).id, publish=False)

    monkeypatch.setattr(moves, "_copy_catalog", copy)
    with pytest.raises(MovedNotEqual) as refused:
        bring(source, target)
    assert refused.value.fields["what"] == ["catalog: item"]


def test_settings_elsewhere_come_from_their_file_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("TUSACH_CATALOG_URL", "postgresql://here/db")
    monkeypatch.setenv("TUSACH_CATALOG_PASSWORD", "here's")
    here = load_settings(data_dir=tmp_path / "here", province="HN", actor="lan")
    file = told(
        tmp_path / "x.env", DATA_DIR=str(tmp_path / "there"), STORE_URL="s3://b", STORE_SECRET_KEY="'s x'"
    )
    there = settings_elsewhere(file, here)
    assert there.data_dir == tmp_path / "there"
    assert there.catalog_url == f"sqlite:///{tmp_path}/there/catalog.sqlite3"
    assert there.store_url == "s3://b"
    assert (there.secrets["secret_key"], there.secrets["catalog_password"]) == ("s x", "")
    assert "s x" not in repr(there)
