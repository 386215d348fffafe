"""One analysis for every engine: blind to marks, normal form and tone placement where it should be."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexing.text import (
    MAX_TOKEN,
    bigrams,
    exact_tokens,
    fold,
    folded_tokens,
    legal_numbers,
    lower,
    without_legal_numbers,
    words,
)

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
VIETNAMESE = st.text(st.sampled_from(LETTERS + LETTERS.upper() + "0123456789 \n.,/-“”…"), max_size=80)


@given(VIETNAMESE | st.text(max_size=60))
@example("Nghị định số 43/2014/NĐ-CP")
@example("Quyết định số 15/2020/QĐ-TTg")
@example("ﬁ İ ẞ ŉ ǰ")
def test_folding_is_stable_and_blind_to_normal_form(text):
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFD", text)) == once
    assert lower(unicodedata.normalize("NFD", text)) == lower(text)


@given(VIETNAMESE)
def test_nothing_vietnamese_survives_folding(text):
    assert fold(text).replace("“", "").replace("”", "").replace("…", "").isascii()
    assert fold(text.upper()) == fold(text)


@given(VIETNAMESE)
def test_tokens_are_words_of_the_text_in_its_order(text):
    spans = words(text)
    assert folded_tokens(text) == [fold(text[start:end]) for start, end in spans]
    assert exact_tokens(text) == [lower(text[start:end]) for start, end in spans]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_every_vietnamese_letter_folds_to_its_base():
    folded = {fold(letter) for letter in LETTERS + LETTERS.upper()}
    assert folded == set("abcdeghiklmnopqrstuvxy")


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("hoà giải", "hòa giải"),
        ("khoẻ", "khỏe"),
        ("thuỷ lợi", "thủy lợi"),
        ("UỶ BAN", "ủy ban"),
        ("hoá, toà", "hóa, tòa"),
        ("quý", "quý"),
        ("toàn", "toàn"),
        ("huỳnh", "huỳnh"),
        ("loài người", "loài người"),
    ],
)
def test_tones_stand_where_older_spelling_has_them(newer, older):
    assert lower(newer) == lower(older) == older


def test_a_mark_without_a_composed_letter_stays_in_its_word():
    assert folded_tokens("q\u0323uyền hạn") == ["quyen", "han"]
    assert words("q\u0323uyền") == [(0, 6)]


def test_numbers_part_at_their_points():
    assert folded_tokens("3,5% của 1.000.000 đồng") == ["3", "5", "cua", "1", "000", "000", "dong"]


def test_monsters_are_cut():
    assert [len(token) for token in folded_tokens("x" * 100_000)] == [MAX_TOKEN]


def test_bigrams_join_neighbours():
    assert bigrams(["hoa", "giai", "vien"]) == ["hoa_giai", "giai_vien"]
    assert bigrams(["hoa"]) == bigrams([]) == []


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
