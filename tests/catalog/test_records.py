from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import TEXT_LIMIT, clean, merge, parse_field, tidy
from domain.errors import FieldNotKnown, FieldNotValid
from domain.records import FIELDS, RESOURCE_TYPES, Citation, FieldValue, Record, Source


def _one(value, source, confidence=0.9, name="title"):
    return Record({name: FieldValue(value, source, confidence)})


# merge


def test_the_weightier_source_wins_whatever_the_order_and_confidence():
    records = [_one(source.value, source, 0.1 * place) for place, source in enumerate(Source, start=1)]
    assert merge(*records).value("title") == "staff"
    assert merge(*reversed(records)).value("title") == "staff"
    assert merge(*records[1:]).value("title") == "manifest"


def test_of_one_source_the_surer_wins_and_of_equals_the_later():
    surer, other = _one("rõ", Source.TITLE_PAGE, 0.9), _one("mờ", Source.TITLE_PAGE, 0.5)
    assert merge(surer, other) == merge(other, surer) == surer
    assert merge(surer, _one("mới", Source.TITLE_PAGE, 0.9)).value("title") == "mới"


def test_what_staff_emptied_stays_empty():
    merged = merge(_one(None, Source.STAFF, 1.0), _one("Bộ luật", Source.MANIFEST, 1.0))
    assert merged.fields["title"] == FieldValue(None, Source.STAFF, 1.0)


def test_fields_are_gathered_in_the_order_of_display():
    merged = merge(_one("An", Source.STAFF, name="publisher"), _one("Bộ luật", Source.MANIFEST))
    assert list(merged.fields) == ["title", "publisher"]
    assert merge() == Record()


def test_citations_are_gathered_once_and_a_confirmed_one_outweighs():
    sure = Citation("14/2019/QĐ-TTg", 2, "14/2019/QĐ-TTg", 0.9)
    confirmed = Citation("14/2019/QĐ-TTg", 2, "14/2019/QD-TTg", 0.4, confirmed_by="An")
    elsewhere = Citation("14/2019/QĐ-TTg", 1, "14/2019/QĐ-TTg", 0.9)
    article = Citation("14/2019/QĐ-TTg", 2, "14/2019/QĐ-TTg", 0.9, article="Điều 1")
    merged = merge(Record(cites=(sure, article)), Record(cites=(confirmed, elsewhere)), Record(cites=(sure,)))
    assert merged.cites == (elsewhere, confirmed, article)


# parse_field


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("title", "  Bộ luật\tDân sự\n ", "Bộ luật Dân sự"),
        ("title", "Bo\u0302\u0323 lua\u0323\u0302t", "Bộ luật"),
        ("title", "", None),
        ("title", " \x00\u200b ", None),
        ("year", "2019", 2019),
        ("year", "1900", 1900),
        ("year", "2100", 2100),
        ("pages_declared", "1.234", 1234),
        ("pages_declared", "007", 7),
        ("languages", "vi; en ;; vi", ["vi", "en"]),
        ("resource_type", "leaflet", "leaflet"),
        ("resource_type", "Tờ Gấp", "leaflet"),
        ("resource_type", "to gap", "leaflet"),
        ("resource_type", "ĐỀ CƯƠNG GIỚI THIỆU VĂN BẢN", "outline"),
        ("resource_type", "Questions and Answers", "qa_book"),
        ("resource_type", "qa_book", "qa_book"),
        ("so_ky_hieu", "14/2019/qđ-ttg", "14/2019/QĐ-TTg"),
        ("isbn", "978-0-306-40615-7", "9780306406157"),
        ("isbn", "ISBN 0-8044-2957-X", "080442957X"),
    ],
)
def test_what_people_type_is_understood(name, typed, value):
    assert parse_field(name, typed) == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("year", "1899"),
        ("year", "2101"),
        ("year", "năm 2019"),
        ("year", "2.019.0"),
        ("year", "²⁰¹⁹"),
        ("pages_declared", "0"),
        ("pages_declared", "-3"),
        ("pages_declared", "9" * 400),
        ("languages", ";"),
        ("resource_type", "tờ gấp đôi"),
        ("so_ky_hieu", "hôm nay"),
        ("isbn", "978-0-306-40615-8"),
        ("isbn", "0306406153"),
        ("isbn", "0912345678901"),
    ],
)
def test_what_cannot_be_true_is_refused_with_what_is_expected(name, typed):
    with pytest.raises(FieldNotValid) as caught:
        parse_field(name, typed)
    assert caught.value.fields["field"] == name
    assert caught.value.fields["expected"]
    assert typed.startswith(caught.value.fields["value"])


def test_an_unknown_field_is_answered_with_those_we_know():
    with pytest.raises(FieldNotKnown) as caught:
        parse_field("tựa\x1b[31m", "x")
    assert caught.value.fields == {"field": "tựa[31m", "known": list(FIELDS)}


@pytest.mark.parametrize("code", RESOURCE_TYPES)
def test_every_resource_type_is_known_by_its_code_and_both_labels(code):
    assert {parse_field("resource_type", name) for name in (code, *RESOURCE_TYPES[code])} == {code}


# clean

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=2),
    max_leaves=5,
)
FIELD_VALUES = st.builds(FieldValue, ANY_VALUE, st.sampled_from(Source), st.floats())
ANY_FIELDS = st.dictionaries(st.sampled_from([*FIELDS, "no_such_field"]), FIELD_VALUES, max_size=8)


@given(ANY_FIELDS)
def test_cleaning_is_stable_and_leaves_only_what_can_be_true(fields):
    once = clean(fields)
    assert clean(once) == once
    assert set(once) <= set(FIELDS)
    assert all(0 <= field.confidence <= 1 for field in once.values())
    assert all(field.value is not None or field.source is Source.STAFF for field in once.values())


@given(st.sampled_from(list(FIELDS)), ANY_TEXT)
def test_whatever_is_typed_is_taken_tidily_or_refused(name, typed):
    try:
        value = parse_field(name, typed)
    except FieldNotValid:
        return
    assert clean({name: FieldValue(value, Source.STAFF, 1.0)})[name].value == value


@given(ANY_TEXT)
def test_tidy_text_is_one_line_that_steers_nothing(text):
    once = tidy(text)
    assert tidy(once) == once == unicodedata.normalize("NFC", once)
    assert not {unicodedata.category(char) for char in once} & {"Cc", "Cf", "Cs"}


def test_values_are_bounded():
    fields = {
        "title": FieldValue("Luật " * 1_000_000, Source.DOCUMENT, 0.5),
        "topics": FieldValue([f"chủ đề {place}" for place in range(1_000)], Source.DOCUMENT, 0.5),
        "abstract": FieldValue("x" * 1_000_000, Source.DOCUMENT, 0.5),
    }
    cleaned = clean(fields)
    assert len(cleaned["title"].value) <= TEXT_LIMIT
    assert len(cleaned["topics"].value) == 50
    assert len(cleaned["abstract"].value) == 20_000


def test_a_spreadsheets_numbers_are_whole():
    fields = {
        "year": FieldValue(2019.0, Source.MANIFEST, 1.0),
        "edition": FieldValue(2.0, Source.MANIFEST, 1.0),
    }
    assert [field.value for field in clean(fields).values()] == [2019, "2"]


def test_a_number_too_long_to_be_spelled_is_left_out():
    assert clean({"edition": FieldValue(10**5_000, Source.MANIFEST, 1.0)}) == {}
