"""The parts that Vietnamese legal books and documents are made of, as blocks to be set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from samples.draw import Block, Style
from samples.text import Composer, names

FOLIO = Style(10.0, align="centre")
BODY = Style(12.0, align="justify", before=4, indent=18)
SECTION = Style(12.5, bold=True, before=9)
CHAPTER = Style(14.0, bold=True, align="centre", before=8)
_SMALL = Style(9.5, align="centre")
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_SECTIONS = (
    "Nguyên tắc thực hiện quy định về {topic}",
    "Quyền và nghĩa vụ của {subject}",
    "Trình tự, thủ tục thường gặp",
    "Những giấy tờ cần chuẩn bị",
    "Thẩm quyền và thời hạn giải quyết",
    "Trách nhiệm của {subject}",
    "Xử lý vi phạm trong lĩnh vực {topic}",
    "Chuyện có thật ở {village}",
)


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who made a publication, where and when."""

    title: str
    agency: str
    publisher: str
    place: str
    year: int
    permit: str
    isbn: str


def imprint(random: Random, title: str, province: str) -> Imprint:
    said = names()
    year = random.randint(2012, 2019)
    return Imprint(
        title=title,
        agency=f"Sở Tư pháp tỉnh {province}",
        publisher=random.choice(said["publishers"]),
        place=random.choice(said["places"]),
        year=year,
        permit=f"{random.randint(20, 180)}/GP-STTTT",
        isbn=_isbn(random),
    )


def title_page(made: Imprint, subtitle: str) -> list[Block]:
    return [
        Block(made.agency.upper(), Style(12.5, bold=True, align="centre", leading=1.5)),
        Block(made.title.upper(), Style(19.0, bold=True, align="centre", before=120, leading=1.5)),
        Block(subtitle, Style(12.0, align="centre", before=24)),
        Block(made.publisher.upper(), Style(11.5, bold=True, align="centre", before=140)),
        Block(f"{made.place} – {made.year}", Style(11.5, align="centre", before=4)),
    ]


def editors(composer: Composer) -> list[Block]:
    """The page behind the title: who answers for the book."""
    head = Style(11.0, bold=True, before=26)
    line = Style(11.0, before=5, indent=18)
    blocks = [Block("CHỊU TRÁCH NHIỆM NỘI DUNG", head), Block(f"{composer.person()}, Giám đốc Sở", line)]
    blocks.append(Block("BAN BIÊN SOẠN", head))
    blocks += [Block(composer.person(), line) for _ in range(3)]
    blocks.append(Block("LỜI NÓI ĐẦU", head))
    return [*blocks, Block(composer.paragraph(2), BODY)]


def introduction(composer: Composer, size: float) -> list[Block]:
    body = Style(size, align="justify", before=5, indent=18)
    return [Block("LỜI GIỚI THIỆU", CHAPTER), *(Block(composer.paragraph(3), body) for _ in range(3))]


def contents(entries: Sequence[tuple[str, int]]) -> list[Block]:
    line = Style(11.0, before=9)
    return [
        Block("MỤC LỤC", CHAPTER),
        *(Block(f"{heading} . . . . . . . {page}", line) for heading, page in entries),
    ]


def colophon(made: Imprint, composer: Composer) -> list[Block]:
    """The last page: print run, permit, ISBN."""
    random = composer.random
    told = [
        f"In {random.randint(3, 19)}00 cuốn, khổ 14,5 x 20,5 cm tại Công ty cổ phần In {made.place}.",
        f"Giấy phép xuất bản số {made.permit} ngày {random.randint(10, 28)}/6/{made.year}.",
        f"Mã số sách tiêu chuẩn quốc tế ISBN: {made.isbn}.",
        f"In xong và nộp lưu chiểu tháng {random.randint(7, 12)} năm {made.year}.",
    ]
    return [
        Block(made.title, Style(11.0, bold=True, align="centre", before=10)),
        Block(composer.keep(told[0]), Style(9.5, align="centre", before=240)),
        *(Block(composer.keep(said), _SMALL) for said in told[1:]),
    ]


def chapter_headings(composer: Composer, count: int) -> list[str]:
    """ "Chương I. …" as the contents page and the chapter itself print it."""
    choices = composer.random.sample(_SECTIONS[:4] + _SECTIONS[4:7], count)
    return [f"Chương {_NUMERALS[number]}. {_fill(composer, choice)}" for number, choice in enumerate(choices)]


def prose(composer: Composer, size: float) -> Iterator[Block]:
    """Sections of running text, without end."""
    body = Style(size, align="justify", before=4, indent=18)
    number = 0
    while True:
        number += 1
        heading = _fill(composer, composer.pick(_SECTIONS))
        yield Block(f"{number}. {heading}", SECTION)
        for _ in range(3):
            yield Block(composer.paragraph(composer.random.randint(2, 4)), body)


def questions(composer: Composer, size: float) -> Iterator[Block]:
    """Numbered questions and their answers, without end."""
    body = Style(size, align="justify", before=3, indent=18)
    number = 0
    while True:
        number += 1
        yield Block(f"Câu {number}. {composer.question()}", SECTION)
        yield Block(f"Trả lời: {composer.paragraph(2)}", body)
        yield Block(composer.paragraph(3), body)


def running_head(size: float, *, even: bool) -> Style:
    return Style(size - 1.5, align="left" if even else "right")


def _fill(composer: Composer, pattern: str) -> str:
    topic = composer.topic
    return pattern.format(
        topic=topic.name, subject=composer.pick(topic.subjects), village=composer.pick(names()["villages"])
    )


def _isbn(random: Random) -> str:
    """A valid ISBN-13 of Vietnam's group, with hyphens."""
    digits = f"978604{random.randint(10, 99)}{random.randint(1000, 9999)}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"978-604-{digits[6:8]}-{digits[8:12]}-{-total % 10}"
