"""A store behind a network that fails: everything arrives whole, or it is said that it did not."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest
from minio import Minio

from domain.errors import FixityMismatch, StoreUnavailable
from domain.ids import ObjectKey, new_item_id
from storage import retries
from storage.connections import patient_pool
from storage.fixity import CHUNK, fixity_of
from storage.retries import FIRST_S, LONGEST_S, TRIES, Retries
from storage.s3 import S3Store, open_store, place_of
from storage.transfer import PART
from tests import servers
from tests.storage.flaky import Fault, Flaky, standing
from tests.storage.seaweed import free_ports, running_s3

KEY = ObjectKey("items/0123/derivatives/access.pdf")
SERVERS = ["seaweedfs", *(["minio"] if servers.STORE_URL else [])]
ONE_SERVER = pytest.mark.parametrize("behind", ["seaweedfs"], indirect=True)  # it is the proxy that counts
LARGE = random.Random(7).randbytes(3 * PART - 1_000)  # three parts


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory):
    with running_s3(tmp_path_factory.mktemp("seaweed")) as found:
        yield found


@pytest.fixture(params=SERVERS)
def behind(request) -> Iterator[tuple[Flaky, S3Store, Minio]]:
    """A proxy, a store behind it, and a client that goes straight to the same server."""
    if request.param == "minio":
        given = urlsplit(servers.own_bucket())
        endpoint, secrets, bucket = given.netloc, servers.STORE_SECRETS, given.path.strip("/")
    else:
        seaweed = request.getfixturevalue("seaweed")
        endpoint, secrets, bucket = seaweed.endpoint, seaweed.secrets, "shelf"
    client = Minio(endpoint, secrets["access_key"], secrets["secret_key"], secure=False)
    prefix = f"faults/{new_item_id()}"
    with open_store(f"s3+http://{endpoint}/{bucket}/{prefix}", secrets=secrets) as straight:
        straight.put(ObjectKey("first"), io.BytesIO(b""), media_type="text/plain")  # makes the bucket
        straight.delete(ObjectKey("first"))
    with ExitStack() as opened:
        flaky = opened.enter_context(standing(Flaky(endpoint)))
        url = f"s3+http://{flaky.endpoint}/{bucket}/{prefix}"
        yield flaky, opened.enter_context(open_store(url, secrets=secrets)), client


@contextmanager
def all_befall(flaky: Flaky, *faults: Fault) -> Iterator[None]:
    flaky.faults[:] = faults
    yield
    assert flaky.faults == []


def put(store: S3Store, data: bytes) -> None:
    store.put(KEY, io.BytesIO(data), media_type="application/pdf")


def read(store: S3Store) -> bytes:
    with store.open(KEY) as source:
        return source.read()


def part(store: S3Store, first: int, end: int) -> bytes:
    with store.part(KEY, first, end, of=fixity_of(io.BytesIO(LARGE))) as source:
        return source.read()


@ONE_SERVER
def test_of_a_part_nothing_else_is_fetched(behind):
    flaky, store, _ = behind
    put(store, LARGE)
    asked, fetched = len(flaky.asked), flaky.down
    assert part(store, PART - 500, PART + 500) == LARGE[PART - 500 : PART + 500]
    assert len(flaky.asked) == asked + 1
    assert flaky.down - fetched < 5_000


@ONE_SERVER
def test_a_part_that_breaks_off_goes_on_where_it_broke(behind):
    flaky, store, _ = behind
    put(store, LARGE)
    fetched = flaky.down
    with all_befall(flaky, Fault("cut down", b"GET", after=3_000_000), Fault("busy", b"GET")):
        assert part(store, 1_000, PART + 1_000) == LARGE[1_000 : PART + 1_000]
    assert flaky.down - fetched < PART + CHUNK + 100_000


def unfinished(store: S3Store, client: Minio) -> list[str]:
    place = store._place
    uploads = client._list_multipart_uploads(place.bucket).uploads
    return [one.object_name for one in uploads if one.object_name.startswith(place.prefix)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("busy"),
        Fault("cut up"),
        Fault("busy", b"PUT"),
        Fault("cut up", b"PUT", 50_000),
        Fault("cut down", b"PUT", 20),
    ],
)
def test_a_put_comes_through(behind, fault):
    flaky, store, _ = behind
    data = LARGE[:200_000]
    with all_befall(flaky, fault, fault, fault):
        put(store, data)
    assert read(store) == data


@pytest.mark.parametrize(
    "fault",
    [
        Fault("busy", b"POST"),  # the upload is begun, or is to be completed
        Fault("cut down", b"POST", 0),
        Fault("busy", b"PUT"),
        Fault("cut up", b"PUT", PART // 2),
        Fault("cut down", b"PUT", 30),
        Fault("flip", b"PUT", PART // 2),
    ],
)
def test_a_put_in_parts_comes_through(behind, fault):
    flaky, store, client = behind
    with all_befall(flaky, fault):
        put(store, LARGE)
    assert read(store) == LARGE
    assert [one.key for one in store.list("")] == [KEY]
    # Begun by a request whose answer was lost, an upload stays until it is a day old.
    assert len(unfinished(store, client)) == (fault == Fault("cut down", b"POST", 0))


def test_a_put_comes_through_where_the_answer_to_its_end_is_lost(behind):
    flaky, store, client = behind
    place = store._place
    end = f"POST /{place.bucket}/{place.prefix}{KEY}?uploadId".encode()
    with all_befall(flaky, Fault("cut down", end)):
        put(store, LARGE)
    assert read(store) == LARGE
    assert unfinished(store, client) == []


def test_a_bit_that_flips_on_the_way_is_not_kept(behind):
    flaky, store, _ = behind
    data = LARGE[:300_000]
    with all_befall(flaky, Fault("flip", b"PUT", 200_000)):
        put(store, data)
    assert read(store) == data


def test_bits_that_always_flip_are_an_error_and_the_object_before_stays(behind):
    flaky, store, _ = behind
    put(store, b"the first one")
    flaky.faults[:] = [Fault("flip", b"PUT", 200_000)] * 20
    with pytest.raises((FixityMismatch, StoreUnavailable)):
        put(store, LARGE[:300_000])
    flaky.faults.clear()
    assert read(store) == b"the first one"


def test_a_reading_goes_on_where_it_broke(behind):
    flaky, store, _ = behind
    put(store, LARGE)
    before = flaky.down
    breaks = [Fault("cut down", b"GET", after) for after in (3_000_000, 1_000, 5_000_000, 0, 7_000_000)]
    with all_befall(flaky, *breaks, Fault("busy", b"GET")):
        assert read(store) == LARGE
    assert flaky.down - before < 1.2 * len(LARGE)


def test_a_reading_of_what_is_replaced_meanwhile_is_of_one_of_them(behind):
    flaky, store, client = behind
    put(store, LARGE)
    place = store._place
    taken = flaky.take

    def take(request: bytes) -> Fault | None:
        if b"\r\nrange: " in request.lower() and not replaced:
            replaced.append(
                client.put_object(place.bucket, place.prefix + KEY, io.BytesIO(LARGE[::-1]), len(LARGE))
            )
        return taken(request)

    replaced: list[object] = []
    flaky.take = take
    with all_befall(flaky, Fault("cut down", b"GET", 4_000_000)):
        assert read(store) == LARGE[::-1]
    assert replaced


@ONE_SERVER
def test_a_reading_that_never_gets_further_is_an_error(behind):
    flaky, store, _ = behind
    put(store, LARGE)
    flaky.faults[:] = [Fault("cut down", b"GET", 1_000)] * 100
    with pytest.raises(StoreUnavailable):
        read(store)
    flaky.faults.clear()


@ONE_SERVER
@pytest.mark.parametrize("deed", [read, lambda store: put(store, b"data"), lambda store: [*store.list("")]])
def test_a_server_that_stays_busy_is_told_with_its_reason(behind, deed):
    flaky, store, _ = behind
    flaky.faults[:] = [Fault("busy")] * 100
    with pytest.raises(StoreUnavailable) as raised:
        deed(store)
    assert re.search("SlowDown|503", raised.value.fields["detail"])
    assert raised.value.retryable
    flaky.faults.clear()


@ONE_SERVER
def test_a_server_that_stays_silent_is_given_up(behind):
    flaky, store, _ = behind
    flaky.faults[:] = [Fault("silent")] * 100
    pool = patient_pool(read_s=0.2, enough_s=0)
    client = Minio(flaky.endpoint, "a", "b", secure=False, region="us-east-1", http_client=pool)
    with pytest.raises(StoreUnavailable):
        S3Store(client, store._place).stat(KEY)
    assert len(flaky.asked) == 2  # the second was asked when enough was waited
    pool.clear()
    flaky.faults.clear()


def test_waiting_is_drawn_within_bounds_that_double():
    bounds = [min(LONGEST_S, FIRST_S * 2**failures) for failures in range(TRIES)]
    assert sum(bounds) <= 6.2 + 1e-9
    for failures, bound in enumerate(bounds, start=1):
        waits = [retries.wait_s(failures) for _ in range(200)]
        assert 0 <= min(waits) < max(waits) <= bound
        assert max(waits) - min(waits) > bound / 2


@pytest.mark.parametrize(
    ("method", "again"), [("PUT", True), ("GET", True), ("DELETE", True), ("POST", False)]
)
def test_what_must_not_be_done_twice_is_not(method, again):
    assert Retries.usual().is_retry(method, 503) is again


def test_a_server_that_is_away_is_asked_a_bounded_number_of_times():
    (port,) = free_ports(1)
    url = f"s3+http://127.0.0.1:{port}/scans"
    with open_store(url, secrets={"access_key": "a", "secret_key": "b"}) as store:
        for deed in (lambda: put(store, LARGE), lambda: read(store)):
            with pytest.raises(StoreUnavailable) as raised:
                deed()
            assert raised.value.retryable
    assert place_of(url).bucket == "scans"
