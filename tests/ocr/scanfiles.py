"""Scans of every form, small and drawn by the tests."""

import io
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw

SIZE = (496, 702)  # A4 at 60 dpi
A4 = (595.2, 842.4)


def sheet(number: int = 1, mode: str = "L", size: tuple[int, int] = SIZE) -> Image.Image:
    """Paper with as many bars as its number, in the upper left."""
    page = Image.new("L", size, 255)
    pen = ImageDraw.Draw(page)
    for bar in range(number):
        pen.rectangle((20, 20 + 30 * bar, 220, 35 + 30 * bar), fill=0)
    return page.convert(mode)


def bars(path: Path) -> int:
    """How many bars a picture shows in its upper left."""
    with Image.open(path) as picture:
        grey = picture.convert("L").resize(SIZE)
    column = [grey.getpixel((100, y)) < 128 for y in range(SIZE[1] // 2)]
    return sum(dark and not before for before, dark in zip([False, *column], column, strict=False))


def jpeg(number: int = 1, mode: str = "L", **given) -> bytes:
    out = io.BytesIO()
    sheet(number, mode).save(out, "JPEG", **{"quality": 80, "dpi": (60, 60)} | given)
    return out.getvalue()


def pdf(path: Path, pages: int = 3) -> Path:
    """A scanned book as scanners write it: one JPEG fills each page."""
    path.write_bytes(img2pdf.convert([jpeg(number) for number in range(1, pages + 1)]))
    return path


def edited(path: Path, edit, **saving) -> Path:
    """The PDF again, with ``edit(document)`` done to it."""
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        edit(document)
        document.save(path, **saving)
    return path


def tiff(path: Path, frames: int, compression: str, mode: str = "L", **given) -> Path:
    first, *others = [sheet(number, mode) for number in range(1, frames + 1)]
    settings = {"dpi": (300, 300)} | given
    first.save(path, "TIFF", save_all=True, append_images=others, compression=compression, **settings)
    return path
