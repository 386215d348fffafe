"""The way of an item on the real embedded shelf, Tesseract included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.settings import Settings
from domain.desk import Verdict
from domain.errors import ItemClaimed, MoveNotAllowed, ObjectNotFound
from domain.holdings import Item, Outcome, PageKind, Stage, State
from domain.ids import ItemId, page_key
from domain.options import IntakePolicy, OcrOptions
from domain.ports import Shelf
from domain.queries import PageDocument, Query
from domain.values import Actor
from flows.reconcile import unfinished
from flows.steps.describing import describe_by_hand
from flows.steps.export import export_item
from flows.steps.intake import BatchReport, receive_batch
from flows.steps.portrait import portrait
from flows.steps.publish import approve, give_back, index_item, publish, reindex, retry, withdraw
from flows.steps.verdicts import assess
from flows.steps.way import PATIENCE, claimed, digitise, fail, plan
from flows.steps.work import Work
from tests.faults.engines import CrashingReader, FixedReader
from tests.faults.scans import draw_book, draw_page, jpeg
from tests.flows.steps.conftest import BY


def take_in(
    shelf: Shelf, *paths: Path, publish: bool = False, manifest: Path | None = None, by: Actor = BY
) -> BatchReport:
    return receive_batch(
        shelf,
        paths,
        manifest=manifest,
        publish=publish,
        by=by,
        options=OcrOptions(),
        policy=IntakePolicy(),
        province="VN",
    )


def digitised(shelf: Shelf, work: Work, *paths: Path, publish: bool = False) -> Item:
    (item_id,) = take_in(shelf, *paths, publish=publish).to_digitise
    return digitise(shelf, item_id, work)


def test_a_book_goes_all_the_way(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "sổ tay.pdf", pages=3), publish=True)
    assert (item.state, item.counts.images, item.counts.scanned) == (State.PUBLISHED, 3, 3)
    assert item.accession == f"TSPL-VN-{item.created_at.year}-000001"
    assert item.confidence is not None
    assert 0.8 < item.confidence <= 1
    for typed in ("quyền tự mình khiếu nại", "quyen tu minh khieu nai"):
        (found,) = shelf.index.search(Query(typed)).items
        assert (found.item_id, found.pages[0].number) == (item.id, 2)
    told = portrait(shelf, item.id)
    done = [event["action"] for event in told["history"] if event["action"] != "moved"]
    assert done == ["received", "read", "counted", "described", "derived", "indexed"]
    assert {file["name"] for file in told["files"]} >= {"access.pdf", "text.txt", "book.hocr", "alto.xml"}


def test_what_is_done_is_not_done_again(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    reader = FixedReader()
    shelf = replace(shelf, ocr=reader)
    book = draw_book(tmp_path / "a.pdf", pages=3)
    item = digitised(shelf, work, book)
    assert reader.readings == {1: 1, 2: 1, 3: 1}
    assert take_in(shelf, book).to_digitise == ()
    assert digitise(shelf, item.id, work) == item
    assert reader.readings == {1: 1, 2: 1, 3: 1}


def test_a_page_that_cannot_be_read_is_marked_and_the_book_goes_on(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    folder = tmp_path / "trang rời"
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"{number}.jpg").write_bytes(jpeg(draw_page([f"Điều {number}. Hòa giải ở cơ sở."])))
    whole = (folder / "2.jpg").read_bytes()
    (folder / "2.jpg").write_bytes(whole[: len(whole) // 3])
    item = digitised(shelf, work, folder)
    assert item.state is State.DESCRIBED
    with shelf.catalog.view() as seen:
        pages = seen.pages(item.id)
    assert [page.kind is PageKind.UNREADABLE for page in pages] == [False, True, False]
    assert pages[1].problem is not None
    assert pages[1].problem.code == "ocr.page_unreadable"
    shown = portrait(shelf, item.id)["pages"][1]
    assert [shown[figure] for figure in ("box", "width", "height", "dpi", "words", "confidence")] == [
        None
    ] * 6


def test_an_engine_that_crashes_puts_the_item_in_quarantine_and_a_retry_ends_well(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    book = draw_book(tmp_path / "a.pdf", pages=2)
    item = digitised(replace(shelf, ocr=CrashingReader()), work, book)
    assert item.state is State.QUARANTINED
    assert item.reason is not None
    assert item.reason.code == "ocr.engine_crashed"
    retry(shelf, item.id, BY)
    assert digitise(shelf, item.id, work).state is State.DESCRIBED


def test_a_marked_item_stops_before_anything_is_derived_until_it_is_cleared(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    page = draw_page(["LƯU HÀNH NỘI BỘ", "", "", "Người khiếu nại có quyền tự mình khiếu nại."])
    marked = tmp_path / "marked.jpg"
    marked.write_bytes(jpeg(page))
    item = digitised(shelf, work, marked, publish=True)
    assert item.state is State.QUARANTINED
    assert item.reason is not None
    assert item.reason.code == "item.confidential_marking"
    with shelf.catalog.view() as seen:
        assert list(seen.files(item.id)) == []
    assert shelf.index.search(Query("khiếu nại", published_only=False)).total == 0
    assert digitise(shelf, item.id, work).state is State.QUARANTINED  # nothing moves without a person
    retry(shelf, item.id, BY, cleared=True)
    assert digitise(shelf, item.id, work).state is State.PUBLISHED


def test_only_what_is_published_is_found_by_readers(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=2))
    everyone, staff = Query("hòa giải viên hướng dẫn"), Query("hòa giải viên hướng dẫn", published_only=False)
    assert (shelf.index.search(everyone).total, shelf.index.search(staff).total) == (0, 1)
    with pytest.raises(MoveNotAllowed):
        publish(shelf, item.id, BY)
    assess(shelf, item.id, Verdict.USABLE, "nội dung còn đúng", BY)
    approve(shelf, item.id, BY)
    publish(shelf, item.id, BY)
    assert shelf.index.search(everyone).total == 1
    withdrawn = withdraw(shelf, item.id, BY, "đã hết hiệu lực")
    assert withdrawn.state is State.WITHDRAWN
    assert (shelf.index.search(everyone).total, shelf.index.search(staff).total) == (0, 1)
    publish(shelf, item.id, BY)
    assert shelf.index.search(everyone).total == 1


def test_what_a_person_says_of_an_item_is_found(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=2), publish=True)
    described = describe_by_hand(
        shelf, item.id, {"title": "Cẩm nang nuôi ong", "year": "2018", "pages_declared": "24"}, BY
    )
    assert (described.title, described.year, described.counts.declared) == ("Cẩm nang nuôi ong", 2018, 24)
    (found,) = shelf.index.search(Query("cam nang nuoi ong")).items
    assert found.item_id == item.id
    retry(shelf, item.id, BY)
    with shelf.catalog.view() as seen:
        assert seen.item(item.id).title == "Cẩm nang nuôi ong"


def test_the_index_can_be_built_anew_from_the_catalogue(
    shelf: Shelf, work: Work, tmp_path: Path, settings: Settings
) -> None:
    for name in ("a", "b"):
        digitised(shelf, work, draw_book(tmp_path / f"{name}.pdf", pages=2 + (name == "b")), publish=True)
    before = sorted(shelf.index.contents(), key=lambda one: one.item_id)
    told: list[Item] = []
    assert reindex(shelf, BY, told.append) == 2
    assert len(told) == 2
    assert sorted(shelf.index.contents(), key=lambda one: one.item_id) == before


def test_two_processes_do_not_work_on_one_item(shelf: Shelf, work: Work, tmp_path: Path, monkeypatch) -> None:
    (item_id,) = take_in(shelf, draw_book(tmp_path / "a.pdf", pages=1)).to_digitise
    with claimed(shelf, item_id), monkeypatch.context() as elsewhere:
        elsewhere.setattr("flows.steps.claims.holder", lambda: "elsewhere/boot/1/1.00")
        with pytest.raises(ItemClaimed):
            digitise(shelf, item_id, work)
    assert digitise(shelf, item_id, work).state is State.DESCRIBED


def test_a_plan_names_only_what_is_left(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    (item_id,) = take_in(shelf, draw_book(tmp_path / "a.pdf", pages=3)).to_digitise
    first = plan(shelf, item_id, work)
    assert first.pages == (1, 2, 3)
    assert first.stages == (Stage.READ, Stage.LEDGER, Stage.DESCRIBE, Stage.DERIVE, Stage.INDEX)
    digitise(shelf, item_id, work)
    assert plan(shelf, item_id, work).stages == ()


def test_an_export_can_be_checked_and_holds_the_original(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    book = draw_book(tmp_path / "Sổ tay: <hòa giải>.pdf", pages=1)
    item = digitised(shelf, work, book)
    for _ in range(2):  # a second export replaces the first
        files = export_item(shelf, item.id, tmp_path / "ra")
    names = {path.relative_to(tmp_path / "ra" / item.accession).as_posix() for path in files}
    assert names >= {"access.pdf", "alto.xml", "record.json", "SHA256SUMS"}
    (original,) = (path for path in files if path.parent.name == "original")
    assert original.read_bytes() == book.read_bytes()


def test_media_waits_for_its_pdf(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    film = tmp_path / "tiểu phẩm.mp4"
    film.write_bytes(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4000))
    report = take_in(shelf, film)
    assert [entry.outcome for entry in report.entries] == [Outcome.WAITING]
    assert report.to_digitise == ()
    with shelf.catalog.view() as seen:
        item = seen.item(report.entries[0].item_id or "")
    assert (item.state, item.reason and item.reason.code) == (State.RECEIVED, "item.awaiting_pdf")


def test_bad_files_are_kept_in_quarantine_and_the_good_ones_go_on(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    pile = tmp_path / "pile"
    good = draw_book(pile / "a.pdf", pages=1)
    (pile / "rỗng.pdf").write_bytes(b"")
    (pile / "cụt.pdf").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (pile / "giả.pdf").write_bytes(b"<html>" + b"x" * 500)
    Image.new("L", (50, 50)).save(pile / "ảnh.png")
    (pile / "lại.pdf").write_bytes(good.read_bytes())
    report = take_in(shelf, pile)
    reasons = {Path(entry.source).name: entry.note and entry.note.code for entry in report.entries}
    assert reasons["rỗng.pdf"] == "intake.empty_file"
    assert reasons["cụt.pdf"] == "intake.damaged_file"
    assert reasons["giả.pdf"] == "intake.not_what_its_name_says"
    assert reasons["lại.pdf"] == "intake.duplicate"
    assert len(report.to_digitise) == 2
    for entry in report.entries:
        assert entry.item_id is not None
        with shelf.catalog.view() as seen:
            (file,) = seen.scan(entry.item_id).files
        with shelf.store.as_file(file.key) as kept:
            same = Path(entry.source).read_bytes() == kept.read_bytes()
        assert same


@pytest.mark.parametrize(
    ("unit", "state"),
    [("stp", State.PUBLISHED), ("default", State.PUBLISHED), ("xa", State.DESCRIBED)],
)
def test_the_same_file_of_another_unit_publishes_nobody_s_item_but_its_own(
    shelf: Shelf, work: Work, tmp_path: Path, unit: str, state: State
) -> None:
    """A unit above decides for those below it; one beside it does not, though it has the same book."""
    book = draw_book(tmp_path / "a.pdf", pages=1)
    item = digitised(shelf, work, book)
    report = take_in(shelf, book, publish=True, by=Actor("hoa", unit))
    assert [entry.item_id for entry in report.entries] == [item.id]
    assert digitise(shelf, item.id, work).state is state
    (note,) = [entry.note for entry in report.entries]
    assert note is not None
    elsewhere = state is not State.PUBLISHED  # what it is called is its own unit's business until then
    assert (note.code == "intake.held_elsewhere", "title" in note.fields) == (elsewhere, not elsewhere)


def test_the_same_file_once_more_publishes_nothing_that_people_decided_against(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    book, other = draw_book(tmp_path / "a.pdf", pages=1), draw_book(tmp_path / "b.pdf", pages=2)
    judged, returned = digitised(shelf, work, book), digitised(shelf, work, other)
    assess(shelf, judged.id, Verdict.UNUSABLE, "hết hiệu lực", BY)
    give_back(shelf, returned.id, BY, "thiếu số giấy phép")
    take_in(shelf, book, other, publish=True)
    for item in (judged, returned):
        assert digitise(shelf, item.id, work).state is State.DESCRIBED


def test_what_the_index_lags_behind_is_work_still_to_do(shelf: Shelf, work: Work, tmp_path: Path) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=1), publish=True)
    assert unfinished(shelf) == []
    with shelf.catalog.begin() as changes:  # as a process leaves it that dies between publishing and indexing
        changes.set_indexed(item.id, None)
    assert unfinished(shelf) == [item.id]
    digitise(shelf, item.id, work)
    assert unfinished(shelf) == []


def test_a_file_that_was_refused_stays_so_when_it_is_tried_again(shelf: Shelf, tmp_path: Path) -> None:
    empty = tmp_path / "rỗng.pdf"
    empty.write_bytes(b"")
    (entry,) = take_in(shelf, empty).entries
    assert entry.item_id is not None
    item = retry(shelf, entry.item_id, BY)
    assert (item.state, item.reason and item.reason.code) == (State.QUARANTINED, "intake.empty_file")


def test_how_the_manifest_names_an_input_is_told_whatever_becomes_of_it(shelf: Shelf, tmp_path: Path) -> None:
    pile = tmp_path / "pile"
    book = draw_book(pile / "1.pdf", pages=1)
    (pile / "2.pdf").write_bytes(book.read_bytes())
    (pile / "3.pdf").write_bytes(b"")
    manifest = tmp_path / "danh mục.csv"
    manifest.write_text("STT,Tên sách,Tên tệp\n1,Sổ tay,1.pdf\n2,Sổ tay in lại,2.pdf\n", "utf-8")
    report = take_in(shelf, pile, manifest=manifest)
    assert [(entry.outcome, entry.match and entry.match.code) for entry in report.entries] == [
        (Outcome.NEW, "manifest.matched_by_file"),
        (Outcome.DUPLICATE, "manifest.matched_by_file"),
        (Outcome.QUARANTINED, "manifest.unnamed"),
    ]
    with shelf.catalog.view() as seen:
        assert list(seen.entries(report.batch.id)) == list(report.entries)


def test_what_goes_wrong_with_a_published_item_is_noted_and_leaves_it_published(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=1), publish=True)
    for _ in range(PATIENCE + 1):
        assert fail(shelf, item.id, RuntimeError("the index broke"), BY).state is State.PUBLISHED
    with shelf.catalog.view() as seen:
        failed = [event for event in seen.history(item.id) if event.action == "failed"]
    assert len(failed) == PATIENCE + 1


class OvertakenIndex:
    """An index whose first write ends only after somebody withdrew the item."""

    def __init__(self, shelf: Shelf, item_id: ItemId) -> None:
        self._shelf, self._item_id, self._overtaken = shelf, item_id, False

    def replace_item(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        held = list(pages)
        if not self._overtaken:
            self._overtaken = True
            withdraw(self._shelf, self._item_id, BY, "nhầm bản")
        self._shelf.index.replace_item(item_id, held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shelf.index, name)


def test_an_item_withdrawn_while_it_is_being_indexed_is_not_found(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=2), publish=True)
    index_item(replace(shelf, index=OvertakenIndex(shelf, item.id)), item.id, BY)
    assert shelf.index.search(Query("khiếu nại")).total == 0
    assert unfinished(shelf) == []


def test_an_item_that_is_not_public_cannot_be_withdrawn_and_the_error_says_what_can_be_done(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    item = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=1))
    with pytest.raises(MoveNotAllowed) as refused:
        withdraw(shelf, item.id, BY, "nhầm bản")
    assert refused.value.fields["allowed"] == ["reading", "approved", "quarantined"]


def test_one_lost_reading_does_not_keep_the_others_from_being_found(
    shelf: Shelf, work: Work, tmp_path: Path
) -> None:
    kept = digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=1), publish=True)
    lost = digitised(shelf, work, draw_book(tmp_path / "b.pdf", pages=2), publish=True)
    shelf.store.delete(page_key(lost.id, 2))
    with pytest.raises(ObjectNotFound):
        reindex(shelf, BY)
    assert [one.item_id for one in shelf.index.contents()] == [kept.id]
