"""Whether the boxes of hits are the words searched for: against a book whose every word has a known place.

    python -m bench.search_boxes [--pages 10] [--hits 200] [--seed 4]

A book is drawn, scanned straight (so that the generator's geometry holds for the scan), taken in and read
by the real pipeline, published, and searched for words and phrases of its own, on one line, over a line's
end and over a page's end. What has to be marked is worked out from the drawn words alone.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from bench.measure import Check, show, verdict, workplace
from config.settings import load_settings
from config.wiring import open_shelf
from domain.ids import ItemId
from domain.ports import Shelf
from domain.queries import Query
from domain.text import OcrPage
from domain.values import Box
from flows.batches import take_in
from flows.steps.hit_boxes import page_boxes
from flows.steps.pages import load_pages
from flows.steps.way import digitise
from flows.steps.work import Work
from indexing.abbreviations import abbreviations
from indexing.queries import parse
from samples import parts
from samples.bind import bind
from samples.books import QUALITY, Format, Plan, sides
from samples.degrade import Wear, jpeg, scan
from samples.draw import SetWord
from samples.text import Composer, topics

KINDS = ("words", "phrase", "over a line", "over a page")
SLACK = 4  # pixels by which recognition may set a box beside the ink
TRIES = 20  # for each hit: readings have errors, and what was misread is not found
EVERY_PAGE = 1_000

Page = tuple[SetWord, ...]


@dataclass(slots=True)
class Figures:
    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    clean: int = 0  # hits with every box right and every word marked that was read right
    boxes: int = 0
    wrong: int = 0  # boxes on another word than one searched for
    words: int = 0  # to be marked, where they were read right
    missed: int = 0
    tried: int = 0
    told: list[str] = field(default_factory=list)  # what was not clean


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question, and the tokens it looks for: in a row, or wherever they stand."""

    kind: str
    text: str
    tokens: tuple[str, ...]  # as typed: with diacritics, or folded
    page: int  # where it was taken from, from 1

    def is_meant(self, token: str) -> bool:
        """Words are found whatever their diacritics."""
        return _folded(token) in map(_folded, self.tokens)


@dataclass(frozen=True, slots=True)
class Placed:
    """A token of the drawn book."""

    token: str  # lower case
    word: SetWord
    page: int
    read_right: bool


@dataclass(frozen=True, slots=True)
class Book:
    item_id: ItemId
    running: Sequence[Placed]  # without folios, from page to page


def measure(folder: Path, *, pages: int, hits: int, seed: int) -> Figures:
    """Draw, read and search; stops counting at ``hits`` hits, or where no more are found."""
    settings = load_settings(data_dir=folder / "data")
    path, drawn = _draw(folder, pages, seed)
    figures = Figures()
    with open_shelf(settings) as shelf:
        work = Work(by=settings.who, options=settings.ocr)
        report = take_in(shelf, settings, [path], publish=True)
        (item_id,) = report.to_digitise
        digitise(shelf, item_id, work)
        read = [page for _, page in load_pages(shelf, item_id)]
        book = Book(
            item_id, [one for at, page in enumerate(drawn) for one in _placed(page, at + 1, read[at])]
        )
        random = Random(f"boxes/{seed}")
        while sum(figures.hits.values()) < hits and figures.tried < hits * TRIES:
            _ask(shelf, book, _wanted(random, book, KINDS[figures.tried % len(KINDS)]), figures)
    return figures


def _draw(folder: Path, pages: int, seed: int) -> tuple[Path, list[Page]]:
    """The scanned book, and the words of each page without its folio."""
    random = Random(f"boxes/{seed}")
    composer = Composer(random, random.choice(topics()))
    shape = Format(wear=Wear(skew=0.0))
    noise = np.random.default_rng(seed)
    plan = Plan(pages, "Sách vẽ", [], {1: "Chương 1"})
    pictures, drawn = [], []
    for side in sides(plan, parts.prose(composer, shape.body), shape):
        pictures.append(jpeg(scan(side.image, noise, shape.wear), QUALITY, shape.dpi))
        drawn.append(side.words[:-1] if side.words[-1].text == side.label else side.words)
    path = folder / "sách.pdf"
    bind(pictures, path)
    return path, drawn


def _placed(words: Page, number: int, read: OcrPage | None) -> Iterator[Placed]:
    for word in words:
        inside = [one.text for one in read.words if _on(one.box, word)] if read is not None else []
        right = _tokens(" ".join(inside)) == _tokens(word.text)
        yield from (Placed(token, word, number, right) for token in _tokens(word.text))


def _wanted(random: Random, book: Book, kind: str) -> Wanted:
    """Up to four words that stand one after another, as typed: with diacritics or without."""
    while True:
        length = random.randint(1 if kind == "words" else 2, 4)
        start = random.randrange(len(book.running) - length)
        taken = book.running[start : start + length]
        written = [one.token for one in taken]
        if _fits(taken, kind) and all(map(str.isalpha, written)) and not _abbreviated(written):
            tokens = tuple(written if random.random() < 0.5 else map(_folded, written))
            typed = " ".join(tokens)
            return Wanted(kind, typed if kind == "words" else f'"{typed}"', tokens, taken[0].page)


def _fits(taken: Sequence[Placed], kind: str) -> bool:
    first, last = taken[0], taken[-1]
    if first.page != last.page:
        return kind == "over a page"
    return kind == ("over a line" if last.word.left < first.word.left else kind) and kind != "over a page"


def _abbreviated(tokens: Sequence[str]) -> bool:
    """Whether other words are marked as well: those of an abbreviation, or the abbreviation."""
    typed = "_".join(map(_folded, tokens))
    return any(
        short in typed.split("_") or "_".join(said) in typed for short, said in abbreviations().items()
    )


def _ask(shelf: Shelf, book: Book, wanted: Wanted, figures: Figures) -> None:
    figures.tried += 1
    result = shelf.index.search(Query(wanted.text, pages_per_item=EVERY_PAGE))
    numbers = {page.number for item in result.items for page in item.pages}
    if wanted.page not in numbers:
        return  # misread there
    if wanted.kind == "over a page":
        numbers.add(wanted.page + 1)
    with shelf.catalog.view() as seen:
        entries = seen.pages(book.item_id)
    before = figures.wrong + figures.missed
    for number in sorted(numbers):
        boxed = page_boxes(shelf, book.item_id, entries, number, parse(wanted.text))
        _judge(book, wanted, number, boxed.boxes if boxed else (), figures)
    figures.hits[wanted.kind] += 1
    figures.clean += before == figures.wrong + figures.missed


def _judge(book: Book, wanted: Wanted, number: int, boxes: Sequence[Box], figures: Figures) -> None:
    asked = _to_mark(book, wanted, number)
    figures.boxes += len(boxes)
    for box in boxes:
        if not any(_on(box, word) for word in asked):
            figures.wrong += 1
            figures.told.append(f"page {number}, {wanted.text}: a box at {box} is on none of its words")
    for word in (word for word, read_right in asked.items() if read_right):
        figures.words += 1
        if not any(_on(box, word) for box in boxes):
            figures.missed += 1
            figures.told.append(f"page {number}, {wanted.text}: “{word.text}” is not marked")


def _to_mark(book: Book, wanted: Wanted, number: int) -> dict[SetWord, bool]:
    """The drawn words of a page that are asked for, and whether what has to be read for it was read right."""
    if wanted.kind == "words":
        own = [one for one in book.running if one.page == number and wanted.is_meant(one.token)]
        return {one.word: one.read_right for one in own}
    found: dict[SetWord, bool] = {}
    for run in _windows(book.running, len(wanted.tokens)):
        if tuple(one.token for one in run) == wanted.tokens or (
            tuple(_folded(one.token) for one in run) == wanted.tokens
        ):
            right = all(one.read_right for one in run)
            found |= {one.word: found.get(one.word, False) or right for one in run if one.page == number}
    return found


def _windows(running: Sequence[Placed], length: int) -> Iterator[Sequence[Placed]]:
    return (running[start : start + length] for start in range(len(running) - length + 1))


def _on(box: Box, word: SetWord) -> bool:
    """Whether a box stands on a drawn word: its middle within the ink, give or take SLACK."""
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return (
        word.left - SLACK <= across <= word.right + SLACK and word.top - SLACK <= down <= word.bottom + SLACK
    )


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())


def _folded(token: str) -> str:
    """Without marks: worked out here by itself, not as the index does."""
    parts = unicodedata.normalize("NFD", token.replace("đ", "d"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def checks(figures: Figures, hits: int) -> list[Check]:
    found = sum(figures.hits.values())
    return [
        Check("hits with boxes checked", found, hits, at_least=True),
        *(Check(f"of these {kind}", figures.hits[kind], hits / 8, at_least=True) for kind in KINDS[2:]),
        Check("boxes on another word", figures.wrong, 0),
        Check("words read right and not marked", figures.missed, 0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--hits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    with workplace("boxes") as folder:
        figures = measure(folder, pages=given.pages, hits=given.hits, seed=given.seed)
    for line in figures.told[:40]:
        print(line)
    show(
        "boxes of hits against the drawn book",
        ("", "figure"),
        [
            *((f"hits, {kind}", str(number)) for kind, number in figures.hits.items()),
            ("questions asked", str(figures.tried)),
            ("hits with every box right and every word marked", str(figures.clean)),
            ("boxes", str(figures.boxes)),
            ("boxes on another word", str(figures.wrong)),
            ("words to be marked", str(figures.words)),
            ("words not marked", str(figures.missed)),
        ],
    )
    verdict(checks(figures, given.hits))


if __name__ == "__main__":
    main()
