"""What is backed up, also while work goes on, comes back the same by hash and by search results."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from config.environment import child_environment
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import BackupDamaged, BackupError, BackupNewer, BackupNotFound, ShelfError, ShelfNotEmpty
from domain.holdings import Stage, State
from domain.ids import ItemId, derivative_key, page_key
from domain.ports import Criteria, Shelf
from flows.steps import backup as backups
from flows.steps.audit import Trouble, audit
from flows.steps.claims import claimed
from flows.steps.generations import generations, kept_key, open_generation
from flows.steps.jsonlines import fixity_of
from flows.steps.pages import load_page
from flows.steps.repair import repair
from flows.steps.restore import Restored, check, restore
from flows.steps.way import digitise
from flows.steps.work import Work
from ocr.hocr import write_hocr
from tests.faults.walk import walk
from tests.flows.steps.keeping import (
    INSTANTS,
    SEED,
    assert_sound,
    back_up,
    bring_back,
    instants,
    kept_in,
    objects,
    put,
)
from tests.flows.steps.test_extremes import EXTREMES, addresses, comes_to


@contextmanager
def restored(folder: Path, to: Path, name: str | None = None) -> Iterator[tuple[Shelf, Settings, Restored]]:
    settings = load_settings(data_dir=to, actor="lan", unit="stp")
    with open_shelf(settings) as shelf:
        yield shelf, settings, bring_back(shelf, folder, name)


def finish(shelf: Shelf, settings: Settings, batch: list[Path]) -> None:
    """What ``add`` and ``up`` would do: hand in again what did not arrive, go on with what did."""
    walk(shelf, settings, batch)
    with shelf.catalog.view() as seen:
        items = seen.find_items(Criteria(), after=None, limit=10).items
    for item in items:
        digitise(shelf, item.id, Work(settings.who, settings.ocr))


def test_a_quiet_shelf_comes_back_bit_for_bit(source, tmp_path):
    with open_shelf(source) as shelf:
        made = back_up(shelf, tmp_path / "sao lưu")
        expected, held = comes_to(shelf), objects(shelf)
        with shelf.catalog.view() as seen:
            rows = list(seen.dump())
    manifest = made.generation.manifest
    assert (manifest.items, manifest.objects, manifest.lost, made.marked) == (3, len(held), 0, 0)
    assert made.copied == len({fixity for fixity, _ in held.values()})
    with restored(tmp_path / "sao lưu", tmp_path / "new") as (shelf, _, told):
        assert (told.items, told.objects, told.size) == (3, len(held), manifest.size)
        assert (told.unfinished, told.lost) == (0, ())
        assert objects(shelf) == held
        assert comes_to(shelf) == expected
        with shelf.catalog.view() as seen:
            again = list(seen.dump())
        assert [row for row in again if row.table != "provenance"] == [
            row for row in rows if row.table != "provenance"
        ]
        assert [row for row in again if row in rows] == rows
        assert [row.values["action"] for row in again if row not in rows] == ["restored"]
        assert_sound(shelf)


def test_the_next_backup_copies_only_what_is_new(source, tmp_path):
    with open_shelf(source) as shelf:
        first, second = back_up(shelf, tmp_path), back_up(shelf, tmp_path)
    assert first.copied > 0
    assert (second.copied, second.copied_size) == (0, 0)
    assert second.generation.manifest.catalog == first.generation.manifest.catalog
    assert len(generations(tmp_path)) == 2


def test_no_secret_is_in_a_backup(batch, tmp_path):
    secret = "thật-là-bí-mật"
    given = dict.fromkeys(("store_secret_key", "catalog_password", "index_api_key"), secret)
    settings = load_settings(data_dir=tmp_path / "data", **given)
    with open_shelf(settings) as shelf:
        walk(shelf, settings, batch[2:])
        back_up(shelf, tmp_path / "kept")
    for path in (tmp_path / "kept").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secret.encode() not in (gzip.decompress(data) if path.suffix == ".gz" else data)


@pytest.mark.slow
@pytest.mark.parametrize("extreme", [EXTREMES[0], EXTREMES[-1]], ids="-".join)
def test_backups_of_a_running_batch_come_back_equal(extreme, batch, source, tmp_path):
    """A process works through a batch while another backs up, over and over."""
    with open_shelf(source) as shelf:
        expected = comes_to(shelf)
    with ExitStack() as opened:
        given = addresses(extreme, opened)
        settings = load_settings(data_dir=tmp_path / "data", actor="lan", unit="stp", **given)
        shelf = opened.enter_context(open_shelf(settings))
        command = [sys.executable, "-m", "tests.faults.walk", *map(str, batch)]
        working = subprocess.Popen(command, env=child_environment(settings))
        while working.poll() is None:
            back_up(shelf, tmp_path / "kept")
        assert working.returncode == 0
    names = generations(tmp_path / "kept")
    unlike = {  # by what the catalogue said: backups of one and the same moment are one test
        open_generation(tmp_path / "kept", name).manifest.catalog.sha256: name for name in reversed(names)
    }
    chosen = random.Random(SEED).sample(sorted(unlike.values()), min(INSTANTS, len(unlike)))
    assert len(chosen) == INSTANTS
    for name in chosen:
        with restored(tmp_path / "kept", tmp_path / name, name) as (shelf, new, _):
            with shelf.catalog.view() as seen:
                assert not seen.claims()
            finish(shelf, new, batch)
            assert comes_to(shelf) == expected
            assert_sound(shelf)


def meanwhile(monkeypatch, happens: Callable[[], None]) -> None:
    """Have something happen after the catalogue's moment and before the objects are copied."""
    looked = backups._snapshot

    def snapshot(*given: Any) -> Any:
        result = looked(*given)
        happens()
        return result

    monkeypatch.setattr(backups, "_snapshot", snapshot)


@pytest.fixture
def one(batch, tmp_path) -> Iterator[tuple[Shelf, Settings, Any]]:
    """A shelf with one book that is described and not published."""
    settings = load_settings(data_dir=tmp_path / "data", actor="lan", unit="stp")
    with open_shelf(settings) as shelf:
        item_id = walk(shelf, settings, batch[:1])[0]
        yield shelf, settings, item_id


def test_a_derivative_that_was_replaced_meanwhile_is_taken_and_made_again(one, tmp_path, monkeypatch):
    shelf, _, item_id = one
    expected = comes_to(shelf)
    meanwhile(monkeypatch, lambda: put(shelf, derivative_key(item_id, "text.txt"), b"another"))
    made = back_up(shelf, tmp_path / "kept")
    assert (made.marked, made.generation.manifest.lost) == (1, 0)
    with restored(tmp_path / "kept", tmp_path / "new") as (new, there, told):
        assert (told.unfinished, told.lost) == (1, ())
        assert_sound(new)  # the catalogue tells the digest of what is there
        with new.catalog.view() as seen:
            assert Stage.DERIVE not in seen.stages(item_id)
        digitise(new, item_id, Work(there.who, there.ocr))
        assert comes_to(new) == expected
        assert_sound(new)


def test_a_derivative_that_is_gone_is_made_again(one, tmp_path, monkeypatch):
    shelf, _, item_id = one
    expected = comes_to(shelf)
    key = derivative_key(item_id, "text.txt")
    meanwhile(monkeypatch, lambda: shelf.store.delete(key))
    made = back_up(shelf, tmp_path / "kept")
    assert (made.marked, made.generation.manifest.lost) == (1, 1)
    with restored(tmp_path / "kept", tmp_path / "new") as (new, there, told):
        assert told.lost == (key,)
        digitise(new, item_id, Work(there.who, there.ocr))
        assert comes_to(new) == expected
        assert_sound(new)


def unpublished(shelf: Shelf, batch: list[Path], settings: Settings) -> Any:
    from flows.batches import take_in

    report = take_in(shelf, settings, batch[:1], publish=False)
    [item_id] = report.to_digitise
    digitise(shelf, item_id, Work(settings.who, settings.ocr))
    return item_id


@pytest.mark.parametrize("words", [0, 1])
def test_a_page_that_is_being_read_anew_is_read_again(batch, tmp_path, monkeypatch, words):
    """Its reading is put, its entry not yet: with the words of before it is the reading that is told of."""
    settings = load_settings(data_dir=tmp_path / "data", actor="lan", unit="stp")
    with ExitStack() as opened:
        shelf = opened.enter_context(open_shelf(settings))
        item_id = unpublished(shelf, batch, settings)
        with shelf.catalog.view() as seen:
            first, second = seen.pages(item_id)
        expected = comes_to(shelf)

        def reads() -> None:
            opened.enter_context(claimed(shelf, item_id))
            page = load_page(shelf, item_id, second if words else first)
            assert page is not None
            put(shelf, page_key(item_id, 1), write_hocr(page), "text/vnd.hocr+html")

        meanwhile(monkeypatch, reads)
        made = back_up(shelf, tmp_path / "kept")
        assert made.marked == words
        with restored(tmp_path / "kept", tmp_path / "new") as (new, there, told):
            with new.catalog.view() as seen:
                assert not seen.claims()
                digests = [page.options_digest for page in seen.pages(item_id)]
            assert digests == ["" if words else first.options_digest, second.options_digest]
            assert told.unfinished == words
            digitise(new, item_id, Work(there.who, there.ocr))
            revised = comes_to(new)
            assert revised["found"] == expected["found"]
            assert [item[5:] for item in revised["items"].values()] == [
                item[5:] for item in expected["items"].values()
            ]
            assert_sound(new)


def test_a_damaged_original_is_told_and_not_taken_for_sound(one, tmp_path):
    shelf, settings, item_id = one
    with shelf.catalog.view() as seen:
        key = seen.scan(item_id).files[0].key
    path = settings.data_dir / "objects" / key
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"%PDF", b"%PDf", 1))
    made = back_up(shelf, tmp_path / "kept")
    assert made.generation.manifest.lost == 1
    with restored(tmp_path / "kept", tmp_path / "new") as (new, _, told):
        assert told.lost == (key,)
        assert [(one.key, one.trouble) for one in audit(new).findings] == [(key, Trouble.MISSING)]


def test_what_the_former_backup_has_is_not_replaced_by_what_was_damaged_since(one, tmp_path):
    shelf, settings, item_id = one
    back_up(shelf, tmp_path / "kept")
    with shelf.catalog.view() as seen:
        key = seen.scan(item_id).files[0].key
    path = settings.data_dir / "objects" / key
    path.chmod(0o644)
    path.write_bytes(b"nothing")
    assert back_up(shelf, tmp_path / "kept").generation.manifest.lost == 0
    with restored(tmp_path / "kept", tmp_path / "new") as (new, _, _told):
        assert_sound(new)


def test_a_second_backup_at_once_is_refused(one, tmp_path):
    shelf, _, _ = one
    with backups.being_written(tmp_path), pytest.raises(BackupError) as refused:
        back_up(shelf, tmp_path)
    assert refused.value.code == "backup.locked"
    assert generations(tmp_path) == []


@pytest.mark.parametrize("part", ["store", "catalog", "index"])
def test_only_an_empty_installation_is_restored_into(source, tmp_path, part):
    with open_shelf(source) as shelf:
        back_up(shelf, tmp_path / "kept")
    settings = load_settings(data_dir=tmp_path / "new")
    with open_shelf(settings) as shelf:
        if part == "store":
            put(shelf, "originals/00/left.pdf", b"x")
        elif part == "catalog":
            from tests.catalog.holdings import add_some

            add_some(shelf.catalog)
        else:
            with open_shelf(source) as full:
                from flows.steps.publish import _documents

                with full.catalog.view() as seen:
                    item = seen.find_items(Criteria(), after=None, limit=1).items[0]
                shelf.index.replace_item(item.id, list(_documents(full, item)))
        held = objects(shelf)
        with pytest.raises(ShelfNotEmpty) as refused:
            bring_back(shelf, tmp_path / "kept")
        assert refused.value.fields["part"] == part
        assert objects(shelf) == held


def test_a_restored_shelf_is_not_restored_into_again(source, tmp_path):
    with open_shelf(source) as shelf:
        back_up(shelf, tmp_path / "kept")
    with restored(tmp_path / "kept", tmp_path / "new") as (shelf, _, _), pytest.raises(ShelfNotEmpty):
        bring_back(shelf, tmp_path / "kept")


def keep(last: int, what: str, folder: Path, settings: Settings) -> subprocess.CompletedProcess[str]:
    told = {"TUSACH_DATA_DIR": str(settings.data_dir), "TUSACH_ACTOR": "lan", "TUSACH_UNIT": "stp"}
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.keeping", str(last), what, str(folder)],
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_a_backup_that_is_killed_is_none_and_the_next_one_is_whole(source, tmp_path):
    steps = int(keep(0, "backup", tmp_path / "whole", source).stdout)
    expected = open_generation(tmp_path / "whole").manifest
    for last in instants(steps):
        folder = tmp_path / str(last)
        assert keep(last, "backup", folder, source).returncode == -signal.SIGKILL
        with pytest.raises(BackupNotFound):
            open_generation(folder)
        done = keep(0, "backup", folder, source)
        assert done.returncode == 0
        assert int(done.stdout) in (steps - last, steps - last + 1)  # what was copied is not copied again
        assert [one.name for one in (folder / "generations").iterdir()] == generations(folder)
        found = open_generation(folder).manifest
        assert (found.catalog, found.listing) == (expected.catalog, expected.listing)
        with kept_in(folder) as kept:
            assert check(kept, open_generation(folder)).damaged == ()


@pytest.mark.slow
def test_a_restoration_that_is_killed_goes_on(source, tmp_path):
    with open_shelf(source) as shelf:
        back_up(shelf, tmp_path / "kept")
        expected, held = comes_to(shelf), objects(shelf)
    whole = keep(0, "restore", tmp_path / "kept", load_settings(data_dir=tmp_path / "whole"))
    for last in instants(int(whole.stdout)):
        there = load_settings(data_dir=tmp_path / str(last))
        assert keep(last, "restore", tmp_path / "kept", there).returncode == -signal.SIGKILL
        with open_shelf(there) as shelf:
            if last < int(whole.stdout):
                bring_back(shelf, tmp_path / "kept")
            assert objects(shelf) == held
            assert comes_to(shelf) == expected
            assert_sound(shelf)


# a folder that somebody tampered with


@pytest.fixture
def tampered(source, tmp_path) -> Path:
    with open_shelf(source) as shelf:
        back_up(shelf, tmp_path / "kept")
    return tmp_path / "kept"


def rewrite(folder: Path, name: str, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change the lines of one of the files, and have the manifest agree."""
    generation = open_generation(folder)
    path = generation.folder / name
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in change(lines)).encode()))
    agree(generation.folder, name)


def agree(folder: Path, name: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    fixity = fixity_of(folder / name)
    part = "catalog" if name.startswith("catalog") else "listing"
    manifest[part] = {"sha256": fixity.sha256, "size": fixity.size}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def keys(change: str) -> Callable[[list[Any]], list[Any]]:
    def changed(lines: list[Any]) -> list[Any]:
        lines[0]["objects"][0]["key"] = change
        return lines

    return changed


def assert_refused(folder: Path, to: Path, kind: type[ShelfError] = BackupDamaged) -> None:
    outside = sorted(path for path in to.parent.iterdir())
    settings = load_settings(data_dir=to)
    with open_shelf(settings) as shelf:
        with pytest.raises(kind):
            bring_back(shelf, folder)
        with shelf.catalog.view() as seen:
            assert not seen.batches(1)
    assert sorted(path for path in to.parent.iterdir() if path != to) == outside


STRANGER = "0" * 32


@pytest.mark.parametrize(
    "key",
    [
        "../../outside.txt",
        "originals/../../outside.txt",
        "/etc/passwd",
        "items/x",
        f"items/{STRANGER}/derivatives/text.txt",
        "originals/A.pdf",
        "originals/" + "a/" * 600,
        "",
        "arriving.txt",
    ],
)
def test_a_key_that_leads_elsewhere_is_refused(tampered, tmp_path, key):
    rewrite(tampered, "objects.jsonl.gz", keys(key))
    assert_refused(tampered, tmp_path / "new")


@pytest.mark.parametrize("name", ["catalog.jsonl.gz", "objects.jsonl.gz"])
@pytest.mark.parametrize("cut", [0, 20, -9, -1])
@pytest.mark.parametrize("agreeing", [False, True])
def test_a_file_that_is_cut_short_is_refused(tampered, tmp_path, name, cut, agreeing):
    generation = open_generation(tampered)
    path = generation.folder / name
    path.write_bytes(path.read_bytes()[:cut])
    if agreeing:
        agree(generation.folder, name)
    assert_refused(tampered, tmp_path / "new")


def bomb(line: bytes, times: int) -> bytes:
    packed = BytesIO()
    with gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as out:
        for _ in range(times):
            out.write(line)
    return packed.getvalue()


ROW = b'["accession_sequence",{"province":"VN","year":2026,"last":1}]\n'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("catalog.jsonl.gz", bomb(b" " * (1 << 20), 100)),  # a line without an end
        ("catalog.jsonl.gz", bomb(ROW, 10_000)),  # rows without an end
        ("catalog.jsonl.gz", bomb(b"[" * 100_000 + b"\n", 1)),
        ("catalog.jsonl.gz", bomb(b'["item",{"id":NaN}]\n', 1)),
        ("catalog.jsonl.gz", bomb(b'["item",7]\n', 1)),
        ("catalog.jsonl.gz", bomb(b"\xff\xfe\n", 1)),
        ("objects.jsonl.gz", bomb(b" " * (1 << 20), 100)),
        ("objects.jsonl.gz", bomb(b"{}\n", 1)),
        ("objects.jsonl.gz", bomb(b"7\n", 1)),
        ("objects.jsonl.gz", bomb(b"[" * 100_000 + b"\n", 1)),
        ("objects.jsonl.gz", bomb(b'{"item":"../x","objects":[],"lost":[],"pages":[],"derive":false}\n', 3)),
        ("objects.jsonl.gz", b""),
    ],
)
def test_lines_that_are_none_are_refused(tampered, tmp_path, name, data):
    generation = open_generation(tampered)
    (generation.folder / name).write_bytes(data)
    agree(generation.folder, name)
    assert_refused(tampered, tmp_path / "new")


def test_an_object_that_is_not_what_it_was_is_named_and_refused(tampered, tmp_path):
    [*_, path] = sorted(path for path in (tampered / "objects").rglob("*") if len(path.name) == 64)
    data = path.read_bytes()
    path.write_bytes(data + b"x")
    with kept_in(tampered) as kept:
        assert check(kept, open_generation(tampered)).damaged == (path.name,)
    assert_refused(tampered, tmp_path / "new")
    path.write_bytes(data)  # put right, the very same restoration goes on
    with open_shelf(load_settings(data_dir=tmp_path / "new")) as shelf:
        bring_back(shelf, tampered)
        assert_sound(shelf)


@pytest.mark.parametrize("whose", ["originals/", "derivatives/text.txt", "pages/000001.hocr"])
def test_the_rest_of_a_damaged_backup_comes_back_where_it_is_asked_for(source, tampered, tmp_path, whose):
    with open_shelf(source) as shelf:
        held, expected = objects(shelf), comes_to(shelf)
    key = next(key for key in held if whose in key)
    gone = sorted(one for one, told in held.items() if told == held[key])  # pages may read alike
    path = tampered / "objects" / kept_key(held[key][0].sha256)
    path.chmod(0o644)
    path.write_bytes(b"?")
    settings = load_settings(data_dir=tmp_path / "new", actor="lan", unit="stp")
    with open_shelf(settings) as shelf:
        with kept_in(tampered) as kept:
            told = restore(shelf, kept, open_generation(tampered), settings.who, despite_damage=True)
        assert sorted(told.lost) == gone
        assert objects(shelf).keys() == held.keys() - {*gone}
        found = audit(shelf)
        assert {one.key: one.trouble for one in found.findings} == dict.fromkeys(gone, Trouble.MISSING)
        if whose == "originals/":
            return
        assert repair(shelf, found, settings.who).left == []
        for one in gone:
            digitise(shelf, ItemId(one.split("/")[1]), Work(settings.who, settings.ocr))
        assert_sound(shelf)
        assert comes_to(shelf)["texts"] == expected["texts"]
        assert comes_to(shelf)["found"] == expected["found"]


def test_an_object_that_is_gone_is_refused_and_named(tampered, tmp_path):
    [path, *_] = sorted(path for path in (tampered / "objects").rglob("*") if len(path.name) == 64)
    path.unlink()
    with kept_in(tampered) as kept:
        assert check(kept, open_generation(tampered)).damaged == (path.name,)
    assert_refused(tampered, tmp_path / "new")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda told: {**told, "format": 99}, BackupNewer),
        (lambda told: {**told, "layout": "9999"}, ShelfError),
        (lambda told: {**told, "layout": 7}, BackupDamaged),
        (lambda told: {**told, "rows": []}, BackupDamaged),
        (lambda told: {**told, "rows": {}}, BackupDamaged),
        (lambda told: {**told, "items": 99}, BackupDamaged),
        (lambda told: {**told, "catalog": {"sha256": "../x", "size": 1}}, BackupDamaged),
        (lambda told: [], BackupDamaged),
        (lambda told: {}, BackupDamaged),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(tampered, tmp_path, change, kind):
    path = open_generation(tampered).folder / "manifest.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    assert_refused(tampered, tmp_path / "new", kind)


def test_a_folder_without_a_backup_is_said_to_be_none(tmp_path):
    for name in (None, "20260304T050607Z-01234567", "../../etc"):
        with pytest.raises(BackupNotFound):
            open_generation(tmp_path, name)


def test_a_key_of_a_backup_is_a_digest():
    assert kept_key("ab" * 32) == "ab/" + "ab" * 32
    with pytest.raises(ValueError):
        kept_key("../" + "ab" * 30)


@pytest.mark.slow
@pytest.mark.servers("TUSACH_TEST_CATALOG_URL", "TUSACH_TEST_STORE_URL", "TUSACH_TEST_INDEX_URL")
def test_a_backup_of_the_large_shelf_comes_back_on_the_small_one(batch, source, tmp_path):
    with open_shelf(source) as shelf:
        expected = comes_to(shelf)
    with ExitStack() as opened:
        given = addresses(EXTREMES[-1], opened)
        large = load_settings(data_dir=tmp_path / "large", actor="lan", unit="stp", **given)
        with open_shelf(large) as shelf:
            walk(shelf, large, batch)
            back_up(shelf, tmp_path / "kept")
            assert back_up(shelf, tmp_path / "kept").copied == 0
            held = objects(shelf)
        with restored(tmp_path / "kept", tmp_path / "new") as (shelf, _, _):
            assert objects(shelf) == held
            assert comes_to(shelf) == expected
            assert_sound(shelf)
            with shelf.catalog.view() as seen:
                states = [item.state for item in seen.find_items(Criteria(), after=None, limit=9).items]
            assert states.count(State.PUBLISHED) == 2
