"""Pages that people arrange: words go with their pictures, readers never see one page's under another's."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import img2pdf
import pikepdf
import pytest
from PIL import Image

from config.settings import load_settings
from config.wiring import open_shelf
from domain.arrangement import Cut, Place
from domain.desk import Verdict
from domain.errors import (
    ChangedMeanwhile,
    DamagedFile,
    MarkingStands,
    NotForPeople,
    NotOfOnePicture,
    NotOnePage,
    PageNotKnown,
    UnknownFormat,
)
from domain.holdings import Stage, State
from domain.ids import derivative_key, page_key
from domain.options import IntakePolicy
from domain.queries import Query
from domain.readers_ledger import TextReport
from domain.records import Citation
from flows.steps.arranging import (
    arranged,
    join_pages,
    move_page,
    part_page,
    scan_again,
    turn_page,
    undo_arranging,
)
from flows.steps.audit import Trouble, audit
from flows.steps.correcting import correct_page, reading_of, say_of_page, undo_correction
from flows.steps.export import export_item
from flows.steps.leaf import leaf
from flows.steps.pages import read_pages
from flows.steps.pending import pending
from flows.steps.publish import approve, let_out, retry
from flows.steps.repair import repair
from flows.steps.verdicts import assess
from flows.steps.way import digitise, plan, run_stage
from flows.steps.work import now
from tests.faults.keeping import Steps, dying
from tests.faults.scans import DPI, draw_book, draw_page, jpeg, page_lines
from tests.flows.steps.conftest import BY
from tests.flows.steps.keeping import back_up, bring_back, objects
from tests.flows.steps.test_way import digitised

POLICY = IntakePolicy()


class Died(BaseException):
    """The process dies here: nobody catches it."""


class Deadly(Steps):
    def step(self):
        self.count += 1
        if self.count == self._last:
            raise Died


def scan_of(path, pictures):
    path.write_bytes(img2pdf.convert([jpeg(one) for one in pictures], nodate=True))
    return path


def sheet(number):
    return draw_page(page_lines(number), folio=str(number))


@pytest.fixture
def book(shelf, work, tmp_path):
    return digitised(shelf, work, draw_book(tmp_path / "a.pdf", pages=3), publish=True)


def version_of(shelf, item):
    with shelf.catalog.view() as seen:
        return arranged(seen, item.id, 1, 1).arrangement.version


def homes_of(shelf, item):
    with shelf.catalog.view() as seen:
        return [page.kept_as for page in seen.pages(item.id)]


def texts(shelf, item):
    """The words of the pages as readers get them."""
    found = []
    for number in range(1, len(homes_of(shelf, item)) + 1):
        one = leaf(shelf, item.id, number)
        assert one is not None
        assert one.page is not None
        assert one.page.number == number
        found.append(" ".join(one.page.text.split()))
    return found


def line(number):
    return f"Điều {number}."


def hits(shelf, item, text):
    found = shelf.index.search(Query(f'"{text}"', published_only=False))
    return [page.number for one in found.items if one.item_id == item.id for page in one.pages][:1]


def events(shelf, item):
    with shelf.catalog.view() as seen:
        return seen.desk.events(item.id, actions=["arranged"], limit=9)


def access_pdf(shelf, item, tmp_path):
    to = tmp_path / "access.pdf"
    with shelf.store.open(derivative_key(item.id, "access.pdf")) as source:
        to.write_bytes(source.read())
    done = subprocess.run(["pdftotext", str(to), "-"], capture_output=True, check=True)
    return to, [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


def sound(shelf):
    assert [(one.key, one.trouble) for one in audit(shelf).findings] == []


def test_a_page_scanned_on_its_side_is_read_once_it_is_turned(shelf, work, tmp_path):
    lying = sheet(2).transpose(Image.Transpose.ROTATE_90)
    item = digitised(shelf, work, scan_of(tmp_path / "a.pdf", [sheet(1), lying]), publish=True)
    assert line(2) not in texts(shelf, item)[1]
    turn_page(shelf, item.id, 2, 1, BY, version=0)
    item = digitise(shelf, item.id, work)
    assert item.state is State.PUBLISHED
    assert [line(1) in texts(shelf, item)[0], line(2) in texts(shelf, item)[1]] == [True, True]
    assert hits(shelf, item, page_lines(2)[1]) == [2]
    path, said = access_pdf(shelf, item, tmp_path)
    assert line(2) in said[1]
    with pikepdf.open(path) as pdf:
        assert [int(page.obj.get("/Rotate", 0)) for page in pdf.pages] == [0, 90]
    sound(shelf)


def test_a_spread_becomes_two_pages_each_with_its_half(shelf, work, tmp_path):
    left, right = sheet(2), sheet(3)
    spread = Image.new("L", (left.width * 2, left.height), 250)
    spread.paste(left, (0, 0))
    spread.paste(right, (left.width, 0))
    item = digitised(shelf, work, scan_of(tmp_path / "a.pdf", [sheet(1), spread, sheet(4)]), publish=True)
    part_page(shelf, item.id, 2, Cut.UPRIGHT, 50, BY, version=0, most=10)
    item = digitise(shelf, item.id, work)
    said = texts(shelf, item)
    assert [line(number) in said[number - 1] for number in (1, 2, 3, 4)] == [True] * 4
    assert (line(3) in said[1], line(2) in said[2]) == (False, False)
    with shelf.catalog.view() as seen:
        second, third = seen.pages(item.id)[1:3]
        assert (seen.item(item.id).counts.images, seen.item(item.id).counts.scanned) == (3, 4)
    assert (second.image, third.image, second.box.right) == (2, 2, third.box.left)
    assert [page.label for page in (second, third)] == ["2", "3"]
    path, printed = access_pdf(shelf, item, tmp_path)
    assert [line(number) in printed[number - 1] for number in (1, 2, 3, 4)] == [True] * 4
    assert (line(3) in printed[1], line(2) in printed[2]) == (False, False)
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 4
        assert float(pdf.pages[1].mediabox[2]) == pytest.approx(float(pdf.pages[2].mediabox[0]), abs=0.01)
    assert hits(shelf, item, page_lines(4)[1]) == [4]
    sound(shelf)
    join_pages(shelf, item.id, 2, BY, version=1)
    item = digitise(shelf, item.id, work)
    assert homes_of(shelf, item) == [1, 2, 3]
    assert line(3) in texts(shelf, item)[1]
    sound(shelf)


def test_what_people_said_of_a_page_goes_where_it_goes(shelf, work, book):
    first = reading_of(shelf, book, 1)
    correct_page(shelf, book.id, 1, {1: "Điều một trăm."}, BY, seen=first.digest)
    say_of_page(shelf, book.id, 1, BY, label="xii", kind=None)
    digitise(shelf, book.id, work)
    with shelf.catalog.begin() as changes:
        cites = (Citation("14/2019/QĐ-TTg", 1, "số 14/2019/QĐ-TTg", 0.9, confirmed_by="lan"),)
        changes.set_record(book.id, replace(changes.record(book.id), cites=cites))
        changes.readers.add_text_report(TextReport(book.id, 1, "Điều", "thiếu chữ", now()))
        (correction,) = seen_corrections(changes, book)
    before = texts(shelf, book)
    move_page(shelf, book.id, 1, 3, BY, version=0)
    ahead = plan(shelf, book.id, work)
    assert ahead.pages == ()
    run_stage(shelf, book.id, Stage.READ, work)
    assert texts(shelf, book) == [before[1], before[2], before[0]]
    assert hits(shelf, book, "một trăm") == [3]
    with shelf.catalog.view() as seen:
        last = seen.pages(book.id)[2]
        assert (last.label, last.label_source, last.locked) == ("xii", "typed", True)
        assert [(one.page, one.confirmed_by) for one in seen.record(book.id).cites] == [(3, "lan")]
        assert [one.page for one in seen.readers.text_reports(book.id, limit=5)] == [3]
    digitise(shelf, book.id, work)
    assert texts(shelf, book) == [before[1], before[2], before[0]]
    undo_correction(shelf, book.id, 1, correction, BY)  # it was page 1 then
    assert texts(shelf, book)[2].startswith(line(1))
    sound(shelf)


def seen_corrections(changes, book):
    return [one.id for one in changes.desk.events(book.id, actions=["corrected"], home=1, limit=9)]


def test_readers_keep_the_old_pages_until_the_new_are_whole(shelf, work, book, tmp_path):
    before = texts(shelf, book)
    turn_page(shelf, book.id, 1, 2, BY, version=0)
    move_page(shelf, book.id, 1, 3, BY, version=1)
    ahead = plan(shelf, book.id, work)
    assert len(ahead.pages) == 1
    read_pages(shelf, book.id, ahead.pages, work)
    assert texts(shelf, book) == before
    assert hits(shelf, book, page_lines(1)[1]) == [1]
    with shelf.catalog.view() as seen:
        assert seen.item(book.id).state is State.PUBLISHED
        assert not seen.readers.stands(book.id, ahead.pages[0])
    digitise(shelf, book.id, work)
    assert texts(shelf, book)[:2] == before[1:]
    with shelf.catalog.view() as seen:
        assert seen.readers.stands(book.id, ahead.pages[0])
        assert not seen.readers.stands(book.id, 1)
    assert hits(shelf, book, page_lines(2)[1]) == [1]


def test_an_act_is_taken_back_without_reading_again(shelf, work, book):
    first = reading_of(shelf, book, 2)
    correct_page(shelf, book.id, 2, {1: "Điều hai trăm."}, BY, seen=first.digest)
    digitise(shelf, book.id, work)
    before = texts(shelf, book)
    turn_page(shelf, book.id, 2, 2, BY, version=0)
    digitise(shelf, book.id, work)
    assert "hai trăm" not in texts(shelf, book)[1]
    (act,) = events(shelf, book)
    undo_arranging(shelf, book.id, act.id, BY)
    assert plan(shelf, book.id, work).pages == ()
    digitise(shelf, book.id, work)
    assert texts(shelf, book) == before
    sound(shelf)


def test_who_saw_other_pages_changes_none(shelf, work, book):
    move_page(shelf, book.id, 1, 2, BY, version=0)
    with pytest.raises(ChangedMeanwhile):
        move_page(shelf, book.id, 1, 2, BY, version=0)
    with pytest.raises(PageNotKnown):
        turn_page(shelf, book.id, 4, 1, BY, version=1)
    with pytest.raises(NotOfOnePicture):
        join_pages(shelf, book.id, 1, BY, version=1)
    assert len(events(shelf, book)) == 1
    with shelf.catalog.begin() as changes:
        changes.move(book.id, State.WITHDRAWN, actor=BY, at=now())
        changes.move(book.id, State.READING, actor=BY, at=now())
    with pytest.raises(NotForPeople):
        move_page(shelf, book.id, 1, 2, BY, version=1)


def test_a_page_scanned_again_is_shown_by_the_new_picture_and_the_old_is_kept(shelf, work, book, tmp_path):
    new = tmp_path / "mới.png"
    sheet(7).save(new, dpi=(DPI, DPI))
    scan_again(shelf, book.id, 2, new, "mới.png", BY, version=0, policy=POLICY)
    item = digitise(shelf, book.id, work)
    assert [line(1) in texts(shelf, item)[0], line(7) in texts(shelf, item)[1]] == [True, True]
    with shelf.catalog.view() as seen:
        old, again = seen.scan(item.id).files
        assert seen.scan(item.id).master == (old,)
    assert (again.name, again.image) == ("mới.png", 4)
    _, said = access_pdf(shelf, item, tmp_path)
    assert line(7) in said[1]
    exported = export_item(shelf, item.id, tmp_path / "out")
    assert {path.name for path in exported if path.parent.name == "original"} == {
        "000001-a.pdf",
        "000002-mới.png",
    }
    sound(shelf)
    part_page(shelf, item.id, 2, Cut.ACROSS, 50, BY, version=1, most=9)
    digitise(shelf, item.id, work)
    assert line(7) in texts(shelf, item)[1]
    (_, scanned) = events(shelf, item)
    undo_arranging(shelf, item.id, scanned.id, BY)
    digitise(shelf, item.id, work)
    assert line(2) in texts(shelf, item)[1]
    sound(shelf)


@pytest.mark.parametrize(
    ("name", "made", "error"),
    [
        ("hai trang.pdf", lambda path: draw_book(path, pages=2), NotOnePage),
        ("x.png", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40), DamagedFile),
        ("x.svg", lambda path: path.write_bytes(b"<svg onload='alert(1)'/>"), UnknownFormat),
    ],
)
def test_what_is_not_one_page_takes_no_page_s_place(shelf, book, tmp_path, name, made, error):
    made(tmp_path / name)
    with pytest.raises(error):
        scan_again(shelf, book.id, 1, tmp_path / name, name, BY, version=0, policy=POLICY)
    assert events(shelf, book) == []
    sound(shelf)


def test_a_new_page_with_a_secrecy_marking_never_reaches_readers(shelf, work, book, tmp_path):
    new = tmp_path / "mật.png"
    draw_page(["TUYỆT MẬT", *page_lines(9)]).save(new, dpi=(DPI, DPI))
    scan_again(shelf, book.id, 1, new, "mật.png", BY, version=0, policy=POLICY)
    item = digitise(shelf, book.id, work)
    assert item.state is State.WITHDRAWN
    assert item.reason is not None
    assert item.reason.code == "item.confidential_marking"
    assert homes_of(shelf, item) == [1, 2, 3]
    digitise(shelf, book.id, replace(work, cleared=True))
    assert homes_of(shelf, item) == [4, 2, 3]


def test_what_a_marking_took_from_readers_goes_out_again_once_somebody_lets_it_pass(
    shelf, work, book, tmp_path
):
    new = tmp_path / "mật.png"
    draw_page(["TUYỆT MẬT", *page_lines(9)]).save(new, dpi=(DPI, DPI))
    scan_again(shelf, book.id, 1, new, "mật.png", BY, version=0, policy=POLICY)
    digitise(shelf, book.id, work)
    assess(shelf, book.id, Verdict.USABLE, "đã xem", BY)
    for way_out in (approve, let_out):
        with pytest.raises(MarkingStands):
            way_out(shelf, book.id, BY)
    retry(shelf, book.id, BY, cleared=True, because="đã giải mật")
    item = digitise(shelf, book.id, work)
    assert (item.state, homes_of(shelf, item)) == (State.WITHDRAWN, [4, 2, 3])
    assert let_out(shelf, book.id, BY).state is State.PUBLISHED


def test_a_run_that_dies_at_every_step_ends_as_one_that_does_not(shelf, work, book):
    before = texts(shelf, book)
    turn_page(shelf, book.id, 1, 2, BY, version=0)
    turn_page(shelf, book.id, 1, 2, BY, version=1)
    part_page(shelf, book.id, 3, Cut.ACROSS, 50, BY, version=2, most=9)
    move_page(shelf, book.id, 2, 1, BY, version=3)
    deaths = 0
    while True:
        try:
            item = digitise(dying(shelf, Deadly(deaths + 1)), book.id, work)
            break
        except Died:
            deaths += 1
        said = texts(shelf, book)  # at any instant of both, whole
        assert [line(1) in said[0], said[0] == before[0]] in ([True, True], [False, False])
        assert len(said) == (3 if said[0] == before[0] else 4)
    assert deaths > 10
    with shelf.catalog.view() as seen:
        assert not pending(item, seen.stages(item.id))
    said = texts(shelf, book)
    assert (said[0], said[1]) == (before[1], before[0])
    assert line(3) in said[2]
    assert hits(shelf, item, page_lines(2)[1]) == [1]
    sound(shelf)


def test_a_backup_has_all_that_was_arranged_and_it_can_be_taken_back_there(shelf, work, book, tmp_path):
    new = tmp_path / "mới.png"
    sheet(7).save(new, dpi=(DPI, DPI))
    scan_again(shelf, book.id, 2, new, "mới.png", BY, version=0, policy=POLICY)
    move_page(shelf, book.id, 2, 1, BY, version=1)
    digitise(shelf, book.id, work)
    expected, held = texts(shelf, book), objects(shelf)
    made = back_up(shelf, tmp_path / "sao lưu")
    assert (made.marked, made.generation.manifest.lost) == (0, 0)
    with open_shelf(load_settings(data_dir=tmp_path / "khác")) as other:
        bring_back(other, tmp_path / "sao lưu")
        assert objects(other) == held
        assert texts(other, book) == expected
        (_, scanned) = events(other, book)
        undo_arranging(other, book.id, scanned.id, BY)
        assert plan(other, book.id, work).pages == ()
        digitise(other, book.id, work)
        assert line(2) in texts(other, book)[1]
        sound(other)


def test_a_reading_at_rest_is_mended_like_any_other(shelf, work, book):
    turn_page(shelf, book.id, 2, 2, BY, version=0)
    digitise(shelf, book.id, work)
    shelf.store.delete(page_key(book.id, 2))
    (found,) = audit(shelf).findings
    assert (found.key, found.trouble) == (page_key(book.id, 2), Trouble.MISSING)
    done = repair(shelf, audit(shelf), BY)
    assert (done.read, done.left) == ([page_key(book.id, 2)], [])
    sound(shelf)
    assert homes_of(shelf, book) == [1, 4, 3]


def test_pictures_of_a_folder_are_arranged_too(shelf, work, tmp_path):
    folder = tmp_path / "sổ"
    folder.mkdir()
    for number in (1, 2):
        page = sheet(number) if number == 1 else sheet(number).transpose(Image.Transpose.ROTATE_270)
        page.save(folder / f"{number}.png", dpi=(DPI, DPI))
    item = digitised(shelf, work, folder, publish=True)
    turn_page(shelf, item.id, 2, 3, BY, version=0)
    move_page(shelf, item.id, 2, 1, BY, version=1)
    new = draw_book(tmp_path / "mới.pdf", pages=1, first_folio=5)
    scan_again(shelf, item.id, 2, new, "mới.pdf", BY, version=2, policy=POLICY)
    item = digitise(shelf, item.id, work)
    assert line(2) in texts(shelf, item)[0]
    _, said = access_pdf(shelf, item, tmp_path)
    assert line(2) in said[0]
    assert len(said) == 2
    with shelf.catalog.view() as seen:
        found = arranged(seen, item.id, 1, 9)
    assert [found.arrangement.place(home) for home in found.arrangement.homes] == [
        Place(2, turns=3),
        Place(3),
    ]
    assert shelf.store.stat(page_key(item.id, found.arrangement.homes[0])).fixity.size > 0
    sound(shelf)
