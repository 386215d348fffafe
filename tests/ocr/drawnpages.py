"""Pages whose words and places are known, because the test draws them."""

from dataclasses import dataclass, field
from pathlib import Path

import img2pdf
from PIL import Image, ImageDraw, ImageFont

from domain.text import Line, OcrPage, Word
from domain.values import Box

FONT = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
A5 = (1748, 2480)
TEXT = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Độc lập – Tự do – Hạnh phúc",
    "Điều 1. Người dân được quyền tiếp cận thông tin pháp luật,",
    "kể cả ở những xã đặc biệt khó khăn; ưu tiên phổ biến trước hết",
    "cho “đồng bào” dân tộc thiểu số (nghìn quyển sách).",
)


def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


@dataclass
class Drawn:
    """A picture under the pen, and the reading that an engine without faults would give of it."""

    size: tuple[int, int] = A5
    dpi: int = 300
    mode: str = "L"
    image: Image.Image = field(init=False)
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self):
        self.image = Image.new(self.mode, self.size, 1 if self.mode == "1" else "white")

    def line(self, text: str, left: int, top: int, size: int = 46, block: int = 1) -> "Drawn":
        pen, face = ImageDraw.Draw(self.image), font(size)
        ascent, descent = face.getmetrics()
        words, at = [], left
        for text_of_word in text.split():
            box = pen.textbbox((at, top), text_of_word, font=face)
            pen.text((at, top), text_of_word, font=face, fill=0)
            words.append(Word(text_of_word, Box(*(round(side) for side in box)), 0.95))
            at = round(pen.textlength(text_of_word + " ", font=face)) + at
        box = Box(
            min(word.box.left for word in words),
            min(word.box.top for word in words),
            max(word.box.right for word in words),
            max(word.box.bottom for word in words),
        )
        offset = float(top + ascent - box.bottom)
        self.lines.append(
            Line(tuple(words), box, block, 1, baseline=(0.0, offset), size=float(ascent + descent))
        )
        return self

    def page(self, number: int = 1) -> OcrPage:
        width, height = self.image.size
        box = Box(0, 0, width, height)
        return OcrPage(number, number, box, width, height, self.dpi, "drawn", ("vie",), tuple(self.lines))

    def save(self, path: Path, **options) -> Path:
        self.image.save(path, dpi=(self.dpi, self.dpi), **options)
        return path


def text_page(lines=TEXT, *, size=A5, mode="L", top: int = 300, left: int = 150) -> Drawn:
    drawn = Drawn(size, mode=mode)
    for place, line in enumerate(lines):
        drawn.line(line, left, top + place * 80)
    return drawn


def scanned_pdf(path: Path, images: list[Path]) -> Path:
    path.write_bytes(img2pdf.convert([str(image) for image in images], nodate=True))
    return path
