import io
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from domain.errors import DamagedFile, EngineCrashed
from domain.options import OcrOptions
from domain.text import Line, OcrPage, PageImage, Word
from domain.values import Box
from ocr.hocr import page_from_hocr, read_hocr, write_book_hocr, write_hocr
from tests.ocr.ocrpages import ocr_pages

IMAGE = PageImage(Path("x.jpg"), 7, 7, Box(0, 0, 1000, 1400), 1000, 1400, 300, drawn=False)
HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><body>"
)


def hocr(inside: str) -> bytes:
    page = "<div class='ocr_page' title='image \"x.jpg\"; bbox 0 0 1000 1400; ppageno 0; scan_res 300 300'>"
    return f"{HEAD}{page}{inside}</div></body></html>".encode()


def line(inside: str, title: str = "bbox 10 20 500 60; baseline 0.01 -5; x_size 40.5") -> str:
    area = "<div class='ocr_carea' title='bbox 0 0 9 9'><p class='ocr_par'>"
    return f"{area}<span class='ocr_line' title='{title}'>{inside}</span></p></div>"


def word(text: str, title: str = "bbox 10 20 90 60; x_wconf 91") -> str:
    return f"<span class='ocrx_word' title='{title}'>{text}</span>"


def read(data: bytes) -> OcrPage:
    return page_from_hocr(data, IMAGE, OcrOptions(), "tesseract 5.3.0")


@given(ocr_pages())
@settings(max_examples=200, deadline=None)
def test_a_page_comes_back_as_it_went(page):
    assert read_hocr(write_hocr(page)) == page


@given(ocr_pages())
@settings(max_examples=30, deadline=None)
def test_the_same_page_gives_the_same_valid_bytes(page):
    data = write_hocr(page)
    assert data == write_hocr(read_hocr(data))
    names = [element.get("id") for element in etree.fromstring(data).iter() if element.get("id")]
    assert len(names) == len(set(names))


def test_what_tesseract_writes_becomes_a_page():
    page = read(hocr(line(word("Nghị") + word("<strong>định</strong>", "bbox 100 22 180 58; x_wconf 7"))))
    assert page.lines == (
        Line(
            (Word("Nghị", Box(10, 20, 90, 60), 0.91), Word("định", Box(100, 22, 180, 58), 0.07)),
            Box(10, 20, 500, 60),
            block=1,
            paragraph=1,
            baseline=(0.01, -5.0),
            size=40.5,
        ),
    )
    assert (page.number, page.dpi, page.languages, page.engine) == (7, 300, ("vie",), "tesseract 5.3.0")


def test_decomposed_words_become_composed():
    assert read(hocr(line(word(unicodedata.normalize("NFD", "quyền"))))).words[0].text == "quyền"


def test_words_of_white_space_and_their_lines_are_dropped():
    page = read(hocr(line(word(" ")) + line(word("hai")) + line(word("\u00a0"))))
    assert page.text == "hai"
    assert (page.lines[0].block, page.lines[0].paragraph) == (1, 1)


@pytest.mark.parametrize(
    "box",
    [
        "-5 -5 99999 99999",
        "0 0 1001 1401",
        "nonsense",
        "1 2 3",
        "9 9 9 9",
        "5000 5000 6000 6000",
        "99999999999999 0 1 1",
    ],
)
def test_every_box_lies_on_the_page(box):
    page = read(hocr(line(word("chữ", f"bbox {box}; x_wconf 50"), f"bbox {box}")))
    for found in (page.lines[0].box, page.words[0].box):
        assert 0 <= found.left < found.right <= 1000
        assert 0 <= found.top < found.bottom <= 1400


@pytest.mark.parametrize(
    ("said", "meant"), [("250", 1.0), ("-3", 0.0), ("nan", 0.0), ("1e999999999", 0.0), ("x", 0.0)]
)
def test_confidence_is_a_share(said, meant):
    assert read(hocr(line(word("chữ", f"bbox 1 1 9 9; x_wconf {said}")))).words[0].confidence == meant


@pytest.mark.parametrize(
    "data", [b"", b"garbage", b"\x00\xff" * 50, b"<html/>", hocr(line(word("nửa")))[:-40]]
)
def test_an_answer_that_is_no_hocr_is_a_crash(data):
    with pytest.raises(EngineCrashed):
        read(data)


def test_bad_bytes_within_a_word_do_not_cost_the_page():
    data = hocr(line(word("ABC") + word("sau"))).replace(b"ABC", b"A\x01\xffC")
    assert [found.text for found in read(data).words] == ["A\ufffdC", "sau"]


def test_entities_are_not_followed():
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    data = entity + hocr(line(word("&e;"))).partition(b"<!DOCTYPE html>")[2]
    assert "root" not in read(data).text


def test_characters_that_xml_cannot_carry_are_dropped():
    page = OcrPage(1, 1, Box(0, 0, 9, 9), 9, 9, 300, "e\x00", ("vie",), ())
    page = replace(page, lines=(Line((Word("a\x0b\ud800b", Box(0, 0, 1, 1), 0.5),), Box(0, 0, 1, 1)),))
    back = read_hocr(write_hocr(page))
    assert (back.words[0].text, back.engine) == ("ab", "e")


@given(ocr_pages())
@settings(max_examples=20, deadline=None)
def test_a_book_holds_one_page_after_the_other(page):
    out = io.BytesIO()
    write_book_hocr(iter([page, replace(page, number=page.number + 1)]), out, title="Luật & lệ <1>")
    root = etree.fromstring(out.getvalue())
    found = [element.get("id") for element in root.iter() if element.get("class") == "ocr_page"]
    assert found == [f"page_{page.number}", f"page_{page.number + 1}"]
    assert root.findtext(".//{*}title") == "Luật & lệ <1>"
    assert read_hocr(out.getvalue()) == page


def test_a_book_without_pages_is_a_document_still():
    out = io.BytesIO()
    write_book_hocr([], out, title="")
    etree.fromstring(out.getvalue())


def test_a_damaged_page_says_so():
    with pytest.raises(DamagedFile):
        read_hocr(b"<html>")
