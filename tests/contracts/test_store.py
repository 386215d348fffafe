"""What every ``ObjectStore`` promises, wherever its bytes rest."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import FixityMismatch, ObjectNotFound
from domain.ids import ObjectKey, derivative_key, new_item_id, original_key, page_key
from domain.ports import Checked, ObjectStore, StoredObject
from domain.values import Fixity
from storage import local, memory, s3
from storage.links import content_disposition
from tests import servers
from tests.storage.seaweed import running_s3

KEY = ObjectKey("items/0123/derivatives/access.pdf")
MANY = 1_100  # more than one page of an S3 listing


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory):
    with running_s3(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


MINIO = ["minio", "minio under a prefix"] if servers.STORE_URL else []


@pytest.fixture(params=["local", "memory", "s3", "s3 under a prefix", *MINIO])
def store(request, tmp_path) -> Iterator[ObjectStore]:
    if request.param == "local":
        opened = local.open_store(f"file://{quote(str(tmp_path))}/my%20objects", secrets={})
    elif request.param == "memory":
        opened = memory.open_store("memory:", secrets={})
    else:
        prefix = f"/office/{new_item_id()}" if "prefix" in request.param else ""
        if "minio" in request.param:
            url, secrets = f"{servers.own_bucket()}{prefix}", servers.STORE_SECRETS
        else:
            server = request.getfixturevalue("s3_server")
            url, secrets = f"s3://shelf{prefix}?endpoint=http://{server.endpoint}", server.secrets
        opened = s3.open_store(url, secrets=secrets)
        if not prefix:
            with opened as store:
                for left in list(store.list("")):
                    store.delete(left.key)
            opened = s3.open_store(url, secrets=secrets)
    with opened as store:
        yield store


def put(store: ObjectStore, key: str, data: bytes, media_type: str = "text/plain") -> StoredObject:
    return store.put(ObjectKey(key), io.BytesIO(data), media_type=media_type)


def read(store: ObjectStore, key: str) -> bytes:
    with store.open(ObjectKey(key)) as source:
        return source.read()


def reach(store: ObjectStore, ask: str, key: ObjectKey) -> None:
    with ExitStack() as opened:
        if ask == "stat":
            store.stat(key)
        else:
            opened.enter_context(getattr(store, ask)(key))


def fixity(data: bytes) -> Fixity:
    return Fixity(hashlib.sha256(data).hexdigest(), len(data))


class BreaksAfter(io.RawIOBase):
    """A source whose other end goes away."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.left <= 0:
            raise BrokenPipeError("gone")
        given = min(self.left, size if size > 0 else self.left)
        self.left -= given
        return b"x" * given


def test_what_was_put_is_read_again(store):
    stored = put(store, KEY, b"%PDF-1.7 ...", "application/pdf")
    assert stored == StoredObject(KEY, fixity(b"%PDF-1.7 ..."), "application/pdf")
    assert read(store, KEY) == b"%PDF-1.7 ..."
    assert store.stat(KEY) == stored


def test_an_empty_object_is_an_object(store):
    put(store, KEY, b"")
    assert read(store, KEY) == b""
    assert store.stat(KEY).fixity == fixity(b"")


@given(st.binary(max_size=3_000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_come_back_as_they_went(store, data):
    assert put(store, KEY, data).fixity == fixity(data)
    assert read(store, KEY) == data


def test_a_large_object_of_unknown_length_comes_back_whole(store):
    block = hashlib.sha256(b"seed").digest() * 32_768  # 1 MiB
    blocks = 36  # more than one part of a multipart upload

    class Stream(io.RawIOBase):
        left = blocks

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if not self.left:
                return b""
            self.left -= 1
            return block

    stored = store.put(KEY, Stream(), media_type="image/tiff")
    assert stored.fixity == fixity(block * blocks)
    digest = hashlib.sha256()
    with store.open(KEY) as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    assert digest.hexdigest() == stored.fixity.sha256


def test_an_interrupted_put_leaves_nothing_behind(store):
    with pytest.raises(BrokenPipeError):
        store.put(KEY, BreaksAfter(1_000), media_type="application/pdf")
    assert list(store.list("")) == []
    with pytest.raises(ObjectNotFound):
        store.stat(KEY)


def test_an_interrupted_put_leaves_the_object_that_was_there(store):
    before = put(store, KEY, b"the first one")
    with pytest.raises(BrokenPipeError):
        store.put(KEY, BreaksAfter(3_000_000), media_type="application/pdf")
    assert store.stat(KEY) == before
    assert read(store, KEY) == b"the first one"


def test_a_put_replaces_bytes_fixity_and_media_type(store):
    put(store, KEY, b"one", "text/plain")
    second = put(store, KEY, b"two", "text/html")
    assert store.stat(KEY) == second == StoredObject(KEY, fixity(b"two"), "text/html")
    assert read(store, KEY) == b"two"
    assert list(store.list("items/")) == [second]


def test_a_reader_reads_on_what_it_opened(store):
    put(store, KEY, b"one")
    with store.open(KEY) as source:
        put(store, KEY, b"two")
        assert source.read() == b"one"


def test_what_is_open_can_be_sought_in(store):
    put(store, KEY, b"0123456789")
    with store.open(KEY) as source:
        source.seek(4)
        assert source.read(2) == b"45"


@pytest.mark.parametrize(("first", "end"), [(0, 10), (0, 1), (4, 6), (9, 10)])
def test_a_part_is_read_and_nothing_beyond_it(store, first, end):
    put(store, KEY, b"0123456789")
    with store.part(KEY, first, end, of=fixity(b"0123456789")) as source:
        assert source.read(1) == b"0123456789"[first : first + 1]
        assert source.read() == b"0123456789"[first + 1 : end]
        assert source.read(5) == b""


@pytest.mark.parametrize(("first", "end"), [(0, 0), (5, 5), (6, 5), (-1, 3), (0, 11), (10, 11)])
def test_what_is_no_part_is_refused(store, first, end):
    put(store, KEY, b"0123456789")
    with (
        pytest.raises(ValueError, match="no part of 10 bytes"),
        store.part(KEY, first, end, of=fixity(b"0123456789")),
    ):
        pass


@pytest.mark.parametrize("now", [b"987654321\0", b"9", b"0123456789 and more"])
def test_a_part_of_what_was_replaced_is_no_part_of_what_was_known(store, now):
    put(store, KEY, b"0123456789")
    put(store, KEY, now)
    with pytest.raises(FixityMismatch), store.part(KEY, 4, 6, of=fixity(b"0123456789")):
        pass


def test_a_part_of_what_is_not_there_is_not_found(store):
    with pytest.raises(ObjectNotFound), store.part(KEY, 0, 1, of=fixity(b"x")):
        pass


def test_parts_of_a_large_object_are_as_it_is(store):
    data = b"".join(hashlib.sha256(bytes([at])).digest() * 40_000 for at in range(16))  # 20 MB
    put(store, KEY, data)
    for first, end in ((0, 9_000_000), (8_388_607, 8_388_610), (len(data) - 3, len(data))):
        with store.part(KEY, first, end, of=fixity(data)) as source:
            assert source.read() == data[first:end]


def test_a_program_gets_a_file_with_the_keys_ending(store):
    put(store, KEY, b"%PDF")
    with store.as_file(KEY) as path:
        assert path.suffix == ".pdf"
        assert path.read_bytes() == b"%PDF"
    assert read(store, KEY) == b"%PDF"


@pytest.mark.parametrize("ask", ["open", "as_file", "stat"])
def test_what_was_never_put_is_not_found(store, ask):
    for key in (KEY, ObjectKey("items/0123"), ObjectKey("nothing")):
        with pytest.raises(ObjectNotFound) as raised:
            reach(store, ask, key)
        assert raised.value.fields["key"] == key


def test_a_folder_of_objects_is_no_object(store):
    put(store, KEY, b"data")
    for key in ("items", "items/0123", "items/0123/derivatives"):
        with pytest.raises(ObjectNotFound):
            store.stat(ObjectKey(key))


def test_a_deleted_object_is_gone_and_may_be_deleted_again(store):
    put(store, KEY, b"data")
    store.delete(KEY)
    store.delete(KEY)
    store.delete(ObjectKey("never/there"))
    with pytest.raises(ObjectNotFound):
        store.stat(KEY)
    assert list(store.list("")) == []


def test_lists_are_in_key_order_and_by_prefix(store):
    keys = ["a-b", "a.b", "a/b", "a/b.c", "a/c/d", "a0", "ab/a", "b"]
    for key in reversed(keys):
        put(store, key, key.encode())
    assert [one.key for one in store.list("")] == sorted(keys)
    assert [one.key for one in store.list("a")] == sorted(keys)[:-1]
    assert [one.key for one in store.list("a/b")] == ["a/b", "a/b.c"]
    assert [one.key for one in store.list("a/")] == ["a/b", "a/b.c", "a/c/d"]

    assert list(store.list("nothing/")) == []
    assert next(iter(store.list("ab"))) == StoredObject(ObjectKey("ab/a"), fixity(b"ab/a"), "text/plain")


def test_keys_are_told_without_asking_for_each(store):
    keys = ["a-b", "a.b", "a/b", "a/b.c", "a/c/d", "a0", "ab/a", "items/1/x/y/z", "items/1-2/x", "items/1.x"]
    for key in reversed(keys):
        put(store, key, b"")
    for prefix in ("", "a", "a/", "a/b", "a/c/", "items/", "items/1", "items/1/x", "items/1/x/y/", "n"):
        assert list(store.keys(prefix)) == sorted(key for key in keys if key.startswith(prefix))
        assert [one.key for one in store.list(prefix)] == list(store.keys(prefix))


def test_a_check_reads_an_object_and_says_what_it_was(store):
    stored = put(store, KEY, b"one and another", "text/plain")
    assert store.check(KEY) == Checked(stored, fixity(b"one and another"))
    put(store, "items/empty", b"")
    assert store.check(ObjectKey("items/empty")).found == fixity(b"")
    with pytest.raises(ObjectNotFound):
        store.check(ObjectKey("items/0123"))


def test_a_reading_address_gives_the_object_to_anyone(store):
    put(store, KEY, b"%PDF-1.7", "application/pdf")
    address = store.reading_url(KEY, expires=dt.timedelta(minutes=5), name="Nghị định 43.pdf")
    if address is None:
        assert not isinstance(store, s3.S3Store)
        return
    with urllib3.PoolManager() as anyone:
        got = anyone.request("GET", address)
        assert (got.status, got.data) == (200, b"%PDF-1.7")
        assert got.headers["Content-Type"] == "application/pdf"
        extended = "Ngh%E1%BB%8B%20%C4%91%E1%BB%8Bnh%2043.pdf"
        told = f"inline; filename=\"Nghi dinh 43.pdf\"; filename*=UTF-8''{extended}"
        assert got.headers["Content-Disposition"] == told
        for method in ("PUT", "DELETE"):
            assert anyone.request(method, address, body=b"evil").status == 403
        other = address.replace("access.pdf", "other.pdf").replace("0123", "4567")
        assert anyone.request("GET", other).status == 403
        assert anyone.request("GET", address.partition("?")[0]).status == 403
        assert anyone.request("GET", address, headers={"Range": "bytes=1-3"}).data == b"PDF"
    assert read(store, KEY) == b"%PDF-1.7"


@pytest.mark.parametrize(
    "name",
    [
        'a"b.txt',
        "a\r\nSet-Cookie: x=1\r\n\r\n<script>.txt",
        "\u202egpj.exe",
        "../../etc/passwd",
        "",
        "\ud800",
    ],
)
def test_a_name_cannot_upset_the_answer(store, name):
    put(store, KEY, b"data", "text/html")
    address = store.reading_url(KEY, expires=dt.timedelta(minutes=5), name=name)
    if address is not None:
        with urllib3.PoolManager() as anyone:
            got = anyone.request("GET", address)
        assert got.status == 200
        assert "Set-Cookie" not in got.headers
        assert got.headers["Content-Disposition"] == content_disposition(name, "text/html")


def test_a_reading_address_ends(store):
    put(store, KEY, b"data")
    address = store.reading_url(KEY, expires=dt.timedelta(seconds=1), name="a.txt")
    if address is not None:
        deadline = time.monotonic() + 60
        with urllib3.PoolManager() as anyone:
            while anyone.request("GET", address).status != 403:
                assert time.monotonic() < deadline
                time.sleep(0.1)


@pytest.mark.parametrize(
    "expires", [dt.timedelta(0), dt.timedelta(seconds=-5), dt.timedelta(days=7, seconds=1)]
)
def test_a_reading_address_for_ever_is_refused(store, expires):
    put(store, KEY, b"data")
    with pytest.raises(ValueError):
        store.reading_url(KEY, expires=expires, name="a.txt")


def test_what_was_never_put_has_no_reading_address(store):
    with pytest.raises(ObjectNotFound):
        store.reading_url(KEY, expires=dt.timedelta(minutes=1), name="a.txt")


def test_a_source_is_kept_from_where_it_stands(store):
    source = io.BytesIO(b"header body")
    source.seek(7)
    assert store.put(KEY, source, media_type="text/plain").fixity == fixity(b"body")
    assert read(store, KEY) == b"body"


def test_before_the_first_put_there_is_nothing(store):
    assert list(store.list("")) == []
    store.delete(KEY)


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "A", "a b", "a\x00", "đ", ".meta/a"]
)
def test_keys_that_could_leave_the_store_are_refused(store, key):
    with pytest.raises(ValueError):
        put(store, key, b"data")
    with pytest.raises(ValueError):
        store.stat(ObjectKey(key))
    assert list(store.list("")) == []


@pytest.mark.parametrize("prefix", ["../", "/etc/", "a//", "../../", ".meta/", "items/../.."])
def test_prefixes_that_no_key_has_list_nothing(store, prefix):
    put(store, KEY, b"data")
    assert list(store.list(prefix)) == []


def test_a_prefix_may_end_anywhere_in_a_name(store):
    put(store, "items/a..b", b"data")
    assert [[one.key for one in store.list(prefix)] for prefix in ("items/a..", "items/a.", "items/..")] == [
        ["items/a..b"],
        ["items/a..b"],
        [],
    ]


def test_items_lie_apart(store):
    one, two = sorted([new_item_id(), new_item_id()])
    put(store, original_key(fixity(b"scan").sha256, ".pdf"), b"scan")
    for item in (two, one):
        put(store, page_key(item, 1), b"hocr")
        put(store, derivative_key(item, "thumbs/000001.webp"), b"webp")
    assert [found.key for found in store.list(f"items/{one}/")] == [
        derivative_key(one, "thumbs/000001.webp"),
        page_key(one, 1),
    ]


def test_many_objects_are_all_listed(store):
    for number in range(1, MANY + 1):
        put(store, f"pages/{number:06d}.hocr", b"")
    listed = [one.key for one in store.list("pages/")]
    assert listed == [f"pages/{number:06d}.hocr" for number in range(1, MANY + 1)]
