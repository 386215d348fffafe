"""The eight things of the batch, each with the truth about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from samples import papers, parts
from samples.bind import bind, bind_tiff, cut
from samples.books import QUALITY, Format, Plan, make_book, print_book
from samples.degrade import Wear, fax, jpeg, photograph, scan
from samples.draw import Area, Block, Sheet
from samples.fonts import face
from samples.text import Composer, Topic, names
from samples.textpdf import TextSheet, write_text_pdf
from samples.truth import PageTruth, Truth, page_truth

DPI = 300
ORIENTATION = 0x0112  # Exif: how the camera was held
_TURNED_CLOCKWISE = 6  # the stored picture has to be turned a quarter clockwise to stand upright


@dataclass(frozen=True, slots=True)
class Order:
    """What one sample is to be about, and where it goes."""

    folder: Path
    random: Random
    topic: Topic
    province: str
    taken: set[str]  # legal numbers used so far

    @property
    def agency(self) -> str:
        return f"Sở Tư pháp tỉnh {self.province}"

    def composer(self) -> Composer:
        return Composer(self.random, self.topic, self.taken)


def book(order: Order) -> Truth:
    """24 pages with title page, contents, four chapters and folios."""
    random, composer = order.random, order.composer()
    made = parts.imprint(random, f"Cẩm nang pháp luật về {order.topic.name}", order.province)
    starts = (5, 9, 14, 19)
    headings = parts.chapter_headings(composer, len(starts))
    front = [
        parts.title_page(made, f"Tài liệu dành cho {random.choice(names()['audiences'])}"),
        parts.editors(composer),
        parts.introduction(composer, 12.5),
        parts.contents(list(zip(headings, starts, strict=True))),
    ]
    plan = Plan(
        24, made.title, front, dict(zip(starts, headings, strict=True)), parts.colophon(made, composer)
    )
    path = order.folder / f"1. {made.title}.pdf"
    pages = print_book(path, plan, parts.prose(composer, 12.5), composer, Format(dpi=DPI))
    return _published(path, made.title, "handbook", pages, declared=24, made=made)


def questions(order: Order) -> Truth:
    """A book of questions that lost a leaf before it was scanned, with one blank page."""
    random, composer = order.random, order.composer()
    made = parts.imprint(random, f"Hỏi đáp pháp luật về {order.topic.name}", order.province)
    front = [parts.title_page(made, "Tái bản có bổ sung"), parts.editors(composer)]
    starts = {3: "PHẦN THỨ NHẤT", 13: "PHẦN THỨ HAI"}
    plan = Plan(16, made.title, front, starts, parts.colophon(made, composer), blank={12}, lost={7, 8})
    shape = Format(dpi=DPI, running=True, wear=Wear(skew=0.9, noise=4.0, bleed=13.0))
    path = order.folder / f"2_{folded(made.title)}.pdf"
    pages = print_book(path, plan, parts.questions(composer, 12.0), composer, shape)
    # The form was filled in with the whole book at hand: the one figure that does not agree.
    truth = _published(path, made.title, "qa_book", pages, declared=16, made=made)
    return replace(truth, counts=truth.counts | {"missing": 2})


def leaflet(order: Order) -> Truth:
    """Two landscape sheets of three panels."""
    composer, year = order.composer(), order.random.randint(2014, 2019)
    title = f"Tìm hiểu quy định về {order.topic.name}"
    place = order.random.choice(names()["places"])
    cover = papers.leaflet_cover(order.agency, title, place, year)
    panels = [[papers.leaflet_panel(composer) for _ in range(3)] for _ in range(2)]
    panels[0][2] = cover
    pictures, pages = [], []
    for number, three in enumerate(panels, start=1):
        sheet = Sheet(297, 210, DPI, face("sans"))
        papers.leaflet_sheet(sheet, three)
        pictures.append(_scanned(sheet, order.random, Wear(skew=0.5, folds=(1 / 3, 2 / 3))))
        pages.append(page_truth(number, sheet.lines, composer.sentences, composer.numbers))
    path = order.folder / f"3. Tờ gấp {title[0].lower()}{title[1:]}.pdf"
    bind(pictures, path)
    said = f"Tờ gấp pháp luật {title[0].lower()}{title[1:]}"
    return _published(path, said, "leaflet", pages, declared=2, agency=order.agency, year=year)


def booklet(order: Order) -> Truth:
    """Eight sides scanned as four double-page spreads."""
    random, composer = order.random, order.composer()
    made = parts.imprint(random, f"Câu chuyện pháp luật về {order.topic.name}", order.province)
    told = papers.story(composer, "Chuyện kể trong buổi họp thôn")
    rest: list[Block] = []
    pictures, pages = [], []
    for spread in range(4):
        sheet = Sheet(297, 210, DPI, face("serif"))
        for side, left in ((2 * spread + 1, 0.0), (2 * spread + 2, 148.5)):
            column = Area(left + 17, 20, left + 134, 188)
            if side <= 2:
                front = parts.editors(composer) if side == 1 else parts.title_page(made, "Tập truyện ngắn")
                sheet.flow(front, column)
            else:
                rest = sheet.flow(chain(rest, told), column)
                sheet.flow([Block(str(side), parts.FOLIO)], Area(left + 17, 193, left + 134, 202))
        pictures.append(_scanned(sheet, random, Wear(skew=0.4, folds=(0.5,))))
        pages.append(page_truth(spread + 1, sheet.lines, composer.sentences, composer.numbers))
    path = order.folder / f"{folded(made.title)}.pdf"
    bind(pictures, path)
    return _published(path, made.title, "story", pages, declared=None, made=made)


def outline(order: Order) -> Truth:
    """Typed, never printed: three pages of real text."""
    composer, year = order.composer(), order.random.randint(2014, 2019)
    number = composer.legal_number("{n}/{year}/{qh}")
    title = f"Đề cương giới thiệu {order.topic.law} số {number}"
    told: Iterator[Block] = papers.outline(
        composer, order.agency, f"Giới thiệu {order.topic.law} số {number}", year
    )
    sheets = [TextSheet(*papers.A4, 72, face("serif")) for _ in range(3)]
    pages = []
    rest: list[Block] = []
    for count, sheet in enumerate(sheets, start=1):
        rest = sheet.flow(chain(rest, told), Area(28, 20, 192, 272), whole=count == len(sheets))
        sheet.flow([Block(str(count), parts.FOLIO)], Area(28, 278, 192, 286))
        pages.append(page_truth(count, sheet.lines, composer.sentences, composer.numbers, str(count)))
    path = order.folder / f"4. {folded(title.replace('/', '-'))}.pdf"
    write_text_pdf(sheets, path, title=title, author=order.agency, year=year)
    return _published(path, title, "outline", pages, declared=len(sheets), agency=order.agency, year=year)


def notice(order: Order) -> Truth:
    """A notice on a board, photographed with a telephone held sideways."""
    random, composer = order.random, order.composer()
    year = random.randint(2014, 2019)
    number = composer.legal_number("{n}/TB-PTP")
    about = f"Về việc thực hiện quy định về {order.topic.name}"
    agency = f"Phòng Tư pháp huyện {random.choice(names()['places'][3:])}"
    sheet = Sheet(*papers.A4, 250, face("serif"))
    papers.letterhead(sheet, agency, number, random.choice(names()["provinces"]), composer.date(year))
    sheet.flow(papers.notice(composer, about), Area(28, 52, 194, 280))
    noise = np.random.default_rng(random.getrandbits(64))
    picture = photograph(sheet.image, noise, (2250, 3000)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION] = _TURNED_CLOCKWISE
    path = order.folder / f"5. Thông báo {number.replace('/', '-')}.jpg"
    path.write_bytes(jpeg(picture, 88, 72, exif=exif))
    pages = [page_truth(1, sheet.lines, composer.sentences, composer.numbers)]
    title = f"Thông báo số {number} {about[0].lower()}{about[1:]}"
    return _published(path, title, "document", pages, declared=1, agency=agency, year=year, so_ky_hieu=number)


def decision(order: Order) -> Truth:
    """A decision that came by fax machine: black and white TIFF, CCITT group 4."""
    random, composer = order.random, order.composer()
    year = random.randint(2014, 2019)
    number = composer.legal_number("{n}/QĐ-UBND")
    about = f"Về việc ban hành Kế hoạch phổ biến quy định về {order.topic.name}"
    agency = f"Ủy ban nhân dân tỉnh {order.province}"
    noise = np.random.default_rng(random.getrandbits(64))
    pictures: list[Image.Image] = []
    pages: list[PageTruth] = []
    told = papers.decision(composer, agency, about)
    left: list[Block] = []
    while not pages or left:
        count = len(pages) + 1
        sheet = Sheet(*papers.A4, DPI, face("serif"))
        if count == 1:
            papers.letterhead(sheet, agency, number, order.province, composer.date(year))
        else:
            sheet.flow([Block(str(count), parts.FOLIO)], Area(28, 12, 194, 20))
        left = sheet.flow(chain(left, told), Area(30, 52 if count == 1 else 24, 194, 276))
        pictures.append(fax(sheet.image, noise))
        label = str(count) if count > 1 else None
        pages.append(page_truth(count, sheet.lines, composer.sentences, composer.numbers, label))
    path = order.folder / f"QD {number.replace('/', '-')}.tif"
    bind_tiff(pictures, path, dpi=DPI)
    title = f"Quyết định số {number} {about[0].lower()}{about[1:]}"
    return _published(
        path, title, "document", pages, declared=len(pages), agency=agency, year=year, so_ky_hieu=number
    )


def truncated(order: Order) -> Truth:
    """A good book that a broken transfer cut short."""
    path = order.folder / f"8. Cẩm nang pháp luật về {order.topic.name}.pdf"
    whole = make_book(path, 4, order.random.getrandbits(32), DPI, topic=order.topic)
    cut(path, keep=0.6)
    return replace(whole, pages=(), counts={}, state="quarantined")


MAKERS: tuple[Callable[[Order], Truth], ...] = (
    book, questions, leaflet, booklet, outline, notice, decision, truncated,
)  # fmt: skip


def folded(title: str) -> str:
    """A title as people type it into a file name: no diacritics, hyphens for spaces."""
    plain = unicodedata.normalize("NFD", title.lower().replace("đ", "d"))
    kept = "".join(char if char.isalnum() else "-" for char in plain if not unicodedata.combining(char))
    return "-".join(part for part in kept.split("-") if part)


def _scanned(sheet: Sheet, random: Random, wear: Wear) -> bytes:
    noise = np.random.default_rng(random.getrandbits(64))
    return jpeg(scan(sheet.image, noise, wear), QUALITY, DPI)


def _published(
    path: Path, title: str, resource_type: str, pages: Sequence[PageTruth], *, declared: int | None,
    made: parts.Imprint | None = None, agency: str | None = None, year: int | None = None,
    so_ky_hieu: str | None = None,
) -> Truth:  # fmt: skip
    return Truth(
        file=path.name,
        title=title,
        resource_type=resource_type,
        pages=tuple(pages),
        agency=made.agency if made else agency,
        publisher=made.publisher if made else None,
        place=made.place if made else None,
        year=made.year if made else year,
        so_ky_hieu=so_ky_hieu,
        isbn=made.isbn if made else None,
        declared=declared,
        counts={
            "images": len(pages),
            "scanned": len(pages),
            "blank": sum(page.blank for page in pages),
            "missing": 0,
        },
    )
