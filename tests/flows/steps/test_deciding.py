"""What people decide of an item, and what has to come before it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.records import fingerprint
from domain.desk import Verdict
from domain.errors import (
    ChangedMeanwhile,
    FourEyes,
    MoveNotAllowed,
    NotForPeople,
    NotToBeUndone,
    ReasonMissing,
    VerdictAgainst,
    VerdictMissing,
)
from domain.holdings import Stage, State
from domain.people import Unit
from domain.queries import Query
from domain.records import Citation, FieldValue, Source
from domain.values import Actor, Reason
from flows.steps import stages
from flows.steps.arranging import turn_page
from flows.steps.describing import (
    confirm_citation,
    describe_by_hand,
    edit_record,
    told_after,
    undo_edit,
)
from flows.steps.pending import pending
from flows.steps.publish import approve, give_back, let_out, publish, withdraw
from flows.steps.verdicts import assess, reopen
from flows.steps.way import digitise
from flows.steps.work import Work
from tests.faults.engines import FixedReader
from tests.faults.scans import draw_book
from tests.flows.steps.conftest import BY
from tests.flows.steps.test_way import digitised

OTHER = Actor("bình", "stp")


@pytest.fixture
def book(shelf, work, tmp_path):
    """A described item of the unit "stp"."""
    shelf = replace(shelf, ocr=FixedReader())
    return digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=2))


def events(shelf, item_id, action):
    with shelf.catalog.view() as seen:
        return seen.desk.events(item_id, actions=[action], limit=9)


# whether it is still of use


def test_nothing_is_approved_before_somebody_has_judged_it(shelf, book):
    with pytest.raises(VerdictMissing):
        approve(shelf, book.id, BY)
    assess(shelf, book.id, Verdict.UNUSABLE, "Luật Đất đai 2013 đã hết hiệu lực", BY)
    with pytest.raises(VerdictAgainst):
        approve(shelf, book.id, BY)
    assess(shelf, book.id, Verdict.USABLE, "đã đối chiếu, nội dung còn đúng", BY)
    assert approve(shelf, book.id, BY).state is State.APPROVED
    assert [one.options["verdict"] for one in events(shelf, book.id, "assessed")] == ["usable", "unusable"]


@pytest.mark.parametrize("reason", ["", "  ", "…", "\u202e\u200b", "---"])
def test_a_verdict_is_given_with_its_reason(shelf, book, reason):
    with pytest.raises(ReasonMissing):
        assess(shelf, book.id, Verdict.USABLE, reason, BY)
    with pytest.raises(ReasonMissing):
        give_back(shelf, book.id, BY, reason)
    with shelf.catalog.view() as seen:
        assert list(seen.desk.assessments(book.id)) == []


def test_a_verdict_that_was_reopened_keeps_the_item_from_being_published(shelf, book):
    assert not reopen(shelf, book.id, Reason("x"), BY)  # nobody has judged it yet
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    approve(shelf, book.id, BY)
    why = Reason("assessment.cites_repealed", {"so_ky_hieu": "45/2013/QH13"})
    assert reopen(shelf, book.id, why, Actor("tusach"))
    assert not reopen(shelf, book.id, why, Actor("tusach"))
    with pytest.raises(VerdictAgainst):
        publish(shelf, book.id, BY)
    with shelf.catalog.view() as seen:
        assert [one.verdict for one in seen.desk.assessments(book.id)] == [Verdict.USABLE, Verdict.REVIEW]
        assert seen.desk.assessments(book.id)[-1].reason == why


def test_what_was_withdrawn_goes_back_to_readers_only_with_a_good_verdict(shelf, book):
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    approve(shelf, book.id, BY)
    publish(shelf, book.id, BY)
    withdraw(shelf, book.id, BY, "có đơn phản ánh")
    assess(shelf, book.id, Verdict.UNUSABLE, "đơn đúng", BY)
    with pytest.raises(VerdictAgainst):
        publish(shelf, book.id, BY)
    with shelf.catalog.view() as seen:
        assert seen.item(book.id).state is State.WITHDRAWN


def test_a_batch_that_is_published_as_it_comes_is_not_judged(shelf, work, tmp_path):
    shelf = replace(shelf, ocr=FixedReader())
    item = digitised(shelf, work, draw_book(tmp_path / "b.pdf", pages=1), publish=True)
    assert item.state is State.PUBLISHED
    with shelf.catalog.view() as seen:
        assert list(seen.desk.assessments(item.id)) == []


# four eyes


def ask(shelf, unit, *below):
    with shelf.catalog.begin() as changes:
        for one in below:
            changes.people.keep_unit(one)
        changes.desk.ask_four_eyes(unit, True)


def test_where_the_unit_asks_for_four_eyes_neither_who_described_nor_who_judged_approves(shelf, book):
    ask(shelf, book.actor.unit)
    describe_by_hand(shelf, book.id, {"title": "Cẩm nang"}, BY)
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", OTHER)
    for one in (BY, OTHER):
        with pytest.raises(FourEyes):
            approve(shelf, book.id, one)
    assert approve(shelf, book.id, Actor("chi", "stp")).state is State.APPROVED


def test_where_the_unit_asks_for_four_eyes_who_changed_the_pages_does_not_approve(shelf, book):
    ask(shelf, book.actor.unit)
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", OTHER)
    turn_page(shelf, book.id, 1, 2, BY, version=0)
    describe_by_hand(shelf, book.id, {"title": "Cẩm nang"}, OTHER)  # later, and at something else
    with pytest.raises(FourEyes):
        approve(shelf, book.id, BY)


def test_a_unit_above_may_ask_for_four_eyes(shelf, book):
    ask(shelf, "tỉnh", Unit("tỉnh", "Tỉnh"), Unit(book.actor.unit, "Sở", "tỉnh"))
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    with pytest.raises(FourEyes):
        approve(shelf, book.id, BY)


def test_a_unit_that_asks_for_four_eyes_has_no_batch_published_as_it_comes(shelf, work, tmp_path):
    shelf = replace(shelf, ocr=FixedReader())
    first = digitised(shelf, work, draw_book(tmp_path / "b.pdf", pages=1))
    ask(shelf, first.actor.unit)
    item = digitised(shelf, work, draw_book(tmp_path / "c.pdf", pages=3), publish=True)
    assert (item.state, item.publish) == (State.DESCRIBED, False)
    with shelf.catalog.view() as seen:
        assert pending(seen.item(item.id), seen.stages(item.id)) == ()
    assert len(events(shelf, item.id, "left_to_people")) == 1


# returned


def test_what_is_returned_waits_with_its_reason_until_it_is_approved(shelf, book):
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    approve(shelf, book.id, BY)
    given = give_back(shelf, book.id, OTHER, "Thiếu số giấy phép")
    assert (given.state, given.publish) == (State.DESCRIBED, False)
    assert given.reason == Reason("item.returned", {"reason": "Thiếu số giấy phép", "name": "bình"})
    assert give_back(shelf, book.id, OTHER, "Vẫn thiếu").reason.fields["reason"] == "Vẫn thiếu"
    assert approve(shelf, book.id, BY).reason is None


def test_what_readers_see_or_the_program_has_is_not_returned(shelf, work, tmp_path):
    shelf = replace(shelf, ocr=FixedReader())
    item = digitised(shelf, work, draw_book(tmp_path / "b.pdf", pages=1), publish=True)
    with pytest.raises(MoveNotAllowed):
        give_back(shelf, item.id, BY, "sai")
    with shelf.catalog.begin() as changes:
        changes.move(item.id, State.WITHDRAWN, actor=BY, at=item.updated_at)
        for state in (State.READING, State.READ):
            changes.move(item.id, state, actor=BY, at=item.updated_at)
    with pytest.raises(NotForPeople):
        give_back(shelf, item.id, BY, "sai")


# the record


def test_an_edit_is_taken_back_by_another_edit(shelf, book):
    with shelf.catalog.view() as seen:
        before = seen.record(book.id)
    describe_by_hand(shelf, book.id, {"title": "Cẩm nang", "year": "2018"}, BY)
    (edit,) = events(shelf, book.id, "edited")
    assert told_after(edit)["year"] == FieldValue(2018, Source.STAFF, 1.0)
    undo_edit(shelf, book.id, edit.id, OTHER)
    with shelf.catalog.view() as seen:
        assert seen.record(book.id) == before
    again = events(shelf, book.id, "edited")[0]
    assert (again.actor, again.options["undoes"]) == (OTHER, edit.id)
    undo_edit(shelf, book.id, again.id, BY)  # and so is that one
    with shelf.catalog.view() as seen:
        assert seen.record(book.id).value("title") == "Cẩm nang"


def test_an_edit_that_was_overtaken_is_not_taken_back(shelf, book):
    describe_by_hand(shelf, book.id, {"title": "Cẩm nang"}, BY)
    (edit,) = events(shelf, book.id, "edited")
    describe_by_hand(shelf, book.id, {"title": "Sổ tay"}, OTHER)
    for wrong in (edit.id, edit.id + 999, 0, -1):
        with pytest.raises(NotToBeUndone):
            undo_edit(shelf, book.id, wrong, BY)
    with shelf.catalog.view() as seen:
        assert seen.item(book.id).title == "Sổ tay"


def test_two_who_describe_at_once_do_not_overwrite_each_other(shelf, book):
    with shelf.catalog.view() as seen:
        shown = fingerprint(seen.record(book.id))
    edit_record(shelf, book.id, {"title": "Của Lan"}, BY, seen=shown)
    with pytest.raises(ChangedMeanwhile):
        edit_record(shelf, book.id, {"title": "Của Bình"}, OTHER, seen=shown)
    with shelf.catalog.view() as seen:
        assert seen.item(book.id).title == "Của Lan"


def test_nobody_approves_a_record_that_they_did_not_see(shelf, book):
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    with shelf.catalog.view() as seen:
        shown = fingerprint(seen.record(book.id))
    edit_record(shelf, book.id, {"title": "Nhan đề khác"}, OTHER)
    with pytest.raises(ChangedMeanwhile):
        approve(shelf, book.id, BY, seen=shown)
    with shelf.catalog.view() as seen:
        assert seen.item(book.id).state is State.DESCRIBED
        shown = fingerprint(seen.record(book.id))
    publish(shelf, approve(shelf, book.id, BY, seen=shown).id, BY)
    withdraw(shelf, book.id, BY, "xem lại")
    edit_record(shelf, book.id, {"title": "Nhan đề khác nữa"}, OTHER)
    with pytest.raises(ChangedMeanwhile):
        let_out(shelf, book.id, BY, seen=shown)


def test_what_was_approved_and_is_described_anew_is_to_be_approved_again(shelf, book):
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    approve(shelf, book.id, BY)
    item = edit_record(shelf, book.id, {"year": "2019"}, BY)
    assert (item.state, item.reason.code) == (State.DESCRIBED, "item.described_anew")
    with pytest.raises(MoveNotAllowed):
        let_out(shelf, book.id, BY)


def test_a_proposal_does_not_overwrite_what_a_person_says_meanwhile(shelf, book, work, monkeypatch):
    """The stage looks at the pages for a while; who describes meanwhile is heard."""
    propose, said = stages.propose, []

    def slowly(*args, **more):
        if not said:
            said.append(describe_by_hand(shelf, book.id, {"title": "Của Lan"}, BY))
        return propose(*args, **more)

    monkeypatch.setattr(stages, "propose", slowly)
    with shelf.catalog.begin() as changes:
        changes.reset_stages(book.id, [Stage.DESCRIBE])
    digitise(shelf, book.id, work)
    with shelf.catalog.view() as seen:
        assert seen.record(book.id).fields["title"] == FieldValue("Của Lan", Source.STAFF, 1.0)


def test_a_citation_is_confirmed_and_doubted_again(shelf, book):
    cites = tuple(Citation(number, 1, number, 0.8) for number in ("14/2019/QĐ-TTg", "43/2014/NĐ-CP"))
    with shelf.catalog.begin() as changes:
        changes.set_record(book.id, replace(changes.record(book.id), cites=cites))
    for _ in range(2):
        confirm_citation(shelf, book.id, 2, "43/2014/NĐ-CP", confirmed=True, by=BY)
    with shelf.catalog.view() as seen:
        assert [one.confirmed_by for one in seen.record(book.id).cites] == [None, "lan"]
    assert len(events(shelf, book.id, "citation_confirmed")) == 1
    confirm_citation(shelf, book.id, 2, "43/2014/NĐ-CP", confirmed=False, by=BY)
    for ordinal, number in ((2, "14/2019/QĐ-TTg"), (3, "43/2014/NĐ-CP"), (0, ""), (-1, "43/2014/NĐ-CP")):
        with pytest.raises(ChangedMeanwhile):
            confirm_citation(shelf, book.id, ordinal, number, confirmed=True, by=BY)
    with shelf.catalog.view() as seen:
        assert seen.record(book.id).cites == cites


def test_what_is_let_out_is_found_when_the_index_has_followed(shelf, book, work: Work):
    assess(shelf, book.id, Verdict.USABLE, "còn đúng", BY)
    approve(shelf, book.id, BY)
    assert let_out(shelf, book.id, BY).state is State.PUBLISHED
    assert let_out(shelf, book.id, BY).state is State.PUBLISHED
    assert shelf.index.search(Query("điều")).total == 0
    digitise(shelf, book.id, work)
    assert shelf.index.search(Query("điều")).total == 1
