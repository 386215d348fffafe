"""What an S3 server adds to the contract: addresses, refusals, servers that are away."""

from __future__ import annotations

import io

import pytest
from minio import Minio

from domain.errors import FixityMismatch, ObjectNotFound, SettingNotValid, StoreUnavailable
from domain.ids import ObjectKey
from storage.s3 import SHA256, Place, open_store, place_of
from tests.storage.seaweed import free_ports, running_s3

KEY = ObjectKey("items/0123/derivatives/access.pdf")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_s3(tmp_path_factory.mktemp("seaweed")) as found:
        yield found


@pytest.fixture
def client(server):
    return Minio(server.endpoint, server.secrets["access_key"], server.secrets["secret_key"], secure=False)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "s3://scans/a?endpoint=http://minio:9000",
            Place("minio:9000", False, "scans", "a/", "us-east-1"),
        ),
        ("s3://scans?endpoint=https://s3.example.vn", Place("s3.example.vn", True, "scans", "", "us-east-1")),
        ("s3+http://minio:9000/scans/a/b", Place("minio:9000", False, "scans", "a/b/", "us-east-1")),
        ("s3://scans?region=ap-southeast-1", Place("s3.amazonaws.com", True, "scans", "", "ap-southeast-1")),
    ],
)
def test_addresses(url, place):
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3+http://minio:9000", "s3://b/../c?endpoint=http://h", "s3+http://user:key@minio:9000/scans"],
)
def test_addresses_that_lead_nowhere_are_told(url):
    with pytest.raises(SettingNotValid) as raised:
        open_store(url, secrets={}).__enter__()
    assert raised.value.fields["setting"] == "TUSACH_STORE_URL"


def test_the_bucket_is_made_by_the_first_put(server, client):
    with open_store(f"s3+http://{server.endpoint}/new-bucket", secrets=server.secrets) as store:
        with pytest.raises(ObjectNotFound):
            store.stat(KEY)
        assert not client.bucket_exists("new-bucket")
        store.put(KEY, io.BytesIO(b"data"), media_type="text/plain")
        assert client.bucket_exists("new-bucket")


@pytest.mark.parametrize(("access_key"), ["shelf", "nobody"])
def test_wrong_keys_are_told_as_a_setting(server, access_key):
    secrets = {"access_key": access_key, "secret_key": "wrong"}
    with open_store(f"s3+http://{server.endpoint}/scans", secrets=secrets) as store:
        for deed in (
            lambda: store.put(KEY, io.BytesIO(b"data"), media_type="text/plain"),
            lambda: store.open(KEY).__enter__(),
            lambda: list(store.list("")),
        ):
            with pytest.raises(SettingNotValid) as raised:
                deed()
            assert raised.value.fields["setting"] == "TUSACH_STORE_ACCESS_KEY"


def test_a_server_that_is_away_is_told_and_may_be_tried_again():
    (port,) = free_ports(1)
    secrets = {"access_key": "a", "secret_key": "b"}
    with open_store(f"s3+http://127.0.0.1:{port}/scans", secrets=secrets) as store:  # noqa: SIM117
        with pytest.raises(StoreUnavailable) as raised:
            store.stat(KEY)
    assert raised.value.retryable


def test_bytes_that_changed_on_the_server_are_not_handed_out(server, client):
    with open_store(f"s3+http://{server.endpoint}/scans", secrets=server.secrets) as store:
        stored = store.put(KEY, io.BytesIO(b"good"), media_type="text/plain")
        client.put_object("scans", KEY, io.BytesIO(b"evil"), 4, metadata={SHA256: stored.fixity.sha256})
        with pytest.raises(FixityMismatch) as raised:
            store.open(KEY).__enter__()
        assert raised.value.fields["expected"] == stored.fixity.sha256
        assert store.stat(KEY).fixity == stored.fixity


def test_what_others_put_there_has_a_fixity_too(server, client):
    with open_store(f"s3+http://{server.endpoint}/scans", secrets=server.secrets) as store:
        before = store.put(KEY, io.BytesIO(b"data"), media_type="text/plain")
        client.put_object("scans", KEY, io.BytesIO(b"data"), 4, content_type="text/plain")
        assert store.stat(KEY) == before
