"""What holds for the catalogue in a file: making it, opening it, and surviving the death of a writer."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from catalog.migrate import HEAD
from catalog.sql import open_catalog
from domain.errors import CatalogDamaged, CatalogUnavailable, NewerData, SettingNotValid
from domain.ports import Criteria
from tests.catalog.holdings import a_page, add_some, statements

ROOT = Path(__file__).parents[2]
ALL = Criteria()


def _address(path):
    return f"sqlite:///{quote(str(path))}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalog.sqlite3"


def _python(code, *arguments):
    """Another process of this program that speaks with us over its pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("name", ["tủ sách 1", "100%25 %s", "a?mode=memory&b#c", 'it\'s "so"', "a:b;c,d"])
def test_the_folder_may_have_any_name_and_is_made(tmp_path, name):
    path = tmp_path / name / "sâu" / "catalog.sqlite3"
    for _ in range(2):
        with open_catalog(_address(path), secrets={}) as catalog, catalog.view() as seen:
            assert seen.find_items(ALL, after=None, limit=1).items == ()
    assert path.read_bytes().startswith(b"SQLite format 3")


def test_an_address_may_have_the_fourth_slash(path):
    with open_catalog(f"sqlite:////{str(path).lstrip('/')}", secrets={}):
        assert path.exists()


@pytest.mark.parametrize("url", ["sqlite://relative/path", "sqlite://"])
def test_an_address_without_an_absolute_path_is_a_wrong_setting(url):
    with pytest.raises(SettingNotValid), open_catalog(url, secrets={}):
        pass


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04" + b"x" * 9_000, b"SQLite format 3\x00" + b"\xff" * 8_000, b"x"]
)
def test_a_file_that_is_no_database_is_told_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(CatalogDamaged) as caught, open_catalog(_address(path), secrets={}):
        pass
    assert caught.value.fields["detail"]
    assert not caught.value.retryable  # waiting mends nothing
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(CatalogUnavailable), open_catalog(_address(path), secrets={}):
        pass
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CatalogUnavailable), open_catalog(_address(tmp_path / "file" / "x"), secrets={}):
        pass


def test_a_disk_too_full_for_a_new_catalogue_is_told(path):
    # A limit on the size of files stands for the disk: SQLite meets it at the very first page.
    code = """
import resource, signal, sys
from catalog.sql import open_catalog
from domain.errors import CatalogUnavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    with open_catalog(sys.argv[1], secrets={}):
        print("opened")
except CatalogUnavailable:
    print("told")
"""
    with _python(code, _address(path)) as process:
        assert process.communicate(timeout=60)[0].split() == ["told"]


def test_newer_data_is_refused_and_left_alone(path):
    with open_catalog(_address(path), secrets={}) as catalog:
        add_some(catalog)
    newer = sqlite3.connect(path)
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    newer.close()
    before = path.read_bytes()
    with pytest.raises(NewerData) as caught, open_catalog(_address(path), secrets={}):
        pass
    assert caught.value.fields == {"found": "9999", "known": HEAD}
    assert path.read_bytes() == before


def test_opening_a_current_catalogue_and_listing_takes_two_statements(path):
    with open_catalog(_address(path), secrets={}):
        pass
    with statements() as seen, open_catalog(_address(path), secrets={}) as catalog, catalog.view() as reading:
        reading.find_items(ALL, after=None, limit=50)
    assert len(seen) == 2  # the layout's revision, the list; has_table asks by PRAGMA


LISTING = """
import sys
from catalog.sql import open_catalog
from domain.ports import Criteria
with open_catalog(sys.argv[1], secrets={}) as catalog, catalog.view() as seen:
    seen.find_items(Criteria(), after=None, limit=50)
print(*sorted({"alembic", "sqlalchemy.orm", "filelock", "mako"} & set(sys.modules)))
"""


def test_a_command_that_only_reads_loads_no_more_than_it_needs(path):
    with open_catalog(_address(path), secrets={}):
        pass
    told, _ = _python(LISTING, _address(path)).communicate()
    assert told.split() == []


OPENING = """
import sys
from catalog.sql import open_catalog
sys.stdin.readline()
with open_catalog(sys.argv[1], secrets={}) as catalog, catalog.begin() as changes:
    print(changes.next_accession("VN", 2026))
"""


def test_processes_that_open_a_new_catalogue_at_once_make_it_once(path):
    processes = [_python(OPENING, _address(path)) for _ in range(3)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0].strip() for process in processes]
    assert sorted(told) == [f"TSPL-VN-2026-00000{place}" for place in (1, 2, 3)]


WRITING = """
import sys
from catalog.sql import open_catalog
from tests.catalog.holdings import a_page
url, item_id, first, last = sys.argv[1:]
with open_catalog(url, secrets={}) as catalog:
    sys.stdin.readline()
    for number in range(int(first), int(last) + 1):
        with catalog.begin() as changes:
            changes.next_accession("LC", 2026)
            changes.replace_page(item_id, a_page(number))
"""


def test_processes_that_write_at_once_lose_nothing(path):
    with open_catalog(_address(path), secrets={}) as catalog:
        (item_id,) = add_some(catalog)
        spans = [(1, 100), (101, 200)]
        processes = [_python(WRITING, _address(path), item_id, *span) for span in spans]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate()
            assert process.returncode == 0
        with catalog.view() as seen:
            assert [page.number for page in seen.pages(item_id)] == list(range(1, 201))
        with catalog.begin() as changes:
            assert changes.next_accession("LC", 2026) == "TSPL-LC-2026-000201"


DYING = """
import sys
from catalog.sql import open_catalog
from tests.catalog.holdings import a_page
with open_catalog(sys.argv[1], secrets={}) as catalog:
    with catalog.begin() as changes:
        changes.replace_page(sys.argv[2], a_page(1))
    with catalog.begin() as changes:
        for number in range(2, 400):
            changes.replace_page(sys.argv[2], a_page(number))
        print("in the middle", flush=True)
        sys.stdin.readline()
"""


def test_a_writer_killed_in_the_middle_leaves_what_was_committed_and_no_lock(path):
    with open_catalog(_address(path), secrets={}) as catalog:
        (item_id,) = add_some(catalog)
    with _python(DYING, _address(path), item_id) as writer:
        assert writer.stdout.readline() == "in the middle\n"
        writer.kill()
    with open_catalog(_address(path), secrets={}, wait_s=5) as catalog:
        with catalog.view() as seen:
            assert [page.number for page in seen.pages(item_id)] == [1]
        with catalog.begin() as changes:
            changes.replace_page(item_id, a_page(2))


def test_a_creation_killed_in_the_middle_is_made_anew(path):
    """The file is there and already in the write-ahead log's form, but without a table."""
    halfway = sqlite3.connect(path)
    halfway.execute("PRAGMA journal_mode=WAL")
    halfway.close()
    assert path.stat().st_size > 0
    with open_catalog(_address(path), secrets={}) as catalog:
        add_some(catalog)


def test_what_is_committed_is_on_disk_before_it_is_told(path):
    with open_catalog(_address(path), secrets={}) as catalog, catalog.begin() as changes:
        asked = changes._connection.exec_driver_sql
        assert asked("PRAGMA journal_mode").scalar() == "wal"
        assert asked("PRAGMA synchronous").scalar() == 2  # FULL
        assert asked("PRAGMA foreign_keys").scalar() == 1


def test_postgresql_without_its_driver_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingNotValid, match="psycopg"), open_catalog("postgresql://a@db/b", secrets={}):
        pass
