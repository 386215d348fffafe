"""What a bucket of ours keeps, on both servers."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.versioningconfig import VersioningConfig

from domain.errors import FixityMismatch, ObjectNotFound
from domain.ids import ObjectKey, original_key
from storage.bucket import STALE, clear_uploads
from storage.s3 import S3Store, open_store
from storage.transfer import PART
from tests import servers
from tests.cli.shell import program
from tests.storage.seaweed import running_s3

ORIGINAL = original_key("ab" * 32, ".pdf")
SERVERS = ["seaweedfs", *(["minio"] if servers.STORE_URL else [])]


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory):
    with running_s3(tmp_path_factory.mktemp("seaweed")) as found:
        yield found


@pytest.fixture(params=SERVERS)
def server(request) -> tuple[str, dict[str, str]]:
    if request.param == "minio":
        return urlsplit(servers.STORE_URL).netloc, servers.STORE_SECRETS
    seaweed = request.getfixturevalue("seaweed")
    return seaweed.endpoint, seaweed.secrets


@pytest.fixture
def client(server) -> Minio:
    endpoint, secrets = server
    return Minio(endpoint, secrets["access_key"], secrets["secret_key"], secure=False)


@pytest.fixture
def bucket(client) -> Iterator[str]:
    """A name; what was made of it is gone afterwards."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    yield name
    if client.bucket_exists(name):
        for one in client.list_objects(name, recursive=True, include_version=True):
            client.remove_object(name, one.object_name, version_id=one.version_id)
        for one in client.list_objects(name, recursive=True):
            client.remove_object(name, one.object_name)
        clear_uploads(client, name, prefix="", now=dt.datetime.now(dt.UTC) + 2 * STALE)
        client.remove_bucket(name)


@pytest.fixture
def store(server, bucket) -> Iterator[S3Store]:
    endpoint, secrets = server
    with open_store(f"s3+http://{endpoint}/{bucket}/office", secrets=secrets) as opened:
        yield opened


def put(store: S3Store, key: str, data: bytes) -> None:
    store.put(ObjectKey(key), io.BytesIO(data), media_type="text/plain")


def versions(client: Minio, bucket: str, key: str) -> list[bytes]:
    """The bytes of all versions, the oldest first."""
    found = client.list_objects(bucket, prefix=f"office/{key}", recursive=True, include_version=True)
    kept = sorted((one for one in found if not one.is_delete_marker), key=lambda one: one.last_modified)
    return [client.get_object(bucket, one.object_name, version_id=one.version_id).data for one in kept]


def test_an_original_that_was_overwritten_and_deleted_can_be_had_back(store, client, bucket):
    with pytest.raises(ObjectNotFound):
        store.keeps_versions()
    put(store, ORIGINAL, b"the scan")
    put(store, ORIGINAL, b"a mistake")
    store.delete(ORIGINAL)
    with pytest.raises(ObjectNotFound):
        store.stat(ORIGINAL)
    assert sorted(versions(client, bucket, ORIGINAL)) == [b"a mistake", b"the scan"]
    assert store.keeps_versions()


def test_only_what_can_be_derived_again_expires(store, client, bucket):
    put(store, ORIGINAL, b"the scan")
    (rule,) = client.get_bucket_lifecycle(bucket).rules
    assert rule.rule_filter.prefix == "office/items/"
    assert rule.noncurrent_version_expiration.noncurrent_days == 7
    assert (rule.status, rule.expiration.days, rule.expiration.date) == ("Enabled", None, None)


def test_a_bucket_of_an_administrator_stays_as_it_is(store, client, bucket):
    client.make_bucket(bucket)
    put(store, ORIGINAL, b"the scan")
    assert client.get_bucket_versioning(bucket).status != "Enabled"
    assert not store.keeps_versions()


def test_what_a_killed_sender_left_is_removed_when_it_is_a_day_old(store, client, bucket):
    put(store, ORIGINAL, b"the scan")
    for key in ("office/items/1/a.pdf", "elsewhere/b.pdf"):
        upload = client._create_multipart_upload(bucket, key, {})
        client._upload_part(bucket, key, b"x" * 5_000_000, None, upload, 1)
    now = dt.datetime.now(dt.UTC)

    def left() -> set[str]:
        return {one.object_name for one in client._list_multipart_uploads(bucket).uploads}

    clear_uploads(client, bucket, prefix="office/", now=now + dt.timedelta(hours=23))
    assert left() == {"office/items/1/a.pdf", "elsewhere/b.pdf"}
    put(store, "items/2/large", b"x" * (PART + 1))  # looks for them, and finds none that old
    assert left() == {"office/items/1/a.pdf", "elsewhere/b.pdf"}
    clear_uploads(client, bucket, prefix="office/", now=now + dt.timedelta(hours=25))
    assert left() == {"elsewhere/b.pdf"}


class Changing(io.BytesIO):
    """A file into which somebody writes after it was read the first time."""

    rounds = 0

    def seek(self, place: int, whence: int = 0) -> int:
        self.rounds += 1
        if self.rounds == 2:
            self.getbuffer()[len(self.getvalue()) // 2] ^= 1
        return super().seek(place, whence)


@pytest.mark.parametrize("size", [1_000, 2 * PART + 1])
def test_a_file_that_changes_while_it_is_read_is_not_kept(store, client, bucket, size):
    put(store, ORIGINAL, b"the one before")
    with pytest.raises(FixityMismatch):
        store.put(ORIGINAL, Changing(b"x" * size), media_type="text/plain")
    with store.open(ORIGINAL) as source:
        assert source.read() == b"the one before"
    assert client._list_multipart_uploads(bucket).uploads == []


class Breaking(io.BytesIO):
    """A file whose disk fails in the middle of the second reading."""

    left = 0

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self.left += len(chunk)
        if self.left > 4 * PART:
            raise OSError(5, "Input/output error")
        return chunk


def test_a_source_that_breaks_on_the_way_tells_its_own_error_and_leaves_nothing(store, client, bucket):
    put(store, ORIGINAL, b"the one before")
    with pytest.raises(OSError, match="Input/output error"):
        store.put(ObjectKey("items/1/a"), Breaking(b"x" * (2 * PART + PART // 2)), media_type="text/plain")
    assert list(store.keys("items/")) == []
    assert client._list_multipart_uploads(bucket).uploads == []


@pytest.mark.parametrize("server", ["seaweedfs"], indirect=True)
def test_doctor_says_whether_originals_are_kept(server, client, bucket, tmp_path):
    endpoint, secrets = server
    given = {f"TUSACH_STORE_{name.upper()}": secret for name, secret in secrets.items()}
    given["TUSACH_STORE_URL"] = f"s3+http://{endpoint}/{bucket}"

    def told() -> list[str]:
        said = program("--lang", "en", "--data-dir", str(tmp_path / "data"), "doctor", **given)
        return [line for line in said.stdout.splitlines() if "versions:" in line or "no versions" in line]

    assert told() == []  # the first put will make it
    client.make_bucket(bucket)
    assert [line[:6] for line in told()] == ["[note]"]
    client.set_bucket_versioning(bucket, VersioningConfig("Enabled"))
    assert [line[:6] for line in told()] == ["[good]"]
