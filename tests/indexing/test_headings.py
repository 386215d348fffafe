"""What a page stands under."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.headings import MOST, WORDS, headings_on, stands_under


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        (
            "Điều 5. Hòa giải viên\n1. Hòa giải viên là công dân.\n2. Người được bầu.",
            ["Điều 5. Hòa giải viên"],
        ),
        (
            "CHƯƠNG II\nQUYỀN VÀ NGHĨA VỤ\nĐiều 7. Quyền của cha mẹ\nCha mẹ có quyền và nghĩa vụ.",
            ["CHƯƠNG II QUYỀN VÀ NGHĨA VỤ", "Điều 7. Quyền của cha mẹ"],
        ),
        (
            "Câu 12: Người lao động nghỉ thai sản được hưởng những chế độ\ngì theo pháp luật?\nTrả lời: Có.",
            ["Câu 12: Người lao động nghỉ thai sản được hưởng những chế độ gì theo pháp luật?"],
        ),
        ("Diéu 5. Hoa giai vien\nNgười được bầu.", ["Diéu 5. Hoa giai vien"]),
        ("theo quy định tại\nĐiều 5 Luật này thì được bồi thường.", []),
        ("theo Điều 4,\nĐiều 5 của Luật này.", []),
        ("Điều này được hiểu như sau.", []),
        ("", []),
    ],
)
def test_headings_are_lines_that_begin_as_one(text, headings):
    assert headings_on(text) == headings


def test_a_table_of_contents_heads_nothing():
    assert headings_on("\n".join(f"Điều {n}. Tên điều … {n}" for n in range(1, 20))) == []


def test_what_heads_a_page_runs_on_to_the_next():
    under, last = stands_under("Điều 1. Phạm vi\nLuật này quy định.\nĐiều 2. Đối tượng\nCông dân", "")
    assert under == "Điều 1. Phạm vi\nĐiều 2. Đối tượng"
    assert stands_under("và tổ chức có liên quan.", last) == ("Điều 2. Đối tượng", "Điều 2. Đối tượng")
    under, last = stands_under("khác.\nĐiều 3. Giải thích", last)
    assert (under, last) == ("Điều 2. Đối tượng\nĐiều 3. Giải thích", "Điều 3. Giải thích")


@given(st.text(alphabet="Điều 1234.\nCâu:abàIVX ,", max_size=400))
def test_headings_are_few_and_short_whatever_was_read(text):
    found = headings_on(text)
    assert len(found) <= MOST
    assert all(len(heading.split()) <= WORDS and "\n" not in heading for heading in found)
