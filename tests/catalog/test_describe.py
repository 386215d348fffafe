"""A record is proposed from what a page shows, each field with its source and how sure it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.casing import agency_case, sentence_case
from catalog.describe import propose
from catalog.imprint import checked_isbn, edition, isbn, permit, place_and_year, publisher
from domain.holdings import ScanForm
from domain.records import FIELDS, FieldValue, Record, Source
from domain.text import Line, OcrPage, Word
from domain.values import Box

WIDTH, HEIGHT = 1748, 2480  # A5 at 300 dpi


def page(
    printed: Sequence[tuple[str, int]], number: int = 1, *, gap: float = 0.5, tops: Sequence[int] = ()
) -> OcrPage:
    """A page of centred lines of (text, type size in pixels), a gap of so many line heights between them."""
    lines = []
    top = 150
    for nth, (text, size) in enumerate(printed):
        top = tops[nth] if nth < len(tops) else top
        width = min(WIDTH - 40, int(len(text) * size * 0.5))
        left = (WIDTH - width) // 2
        words = text.split()
        boxes = [Box(left + at * 10, top, left + at * 10 + 9, top + size) for at in range(len(words))]
        read = tuple(Word(word, box, 0.95) for word, box in zip(words, boxes, strict=True))
        lines.append(Line(read, Box(left, top, left + width, top + size), block=nth + 1, size=float(size)))
        top += int(size * (1 + gap))
    return OcrPage(
        number, number, Box(0, 0, WIDTH, HEIGHT), WIDTH, HEIGHT, 300, "tesseract", ("vie",), tuple(lines)
    )


def described(
    *pages: OcrPage,
    properties: dict[str, str] | None = None,
    file_name: str = "scan_0001.pdf",
    form: ScanForm = ScanForm.PDF,
    manifest: Record | None = None,
) -> Record:
    return propose(pages, properties=properties or {}, file_name=file_name, form=form, manifest=manifest)


COVER = page(
    [
        ("SỞ TƯ PHÁP TỈNH LÀO CAI", 50),
        ("SỔ TAY PHÁP LUẬT VỀ", 90),
        ("HÒA GIẢI Ở CƠ SỞ", 90),
        ("(Tái bản lần thứ hai, có sửa chữa, bổ sung)", 44),
        ("NHÀ XUẤT BẢN TƯ PHÁP", 50),
        ("HÀ NỘI - 2019", 50),
    ],
    tops=(150, 800, 920, 1200, 1900, 1990),
)
COLOPHON = page(
    [
        ("In 500 cuốn, khổ 14,5 x 20,5 cm tại Công ty cổ phần In Lào Cai.", 40),
        ("Giấy phép xuất bản số 123/GP-STTTT cấp ngày 12/6/2019.", 40),
        ("Mã số sách tiêu chuẩn quốc tế ISBN: 978-604-81-1234-9.", 40),
        ("In xong và nộp lưu chiểu tháng 7 năm 2019.", 40),
    ],
    number=24,
)
DECISION = page(
    [
        ("ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 44),
        ("TỈNH ĐẮK LẮK Độc lập – Tự do – Hạnh phúc", 44),
        ("Số: 1234/QĐ-UBND Đắk Lắk, ngày 05 tháng 8 năm 2019", 44),
        ("QUYẾT ĐỊNH", 54),
        ("Về việc ban hành Quy chế quản lý, khai thác", 46),
        ("Tủ sách pháp luật trên địa bàn tỉnh", 46),
        ("CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH", 46),
        ("Căn cứ Quyết định số 14/2019/QĐ-TTg ngày 13/3/2019 của Thủ tướng Chính phủ;", 46),
        ("Xét đề nghị của Giám đốc Sở Tư pháp,", 46),
    ],
    tops=(150, 210, 300, 500, 580, 650, 800, 950, 1020),
)


def test_a_cover_tells_what_a_clerk_would_type() -> None:
    record = described(COVER, COLOPHON)
    assert {name: record.value(name) for name in record.fields} == {
        "title": "Sổ tay pháp luật về hòa giải ở cơ sở",
        "resource_type": "manual",
        "compiling_agency": "Sở Tư pháp tỉnh Lào Cai",
        "publisher": "Nhà xuất bản Tư pháp",
        "place": "Hà Nội",
        "year": 2019,
        "edition": "Tái bản lần thứ hai, có sửa chữa, bổ sung",
        "isbn": "9786048112349",
        "permit_no": "123/GP-STTTT",
    }
    assert {value.source for value in record.fields.values()} == {Source.TITLE_PAGE}
    assert all(0.3 <= value.confidence < 1.0 for value in record.fields.values())


def test_a_legal_document_has_its_number_and_subject() -> None:
    record = described(DECISION)
    assert record.value("resource_type") == "document"
    assert record.value("so_ky_hieu") == "1234/QĐ-UBND"
    assert record.value("title") == (
        "Quyết định số 1234/QĐ-UBND về việc ban hành Quy chế quản lý, khai thác "
        "Tủ sách pháp luật trên địa bàn tỉnh"
    )
    assert record.value("compiling_agency") == "Ủy ban nhân dân tỉnh Đắk Lắk"
    assert (record.value("place"), record.value("year")) == ("Đắk Lắk", 2019)


def test_a_plan_without_a_number_keeps_what_it_is_about() -> None:
    plan = page(
        [
            ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 44),
            ("Số:       /KH-UBND", 44),
            ("KẾ HOẠCH", 54),
            ("Triển khai công tác hòa giải ở cơ sở năm 2020", 46),
            ("Thực hiện Quyết định số 471/QĐ-TTg ngày 26/4/2019 của Thủ tướng Chính phủ", 46),
        ],
        tops=(150, 300, 500, 580, 650),
    )
    record = described(plan)
    assert record.value("title") == "Kế hoạch Triển khai công tác hòa giải ở cơ sở năm 2020"
    assert record.value("so_ky_hieu") is None


def test_a_letter_is_told_by_its_subject() -> None:
    letter = page(
        [
            ("BỘ TƯ PHÁP CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 44),
            ("Số: 2500/BTP-PBGDPL Hà Nội, ngày 08 tháng 7 năm 2019", 44),
            ("V/v triển khai Quyết định số 471/QĐ-TTg", 40),
            ("Kính gửi: Ủy ban nhân dân các tỉnh", 46),
        ],
        tops=(150, 250, 300, 500),
    )
    record = described(letter)
    assert record.value("title") == (
        "Công văn số 2500/BTP-PBGDPL về việc triển khai Quyết định số 471/QĐ-TTg"
    )
    assert record.value("compiling_agency") == "Bộ Tư pháp"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("HỎI - ĐÁP PHÁP LUẬT VỀ HỘ TỊCH", "qa_book"),
        ("SỔ TAY HỎI ĐÁP LUẬT ĐẤT ĐAI", "qa_book"),
        ("CẨM NANG PHÁP LUẬT", "handbook"),
        ("TỜ GẤP TUYÊN TRUYỀN PHÒNG CHỐNG MA TÚY", "leaflet"),
        ("ĐỀ CƯƠNG GIỚI THIỆU LUẬT HÒA GIẢI", "outline"),
        ("TIỂU PHẨM TUYÊN TRUYỀN PHÁP LUẬT", "skit"),
        ("NHỮNG CÂU CHUYỆN PHÁP LUẬT", "story"),
        ("TÌNH HUỐNG PHÁP LUẬT THƯỜNG GẶP", "case"),
        ("TÀI LIỆU TẬP HUẤN NGHIỆP VỤ HÒA GIẢI", "training"),
        ("BÌNH LUẬN KHOA HỌC BỘ LUẬT HÌNH SỰ", "commentary"),
        ("HƯỚNG DẪN NGHIỆP VỤ CHỨNG THỰC", "guide"),
    ],
)
def test_the_title_tells_the_kind(title: str, kind: str) -> None:
    record = described(page([("SỞ TƯ PHÁP", 50), (title, 90), ("Lào Cai, năm 2019", 50)], gap=3))
    assert record.value("resource_type") == kind


def test_the_title_of_a_panel_is_not_mixed_with_its_neighbours() -> None:
    """Whole sheets of leaflets: three columns side by side, the cover among them."""
    cover = page([("SỞ TƯ PHÁP TỈNH LÀO CAI", 40), ("TỜ GẤP PHÁP LUẬT", 80), ("PHÒNG CHỐNG MA TÚY", 64)])
    shifted = tuple(_moved(line, WIDTH) for line in cover.lines)
    text = page([(f"• Dòng chữ thường của mặt bên cạnh số {n}", 40) for n in range(30)]).lines
    sheet = OcrPage(
        1, 1, Box(0, 0, 2 * WIDTH, HEIGHT), 2 * WIDTH, HEIGHT, 300, "t", ("vie",), (*text, *shifted)
    )
    record = described(sheet)
    assert record.value("title") == "Tờ gấp pháp luật: Phòng chống ma túy"
    assert record.value("compiling_agency") == "Sở Tư pháp tỉnh Lào Cai"
    assert record.value("resource_type") == "leaflet"


def _moved(line: Line, by: int) -> Line:
    def box(old: Box) -> Box:
        return Box(old.left + by, old.top, old.right + by, old.bottom)

    words = tuple(Word(word.text, box(word.box), word.confidence) for word in line.words)
    return Line(words, box(line.box), line.block, line.paragraph, line.baseline, line.size)


def test_what_the_form_says_is_weightiest() -> None:
    said = Record({"title": FieldValue("Sổ tay hòa giải viên", Source.MANIFEST, 1.0)})
    record = described(COVER, manifest=said)
    assert record.fields["title"] == said.fields["title"]
    assert record.fields["publisher"].source is Source.TITLE_PAGE


def test_a_title_of_the_form_tells_the_kind_where_no_column_does() -> None:
    said = Record({"title": FieldValue("Tờ gấp phòng, chống ma túy", Source.MANIFEST, 1.0)})
    assert described(manifest=said).fields["resource_type"] == FieldValue("leaflet", Source.MANIFEST, 0.7)
    typed = Record({**said.fields, "resource_type": FieldValue("press", Source.MANIFEST, 1.0)})
    assert described(manifest=typed).value("resource_type") == "press"


@pytest.mark.parametrize(
    "title",
    ["Microsoft Word - tai lieu.doc", "untitled", "Scan_0001", "IMG_2034", "C:\\Users\\a\\b.doc", "12345",
     "CONG Hcok xA HQI", "Bé t− ph¸p Vô phæ biÕn ph¸p luËt", "", "\x00\x01"],
)  # fmt: skip
def test_a_property_that_nobody_meant_is_no_title(title: str) -> None:
    record = described(properties={"title": title}, file_name="so-tay-hoa-giai.pdf")
    if title != "CONG Hcok xA HQI":  # letters and spaces: only a person sees that it is rubbish
        assert record.fields["title"] == FieldValue("So tay hoa giai", Source.FILE_NAME, 0.2)


def test_a_meant_property_is_better_than_the_file_name() -> None:
    record = described(properties={"/Title": "Đề cương giới thiệu Luật Hòa giải ở cơ sở"})
    assert record.fields["title"].source is Source.DOCUMENT
    assert record.value("resource_type") == "outline"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("03_Sổ tay_hòa giải (2).pdf", "Sổ tay hòa giải"),
        (unicodedata.normalize("NFD", "Cẩm nang pháp luật.pdf"), "Cẩm nang pháp luật"),
        ("thư mục/Tờ gấp - scan 2019.tif", "Tờ gấp 2019"),
        ("scan_0001.pdf", "scan_0001"),
        ("8. Cẩm nang pháp luật về cư trú", "Cẩm nang pháp luật về cư trú"),
        ("", None),
    ],
)
def test_the_file_name_is_the_last_resort(name: str, title: str | None) -> None:
    record = described(file_name=name)
    assert record.value("title") == title
    assert title is None or record.fields["title"].source is Source.FILE_NAME


def test_running_text_is_no_title() -> None:
    body = page([(f"Đây là dòng thứ {n} của một trang đầy chữ trong sách.", 45) for n in range(40)])
    assert described(body, file_name="Sổ tay.pdf").fields["title"].source is Source.FILE_NAME


def test_figures_and_marks_of_an_imprint() -> None:
    assert publisher(["Nxb. Hồng Đức - Hà Nội, 2018"]) == "Nhà xuất bản Hồng Đức"
    assert place_and_year("TP. HỒ CHÍ MINH – 2015") == ("TP. Hồ Chí Minh", 2015)
    assert place_and_year("Lào Cai, tháng 11 năm 2019") == ("Lào Cai", 2019)
    assert place_and_year("LUẬT ĐẤT ĐAI NĂM 2013") is None
    assert place_and_year("giai đoạn 2019") is None
    assert isbn("ISBN 978-604-81-1234-9") == ("978-604-81-1234-9", True)
    assert isbn("ISBN: 978 604 81 1234 5") == ("978-604-81-1234-5", False)
    assert checked_isbn("0-306-40615-2")
    assert permit("Số ĐKXB: 123-2019/CXBIPH/04-05/TP, ngày 3/4/2019") == "123-2019/CXBIPH/04-05/TP"
    assert edition("(TÁI BẢN LẦN THỨ 2)") == "Tái bản lần thứ 2"


@pytest.mark.parametrize(
    ("capitals", "text"),
    [
        ("HỎI ĐÁP LUẬT HÒA GIẢI VÀ BỘ LUẬT DÂN SỰ", "Hỏi đáp Luật Hòa giải và Bộ luật Dân sự"),
        ("PHỔ BIẾN PHÁP LUẬT CHO CÁN BỘ UBND XÃ, TẬP II", "Phổ biến pháp luật cho cán bộ UBND xã, tập II"),
        ("HÀNH VI VI PHẠM TRÊN ĐỊA BÀN TỈNH LÀO CAI", "Hành vi vi phạm trên địa bàn tỉnh Lào Cai"),
        ("VÌ HÒA BÌNH, TẠI TỈNH HÒA BÌNH", "Vì hòa bình, tại tỉnh Hòa Bình"),
        ("QUYẾT ĐỊNH SỐ 14/2019/QĐ-TTg", "Quyết định số 14/2019/QĐ-TTg"),
        ("Sổ tay Hòa giải", "Sổ tay Hòa giải"),
    ],
)
def test_capitals_become_a_sentence(capitals: str, text: str) -> None:
    assert sentence_case(capitals) == text


@pytest.mark.parametrize(
    ("capitals", "name"),
    [
        ("UBND HUYỆN CƯ M'GAR", "UBND huyện Cư M'gar"),
        ("SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "Sở Lao động - Thương binh và Xã hội"),
        ("PHÒNG TƯ PHÁP THÀNH PHỐ BUÔN MA THUỘT", "Phòng Tư pháp thành phố Buôn Ma Thuột"),
        ("HỘI ĐỒNG NHÂN DÂN TỈNH KON TUM", "Hội đồng nhân dân tỉnh Kon Tum"),
    ],
)
def test_an_agency_is_cased_as_it_writes_itself(capitals: str, name: str) -> None:
    assert agency_case(capitals) == name


PRINTED = "QUYẾT ĐỊNH Số: 1/QĐ-UBND CỘNG HÒA XÃ HỘI SỞ TƯ PHÁP ISBN 978 Nxb năm 2019 tỉnh – V/v"
PLACES = st.integers(-10, 5000)
WORDS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(PRINTED.split()),
)


@st.composite
def hostile_pages(draw: st.DrawFn) -> OcrPage:
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        box = Box(draw(PLACES), draw(PLACES), draw(PLACES), draw(PLACES))
        texts = draw(st.lists(WORDS, max_size=8))
        words = tuple(Word(text, box, draw(st.floats(0, 1))) for text in texts)
        lines.append(Line(words, box, size=draw(st.sampled_from([0.0, 1.0, 50.0, 1e9]))))
    width, height = draw(st.integers(0, 5000)), draw(st.integers(0, 5000))
    return OcrPage(
        1, 1, Box(0, 0, width, height), width, height, draw(st.integers(0, 600)), "", (), tuple(lines)
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(hostile_pages(), max_size=4),
    st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=4),
    st.text(max_size=80),
    st.sampled_from(list(ScanForm)),
)
def test_nothing_that_pages_say_upsets_it(
    pages: list[OcrPage], properties: dict[str, str], name: str, form: ScanForm
) -> None:
    record = propose(pages, properties=properties, file_name=name, form=form, manifest=None)
    for field, value in record.fields.items():
        assert field in FIELDS
        assert 0.0 < value.confidence <= 1.0
        text = str(value.value)
        assert 0 < len(text) <= 300
        assert text.isprintable()
        assert unicodedata.is_normalized("NFC", text)


def test_a_page_of_endless_lines_is_looked_at_in_part() -> None:
    described(page([("QUYẾT ĐỊNH SỐ 1/2019/QĐ-TTg " * 300, 40)] * 500), page([("in lần " * 3000, 40)] * 20))
