"""The small pictures of a page that lists and readers on a phone show.

JPEG, since encoding a page of text as WebP costs ten times the CPU; grey scans stay grey.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from domain.errors import PageUnreadable
from domain.text import PageImage
from ocr.imaging import BROKEN
from ocr.pictureframes import on_white

MEDIA_TYPE = "image/jpeg"
SUFFIX = ".jpg"

THUMBNAIL_WIDTH = 200  # pixels
READING_WIDTH = 1240  # pixels: 150 dpi of A4
_TALLEST = 4  # times the width: a strip of paper does not grow to any height
_THUMBNAIL_QUALITY = 70
_READING_QUALITY = 75


def pictures(image: PageImage) -> tuple[bytes, bytes]:
    """The page's thumbnail and its picture for reading, upright; never larger than the page is.

    Raises PageUnreadable.
    """
    try:
        with Image.open(image.path) as scan:
            scan.draft(None, (READING_WIDTH, READING_WIDTH))  # None keeps the mode
            reading = _fitted(_shown(scan), READING_WIDTH)
        thumbnail = _fitted(reading, THUMBNAIL_WIDTH)
        return _jpeg(thumbnail, _THUMBNAIL_QUALITY), _jpeg(reading, _READING_QUALITY)
    except BROKEN as error:
        raise PageUnreadable(image=image.image, detail=str(error)) from error


def _shown(scan: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(on_white(scan))
    if upright.mode in ("L", "RGB"):
        return upright
    return upright.convert("L" if upright.mode == "1" else "RGB")


def _fitted(picture: Image.Image, width: int) -> Image.Image:
    scale = min(1.0, width / picture.width, width * _TALLEST / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    made = BytesIO()
    picture.save(made, "JPEG", quality=quality)
    return made.getvalue()
