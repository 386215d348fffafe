"""Scanned books with folios: composed, set, worn, and bound into a PDF of grey JPEG pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from samples import parts
from samples.bind import bind
from samples.degrade import Wear, jpeg, scan
from samples.draw import Area, Block, SetWord, Sheet
from samples.fonts import face
from samples.text import Composer, Topic, names, topics
from samples.truth import PageTruth, Truth, page_truth

QUALITY = 75  # of the JPEG pages
RECENT = 120  # sentences and numbers that the side just set can hold


@dataclass(frozen=True, slots=True)
class Format:
    """How a book is made."""

    size: tuple[float, float] = (148.0, 210.0)  # millimetres: A5
    dpi: int = 300
    body: float = 12.5  # points; what printed handbooks of this size use
    fill: float = 1.0  # how much of the column's height is used
    wear: Wear = field(default_factory=Wear)
    running: bool = False  # title and folio at the head instead of a folio at the foot

    margin: float = 17.0  # millimetres, left; the others follow

    @property
    def column(self) -> Area:
        width, height = self.size
        return Area(self.margin, 18, width - self.margin + 2, 18 + (height - 38) * self.fill)


@dataclass(frozen=True, slots=True)
class Plan:
    """What stands on which side of a book; sides count from 1."""

    total: int
    title: str
    front: Sequence[Sequence[Block]]  # a side each, from side 1
    starts: Mapping[int, str]  # where a chapter begins, with its heading
    back: Sequence[Block] = ()  # the last side, where there is such a one
    blank: Collection[int] = field(default_factory=frozenset)
    lost: Collection[int] = field(default_factory=frozenset)  # sides that never reached the scanner

    def closes(self, side: int) -> bool:
        """Whether running text ends here: nothing, something else or a chapter comes next."""
        following = side + 1
        last = self.total - (1 if self.back else 0)
        return side == last or following in self.starts or following in self.blank


@dataclass(frozen=True, slots=True)
class Side:
    """One side as set, before the scanner sees it."""

    number: int
    image: Image.Image
    lines: tuple[str, ...]
    words: tuple[SetWord, ...]  # of the lines, with their places
    label: str | None


def sides(plan: Plan, body: Iterator[Block], book: Format) -> Iterator[Side]:
    """The sides of a book in order; running text flows from one to the next within a chapter."""
    rest: list[Block] = []
    for number in range(1, plan.total + 1):
        sheet = Sheet(*book.size, book.dpi, face("serif"))
        label = None
        if number <= len(plan.front):
            sheet.flow(plan.front[number - 1], book.column)
        elif number == plan.total and plan.back:
            sheet.flow(plan.back, book.column)
        elif number not in plan.blank:
            label = str(number)
            rest = _body_side(sheet, plan, number, rest, body, book)
        yield Side(number, sheet.image, tuple(sheet.lines), tuple(sheet.set_words), label)


def _body_side(
    sheet: Sheet, plan: Plan, number: int, rest: list[Block], body: Iterator[Block], book: Format
) -> list[Block]:
    width, height = book.size
    if book.running:
        _running_head(sheet, plan.title, number, book)
    heading = [Block(plan.starts[number], parts.CHAPTER)] if number in plan.starts else []
    rest = sheet.flow(chain(heading, rest, body), book.column, whole=plan.closes(number))
    if not book.running:
        sheet.flow([Block(str(number), parts.FOLIO)], Area(16, height - 17, width - 14, height - 8))
    return [] if plan.closes(number) else rest


def _running_head(sheet: Sheet, title: str, number: int, book: Format) -> None:
    even = number % 2 == 0
    right = book.size[0] - 15
    said = [str(number), title] if even else [title, str(number)]
    sheet.flow([Block(" – ".join(said), parts.running_head(book.body, even=even))], Area(17, 9, right, 16))
    sheet.rule(17, right, 15.5)


def print_book(
    path: Path, plan: Plan, body: Iterator[Block], composer: Composer, book: Format
) -> tuple[PageTruth, ...]:
    """Set, scan and bind a book; the truth of each page of the file."""
    noise = np.random.default_rng(composer.random.getrandbits(64))
    pictures: list[bytes] = []
    pages: list[PageTruth] = []
    behind: Image.Image | None = None
    for side in sides(plan, body, book):
        if side.number not in plan.lost:
            pictures.append(jpeg(scan(side.image, noise, book.wear, behind=behind), QUALITY, book.dpi))
            # The last side was written first.
            said = composer.sentences[:RECENT] + composer.sentences[RECENT:][-RECENT:]
            numbers = composer.numbers[-RECENT:]
            pages.append(page_truth(len(pictures), side.lines, said, numbers, side.label))
        behind = side.image
    bind(pictures, path)
    return tuple(pages)


def make_book(
    path: Path,
    pages: int,
    seed: int | str,
    dpi: int = 300,
    *,
    topic: Topic | None = None,
    book: Format | None = None,
) -> Truth:
    """A scanned book of ``pages`` pages at ``path``, the same for the same arguments."""
    random = Random(f"book/{seed}")
    topic = topic or random.choice(topics())
    composer = Composer(random, topic)
    shape = book or Format(dpi=dpi)
    made = parts.imprint(random, f"Cẩm nang pháp luật về {topic.name}", random.choice(names()["provinces"]))
    front = [parts.title_page(made, f"Tài liệu dành cho {random.choice(names()['audiences'])}")]
    starts = {side: f"Chương {number}" for number, side in enumerate(range(2, pages + 1, 16), start=1)}
    plan = Plan(pages, made.title, front, starts)
    return Truth(
        file=path.name,
        title=made.title,
        resource_type="handbook",
        pages=print_book(path, plan, parts.prose(composer, shape.body), composer, shape),
        agency=made.agency,
        publisher=made.publisher,
        place=made.place,
        year=made.year,
        declared=pages,
        counts={"images": pages, "scanned": pages, "blank": 0, "missing": 0},
    )
