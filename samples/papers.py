"""Single papers: a decision, a notice, an outline; sheets of a leaflet and of a folded booklet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from samples import parts
from samples.draw import Area, Block, Sheet, Style
from samples.text import Composer, names

A4 = (210.0, 297.0)  # millimetres
_HEAD = Style(11.0, align="centre")
_HEAD_BOLD = Style(11.0, bold=True, align="centre")
_NAME = Style(14.0, bold=True, align="centre", before=14)
_ABOUT = Style(12.5, bold=True, align="centre", before=4)
_TEXT = Style(13.0, align="justify", before=6, indent=28)
_ARTICLE = Style(13.0, align="justify", before=8, indent=28)


def letterhead(sheet: Sheet, agency: str, number: str, place: str, date: str) -> None:
    """Agency and number left, the State's name and the date right, as Nghị định 30/2020 has it."""
    day, month, year = date.split("/")
    left = [Block(agency.upper(), _HEAD_BOLD), Block(f"Số: {number}", Style(11.0, align="centre", before=8))]
    right = [
        Block("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", _HEAD_BOLD),
        Block("Độc lập – Tự do – Hạnh phúc", _HEAD_BOLD),
        Block(f"{place}, ngày {day} tháng {month} năm {year}", Style(11.0, align="centre", before=8)),
    ]
    sheet.flow(left, Area(20, 20, 85, 48))
    sheet.flow(right, Area(88, 20, 196, 48))
    sheet.rule(112, 172, 32)


def decision(composer: Composer, agency: str, about: str) -> Iterator[Block]:
    """The body of a decision up to where it is signed."""
    chair = f"CHỦ TỊCH {agency.upper()}"
    yield Block("QUYẾT ĐỊNH", _NAME)
    yield Block(about, _ABOUT)
    yield Block(chair, Style(13.0, bold=True, align="centre", before=14))
    for _ in range(3):
        yield Block(f"Căn cứ {composer.instrument()};", _TEXT)
    yield Block("QUYẾT ĐỊNH:", Style(13.0, bold=True, align="centre", before=12))
    for number in range(1, 9):
        yield Block(f"Điều {number}. {composer.paragraph(3)}", _ARTICLE)
    yield Block(f"Điều 9. {composer.sentence()}", _ARTICLE)
    yield Block(chair.replace("CHỦ TỊCH", "TM."), Style(12.0, bold=True, align="right", before=24))
    yield Block(composer.person(), Style(13.0, bold=True, align="right", before=50))


def notice(composer: Composer, about: str) -> Iterator[Block]:
    yield Block("THÔNG BÁO", _NAME)
    yield Block(about, _ABOUT)
    yield Block(f"Thực hiện {composer.instrument()}, nay thông báo như sau:", _TEXT)
    for number in range(1, 5):
        yield Block(f"{number}. {composer.paragraph(2)}", _TEXT)
    yield Block("TRƯỞNG PHÒNG", Style(12.5, bold=True, align="right", before=22))
    yield Block(composer.person(), Style(13.0, bold=True, align="right", before=46))


def outline(composer: Composer, agency: str, title: str, year: int) -> Iterator[Block]:
    """An outline that introduces a law, as a department types it; without end."""
    yield Block(agency.upper(), _HEAD_BOLD)
    yield Block("ĐỀ CƯƠNG", Style(17.0, bold=True, align="centre", before=26))
    yield Block(title, Style(14.0, bold=True, align="centre", before=6))
    yield Block(f"Năm {year}", Style(12.0, align="centre", before=4))
    for number, heading in enumerate(("SỰ CẦN THIẾT BAN HÀNH", "NHỮNG NỘI DUNG CHỦ YẾU"), start=1):
        yield Block(f"{'I' * number}. {heading}", Style(13.0, bold=True, before=14))
        for _ in range(2):
            yield Block(composer.paragraph(3), _TEXT)
    yield from parts.prose(composer, 13.0)


def leaflet_sheet(sheet: Sheet, panels: list[Iterator[Block]]) -> None:
    """Three panels side by side, each in its frame."""
    width = sheet.width_mm / len(panels)
    for number, panel in enumerate(panels):
        left = number * width
        sheet.frame(Area(left + 5, 7, left + width - 5, sheet.height_mm - 7))
        sheet.flow(panel, Area(left + 9, 13, left + width - 9, sheet.height_mm - 13), whole=True)


def leaflet_cover(agency: str, title: str, place: str, year: int) -> Iterator[Block]:
    yield Block(agency.upper(), Style(11.5, bold=True, align="centre"))
    yield Block("TỜ GẤP PHÁP LUẬT", Style(19.0, bold=True, align="centre", before=70))
    yield Block(title.upper(), Style(15.0, bold=True, align="centre", before=20))
    yield Block(f"{place}, năm {year}", Style(11.5, align="centre", before=170))


def leaflet_panel(composer: Composer) -> Iterator[Block]:
    """Headings and short paragraphs; without end."""
    body = Style(11.0, before=5)
    for heading in chain(composer.random.sample(_ASKED, len(_ASKED)) * 9):
        yield Block(heading.upper(), Style(11.5, bold=True, align="centre", before=9))
        for _ in range(2):
            yield Block(f"• {composer.sentence()}", body)


def story(composer: Composer, title: str) -> Iterator[Block]:
    """A legal story told in speech and comment; without end."""
    said = names()
    hero, friend = composer.person(), composer.person()
    body = Style(11.0, align="justify", before=4, indent=18)
    yield Block(title, Style(13.0, bold=True, align="centre", before=6))
    while True:
        yield Block(f"{hero} từ {composer.pick(said['villages'])} sang chơi. {composer.sentence()}", body)
        yield Block(f"– Bác {friend} này, {composer.question()[0].lower()}{composer.question()[1:]}", body)
        yield Block(f"– Tôi đã đọc kỹ rồi. {composer.paragraph(2)}", body)
        yield Block(composer.paragraph(2), body)


_ASKED = (
    "Ai được hưởng quyền lợi?", "Phải làm những gì?", "Nộp hồ sơ ở đâu?", "Hành vi bị nghiêm cấm",
    "Mức xử phạt", "Khi cần giúp đỡ", "Điều cần nhớ",
)  # fmt: skip
