"""Fixity: a bit that flipped, a file that is gone and one too many are found, and whose they are is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.ids import ItemId, ObjectKey, derivative_key, new_item_id, page_key
from domain.ports import Shelf
from flows.steps import audit as audits
from flows.steps.audit import Trouble, audit
from storage.s3 import SHA256
from tests import servers
from tests.faults.scans import draw_book
from tests.faults.walk import walk
from tests.storage.flaky import Flaky, standing
from tests.storage.seaweed import running_s3

STORES = ["folder", *(["minio"] if servers.STORE_URL else [])]


@pytest.fixture(params=STORES)
def shelved(request, tmp_path) -> Iterator[tuple[Shelf, ItemId]]:
    """A shelf with one published book of two pages."""
    with ExitStack() as opened:
        given = {}
        if request.param == "minio":
            given = {f"store_{key}": secret for key, secret in servers.STORE_SECRETS.items()}
            given["store_url"] = opened.enter_context(servers.own_prefix("audit"))
        settings = load_settings(data_dir=tmp_path / "kệ", **given)
        shelf = opened.enter_context(open_shelf(settings))
        yield shelf, _walked(shelf, settings, tmp_path)


def put(shelf: Shelf, key: str, data: bytes = b"x") -> None:
    shelf.store.put(ObjectKey(key), BytesIO(data), media_type="text/plain")


def troubles(shelf: Shelf) -> dict[str, Trouble]:
    return {one.key: one.trouble for one in audit(shelf).findings}


def test_a_sound_shelf_is_read_whole(shelved):
    shelf, _ = shelved
    told: list[int] = []
    found = audit(shelf, told.append)
    stored = list(shelf.store.list(""))
    assert (found.items, found.objects, found.findings) == (1, len(stored), ())
    assert found.size == sum(one.fixity.size for one in stored)
    assert told == [*range(1, len(stored) + 1)]


def test_every_kind_of_trouble_is_told_with_its_item(shelved):
    shelf, item_id = shelved
    with shelf.catalog.view() as seen:
        item, original = seen.item(item_id), seen.scan(item_id).files[0]
    stranger = new_item_id()
    shelf.store.delete(page_key(item_id, 2))
    put(shelf, derivative_key(item_id, "access.pdf"), b"another")
    put(shelf, derivative_key(item_id, "notes.txt"))
    put(shelf, derivative_key(stranger, "text.txt"))
    put(shelf, "originals/00/left.pdf")
    put(shelf, "elsewhere/file.txt")
    shelf.store.delete(original.key)
    found = {one.key: (one.trouble, one.accession, one.name) for one in audit(shelf).findings}
    assert found == {
        page_key(item_id, 2): (Trouble.MISSING, item.accession, "000002.hocr"),
        derivative_key(item_id, "access.pdf"): (Trouble.ALTERED, item.accession, "access.pdf"),
        derivative_key(item_id, "notes.txt"): (
            Trouble.EXTRA,
            item.accession,
            derivative_key(item_id, "notes.txt"),
        ),
        derivative_key(stranger, "text.txt"): (Trouble.ORPHANED, None, derivative_key(stranger, "text.txt")),
        "originals/00/left.pdf": (Trouble.ORPHANED, None, "originals/00/left.pdf"),
        "elsewhere/file.txt": (Trouble.ORPHANED, None, "elsewhere/file.txt"),
        original.key: (Trouble.MISSING, item.accession, "Sổ tay.pdf"),
    }


def test_an_item_of_which_nothing_is_left_is_missing_whole(shelved):
    shelf, _ = shelved
    held = [one.key for one in shelf.store.list("")]
    for key in held:
        shelf.store.delete(key)
    assert troubles(shelf) == dict.fromkeys(held, Trouble.MISSING)


def test_a_flipped_bit_is_found_where_the_catalogue_knows_no_digest(shelf, settings, tmp_path):
    """Of the reading of a page the store alone knows what it was."""
    item_id = _walked(shelf, settings, tmp_path)
    path = settings.data_dir / "objects" / page_key(item_id, 1)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    assert troubles(shelf) == {page_key(item_id, 1): Trouble.ALTERED}


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory):
    with running_s3(tmp_path_factory.mktemp("seaweed")) as found:
        yield found


@pytest.fixture(params=["seaweedfs", *STORES[1:]])
def served(request) -> Iterator[dict[str, str]]:
    """The settings of a store on a server."""
    with ExitStack() as opened:
        if request.param == "minio":
            url, secrets = opened.enter_context(servers.own_prefix(new_item_id())), servers.STORE_SECRETS
        else:
            seaweed = request.getfixturevalue("seaweed")
            url, secrets = f"s3+http://{seaweed.endpoint}/shelf/{new_item_id()}", seaweed.secrets
        yield {"store_url": url, **{f"store_{key}": secret for key, secret in secrets.items()}}


def test_a_bit_flipped_on_the_server_behind_our_back_is_found(served, tmp_path):
    """The bytes change, what the server keeps of them does not."""
    settings = load_settings(data_dir=tmp_path / "kệ", **served)
    with open_shelf(settings) as shelf:
        item_id = _walked(shelf, settings, tmp_path)
        with shelf.catalog.view() as seen:
            item, original = seen.item(item_id), seen.scan(item_id).files[0]
        altered = {original.key: "Sổ tay.pdf", page_key(item_id, 1): "000001.hocr"}
        for key in altered:
            _flip(served, key)
        gone, more = derivative_key(item_id, "text.txt"), derivative_key(item_id, "notes.txt")
        shelf.store.delete(gone)
        put(shelf, more)
        found = audit(shelf)
        assert {one.key: (one.trouble, one.accession, one.name) for one in found.findings} == {
            **{key: (Trouble.ALTERED, item.accession, name) for key, name in altered.items()},
            gone: (Trouble.MISSING, item.accession, "text.txt"),
            more: (Trouble.EXTRA, item.accession, more),
        }
        for one in found.findings:
            if one.trouble is Trouble.ALTERED:
                assert one.expected.size == one.found.size
                assert one.expected.sha256 != one.found.sha256


def test_an_audit_asks_a_server_once_for_each_object(served, tmp_path):
    settings = load_settings(data_dir=tmp_path / "kệ", **served)
    with open_shelf(settings) as shelf:
        _walked(shelf, settings, tmp_path)
    address = urlsplit(served["store_url"])
    with standing(Flaky(address.netloc)) as flaky:
        through = served | {"store_url": address._replace(netloc=flaky.endpoint).geturl()}
        with open_shelf(load_settings(data_dir=tmp_path / "kệ", **through)) as shelf:
            found = audit(shelf)
    lists = [line for line in flaky.asked if "list-type=2" in line]
    assert found.findings == ()
    assert len(flaky.asked) - len(lists) == found.objects
    # The top, originals/, items/, then one for each folder in these two.
    assert len(lists) == 5


def _flip(served: dict[str, str], key: str) -> None:
    """Change one bit of an object, under the same metadata, as a client that is not ours."""
    address = urlsplit(served["store_url"])
    bucket, _, prefix = address.path.strip("/").partition("/")
    client = Minio(address.netloc, served["store_access_key"], served["store_secret_key"], secure=False)
    kept = client.get_object(bucket, f"{prefix}/{key}")
    data = bytearray(kept.data)
    data[len(data) // 2] ^= 1
    client.put_object(
        bucket,
        f"{prefix}/{key}",
        BytesIO(data),
        len(data),
        content_type=kept.headers["Content-Type"],
        metadata={SHA256: kept.headers[SHA256]},
    )


def test_what_an_item_on_its_way_keeps_first_is_no_trouble(shelf, settings, tmp_path):
    item_id = _walked(shelf, settings, tmp_path)
    put(shelf, derivative_key(item_id, "soon.txt"))
    assert troubles(shelf) == {derivative_key(item_id, "soon.txt"): Trouble.EXTRA}
    with shelf.catalog.begin() as changes:
        changes.reset_stages(item_id, [*changes.stages(item_id)])
    assert troubles(shelf) == {}


def test_what_is_put_right_while_others_are_read_is_no_trouble(shelf, settings, tmp_path, monkeypatch):
    item_id = _walked(shelf, settings, tmp_path)
    with shelf.store.open(page_key(item_id, 1)) as source:
        hocr = source.read()
    shelf.store.delete(page_key(item_id, 1))
    looked = audits._look

    def look(*given):
        yield from looked(*given)
        put(shelf, page_key(item_id, 1), hocr)

    monkeypatch.setattr(audits, "_look", look)
    assert troubles(shelf) == {}


def _walked(shelf: Shelf, settings: Settings, folder: Path) -> ItemId:
    return walk(shelf, settings, [draw_book(folder / "in" / "Sổ tay.pdf", pages=2)])[0]
