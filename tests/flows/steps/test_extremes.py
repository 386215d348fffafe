"""The same batch comes to the same on every shelf, from folder, SQLite and tantivy to three servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.arrangement import Cut
from domain.holdings import State
from domain.ids import ItemId, derivative_key
from domain.ports import Criteria, Shelf
from domain.queries import Query
from flows.steps.arranging import move_page, part_page, turn_page
from flows.steps.correcting import correct_page, reading_of
from flows.steps.way import digitise
from flows.steps.work import Work
from tests import servers
from tests.faults.walk import walk
from tests.indexing import server as search

STORES = ["folder", *(["minio"] if servers.STORE_URL else [])]
CATALOGS = ["sqlite", *(["postgresql"] if servers.CATALOG_URL else [])]
INDEXES = ["tantivy", *(["elasticsearch"] if search.SERVER_URL else [])]
EXTREMES = [*product(STORES, CATALOGS, INDEXES)]  # the smallest among them: it is no matter of luck
CORRECTED = "Dòng do cán bộ sửa"
QUERIES = [CORRECTED, "hòa giải ở cơ sở", "hoa giai", '"Điều 2"', "không có từ này"]


def addresses(extreme: tuple[str, str, str], opened: ExitStack) -> dict[str, Any]:
    """The settings that make a shelf of these three."""
    store, catalog, index = extreme
    given: dict[str, Any] = {}
    name = "-".join(extreme)
    if store == "minio":
        given["store_url"] = opened.enter_context(servers.own_prefix(name))
        given |= {f"store_{key}": secret for key, secret in servers.STORE_SECRETS.items()}
    if catalog == "postgresql":
        given["catalog_url"] = opened.enter_context(servers.own_database(name))
        given["catalog_password"] = servers.CATALOG_PASSWORD
    if index == "elasticsearch":
        search.empty()
        given |= {"index_url": search.SERVER_URL, "index_api_key": search.SERVER_SECRETS["api_key"]}
    return given


def comes_to(shelf: Shelf) -> dict[str, Any]:
    """All that people see of a shelf, without what is drawn by lot and the time of day."""
    with shelf.catalog.view() as seen:
        items = seen.find_items(Criteria(), after=None, limit=10).items
        told = {
            item.accession: (
                item.state,
                item.title,
                item.counts,
                item.confidence,
                item.revision,
                seen.pages(item.id),
                seen.record(item.id),
                {file.name: file.fixity for file in seen.files(item.id) if file.name != "access.pdf"},
            )
            for item in items
        }
    return {
        "items": told,
        "texts": {item.accession: text_of(shelf, item.id) for item in items if item.state is State.PUBLISHED},
        "held": sorted((one.pages, one.published) for one in shelf.index.contents()),
        "found": {query: found(shelf, query) for query in QUERIES},
    }


def text_of(shelf: Shelf, item_id: Any) -> str:
    with shelf.store.open(derivative_key(item_id, "text.txt")) as source:
        return source.read().decode()


def found(shelf: Shelf, query: str) -> Any:
    told = shelf.index.search(Query(query, facets=True))
    hits = [
        (hit.accession, hit.page_total, [(page.number, page.label, page.snippet) for page in hit.pages])
        for hit in told.items
    ]
    return told.total, hits, told.facets, told.did_you_mean


def walked(batch: list[Path], folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    settings = load_settings(data_dir=folder, actor="lan", unit="stp", **given)
    with open_shelf(settings) as shelf:
        first, *_ = walk(shelf, settings, batch)
        at_the_desk(shelf, first, settings)
    with open_shelf(settings) as shelf:  # what is told is what was kept
        return comes_to(shelf)


def at_the_desk(shelf: Shelf, item_id: ItemId, settings: Settings) -> None:
    """A line corrected, a page turned upside down, the other parted and moved."""
    work = Work(settings.who, settings.ocr)
    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
    known = reading_of(shelf, item, 1)
    correct_page(shelf, item_id, 1, {1: CORRECTED}, settings.who, seen=known.digest)
    part_page(shelf, item_id, 2, Cut.ACROSS, 50, settings.who, version=0, most=9)
    turn_page(shelf, item_id, 3, 2, settings.who, version=1)
    move_page(shelf, item_id, 1, 2, settings.who, version=2)
    digitise(shelf, item_id, work)


@pytest.fixture(scope="module")
def smallest(batch, tmp_path_factory) -> Iterator[dict[str, Any]]:
    told = walked(batch, tmp_path_factory.mktemp("smallest"), {})
    assert [item[0] for item in told["items"].values()].count(State.PUBLISHED) == 2
    assert told["found"]["hoa giai"][0] > 0
    (_, _, [page, *_]), *_ = told["found"][CORRECTED][1]
    assert page[0] == 2  # it went where its page went
    return told


@pytest.mark.parametrize("extreme", EXTREMES, ids="-".join)
def test_every_shelf_comes_to_what_the_smallest_does(extreme, batch, smallest, tmp_path):
    with ExitStack() as opened:
        assert walked(batch, tmp_path, addresses(extreme, opened)) == smallest
