"""Whatever can happen has a sentence, in both languages, that says what it is about."""

import re
import unicodedata
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.messages import choose_lang, explain, number, printable, sentence, sentences, size
from domain import errors, holdings
from domain.records import FIELDS, Source
from domain.values import Reason

LANGS = ("vi", "en")


def every_error() -> list[type[errors.ShelfError]]:
    found, todo = [], [errors.ShelfError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo += [sub for sub in kind.__subclasses__() if sub.__module__ == "domain.errors"]
    return sorted(found, key=lambda kind: kind.code)


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def documented_fields(kind: type[errors.ShelfError]) -> set[str]:
    """What the docstring lists: "Fields: name, expected (suffix), found (media type)."."""
    _, found, listed = (kind.__doc__ or "").partition("Fields: ")
    return set(re.findall(r"\w+", re.sub(r"\([^)]*\)", "", listed.split("\n")[0]))) if found else set()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.code)
def test_every_error_has_a_sentence_that_uses_only_fields_it_has(kind, lang):
    assert braces(sentences(lang)[kind.code]) <= documented_fields(kind)


def test_both_languages_say_the_same_things_with_the_same_fields():
    vi, en = sentences("vi"), sentences("en")
    assert vi.keys() == en.keys()
    assert {code: braces(text) for code, text in vi.items()} == {
        code: braces(text) for code, text in en.items()
    }


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("state", holdings.State),
        ("stage", holdings.Stage),
        ("outcome", holdings.Outcome),
        ("kind", holdings.PageKind),
        ("form", holdings.ScanForm),
        ("source", Source),
        ("field", FIELDS),
    ],
)
def test_every_word_people_see_is_translated(prefix, names, lang):
    assert {f"{prefix}.{name}" for name in names} <= sentences(lang).keys()


def test_vietnamese_sentences_are_composed_so_that_they_print_and_search_alike():

    assert all(unicodedata.is_normalized("NFC", text) for text in sentences("vi").values())


def test_a_code_without_a_sentence_still_says_what_is_known():
    assert sentence("new.code", "vi", {"page": 3}) == "new.code (page: 3)"


def test_a_field_that_is_missing_leaves_a_dash_and_not_an_exception():
    assert "–" in explain(Reason("intake.empty_file"), "vi")


def test_a_move_names_states_by_their_words():
    fields = {
        "accession": "TSPL-VN-2026-000001",
        "state": "read",
        "to": "published",
        "allowed": ["described"],
    }
    told = sentence("catalog.move_not_allowed", "vi", fields)
    assert "đã đọc" in told
    assert "đã mô tả" in told
    assert "published" not in told


def test_numbers_are_written_the_way_the_language_writes_them():
    assert (number(60_000_000, "vi"), number(60_000_000, "en")) == ("60.000.000", "60,000,000")
    assert (number(0.5, "vi"), number(120.0, "en")) == ("0,5", "120")
    assert (size(1_250_000_000, "vi"), size(999, "en")) == ("1,2 GB", "999 byte")


def test_a_port_is_a_name_and_not_a_quantity():
    assert "4270" in sentence("runner.port_taken", "vi", {"port": 4270, "setting": "TUSACH_PREFECT_PORT"})


def test_rows_and_pages_are_places_and_not_quantities():
    assert "dòng 1234" in sentence("manifest.absent", "vi", {"row": 1234, "title": "Luật Hộ tịch"})
    assert "1200, 1201" in sentence("manifest.ambiguous", "vi", {"rows": [1200, 1201]})
    assert "1.234 trang" in sentence("ledger.declared_differs", "vi", {"declared": 1234, "scanned": 5})


@given(st.text())
@example("\x1b[2J\x1b]0;pwned\x07 \u202egpj.exe")
def test_a_name_from_outside_never_steers_the_terminal(name):
    shown = sentence("intake.empty_file", "en", {"name": name})
    assert shown.isprintable()
    assert printable(printable(name)) == printable(name)


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "C.UTF-8"}, "vi"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "vi_VN.UTF-8"}, "en"),
    ],
)
def test_the_locale_decides_the_language_unless_one_is_asked_for(monkeypatch, environment, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert choose_lang(None) == lang
    assert choose_lang("en") == "en"


def codes_in_the_source() -> set[str]:
    """Every code that the program gives to a Reason, as it stands in the source."""
    root = Path(__file__).resolve().parents[2]
    packages = ("domain", "ocr", "catalog", "storage", "indexing", "config", "flows", "cli")
    texts = (path.read_text("utf-8") for package in packages for path in (root / package).rglob("*.py"))
    return {code for text in texts for code in re.findall(r'\bReason\(\s*"([a-z_]+\.[a-z_]+)"', text)}


@pytest.mark.parametrize("code", sorted(codes_in_the_source()))
def test_every_reason_that_is_given_has_a_sentence(code):
    assert code in sentences("vi")
