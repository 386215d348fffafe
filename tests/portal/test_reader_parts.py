"""The parts that the readers' pages are made of, each by itself."""

from __future__ import annotations

import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.requests import Request

from domain.queries import Facet, Snippet, Sort
from domain.text import Line, OcrPage, Word
from domain.values import Box
from portal.readers.asked import LAST_PAGE, LONGEST, MOST_VALUES, Asked, question, whole
from portal.readers.citing import Reference, bibtex, ris
from portal.readers.panels import folds, in_folded_order
from portal.readers.paper import merged, paragraphs
from portal.readers.pictures import AT_ONCE, Pictures
from portal.readers.pieces import Piece, pieces_of
from portal.readers.remembered import Remembered
from portal.readers.sending import asked_range, disposition
from portal.routes.reading import sides

# what an address asks


def test_an_address_is_read_as_it_was_written():
    asked = Asked.of(
        QueryParams("q=%C4%91%E1%BA%A5t+%C4%91ai&loai=book&loai=leaflet&nam=2019&sap=moi&trang=3")
    )
    assert asked.query.filters == {Facet.TYPE: ("book", "leaflet"), Facet.YEAR: ("2019",)}
    assert (asked.query.sort, asked.query.offset) == (Sort.NEWEST, 20)
    assert Asked.of(QueryParams(asked.address(page=3).partition("?")[2])) == asked


@given(st.text(), st.text(), st.text(), st.lists(st.text(), max_size=60))
def test_no_address_is_too_odd_to_ask_something(text, sort, page, values):
    asked = Asked.of(
        QueryParams([("q", text), ("sap", sort), ("trang", page), *(("loai", value) for value in values)])
    )
    assert len(asked.text) <= LONGEST
    assert asked.text.isprintable()
    assert 1 <= asked.page <= LAST_PAGE
    assert len(asked.chosen) <= MOST_VALUES


@pytest.mark.parametrize("text", ["0", "-1", "1e3", "١", "007", "1.0", " 1", "9" * 30, "", "²"])
def test_only_a_plain_number_from_1_is_a_page(text):
    assert whole(text) is None


def test_a_question_keeps_its_words_and_loses_what_hides():
    assert question("  dat\x00 đai\u202e\u200b ") == "dat  đai"


# pieces


def test_marks_parted_by_space_alone_are_one():
    snippet = Snippet("về đất  đai và đất", ((3, 6), (8, 11), (15, 18)))
    assert pieces_of(snippet) == (Piece("về "), Piece("đất đai", True), Piece(" và "), Piece("đất", True))


def _line(*texts, block=1, paragraph=1):
    words = tuple(Word(text, Box(100 * at, 10, 100 * at + 80, 30), 0.9) for at, text in enumerate(texts))
    return Line(words, Box(0, 10, 100 * len(texts), 30), block, paragraph)


def test_marked_words_side_by_side_are_one_box_and_others_their_own():
    line = _line("đất", "đai", "và", "đất")
    marked = {line.words[at].box for at in (0, 1, 3)}
    assert [(box.left, box.right) for box in merged(line, marked)] == [(0, 182), (298, 382)]


def test_lines_of_a_paragraph_run_on_and_the_marked_words_stay_apart():
    first, second, other = _line("một", "hai"), _line("ba"), _line("bốn", paragraph=2)
    page = OcrPage(1, 1, Box(0, 0, 9, 9), 9, 9, 150, "t", ("vie",), (first, second, other))
    told = paragraphs(page, {first.words[1].box})
    assert ["".join(piece.text for piece in pieces) for pieces in told] == ["một hai ba", "bốn"]
    assert [piece.text for piece in told[0] if piece.marked] == ["hai"]


@pytest.mark.parametrize(
    ("number", "last", "open_"), [(1, 9, [1]), (2, 9, [2, 3]), (3, 9, [2, 3]), (8, 8, [8])]
)
def test_a_book_lies_open_at_an_even_page(number, last, open_):
    assert sides(number, last) == open_


# leaflets


@pytest.mark.parametrize(
    ("size", "count"),
    [((2970, 2100), 3), ((2100, 2970), 1), ((2000, 2000), 1), ((2200, 2000), 2), ((9000, 1000), 4)],
)
def test_a_side_is_folded_by_its_shape(size, count):
    assert folds(*size) == count


def test_the_cover_of_a_sheet_folded_in_three_comes_first():
    assert in_folded_order([["a", "b", "bìa"], ["1", "2", "3"]]) == ("bìa", "1", "2", "3", "a", "b")
    assert in_folded_order([["a"], ["b"]]) == ("a", "b")


# citing


def test_what_reference_managers_get_holds_on_its_lines():
    told = Reference(
        "TSPL-1", "Luật {đất} & 100% $x_1\\", "Sở", "", "", "", "", "", 2019, "http://a/sach/TSPL-1"
    )
    assert r"\{đất\} \& 100\% \$x\_1\textbackslash{}" in bibtex(told)
    assert all(line[2:6] == "  - " for line in ris(told).split("\r\n") if line)
    assert told.sentence == "Sở (2019), Luật {đất} & 100% $x_1\\, TSPL-1, http://a/sach/TSPL-1."


# files


def _request(**headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=100-", None),
        ("bytes=5-4", None),
        ("bytes=-0", None),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=0-1", (0, 100)),
        ("bytes=" + "9" * 40 + "-", (0, 100)),
        ("", (0, 100)),
    ],
)
def test_a_range_is_what_it_says_or_the_whole(said, span):
    assert asked_range(_request(range=said), '"tag"', 100) == span


@given(st.text(max_size=300))
def test_any_title_makes_a_file_name_that_a_header_can_carry(title):
    said = disposition(f"{title}.pdf")
    assert said.isascii()
    assert said.isprintable()
    assert said.count('"') == 2
    assert "/" not in said.replace("UTF-8''", "")


# what is remembered


def test_what_is_remembered_is_found_out_again_when_its_time_is_over():
    now, found = [0.0], []
    kept = Remembered(most=2, seconds=60, clock=lambda: now[0])
    for at in (0, 59, 61):
        now[0] = at
        kept.get("a", lambda at=at: found.append(at))
    assert found == [0, 61]


def test_no_more_is_remembered_than_was_allowed():
    kept, found = Remembered(most=2, seconds=60), []
    for key in ("a", "b", "c", "a"):
        kept.get(key, lambda key=key: found.append(key))
    assert found == ["a", "b", "c", "a"]


# pictures


def test_a_picture_is_made_once(tmp_path):
    kept, made = Pictures(tmp_path, most_bytes=1_000), []
    for _ in range(3):
        assert kept.get("ab.webp", lambda: made.append(1) or b"picture") == b"picture"
    assert made == [1]
    assert Pictures(tmp_path, most_bytes=1_000).get("ab.webp", lambda: b"another") == b"picture"


def test_the_folder_stays_within_its_bound_and_loses_what_was_not_looked_at(tmp_path):
    kept = Pictures(tmp_path, most_bytes=1_000)
    for at in range(40):
        kept.get(f"{at:02d}.webp", lambda: b"x" * 100)
        path = tmp_path / f"{at:02d}" / f"{at:02d}.webp"
        os.utime(path, (at, at))
    left = sorted(path.name for path in tmp_path.glob("??/*"))
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) <= 1_000
    assert left[-1] == "39.webp"
    assert "00.webp" not in left


def test_no_more_pictures_are_made_at_once_than_there_are_encoders(tmp_path):
    kept, busy, most = Pictures(tmp_path, most_bytes=10_000), [], []
    lock = threading.Lock()

    def make():
        with lock:
            busy.append(1)
            most.append(len(busy))
        time.sleep(0.05)
        with lock:
            busy.pop()
        return b"x"

    threads = [threading.Thread(target=kept.get, args=(f"{at:02d}", make)) for at in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert max(most) <= AT_ONCE


def test_where_the_encoders_are_busy_a_reader_does_not_wait_long(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.readers.pictures.PATIENCE_S", 0.05)
    kept, going_on = Pictures(tmp_path, most_bytes=10_000), threading.Event()
    threads = [
        threading.Thread(target=kept.get, args=(f"{at:02d}", lambda: going_on.wait(30) and b"x"))
        for at in range(AT_ONCE)
    ]
    for one in threads:
        one.start()
    try:
        while kept._encoders._value:
            time.sleep(0.01)
        assert kept.get("99", lambda: b"x") is None
    finally:
        going_on.set()
        for one in threads:
            one.join()


def test_what_cannot_be_kept_is_shown_all_the_same(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert Pictures(tmp_path / "file", most_bytes=10_000).get("aa", lambda: b"x") == b"x"


def test_a_picture_that_cannot_be_made_frees_its_encoder(tmp_path):
    kept = Pictures(tmp_path, most_bytes=10_000)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError):
            kept.get("aa", lambda: 1 // 0)
    assert kept.get("aa", lambda: b"x") == b"x"
