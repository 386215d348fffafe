"""What an index in a folder adds to the contract: locks, layouts, damage, bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from filelock import FileLock

from domain.errors import IndexOutOfDate, IndexUnavailable, SettingNotValid
from domain.ids import ItemId
from domain.queries import Facet, Query
from indexing.generations import Generations
from indexing.mapping import LAYOUT
from indexing.tantivy import TantivyIndex, open_index
from tests.indexing.shelved import LAND, MEDIATION, ask, fill, first, items, land, mediation, page

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def shelf(root):
    index = TantivyIndex(root)
    fill(index)
    return index


def test_nothing_is_made_before_the_first_write(root):
    with open_index(f"tantivy://{quote(str(root))}", secrets={}) as index:
        ask(index, "đất")
        index.status()
        index.remove_item(LAND)
        assert list(index.contents()) == []
    assert not root.exists()


@pytest.mark.parametrize("url", ["tantivy://relative", "tantivy:x"])
def test_an_address_that_is_no_absolute_path_is_told(url):
    with pytest.raises(SettingNotValid) as raised:
        open_index(url, secrets={}).__enter__()
    assert raised.value.fields["setting"] == "TUSACH_INDEX_URL"


def test_a_writer_waits_for_a_bounded_time_only(root):
    waiting = Generations(root, patience_s=0.2)
    root.mkdir()
    with FileLock(root / "writer.lock"), pytest.raises(IndexUnavailable) as raised, waiting.writing():
        pytest.fail("two writers at once")
    assert raised.value.retryable


def test_readers_do_not_wait_for_writers(root, shelf):
    with FileLock(root / "writer.lock"):
        assert first(ask(shelf, "phẩm chất đạo đức")) == (MEDIATION, 1)


def test_an_index_of_another_layout_is_told_and_mended_by_a_rebuild(root, shelf):
    pointer = root / "current.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"layout": LAYOUT + 1}))
    for deed in (
        lambda: ask(shelf, "đất"),
        lambda: shelf.replace_item(LAND, land()),
        lambda: list(shelf.contents()),
    ):
        with pytest.raises(IndexOutOfDate) as raised:
            deed()
        assert raised.value.fields == {"found": LAYOUT + 1, "known": LAYOUT}
    shelf.rebuild(items(land()))
    assert [held.item_id for held in shelf.contents()] == [LAND]
    assert len(list(root.glob("g-*"))) == 1


@pytest.mark.parametrize("what", ["current.json", "meta.json", "*.store", "*.term", "*.idx"])
@pytest.mark.parametrize("damage", [b"", b"garbage" * 9])
def test_a_damaged_index_is_told_and_mended_by_a_rebuild(root, shelf, what, damage):
    for path in [*root.glob(what), *root.glob(f"g-*/{what}")]:
        path.write_bytes(damage)
    fresh = TantivyIndex(root)
    for deed in (lambda: ask(fresh, "đất đai"), lambda: fresh.replace_item(LAND, land())):
        with pytest.raises(IndexUnavailable) as raised:
            deed()
        assert "reindex" in raised.value.fields["detail"]
    fresh.rebuild(items(land()))
    assert first(ask(fresh, "toàn dân")) == (LAND, 1)


def test_a_reader_survives_many_rebuilds(root, shelf):
    reader = TantivyIndex(root)
    for _ in range(5):
        assert first(ask(reader, "toàn dân")) == (LAND, 1)
        shelf.rebuild(items(land(), mediation()))
    assert len(list(root.glob("g-*"))) == 1


def test_small_writes_do_not_pile_up_segments(root, shelf):
    for revision in range(20):
        shelf.replace_item(LAND, [page(LAND, 1, "Đất đai", revision=revision)])
    assert len(list(root.glob("g-*/*.store"))) < 12


@pytest.mark.slow
def test_a_large_rebuild_stays_in_bounded_memory(root):
    """Four thousand pages take little more than five hundred did (MB, of the whole process)."""
    program = """
        import re, sys
        from pathlib import Path
        from domain.queries import ItemPages
        from indexing.tantivy import TantivyIndex
        from tests.indexing.shelved import page
        index = TantivyIndex(Path(sys.argv[1]))
        def given(count):
            for n in range(count):
                item = f"{n:032x}"
                words = " ".join(f"chữ{(n * 7 + k) % 5000}" for k in range(120))
                yield ItemPages(item, 1, (page(item, p, f"{words} trang {p}") for p in range(1, 11)))
        def peak():
            return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
        index.rebuild(given(50))
        before = peak()
        index.rebuild(given(400))
        print(before, peak())
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    before, after = map(int, found.stdout.split())
    assert after < min(150, before + 60), (before, after)


def test_what_was_written_can_be_read_in_the_same_breath(root):
    index = TantivyIndex(root)
    for number in range(5):
        index.replace_item(LAND, [page(LAND, 1, f"lượt{number}x")])
        assert index.search(Query(f"lượt{number}x")).total == 1


def test_what_is_remembered_of_words_changes_no_answer(root):
    """More pages answer than are looked at, so that items are counted by what is remembered of tokens."""
    index, text = TantivyIndex(root), "hòa giải viên ở cơ sở xã phường thị trấn"
    shelf = [ItemId(f"{n:06x}".ljust(32, "0")) for n in range(1, 41)]
    index.rebuild(
        items(
            *(
                [
                    page(item, number, text, agency=f"Sở {n % 3}", published=n % 8 > 0)
                    for number in range(1, 9)
                ]
                for n, item in enumerate(shelf)
            )
        )
    )
    query = Query(text, facets=True, limit=40)
    answers = [index.search(query) for _ in range(4)]
    assert answers[0].total == len(answers[0].items) == 35
    assert {item.page_total for item in answers[0].items} == {8}
    assert sum(value.count for value in answers[0].facets[Facet.AGENCY]) == 35
    assert all(answer == answers[0] for answer in answers)
    hidden = index.search(replace(query, published_only=False))
    assert hidden.total == 40
