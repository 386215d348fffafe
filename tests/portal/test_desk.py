"""What staff do at their desks, and what they are kept from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import httpx
import pytest

from domain.desk import Verdict
from domain.holdings import Item, PageKind, State
from domain.records import FieldValue, Source
from domain.values import Actor
from flows.steps.correcting import reading_of
from flows.steps.describing import describe_by_hand, edit_record
from flows.steps.publish import approve, let_out
from flows.steps.text_reports import report_text
from flows.steps.verdicts import assess
from portal.deciding import Decision
from tests.portal.desks import CITED, Desk, desk_at
from tests.portal.signing import sign_in

WHO = Actor("khác", "stp")
HOSTILE = '"><script>alert(1)</script>\u202e{{ 31337*31337 }}'
RECKONED = "982007569"  # what a template would make of it; too long to stand in a form's token by chance


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Desk]:
    with desk_at(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.fixture(scope="module")
def out(desk) -> Item:
    """A published book that no test changes."""
    return desk.new_book("Đã công bố", pages=3, publish=True, first_folio=20)


_names = iter(range(1, 1_000))


@pytest.fixture
def book(desk) -> Item:
    """A described book of a test's own."""
    number = next(_names)
    return desk.new_book(f"Sổ tay số {number}", pages=2, first_folio=100 * number)


def at(item: Item, *rest: object) -> str:
    return "/".join(["/can-bo/sach", item.accession, *map(str, rest)])


def value(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', answer.text)
    assert found is not None, name
    return unescape(found[1])


def record_form(answer: httpx.Response) -> dict[str, str]:
    """The fields as the form shows them."""
    told = dict(re.findall(r'<input id="f-(\w+)" name="f_\w+" value="([^"]*)"', answer.text))
    told |= dict(re.findall(r'<textarea id="f-(\w+)"[^>]*>([^<]*)</textarea>', answer.text))
    chosen = re.search(r'<select id="f-resource_type".*?</select>', answer.text, re.S)
    assert chosen is not None
    selected = re.search(r'value="(\w+)" selected', chosen[0])
    told["resource_type"] = selected[1] if selected else ""
    fields = {f"f_{name}": unescape(text) for name, text in told.items()}
    return fields | {"ban": value(answer, "ban"), "trang": "1"}


# who may


PAGES = [
    "",
    "/lich-su",
    "/mo-ta",
    "/trich-dan",
    "/trang",
    "/trang/1/sua",
    "/bao-loi",
    "/anh/1/nho",
    "/anh/1/vua",
]


@pytest.mark.parametrize("path", [*PAGES, "/quyet-dinh/tra-lai", "/sua-tiep"])
def test_what_is_another_units_is_not_there(as_, out, path):
    assert as_("xa").get(at(out) + path).status_code == 404
    assert as_("chi").get(at(out) + path).status_code in (200, 303)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_for_staff_without_signing_in(desk, out, path):
    answer = httpx.get(desk.base + at(out) + path, trust_env=False)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/dang-nhap")


POSTS = [
    ("mo-ta", {"f_title": "x", "ban": ""}, "em"),
    ("mo-ta/hoan-tac", {"lan": 1}, "em"),
    ("trich-dan", {"so": 1, "van-ban": CITED[0], "dung": "true"}, "em"),
    ("trang/1", {"so": "x", "so-cu": ""}, "em"),
    ("trang/1/hoan-tac", {"lan": 1}, "em"),
    ("trang/1/sua", {"dong": 1, "ban": "0", "chu": "x"}, "em"),
    ("trang/1/sua/hoan-tac", {"lan": 1}, "em"),
    ("bao-loi", {"bao-loi": 1, "ket-qua": "mended"}, "em"),
    ("bao-loi/hoan-tac", {"lan": 1}, "em"),
    ("quyet-dinh/danh-gia", {"danh-gia": "usable", "ly-do": "x"}, "em"),
    ("quyet-dinh/duyet", {}, "an"),
    ("quyet-dinh/cong-bo", {}, "an"),
    ("quyet-dinh/rut", {"ly-do": "x"}, "an"),
    ("quyet-dinh/cho-qua", {"ly-do": "x"}, "an"),
]


@pytest.mark.parametrize(("path", "fields", "needs"), POSTS)
def test_who_may_only_look_changes_nothing(as_, desk, out, path, fields, needs):
    lookers = ["chi", "xa"] + (["em"] if needs == "an" else [])
    before = desk.item(out.id)
    for login in lookers:
        answer = as_(login).send_form(at(out, path), fields)
        assert answer.status_code in (403, 404), (login, answer.status_code)
    assert desk.item(out.id) == before


def test_a_form_without_its_word_changes_nothing(as_, desk, book):
    answer = as_("an").post(at(book, "trang/1"), data={"so": "x", "so-cu": ""})
    assert answer.status_code == 403
    with desk.shelf.catalog.view() as seen:
        assert seen.desk.page(book.id, 1).label_source != "typed"


# the list


def test_staff_see_the_items_of_their_units_alone(as_, out, book):
    told = as_("an").get("/can-bo/sach").text
    assert out.accession in told
    assert book.accession in told
    assert "TSPL" not in as_("xa").get("/can-bo/sach").text
    assert book.accession not in as_("an").get("/can-bo/sach?trang-thai=published").text
    assert book.accession in as_("chi").get("/can-bo/sach?trang-thai=described").text


def test_staff_find_items_by_code_and_by_words_without_diacritics(as_, book):
    assert book.accession in as_("an").get(f"/can-bo/sach?q={book.accession.lower()}").text
    assert book.accession in as_("an").get("/can-bo/sach?q=khieu nai hoac uy quyen").text
    in_vain = (("xa", book.accession), ("xa", "khieu nai"), ("an", HOSTILE), ("an", '"'), ("an", "x" * 500))
    for who, asked in in_vain:
        answer = as_(who).get("/can-bo/sach", params={"q": asked})
        assert answer.status_code == 200
        assert f"/can-bo/sach/{book.accession}" not in answer.text
        assert "<script>" not in answer.text


@pytest.mark.parametrize("asked", ["sau=%00", "sau=../../x", "trang-thai=khong-co", "sau=" + "9" * 80])
def test_an_absurd_list_is_an_empty_or_a_whole_one(as_, asked):
    assert as_("an").get(f"/can-bo/sach?{asked}").status_code == 200


# the record


def test_a_field_that_was_changed_is_staffs_and_the_others_keep_their_source(as_, desk, book):
    an = as_("an")
    form = record_form(an.get(at(book, "mo-ta")))
    typed = {"f_title": "  Sổ tay\nhòa giải ", "f_topics": "đất đai;hộ tịch"}
    answer = an.send_form(at(book, "mo-ta"), form | typed)
    assert answer.status_code == 303, answer.text
    with desk.shelf.catalog.view() as seen:
        fields = seen.record(book.id).fields
    assert fields["title"] == FieldValue("Sổ tay hòa giải", Source.STAFF, 1.0)
    assert fields["topics"].value == ["đất đai", "hộ tịch"]
    assert {one.source for name, one in fields.items() if name not in ("title", "topics")} <= {
        Source.TITLE_PAGE,
        Source.FILE_NAME,
        Source.DOCUMENT,
    }
    told = an.get(answer.headers["location"]).text
    assert "Đã lưu" in told
    assert "Nguồn: cán bộ ghi" in told


def test_a_proposal_is_confirmed_with_a_tick(as_, desk, book):
    an = as_("an")
    with desk.shelf.catalog.view() as seen:
        proposed = seen.record(book.id).fields["title"]
    assert proposed.source is not Source.STAFF
    an.send_form(at(book, "mo-ta"), record_form(an.get(at(book, "mo-ta"))) | {"dung": ["title"]})
    with desk.shelf.catalog.view() as seen:
        assert seen.record(book.id).fields["title"] == FieldValue(proposed.value, Source.STAFF, 1.0)


def test_what_cannot_be_true_is_told_at_its_field_and_nothing_is_kept(as_, desk, book):
    an = as_("an")
    form = record_form(an.get(at(book, "mo-ta")))
    wrong = {"f_year": "năm ngoái", "f_isbn": "123", "f_so_ky_hieu": "mười bốn", "f_title": "Mới"}
    answer = an.send_form(at(book, "mo-ta"), form | wrong)
    assert answer.status_code == 422
    assert "Năm phải từ 1900 đến 2100." in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert 'value="năm ngoái"' in answer.text  # what was typed is not lost
    assert desk.item(book.id).title == book.title


def test_two_who_describe_at_once_are_shown_what_the_other_wrote(as_, desk, book):
    an = as_("an")
    form = record_form(an.get(at(book, "mo-ta")))
    edit_record(desk.shelf, book.id, {"title": "Của người khác"}, WHO)
    answer = an.send_form(at(book, "mo-ta"), form | {"f_title": "Của An"})
    assert answer.status_code == 409
    assert "Người khác đã ghi: Của người khác" in answer.text
    assert ">Của An</textarea>" in answer.text
    assert desk.item(book.id).title == "Của người khác"
    again = an.send_form(at(book, "mo-ta"), record_form(answer))
    assert again.status_code == 303
    assert desk.item(book.id).title == "Của An"


def test_an_edit_is_taken_back_from_the_history(as_, desk, book):
    an = as_("an")
    form = record_form(an.get(at(book, "mo-ta")))
    an.send_form(at(book, "mo-ta"), form | {"f_title": "Nhầm"})
    told = an.get(at(book, "lich-su"))
    assert "→ Nhầm" in told.text
    event = int(value(told, "lan"))
    assert an.send_form(at(book, "mo-ta/hoan-tac"), {"lan": event}).status_code == 303
    assert desk.item(book.id).title == book.title
    assert an.send_form(at(book, "mo-ta/hoan-tac"), {"lan": event}).status_code == 409  # it is undone


def test_a_document_of_the_same_number_and_agency_is_pointed_out(as_, desk, book, out):
    both = {"so_ky_hieu": "77/2020/QĐ-UBND", "compiling_agency": "UBND tỉnh"}
    describe_by_hand(desk.shelf, book.id, both, WHO)
    describe_by_hand(desk.shelf, out.id, both, WHO)
    told = as_("an").get(at(book, "mo-ta")).text
    assert "cùng số, ký hiệu và cùng cơ quan" in told
    assert f'href="/can-bo/sach/{out.accession}"' in told
    assert "UBND tỉnh" in re.findall(r'<option value="([^"]*)"></option>', told)  # a suggestion, too


def test_what_readers_see_is_described_only_by_who_may_publish(as_, desk, out):
    em = as_("em")
    shown = em.get(at(out, "mo-ta"))
    assert "fieldset disabled" in shown.text
    assert em.send_form(at(out, "mo-ta"), {"f_title": "Khác", "ban": ""}).status_code == 403
    form = record_form(as_("an").get(at(out, "mo-ta")))
    assert as_("an").send_form(at(out, "mo-ta"), form | {"f_note": "bản in 2020"}).status_code == 303


@pytest.mark.parametrize("field", ["title", "note", "compiling_agency"])
def test_hostile_values_are_shown_as_text_everywhere(as_, desk, book, field):
    describe_by_hand(desk.shelf, book.id, {field: HOSTILE}, Actor(HOSTILE, "stp"))
    assess(desk.shelf, book.id, Verdict.USABLE, HOSTILE, Actor(HOSTILE, "stp"))
    for path in (*PAGES[:7], "/quyet-dinh/duyet"):
        told = as_("an").get(at(book) + path)
        assert told.status_code == 200
        assert "<script>alert" not in told.text
        assert "\u202e" not in told.text
        assert RECKONED not in told.text
    assert "<script>alert" not in as_("an").get("/can-bo/sach").text


# what readers report


def test_a_readers_report_is_looked_into_settled_and_opened_again(as_, desk, book):
    report_text(desk.shelf, book.id, 1, words="Luât", note="thiếu dấu nặng")
    an = as_("an")
    assert book.accession in an.get("/can-bo/sach?bao-loi=1").text
    assert "Đang chờ xem: 1 báo lỗi" in an.get(at(book)).text
    told = an.get(at(book, "bao-loi"))
    assert "Chữ đang có: Luât" in told.text
    assert f'href="{at(book, "trang/1/sua")}"' in told.text
    form = {"bao-loi": value(told, "bao-loi"), "ket-qua": "unfounded"}
    assert an.send_form(at(book, "bao-loi"), form).status_code == 303
    assert an.send_form(at(book, "bao-loi"), form).status_code == 409
    assert "Luât" not in an.get(at(book, "bao-loi")).text
    assert "Không phải lỗi · an ·" in an.get(at(book, "bao-loi?xem=xong")).text
    assert book.accession not in an.get("/can-bo/sach?bao-loi=1").text
    undo = value(an.get(at(book, "lich-su")), "lan")
    assert an.send_form(at(book, "bao-loi/hoan-tac"), {"lan": undo}).status_code == 303
    assert "Luât" in an.get(at(book, "bao-loi")).text


@pytest.mark.parametrize("form", [{}, {"bao-loi": "9" * 30}, {"bao-loi": -1}, {"ket-qua": "x"}])
def test_an_absurd_settling_is_refused(as_, book, form):
    whole = {"bao-loi": 1, "ket-qua": "mended"} | form if form else {}
    assert as_("an").send_form(at(book, "bao-loi"), whole).status_code == 422


def test_reports_come_a_page_at_a_time_and_hostile_ones_are_words(as_, desk, book):
    for number in range(50):
        report_text(desk.shelf, book.id, 1, words=HOSTILE, note=f"{HOSTILE} lần {number}.")
    with desk.shelf.catalog.begin() as changes:
        oldest = changes.readers.text_reports(book.id, limit=1)[0]
        changes.readers.add_text_report(replace(oldest, note="mới nhất"))
    first = as_("an").get(at(book, "bao-loi"))
    assert "mới nhất" in first.text
    assert "lần 0." not in first.text
    assert "<script>alert" not in first.text
    assert "\u202e" not in first.text
    assert RECKONED not in first.text
    more = re.search(r"truoc=\d+", first.text)
    assert more is not None
    second = as_("an").get(at(book, f"bao-loi?{more[0]}")).text
    assert "lần 0." in second
    assert "lần 1." not in second


# citations


def test_a_citation_is_confirmed_with_a_click_and_doubted_again(as_, desk, book):
    an = as_("an")
    told = {"so": 2, "van-ban": CITED[1], "dung": "true"}
    assert an.send_form(at(book, "trich-dan"), told).status_code == 303
    assert "Đã xác nhận: an" in an.get(at(book, "trich-dan")).text
    assert CITED[1] not in an.get(at(book, "trich-dan?loc=chua")).text
    an.send_form(at(book, "trich-dan"), told | {"dung": "false"})
    assert "Đã xác nhận: an" not in an.get(at(book, "trich-dan")).text
    assert an.send_form(at(book, "trich-dan"), told | {"so": 1}).status_code == 409


# pages


def test_a_folio_and_a_kind_are_typed_and_forgotten_again(as_, desk, book):
    an = as_("an")
    shown = an.get(at(book, "trang")).text
    assert shown.count('class="shot"') == 2
    answer = an.send_form(at(book, "trang/2"), {"so": "xii", "so-cu": "", "loai": "plate", "loai-cu": ""})
    assert answer.headers["location"].endswith("/trang?tu=1#trang-2")
    desk.follow(book.id)
    with desk.shelf.catalog.view() as seen:
        entry = seen.desk.page(book.id, 2)
    assert (entry.label, entry.label_source, entry.kind) == ("xii", "typed", PageKind.PLATE)
    assert "in số xii" in an.get(at(book, "trang")).text
    an.send_form(at(book, "trang/2"), {"so": "xii", "so-cu": "xii", "theo-may": "1"})
    with desk.shelf.catalog.view() as seen:
        entry = seen.desk.page(book.id, 2)
    assert (entry.label_source, entry.kind_source) == (None, None)


def test_a_page_that_was_not_changed_in_the_form_stays_as_it_was_found(as_, desk, book):
    with desk.shelf.catalog.view() as seen:
        before = seen.desk.page(book.id, 1)
    shown = before.label or ""
    as_("an").send_form(at(book, "trang/1"), {"so": shown, "so-cu": shown, "loai": "", "loai-cu": ""})
    with desk.shelf.catalog.view() as seen:
        assert seen.desk.page(book.id, 1) == before


@pytest.mark.parametrize("number", ["0", "-1", "3", "99999999999999999999", "١", "1e3", "../1", "%00"])
@pytest.mark.parametrize("path", ["trang/{}/sua", "anh/{}/vua"])
def test_a_page_that_is_not_there_is_told_and_nothing_breaks(as_, out, path, number):
    wanted = at(out, path.format("4" if number == "3" else number))
    assert as_("an").get(wanted).status_code in (404, 422)


def test_a_kind_that_only_the_program_gives_is_refused(as_, out):
    told = {"so": "", "so-cu": "", "loai": "unreadable", "loai-cu": ""}
    answer = as_("an").send_form(at(out, "trang/1"), told)
    assert answer.status_code == 404


# words


def test_a_line_is_saved_and_the_next_doubtful_one_comes(as_, desk, book):
    an = as_("an")
    first = an.get(at(book, "trang/1/sua"))
    assert "Dòng có từ chưa chắc" in first.text
    with desk.shelf.catalog.view() as seen:
        before = seen.desk.doubts(book.id).words
    place, digest = int(value(first, "dong")), value(first, "ban")
    answer = an.send_form(at(book, "trang/1/sua"), {"dong": place, "ban": digest, "chu": "Điều một. Đã sửa"})
    assert answer.status_code == 303
    assert reading_of(desk.shelf, desk.item(book.id), 1).page.lines[place - 1].text == "Điều một. Đã sửa"
    with desk.shelf.catalog.view() as seen:
        assert seen.desk.doubts(book.id).words < before
    shown = an.get(at(book, "trang/1/sua"))
    assert "Các lần sửa trang này" in shown.text
    event = int(value(shown, "lan"))
    an.send_form(at(book, "trang/1/sua/hoan-tac"), {"lan": event})
    assert "Đã sửa" not in reading_of(desk.shelf, desk.item(book.id), 1).page.text


def test_the_words_of_a_page_that_changed_meanwhile_are_not_lost(as_, desk, book):
    an = as_("an")
    shown = an.get(at(book, "trang/1/sua"))
    stale = {"dong": 1, "ban": value(shown, "ban")}
    an.send_form(at(book, "trang/1/sua"), stale | {"chu": "Của An"})
    answer = as_("em").send_form(at(book, "trang/1/sua"), stale | {"chu": "Của Em & <b>"})
    assert answer.status_code == 409
    assert "Của Em &amp; &lt;b&gt;" in answer.text
    assert "Của An" in reading_of(desk.shelf, desk.item(book.id), 1).page.text


def test_the_next_page_with_doubtful_words_is_found_across_the_book(as_, desk, book):
    an = as_("an")
    assert an.get(at(book, "sua-tiep")).headers["location"] == at(book, "trang/1/sua")
    assert an.get(at(book, "sua-tiep?sau=1")).headers["location"] == at(book, "trang/2/sua")
    assert an.get(at(book, "sua-tiep?sau=2")).headers["location"] == at(book, "trang/1/sua")


def test_markup_in_the_words_is_text(as_, desk, book):
    an = as_("an")
    shown = an.get(at(book, "trang/1/sua"))
    an.send_form(at(book, "trang/1/sua"), {"dong": 1, "ban": value(shown, "ban"), "chu": HOSTILE})
    told = an.get(at(book, "trang/1/sua")).text
    assert "<script>alert" not in told
    assert "\u202e" not in told
    assert reading_of(desk.shelf, desk.item(book.id), 1).page.lines[0].text == HOSTILE.replace("\u202e", "")


def test_what_the_program_is_at_cannot_be_corrected_yet(as_, desk):
    item = desk.unread("Chưa đọc")
    an = as_("an")
    for path in ("", "/mo-ta", "/trang", "/lich-su", "/trich-dan"):
        assert an.get(at(item) + path).status_code == 200
    assert an.send_form(at(item, "mo-ta"), {"f_title": "x", "ban": ""}).status_code == 409
    assert an.send_form(at(item, "quyet-dinh/duyet"), {}).status_code == 409


# what people decide


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("decision", Decision)
def test_every_decision_is_asked_for_on_a_page_of_its_own(desk, out, decision, lang):
    with sign_in(desk.base, "an") as an:
        an.cookies.set("tusach_lang", lang)
        told = an.get(at(out, "quyet-dinh", decision.value))
    assert told.status_code == 200
    assert f'lang="{lang}"' in told.text
    assert re.findall(r"(?<!/static/)desk\.\w+", told.text) == []  # every sentence is there


def test_an_item_goes_from_verdict_to_approval_to_readers_and_back(as_, desk, book):
    an = as_("an")
    refused = an.send_form(at(book, "quyet-dinh/duyet"), {})
    assert refused.status_code == 409
    assert "Chưa ai đánh giá" in refused.text
    for lacking in ({"danh-gia": "usable", "ly-do": " "}, {"ly-do": "còn đúng"}):
        assert an.send_form(at(book, "quyet-dinh/danh-gia"), lacking).status_code == 422
    for decision, fields in (
        ("danh-gia", {"danh-gia": "usable", "ly-do": "đã đối chiếu, còn đúng"}),
        ("duyet", {}),
        ("cong-bo", {}),
    ):
        assert an.get(at(book, "quyet-dinh", decision)).status_code == 200
        assert an.send_form(at(book, "quyet-dinh", decision), fields).status_code == 303
    assert desk.item(book.id).state is State.PUBLISHED
    assert an.send_form(at(book, "quyet-dinh/rut"), {"ly-do": ""}).status_code == 422
    assert desk.item(book.id).state is State.PUBLISHED
    an.send_form(at(book, "quyet-dinh/rut"), {"ly-do": "có đơn phản ánh"})
    item = desk.item(book.id)
    assert (item.state, item.reason.fields) == (State.WITHDRAWN, {"reason": "có đơn phản ánh"})
    told = an.get(at(book)).text
    assert "Đã rút: có đơn phản ánh" in told
    assert "đã đối chiếu, còn đúng" in told
    with desk.shelf.catalog.view() as seen:
        decided = seen.desk.events(book.id, actions=["assessed", "moved"], limit=4)
    assert {one.actor for one in decided} == {Actor("an", "stp")}


def test_readers_see_the_verdict_and_are_warned_once_it_is_doubted(as_, desk):
    item = desk.new_book("Được đánh giá", pages=1, first_folio=9_500, publish=True)
    an = as_("an")

    def told() -> str:
        return httpx.get(f"{desk.base}/sach/{item.accession}", trust_env=False).text

    def told_beside_its_pages() -> str:
        return httpx.get(f"{desk.base}/sach/{item.accession}/trang/1", trust_env=False).text

    assert "Chưa đánh giá giá trị sử dụng." in told()
    for verdict, sentence in (
        ("usable", "Còn giá trị sử dụng, theo đánh giá ngày"),
        ("review", "Nội dung đang được xem lại từ ngày"),
        ("unusable", "Không còn giá trị sử dụng, theo đánh giá ngày"),
    ):
        an.send_form(at(item, "quyet-dinh/danh-gia"), {"danh-gia": verdict, "ly-do": f"lý do {HOSTILE}"})
        assert sentence in told()
        assert "(người đánh giá: Người dùng an)" in told()
        beside = told_beside_its_pages()
        assert (sentence in beside) == (verdict != "usable")
        assert (f'href="/sach/{item.accession}#danh-gia"' in beside) == (verdict != "usable")
        assert "31337" not in beside  # the reason stands on the page of the item
        assert "<script>alert" not in told()


def test_who_may_see_an_item_may_return_it_with_a_reason(as_, desk, book):
    answer = as_("chi").send_form(at(book, "quyet-dinh/tra-lai"), {"ly-do": "Thiếu trang 7"})
    assert answer.status_code == 303
    assert "chi trả lại: Thiếu trang 7" in as_("an").get(at(book)).text
    assert as_("chi").send_form(at(book, "quyet-dinh/tra-lai"), {"ly-do": ""}).status_code == 422


def test_a_decision_that_somebody_else_took_first_is_told(as_, desk, book):
    assess(desk.shelf, book.id, Verdict.USABLE, "còn đúng", WHO)
    approve(desk.shelf, book.id, WHO)
    let_out(desk.shelf, book.id, WHO)
    answer = as_("an").send_form(at(book, "quyet-dinh/duyet"), {})
    assert answer.status_code == 409
    assert "Có thể người khác vừa quyết định" in answer.text


def test_several_are_approved_at_once_and_what_cannot_be_is_told(as_, desk, book):
    other = desk.new_book("Sổ tay cùng duyệt", pages=1, first_folio=9_000)
    assess(desk.shelf, book.id, Verdict.USABLE, "còn đúng", WHO)
    chosen = {"quyet-dinh": "duyet", "ma": [book.accession, other.accession, HOSTILE, "TSPL-VN-2026-999999"]}
    answer = as_("an").send_form("/can-bo/sach/nhieu", chosen)
    assert answer.status_code == 200
    assert "Chưa ai đánh giá" in answer.text
    assert "<script>alert" not in answer.text
    assert (desk.item(book.id).state, desk.item(other.id).state) == (State.APPROVED, State.DESCRIBED)
    assert as_("an").send_form("/can-bo/sach/nhieu", {"quyet-dinh": "duyet"}).status_code == 200
    assert as_("em").send_form("/can-bo/sach/nhieu", chosen).status_code == 403
    refused = as_("xa").send_form("/can-bo/sach/nhieu", chosen | {"quyet-dinh": "cong-bo"})
    assert (refused.status_code, desk.item(book.id).state) == (200, State.APPROVED)


def test_a_marking_passes_only_by_a_manager_and_with_its_grounds(as_, desk, book):
    shown = as_("em").get(at(book, "trang/1/sua"))
    marked = {"dong": 1, "ban": value(shown, "ban"), "chu": "LƯU HÀNH NỘI BỘ"}
    as_("em").send_form(at(book, "trang/1/sua"), marked)
    assert desk.item(book.id).state is State.QUARANTINED
    assert "Cho qua dấu mật" not in as_("em").get(at(book)).text
    an = as_("an")
    assert "Cho qua dấu mật" in an.get(at(book)).text
    assert an.send_form(at(book, "quyet-dinh/cho-qua"), {"ly-do": ""}).status_code == 422
    an.send_form(at(book, "quyet-dinh/cho-qua"), {"ly-do": "Quyết định giải mật số 5"})
    assert desk.follow(book.id).state is State.DESCRIBED
    assert "Quyết định giải mật số 5" in an.get(at(book, "lich-su")).text


def test_a_record_that_changed_meanwhile_is_not_approved_unseen(as_, desk, book):
    an = as_("an")
    an.send_form(at(book, "quyet-dinh/danh-gia"), {"danh-gia": "usable", "ly-do": "còn đúng"})
    shown = an.get(at(book, "quyet-dinh/duyet"))
    assert "còn những việc chưa làm xong" in shown.text
    assert "còn 2 chỗ" in shown.text  # citations that nobody confirmed
    seen = value(shown, "ban")
    edit_record(desk.shelf, book.id, {"title": "Nhan đề khác"}, WHO)
    refused = an.send_form(at(book, "quyet-dinh/duyet"), {"ban": seen})
    assert (refused.status_code, "vừa thay đổi" in refused.text) == (409, True)
    assert desk.item(book.id).state is State.DESCRIBED
    assert an.send_form(at(book, "quyet-dinh/duyet"), {"ban": value(refused, "ban")}).status_code == 303
    assert desk.item(book.id).state is State.APPROVED


def test_a_step_says_whether_a_person_did_something_of_it(as_, desk, book):
    an = as_("an")
    untouched = an.get(at(book)).text
    assert "máy không thấy gì phải sửa" in untouched
    desk_said = untouched.count("máy không thấy gì phải sửa")
    an.send_form(at(book, "trang/1"), {"so": "7", "so-cu": ""})
    assert an.get(at(book)).text.count("máy không thấy gì phải sửa") < desk_said


def test_what_a_marking_took_from_readers_is_let_pass_and_goes_out_again(as_, desk):
    book, an = desk.new_book("Có dấu", pages=1, publish=True, first_folio=60), as_("an")
    assess(desk.shelf, book.id, Verdict.USABLE, "còn đúng", WHO)
    shown = an.get(at(book, "trang/1/sua"))
    an.send_form(at(book, "trang/1/sua"), {"dong": 1, "ban": value(shown, "ban"), "chu": "LƯU HÀNH NỘI BỘ"})
    assert desk.item(book.id).state is State.WITHDRAWN
    told = an.get(at(book)).text
    assert "bị rút khỏi bạn đọc vì có dấu mật" in told
    assert at(book, "quyet-dinh/cho-qua") in told
    assert at(book, "quyet-dinh/cong-bo") not in told
    refused = an.send_form(at(book, "quyet-dinh/cong-bo"), {})
    assert (refused.status_code, "Người quản lý phải cho qua" in refused.text) == (409, True)
    an.send_form(at(book, "quyet-dinh/cho-qua"), {"ly-do": "Dấu của tài liệu khác"})
    told = an.get(at(book)).text
    assert at(book, "quyet-dinh/cho-qua") not in told
    assert at(book, "quyet-dinh/cong-bo") in told
    assert an.send_form(at(book, "quyet-dinh/cho-qua"), {"ly-do": "lần nữa"}).status_code == 409
    an.send_form(at(book, "quyet-dinh/cong-bo"), {})
    assert desk.item(book.id).state is State.PUBLISHED


def test_a_unit_is_asked_for_four_eyes_by_an_operator(as_, desk, book):
    binh, an = as_("binh"), as_("an")
    assert an.get("/quan-tri/hai-nguoi").status_code == 403
    assert binh.send_form("/quan-tri/hai-nguoi", {"don-vi": "xa", "hai-nguoi": "true"}).status_code == 303
    binh.send_form("/quan-tri/hai-nguoi", {"don-vi": "stp", "hai-nguoi": "true"})
    try:
        an.send_form(at(book, "quyet-dinh/danh-gia"), {"danh-gia": "usable", "ly-do": "còn đúng"})
        assert "hai người" in an.get(at(book)).text
        refused = an.send_form(at(book, "quyet-dinh/duyet"), {})
        assert refused.status_code == 409
        assert "phải để người khác duyệt" in refused.text
    finally:
        binh.send_form("/quan-tri/hai-nguoi", {"don-vi": "stp", "hai-nguoi": "false"})
    assert an.send_form(at(book, "quyet-dinh/duyet"), {}).status_code == 303


def test_pictures_are_kept_by_the_browser_alone(as_, out):
    answer = as_("chi").get(at(out, "anh/1/vua"))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"].startswith("private")
    assert as_("chi").get(at(out, "anh/1/to")).status_code == 422


def test_history_is_told_slice_by_slice(as_, desk, book):
    for number in range(60):
        describe_by_hand(desk.shelf, book.id, {"note": f"lần {number}"}, WHO)
    first = as_("an").get(at(book, "lich-su"))
    more = re.search(r"truoc=(\d+)", first.text)
    assert more is not None
    assert "lần 59" in first.text
    assert "lần 10" not in first.text
    second = as_("an").get(at(book, f"lich-su?truoc={more[1]}"))
    more = re.search(r"truoc=(\d+)", second.text)
    assert more is not None
    assert "nhận bản gốc" in as_("an").get(at(book, f"lich-su?truoc={more[1]}")).text
