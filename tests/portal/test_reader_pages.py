"""Searching, reading, citing and downloading, as a browser without scripts asks for it."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image, ImageChops

from config.messages import sentence
from tests.portal.odd import LAW, REASON, TITLE, WORDS
from tests.portal.pages import BOOK

PAGE = f"{BOOK}/trang/3"
TITLED = "Điều 1"  # what stands on the first page of a drawn book
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def stranger(odd_base):
    with httpx.Client(base_url=odd_base, trust_env=False, timeout=30) as opened:
        yield opened


def _text(answer):
    """The page as a person reads it."""
    body = re.sub(r"<(script|style|template).*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# searching


def test_a_book_is_found_without_diacritics_and_the_page_says_so(client):
    answer = client.get("/tim", params={"q": "tranh chap dat dai"})
    assert "2 tài liệu có “tranh chap dat dai”" in _text(answer)
    assert "trong sách thường viết “tranh chấp đất đai”" in _text(answer)
    assert "<mark>tranh chấp đất đai</mark>" in answer.text
    assert f"{PAGE}?q=tranh+chap+dat+dai" in answer.text


def test_a_choice_narrows_and_stays_in_the_addresses(client):
    answer = client.get("/tim", params={"q": "dieu", "loai": ["book", "leaflet"], "sap": "ten"})
    assert answer.status_code == 200
    assert answer.text.count('value="leaflet" checked') == 1
    assert '<option value="ten" selected>' in answer.text


@pytest.mark.parametrize("q", ["-", '""', "…", "-a -b"])
def test_a_question_without_words_is_answered_on_the_same_page(client, q):
    answer = client.get("/tim", params={"q": q})
    assert answer.status_code == 422
    assert "không có chữ nào để tìm" in answer.text
    assert 'name="q"' in answer.text


def test_what_is_not_found_comes_with_advice(client):
    answer = client.get("/tim", params={"q": "zzzzzz"})
    assert answer.status_code == 200
    assert "Không tìm thấy “zzzzzz”" in answer.text
    assert "Cách tìm" in answer.text


def test_a_slip_of_the_keyboard_is_asked_about(client):
    answer = client.get("/tim", params={"q": "khieu nậi"})
    assert "khiếu nại" in _text(answer)


@pytest.mark.parametrize("page", ["2", "0", "-1", "١", "99999999999999999999", "abc", ""])
def test_no_page_of_results_is_too_far_to_come_back_from(client, page):
    answer = client.get("/tim", params={"q": "dieu", "trang": page})
    assert answer.status_code == 200


def test_what_one_may_be_about_to_type_is_a_title(client):
    assert TITLED in client.get("/api/v1/goi-y?q=die").json()["suggestions"]
    assert client.get("/api/v1/goi-y?q=d").json() == {"suggestions": []}
    assert client.get("/api/v1/goi-y?q=" + "a" * 501).status_code == 422


# reading


def test_a_page_shows_its_picture_its_words_over_it_and_its_text(client):
    answer = client.get(PAGE, params={"q": "dat dai"})
    assert 'rel="canonical"' in answer.text
    assert f'href="{BOOK}/trang/2?q=dat+dai"' in answer.text
    assert f'href="{BOOK}/trang/4?q=dat+dai"' in answer.text
    assert re.search(
        r"<tspan x=\"\d+\" textLength=\"\d+\" lengthAdjust=\"spacingAndGlyphs\">đất</tspan>", answer.text
    )
    assert answer.text.count("<rect ") == 1  # two words of one line are one mark
    assert "<mark>đất đai</mark>" in answer.text


@pytest.mark.parametrize(
    "number", ["0", "-1", "7", "007", "99999999999999999999", "١", "%D9%A1", "1e3", " 1", "1.0"]
)
def test_a_page_that_no_book_has_is_not_there(client, number):
    assert client.get(f"{BOOK}/trang/{number}").status_code == 404
    assert client.get(f"{BOOK}/anh/{number}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("xii", "/trang/2?q=a"),
        ("XII", "/trang/2?q=a"),
        ("2", "/trang/2?q=a"),
        ("12", "?"),
        ("99", "?"),
        ("../..", "?"),
    ],
)
def test_a_reader_goes_to_what_is_printed_on_a_page_or_else_to_its_number(stranger, odd, typed, where):
    second = f"/sach/{odd.hostile}"
    answer = stranger.get(f"{second}/toi", params={"trang": typed, "q": "a", "tu": "1"})
    assert answer.status_code == 303
    if where == "?":
        assert answer.headers["location"].startswith(f"{second}/trang/1?q=a&khong-co=")
        assert "không có trang" in stranger.get(answer.headers["location"]).text
    else:
        assert answer.headers["location"] == second + where


def test_two_pages_lie_open_together(client):
    answer = client.get(f"{PAGE}?doi=1")
    assert f"{BOOK}/anh/2" in answer.text
    assert f"{BOOK}/anh/3" in answer.text
    assert f'rel="next" href="{BOOK}/trang/4?doi=1"' in answer.text


def test_text_alone_comes_without_a_picture(client):
    answer = client.get(f"{PAGE}?xem=chu")
    assert "/anh/3" not in answer.text
    assert "đất đai" in answer.text


def test_a_search_inside_the_book_lists_its_pages(client):
    answer = client.get(f"{BOOK}/trang/1", params={"q": "khieu nai"})
    assert f"{BOOK}/trang/2?q=khieu+nai" in answer.text
    assert "Sách này không có" in client.get(f"{BOOK}/trang/1", params={"q": "zzzz"}).text


def test_a_report_of_an_error_is_kept_for_staff_and_says_nothing_of_its_sender(client, shelf):
    said = {"words": "đât\u202e", "note": "đúng ra là\n“đất”"}
    answer = client.post(f"{PAGE}/bao-loi", data=said)
    assert answer.headers["location"] == f"{PAGE}?da-bao=1#bao-loi"
    assert "Đã nhận báo lỗi" in client.get(f"{PAGE}?da-bao=1").text
    with shelf.catalog.view() as seen:
        item = seen.item("TSPL-VN-2026-000001")
        kept = seen.readers.text_reports(item.id, limit=1)[0]
    assert (kept.page, kept.words, kept.note) == (3, "đât", "đúng ra là “đất”")


def test_a_report_of_a_page_that_is_not_there_is_refused(client):
    assert client.post(f"{BOOK}/trang/99/bao-loi", data={"note": "a"}).status_code == 404
    assert client.post(f"{PAGE}/bao-loi", data={"note": "a" * 1_001}).status_code == 422
    assert (
        client.post(
            f"{PAGE}/bao-loi", data={"note": "a"}, headers={"sec-fetch-site": "cross-site"}
        ).status_code
        == 403
    )


# pictures


@pytest.mark.parametrize(("width", "most"), [(144, 144), (660, 660), (828, 828)])
def test_a_phone_gets_a_picture_of_its_width_and_keeps_it(client, width, most):
    answer = client.get(f"{BOOK}/anh/3?rong={width}")
    assert answer.headers["content-type"] == "image/webp"
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.width <= most
        red, green, blue = picture.convert("RGB").split()
        for one, other in ((red, green), (green, blue)):  # grey stayed grey, but for the rounding of WebP
            assert ImageChops.difference(one, other).getextrema()[1] <= 2
    again = client.get(f"{BOOK}/anh/3?rong={width}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("width", ["", "0", "661", "-660", "99999999999", "660.0", "٦٦٠"])
def test_pictures_have_the_widths_that_they_have(client, width):
    assert client.get(f"{BOOK}/anh/3?rong={width}").status_code == 404


def test_the_picture_for_reading_is_sent_as_it_is_kept(client):
    answer = client.get(f"{BOOK}/anh/1")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")


# a book's own page


def test_a_book_says_what_it_is_what_it_holds_and_how_to_cite_it(client):
    answer = client.get(BOOK)
    text = _text(answer)
    for said in (TITLED, "TSPL-VN-2026-000001", "Đã quét 6", "PDF tìm được chữ", "BibTeX"):
        assert said in text
    assert "Điều 3." in text  # of its contents
    schema = json.loads(
        re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.S)[1]
    )
    assert (schema["@type"], schema["name"], schema["numberOfPages"]) == ("Book", TITLED, 6)
    assert '<meta name="DC.title" content="' + TITLED + '">' in answer.text


def test_a_code_in_small_letters_leads_to_the_book(client):
    assert client.get(BOOK.lower()).status_code == 200


def test_a_download_has_the_books_title_and_can_be_gone_on_with(client):
    whole = client.get(f"{BOOK}/tep/access.pdf")
    assert whole.content.startswith(b"%PDF")
    name = quote(f"{TITLED}.pdf")
    said = f"attachment; filename=\"Dieu 1.pdf\"; filename*=UTF-8''{name}"
    assert whole.headers["content-disposition"] == said
    tag = whole.headers["etag"]
    part = client.get(f"{BOOK}/tep/access.pdf", headers={"range": "bytes=100-199", "if-range": tag})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    last = client.get(f"{BOOK}/tep/access.pdf", headers={"range": "bytes=-10"})
    assert last.content == whole.content[-10:]
    other = client.get(f"{BOOK}/tep/access.pdf", headers={"range": "bytes=100-199", "if-range": '"another"'})
    assert (other.status_code, len(other.content)) == (200, len(whole.content))
    beyond = client.get(f"{BOOK}/tep/access.pdf", headers={"range": f"bytes={len(whole.content)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
    assert client.get(f"{BOOK}/tep/access.pdf", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("name", ["text.txt", "book.hocr", "alto.xml"])
def test_every_file_is_saved_and_never_shown(client, name):
    answer = client.get(f"{BOOK}/tep/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    "name", ["original.pdf", "..%2f..%2fcatalog.sqlite3", "thumbs%2f000001.jpg", "ACCESS.PDF"]
)
def test_nothing_but_the_books_files_can_be_had(client, name):
    assert client.get(f"{BOOK}/tep/{name}").status_code == 404


def test_reference_managers_understand(client):
    bib, ris = client.get(f"{BOOK}/trich-dan/bib").text, client.get(f"{BOOK}/trich-dan/ris").text
    assert bib.startswith("@book{TSPL-VN-2026-000001,\n  title = {{" + TITLED + "}},")
    assert ris.startswith("TY  - BOOK\r\nTI  - " + TITLED + "\r\n")
    assert client.get(f"{BOOK}/trich-dan/exe").status_code == 404


@pytest.mark.parametrize(
    "code",
    [
        "..%2f..",
        "TSPL-VN-2026-999999",
        "%27%20OR%201=1--",
        "So%CC%82%CC%89",
        "a" * 3_000,
        "%00",
        "TSPL-VN-2026-000003",
    ],
)
def test_what_is_no_published_book_is_not_there(client, code):
    for path in ("", "/trang/1", "/anh/1", "/tep/access.pdf", "/trich-dan/bib"):
        assert client.get(f"/sach/{code}{path}").status_code == 404


# what is not ordinary


def test_what_is_not_published_looks_like_what_was_never_there(stranger, odd):
    for path in ("", "/trang/1", "/anh/1", "/tep/access.pdf"):
        hidden = stranger.get(f"/sach/{odd.hidden}{path}")
        unknown = stranger.get(f"/sach/TSPL-VN-2026-999999{path}")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.text.replace(odd.hidden, "") == unknown.text.replace("TSPL-VN-2026-999999", "")


def test_a_withdrawn_book_leaves_a_tombstone_and_none_of_its_files(stranger, odd):
    answer = stranger.get(f"/sach/{odd.withdrawn}")
    assert answer.status_code == 410
    assert "Tài liệu này đã được rút khỏi tủ sách" in answer.text
    assert "Sách đã rút &lt;i&gt;" in answer.text
    assert (
        REASON.replace("\u202e", "").replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;") in answer.text
    )
    for path in ("/trang/1", "/anh/1", "/tep/access.pdf", "/tep/text.txt", "/trich-dan/bib"):
        assert stranger.get(f"/sach/{odd.withdrawn}{path}").status_code == 410


def test_hostile_titles_and_words_are_shown_as_text(stranger, odd):
    paths = [
        "/",
        "/danh-muc",
        f"/sach/{odd.hostile}",
        f"/sach/{odd.hostile}/trang/1?q=hoa+giai",
        "/tim?q=hoa+giai",
        "/moi.atom",
    ]
    for path in paths:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<svg/onload" not in answer.text
        assert "<img src=x" not in answer.text
        assert "\u202e" not in answer.text
    page = stranger.get(f"/sach/{odd.hostile}/trang/1?q=hoa+giai")
    for word in WORDS:
        assert word.replace("\u202e", "") in unescape(page.text)
    assert "<mark>hòa giải</mark>" in page.text


def test_a_hostile_title_makes_an_ordinary_file_name(stranger, odd):
    said = stranger.get(f"/sach/{odd.hostile}/tep/access.pdf").headers["content-disposition"]
    assert re.fullmatch(
        r"attachment; filename=\"[\w .,()-]+\.pdf\"; filename\*=UTF-8''[\w.%~-]+", said, re.ASCII
    )
    assert len(said) < 1_500


def test_hostile_questions_are_answered_as_text(stranger):
    for q in (
        TITLE,
        "<b>hòa giải</b>",
        "\x00\ud7ff'; DROP TABLE item; --",
        "\u202eabc",
        "a" * 500,
        '"' * 400,
        "{{7*7}}",
    ):
        answer = stranger.get("/tim", params={"q": q})
        assert answer.status_code in (200, 422)
        assert "<b>hòa" not in answer.text
        assert "<script>alert" not in answer.text
        assert "\u202e" not in answer.text


def test_what_a_book_cites_and_is_out_of_force_comes_first_and_is_marked(stranger, odd):
    answer = stranger.get(f"/sach/{odd.hostile}")
    row = re.search(rf"<tr><td><a href=\"/sach/{odd.law}\">{LAW}</a>.*?</tr>", answer.text, re.S)[0]
    assert '<strong class="bad">Hết hiệu lực toàn bộ</strong>' in row
    assert answer.text.index(LAW) < answer.text.index("1/2000/QH10")
    assert sentence("reader.standing.own_ended", "vi") in stranger.get(f"/sach/{odd.law}").text


def test_a_book_without_pictures_can_be_read(stranger, odd):
    assert stranger.get(f"/sach/{odd.bare}").status_code == 200
    answer = stranger.get(f"/sach/{odd.bare}/trang/1")
    assert answer.status_code == 200
    assert "data-text" in answer.text
    assert stranger.get(f"/sach/{odd.bare}/anh/1").status_code == 404
    assert stranger.get(f"/sach/{odd.bare}/anh/1?rong=660").status_code == 404
    assert stranger.get(f"/sach/{odd.bare}/tep/text.txt").status_code == 404


def test_a_leaflet_is_unfolded_panel_by_panel_in_its_reading_order(stranger, odd):
    answer = stranger.get(f"/to-gap/{odd.leaflet}")
    assert answer.text.count("<li id=") == 3
    assert "Bìa của tờ gấp" in _text(answer)
    assert f"/to-gap/{odd.leaflet}" in stranger.get("/to-gap").text
    assert stranger.get(f"/to-gap/{odd.law}").status_code == 404


def test_the_catalogue_narrows_by_kind_field_and_year(stranger, odd):
    assert odd.law in stranger.get("/danh-muc?nam=2003").text
    assert odd.law not in stranger.get("/danh-muc?loai=leaflet").text
    assert (
        stranger.get("/danh-muc", params={"linh-vuc": '"><img src=x>', "sau": "../x", "nam": "٣"}).status_code
        == 200
    )
    assert odd.withdrawn not in stranger.get("/danh-muc").text


# other programs


def test_feeds_and_sitemaps_name_what_is_published(stranger, odd):
    feed = ElementTree.fromstring(stranger.get("/moi.atom").content)
    told = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert {one.rpartition("/")[2] for one in told} == {odd.hostile, odd.law, odd.leaflet, odd.bare}
    index = ElementTree.fromstring(stranger.get("/sitemap.xml").content)
    places = [one.text for one in index.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(places) == 1
    items = stranger.get(places[0]).text
    assert odd.law in items
    assert odd.withdrawn not in items
    assert odd.hidden not in items
    assert "Sitemap: http" in stranger.get("/robots.txt").text
    ElementTree.fromstring(stranger.get("/opensearch.xml").content)


def test_only_the_search_box_may_stand_in_a_frame_of_another_site(client):
    framed, page = client.get("/nhung"), client.get("/")
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "x-frame-options" not in framed.headers
    assert "unsafe" not in framed.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
