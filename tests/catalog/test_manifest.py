"""A form is read as it was filed, and files find their titles or are told apart."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from catalog.manifest import Manifest, ManifestRow, read_manifest
from catalog.matching import match
from catalog.sheets import read_sheets
from domain.errors import ManifestUnreadable
from domain.records import Source
from domain.values import Reason

FORM: list[list[object]] = [
    ["SỞ TƯ PHÁP TỈNH LÀO CAI", None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", None],
    [None, None, "Độc lập – Tự do – Hạnh phúc", None],
    [],
    ["DỰ KIẾN SÁCH, TÀI LIỆU PHÁP LUẬT THỰC HIỆN SỐ HÓA, CẬP NHẬT TRÊN"],
    ["I. Sách, tài liệu số hóa, cập nhật trong năm 2019"],
    ["STT", "Tên sách, tài liệu pháp luật", "Số trang", "Ghi chú"],
    [1, "Sổ tay hòa giải ở cơ sở", 120, None],
    [2, "Hỏi đáp Luật Đất đai", "1.250", "tái bản"],
    [3, "Tờ gấp phòng, chống ma túy", 2.0, None],
    ["...", None, None, None],
    ["Tổng", None, 1372, None],
    [],
    ["II. Dự kiến sách, tài liệu số hóa, cập nhật từ năm 2020 – 2021"],
    ["Năm", "Dự kiến số lượng sách, tài liệu", "Dự kiến số trang", "Ghi chú"],
    ["Năm 2020", 25, 1800, None],
    ["Năm 2021", 30, 2400, None],
    ["Tổng", 55, 4200, None],
    [],
    ["NGƯỜI LẬP BIỂU", None, "GIÁM ĐỐC", None],
]


def xlsx(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def text(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    def cell(value: object) -> str:
        said = "" if value is None else str(value)
        return f'"{said}"' if any(char in said for char in ',;\t"\n') else said

    return "\r\n".join(delimiter.join(cell(value) for value in row) for row in rows)


def csv(folder: Path, *lines: str) -> Path:
    path = folder / "danh-muc.csv"
    path.write_bytes("\n".join(lines).encode())
    return path


def titles(manifest: Manifest) -> list[tuple[int | None, str, int | None]]:
    return [(row.number, row.title, row.pages_declared) for row in manifest.rows]


AS_FILED = [
    (1, "Sổ tay hòa giải ở cơ sở", 120),
    (2, "Hỏi đáp Luật Đất đai", 1250),
    (3, "Tờ gấp phòng, chống ma túy", 2),
]


def test_a_filed_form_is_read_as_it_stands(tmp_path: Path) -> None:
    manifest = read_manifest(xlsx(tmp_path / "phu-luc-ii.xlsx", FORM))
    assert titles(manifest) == AS_FILED
    assert [row.row for row in manifest.rows] == [7, 8, 9]
    assert manifest.rows[1].note == "tái bản"
    assert manifest.problems == ()


def test_what_is_passed_over_is_said(tmp_path: Path) -> None:
    manifest = read_manifest(xlsx(tmp_path / "phu-luc-ii.xlsx", FORM))
    assert manifest.skipped == (
        Reason("manifest.head_skipped", {"rows": 4}),
        Reason("manifest.total_skipped", {"row": 11, "stated": 1372, "counted": 1372}),
        Reason(
            "manifest.section_skipped",
            {"row": 13, "title": "II. Dự kiến sách, tài liệu số hóa, cập nhật từ năm 2020 – 2021"},
        ),
    )


def test_a_total_that_differs_is_a_problem(tmp_path: Path) -> None:
    wrong = [["Tổng cộng:", None, 1400, None] if row[:1] == ["Tổng"] else row for row in FORM[:12]]
    manifest = read_manifest(xlsx(tmp_path / "form.xlsx", wrong))
    assert manifest.problems == (
        Reason("manifest.total_differs", {"row": 11, "stated": 1400, "counted": 1372}),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_may_come_from_anywhere(tmp_path: Path, encoding: str, delimiter: str) -> None:
    said = text(FORM, delimiter)
    if encoding == "cp1258":  # its page holds letters and marks apart, and no long dash
        said = _for_cp1258(said)
    path = tmp_path / "form.csv"
    path.write_bytes(said.encode(encoding, "replace"))
    assert titles(read_manifest(path)) == AS_FILED


def _for_cp1258(said: str) -> str:
    """Letters that the page has, tone marks as combining ones."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = []
    for char in said:
        parts = unicodedata.normalize("NFD", char)
        base = "".join(part for part in parts if part not in tones)
        out.append(unicodedata.normalize("NFC", base) + "".join(part for part in parts if part in tones))
    return "".join(out)


def test_columns_may_be_added_and_named_in_either_language(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "TITLE;Tệp;Loại;Cơ quan biên soạn;Năm;Số, ký hiệu;pages",
        "Sổ tay hòa giải;so-tay.pdf;Sổ tay nghiệp vụ;Sở Tư pháp;Năm 2019;;120 trang",
        "Quyết định;qd.tif;document;UBND tỉnh;2018;107/qd-ubnd;2",
    )
    first, second = read_manifest(path).rows
    assert first.record.fields.keys() == {
        "title", "resource_type", "compiling_agency", "year", "pages_declared",
    }  # fmt: skip
    assert (first.file, first.resource_type, first.year) == ("so-tay.pdf", "manual", 2019)
    assert second.record.value("so_ky_hieu") == "107/QĐ-UBND"
    assert all(
        value.source is Source.MANIFEST and value.confidence == 1.0 for value in first.record.fields.values()
    )


def test_a_cell_that_makes_no_sense_costs_its_field_only(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "STT,Tên tài liệu,Số trang,Năm,Loại",
        "1,A một,khoảng 100,19999,bánh mì",
        "2,B hai,-5,,",
        "3,C ba,chưa đếm,–,",
        "4,,12,,",
    )
    manifest = read_manifest(path)
    assert [row.title for row in manifest.rows] == ["A một", "B hai", "C ba"]
    assert [row.pages_declared for row in manifest.rows] == [None, None, None]
    told = [(problem.code, *problem.fields.values()) for problem in manifest.problems]
    assert sorted(told) == [
        ("manifest.cell_not_understood", 2, "pages_declared", "khoảng 100"),
        ("manifest.cell_not_understood", 2, "resource_type", "bánh mì"),
        ("manifest.cell_not_understood", 2, "year", "19999"),
        ("manifest.cell_not_understood", 3, "pages_declared", "-5"),
        ("manifest.title_missing", 5),
    ]


def test_headings_over_two_rows_and_numbered_columns(tmp_path: Path) -> None:
    rows = [
        ["STT", "Tên sách", "Thông tin", None],
        [None, None, "Số trang", "Năm"],
        ["(1)", "(2)", "(3)", "(4)"],
        ["A. Lĩnh vực đất đai", None, None, None],
        [1, "Sổ tay", 12, 2019],
    ]
    manifest = read_manifest(xlsx(tmp_path / "form.xlsx", rows))
    assert [(row.title, row.pages_declared, row.year) for row in manifest.rows] == [("Sổ tay", 12, 2019)]
    assert manifest.skipped == (
        Reason("manifest.heading_skipped", {"row": 4, "title": "A. Lĩnh vực đất đai"}),
    )


def test_a_second_list_of_titles_is_read_and_signatures_are_not(tmp_path: Path) -> None:
    again = [
        ["STT", "Tên sách", "Số trang"], [1, "Một", 10], ["Tổng", None, 10],
        ["II. Năm 2020"], ["STT", "Tên sách", "Số trang"], [1, "Tổng quan pháp luật", 20], ["Tổng", None, 20],
        ["NGƯỜI LẬP", None, "GIÁM ĐỐC"], [None, "Nguyễn Văn A", "Trần Thị B"],
    ]  # fmt: skip
    manifest = read_manifest(xlsx(tmp_path / "form.xlsx", again))
    assert [row.title for row in manifest.rows] == ["Một", "Tổng quan pháp luật"]
    assert manifest.problems == ()
    assert manifest.skipped[-1] == Reason("manifest.tail_skipped", {"rows": 2})


def test_hostile_cells_are_only_text(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "STT,Tên tài liệu,Ghi chú",
        "1,=cmd|' /C calc'!A0,@SUM(1)",
        f"2,{'x' * 32_000},a\0b",
        f"3,{unicodedata.normalize('NFD', 'Hòa giải')},\u202etxt",
    )
    first, second, third = read_manifest(path).rows
    assert first.title == "=cmd|' /C calc'!A0"
    assert len(second.title) == 1_000
    assert "\0" not in str(second.note)
    assert (third.title, third.note) == ("Hòa giải", "txt")


def test_a_formula_gives_what_was_saved_with_it(tmp_path: Path) -> None:
    manifest = read_manifest(
        xlsx(tmp_path / "f.xlsx", [["STT", "Tên sách"], [1, '=HYPERLINK("x")'], [2, "B"]])
    )
    assert [row.title for row in manifest.rows] == ["B"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"a,b\n1,2\n",
        b"\xd0\xcf\x11\xe0old",
        b"%PDF-1.7",
        b"PK\x03\x04 broken",
        b'"' + b"x" * 200_000,
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.xlsx"
    path.write_bytes(data)
    with pytest.raises(ManifestUnreadable):
        read_manifest(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnreadable):
        read_manifest(tmp_path / "none.csv")


def test_a_small_workbook_that_unpacks_to_nothing_but_repetition_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nested.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"<row>" * 1_500_000)
    with pytest.raises(ManifestUnreadable) as refused:
        read_manifest(path)
    assert str(refused.value.fields["detail"]).endswith(":1")


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/a.xml", "w") as part:
        for _ in range(140):
            part.write(bytes(1024**2))
    with pytest.raises(ManifestUnreadable):
        read_manifest(path)


def test_a_text_that_a_workbook_names_a_thousand_times_is_held_once(tmp_path: Path) -> None:
    """A workbook of a hundred kilobytes would otherwise take a gigabyte, and a minute for each sheet."""
    path = xlsx(tmp_path / "same.xlsx", [["đất đai " * 100] * 64] * 50)
    (sheet,) = read_sheets(path)
    assert len({id(cell) for row in sheet.rows for cell in row}) == 1


def test_entities_are_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "e.xlsx", FORM)
    out = io.BytesIO()
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(out, "w") as write:
        for name in read.namelist():
            head = b'<!DOCTYPE a [<!ENTITY b "c">]>' if name.endswith("sheet1.xml") else b""
            write.writestr(name, head + read.read(name))
    path.write_bytes(out.getvalue())
    with pytest.raises(ManifestUnreadable):
        read_manifest(path)


def test_rows_without_end_are_cut_and_said_so(tmp_path: Path) -> None:
    manifest = read_manifest(csv(tmp_path, "STT,Tên sách", *(f"{n},Sách {n}" for n in range(1, 20_100))))
    assert len(manifest.rows) == 19_999
    assert manifest.skipped[-1] == Reason("manifest.rows_over", {"limit": 20_000})


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='STTênsách,;\n"Tổng12I. \t', max_size=200)))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes | str) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(data if isinstance(data, bytes) else b"STT,T\xc3\xaan s\xc3\xa1ch\n" + data.encode())
    try:
        manifest = read_manifest(path)
    except ManifestUnreadable:
        return
    match(manifest, ["a.pdf", "1.pdf"])


# matching


def listed(*rows: tuple[int, str] | tuple[int, str, str]) -> Manifest:
    return Manifest(
        tuple(
            ManifestRow(row=10 + at, number=number, title=title, file=rest[0] if rest else None)
            for at, (number, title, *rest) in enumerate(rows, start=1)
        ),
        (),
    )


def pairs(manifest: Manifest, *names: str) -> dict[str, int | None]:
    return {name: row.number for name, row in match(manifest, names).matched.items()}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("so-tay.pdf", "so-tay.pdf"),
        ("SO-TAY.PDF", "so-tay.pdf"),
        ("so-tay", "so-tay.pdf"),
        ("so-tay.pdf", "so-tay"),
        ("lô 1\\so-tay.pdf", "so-tay.pdf"),
        ("so-tay.pdf", "lô 1/so-tay.pdf"),
        ("../../etc/so-tay.pdf", "so-tay.pdf"),
        (unicodedata.normalize("NFD", "sổ tay.pdf"), "sổ tay.pdf"),
        ("sách 2.0", "sách 2.0"),
    ],
)
def test_a_file_column_decides(written: str, name: str) -> None:
    matching = match(listed((1, "Không giống gì", written)), [name])
    assert matching.matched.keys() == {name}
    assert matching.how[name] == Reason(
        "manifest.matched_by_file", {"row": 11, "title": "Không giống gì", "score": 100}
    )


def test_a_file_that_is_named_wrongly_is_absent_not_guessed() -> None:
    matching = match(listed((1, "Sổ tay hòa giải", "so-tai.pdf")), ["so-tay-hoa-giai.pdf"])
    assert matching.matched == {}
    assert [row.number for row in matching.absent] == [1]
    assert matching.unnamed == ("so-tay-hoa-giai.pdf",)


def test_two_files_of_one_name_are_not_guessed_between() -> None:
    matching = match(listed((1, "A", "so-tay")), ["so-tay.pdf", "so-tay.tif"])
    assert matching.matched == {}
    assert matching.how["so-tay.pdf"].code == "manifest.ambiguous"


def test_titles_are_matched_through_folding_numbers_and_shortening() -> None:
    manifest = listed(
        (1, "Cẩm nang pháp luật về trợ giúp pháp lý"),
        (2, "Hỏi đáp pháp luật về hộ tịch"),
        (3, "Sổ tay hòa giải"),
        (4, "Câu chuyện pháp luật về trật tự, an toàn giao thông"),
        (5, "Quyết định số 107/QĐ-UBND ban hành Kế hoạch phổ biến pháp luật"),
        (6, "Sổ tay công tác của tổ trưởng tổ dân phố"),
    )
    matched = pairs(
        manifest,
        "1. Cẩm nang pháp luật về trợ giúp pháp lý.pdf",
        "2_hoi-dap-phap-luat-ve-ho-tich.pdf",
        "03_so-tay-hoa-giai.pdf",
        "cauchuyenphapluatvetrattuantoangiaothong.pdf",
        "QD 107-QĐ-UBND.tif",
        "anh chup man hinh.png",
    )
    assert sorted(number for number in matched.values() if number) == [1, 2, 3, 4, 5]
    assert matched["QD 107-QĐ-UBND.tif"] == 5
    assert matched["03_so-tay-hoa-giai.pdf"] == 3


def test_titles_that_differ_in_a_year_are_told_apart() -> None:
    manifest = listed((1, "Tài liệu tập huấn năm 2018"), (2, "Tài liệu tập huấn năm 2019"))
    assert pairs(manifest, "tai-lieu-tap-huan-2019.pdf", "tai-lieu-tap-huan-2018.pdf") == {
        "tai-lieu-tap-huan-2019.pdf": 2,
        "tai-lieu-tap-huan-2018.pdf": 1,
    }


def test_what_is_not_clear_is_told() -> None:
    manifest = listed((1, "Sổ tay hòa giải tập một"), (2, "Sổ tay hòa giải tập hai"))
    matching = match(manifest, ["so-tay-hoa-giai.pdf"])
    assert matching.matched == {}
    assert matching.how["so-tay-hoa-giai.pdf"] == Reason("manifest.ambiguous", {"rows": [11, 12]})
    assert matching.unnamed == ("so-tay-hoa-giai.pdf",)


def test_a_bare_number_means_that_line() -> None:
    matching = match(listed((1, "Một điều gì"), (2, "Hai điều khác")), ["02.pdf", "7.pdf"])
    assert {name: row.number for name, row in matching.matched.items()} == {"02.pdf": 2}
    assert matching.how["02.pdf"].code == "manifest.matched_by_number"
    assert [row.number for row in matching.absent] == [1]


def test_nothing_is_matched_twice() -> None:
    manifest = listed((1, "Sổ tay hòa giải"), (1, "Sổ tay hòa giải"))
    assert pairs(manifest, "so-tay-hoa-giai.pdf", "1.pdf") == {}


def test_a_large_form_is_matched_too() -> None:
    manifest = listed(
        *((n, f"Sách pháp luật chủ đề {'abcdefghij'[n % 10] * 3} số {n}") for n in range(1, 1500))
    )
    names = [f"sach-phap-luat-chu-de-{'abcdefghij'[n % 10] * 3}-so-{n}.pdf" for n in range(1, 400)]
    assert len(pairs(manifest, *names)) >= 390
