"""A batch from the first file to the last word on each: sent, looked at, handed in, taken in, put right."""

from __future__ import annotations

import csv
import io
import re
import time

import httpx
import pytest

from config.wiring import open_shelf
from domain.holdings import Lines, Outcome, State
from domain.ids import BatchId
from domain.values import Actor, Reason
from flows.steps.work import now
from portal.batching import source_names
from portal.cells import plain_cell
from tests.catalog.holdings import a_batch
from tests.faults.scans import draw_book, draw_page, jpeg
from tests.portal.serving import PATIENCE
from tests.portal.uploads.sending import create, patch, signed_in

MANIFEST = """STT;Tên sách, tài liệu;Số trang;Năm;Tên tệp
1;Sổ tay hòa giải;2;2019;Sổ tay hòa giải.pdf
2;Cẩm nang;khoảng 2;20x9;cẩm nang.pdf
3;Sách vắng mặt;12;2020;
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    return {
        "Sổ tay hòa giải.pdf": draw_book(folder / "a.pdf", pages=2).read_bytes(),
        "khác.pdf": draw_book(folder / "b.pdf", pages=1, first_folio=9).read_bytes(),
        "hỏng.pdf": b"%PDF-1.4 and nothing behind",
        **{f"trang {n}.jpg": jpeg(draw_page([f"Trang {n} của tờ gấp"])) for n in (1, 2, 10)},
        "danh mục.csv": MANIFEST.encode(),
    }


@pytest.fixture
def page(server, staff):
    """Somebody who may manage too, with a browser that runs no scripts."""
    with signed_in(server, staff["hoa"]) as client:
        yield client


def begin_batch(client: httpx.Client, **fields) -> str:
    usual = {"unit": "stp", "languages": ["vie"], "dpi": "300"}
    answer = client.post("/can-bo/lo/moi", data=usual | fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def send(client: httpx.Client, where: str, data: bytes, name: str, folder: str = "") -> str:
    """By the tus protocol, as the page's script does."""
    draft = type("Draft", (), {"id": where.rpartition("/")[2]})
    there = create(client, draft, len(data), filename=name, folder=folder)
    assert patch(client, there, data).status_code == 204
    return there


def taken_in(client: httpx.Client, where: str) -> str:
    """The batch's page, once there is nothing more to be taken in."""
    deadline = time.monotonic() + PATIENCE
    while "Đang nhận tệp vào kho" in (text := client.get(where).text):
        assert time.monotonic() < deadline, text
        time.sleep(0.1)
    return text


def lines_of(settings, where: str):
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        return list(seen.batch_lines(BatchId(where.rpartition("/")[2]), Lines.ALL, after=0, limit=99))


def test_a_batch_goes_from_files_to_the_word_on_each(settings, page, books):
    where = begin_batch(page)
    for name in ("Sổ tay hòa giải.pdf", "hỏng.pdf"):
        send(page, where, books[name], name)
    for n in (1, 2, 10):
        send(page, where, books[f"trang {n}.jpg"], f"trang {n}.jpg", "Tờ gấp/ảnh")
    listed = send(page, where, books["danh mục.csv"], "danh mục.csv")
    text = page.get(where).text
    assert "6 tệp, sẽ thành 4 tài liệu" in text
    assert "thư mục 3 ảnh" in text
    assert "“danh mục.csv” đang được tính là một tài liệu." in text

    answer = page.post(f"{where}/chon-danh-muc", data={"file": listed[-32:]})
    assert answer.headers["location"] == f"{where}/danh-muc"
    preview = page.get(f"{where}/danh-muc").text
    assert "Đọc được 3 dòng: 1 dòng có tệp, 2 dòng chưa thấy tệp." in preview
    assert len(re.findall('<td class="wrong">', preview)) == 2
    assert "Dòng 3: không hiểu “khoảng 2” ở cột số trang khai; ô này bị bỏ trống." in preview
    assert "“hỏng.pdf” không có tên trong danh mục." in preview
    assert "đang được tính là một tài liệu" not in page.get(where).text

    assert page.post(f"{where}/nop").headers["location"] == where
    text = taken_in(page, where)
    lines = lines_of(settings, where)
    assert [(line.entry.source, line.entry.outcome) for line in lines] == [
        ("hỏng.pdf", Outcome.QUARANTINED),
        ("Sổ tay hòa giải.pdf", Outcome.NEW),
        ("Tờ gấp/ảnh", Outcome.NEW),
        ("Cẩm nang", Outcome.ABSENT),
        ("Sách vắng mặt", Outcome.ABSENT),
    ]
    book = lines[1].item
    assert (book.title, book.year, book.counts.declared, book.counts.images) == (
        "Sổ tay hòa giải",
        2019,
        2,
        2,
    )
    assert (book.actor, lines[2].item.counts.images) == (Actor("hoa", "stp"), 3)
    assert "Tệp “hỏng.pdf” bị hỏng" in text
    assert text.count("Gửi tệp còn thiếu") == 2
    assert f'<a href="/can-bo/sach/{book.accession}">{book.accession}</a>' in text
    assert not (settings.data_dir / "uploads" / where.rpartition("/")[2]).exists()


def test_a_plain_form_sends_files_without_scripts(settings, page, books):
    where = begin_batch(page)
    word = page.headers.pop("x-form-token")
    files = [
        ("files", ("../../Sổ tay.pdf", books["Sổ tay hòa giải.pdf"], "application/pdf")),
        ("files", ("rỗng.pdf", b"", "application/pdf")),
        ("files", ("", b"", "application/octet-stream")),  # nothing chosen
    ]
    answer = page.post(f"{where}/tep", data={"form_token": word}, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    found = {one["path"]: (one["length"], one["offset"]) for one in page.get(f"{where}/tep.json").json()}
    size = len(books["Sổ tay hòa giải.pdf"])
    assert found == {"Sổ tay.pdf": (size, size), "rỗng.pdf": (0, 0)} or found == {
        "../../Sổ tay.pdf": (size, size)
    }


@pytest.mark.parametrize(
    ("token", "size", "status"),
    [("", 10, 403), ("0" * 32, 10, 403), (None, 3_100_000, 413)],
)
def test_a_plain_form_that_is_refused_leaves_no_byte(settings, page, token, size, status):
    where = begin_batch(page)
    draft = settings.data_dir / "uploads" / where.rpartition("/")[2]
    before = sorted(path.name for path in draft.iterdir())
    word = page.headers.pop("x-form-token")
    fields = {"form_token": word if token is None else token}
    files = {"files": ("a.pdf", b"x" * size, "application/pdf")}
    assert page.post(f"{where}/tep", data=fields, files=files).status_code == status
    assert sorted(path.name for path in draft.iterdir()) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A" * 9_000 + b": b\r\n\r\n\r\n--x--"),
        ("application/pdf", b"%PDF-1.4"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"a: b\r\n" * 500 + b"\r\n\r\n--x--"),
    ],
)
def test_a_form_that_is_none_is_refused(settings, page, kind, body):
    where = begin_batch(page)
    draft = settings.data_dir / "uploads" / where.rpartition("/")[2]
    before = sorted(path.name for path in draft.iterdir())
    answer = page.post(f"{where}/tep", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403, 413, 415)
    assert sorted(path.name for path in draft.iterdir()) == before


def test_a_batch_is_not_handed_in_before_every_file_is_whole(page, books):
    where = begin_batch(page)
    assert page.post(f"{where}/nop").status_code == 409
    draft = type("Draft", (), {"id": where.rpartition("/")[2]})
    there = create(page, draft, 10)
    patch(page, there, b"12345")
    answer = page.post(f"{where}/nop")
    assert answer.status_code == 409
    assert "còn 1 tệp chưa lên đủ" in answer.text
    assert "mới lên 50%" in page.get(where).text


def test_a_file_and_a_folder_are_taken_away_again(page, books):
    where = begin_batch(page)
    send(page, where, b"x", "a.pdf")
    for n in (1, 2, 10):
        send(page, where, books[f"trang {n}.jpg"], f"trang {n}.jpg", "sách")
    page.post(f"{where}/bo-tep", data={"path": "sách"})
    assert [one["path"] for one in page.get(f"{where}/tep.json").json()] == ["a.pdf"]
    page.post(f"{where}/bo-tep", data={"path": "a.pdf"})
    assert page.get(f"{where}/tep.json").json() == []
    assert page.post(f"{where}/bo-tep", data={"path": "a.pdf"}).status_code == 404


def test_a_batch_that_is_discarded_leaves_nothing(settings, page):
    where = begin_batch(page)
    send(page, where, b"x", "a.pdf")
    assert page.post(f"{where}/bo").headers["location"] == "/can-bo/lo"
    assert page.get(where).status_code == 404
    assert not (settings.data_dir / "uploads" / where.rpartition("/")[2]).exists()


def test_what_its_owner_has_to_put_right_comes_back_with_a_sentence(page):
    where = begin_batch(page)
    send(page, where, b"x", "sách.pdf")
    listed = send(page, where, b"%PDF-1.4", "danh muc.csv")
    assert page.post(f"{where}/chon-danh-muc", data={"file": listed[-32:]}).status_code == 303
    preview = page.get(f"{where}/danh-muc")
    assert preview.status_code == 422
    assert "Không đọc được danh mục “danh muc.csv”" in preview.text
    page.post(f"{where}/nop")
    text = taken_in(page, where)
    assert "Lô đã nộp nhưng chưa nhận được: Không đọc được danh mục “danh muc.csv”" in text
    page.post(f"{where}/bo-tep", data={"path": "danh muc.csv"})
    page.post(f"{where}/nop")
    assert "Từng tệp" in taken_in(page, where)


def test_another_file_takes_the_place_of_a_broken_one_and_says_so(settings, page, books):
    where = begin_batch(page)
    listed = "Tên sách, tài liệu;Số trang;Tên tệp\nSách hỏng;1;hỏng 2.pdf\nSách thiếu;3;thiếu.pdf\n"
    send(page, where, b"%PDF-1.4 broken otherwise", "hỏng 2.pdf")
    manifest = send(page, where, listed.encode(), "ds.csv")
    page.post(f"{where}/chon-danh-muc", data={"file": manifest[-32:]})
    page.post(f"{where}/nop")
    taken_in(page, where)
    former = lines_of(settings, where)[0].item
    sent = page.post(f"{where}/thay/1")
    again = page.post(f"{where}/thay/1")
    assert sent.headers["location"] == again.headers["location"]  # asked twice: one
    other = sent.headers["location"]
    assert "Tệp gửi ở đây sẽ thay cho dòng 1 của lô" in page.get(other).text
    send(page, other, books["khác.pdf"], "khác.pdf")
    assert page.post(f"{other}/nop").headers["location"] == where
    taken_in(page, where)
    line = lines_of(settings, where)[0]
    assert (line.entry.source, line.entry.outcome, line.item.title) == ("khác.pdf", Outcome.NEW, "Sách hỏng")
    assert line.item.counts.declared == 1
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        kept = seen.item(former.id)
        assert kept.reason == Reason("item.replaced", {"accession": line.item.accession})
        assert "file_replaced" in [event.action for event in seen.history(line.item.id)]
    assert page.post(f"{where}/thay/1").status_code == 422  # in its place now, and good
    assert page.post(f"{where}/thay/99").status_code == 422


def test_one_place_takes_one_item(page, books):
    where = begin_batch(page)
    send(page, where, b"%PDF-1.4 broken in a third way", "hỏng 3.pdf")
    page.post(f"{where}/nop")
    taken_in(page, where)
    other = page.post(f"{where}/thay/1").headers["location"]
    send(page, other, b"a", "a.pdf")
    send(page, other, b"b", "b.pdf")
    page.post(f"{other}/nop")
    deadline = time.monotonic() + PATIENCE
    while "Chỗ này chỉ nhận một tài liệu" not in page.get(other).text:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    page.post(f"{other}/bo")


def test_an_item_that_was_stopped_is_sent_on_its_way_again(settings, page, books):
    where = begin_batch(page)
    send(page, where, jpeg(draw_page(["Một trang riêng"])), "ảnh.jpg")
    page.post(f"{where}/nop")
    taken_in(page, where)
    (line,) = lines_of(settings, where)
    by = Actor("test")
    with open_shelf(settings) as shelf, shelf.catalog.begin() as changes:
        reason = Reason("item.crashes", {"times": 2})
        changes.move(line.item.id, State.QUARANTINED, actor=by, at=now(), reason=reason)
    text = page.get(f"{where}?xem=can-xem").text
    assert "đã 2 lần dừng đột ngột" in text
    assert "Làm lại" in text
    assert page.post(f"{where}/lam-lai", data={"item": line.item.id}).status_code == 303
    assert lines_of(settings, where)[0].item.state is State.RECEIVED


def test_only_a_manager_lets_a_marked_item_pass(settings, server, staff, page):
    where = begin_batch(page)
    send(page, where, jpeg(draw_page(["Trang có dấu mật"])), "mật.jpg")
    page.post(f"{where}/nop")
    taken_in(page, where)
    (line,) = lines_of(settings, where)
    reason = Reason("item.confidential_marking", {"marking": "MẬT", "page": 1})
    with open_shelf(settings) as shelf, shelf.catalog.begin() as changes:
        changes.move(line.item.id, State.QUARANTINED, actor=Actor("test"), at=now(), reason=reason)
    assert "Được phép công khai, làm tiếp" in page.get(where).text
    cleared = {"item": line.item.id, "cleared": "true"}
    with signed_in(server, staff["lan"]) as updater:
        assert "Được phép công khai" not in updater.get(where).text
        assert updater.post(f"{where}/lam-lai", data=cleared).status_code == 403
        assert updater.post(f"{where}/lam-lai", data={"item": line.item.id}).status_code == 303
    assert lines_of(settings, where)[0].item.state is State.QUARANTINED  # nothing lets it pass by the way
    assert page.post(f"{where}/lam-lai", data=cleared).status_code == 503  # no server reads here now
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        assert "cleared" in [event.action for event in seen.history(line.item.id)]


def test_the_report_is_a_table_that_no_spreadsheet_runs(settings, page):
    where = begin_batch(page)
    send(page, where, b"=1", "=HYPERLINK(1).pdf")
    page.post(f"{where}/nop")
    taken_in(page, where)
    answer = page.get(f"{where}/bao-cao.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    heads, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heads[:4] == ["STT", "Tệp", "Tình trạng", "Mã"]
    assert line[1:3] == ["'=HYPERLINK(1).pdf", "bị dừng"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_formula_becomes_a_text(cell):
    assert plain_cell(cell) == f"'{cell}"
    assert plain_cell(f"a{cell.strip()}") == f"a{cell.strip()}"


@pytest.mark.parametrize("name", ["a;=1+1.pdf", "a; @SUM(A1).pdf", "a;\t-1.pdf"])
def test_nor_does_a_name_begin_one_where_cells_are_parted_at_another_mark(name):
    """As Vietnamese spreadsheets part them: the comma is their decimal mark."""
    text = io.StringIO()
    csv.writer(text).writerow(["1", plain_cell(name), "x, y"])
    cells = [part for line in text.getvalue().splitlines() for part in line.split(";")]
    assert not [cell for cell in cells if cell.strip()[:1] in ("=", "+", "-", "@")]


def test_hostile_names_are_shown_as_text(page):
    where = begin_batch(page)
    name = "<script>alert(1)</script>\" onload=x '.pdf".replace("/", "")
    send(page, where, b"x", name)
    send(page, where, b"x", "a.jpg", "<b>đậm</b>".replace("/", ""))
    text = page.get(where).text
    assert "<script>alert" not in text
    assert "<b>đậm" not in text
    assert "&lt;script&gt;alert(1)&lt;script&gt;" in text
    page.post(f"{where}/nop")
    text = taken_in(page, where)
    assert "<script>alert" not in text
    assert "<script>alert" not in page.get("/can-bo/lo").text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"unit": "khac"}, 403),
        ({"unit": ""}, 422),
        ({"languages": ["xyz"]}, 422),
        ({"languages": ["vie", "osd"]}, 422),
        ({"dpi": "99999"}, 422),
        ({"dpi": "-1"}, 422),
        ({"dpi": "a"}, 422),
        ({"languages": ["vie"] * 9}, 422),
    ],
)
def test_a_batch_is_not_begun_by_absurd_choices(page, fields, status):
    usual = {"unit": "stp", "languages": ["vie"], "dpi": "300"}
    assert page.post("/can-bo/lo/moi", data=usual | fields).status_code == status


def test_who_may_not_publish_cannot_ask_for_it(server, staff):
    with signed_in(server, staff["lan"]) as updater:
        fields = {"unit": "stp", "languages": ["vie"], "dpi": "300", "publish": "true"}
        assert updater.post("/can-bo/lo/moi", data=fields).status_code == 403
        assert "Công bố ngay" not in updater.get("/can-bo/lo/moi").text


def test_a_batch_of_another_unit_is_nobody_s_business(settings, server, staff, page, books):
    where = begin_batch(page)
    send(page, where, b"\x00", "a.bin")
    with signed_in(server, staff["xa"]) as stranger:
        for path in (where, f"{where}/tep", f"{where}/tep.json", f"{where}/danh-muc"):
            assert stranger.get(path).status_code == 404
        page.post(f"{where}/nop")
        taken_in(page, where)
        assert stranger.get(where).status_code == 403
        assert stranger.get(f"{where}/tien-do").status_code == 403
        assert stranger.get(f"{where}/bao-cao.csv").status_code == 403
        assert stranger.post(f"{where}/lam-lai").status_code == 403
        assert stranger.post(f"{where}/thay/1").status_code == 403
        assert where not in stranger.get("/can-bo/lo").text
    with signed_in(server, staff["xem"]) as seeing:
        text = seeing.get(where).text
        assert "Gửi tệp khác thay" not in text
        assert where in seeing.get("/can-bo/lo").text
        assert seeing.post(f"{where}/lam-lai").status_code == 403


@pytest.mark.parametrize("query", ["?sau=-1", "?sau=9999999999", "?xem=" + "a" * 50])
def test_absurd_questions_are_refused(page, query):
    where = begin_batch(page)
    send(page, where, query.encode(), "a.pdf")
    page.post(f"{where}/nop")
    taken_in(page, where)
    assert page.get(where + query).status_code == 422
    assert page.get(f"{where}?xem=khong-co").status_code == 200


@pytest.mark.parametrize("ref", ["0" * 32, "khong-co", "..%2f..", "'--"])
def test_a_batch_that_never_was_is_not_found(page, ref):
    assert page.get(f"/can-bo/lo/{ref}").status_code == 404
    assert page.get(f"/can-bo/lo?truoc={ref}").status_code == 404


def test_a_killed_server_goes_on_taking_in(settings, server, page, books):
    where = begin_batch(page)
    for n in range(8):
        send(page, where, jpeg(draw_page([f"Lô bị giết, trang {n}"])), f"{n}.jpg")
    page.post(f"{where}/nop")
    deadline = time.monotonic() + PATIENCE
    while page.get(where).text.count('class="line"') < 2:  # in the midst of it
        assert time.monotonic() < deadline
    server.kill()
    server.start()
    taken_in(page, where)
    lines = lines_of(settings, where)
    assert [line.entry.outcome for line in lines] == [Outcome.NEW] * 8
    assert len({line.item.id for line in lines}) == 8


def test_a_file_that_another_unit_has_tells_nothing_of_its_item(server, staff, page, books, tmp_path):
    book = draw_book(tmp_path / "riêng.pdf", pages=1, first_folio=61).read_bytes()
    theirs = begin_batch(page)
    send(page, theirs, book, "Kế hoạch chưa công bố.pdf")
    page.post(f"{theirs}/nop", data={})
    assert "Kế hoạch chưa công bố" in taken_in(page, theirs)
    with signed_in(server, staff["xa"]) as other:
        ours = begin_batch(other, unit="xa")
        send(other, ours, book, "của xã.pdf")
        other.post(f"{ours}/nop", data={})
        told = taken_in(other, ours)
        assert "Một đơn vị khác đã lưu nội dung này" in told
        assert "Kế hoạch chưa công bố" not in told
        assert "TSPL-" not in told


def test_where_files_lay_on_some_machine_is_not_told():
    batch = a_batch(source="/srv/scan/lô 3/a, b.pdf, /srv/scan/lô 3/Sổ tay.tif")
    assert source_names(batch) == "a, b.pdf, Sổ tay.tif"
