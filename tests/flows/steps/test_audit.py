"""Fixity: a bit that flipped, a file that is gone and one too many are found, and whose they are is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.ids import ItemId, ObjectKey, derivative_key, new_item_id, page_key
from domain.ports import Shelf
from flows.steps import audit as audits
from flows.steps.audit import Trouble, audit
from tests import servers
from tests.faults.scans import draw_book
from tests.faults.walk import walk

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
