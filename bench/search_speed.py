"""What finding costs: 100,000 pages, on one core, with everything that an answer holds.

The pages are made of sentences of the corpus, some 1,600 characters each, 50 to 100 to an item, and
every item has a value of each facet. The questions are people's own, of four and of 24 syllables,
every other one typed without diacritics. An answer is grouped, looked at again, counted by facet and
has its snippets. CPU seconds are this process's, of all its threads. Pages are made beforehand, and built
into an index TIMES_BUILT times, of which the least counts, as of the times that a question is asked:
neighbours on the machine slow either by a third. (A million is made while it is built, once.)

    python -m bench.search_speed --data FOLDER [--million]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.measure import Check, show, stop, verdict, workplace
from config.wiring import INDEXES, adapter
from domain.ids import Accession, ItemId
from domain.ports import SearchIndex
from domain.queries import ItemPages, PageDocument, Query
from domain.records import RESOURCE_TYPES
from indexing.text import fold

PAGES = 100_000
PAGE_LENGTH = 1_600  # characters
NEIGHBOUR = 60  # syllables of the pages beside, as the index is given
QUESTIONS = 200
TIMES_BUILT = 3
TIMES = 5  # that all questions are asked, one after the other; of each the least counts
SERVER_URL = os.environ.get("TUSACH_TEST_INDEX_URL", "")
SERVER_SECRETS = {"api_key": os.environ.get("TUSACH_TEST_INDEX_API_KEY", "")}

FIELDS = ["đất đai", "hôn nhân và gia đình", "hòa giải", "hộ tịch", "khiếu nại", "hình sự", "lao động"]
STATUSES = ["còn hiệu lực", "hết hiệu lực", "hết hiệu lực một phần"]


@dataclass(slots=True)
class Text:
    """A corpus to make pages of: its sentences, and what people ask about it."""

    sentences: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, data: Path) -> Text:
        text = cls()
        try:
            with (data / "corpus.jsonl").open(encoding="utf-8") as lines:
                for article in map(json.loads, lines):
                    text.sentences += [one for one in re.split(r"(?<=[.;:])\s+", article["text"]) if one]
                    text.titles.append(article["title"])
            rows = (data / "queries.tsv").read_text("utf-8").splitlines()
        except OSError as error:
            stop(f"--data: {error}")
        text.questions = [row.partition("\t")[2] for row in rows]
        return text

    def asked(self, syllables: int, rng: random.Random) -> list[str]:
        """Stretches of that many syllables of people's questions; every other one without diacritics."""
        long_enough = [words for words in map(str.split, self.questions) if len(words) >= syllables]
        found = []
        for n in range(QUESTIONS):
            words = rng.choice(long_enough)
            start = rng.randrange(len(words) - syllables + 1)
            text = " ".join(words[start : start + syllables])
            found.append(fold(text) if n % 2 else text)
        return found


def made(text: Text, pages: int) -> Iterator[ItemPages]:
    """Items of 50 to 100 pages, in all as many pages as asked for; the same each time."""
    rng = random.Random(4)
    left, number = pages, 0
    while left:
        count = min(left, rng.randint(50, 100))
        left, number = left - count, number + 1
        yield _item(text, number, count, rng)


def _item(text: Text, number: int, count: int, rng: random.Random) -> ItemPages:
    numbered = rng.random() < 1 / 3
    first = PageDocument(
        item_id=ItemId(f"{number:032x}"),
        accession=Accession(f"TSPL-VN-2026-{number:06d}"),
        revision=1,
        published=rng.random() < 0.95,
        title=rng.choice(text.titles),
        resource_type=rng.choice([*RESOURCE_TYPES]),
        agency=f"Sở Tư pháp tỉnh {rng.randint(1, 30)}",
        year=rng.randint(1986, 2025),
        so_ky_hieu=f"{rng.randint(1, 300)}/{rng.randint(1990, 2025)}/NĐ-CP" if numbered else None,
        number=1,
        label=None,
        text="",
        field=rng.choice(FIELDS),
        legal_status=rng.choice(STATUSES),
    )
    texts = [_page(text.sentences, rng) for _ in range(count)]
    ends = [(" ".join(one.split()[:NEIGHBOUR]), " ".join(one.split()[-NEIGHBOUR:])) for one in texts]
    documents = [
        replace(
            first,
            number=n + 1,
            label=str(n + 3),
            text=texts[n],
            before=ends[n - 1][1] if n else "",
            after=ends[n + 1][0] if n + 1 < count else "",
        )
        for n in range(count)
    ]
    return ItemPages(first.item_id, first.revision, documents)


def _page(sentences: Sequence[str], rng: random.Random) -> str:
    chosen: list[str] = []
    length = 0
    while length < PAGE_LENGTH:
        sentence = rng.choice(sentences)
        chosen.append(sentence)
        length += len(sentence) + 1
    return "\n".join(chosen)[:PAGE_LENGTH]


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one kind of question, in ms."""

    cpu: list[float]
    wall: list[float]
    first: list[float]  # CPU of the first time that each was asked, of tokens that may be new
    total: float  # items found, mean

    def row(self, name: str) -> tuple[str, ...]:
        kinds = self.cpu, self.wall, self.first
        figures = (_part(kind, part) for kind in kinds for part in (0.5, 0.95))
        return (name, *(f"{figure:.1f}" for figure in figures), f"{self.total:.0f}")


def _part(figures: Sequence[float], part: float) -> float:
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * part))]


def latency(index: SearchIndex, questions: Sequence[str]) -> Latency:
    queries = [Query(text, facets=True) for text in questions]
    index.search(queries[0])  # what is looked up once is known from here on
    cpu, wall, totals = [], [], []
    rounds = [[_timed(index, query) for query in queries] for _ in range(TIMES)]
    for times in zip(*rounds, strict=True):
        cpu.append(1e3 * min(one for one, _, _ in times))
        wall.append(1e3 * min(one for _, one, _ in times))
        totals.append(times[0][2])
    return Latency(cpu, wall, [1e3 * one for one, _, _ in rounds[0]], sum(totals) / len(totals))


def _timed(index: SearchIndex, query: Query) -> tuple[float, float, int]:
    """CPU and wall seconds, and what was found."""
    cpu, began = time.process_time(), time.perf_counter()
    total = index.search(query).total
    return time.process_time() - cpu, time.perf_counter() - began, total


def measure(data: Path, *, pages: int = PAGES, server: str = SERVER_URL) -> list[Check]:
    """The promises of speed and size, with a table printed for each engine."""
    text = Text.of(data)
    checks: list[Check] = []
    with workplace("search") as folder, ExitStack() as opened:
        url = f"tantivy://{folder}/index"
        index = opened.enter_context(adapter("TUSACH_INDEX_URL", INDEXES, url, {}))
        if pages == PAGES:
            a_second, bytes_a_page = _built(index, [*made(text, pages)], pages, folder)
        else:
            index.rebuild(made(text, pages))
        checks += _asked(f"embedded, {pages:,} pages", index, text, 10, 25, pages)
        if pages == PAGES:
            checks += [
                Check("pages indexed a CPU second", a_second, 1_800, at_least=True),
                Check("bytes a page", bytes_a_page, 3_200),
            ]
    if server and pages == PAGES:
        with adapter("TUSACH_INDEX_URL", INDEXES, server, SERVER_SECRETS) as index:
            index.rebuild(made(text, pages))
            checks += _asked(f"Elasticsearch, {pages:,} pages", index, text, 60, 60, pages, wall=True)
            index.rebuild([])
    return checks


def _built(index: SearchIndex, items: Sequence[ItemPages], pages: int, folder: Path) -> tuple[float, float]:
    """Pages a CPU second, and bytes a page."""
    spent = []
    for _ in range(TIMES_BUILT):
        cpu, began = time.process_time(), time.perf_counter()
        index.rebuild(items)
        spent.append((time.process_time() - cpu, time.perf_counter() - began))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    rows = [
        (f"{pages:,}", f"{pages / cpu:.0f}", f"{cpu:.0f}", f"{wall:.0f}", f"{size / pages:.0f}")
        for cpu, wall in spent
    ]
    show("indexing, embedded", ("pages", "a CPU s", "CPU s", "wall s", "bytes a page"), rows)
    return pages / min(cpu for cpu, _ in spent), size / pages


def _asked(
    name: str, index: SearchIndex, text: Text, short: float, long: float, pages: int, *, wall: bool = False
) -> list[Check]:
    rng = random.Random(9)
    found = {syllables: latency(index, text.asked(syllables, rng)) for syllables in (4, 24)}
    rows = [told.row(f"{syllables} syllables") for syllables, told in found.items()]
    head = ("ms", "CPU p50", "CPU p95", "wall p50", "wall p95", "first CPU p50", "first CPU p95", "items")
    show(name, head, rows)
    limits = {4: short, 24: long} if pages == PAGES else dict.fromkeys(found, 120.0)
    return [
        Check(
            f"{name}: {syllables} syllables, p95{' wall' if wall else ' CPU'}",
            _part(told.wall if wall else told.cpu, 0.95),
            limits[syllables],
            "ms",
        )
        for syllables, told in found.items()
    ]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.search_speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/retrieval"))
    parser.add_argument("--pages", type=int, default=PAGES, help="fewer for a quick look; not a promise then")
    parser.add_argument("--million", action="store_true")
    given = parser.parse_args(arguments)
    checks = measure(given.data, pages=given.pages)
    if given.million:
        checks += measure(given.data, pages=1_000_000)
    verdict(checks)


if __name__ == "__main__":
    main(sys.argv[1:])
