"""What an index on a search server survives: writers killed at any instant, rebuilds while it is read."""

from __future__ import annotations

import random
import threading

import pytest

from domain.errors import IndexIncomplete
from domain.ids import ItemId
from domain.queries import ItemPages
from indexing import elastic_bulk
from indexing.elastic import TRIES, open_index
from indexing.elastic_search import Search
from tests.indexing.dying import killed
from tests.indexing.server import SERVER_SECRETS, SERVER_URL, empty
from tests.indexing.shelved import ask, generation, items

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow]

ITEM = ItemId("d" * 32)
OTHERS = [ItemId(f"{n:02x}" * 16) for n in range(1, 4)]
PAGES = 8
KILLS = 13  # for each of the two


@pytest.fixture
def index():
    empty()
    with open_index(SERVER_URL, secrets=SERVER_SECRETS) as index:
        yield index


def replacing(url: str, secrets: dict[str, str], first: int, said) -> None:
    """Replaces one item again and again; says each revision once it is written."""
    with open_index(url, secrets=secrets) as index:
        for revision in range(first, first + 1_000):
            index.replace_item(ITEM, generation(ITEM, revision, PAGES))
            said.send(revision)


def rebuilding(url: str, secrets: dict[str, str], first: int, said) -> None:
    """The same for everything, in bulks of three pages, so that many are killed half sent."""
    elastic_bulk.CHUNK = 3
    with open_index(url, secrets=secrets) as index:
        for revision in range(first, first + 1_000):
            index.rebuild(items(*(generation(item, revision, PAGES) for item in OTHERS)))
            said.send(revision)


def seen(index) -> set[str]:
    """The generations that a search shows, each page with its own."""
    found = ask(index, "thuộc đợt", limit=10, pages_per_item=PAGES)
    assert all(len(item.pages) == item.page_total == PAGES for item in found.items)
    return {hit.snippet.text.rpartition(" ")[2] for item in found.items for hit in item.pages}


@pytest.mark.parametrize(
    ("deed", "held_items", "instants"), [(replacing, [ITEM], 0.3), (rebuilding, OTHERS, 1.0)]
)
def test_a_writer_killed_at_any_instant_loses_no_commit_and_mixes_no_generations(
    index, deed, held_items, instants
):
    rng = random.Random(f"kill/{deed.__name__}")
    revision = 1
    for _ in range(KILLS):
        said = killed(deed, SERVER_URL, SERVER_SECRETS, revision, after_s=rng.uniform(0, instants))
        held = {one.item_id: (one.revision, one.pages) for one in index.contents()}
        revisions = {revision for revision, _ in held.values()}
        assert set(held) == set(held_items)
        assert {pages for _, pages in held.values()} == {PAGES}
        assert len(revisions) == 1
        assert revisions <= {said, said + 1}
        assert len(seen(index)) == 1
        revision = said + 2


def test_a_rebuild_goes_on_where_it_was_interrupted_without_reading_what_is_held(index, monkeypatch):
    monkeypatch.setattr(elastic_bulk, "CHUNK", 3)

    class Interrupted(Exception):
        pass

    asked: list[ItemId] = []

    def one(item: ItemId, revision: int) -> ItemPages:
        def pages():
            asked.append(item)
            yield from generation(item, revision, PAGES)

        return ItemPages(item, revision, pages())

    def interrupted():
        for item in OTHERS:
            yield one(item, 1)
        raise Interrupted

    index.rebuild(items(generation(ITEM, 1, PAGES)))
    with pytest.raises(Interrupted):
        index.rebuild(interrupted())
    assert [held.item_id for held in index.contents()] == [ITEM]
    asked.clear()
    index.rebuild([one(OTHERS[0], 1), one(OTHERS[1], 2), one(ITEM, 1)])
    assert asked == [OTHERS[1], ITEM]
    held = {one.item_id: (one.revision, one.pages) for one in index.contents()}
    assert held == {OTHERS[0]: (1, PAGES), OTHERS[1]: (2, PAGES), ITEM: (1, PAGES)}


@pytest.mark.parametrize(("times", "answers"), [(TRIES - 1, True), (TRIES, False)])
def test_a_part_that_is_away_for_a_moment_is_asked_again(index, monkeypatch, times, answers):
    """As it is while a replaced index goes and the server does not yet name the one that counts."""
    index.rebuild(items(*(generation(item, 1, PAGES) for item in OTHERS)))
    real, away = Search.answer, iter(range(times))

    def answer(search):
        if next(away, None) is not None:
            raise IndexIncomplete(detail="503 no_shard_available_action_exception")
        return real(search)

    monkeypatch.setattr(Search, "answer", answer)
    if answers:
        assert ask(index, "thuộc đợt").total == len(OTHERS)
    else:
        with pytest.raises(IndexIncomplete):
            ask(index, "thuộc đợt")


def test_searches_go_on_while_everything_is_built_anew_and_replaced(index):
    """Neither a failed search nor one that shows pages of two generations of an item."""
    index.rebuild(items(*(generation(item, 1, PAGES) for item in OTHERS)))
    done, failures, searches = threading.Event(), [], []

    def read() -> None:
        with open_index(SERVER_URL, secrets=SERVER_SECRETS) as reader:
            while not done.is_set():
                try:
                    found = ask(reader, "thuộc đợt", limit=10, pages_per_item=PAGES, facets=True)
                    assert found.total == len(OTHERS)
                    for item in found.items:
                        assert len(item.pages) == PAGES
                        assert len({hit.snippet.text.rpartition(" ")[2] for hit in item.pages}) == 1
                    searches.append(found)
                except BaseException as error:
                    failures.append(error)
                    return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for revision in range(2, 6):
            index.rebuild(items(*(generation(item, revision, PAGES) for item in OTHERS)))
            index.replace_item(OTHERS[0], generation(OTHERS[0], revision + 100, PAGES))
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert searches
