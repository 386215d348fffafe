"""What every ``SearchIndex`` promises, whatever engine is behind it."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config.wiring import INDEXES, adapter
from domain.errors import QueryNotUnderstood
from domain.ids import ItemId
from domain.queries import IndexedItem, Query, SearchResult
from tests.indexing.server import SERVER_SECRETS, SERVER_URL, empty
from tests.indexing.shelved import (
    LAND,
    MEDIATION,
    SECRET,
    ask,
    fill,
    first,
    found,
    generation,
    items,
    land,
    marked,
    page,
    secret,
)

ROOT = Path(__file__).parents[2]

FOREVER = ItemId("d" * 32)


def opened(url: str):
    return adapter("TUSACH_INDEX_URL", INDEXES, url, SERVER_SECRETS)


@pytest.fixture(params=["tantivy", *(["elasticsearch"] if SERVER_URL else [])])
def url(request, tmp_path):
    if request.param == "tantivy":
        return f"tantivy://{quote(str(tmp_path))}/my%20index"
    empty()
    return SERVER_URL


@pytest.fixture
def index(url):
    with opened(url) as index:
        yield index


@pytest.fixture
def shelf(index):
    fill(index)
    return index


def python(program: str, *args: str, **kwargs) -> subprocess.Popen[str]:
    """A process of its own with ``index`` open at the first argument."""
    head = """
        import sys
        from config.wiring import INDEXES, adapter
        from tests.indexing.server import SERVER_SECRETS
        from tests.indexing.shelved import *
        opened = adapter("TUSACH_INDEX_URL", INDEXES, sys.argv[1], SERVER_SECRETS)
        index = opened.__enter__()
    """
    text = textwrap.dedent(head) + textwrap.dedent(program)
    return subprocess.Popen([sys.executable, "-c", text, *args], cwd=ROOT, text=True, **kwargs)


# finding


@pytest.mark.parametrize(
    "query",
    [
        "phẩm chất đạo đức tốt",
        "PHẨM CHẤT ĐẠO ĐỨC TỐT",
        "pham chat dao duc tot",
        unicodedata.normalize("NFD", "phẩm chất đạo đức tốt"),
        "tốt, đạo đức; phẩm chất!",
        "người được bầu làm hòa giải viên",  # the page spells hoà
        "có uy tín trong cộng đồng",
        '"uy tín trong cộng đồng"',
        '"uy tin trong cong dong"',
        '"làm hòa giải viên"',
        "“phẩm chất đạo đức”",
    ],
)
def test_a_page_is_found_by_its_words_however_they_are_typed(shelf, query):
    result = ask(shelf, query)
    assert first(result) == (MEDIATION, 1)
    assert (result.query, result.items[0].pages[0].label) == (query, "3")


def test_a_hit_tells_what_a_reader_wants_to_know(shelf):
    (hit,) = ask(shelf, "phẩm chất đạo đức").items
    assert (hit.accession, hit.title) == ("TSPL-VN-2026-000001", "Sổ tay hoà giải viên ở cơ sở")
    assert (hit.resource_type, hit.year) == ("manual", 2020)
    assert hit.pages[0].score > 0


def test_snippets_are_the_pages_own_text_with_words_marked(shelf):
    result = ask(shelf, "uy tin cong dong")
    snippet = result.items[0].pages[0].snippet
    assert snippet.text.startswith("Người được bầu làm hoà giải viên phải có phẩm chất")
    assert marked(result) == ["uy", "tín", "cộng", "đồng"]


def test_an_item_is_found_by_its_title_and_shows_the_start_of_its_first_page(shelf):
    for query in ("hỏi đáp luật đất đai", "hoi dap", '"Hỏi đáp Luật"', '"hoi dap"'):
        assert ask(shelf, query).items[0].item_id == LAND
    snippet = ask(shelf, "hỏi đáp").items[0].pages[0].snippet
    assert (snippet.text[:7], snippet.marks) == ("Đất đai", ())


@pytest.mark.parametrize(
    "query",
    [
        "14/2019/QĐ-TTg",
        "14/2019/qđ-ttg",
        "14/2019/QD-TTG",
        "14/2019/QÐ-TTg",  # the letter eth, as old fonts have it
        "14 / 2019 / QĐ - TTg",
        "014/2019/QĐ–TTg",
        unicodedata.normalize("NFD", "14/2019/QĐ-TTg"),
    ],
)
def test_a_legal_number_finds_the_document_and_those_that_cite_it(shelf, query):
    assert found(ask(shelf, query)) == [(MEDIATION, [1, 2, 3]), (LAND, [2])]


def test_words_beside_a_legal_number_only_order_what_it_finds(shelf):
    assert [item.item_id for item in ask(shelf, "Quyết định số 14/2019/QĐ-TTg").items] == [MEDIATION, LAND]
    assert first(ask(shelf, "uy tín 14/2019/QĐ-TTg")) == (MEDIATION, 1)
    assert ask(shelf, "Nghị định 99/2014/NĐ-CP").total == 0


def test_words_enough_for_a_question_are_answered_without_the_number(shelf):
    assert first(ask(shelf, "đất đai thuộc sở hữu toàn dân theo 31/2024/QH15")) == (LAND, 1)


def test_a_citation_finds_the_page_that_makes_it(shelf):
    assert first(ask(shelf, "15/2014/nđ-cp")) == (MEDIATION, 2)
    assert ask(shelf, "16/2014/NĐ-CP").total == 0


@pytest.mark.parametrize(
    "query", ['"uy tín trong cộng đồng dân cư và có"', '"uy tin trong cong dong dan cu va co"']
)
def test_a_phrase_over_a_page_break_is_found_once_where_it_starts(shelf, query):
    result = ask(shelf, query)
    assert found(result) == [(MEDIATION, [1])]
    assert marked(result)[:2] == ["uy", "tín"]


def test_a_sentence_over_a_page_break_is_led_to_where_it_starts(shelf):
    sentence = "có uy tín trong cộng đồng dân cư và có khả năng thuyết phục, vận động nhân dân"
    assert first(ask(shelf, sentence)) == (MEDIATION, 1)


def test_a_phrase_of_the_next_page_is_not_found_on_the_page_before(shelf):
    assert found(ask(shelf, '"khả năng thuyết phục"')) == [(MEDIATION, [2])]


def test_a_quoted_phrase_is_taken_at_its_word(shelf):
    assert ask(shelf, '"đạo đức phẩm chất"').total == 0
    assert ask(shelf, '"phẩm chất đáo đức"').total == 0  # another tone
    assert ask(shelf, '"phẩm chất" "toàn dân"').total == 0


def test_nonsense_finds_nothing(shelf):
    for query in ("xyzzy", "xyzzy đất", "qwe rty uio pas của", '"đất xyzzy"', "99/1999/ZZ-ZZ"):
        assert ask(shelf, query).total == 0


def test_pages_with_all_words_come_before_pages_with_some(index):
    words = ["thẩm", "quyền", "giải", "quyết", "tranh", "chấp"]
    for n, count in enumerate([4, 6, 5]):
        item = ItemId(f"{n}" * 32)
        index.replace_item(item, [page(item, 1, " ".join([*words[:count], *["lorem"] * (6 - count)]))])
    order = [item.item_id[0] for item in ask(index, " ".join(words)).items]
    assert order == ["1", "2", "0"]


def test_a_page_answers_with_two_words_side_by_side_or_where_none_does_with_all_of_them(index):
    texts = [
        "thẩm tra quyền lợi giải thích",  # all of them, apart
        "giải quyết theo thẩm quyền",  # two side by side
        "quyền của người giải thích",  # some, apart
    ]
    for n, text in enumerate(texts):
        item = ItemId(f"{n}" * 32)
        index.replace_item(item, [page(item, 1, text)])
    assert [item.item_id[0] for item in ask(index, "thẩm quyền giải").items] == ["1"]
    apart = ask(index, "lợi thẩm giải")
    assert [item.item_id[0] for item in apart.items] == ["0"]
    assert {"lợi", "giải"} <= set(marked(apart))
    assert ask(index, "lợi người tra").total == 0


# what is not to be seen


def test_what_is_not_published_is_neither_shown_nor_counted(shelf):
    for query in ("bí mật gia truyền", "bản thảo kín", '"gia truyền"', "đất đai của làng"):
        result = ask(shelf, query)
        assert SECRET not in {item.item_id for item in result.items}
        assert result.total == len(result.items)
    assert ask(shelf, "bí mật gia truyền") == SearchResult("bí mật gia truyền", 0)
    assert first(ask(shelf, "bí mật gia truyền", published_only=False)) == (SECRET, 1)
    assert ask(shelf, "đất đai", published_only=False).total == ask(shelf, "đất đai").total + 1


# order and paging


def test_equals_stand_in_order_of_accession_and_page(index):
    held = [ItemId(f"{n:02x}" * 16) for n in (7, 3, 9, 1, 5)]
    for item in held:
        index.replace_item(item, [page(item, n, "hòa giải thành công") for n in (2, 1, 3, 4)])
    result = ask(index, "hòa giải", limit=3, pages_per_item=2)
    assert result.total == 5
    assert found(result) == [(item, [1, 2]) for item in sorted(held)[:3]]


def test_slices_add_up_to_the_whole(index):
    for n, item in enumerate(ItemId(f"{n:02x}" * 16) for n in range(1, 13)):
        index.replace_item(item, [page(item, p, "hòa giải " * (1 + n % 3)) for p in (1, 2)])
    whole = ask(index, "hòa giải", limit=50)
    assert whole.total == 12
    parts = [ask(index, "hòa giải", limit=5, offset=offset) for offset in (0, 5, 10, 15)]
    assert [part.total for part in parts] == [12] * 4
    assert [found(part) for part in parts] == [found(whole)[at : at + 5] for at in (0, 5, 10, 15)]


def test_totals_are_exact_and_items_whole_beyond_the_pages_looked_at_first(index):
    big, small = ItemId("e" * 32), ItemId("f" * 32)
    long = "hòa giải " + "và nhiều chuyện khác nữa " * 20
    index.replace_item(big, [page(big, n, "hòa giải") for n in range(1, 1_101)])
    index.replace_item(small, [page(small, n, long) for n in range(1, 4)])
    result = ask(index, "hòa giải")
    assert result.total == 2
    assert found(result) == [(big, [1, 2, 3]), (small, [1, 2, 3])]


# replacing


def test_nothing_is_found_before_anything_is_held(index):
    assert ask(index, "hòa giải") == SearchResult("hòa giải", 0)
    assert list(index.contents()) == []
    assert (index.status().pages, index.status().items) == (0, 0)
    index.remove_item(LAND)


def test_replacing_twice_is_replacing_once(shelf):
    queries = ["đất đai", "14/2019/QĐ-TTg", '"toàn dân"', "hòa giải viên ở cơ sở"]
    before = [found(ask(shelf, query)) for query in queries]
    contents = sorted(shelf.contents(), key=lambda held: held.item_id)
    fill(shelf)
    fill(shelf)
    assert [found(ask(shelf, query)) for query in queries] == before
    assert sorted(shelf.contents(), key=lambda held: held.item_id) == contents


def test_contents_tell_what_is_held_of_each_item(shelf):
    shelf.replace_item(SECRET, secret(revision=7))
    assert sorted(shelf.contents(), key=lambda held: held.item_id) == [
        IndexedItem(MEDIATION, 1, 3, True),
        IndexedItem(LAND, 1, 2, True),
        IndexedItem(SECRET, 7, 1, False),
    ]
    assert (shelf.status().pages, shelf.status().items) == (6, 3)


def test_fewer_pages_leave_no_old_ones(shelf):
    shelf.replace_item(LAND, land()[:1])
    assert found(ask(shelf, '"tủ sách pháp luật"')) == []
    assert {held.item_id: held.pages for held in shelf.contents()}[LAND] == 1


def test_a_removed_item_is_gone_and_may_be_removed_again(shelf):
    shelf.remove_item(LAND)
    shelf.remove_item(LAND)
    assert LAND not in {held.item_id for held in shelf.contents()}
    assert first(ask(shelf, "đất đai", published_only=False)) == (SECRET, 1)


def test_an_item_without_pages_is_not_held(shelf):
    shelf.replace_item(LAND, [])
    assert LAND not in {held.item_id for held in shelf.contents()}


def test_an_error_among_the_pages_leaves_the_item_as_it_was(shelf):
    def broken():
        yield page(LAND, 1, "trang mới tinh", title="Hỏi đáp Luật Đất đai")
        raise RuntimeError("the reading of page 2 is gone")

    with pytest.raises(RuntimeError, match="page 2"):
        shelf.replace_item(LAND, broken())
    assert ask(shelf, '"mới tinh"').total == 0
    assert {held.item_id: held.pages for held in shelf.contents()}[LAND] == 2


def test_a_rebuild_replaces_everything(shelf):
    shelf.rebuild(items(land(), secret(2)))
    assert sorted(held.item_id for held in shelf.contents()) == [LAND, SECRET]
    assert ask(shelf, '"phẩm chất đạo đức"').total == 0
    assert first(ask(shelf, '"toàn dân"')) == (LAND, 1)
    shelf.rebuild([])
    assert list(shelf.contents()) == []


def test_a_rebuild_that_fails_leaves_everything_as_it_was(shelf):
    def broken():
        yield from items(land())
        raise RuntimeError("the catalogue went away")

    with pytest.raises(RuntimeError, match="catalogue"):
        shelf.rebuild(broken())
    assert first(ask(shelf, '"phẩm chất đạo đức"')) == (MEDIATION, 1)


def test_readers_see_the_old_until_a_rebuild_is_complete(url, shelf):
    with opened(url) as reader:

        def given():
            yield from items(land())
            assert first(ask(reader, '"phẩm chất đạo đức"')) == (MEDIATION, 1)

        shelf.rebuild(given())
        assert [held.item_id for held in reader.contents()] == [LAND]


# more than one process


def test_a_killed_writer_leaves_the_old_generation_whole(url, index):
    index.replace_item(FOREVER, generation(FOREVER, 1, 30))
    program = """
        import os, signal
        def pages():
            yield from generation("d" * 32, 2, 20)
            os.kill(os.getpid(), signal.SIGKILL)
        index.replace_item("d" * 32, pages())
    """
    assert python(program, url).wait(120) == -signal.SIGKILL
    assert list(index.contents()) == [IndexedItem(FOREVER, 1, 30, True)]
    assert ask(index, '"đợt lượt2x"').total == 0
    index.replace_item(FOREVER, generation(FOREVER, 3, 5))
    assert list(index.contents()) == [IndexedItem(FOREVER, 3, 5, True)]


def test_a_killed_rebuild_leaves_the_old_index_whole(url, shelf):
    program = """
        import os, signal
        def given():
            yield from items(land())
            os.kill(os.getpid(), signal.SIGKILL)
        index.rebuild(given())
    """
    assert python(program, url).wait(120) == -signal.SIGKILL
    assert first(ask(shelf, '"phẩm chất đạo đức"')) == (MEDIATION, 1)
    shelf.rebuild(items(land()))
    assert [held.item_id for held in shelf.contents()] == [LAND]


def test_writers_wait_for_each_other_and_readers_see_whole_generations(url, index):
    """Two processes replace the same item and one of their own; a third reads all the while."""
    index.replace_item(FOREVER, generation(FOREVER, 1, 12))
    program = """
        own, first = sys.argv[2] * 32, int(sys.argv[3])
        for number in range(first, first + 6):
            index.replace_item("d" * 32, generation("d" * 32, number, 12))
            index.replace_item(own, generation(own, number, 3))
    """
    writers = [python(program, url, letter, first) for letter, first in (("e", "100"), ("f", "200"))]
    try:
        seen = set()
        while any(writer.poll() is None for writer in writers):
            held = next(item for item in index.contents() if item.item_id == FOREVER)
            result = ask(index, "thuộc đợt", limit=5, pages_per_item=12)
            pages = next(item.pages for item in result.items if item.item_id == FOREVER)
            texts = {hit.snippet.text.rpartition(" ")[2] for hit in pages}
            assert (held.pages, len(pages), len(texts)) == (12, 12, 1)
            seen |= texts
    finally:
        assert [writer.wait(120) for writer in writers] == [0, 0]
    assert len(seen) > 1
    assert sorted(held.pages for held in index.contents()) == [3, 3, 12]


def test_searches_go_on_while_everything_is_built_anew(url, index):
    """Each sees one index or the next, whole, and none fails."""
    shelf = [ItemId(letter * 32) for letter in "def"]
    index.rebuild(items(*(generation(item, 1, 5) for item in shelf)))
    program = """
        for number in range(2, 8):
            index.rebuild(items(*(generation(letter * 32, number, 5) for letter in "def")))
    """
    builder, seen = python(program, url), set()
    try:
        while builder.poll() is None:
            result = ask(index, "thuộc đợt", pages_per_item=5)
            hits = [page for item in result.items for page in item.pages]
            texts = {page.snippet.text.rpartition(" ")[2] for page in hits}
            assert (result.total, len(hits), len(texts)) == (3, 15, 1)
            seen |= texts
    finally:
        assert builder.wait(120) == 0
    assert len(seen) > 1


# whatever is typed


@pytest.mark.parametrize(
    "query", ["", " ", "\n\t", "?!…", '""', '" "', "(((", "\x00", "*:*", "---", "“”", "\u0301"]
)
def test_a_query_without_words_is_not_understood(shelf, query):
    with pytest.raises(QueryNotUnderstood):
        ask(shelf, query)


def test_a_very_long_query_is_answered(shelf):
    assert first(ask(shelf, "phẩm chất đạo đức tốt " * 2_000)) == (MEDIATION, 1)
    ask(shelf, " ".join(f"từ{n}" for n in range(5_000)))
    ask(shelf, '"' + "x " * 5_000)
    ask(shelf, "x" * 100_000)


_SPICE = st.sampled_from(
    [
        *'"“()[]{}*?~^:\\/-+!><_ﬁİßǄ🙂\x00\u0301\ud7ff',
        *["&&", "||", "AND", "OR", "NOT", "TO", "fold:", "item_id:", "published:false", "${x}", "%s", "../"],
        *["14/2019/", "QĐ-TTg", "đất", "dai"],
    ]
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    with opened(f"tantivy://{tmp_path_factory.mktemp('hostile')}/index") as index:
        fill(index)
        yield index


@given(st.lists(_SPICE | st.text(max_size=12), max_size=12).map(" ".join) | st.text(max_size=40))
@example("đất " + "\U0010ffff" * 500)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_breaks_it(filled, text):
    try:
        result = filled.search(Query(text))
    except QueryNotUnderstood:
        return
    assert result.total >= len(result.items)
    assert SECRET not in {item.item_id for item in result.items}
    for item in result.items:
        for hit in item.pages:
            assert all(0 <= start < end <= len(hit.snippet.text) for start, end in hit.snippet.marks)
