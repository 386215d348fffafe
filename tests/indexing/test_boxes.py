"""The words of a hit, where they stand on the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.text import Line, OcrPage, Word
from domain.values import Box
from indexing.boxes import hit_boxes
from indexing.queries import parse


def page(*lines: str, number: int = 1) -> OcrPage:
    """A page whose words stand in boxes of 10 pixels, a line under another."""
    set_lines = []
    for row, line in enumerate(lines):
        words = tuple(
            Word(word, Box(10 * at, 10 * row, 10 * at + 9, 10 * row + 9), 0.9)
            for at, word in enumerate(line.split())
        )
        set_lines.append(Line(words, Box(0, 10 * row, 1000, 10 * row + 9)))
    return OcrPage(number, number, Box(0, 0, 1000, 1000), 1000, 1000, 300, "t", ("vie",), tuple(set_lines))


def marked(found: OcrPage, query: str, **beside: OcrPage) -> list[str]:
    """The words in the boxes, in the order of the boxes."""
    texts = {word.box: word.text for word in found.words}
    return [texts[box] for box in hit_boxes(found, parse(query), **beside)]


def test_every_place_of_a_word_is_marked_with_or_without_diacritics():
    found = page("Hòa giải viên hòa", "giải.", "Hoà khí")
    assert marked(found, "hoa giai") == ["Hòa", "giải", "hòa", "giải.", "Hoà"]


def test_a_phrase_is_marked_as_a_whole_over_a_line_too():
    found = page("hòa khí, sự hòa", "giải ở cơ sở", "hòa")
    assert marked(found, '"hòa giải"') == ["hòa", "giải"]


def test_a_quoted_phrase_keeps_its_diacritics():
    found = page("của cai", "của cải", "cửa cái")
    assert marked(found, '"của cải"') == ["của", "cải"]
    assert marked(found, '"cua cai"') == ["của", "cai", "của", "cải", "cửa", "cái"]


def test_a_phrase_over_the_page_break_is_marked_on_both_pages_past_their_folios():
    first = page("tổ viên tổ hòa giải", "ở cơ", "– 12 –")
    second = page("13", "sở phải hòa giải, giữ kín", number=2)
    query = '"hòa giải ở cơ sở"'
    assert marked(first, query, after=second) == ["hòa", "giải", "ở", "cơ"]
    assert marked(second, query, before=first) == ["sở"]
    assert marked(second, query) == []


def test_words_joined_by_recognition_share_a_box():
    found = page("giữa nước/nhà và (nước) nhà,", "– nhà –")
    assert marked(found, '"nước nhà"') == ["nước/nhà", "(nước)", "nhà,"]


def test_a_legal_number_is_marked_as_one():
    found = page("Luật số 14/2019/QH14, ngày 14 tháng 6 năm 2019", "Điều 14 của luật")
    assert marked(found, "14/2019/QH14") == ["14/2019/QH14,"]


def test_a_page_without_words_has_no_boxes():
    assert hit_boxes(page(), parse('"hai chữ" ba')) == ()


LETTERS = st.text("aàăâđh .,/-1", max_size=20)


@given(st.lists(LETTERS, max_size=6), LETTERS, st.lists(LETTERS, max_size=3))
def test_boxes_are_words_of_the_page_in_its_order(lines, query, other):
    found, beside = page(*lines), page(*other, number=2)
    boxes = hit_boxes(found, parse(query + ' "a h" đ'), before=beside, after=beside)
    own = [word.box for word in found.words]
    assert list(boxes) == [box for box in own if box in set(boxes)]
