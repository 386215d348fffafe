"""One analysis for every engine: blind to marks, normal form and tone placement where it should be."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexing.text import (
    MAX_TOKEN,
    aligned,
    bigrams,
    coded,
    exact_tokens,
    fold,
    folded_tokens,
    lower,
    packed,
    uncoded,
    unpacked,
    words,
    words_in,
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


@given(VIETNAMESE | st.text(st.characters(max_codepoint=0x2100), max_size=30))
@example("Điều 5. “Hòa giải” – 3,5 %; hai_mươi\tð")
def test_aligned_text_has_the_folded_words_in_their_places(text):
    text = unicodedata.normalize("NFC", text)
    plain = aligned(text)
    if plain is not None:
        assert len(plain) == len(text)
        assert [found.span() for found in re.finditer("[^ ]+", plain)] == words(text)
        assert plain.split() == [fold(text[start:end]) for start, end in words(text)]


def test_every_vietnamese_text_can_be_aligned():
    assert aligned(LETTERS + LETTERS.upper() + "0123456789 \n.,/-“”…") is not None
    assert aligned("漢") is None


@given(VIETNAMESE | st.text(max_size=60))
@example("\0\1\n²")
def test_a_packed_text_is_the_same_unpacked(text):
    assert unpacked(packed(text)) == text
    assert unpacked(packed(text + "\ud800")) == text + "?"


@given(VIETNAMESE | st.text(max_size=60))
@example("ẞ K Å ǅ ℌ 漢字 Ꭰ")
def test_a_coded_word_tells_how_it_folds(text):
    found = words_in(text)
    assert uncoded(" ".join(map(coded, found))).split() == [fold(word)[:MAX_TOKEN] for word in found]


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
