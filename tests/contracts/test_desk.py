"""What every catalogue promises to staff: verdicts, corrected pages, suggestions, what happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from domain.desk import Assessment, Doubts, Verdict
from domain.errors import ItemNotFound, UnitNotFound
from domain.holdings import PageKind, ProvenanceEvent, State
from domain.ports import Criteria
from domain.records import Citation, FieldValue, Record, Source
from domain.values import Actor, Reason
from tests.catalog.holdings import WHEN, WHO, a_batch, a_page, add_some, statements

MINUTE = dt.timedelta(minutes=1)
WHY = Reason("assessment.said", {"reason": "nội dung còn đúng"})


@pytest.fixture
def item_id(catalog):
    return add_some(catalog)[0]


def _given(verdict=Verdict.USABLE, minutes=0, who=WHO):
    return Assessment(verdict, who, WHEN + minutes * MINUTE, WHY)


# whether an item is still of use


def test_verdicts_come_back_in_the_order_they_were_given_and_the_last_is_in_force(catalog):
    first, second, third = add_some(catalog, 3)
    given = [_given(), _given(Verdict.REVIEW, -1), _given(Verdict.UNUSABLE, 2, Actor("Bình", "UBND tỉnh"))]
    with catalog.begin() as changes:
        for one in given:
            changes.desk.assess(first, one)
        changes.desk.assess(second, given[0])
    with catalog.view() as seen:
        assert list(seen.desk.assessments(first)) == given
        assert list(seen.desk.assessments(third)) == []
        assert seen.desk.verdicts([first, second, third]) == {first: given[-1], second: given[0]}
        assert seen.desk.verdicts([]) == {}


def test_an_item_that_is_not_held_is_not_judged(catalog):
    with pytest.raises(ItemNotFound), catalog.begin() as changes:
        changes.desk.assess("0" * 32, _given())


def test_a_unit_asks_for_four_eyes_until_it_does_not(catalog, item_id):
    with catalog.begin() as changes:
        for _ in range(2):
            changes.desk.ask_four_eyes(WHO.unit, True)
        assert changes.desk.asking_four_eyes() == {WHO.unit}
        changes.desk.ask_four_eyes(WHO.unit, False)
        changes.desk.ask_four_eyes("ai", False)
        assert changes.desk.asking_four_eyes() == frozenset()


def test_four_eyes_are_asked_for_by_units_that_exist(catalog):
    with pytest.raises(UnitNotFound), catalog.begin() as changes:
        changes.desk.ask_four_eyes("không có", True)


# pages


def test_some_pages_are_told_without_the_others(catalog, item_id):
    pages = [a_page(number) for number in range(1, 7)]
    with catalog.begin() as changes:
        for page in pages:
            changes.replace_page(item_id, page)
    with statements() as seen, catalog.view() as view:
        assert list(view.desk.some_pages(item_id, 3, 5)) == pages[2:5]
        assert view.desk.page(item_id, 6) == pages[5]
        assert view.desk.page(item_id, 7) is None
    assert len(seen) == 3


def test_what_a_person_says_of_a_page_outweighs_whatever_is_kept(catalog, item_id):
    corrected = a_page(1, locked=True, text_source="corrected", reading="a" * 64, words=3)
    with catalog.begin() as changes:
        changes.replace_page(item_id, a_page(1, locked=True, words=1))
        changes.desk.correct_page(item_id, corrected)
        assert changes.desk.page(item_id, 1) == corrected
        changes.desk.correct_page(item_id, a_page(1))
        assert changes.desk.page(item_id, 1) == a_page(1)
        assert changes.item(item_id).revision == 3


def test_a_correction_of_no_item_says_so(catalog):
    with pytest.raises(ItemNotFound), catalog.begin() as changes:
        changes.desk.correct_page("0" * 32, a_page(1))


@pytest.mark.parametrize("label", ["xii", None])
def test_a_label_and_a_kind_that_were_typed_survive_every_reading(catalog, item_id, label):
    typed = a_page(1, label=label, label_source="typed", kind=PageKind.PLATE, kind_source="typed")
    with catalog.begin() as changes:
        changes.desk.correct_page(item_id, typed)
        changes.replace_page(item_id, a_page(1, words=9, label="3", label_source="read"))
        assert changes.desk.page(item_id, 1) == replace(typed, words=9)
        again = replace(typed, label="4", kind=PageKind.COVER)
        changes.replace_page(item_id, again)
        assert changes.desk.page(item_id, 1) == again


def test_a_page_that_can_no_longer_be_drawn_is_so_whatever_it_was_called(catalog, item_id):
    with catalog.begin() as changes:
        changes.desk.correct_page(item_id, a_page(1, kind=PageKind.PLATE, kind_source="typed"))
        changes.replace_page(item_id, a_page(1, kind=PageKind.UNREADABLE))
        assert changes.desk.page(item_id, 1).kind is PageKind.UNREADABLE


def test_doubtful_words_are_counted_and_the_next_page_of_them_is_known(catalog, item_id):
    with catalog.begin() as changes:
        for number, doubtful in enumerate([4, 0, None, 2], start=1):
            changes.replace_page(item_id, a_page(number, doubtful=doubtful))
        assert changes.desk.doubts(item_id) == Doubts(words=6, pages=2, uncounted=1)
        assert [changes.desk.next_doubtful(item_id, after) for after in (0, 1, 4)] == [1, 4, None]
        assert changes.desk.doubts("0" * 32) == Doubts(0, 0, 0)


# the record


def _record(**fields):
    return Record({name: FieldValue(value, Source.STAFF, 1.0) for name, value in fields.items()})


def test_a_citation_is_confirmed_and_taken_back_without_a_new_revision(catalog, item_id):
    cites = tuple(Citation(f"{n}/2019/QĐ-TTg", n, f"số {n}", 0.8) for n in (1, 2))
    with catalog.begin() as changes:
        changes.set_record(item_id, Record({}, cites))
        revision = changes.item(item_id).revision
        assert changes.desk.confirm_cite(item_id, 2, cites[1], "lan")
        assert [one.confirmed_by for one in changes.record(item_id).cites] == [None, "lan"]
        assert not changes.desk.confirm_cite(item_id, 1, cites[1], "lan")  # another stands there now
        assert changes.desk.confirm_cite(item_id, 2, cites[1], None)
        assert changes.record(item_id).cites == cites
        assert changes.item(item_id).revision == revision


def test_what_records_say_is_suggested_the_most_frequent_first(catalog):
    mine = add_some(catalog, 3)
    (theirs, public) = add_some(catalog, 2, batch=a_batch(actor=Actor("Bình", "khác")))
    with catalog.begin() as changes:
        for item, agency, topics in zip(
            [*mine, theirs, public],
            ["Sở Tư pháp", "UBND tỉnh", "Sở Tư pháp", "Kín", "Mở"],
            [["đất đai", "hộ tịch"], ["đất đai"], [], ["kín"], ["mở"]],
            strict=True,
        ):
            changes.set_record(item, _record(compiling_agency=agency, topics=topics, year=2019))
        for state in (State.READING, State.READ, State.DESCRIBED, State.APPROVED, State.PUBLISHED):
            changes.move(public, state, actor=WHO, at=WHEN)
        usual = changes.desk.usual_values(["compiling_agency", "topics"], units=[WHO.unit], newest=100)
        assert usual["compiling_agency"][0] == "Sở Tư pháp"
        assert set(usual["compiling_agency"]) == {"Sở Tư pháp", "UBND tỉnh", "Mở"}
        assert usual["topics"][0] == "đất đai"
        assert set(usual["topics"]) == {"đất đai", "hộ tịch", "mở"}
        assert changes.desk.usual_values(["topics"], units=[], newest=0) == {"topics": []}


def test_others_of_the_same_number_are_found(catalog):
    first, second, third = add_some(catalog, 3)
    with catalog.begin() as changes:
        changes.set_record(first, _record(so_ky_hieu="14/2019/QĐ-TTg", compiling_agency="Thủ tướng"))
        changes.set_record(second, _record(so_ky_hieu="14/2019/QĐ-TTg"))
        changes.set_record(third, _record(so_ky_hieu="15/2019/QĐ-TTg"))
        found = changes.desk.namesakes("14/2019/QĐ-TTg", but=second, limit=5)
        assert [(one.item.id, one.agency) for one in found] == [(first, "Thủ tướng")]
        assert changes.desk.namesakes("14/2019/QĐ-TTg", but=third, limit=1)[0].item.id == first
        changes.set_record(first, _record(title="Khác"))
        assert list(changes.desk.namesakes("14/2019/QĐ-TTg", but=second, limit=5)) == []


# what happened


def test_what_happened_is_told_the_newest_first_slice_by_slice(catalog):
    item_id, other = add_some(catalog, 2)
    with catalog.begin() as changes:
        for place in range(6):
            action = "corrected" if place % 2 else "edited"
            options = {"page": place // 2, "n": place}
            changes.note(ProvenanceEvent(WHEN, WHO, action, "tusach", "1", options, item_id=item_id))
        changes.note(ProvenanceEvent(WHEN, WHO, "edited", "tusach", "1", item_id=other))
    with catalog.view() as seen:

        def told(**asked):
            return [one.options["n"] for one in seen.desk.events(item_id, **{"limit": 9} | asked)]

        assert told() == [5, 4, 3, 2, 1, 0]
        newest = seen.desk.events(item_id, limit=2)
        assert told(before=newest[-1].id, limit=3) == [3, 2, 1]
        assert told(actions=["corrected"]) == [5, 3, 1]
        assert told(actions=["corrected", "edited"], home=1) == [3, 2]
        assert told(actions=[]) == []


def test_items_are_found_by_their_units(catalog):
    mine = add_some(catalog, 3)
    theirs = add_some(catalog, 2, batch=a_batch(actor=Actor("Bình", "khác")))
    with catalog.begin() as changes:
        changes.move(mine[1], State.READING, actor=WHO, at=WHEN)

        def found(**asked):
            return [one.id for one in changes.find_items(Criteria(**asked), after=None, limit=9).items]

        assert found(units=frozenset({"khác"})) == theirs
        assert found(units=frozenset({"khác", WHO.unit})) == mine + theirs
        assert found(units=frozenset()) == []
        several = frozenset({State.RECEIVED, State.READING})
        assert found(units=frozenset({WHO.unit}), states=several) == mine
        assert found(units=frozenset({WHO.unit}), states=frozenset({State.READING})) == [mine[1]]
