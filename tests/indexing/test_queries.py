"""From what is typed to what is asked, without an engine."""

from __future__ import annotations

import pytest

from domain.errors import QueryNotUnderstood
from indexing.asking import least_of
from indexing.mapping import EXACT, FOLD, NUMBER
from indexing.queries import MAX_TERMS, AllOf, Has, Like, Run, parse
from indexing.text import coded


def leaves(clause):
    if isinstance(clause, Has | Run | Like):
        return [clause]
    parts = clause.parts + (clause.better if isinstance(clause, AllOf) else ())
    return [leaf for part in parts for leaf in leaves(part)]


@pytest.mark.parametrize(
    ("units", "least"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (8, 4), (10, 4), (20, 8), (64, 26)]
)
def test_how_many_words_a_page_has_to_have(units, least):
    assert least_of(units) == least
    assert least_of(units) <= least_of(units + 1)


def test_words_are_asked_for_once_and_folded():
    parsed = parse("Hoà giải, hòa GIẢI")
    assert parsed.words == ("hoa", "giai", "hoa", "giai")
    assert [leaf for leaf in leaves(parsed.clause) if leaf.field == FOLD] == [
        Has(FOLD, "hoa"),
        Has(FOLD, "giai"),
    ]


def phrase_of(parsed):
    (like,) = [leaf for leaf in leaves(parsed.clause) if isinstance(leaf, Like) and leaf.field == EXACT]
    return like.patterns


def test_a_quoted_phrase_may_run_on_over_the_page_break_and_not_start_there():
    parsed = parse('"uy tín của dân"')
    assert phrase_of(parsed) == ("uy", "_?tinAC", "_?cuaAD", "_?dan" + coded("dân")[3:])
    assert parsed.written == (("uy", "tín", "của", "dân"),)


def test_a_quoted_phrase_without_diacritics_is_taken_folded():
    parsed = parse('"dan uy"')
    assert phrase_of(parsed) == ("dan[A-Z]*", "_?uy[A-Z]*")
    assert (parsed.phrases, parsed.written) == ((("dan", "uy"),), ())


@pytest.mark.parametrize("text", ["“uy tín”", "„uy tín”", "«uy tín»", '"uy tín'])
def test_quotes_of_every_kind_and_half_ones(text):
    parsed = parse(text)
    assert (parsed.phrases == (("uy", "tin"),)) is not text.startswith('"')


def test_a_legal_number_is_asked_for_as_one():
    asked = [leaf for leaf in leaves(parse("014/2019/qđ–ttg").clause) if leaf.field == NUMBER]
    assert [leaf.token for leaf in asked] == ["14/2019/qd-ttg"]


def test_queries_are_bounded():
    assert len(parse("a " * 10_000).words) == MAX_TERMS
    assert len(leaves(parse(" ".join(f"w{n}" for n in range(1_000))).clause)) < 1_000
    assert len(leaves(parse('"' + " ".join(f"w{n}" for n in range(1_000)) + '"').clause)) < 1_000


def test_no_words_are_no_question():
    with pytest.raises(QueryNotUnderstood) as raised:
        parse(" ?! ")
    assert raised.value.fields["query"] == " ?! "
