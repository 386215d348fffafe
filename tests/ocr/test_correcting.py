"""What a person writes for a line takes the place of what was read there."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import Line, OcrPage, Word
from domain.values import Box
from ocr.correcting import LONGEST_LINE, corrected, with_line, words_of
from ocr.hocr import read_hocr, write_hocr

TOP, BOTTOM = 100, 130


def _line(*texts: str, top: int = TOP) -> Line:
    words = tuple(
        Word(text, Box(100 + 100 * place, top, 180 + 100 * place, top + 30), 0.5)
        for place, text in enumerate(texts)
    )
    return Line(words, Box(100, top, 100 + 100 * len(texts), top + 30))


def _page(*lines: Line) -> OcrPage:
    return OcrPage(1, 1, Box(0, 0, 900, 900), 900, 900, 150, "tesseract 5.3.0", ("vie",), lines)


def _boxes(line: Line) -> list[tuple[str, int, int]]:
    return [(word.text, word.box.left, word.box.right) for word in line.words]


def test_a_line_is_as_a_person_wrote_it_and_its_other_words_stay_where_they_are():
    page = corrected(_page(_line("Hoa", "giải", "ở", "cơ", "sờ")), {1: "Hòa giải ở cơ sở"})
    assert page.text == "Hòa giải ở cơ sở"
    assert _boxes(page.lines[0])[:2] == [("Hòa", 100, 180), ("giải", 200, 280)]
    assert {word.confidence for word in page.words} == {1.0}


def test_words_that_were_read_as_one_share_its_place_by_their_letters():
    page = corrected(_page(_line("Điều", "12trang", "3")), {1: "Điều 12 trang 3"})
    assert _boxes(page.lines[0]) == [
        ("Điều", 100, 180),
        ("12", 200, 220),
        ("trang", 230, 280),
        ("3", 300, 380),
    ]


def test_a_word_that_was_missed_stands_in_the_gap():
    page = corrected(_page(_line("Luật", "tịch")), {1: "Luật Hộ tịch"})
    assert _boxes(page.lines[0])[1] == ("Hộ", 180, 200)


def test_a_word_beside_which_there_is_no_room_stands_on_its_neighbour():
    close = (Word("Luật", Box(100, 100, 200, 130), 0.5), Word("tịch", Box(200, 100, 300, 130), 0.5))
    page = corrected(_page(Line(close, Box(100, 100, 300, 130))), {1: "Luật Hộ tịch"})
    assert _boxes(page.lines[0])[1] == ("Hộ", 100, 200)


def test_a_line_left_as_it_is_becomes_sure():
    page = corrected(_page(_line("Hòa", "giải"), _line("khác", top=200)), {1: "Hòa giải"})
    assert [word.confidence for word in page.words] == [1.0, 1.0, 0.5]


def test_a_line_without_words_goes_and_the_others_stay():
    page = corrected(_page(_line("~~.", "'"), _line("Điều", "1", top=200)), {1: "  ", 7: "không có dòng này"})
    assert page.text == "Điều 1"


def test_what_hides_or_steers_is_not_kept():
    assert words_of("Lua\u0323\u0302t\u00a0\u202eHộ\u200b tịch\x00 \ud800") == ("Luật", "Hộ", "tịch")
    assert len("".join(words_of("a" * 9_000))) == LONGEST_LINE


@given(st.lists(st.text("abđấ.", min_size=1, max_size=4), min_size=1, max_size=8), st.text(max_size=60))
def test_whatever_is_written_the_page_can_be_kept(texts, wrote):
    page = corrected(_page(_line(*texts)), {1: wrote})
    assert page.text == " ".join(words_of(wrote))
    assert unicodedata.is_normalized("NFC", page.text)
    assert all(100 <= w.box.left < w.box.right <= 900 and w.box.height == 30 for w in page.words)
    assert read_hocr(write_hocr(page)) == page


def test_a_line_that_was_missed_stands_in_the_gap_between_its_neighbours():
    page = with_line(_page(_line("Điều", "1"), _line("Điều", "3", top=300)), 1, "Điều 2")
    assert page.text == "Điều 1\nĐiều 2\nĐiều 3"
    assert page.lines[1].box == Box(100, 130, 300, 160)
    assert {word.confidence for word in page.lines[1].words} == {1.0}


@given(st.integers(0, 2), st.text(max_size=60), st.sampled_from([(), (100,), (100, 131), (870, 0)]))
def test_a_missed_line_lies_on_its_page_wherever_it_is_put(after, text, tops):
    page = _page(*(_line("một", top=top) for top in tops))
    if after > len(tops):
        with pytest.raises(ValueError, match="no line"):
            with_line(page, after, text)
        return
    made = with_line(page, after, text)
    assert len(made.lines) == len(tops) + bool(words_of(text))
    for word in made.words:
        assert 0 <= word.box.left < word.box.right <= 900
        assert 0 <= word.box.top < word.box.bottom <= 900
    assert read_hocr(write_hocr(made)) == made
