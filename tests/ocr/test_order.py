import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ocr.order import natural_order

NAMES = st.lists(st.text("aAăĂđĐ 0123456789._-()½²", max_size=12) | st.text(max_size=20), max_size=12)


def test_page_2_stands_before_page_10():
    assert natural_order(["page 10.jpg", "page 2.jpg", "page 1.jpg"]) == [
        "page 1.jpg",
        "page 2.jpg",
        "page 10.jpg",
    ]


def test_leading_zeros_and_case_do_not_matter():
    assert natural_order(["IMG_010.JPG", "img_9.jpg", "Img_0008.jpg"]) == [
        "Img_0008.jpg",
        "img_9.jpg",
        "IMG_010.JPG",
    ]


def test_a_name_stands_before_its_continuations():
    assert natural_order(["trang 2-1.png", "trang 2.png", "trang 2 (1).png"])[0] == "trang 2.png"


def test_normal_forms_of_a_name_stand_together():
    names = ["Điều 10.png", "Điều 9.png"]
    decomposed = [unicodedata.normalize("NFD", name) for name in names]
    assert natural_order([decomposed[0], names[1]]) == [names[1], decomposed[0]]


@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_depends_on_the_names_alone(names, chance: random.Random):
    shuffled = list(names)
    chance.shuffle(shuffled)
    assert natural_order(shuffled) == natural_order(names)


@given(NAMES)
def test_nothing_is_lost_and_ordering_again_changes_nothing(names):
    once = natural_order(names)
    assert sorted(once) == sorted(names)
    assert natural_order(once) == once


@given(st.lists(st.integers(0, 10**9), unique=True))
def test_numbered_names_stand_by_their_numbers(numbers):
    names = [f"trang {number}.tif" for number in numbers]
    assert natural_order(names) == [f"trang {number}.tif" for number in sorted(numbers)]
