"""Small scans with known text, drawn by the tests themselves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
from PIL import Image, ImageDraw, ImageFont

DPI = 150
SIZE = (874, 1240)  # A5 at 150 dpi

SENTENCES = (
    "Hòa giải ở cơ sở là việc hòa giải viên hướng dẫn các bên đạt được thỏa thuận.",
    "Người khiếu nại có quyền tự mình khiếu nại hoặc ủy quyền cho người khác.",
    "Nhà nước khuyến khích các bên tranh chấp đất đai tự hòa giải với nhau.",
    "Cơ quan đăng ký hộ tịch cấp trích lục khai sinh cho người yêu cầu.",
    "Nghiêm cấm mọi hành vi bạo lực đối với thành viên trong gia đình.",
    "Trẻ em có quyền được học tập và được bảo vệ khỏi mọi hình thức xâm hại.",
)


def font(size: int) -> ImageFont.FreeTypeFont:
    """A serif font that has Vietnamese."""
    for path in (
        "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf",
        "/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    ):
        if Path(path).exists():
            return ImageFont.truetype(path, size)
    raise FileNotFoundError("no font with Vietnamese; run scripts/setup")


def draw_page(lines: Sequence[str], *, folio: str = "", size: tuple[int, int] = SIZE) -> Image.Image:
    """A grey page with these lines, and a folio at its foot."""
    page = Image.new("L", size, 250)
    pen = ImageDraw.Draw(page)
    top = 120
    for line in lines:
        pen.text((90, top), line, font=font(21), fill=20)
        top += 44
    if folio:
        pen.text((size[0] // 2, size[1] - 70), folio, font=font(21), fill=20, anchor="mm")
    return page


def page_lines(number: int) -> list[str]:
    """The text of page ``number`` (from 1) of a drawn book: one sentence that no other near page has."""
    sentence = SENTENCES[(number - 1) % len(SENTENCES)]
    words = sentence.split()
    half = len(words) // 2
    return [f"Điều {number}.", " ".join(words[:half]), " ".join(words[half:])]


def jpeg(page: Image.Image, dpi: int = DPI) -> bytes:
    held = io.BytesIO()
    page.save(held, "JPEG", quality=80, dpi=(dpi, dpi))
    return held.getvalue()


def draw_book(path: Path, *, pages: int, first_folio: int = 1) -> Path:
    """A scanned PDF of ``pages`` pages, each nothing but its JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [
        jpeg(draw_page(page_lines(number), folio=str(number + first_folio - 1)))
        for number in range(1, pages + 1)
    ]
    path.write_bytes(img2pdf.convert(images, nodate=True))
    return path


def page_tree_with_a_circle() -> bytes:
    """A PDF that can be drawn, whose tree of pages leads back into itself, so that nothing binds it."""
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    )
    said, places = "%PDF-1.4\n", []
    for number, what in enumerate(objects, start=1):
        places.append(len(said))
        said += f"{number} 0 obj\n{what}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    said_table = f"xref\n0 4\n0000000000 65535 f \n{table}"
    end = f"{said_table}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{len(said)}\n%%EOF\n"
    return (said + end).encode("ascii")
