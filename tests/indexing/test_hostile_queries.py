"""Whatever is typed gives results, or the sentence that it has no word; how fast, bench.search_fuzz tells."""

from urllib.parse import quote

import pytest

from bench.search_fuzz import attack, hostile, shelf_of
from config.wiring import INDEXES, adapter
from tests.indexing.server import SERVER_SECRETS, SERVER_URL, empty

PAGES, SEED = 200, 4


@pytest.fixture(params=["tantivy", *(["elasticsearch"] if SERVER_URL else [])])
def index(request, tmp_path):
    url = f"tantivy://{quote(str(tmp_path))}/index"
    if request.param == "elasticsearch":
        empty()
        url = SERVER_URL
    with adapter("TUSACH_INDEX_URL", INDEXES, url, SERVER_SECRETS) as index:
        index.rebuild(shelf_of(PAGES, SEED))
        yield index


@pytest.mark.slow
def test_500_hostile_queries_are_answered_or_refused(index):
    figures = attack(index, hostile(SEED, 500))
    assert figures.failed == []
    assert figures.asked == 4 * 500


def test_hostile_queries_are_the_same_for_the_same_seed():
    assert hostile(1, 300) == hostile(1, 300) != hostile(2, 300)
