"""What is remembered of an item's kept readings while it passes the stages."""

from __future__ import annotations

from domain.ids import new_item_id
from domain.text import Line, OcrPage, Word
from domain.values import Box
from flows.steps.pages import REMEMBERED, _Parsed
from ocr.hocr import write_hocr


def kept(number: int, text: str = "Luật") -> bytes:
    box = Box(0, 0, 100, 100)
    line = Line((Word(text, box, 0.9),), box)
    return write_hocr(OcrPage(number, number, box, 100, 100, 300, "", ("vie",), (line,)))


def test_a_page_is_parsed_once_for_all_the_stages():
    parsed, item = _Parsed(), new_item_id()
    first = [parsed.page(item, kept(number)) for number in (1, 2)]
    again = [parsed.page(item, kept(number)) for number in (1, 2)]
    assert [page.number for page in first] == [1, 2]
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_a_correction_is_seen_at_once():
    parsed, item = _Parsed(), new_item_id()
    assert parsed.page(item, kept(1)).text == "Luật"
    assert parsed.page(item, kept(1, "Lệ")).text == "Lệ"


def test_a_long_book_is_remembered_as_far_as_a_short_one():
    parsed, item = _Parsed(), new_item_id()
    numbers = range(1, REMEMBERED + 3)
    first = {number: parsed.page(item, kept(number)) for number in numbers}
    known = [number for number in numbers if parsed.page(item, kept(number)) is first[number]]
    assert known == list(range(1, REMEMBERED + 1))


def test_another_item_makes_the_first_forgotten():
    parsed, item = _Parsed(), new_item_id()
    before = parsed.page(item, kept(1))
    parsed.page(new_item_id(), kept(1))
    assert parsed.page(item, kept(1)) is not before
