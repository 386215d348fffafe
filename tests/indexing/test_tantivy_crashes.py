"""What an index in a folder survives: writers killed at any instant, a full disk."""

from __future__ import annotations

import random
import resource
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import IndexUnavailable
from domain.ids import ItemId
from indexing.tantivy import TantivyIndex
from tests.indexing.dying import FORKED, killed
from tests.indexing.shelved import ask, generation, items

ITEM = ItemId("d" * 32)
OTHERS = [ItemId(f"{n:02x}" * 16) for n in range(1, 4)]
PAGES = 8


def replacing(root: Path, first: int, said) -> None:
    """Replaces one item again and again; says each revision once it is written."""
    index = TantivyIndex(root)
    for revision in range(first, first + 1_000):
        index.replace_item(ITEM, generation(ITEM, revision, PAGES))
        said.send(revision)


def rebuilding(root: Path, first: int, said) -> None:
    """The same for everything; a commit for each item, so that many are killed."""
    index = TantivyIndex(root, pages_a_commit=1)
    for revision in range(first, first + 1_000):
        index.rebuild(items(*(generation(item, revision, PAGES) for item in OTHERS)))
        said.send(revision)


@pytest.mark.slow
@pytest.mark.parametrize(("deed", "held_items"), [(replacing, [ITEM]), (rebuilding, OTHERS)])
def test_a_writer_killed_at_any_instant_loses_no_commit_and_mixes_no_generations(tmp_path, deed, held_items):
    rng = random.Random(25)
    reader, revision = TantivyIndex(tmp_path), 0
    for _ in range(25):
        said = killed(deed, tmp_path, revision + 1, after_s=rng.uniform(0, 0.3))
        held = list(reader.contents())
        assert sorted(one.item_id for one in held) == sorted(held_items)
        (revision,) = {one.revision for one in held}
        assert revision in (said, said + 1)  # the last one may have been written and not yet said
        assert {one.pages for one in held} == {PAGES}
        result = ask(reader, "thuộc đợt", pages_per_item=PAGES)
        texts = {page.snippet.text.rpartition(" ")[2] for hit in result.items for page in hit.pages}
        assert (result.total, texts) == (len(held_items), {f"lượt{revision}x"})
    TantivyIndex(tmp_path).rebuild([])
    assert list(reader.contents()) == []


@pytest.fixture
def full_disk(tmp_path):
    """A folder with room for 1 MB, where we may mount one."""
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small disk takes root")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def long_pages(revision: int):
    rng = random.Random(revision)
    for one in generation(ITEM, revision, 150):
        words = " ".join(f"chữ{rng.randrange(10**9)}" for _ in range(400))
        yield replace(one, text=words)


def too_much(index: TantivyIndex) -> None:
    for deed in (
        lambda: index.replace_item(ITEM, long_pages(2)),
        lambda: index.rebuild(items(long_pages(2))),
    ):
        with pytest.raises(IndexUnavailable) as raised:
            deed()
        assert raised.value.retryable


def whole_and_usable(index: TantivyIndex) -> None:
    assert [(one.revision, one.pages) for one in index.contents()] == [(1, PAGES)]
    assert ask(index, "thuộc đợt").items[0].page_total == PAGES
    index.replace_item(ITEM, generation(ITEM, 3, 2))
    assert [(one.revision, one.pages) for one in index.contents()] == [(3, 2)]


def test_a_full_disk_leaves_the_old_generation_whole(full_disk):
    index = TantivyIndex(full_disk)
    index.replace_item(ITEM, generation(ITEM, 1, PAGES))
    too_much(index)
    whole_and_usable(index)


def limited(root: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    too_much(TantivyIndex(root))


def test_a_file_that_may_not_grow_leaves_the_old_generation_whole(tmp_path):
    index = TantivyIndex(tmp_path)
    index.replace_item(ITEM, generation(ITEM, 1, PAGES))
    writer = FORKED.Process(target=limited, args=(tmp_path,))
    writer.start()
    writer.join()
    assert writer.exitcode == 0
    whole_and_usable(index)
