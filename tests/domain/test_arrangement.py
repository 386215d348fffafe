"""Pages as they are arranged: nothing of a picture is lost, nothing is shown twice, all can be taken back."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arrangement import LEAST, WHOLE, Arrangement, Cut, Place, of_spans, spans
from domain.errors import DecisionError, NotOfOnePicture, PageNotKnown, PartTooSmall, TooManyPages

IMAGES = 4
ITEM = "TSPL-VN-2026-000001"

number = st.integers(1, 9)
act = st.one_of(
    st.tuples(st.just("turn"), number, st.integers(1, 3)),
    st.tuples(st.just("part"), number, st.sampled_from(Cut), st.integers(1, 99)),
    st.tuples(st.just("join"), number),
    st.tuples(st.just("move"), number, number),
)


def done(known: Arrangement, said) -> Arrangement:
    """What the act makes of it; the same where it is refused."""
    try:
        match said:
            case ("turn", page, turns):
                return known.turned(page, turns, ITEM)
            case ("part", page, cut, share):
                return known.parted(page, cut, share, ITEM, most=40)
            case ("join", page):
                return known.joined(page, ITEM)
            case ("move", page, to):
                return known.moved(page, to, ITEM)
    except (DecisionError, TooManyPages):
        return known
    raise AssertionError(said)


def area(place: Place) -> int:
    return (place.right - place.left) * (place.bottom - place.top)


@given(st.lists(act, max_size=30))
def test_every_picture_is_shown_whole_and_once_whatever_is_done(acts):
    known = Arrangement.as_scanned(IMAGES)
    for said in acts:
        known = done(known, said)
    places = [known.place(home) for home in known.homes]
    shown = Counter()
    for place in places:
        shown[place.image] += area(place)
    assert shown == dict.fromkeys(range(1, IMAGES + 1), WHOLE * WHOLE)
    for at, one in enumerate(places):
        assert not any(one.overlaps(other) for other in places[at + 1 :])
        assert min(one.right - one.left, one.bottom - one.top) >= LEAST


@given(st.lists(act, max_size=12), act)
def test_each_act_is_taken_back_whole(acts, last):
    known = Arrangement.as_scanned(IMAGES)
    for said in acts:
        known = done(known, said)
    after = done(known, last)
    back = after.as_before(known.homes, ITEM)
    assert back.homes == known.homes
    assert [back.place(home) for home in back.homes] == [known.place(home) for home in known.homes]


@given(st.lists(act, max_size=20))
def test_every_page_that_stood_has_an_heir(acts):
    known = Arrangement.as_scanned(IMAGES)
    for said in acts:
        known = done(known, said)
    assert set(known.heirs(range(1, IMAGES + 1))) == set(range(1, IMAGES + 1))


@given(number, st.integers(1, 3))
def test_a_page_that_is_turned_back_is_the_page_that_it_was(page, turns):
    known = Arrangement.as_scanned(9)
    assert known.turned(page, turns, ITEM).turned(page, 4 - turns, ITEM).homes == known.homes


@pytest.mark.parametrize(
    ("turns", "cut", "first"),
    [
        (0, Cut.UPRIGHT, Place(1, right=3000)),
        (0, Cut.ACROSS, Place(1, bottom=3000)),
        (1, Cut.UPRIGHT, Place(1, top=7000, turns=1)),
        (1, Cut.ACROSS, Place(1, right=3000, turns=1)),
        (2, Cut.UPRIGHT, Place(1, left=7000, turns=2)),
        (2, Cut.ACROSS, Place(1, top=7000, turns=2)),
        (3, Cut.UPRIGHT, Place(1, bottom=3000, turns=3)),
        (3, Cut.ACROSS, Place(1, left=7000, turns=3)),
    ],
)
def test_the_first_part_is_the_one_that_people_see_first(turns, cut, first):
    known = Arrangement.as_scanned(1)
    known = known.turned(1, turns, ITEM) if turns else known
    parted = known.parted(1, cut, 30, ITEM, most=2)
    assert parted.place(parted.homes[0]) == first
    assert parted.joined(1, ITEM).homes == known.homes


def test_what_cannot_be_done_is_refused():
    known = Arrangement.as_scanned(3)
    with pytest.raises(PageNotKnown):
        known.turned(4, 1, ITEM)
    with pytest.raises(PageNotKnown):
        known.moved(1, 4, ITEM)
    with pytest.raises(NotOfOnePicture):
        known.joined(1, ITEM)
    with pytest.raises(PageNotKnown):
        known.joined(3, ITEM)
    with pytest.raises(PartTooSmall):
        known.parted(1, Cut.UPRIGHT, 4, ITEM, most=9)
    with pytest.raises(TooManyPages):
        known.parted(1, Cut.UPRIGHT, 50, ITEM, most=3)
    turned = known.parted(1, Cut.UPRIGHT, 50, ITEM, most=9).turned(2, 2, ITEM)
    with pytest.raises(NotOfOnePicture):
        turned.joined(1, ITEM)


def test_a_page_scanned_again_has_a_picture_of_its_own():
    known = Arrangement.as_scanned(3).shown_by(2, 4, ITEM)
    assert [known.place(home) for home in known.homes] == [Place(1), Place(4), Place(3)]
    assert known.heirs([1, 2, 3]) == {1: 1, 2: 2, 3: 3}
    assert known.as_before((1, 2, 3), ITEM).heirs(known.homes) == {1: 1, 4: 2, 3: 3}
    again = known.shown_by(2, 5, ITEM).turned(2, 1, ITEM)
    assert (again.homes, again.line(6), again.heirs([2])) == ((1, 6, 3), (5, 4, 2), {2: 2})


@given(st.lists(st.integers(1, 99_999), max_size=40))
def test_numbers_come_back_from_what_is_written(homes):
    assert of_spans(spans(homes)) == tuple(homes)


def test_a_long_book_is_written_shortly():
    assert spans([*range(1, 5), 6, 5, *range(7, 901)]) == "1-4,6,5,7-900"
