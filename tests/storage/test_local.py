"""What a folder adds to the contract: crashes, links, full disks."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import quote

import pytest

from domain.errors import ObjectNotFound, SettingNotValid, StoreUnavailable
from domain.ids import ObjectKey, original_key
from storage.local import INCOMING, LocalStore, open_store
from storage.sidecars import UNKNOWN_TYPE

ROOT = Path(__file__).parents[2]
KEY = ObjectKey("items/0123/derivatives/access.pdf")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def store(root):
    return LocalStore(root)


def put(store: LocalStore, key: str, data: bytes) -> None:
    store.put(ObjectKey(key), io.BytesIO(data), media_type="text/plain")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def started(program: str, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(program), *args], cwd=ROOT)


def test_opening_makes_nothing(root):
    with open_store(f"file://{quote(str(root))}", secrets={}) as store:
        assert list(store.list("")) == []
    assert not root.exists()


@pytest.mark.parametrize("url", ["file://relative/path", "file:objects", "file://"])
def test_an_address_that_is_no_absolute_path_is_told(url):
    with pytest.raises(SettingNotValid) as raised:
        open_store(url, secrets={}).__enter__()
    assert raised.value.fields["setting"] == "TUSACH_STORE_URL"


def test_masters_are_read_only_and_may_be_put_again(store, root):
    key = original_key("ab" * 32, ".pdf")
    put(store, key, b"scan")
    put(store, key, b"scan")
    assert (root / key).stat().st_mode & 0o777 == 0o444
    put(store, KEY, b"derived")
    assert (root / KEY).stat().st_mode & 0o200


def test_a_put_that_was_killed_is_not_seen(root, store):
    """The process dies within the copy: the source makes it kill itself."""
    program = """
        import os, signal, sys
        from pathlib import Path
        from storage.local import LocalStore
        class Deadly:
            left = 5
            def seekable(self): return False
            def read(self, size):
                self.left -= 1
                if not self.left: os.kill(os.getpid(), signal.SIGKILL)
                return b"x" * size
        LocalStore(Path(sys.argv[1])).put(sys.argv[2], Deadly(), media_type="image/tiff")
    """
    put(store, KEY, b"before")
    assert started(program, str(root), KEY).wait(60) == -9
    assert [one.key for one in store.list("")] == [KEY]
    with store.open(KEY) as source:
        assert source.read() == b"before"
    assert len(files(root / INCOMING)) == 1


def test_what_killed_writers_left_goes_after_a_day(root, store):
    put(store, KEY, b"data")
    (root / INCOMING / "old").write_bytes(b"half")
    (root / INCOMING / "young").write_bytes(b"half")
    os.utime(root / INCOMING / "old", (1, 1))
    with open_store(f"file://{quote(str(root))}", secrets={}):
        assert files(root / INCOMING) == ["young"]


def test_a_crash_between_sidecar_and_object_leaves_the_old_object_known(root, store):
    put(store, KEY, b"old")
    before = store.stat(KEY)
    held = (root / KEY).read_bytes(), (root / KEY).stat().st_mtime_ns
    put(store, KEY, b"new")
    (root / KEY).write_bytes(held[0])  # as if the rename had not come
    os.utime(root / KEY, ns=(held[1], held[1]))
    assert store.stat(KEY) == before


def test_a_changed_object_still_tells_what_was_put(root, store):
    put(store, KEY, b"good")
    before = store.stat(KEY)
    (root / KEY).write_bytes(b"evil")
    assert store.stat(KEY) == before


def test_a_backup_without_times_or_sidecars_is_still_a_store(root, store):
    put(store, KEY, b"one")
    put(store, KEY, b"two")
    before = store.stat(KEY)
    os.utime(root / KEY, (1, 1))
    assert store.stat(KEY) == before
    (root / ".meta" / f"{KEY}.json").write_bytes(b'{"entr')
    assert (store.stat(KEY).fixity, store.stat(KEY).media_type) == (before.fixity, UNKNOWN_TYPE)


def test_links_are_not_followed(root, store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    put(store, "items/one", b"data")
    (root / "items" / "link").symlink_to(outside / "secret")
    (root / "linked").symlink_to(outside)
    assert [one.key for one in store.list("")] == ["items/one"]
    with pytest.raises(ObjectNotFound):
        store.stat(ObjectKey("items/link"))
    for deed in (
        lambda: put(store, "linked/new", b"x"),
        lambda: store.stat(ObjectKey("linked/secret")),
        lambda: store.delete(ObjectKey("linked/secret")),
    ):
        with pytest.raises(StoreUnavailable):
            deed()
    assert files(outside) == ["secret"]


def test_the_folder_of_the_store_may_itself_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "objects").symlink_to(tmp_path / "disk")
    store = LocalStore(tmp_path / "objects")
    put(store, KEY, b"data")
    assert store.stat(KEY).fixity.size == 4


def test_an_object_where_a_folder_should_be_is_told(store):
    put(store, "items/one", b"data")
    with pytest.raises(StoreUnavailable):
        put(store, "items/one/two", b"data")
    with pytest.raises(StoreUnavailable):
        put(store, "items", b"data")


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path):
    """On a real file system of 1 MiB, in a mount namespace of its own."""
    program = """
        import io, sys
        from pathlib import Path
        from domain.errors import StoreFull
        from storage.local import INCOMING, LocalStore
        root = Path(sys.argv[1])
        store = LocalStore(root)
        store.put("items/small", io.BytesIO(b"x" * 1000), media_type="text/plain")
        try:
            store.put("items/large", io.BytesIO(b"x" * 3_000_000), media_type="text/plain")
        except StoreFull as error:
            assert error.fields["needed"] == 3_000_000, error
            assert error.fields["free"] < 2**20, error
            assert error.fields["path"] == str(root)
        else:
            raise SystemExit("not told")
        assert [one.key for one in store.list("")] == ["items/small"]
        assert not list((root / INCOMING).iterdir())
        store.put("items/after", io.BytesIO(b"x" * 1000), media_type="text/plain")
    """
    program_file = tmp_path / "program.py"
    program_file.write_text(textwrap.dedent(program))
    (tmp_path / "disk").mkdir()
    script = 'mount -t tmpfs -o size=1m none "$1" || exit 77; exec "$2" "$3" "$1"'
    found = subprocess.run(
        [
            "unshare",
            "-rm",
            "sh",
            "-c",
            script,
            "sh",
            tmp_path / "disk",
            sys.executable,
            tmp_path / "program.py",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    if found.returncode == 77 or b"unshare" in found.stderr:
        pytest.skip("no file system may be mounted here")
    assert found.returncode == 0, found.stderr.decode()


def test_two_writers_of_one_key_leave_one_whole_object(root, store):
    program = """
        import io, sys
        from pathlib import Path
        from storage.local import LocalStore
        store = LocalStore(Path(sys.argv[1]))
        for _ in range(40):
            data = io.BytesIO(sys.argv[2].encode() * 50_000)
            store.put("items/one", data, media_type="text/plain")
    """
    writers = [started(program, str(root), letter) for letter in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with store.open(ObjectKey("items/one")) as source:
        data = source.read()
    assert set(data) in ({ord("a")}, {ord("b")})
    assert len(data) == 50_000
    assert store.stat(ObjectKey("items/one")).fixity.size == 50_000
