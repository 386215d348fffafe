"""Whatever a title, a file name or a page says, the terminal only ever shows it."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cli.find import result_json
from cli.screen import Screen, json_text
from domain.ids import Accession, ItemId
from domain.queries import ItemHit, PageHit, SearchResult, Snippet

HOSTILE = "\x1b]0;mine\x07\x1b[2Jtitle\u202egpj.\x9b31m [red]not red[/red] \r\nsecond :smile:"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    )
)
@example("\x7f\x80\x9f\u202e\ufeff")
def test_json_is_harmless_and_comes_back_as_it_was(value):
    told = json_text(value)
    assert json.loads(told) == value
    assert not any(0x7F <= ord(char) <= 0x9F or char in "\x1b\u202e\ufeff" for char in told)


def test_json_survives_a_file_name_that_is_no_text():
    name = b"b\xe9.pdf".decode("utf-8", "surrogateescape")
    json_text(name).encode("utf-8")
    assert json.loads(json_text(name)) == name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
@example(HOSTILE)
def test_lines_notes_and_tables_never_steer_the_terminal(capsys, text):
    screen = Screen("en")
    screen.line(text)
    screen.note(text)
    screen.table(("title", "note"), [(text, text)])
    shown = "".join(capsys.readouterr())
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_brackets_in_a_title_are_not_markup(capsys):
    Screen("en").table(("title",), [("[bold]Luật[/bold] [link=x]",)])
    assert "[bold]Luật[/bold] [link=x]" in capsys.readouterr().out


def test_a_snippet_shows_its_marked_words_once_and_harmlessly(capsys):
    from cli.find import _page

    page = PageHit(3, "iv", Snippet(f"trước {HOSTILE} sau", ((0, 5),)), 1.5)
    screen = Screen("vi")
    screen.styled(_page(page, screen))
    shown = capsys.readouterr().out
    assert "trang 3 (in số iv): trước" in shown
    assert "\x1b" not in shown
    assert "[red]not red[/red]" in shown


def test_the_documented_keys_of_search_are_the_keys_of_search():
    hit = ItemHit(
        ItemId("0" * 32),
        Accession("TSPL-VN-2026-000001"),
        "t",
        "book",
        2015,
        (PageHit(1, None, Snippet("s"), 0.5),),
    )
    told = result_json(SearchResult("q", 1, (hit,)))
    assert list(told) == ["query", "total", "items", "facets", "with_diacritics", "did_you_mean"]
    item = told["items"][0]
    assert list(item) == ["id", "accession", "title", "type", "year", "pages", "page_total"]
    assert item["pages"] == [{"number": 1, "label": None, "snippet": "s", "score": 0.5, "marks": []}]


@pytest.mark.parametrize("values", [[], [1], ["a", None, {"b": 2}]])
def test_a_streamed_answer_is_one_array(capsys, values):
    Screen("en").stream(iter(values))
    assert json.loads(capsys.readouterr().out) == values
