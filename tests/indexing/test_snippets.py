"""A stretch of the page's own text, with marks on word borders."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.queries import Snippet
from indexing.letters import MOST_WORDS, letters_in
from indexing.marks import Lettered, begun, folded, sought, worth, worth_of
from indexing.queries import parse
from indexing.snippets import WINDOW, snippet
from indexing.text import folded_tokens, nfc

FILLER = " ".join(f"chữ{n}" for n in range(100))


def marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


def test_the_window_stands_around_the_densest_match():
    text = f"Hoà bình. {FILLER} Người hoà giải viên ở cơ sở {FILLER} giải trí"
    found = snippet(text, parse("hòa giải viên cơ sở"))
    assert marked(found) == ["hoà", "giải", "viên", "cơ", "sở"]
    assert len(folded_tokens(found.text)) == WINDOW
    assert found.text in text


def test_words_in_the_order_of_the_query_weigh_more_than_scattered_ones():
    text = f"sở nhà ở giải lao cơ thể {FILLER} hoà giải ở cơ sở"
    assert marked(snippet(text, parse("hòa giải ở cơ sở"))) == ["hoà", "giải", "ở", "cơ", "sở"]


def test_a_quoted_phrase_is_marked_as_a_whole_only():
    text = "Giải thích: hoà giải viên có hoà khí"
    assert marked(snippet(text, parse('"hòa giải"'))) == ["hoà", "giải"]


def test_a_phrase_quoted_with_diacritics_is_marked_only_as_written():
    text = "của cai, của cải, cửa cái"
    assert marked(snippet(text, parse('"của cải"'))) == ["của", "cải"]
    assert marked(snippet(text, parse('"hòa giải"'))) == []


def test_of_a_phrase_over_the_page_break_the_start_is_marked():
    text = f"hòa khí {FILLER} tổ hòa giải\n12"
    assert marked(snippet(text, parse('"hòa giải ở cơ sở"'))) == ["hòa", "giải"]


def test_a_legal_number_is_marked_as_one_and_not_its_figures():
    text = "Ngày 14 tháng 6 năm 2019: Luật số 14/2019/QH14 và 05/2014/TT-BTP"
    assert marked(snippet(text, parse("14/2019/QH14"))) == ["14", "2019", "QH14"]
    assert marked(snippet(text, parse("5/2014/TT-BTP"))) == ["05", "2014", "TT", "BTP"]


def test_abbreviations_and_what_they_stand_for_are_marked():
    text = "Ủy ban nhân dân tỉnh; UBND xã; ủy viên"
    assert marked(snippet(text, parse("UBND"))) == ["Ủy", "ban", "nhân", "dân", "UBND", "ủy"]
    assert marked(snippet(text, parse("ủy ban nhân dân")))[4] == "UBND"


def test_dates_and_amounts_are_marked_however_they_are_spelled():
    text = "Từ ngày 1 tháng 7 năm 2020 (01/07/2020), 1 người được 1.000.000 đồng năm 2020"
    assert marked(snippet(text, parse("01/07/2020"))) == [
        *("ngày", "1", "tháng", "7", "năm", "2020"),
        *("01", "07", "2020"),
    ]
    assert marked(snippet(text, parse("1 000 000 dong"))) == ["1", "000", "000", "đồng"]


def test_what_is_excluded_is_never_marked():
    assert marked(snippet("hòa giải đất đai, hòa bình", parse('hòa -"đất đai" -bình'))) == ["hòa", "hòa"]


def test_where_nothing_matches_the_page_shows_its_start():
    found = snippet(FILLER, parse("khác hẳn"))
    assert (found.text.split()[0], len(found.text.split()), found.marks) == ("chữ0", WINDOW, ())


def test_line_breaks_become_spaces_one_for_one():
    assert snippet("Đất đai\n\nthuộc sở hữu", parse("dat")).text == "Đất đai  thuộc sở hữu"


def test_an_empty_page_has_an_empty_snippet():
    assert snippet("", parse("gì")) == snippet(" . \n", parse("gì")) == Snippet("")


@given(
    st.text(max_size=200) | st.text("aàáâđh ÒGi.\n", max_size=200),
    st.text('aàáâđh ÒGi"', min_size=1, max_size=30),
)
def test_marks_are_asked_for_words_wherever_they_stand(text, query):
    text = nfc(text)
    parsed = parse(query + " a")
    found = snippet(text, parsed)
    asked = {*parsed.words, *(token for phrase in parsed.phrases for token in phrase)}
    assert found.text in "".join(" " if char.isspace() else char for char in text)
    for start, end in found.marks:
        assert folded_tokens(found.text[start:end])[0] in asked
        assert not found.text[start - 1 : start].isalnum()
        assert not found.text[end : end + 1].isalnum()


def test_a_page_longer_than_what_is_kept_of_its_words_is_marked_to_its_end():
    text = " ".join(["chữ"] * (MOST_WORDS - 2)) + " đất đai khác hẳn rồi đất đai toàn dân"
    own = letters_in(text.split())[:MOST_WORDS]
    for typed, words in (('"dat dai toan dan"', 4), ("toàn dân", 2)):
        assert len(marked(snippet(text, parse(typed), own))) == words


STRETCHES = ["hòa", "Giải,", "ở", "cơ\nsở", "UBND", "ủy ban nhân dân", "viên/", "hoà", "1.000.000", "là-gì"]
TYPED = [
    "hòa giải ở cơ sở là gì",
    '"hoa giai"',
    "ubnd hòa",
    "ủy ban nhân dân",
    "phạt 1000000",
    '"giai o co so"',
]


@given(st.lists(st.sampled_from(STRETCHES), max_size=120), st.sampled_from(TYPED))
def test_what_is_marked_is_the_same_by_words_and_by_their_letters(stretches, typed):
    asked, chunks = sought(parse(typed)), " ".join(stretches).split()
    parts = folded(chunks)
    told = worth(chunks, parts, asked) | begun(chunks, parts, asked)
    assert worth_of(letters_in(chunks), Lettered.of(asked)) == told
