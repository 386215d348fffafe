"""What a reader may have meant, told by visible pages alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexing.queries import parse
from indexing.snippets import snippet
from indexing.spelling import MOST_VARIANTS, is_syllable, variants
from indexing.suggest import choose, did_you_mean, with_diacritics
from indexing.text import bigrams, fold, folded_tokens

PAGES = [
    "Luật Đất đai quy định về quyền sử dụng đất và thu hồi đất đai",
    "Hòa giải viên hòa giải ở cơ sở; mức đạt được; đất đai, nhà ở",
    "Người sử dụng đất có quyền chuyển nhượng quyền sử dụng đất",
]


def shown(query: str, pages: list[str] = PAGES) -> str | None:
    parsed = parse(query)
    return with_diacritics(query, parsed, [snippet(page, parsed) for page in pages])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dat dai", "đất đai"),
        ("hoa giai o co so", "hòa giải ở cơ sở"),
        ('"su dung dat" nhuong', '"sử dụng đất" nhượng'),
        ("dat dai zzz", "đất đai zzz"),
        ("Dat Dai", "đất đai"),
    ],
)
def test_a_query_is_shown_with_the_diacritics_of_the_hits(typed, meant):
    assert shown(typed) == meant


@pytest.mark.parametrize("typed", ["đất dai", "đất đai", "zzz", "2019"])
def test_a_query_that_needs_no_diacritics_is_left_as_it_is(typed):
    assert shown(typed) is None


def test_hits_that_do_not_agree_say_nothing():
    assert shown("ban", ["bán nhà", "bản đồ", "bạn đọc"]) is None


def test_hits_without_diacritics_say_nothing():
    assert shown("dat dai", ["dat dai"]) is None


def counted(*pages: str):
    """How many of these pages hold a folded word or a pair of words."""
    held = [{*(tokens := folded_tokens(page)), *bigrams(tokens)} for page in pages]

    def count(asked):
        return {one: sum(one in page for page in held) for one in asked}

    return count


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hoa giaj", "hoa giai"),
        ("hòa giaji viên", "hòa giai viên"),
        ("ddaats ddai", "dat dai"),
        ("dat9 dai", "dat dai"),
        ("su dugn dat", "su dung dat"),
        ("chuyen nhuongg", "chuyen nhuong"),
        ("dat dia", "dat dai"),
        ("xu dung", "su dung"),
    ],
)
def test_a_slip_is_mended_by_what_pages_hold(typed, meant):
    assert did_you_mean(typed, parse(typed), 0, counted(*PAGES, *PAGES, "giá trị")) == meant


@pytest.mark.parametrize("typed", ["hoa giai", "zzzzzz", "14/2019/QH14", "1 2 3", "wxyz" * 10])
def test_nothing_is_suggested_where_nothing_is_better(typed):
    assert did_you_mean(typed, parse(typed), 0, counted(*PAGES)) is None


def test_nothing_is_counted_where_enough_was_found():
    def never(asked):
        raise AssertionError(asked)

    assert did_you_mean("hoa giaj", parse("hoa giaj"), 3, never) is None
    assert did_you_mean("một hai ba bốn năm sáu bảy tám chín", parse("a b c d e f g h i k"), 0, never) is None


def test_what_only_hidden_pages_hold_is_never_suggested():
    visible = counted("đất đai")
    assert did_you_mean("hoa giaj", parse("hoa giaj"), 0, visible) is None


@given(st.text("abcdeghiklmnopqrstuvxy", min_size=1, max_size=9) | st.text(max_size=9).map(fold))
@example("nghieng")
@example("ddaats")
def test_variants_are_other_syllables_within_bounds(word):
    found = variants(word)
    assert len(found) == len(set(found)) <= MOST_VARIANTS
    assert word not in found
    assert all(is_syllable(one) and fold(one) == one for one in found)


@given(st.text(max_size=80), st.dictionaries(st.text("abdhgi_", max_size=5), st.integers(0, 99)))
def test_choosing_never_fails_and_changes_only_words(text, counts):
    said = choose(text, counts)
    assert said is None or said != text


@given(st.text("adđâ -\"'x.", max_size=60), st.lists(st.text("adđâậ .", max_size=60), max_size=4))
def test_diacritics_change_nothing_but_diacritics(text, pages):
    query = text + " da"
    said = shown(query, pages)
    assert said is None or fold(said) == fold(query)
