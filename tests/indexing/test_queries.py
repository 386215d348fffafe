"""From what is typed to what is asked, without an engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import QueryNotUnderstood
from domain.queries import Facet
from indexing import asking
from indexing.letters import pairs_of
from indexing.mapping import ARTICLES, COMPLETE, EXACT, FOLD, FOLD_BI, NUMBER, TITLE_EXACT
from indexing.queries import MAX_TERMS, AllOf, AnyOf, Has, Like, Run, apart, completing, parse
from indexing.text import coded


def leaves(clause):
    if isinstance(clause, Has | Run | Like):
        return [clause]
    parts = clause.parts + (clause.better if isinstance(clause, AllOf) else ())
    return [leaf for part in parts for leaf in leaves(part)]


def test_words_are_asked_for_once_and_folded():
    parsed = parse("Hoà giải, hòa GIẢI")
    assert parsed.words == ("hoa", "giai", "hoa", "giai")
    asked = [(leaf.field, leaf.token) for leaf in leaves(parsed.clause)]
    pairs = pairs_of(["hoa", "giai", "hoa"])
    assert asked == [*((FOLD_BI, pair) for pair in pairs), (FOLD, "hoa"), (FOLD, "giai")]


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


# the query language


@pytest.mark.parametrize(
    ("text", "facet", "values"),
    [
        ("đất loại:sách", Facet.TYPE, ("book",)),
        ("đất type:book", Facet.TYPE, ("book",)),
        ("đất LOAI:book", Facet.TYPE, ("book",)),
        ('loại:"sổ tay nghiệp vụ"', Facet.TYPE, ("manual",)),
        ('loại:"sổ tay"', Facet.TYPE, ("manual",)),
        ("năm:2019 đất", Facet.YEAR, ("2019",)),
        ("nam:2018-2020", Facet.YEAR, ("2018", "2019", "2020")),
        ("năm:2019 năm:2021", Facet.YEAR, ("2019", "2021")),
        ('cơ quan:"Sở Tư pháp"', Facet.AGENCY, ("Sở Tư pháp",)),
        ('co-quan:"Sở Tư pháp"', Facet.AGENCY, ("Sở Tư pháp",)),
        ("agency:STP", Facet.AGENCY, ("STP",)),
        ('lĩnh vực:"đất đai"', Facet.FIELD, ("đất đai",)),
        ("tình trạng:“còn hiệu lực”", Facet.LEGAL_STATUS, ("còn hiệu lực",)),
    ],
)
def test_fields_narrow(text, facet, values):
    assert parse(text).filters == {facet: values}


def test_the_word_before_a_field_stays_a_word():
    parsed = parse("tra theo loại:sách")
    assert parsed.words == ("tra", "theo")


def test_what_is_excluded_is_asked_for_and_not_looked_for():
    parsed = parse('hòa giải -thương -"cơ sở" -loại:sách')
    assert parsed.words == ("hoa", "giai")
    assert len(parsed.clause.never) == 3
    assert Has("type", "book", flat=True) in parsed.clause.never


@pytest.mark.parametrize("text", ["14/2019/QĐ -TTg", "từ 1990 -1995", "tư - pháp", "tư -"])
def test_a_dash_that_excludes_nothing(text):
    assert parse(text).clause.never == ()


def test_a_title_and_a_number_may_be_asked_for_by_name():
    fields = {leaf.field for leaf in leaves(parse('tựa:"hòa giải" số:14/2019/QĐ-TTg').clause)}
    assert fields == {TITLE_EXACT, NUMBER}


@pytest.mark.parametrize("text", ["-đất", '-"đất đai"', "-loại:sách", ":::", '-""', "-"])
def test_what_asks_for_nothing_is_not_understood(text):
    with pytest.raises(QueryNotUnderstood):
        parse(text)


@pytest.mark.parametrize(("text", "word"), [("loại:", "loai"), ("tựa:", "tua"), ("a:b", "a")])
def test_a_field_without_a_value_is_a_word(text, word):
    assert parse(text).words[0] == word


def test_an_abbreviation_is_asked_for_by_its_words():
    assert parse("UBND xã") == parse("ủy ban nhân dân xã")


def test_words_are_asked_for_side_by_side_and_a_few_of_them_apart_too():
    assert {leaf.field for leaf in leaves(parse("thẩm quyền giải").clause)} == {FOLD_BI}
    loose = apart("thẩm quyền giải")
    assert loose is not None
    assert [(leaf.field, leaf.token) for leaf in leaves(loose.clause)] == [
        (FOLD, "tham"),
        (FOLD, "quyen"),
        (FOLD, "giai"),
    ]
    assert apart("đất") is None  # one word is one word
    assert apart("một hai ba bốn năm sáu bảy") is None  # so many stand on no page by chance
    assert apart('"thẩm quyền"') is None


@pytest.mark.parametrize("text", ["1.000.000 đồng", "1 000 000 đồng", "1,000,000 đồng", "1000000 đồng"])
def test_an_amount_is_one_word(text):
    assert parse(text).words == ("1000000", "dong")


def test_a_phrase_within_a_long_question_may_be_missing():
    strict = parse('"hòa giải viên" là ai')
    question = parse('"hòa giải viên" là ai và do cơ quan nào bầu ra ở xã')
    assert isinstance(strict.clause.parts[0], AnyOf)
    assert len(question.clause.parts) == 1
    assert question.words[:3] == ("hoa", "giai", "vien")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("quyết định 14 năm 2019", ["14/2019/qd"]),
        ("quyet dinh so 014/2019", ["14/2019/qd", "14/2019"]),
        ("Luật 14/2012", ["14/2012/qh", "14/2012"]),
        ("thông tư liên tịch 5 năm 2014", ["5/2014/ttlt"]),
        ("Điều 5 Luật 14/2012/QH13", ["14/2012/qh13"]),
        ("tháng 7/2020", []),
        ("ngày 1/7/2020", []),
        ("phạt tù 5 năm", []),
    ],
)
def test_documents_are_known_as_people_name_them(text, numbers):
    asked = [leaf.token for leaf in leaves(parse(text).clause) if leaf.field == NUMBER]
    assert asked == numbers


def test_an_article_of_a_document_is_asked_for():
    (leaf,) = [leaf for leaf in leaves(parse("Điều 5 Luật 14/2012/QH13").clause) if leaf.field == ARTICLES]
    assert (leaf.token, leaf.weight) == ("dieu_5", asking.ARTICLE)


# completion


def test_completion_asks_for_beginnings():
    assert completing("hoi dap lu") == AllOf(
        tuple(Has(COMPLETE, token, flat=True) for token in ("hoi", "dap", "lu"))
    )
    assert Has(COMPLETE, "14/2019/q", flat=True) in leaves(completing("014/2019/Q"))
    assert completing(" ?! ") is None


@given(st.text(max_size=40) | st.text('"-:ạđa1/. “loại', max_size=40))
def test_whatever_is_typed_is_understood_or_not(text):
    for made in (parse, completing):
        try:
            made(text)
        except QueryNotUnderstood:
            pass
