from hypothesis import given
from hypothesis import strategies as st

from domain.holdings import Stage
from flows.chunks import RUN_IMAGES, RUN_ITEMS, SHORT, chunks, is_short, shared_runs


@given(st.integers(0, 5_000), st.data())
def test_no_page_is_lost_or_twice_and_a_book_has_at_most_thirty_tasks(images, data):
    read = data.draw(st.sets(st.integers(1, max(images, 1)), max_size=30))
    left = [number for number in range(1, images + 1) if number not in read]
    dealt = chunks(left, images)
    assert [number for chunk in dealt for number in chunk] == left
    assert len(dealt) + len(Stage) <= 30
    assert all(dealt)


def test_a_small_book_is_not_cut_finer_than_ten_pages():
    assert [len(chunk) for chunk in chunks(range(1, 25), 24)] == [10, 10, 4]


@given(st.lists(st.integers(0, SHORT), max_size=200))
def test_short_items_keep_their_order_within_the_bounds_of_a_run(images):
    runs = shared_runs(list(enumerate(images)))
    assert [name for run in runs for name in run] == list(range(len(images)))
    assert all(len(run) <= RUN_ITEMS and sum(images[name] for name in run) <= RUN_IMAGES for run in runs)


def test_a_hundred_leaflets_of_two_pages_are_five_runs():
    assert len(shared_runs([(name, 2) for name in range(100)])) == 5


def test_an_item_whose_pictures_are_not_counted_gets_a_run_of_its_own():
    assert not is_short(None)
    assert is_short(2)
    assert not is_short(24)
