"""``backup``, ``restore``, ``move`` and ``audit`` as they are typed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from config.settings import load_settings
from config.wiring import open_shelf
from flows.locks import held
from flows.place import Place
from tests.cli.shell import Terminal
from tests.faults.scans import draw_book
from tests.faults.walk import walk


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    settings = load_settings(data_dir=folder / "data")
    with open_shelf(settings) as shelf:
        walk(shelf, settings, [draw_book(folder / "in" / "Sổ tay.pdf", pages=2)])
    return folder / "data"


@pytest.fixture
def tusach(made, tmp_path, capfd) -> Terminal:
    shutil.copytree(made, tmp_path / "data")
    return Terminal(tmp_path / "data", capfd)


@pytest.fixture
def empty(tmp_path, capfd) -> Terminal:
    return Terminal(tmp_path / "new", capfd)


def damage(tusach: Terminal, pattern: str) -> Path:
    found = next((tusach.data_dir / "objects").glob(pattern))
    found.chmod(0o644)
    found.write_bytes(found.read_bytes()[:-1] + b"?")
    return found


def test_a_backup_is_made_checked_and_restored(tusach, empty, tmp_path):
    said = tusach("backup", "--to", tmp_path / "kept", "--json")
    assert said.code == 0
    told = said.json
    assert (told["ok"], told["items"], told["lost_files"], told["marked_items"]) == (True, 1, 0, 0)
    assert told["copied_files"] <= told["files"]
    assert Path(told["folder"]).name == told["generation"]
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert "chép mới 0 tệp" in tusach("backup", "--to", tmp_path / "kept", lang="vi").out
    checked = tusach("backup", "--check", tmp_path / "kept", "--generation", told["generation"], "--json")
    assert (checked.code, checked.json["ok"], checked.json["damaged"]) == (0, True, [])
    assert "nguyên vẹn" in tusach("backup", "--check", tmp_path / "kept", lang="vi").out
    said = empty("restore", "--from", tmp_path / "kept", lang="vi")
    assert said.code == 0, said.err
    assert "Đã khôi phục" in said.out
    query = ("search", "hoa giai o co so", "--json")
    assert empty(*query).json == tusach(*query).json != {}
    assert empty("audit").code == 0
    again = empty("restore", "--from", tmp_path / "kept")
    assert again.code == 1
    assert "[backup.shelf_not_empty]" in again.err


def test_a_damaged_backup_names_the_file_and_exits_1(tusach, empty, tmp_path):
    tusach("backup", "--to", tmp_path / "kept")
    [*_, path] = sorted(path for path in (tmp_path / "kept" / "objects").rglob("*") if len(path.name) == 64)
    path.chmod(0o644)
    path.write_bytes(b"?")
    said = tusach("backup", "--check", tmp_path / "kept")
    assert said.code == 1
    assert str(path) in said.out
    assert tusach("backup", "--check", tmp_path / "kept", "--json").json["damaged"] == [str(path)]
    said = empty("restore", "--from", tmp_path / "kept")
    assert said.code == 1
    assert path.name in said.err
    path.unlink()  # as the check advises
    assert tusach("backup", "--to", tmp_path / "kept", "--json").json["copied_files"] == 1
    assert empty("restore", "--from", tmp_path / "kept").code == 1  # half of another generation is there
    shutil.rmtree(empty.data_dir)
    assert empty("restore", "--from", tmp_path / "kept", "--json").json["ok"]


def test_where_there_is_no_backup_that_is_said(tusach, tmp_path):
    for arguments in (["backup", "--check", tmp_path], ["restore", "--from", tmp_path]):
        said = tusach(*arguments)
        assert said.code == 1
        assert "[backup.not_found]" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup"],
        ["backup", "--to", "x", "--check", "y"],
        ["backup", "--to", "x", "--generation", "y"],
        ["restore"],
        ["restore", "--from", "/there/is/no/such/folder"],
        ["move"],
        ["move", "--to", "/there/is/no/such/file"],
        ["audit", "--from", "/"],
        ["audit", "--due", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(tusach, arguments):
    said = tusach(*arguments)
    assert (said.code, said.out) == (2, "")


def lines(file: Path, **told: str) -> Path:
    file.write_text("".join(f"TUSACH_{name}={value}\n" for name, value in told.items()), "utf-8")
    file.chmod(0o600)
    return file


def test_a_shelf_is_moved_and_the_settings_to_change_are_named(tusach, empty, tmp_path):
    file = lines(tmp_path / "new.env", DATA_DIR=str(empty.data_dir), STORE_SECRET_KEY="hush-hush")
    said = tusach("move", "--to", file)
    assert said.code == 0, said.err
    assert "TUSACH_DATA_DIR, TUSACH_STORE_SECRET_KEY" in said.out
    assert "hush-hush" not in said.out + said.err
    query = ("search", "hoa giai o co so", "--json")
    assert empty(*query).json == tusach(*query).json
    shutil.rmtree(empty.data_dir)
    told = tusach("move", "--to", file, "--json").json
    assert told["ok"]
    assert told["settings"] == ["TUSACH_DATA_DIR", "TUSACH_STORE_SECRET_KEY"]
    assert told["indexed_items"] == 1


def test_a_file_with_secrets_that_others_can_read_is_told(tusach, empty, tmp_path):
    file = lines(tmp_path / "new.env", DATA_DIR=str(empty.data_dir))
    file.chmod(0o644)
    said = tusach("move", "--to", file)
    assert said.code == 0
    assert "chmod 600" in said.err


def test_a_shelf_is_not_moved_to_where_it_is(tusach, empty, tmp_path):
    file = lines(
        tmp_path / "new.env", DATA_DIR=str(empty.data_dir), INDEX_URL=f"tantivy://{tusach.data_dir}/index"
    )
    said = tusach("move", "--to", file)
    assert said.code == 1
    assert "TUSACH_INDEX_URL" in said.err
    assert not empty.data_dir.exists()


@pytest.mark.parametrize("command", ["move", "restore"])
def test_a_data_folder_that_is_served_stays_as_it_is(tusach, empty, tmp_path, command):
    tusach("backup", "--to", tmp_path / "kept")
    file = lines(tmp_path / "new.env", DATA_DIR=str(empty.data_dir))
    served = tusach if command == "move" else empty
    place = Place.of(load_settings(data_dir=served.data_dir))
    place.prepare()
    with held(place.lock) as ours:
        assert ours
        said = (
            tusach("move", "--to", file)
            if command == "move"
            else empty("restore", "--from", tmp_path / "kept")
        )
    assert said.code == 1
    assert "[runner.already_running]" in said.err
    assert not (empty.data_dir / "objects").exists()


def test_an_audit_repairs_what_it_can_and_says_what_it_cannot(tusach, tmp_path):
    tusach("backup", "--to", tmp_path / "kept")
    damage(tusach, "items/*/derivatives/text.txt")
    damage(tusach, "items/*/pages/000001.hocr")
    original = damage(tusach, "originals/*/*.pdf")
    found = tusach("audit", "--json")
    assert (found.code, len(found.json["findings"]), found.json["repaired"]) == (1, 3, None)
    said = tusach("audit", "--repair", lang="vi")
    assert said.code == 1
    assert "Đã đọc lại 1 trang" not in said.out  # nothing is made from a damaged original
    assert "phải có người xem" in said.out
    told = tusach("audit", "--repair", "--from", tmp_path / "kept", "--json")
    assert told.code == 0, told.err
    assert any(key.endswith(original.name) for key in told.json["repaired"]["brought"])
    assert told.json["repaired"]["left"] == []
    assert tusach("audit", "--json").json["findings"] == []
    history = tusach("show", tusach("list", "--json").json[0]["accession"], "--json").json["history"]
    assert history[-1]["action"] == "repaired"
    assert len(history[-1]["options"]["brought"]) == 3


def test_an_audit_that_is_not_due_does_nothing(tusach):
    assert "nguyên vẹn" in tusach("audit", "--due", "7", lang="vi").out
    said = tusach("audit", "--due", "7", lang="vi")
    assert said.code == 0
    assert "chưa đến kỳ" in said.out
    told = tusach("audit", "--due", "7", "--json").json
    assert (told["ok"], told["due"], told["found"]["findings"]) == (True, False, 0)
    assert tusach("audit", "--json").json["files"] > 0


def test_an_answer_is_one_json_value(tusach, tmp_path):
    said = tusach("backup", "--to", tmp_path / "kept", "--json")
    assert json.loads(said.out)["folder"].startswith(os.fspath(tmp_path))
