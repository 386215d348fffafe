"""Legal numbers, amounts and dates: one token each, however they are spelled."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.figures import amounts_and_dates, legal_numbers, without_legal_numbers

VIETNAMESE = st.text(st.sampled_from("abcdđeghQĐTUBND0123456789 /-–.,\n"), max_size=80)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Quyết định số 14/2019/QĐ-TTg ngày 13/3/2019", ["14/2019/qd-ttg"]),
        ("Luật số 91/2015/QH13 - quy định", ["91/2015/qh13"]),
        ("43/2014/NĐ - CP và 15 / 2020 / QĐ–TTg", ["43/2014/nd-cp", "15/2020/qd-ttg"]),
        ("Chỉ thị 05/CT-UBND, Nghị định 43-CP", ["5/ct-ubnd", "43-cp"]),
        ("Thông tư 001/2020/TTLT-BTP-BCA-VKSNDTC", ["1/2020/ttlt-btp-bca-vksndtc"]),
        ("17-LCT/HĐNN8", ["17-lct/hdnn8"]),
        ("14/2019/QÐ-TTg", ["14/2019/qd-ttg"]),
        ("ngày 12/10/2019, tỷ lệ 3/4, ISBN 978-604-57-1234-5, 0912-345-678", []),
        ("", []),
    ],
)
def test_legal_numbers_are_one_token_however_they_are_spelled(text, numbers):
    assert legal_numbers(text) == numbers
    assert legal_numbers(unicodedata.normalize("NFD", text)) == numbers
    assert legal_numbers(without_legal_numbers(text)) == []


@given(VIETNAMESE | st.text(max_size=200))
def test_looking_for_legal_numbers_never_fails(text):
    for number in legal_numbers(text):
        assert legal_numbers(number) == [number]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("12.500.000 đồng, 1\u00a0000 lần, 150 000", ["12500000", "1000", "150000"]),
        ("từ 01/07/2020 đến 2 . 9 . 2021", ["1/7/2020", "2/9/2021"]),
        ("khoản 1, Điều 5, năm 2020; 12345 6", []),
    ],
)
def test_amounts_and_dates_are_found_among_plain_numbers(text, figures):
    assert amounts_and_dates(text, "") == figures


@pytest.mark.timeout(20)  # seconds; digit by digit it would be hours
def test_endless_digits_are_gone_through_once():
    assert legal_numbers("9" * 1_000_000 + "/2019/QĐ-TTg") == []
    assert legal_numbers("9" * 1_000_000 + " 14/2019/QĐ-TTg") == ["14/2019/qd-ttg"]
