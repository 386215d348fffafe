"""From a drawn word through recognition, index and search to its box: where it was drawn."""

import pytest

from bench.search_boxes import KINDS, measure


@pytest.mark.slow
def test_the_boxes_of_hits_are_the_words_searched_for(tmp_path):
    figures = measure(tmp_path, pages=3, hits=60, seed=7)
    assert figures.told == []
    assert sum(figures.hits.values()) == 60
    assert all(figures.hits[kind] >= 8 for kind in KINDS)
