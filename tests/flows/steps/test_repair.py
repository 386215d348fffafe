"""What an audit finds is put right where no person has to decide, and nothing is lost by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from domain.holdings import Stage, State
from domain.ids import ObjectKey, derivative_key, new_item_id, page_key
from domain.ports import Shelf
from flows.steps import index_check
from flows.steps.audit import Trouble, audit
from flows.steps.audit_log import audited_within, note_audit
from flows.steps.claims import claimed
from flows.steps.generations import open_generation
from flows.steps.publish import retry
from flows.steps.repair import Repaired, Source, repair
from flows.steps.way import digitise
from flows.steps.work import Work
from tests.faults.scans import draw_book
from tests.faults.walk import walk
from tests.flows.steps.conftest import BY
from tests.flows.steps.keeping import assert_sound, back_up, kept_in, objects, put
from tests.flows.steps.test_extremes import comes_to


@pytest.fixture
def book(shelf, settings, tmp_path) -> Any:
    """A published book of two pages."""
    return walk(shelf, settings, [draw_book(tmp_path / "in" / "Sổ tay.pdf", pages=2)])[0]


def flip(settings: Settings, key: str) -> None:
    path = settings.data_dir / "objects" / key
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def mended(shelf: Shelf, backup: Path | None = None) -> Repaired:
    found = audit(shelf)
    if backup is None:
        return repair(shelf, found, BY)
    with kept_in(backup) as kept:
        return repair(shelf, found, BY, source=Source(kept, open_generation(backup)))


def go_on(shelf: Shelf, settings: Settings, item_id: Any) -> None:
    digitise(shelf, item_id, Work(BY, settings.ocr))


def actions(shelf: Shelf, item_id: Any) -> list[str]:
    with shelf.catalog.view() as seen:
        return [one.action for one in seen.history(item_id)]


def original(shelf: Shelf, item_id: Any) -> ObjectKey:
    with shelf.catalog.view() as seen:
        return seen.scan(item_id).files[0].key


def test_nothing_is_done_to_a_sound_shelf(shelf, book):
    held, history = objects(shelf), actions(shelf, book)
    assert mended(shelf) == Repaired()
    assert (objects(shelf), actions(shelf, book)) == (held, history)


@pytest.mark.parametrize("trouble", ["missing", "altered"])
def test_a_derivative_is_made_again(shelf, settings, book, trouble):
    expected = comes_to(shelf)
    key = derivative_key(book, "text.txt")
    if trouble == "missing":
        shelf.store.delete(key)
    else:
        flip(settings, key)
    done = mended(shelf)
    assert (done.to_make, done.left) == ([key], [])
    with shelf.catalog.view() as seen:
        assert Stage.DERIVE not in seen.stages(book)
        assert seen.history(book)[-1].options == {"to_make": ["derivatives/text.txt"]}
    go_on(shelf, settings, book)
    assert comes_to(shelf) == expected
    assert_sound(shelf)


@pytest.mark.parametrize("trouble", ["missing", "altered"])
def test_a_page_is_read_again_and_stays_published(shelf, settings, book, trouble):
    expected = comes_to(shelf)
    key = page_key(book, 2)
    if trouble == "missing":
        shelf.store.delete(key)
    else:
        flip(settings, key)
    done = mended(shelf)
    assert (done.read, done.left) == ([key], [])
    assert audit(shelf).findings == ()
    index_check.repair(shelf, BY)
    told = comes_to(shelf)
    assert [item[:4] for item in told["items"].values()] == [item[:4] for item in expected["items"].values()]
    assert [item[5:] for item in told["items"].values()] == [item[5:] for item in expected["items"].values()]
    assert (told["texts"], told["found"]) == (expected["texts"], expected["found"])
    assert_sound(shelf)


def test_a_page_that_reads_otherwise_now_sends_the_item_through_its_counting(shelf, settings, book):
    with shelf.catalog.begin() as changes:
        page = changes.pages(book)[1]
        changes.replace_page(book, replace(page, words=page.words + 1))  # as another engine had read it
    shelf.store.delete(page_key(book, 2))
    assert mended(shelf).read == [page_key(book, 2)]
    with shelf.catalog.view() as seen:
        assert Stage.LEDGER not in seen.stages(book)
        assert seen.item(book).state is State.PUBLISHED
    go_on(shelf, settings, book)
    with shelf.catalog.view() as seen:
        assert seen.pages(book)[1] == page
    assert_sound(shelf)


def corrected(shelf: Shelf, item_id: Any) -> None:
    with shelf.catalog.begin() as changes:
        page = changes.pages(item_id)[0]
        changes.replace_page(item_id, replace(page, locked=True, text_source="corrected"))


def test_a_corrected_page_is_not_read_over(shelf, settings, book):
    corrected(shelf, book)
    shelf.store.delete(page_key(book, 1))
    done = mended(shelf)
    assert [one.key for one in done.left] == [page_key(book, 1)]
    assert done.read == []


def test_a_corrected_page_comes_back_from_a_backup(shelf, settings, book, tmp_path):
    corrected(shelf, book)
    back_up(shelf, tmp_path / "kept")
    held = objects(shelf)
    shelf.store.delete(page_key(book, 1))
    assert mended(shelf, tmp_path / "kept").brought == [page_key(book, 1)]
    assert objects(shelf) == held
    assert audit(shelf).findings == ()


def test_a_reading_of_before_does_not_come_back_over_another(shelf, settings, book, tmp_path):
    back_up(shelf, tmp_path / "kept")
    with shelf.catalog.begin() as changes:
        page = changes.pages(book)[0]
        changes.replace_page(book, replace(page, locked=True, words=page.words + 1))
    shelf.store.delete(page_key(book, 1))
    done = mended(shelf, tmp_path / "kept")
    assert (done.brought, [one.key for one in done.left]) == ([], [page_key(book, 1)])


@pytest.mark.parametrize("trouble", ["missing", "altered"])
def test_an_original_comes_back_from_a_backup_and_from_nowhere_else(shelf, settings, book, tmp_path, trouble):
    back_up(shelf, tmp_path / "kept")
    held = objects(shelf)
    key = original(shelf, book)
    if trouble == "missing":
        shelf.store.delete(key)
    else:
        flip(settings, key)
    done = mended(shelf)
    assert ([one.key for one in done.left], done.to_make) == ([key], [])
    done = mended(shelf, tmp_path / "kept")
    assert (done.brought, done.left) == ([key], [])
    assert objects(shelf) == held
    assert audit(shelf).findings == ()


def test_a_damaged_backup_brings_nothing(shelf, settings, book, tmp_path):
    back_up(shelf, tmp_path / "kept")
    for path in (tmp_path / "kept" / "objects").rglob("*"):
        if len(path.name) == 64:
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:-1] + b"?")
    key = original(shelf, book)
    shelf.store.delete(key)
    done = mended(shelf, tmp_path / "kept")
    assert ([one.key for one in done.left], done.brought) == ([key], [])
    assert key not in objects(shelf)


def test_an_item_of_which_nothing_is_left_comes_back_whole(shelf, settings, book, tmp_path):
    back_up(shelf, tmp_path / "kept")
    held = objects(shelf)
    for key in held:
        shelf.store.delete(ObjectKey(key))
    done = mended(shelf, tmp_path / "kept")
    assert (sorted(done.brought), done.left) == (sorted(held), [])
    assert objects(shelf) == held
    assert_sound(shelf)


def test_only_what_can_be_made_again_is_deleted(shelf, settings, book):
    stranger = new_item_id()
    stray = [derivative_key(book, "notes.txt"), derivative_key(stranger, "text.txt")]
    kept = [page_key(stranger, 1), page_key(book, 99), "originals/00/left.pdf", "elsewhere/file.txt"]
    held = objects(shelf)
    for key in (*stray, *kept):
        put(shelf, key, b"x")
    done = mended(shelf)
    assert sorted(done.deleted) == sorted(stray)
    assert sorted(one.key for one in done.left) == sorted(kept)
    assert objects(shelf).keys() == held.keys() | set(kept)


def test_what_somebody_is_at_work_on_is_left(shelf, settings, book, monkeypatch):
    from flows.steps import claims

    shelf.store.delete(derivative_key(book, "text.txt"))
    found = audit(shelf)
    with claimed(shelf, book):
        monkeypatch.setattr(claims, "holder", lambda: "elsewhere/boot/1/1")
        done = repair(shelf, found, BY)
        monkeypatch.undo()
    assert ([one.trouble for one in done.left], done.to_make) == ([Trouble.MISSING], [])
    assert mended(shelf).left == []


def test_an_item_on_its_way_keeps_what_is_not_named_yet(shelf, settings, book):
    put(shelf, derivative_key(book, "soon.txt"), b"x")
    found = audit(shelf)
    assert [one.trouble for one in found.findings] == [Trouble.EXTRA]
    with shelf.catalog.begin() as changes:
        changes.reset_stages(book, [Stage.DERIVE])
    assert [one.key for one in repair(shelf, found, BY).left] == [derivative_key(book, "soon.txt")]
    assert retry(shelf, book, BY).state is State.PUBLISHED


def test_a_whole_audit_is_kept_and_the_next_is_due_in_time(shelf, book):
    assert audited_within(shelf, 7) is None
    found = audit(shelf)
    note_audit(shelf, found, 0, BY)
    last = audited_within(shelf, 7)
    assert last is not None
    assert (last.options["items"], last.options["files"], last.options["findings"]) == (1, found.objects, 0)
    assert audited_within(shelf, 0) is None
