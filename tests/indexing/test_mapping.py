"""What an engine is given of a page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queries import Alternative, Facet
from indexing.abbreviations import abbreviations
from indexing.letters import Words, letters_of, pairs_of
from indexing.mapping import (
    ANALYSED,
    ARTICLES,
    CITES,
    COMPLETE,
    EXACT,
    FOLD,
    FOLD_BI,
    NUMBER,
    RANKED,
    analyse,
    facet_key,
    facets,
)
from indexing.text import MAX_TOKEN, coded, fold, uncoded, words_in
from tests.indexing.shelved import LAND, page

# Onset, vowels, coda: what a folded syllable of Vietnamese can be; y alone has no coda.
ONSET = "b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x"
CODA = "c|ch|m|n|ng|nh|p|t"
SYLLABLE = re.compile(f"(?:{ONSET})?(?:(?:[aeiou][aeiouy]{{0,2}}|y[aeiouy]{{1,2}})(?:{CODA})?|y)")

TEXT = st.text(st.sampled_from("aàbcdđeêUBNDhq0123456789_ \n\u00a0.,/-–\u0323"), max_size=60) | st.text(
    max_size=30
)


def fields(text: str = "", number: int = 1, **given: object) -> dict[str, list[str]]:
    return {
        name: tokens.split() for name, tokens in analyse(page(LAND, number, text, **given)).fields.items()
    }


def test_a_page_has_its_own_words_and_the_bigrams_over_its_breaks():
    found = fields("giữa trang", before="cuối trước", after="đầu sau", title="")
    assert found[FOLD] == ["giua", "trang"]
    assert found[FOLD_BI] == pairs_of(["cuoi", "truoc", "giua", "trang", "dau", "sau"])
    assert found[EXACT] == [coded("giữa"), "trang", "_" + coded("đầu"), "_sau"]


def test_a_folio_does_not_part_a_sentence():
    found = fields("hết trang\n12", after="sang trang", label="12")
    assert found[EXACT] == [coded("hết"), "trang", "_sang", "_trang", "12"]
    assert letters_of(["trang", "sang"]) in found[FOLD_BI]


def test_an_abbreviation_says_its_words_too():
    found = fields("Theo UBND xã")
    assert {"ubnd", "uy", "ban", "nhan", "dan"} <= {*found[FOLD]}
    assert letters_of(["nhan", "dan"]) in found[FOLD_BI]
    assert coded("ủy") not in found[EXACT]


def test_abbreviations_are_those_of_the_page_wherever_they_stand():
    found = fields("(UBND), 5/QĐ-TTg\n– 12 –", before="BHXH", after="HĐND")
    assert {"uy", "ban", "quyet", "dinh", "thu", "tuong", "12"} <= {*found[FOLD]}
    assert not {"hiem", "dong"} & {*found[FOLD]}
    assert found[EXACT] == ["ubnd", "5", coded("qđ"), "ttg", "_" + coded("hđnd"), "12"]
    assert {"uy", "ban"} <= {*fields("漢 UBND")[FOLD]}


def test_a_stretch_without_words_parts_no_bigram():
    found = fields("– 3,5 – – lần …", before="…", after="— nữa", title="")
    assert found[FOLD] == ["3", "5", "lan"]
    assert found[FOLD_BI] == pairs_of(["3", "5", "lan", "nua"])


@given(TEXT)
def test_every_word_of_a_page_is_a_token_in_its_place(text):
    """Snippets and marks find a token's word by its ordinal."""
    found = fields(f"{text} no folio", title="")
    written = [*(fold(word)[:MAX_TOKEN] for word in words_in(text)), "no", "folio"]
    assert found[FOLD][: len(written)] == written
    assert found[FOLD_BI][: len(written) - 1] == pairs_of(written)
    assert [uncoded(token) for token in found[EXACT]] == written


@given(TEXT, TEXT, TEXT)
def test_a_page_is_kept_by_the_letters_of_its_words(text, before, heading):
    """The second look has them from an engine that keeps them, and else makes them of the texts."""
    found = analyse(page(LAND, 1, text, before=before, after="sau", heading=heading, label="12")).words
    assert found == Words.of(text, before, "sau", heading) == Words.unpacked(found.packed())


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("1.000.000 đồng", "1000000"),
        ("1 000 000 đồng", "1000000"),
        ("từ 01/07/2020", "1/7/2020"),
        ("ngày 1 tháng 7 năm 2020", "1/7/2020"),
    ],
)
def test_figures_are_found_however_they_are_spelled(text, token):
    assert token in fields(text)[FOLD]


def test_another_reading_of_a_word_is_found_between_its_neighbours():
    found = fields("quyền sừ dụng", alternatives=(Alternative(1, "sử"), Alternative(9, "lạc")))
    assert {*pairs_of(["quyen", "su", "dung"])} <= {*found[FOLD_BI]}
    assert " ".join(["|", coded("quyền"), coded("sử"), coded("dụng")]) in " ".join(found[EXACT])
    assert "lac" not in found[FOLD]


def test_articles_begin_where_a_line_does():
    found = fields("theo Điều 3 này\nĐiều 5. Hòa giải\n  ĐIỀU 6\nxem Điều 7", heading="Điều 4. Đầu")
    assert found[ARTICLES] == ["dieu_4", "dieu_5", "dieu_6"]


def test_legal_numbers_are_known_whole_and_cut():
    found = fields("xem 43/2014/NĐ-CP", so_ky_hieu="5/QĐ-UBND", year=2019)
    assert found[CITES] == ["43/2014/nd-cp", "43/2014/nd", "43/2014"]
    assert {"5/qd-ubnd", "5/qd", "5/2019/qd-ubnd", "5/2019"} <= {*found[NUMBER]}


def test_completion_knows_an_item_by_its_first_page():
    given = {"title": "Luật Đất đai", "so_ky_hieu": "31/2024/QH15"}
    assert {"l", "lua", "luat", "dat", "d", "31/2024/q"} <= {*fields(number=1, **given)[COMPLETE]}
    assert COMPLETE not in fields(number=2, **given)


@pytest.mark.parametrize("text", ["", "– …\n-"])
def test_a_blank_page_has_every_field_that_ranks(text):
    found = fields(text, title="")
    assert {*found} >= RANKED
    assert {*found} <= {*ANALYSED}


def test_facets_are_what_the_record_says_and_compared_without_diacritics():
    document = replace(page(LAND, 1, ""), field="Đất đai", legal_status=None)
    assert facets(document)[Facet.FIELD] == "Đất đai"
    assert Facet.LEGAL_STATUS not in facets(document)
    assert facet_key("Đất đai") == facet_key("dat  DAI") == "dat_dai"


def test_no_abbreviation_is_a_syllable():
    taken = [short for short in abbreviations() if "_" not in short and SYLLABLE.fullmatch(short)]
    assert taken == []
