from dataclasses import dataclass, field
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.holdings import PageEntry, PageKind
from domain.text import Line, OcrPage, Word
from domain.values import Box, Reason
from ocr.folios import roman_numeral, roman_value
from ocr.ledger import Ledger, LedgerBuilder

WIDTH, HEIGHT = 1748, 2480
SENTENCE = (
    "người dân được quyền tiếp cận thông tin pháp luật theo quy định của cơ quan nhà nước ở xã, huyện, tỉnh"
    " về đất đai, hòa giải, khiếu nại, tố cáo, hộ tịch, chứng thực"
)
WORDS = SENTENCE.split()


def line(text, top, *, size=48.0, left=150):
    words, at = [], left
    for word in text.split():
        words.append(Word(word, Box(at, top, at + 20 * len(word), top + 40), 0.95))
        at += 20 * len(word) + 12
    return Line(tuple(words), Box(left, top, at, top + 40), size=size)


@dataclass
class Side:
    """One page of a made-up book."""

    foot: str = ""
    head: str = ""
    body: tuple[str, ...] = ()
    decoys: tuple[tuple[str, int], ...] = ()  # text and top
    kind: PageKind = PageKind.BODY
    picture: str | None = None
    seed: int = 0
    size: float = 48.0

    def lines(self):
        made = [line(self.head, 120)] if self.head else []
        if self.kind is PageKind.BLANK:
            return tuple(made)
        chosen = Random(self.seed)
        body = self.body or tuple(" ".join(chosen.choices(WORDS, k=9)) for _ in range(9))
        made += [line(text, 500 + 90 * place, size=self.size) for place, text in enumerate(body)]
        made += [line(text, top) for text, top in self.decoys]
        return tuple(made + ([line(self.foot, 2330)] if self.foot else []))


def close(sides, *, declared=None) -> Ledger:
    builder = LedgerBuilder(declared, len(sides))
    for number, side in enumerate(sides, start=1):
        box = Box(0, 0, WIDTH, HEIGHT)
        unread = side.kind is PageKind.UNREADABLE
        page = (
            None
            if unread
            else OcrPage(number, number, box, WIDTH, HEIGHT, 300, "drawn", ("vie",), side.lines())
        )
        builder.add(
            PageEntry(
                number, number, box, side.kind, WIDTH, HEIGHT, 300, 0, None, "drawn", ("vie",), "0" * 12,
                image_sha256=side.picture or f"{number:064x}",
            ),
            page,
        )  # fmt: skip
    return builder.close()


def book(labels, **given):
    return [Side(foot=str(label), seed=int(label), **given) for label in labels]


def labels(ledger):
    return [page.label for page in ledger.pages]


def test_folios_become_labels():
    ledger = close(book(range(1, 25)))
    assert labels(ledger) == [str(number) for number in range(1, 25)]
    assert {page.label_source for page in ledger.pages} == {"read"}
    assert ledger.counts.printed == 24
    assert (ledger.counts.missing, ledger.counts.duplicate, ledger.counts.blank) == (0, 0, 0)
    assert ledger.problems == ()


def test_a_folio_that_was_not_read_is_inferred_between_two_that_agree():
    sides = book(range(1, 13))
    sides[4].foot = sides[7].foot = sides[11].foot = ""
    ledger = close(sides)
    assert labels(ledger)[4] == "5"
    assert ledger.pages[4].label_source == "inferred"
    assert ledger.pages[11].label is None
    assert ledger.counts.printed == 11
    assert ledger.counts.missing == 0


def test_a_missing_leaf_is_counted_and_named():
    ledger = close(book([1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14]))
    assert ledger.counts.missing == 2
    assert ledger.counts.printed == 14
    assert (None, Reason("ledger.missing_pages", {"labels": ["7", "8"]})) in ledger.problems


def test_a_missing_section_is_told_as_a_range():
    ledger = close(book([*range(1, 17), *range(33, 60)]))
    assert ledger.counts.missing == 16
    assert ledger.problems[0][1].fields == {"labels": ["17–32"]}


def test_which_pages_miss_is_not_pretended_where_folios_were_not_read():
    sides = book([1, 2, 3, 4, 5, 8, 9, 10, 11, 12])
    sides[4].foot = sides[5].foot = ""
    ledger = close(sides)
    assert ledger.counts.missing == 2
    assert ledger.problems[0][1].fields == {"labels": ["2/5–8"]}


def test_pages_before_the_first_folio_do_not_miss():
    ledger = close([Side(seed=901), Side(seed=902), *book(range(5, 20))])
    assert ledger.counts.missing == 0
    assert labels(ledger)[:3] == [None, None, "5"]


def test_without_folios_nothing_is_known():
    ledger = close([Side(seed=seed) for seed in range(8)], declared=8)
    assert ledger.counts.printed is None
    assert ledger.counts.missing is None
    assert ledger.counts.scanned == 8
    assert ledger.problems == ()


def test_two_numbers_make_no_sequence():
    ledger = close([Side(foot="1", seed=1), Side(foot="2", seed=2), Side(seed=3)])
    assert ledger.counts.printed is None
    assert labels(ledger) == [None, None, None]


def test_folios_on_too_few_pages_are_not_believed():
    ledger = close([*book(range(1, 5)), *(Side(seed=seed) for seed in range(100, 120))])
    assert ledger.counts.printed is None


def test_a_page_scanned_twice_is_a_duplicate():
    sides = book([1, 2, 3, 4, 4, 5, 6, 7, 8, 9])
    ledger = close(sides)
    assert ledger.counts.duplicate == 1
    assert ledger.counts.missing == 0
    assert labels(ledger)[3:5] == ["4", "4"]
    assert ledger.problems == ((None, Reason("ledger.duplicate_pages", {"pages": ["5"]})),)


def test_the_last_page_scanned_twice_is_a_duplicate():
    ledger = close(book([1, 2, 3, 4, 5, 6, 7, 7]))
    assert ledger.counts.duplicate == 1
    assert labels(ledger)[-1] == "7"


def test_a_leaf_scanned_twice_is_two_duplicates():
    ledger = close(book([1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 9, 10]))
    assert (ledger.counts.duplicate, ledger.counts.missing) == (2, 0)


def test_the_same_picture_twice_is_a_duplicate_without_any_folio():
    sides = [Side(seed=seed, picture=f"{seed:064x}") for seed in (1, 2, 3, 2)]
    assert close(sides).counts.duplicate == 1


def test_blank_pages_are_counted_but_are_no_duplicates():
    blank = Side(kind=PageKind.BLANK, picture="b" * 64)
    ledger = close([*book([1, 2, 3]), blank, *book([5, 6, 7]), blank, *book([9, 10])])
    assert (ledger.counts.blank, ledger.counts.duplicate, ledger.counts.missing) == (2, 0, 0)
    assert labels(ledger)[3] == "4"
    assert ledger.pages[3].kind is PageKind.BLANK


def test_an_unreadable_page_is_kept_as_such_and_keeps_its_place():
    ledger = close([*book([1, 2, 3]), Side(kind=PageKind.UNREADABLE), *book([5, 6, 7])])
    assert ledger.pages[3].kind is PageKind.UNREADABLE
    assert ledger.counts.missing == 0
    assert ledger.counts.scanned == 7


def test_the_same_label_with_another_text_is_no_duplicate():
    sides = book(range(1, 12))
    sides.insert(6, Side(foot="6", seed=777))
    assert close(sides).counts.duplicate == 0


def test_roman_front_matter_has_labels_of_its_own():
    front = [Side(foot=roman_numeral(value), seed=800 + value) for value in range(3, 8)]
    front[2].foot = ""
    ledger = close([*front, *book(range(1, 15))])
    assert labels(ledger)[:6] == ["iii", "iv", "v", "vi", "vii", "1"]
    assert ledger.pages[2].label_source == "inferred"
    assert (ledger.counts.printed, ledger.counts.missing) == (14, 0)


def test_folios_are_read_in_the_dress_they_wear():
    dressed = ["- 3 -", "– 4 –", "Trang 5", "• 6 •", "7.", "Trang 8/40", "[9]", "trang số 10"]
    ledger = close([Side(foot=foot, seed=seed) for seed, foot in enumerate(dressed)])
    assert labels(ledger) == [str(label) for label in range(3, 11)]


def test_folios_at_the_outer_edge_of_a_running_head_are_read():
    heads = [
        f"{n} Hỏi đáp Luật Đất đai" if n % 2 == 0 else f"Hỏi đáp Luật Đất đai {n}" for n in range(10, 24)
    ]
    ledger = close([Side(head=head, seed=seed) for seed, head in enumerate(heads)])
    assert labels(ledger) == [str(n) for n in range(10, 24)]


def test_a_leaf_missing_after_four_folios_in_running_heads_is_seen():
    numbers = [3, 4, 5, 6, 9, 10, 11, 14, 15, 16]
    sides = [Side(head=f"Hỏi đáp pháp luật {n}", seed=n) for n in numbers]
    sides[7:7] = [Side(kind=PageKind.BLANK), Side(seed=99)]
    ledger = close([Side(seed=97), Side(seed=98), *sides])
    assert (ledger.counts.missing, ledger.counts.printed, ledger.counts.blank) == (2, 16, 1)


def test_a_year_in_every_running_head_is_no_folio():
    sides = [Side(head="Hỏi đáp Luật Đất đai 2013", seed=seed) for seed in range(20)]
    assert close(sides).counts.printed is None


def test_a_year_beside_the_folio_does_not_disturb():
    sides = book(range(1, 20), head="Luật Đất đai 2013")
    ledger = close(sides)
    assert (ledger.counts.printed, ledger.counts.missing) == (19, 0)


def test_the_first_page_with_few_large_words_is_the_cover():
    cover = Side(body=("SỔ TAY PHÁP LUẬT", "CHO NGƯỜI DÂN"), size=110.0)
    ledger = close([cover, *book(range(2, 12))])
    assert ledger.pages[0].kind is PageKind.COVER
    assert {page.kind for page in ledger.pages[1:]} == {PageKind.BODY}


def test_a_first_page_full_of_text_is_no_cover():
    assert close(book(range(1, 8))).pages[0].kind is PageKind.BODY


def test_the_table_of_contents_is_known_by_its_heading():
    sides = book(range(1, 10))
    sides[1] = Side(foot="2", body=("MỤC LỤC", "Chương I. Quy định chung 5", "Chương II. Quyền 9"))
    assert close(sides).pages[1].kind is PageKind.CONTENTS


def test_a_declared_number_that_differs_is_told():
    ledger = close(book(range(1, 11)), declared=12)
    assert ledger.counts.declared == 12
    assert ledger.problems == ((None, Reason("ledger.declared_differs", {"declared": 12, "scanned": 10})),)


def test_an_empty_book_has_nothing_printed():
    counts = close([]).counts
    assert (counts.scanned, counts.printed, counts.missing, counts.blank) == (0, None, None, 0)


@given(st.integers(1, 399))
def test_roman_numerals_come_back(value):
    assert roman_value(roman_numeral(value)) == value


def test_words_are_no_roman_numerals():
    assert [roman_value(word) for word in ("", "vivi", "iiii", "civil", "lx", "xc")] == [0, 0, 0, 0, 60, 90]


decoys = st.lists(
    st.tuples(
        st.one_of(
            st.integers(1945, 2025).map(str),
            st.integers(1, 400).map(lambda n: f"Điều {n}."),
            st.integers(1, 999).map(str),
        ),
        st.sampled_from([130, 180, 240, 2200, 2260]),
    ),
    max_size=3,
).map(tuple)


@dataclass
class MadeBook:
    sides: list[Side] = field(default_factory=list)
    missing: int = 0
    last: int = 0


@st.composite
def made_books(draw):
    """A book whose folios are mostly there, with decoys near the margins, and perhaps a missing leaf."""
    first, count = draw(st.integers(1, 200)), draw(st.integers(12, 60))
    cut = draw(st.none() | st.integers(5, count - 6))
    gone = draw(st.integers(1, 4)) if cut is not None else 0
    made, value = MadeBook(missing=gone), first
    unread = draw(st.sets(st.integers(1, count - 2), max_size=count // 5))
    beside_cut = set(range(cut - 4, cut + 5)) if cut is not None else set()
    for place in range(count):
        if place == cut:
            value += gone
        foot = "" if place in unread - beside_cut else str(value)
        made.sides.append(Side(foot=foot, seed=value, decoys=draw(decoys)))
        value += 1
    made.last = value - 1
    return made


@settings(max_examples=80, deadline=None)
@given(made_books())
def test_decoys_near_the_margin_neither_hide_nor_invent_missing_pages(made):
    counts = close(made.sides).counts
    assert counts.printed == made.last
    assert counts.missing == made.missing


@settings(max_examples=80, deadline=None)
@given(st.lists(decoys, min_size=3, max_size=40))
@example([(("12", 2260),), (("13", 2260),), (("15", 2260),)])
def test_numbers_that_are_no_folios_never_make_pages_miss(pages):
    counts = close([Side(decoys=found, seed=seed) for seed, found in enumerate(pages)]).counts
    assert not counts.missing
