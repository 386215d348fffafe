"""The small pictures of a page that lists and readers on a phone show.

JPEG, since encoding a page of text as WebP costs ten times the CPU; grey scans stay grey. A phone on a
slow line gets a WebP of its width, made when it is asked for.
"""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps

from domain.errors import DamagedFile, PageUnreadable
from domain.text import PageImage
from ocr.imaging import BROKEN
from ocr.pictureframes import on_white

MEDIA_TYPE = "image/jpeg"

THUMBNAIL_WIDTH = 200  # pixels
READING_WIDTH = 1240  # pixels: 150 dpi of A4
_TALLEST = 4  # times the width: a strip of paper does not grow to any height
_THUMBNAIL_QUALITY = 70
_READING_QUALITY = 75
_NARROW_QUALITY = 50  # of WebP: letters stay sharp, at half the bytes of JPEG
_SMALL_QUALITY = 40  # nobody reads a page of this size
_EFFORT = 4  # of 6; more costs twice the CPU for a twentieth of the bytes


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


def narrowed(source: BinaryIO, width: int, *, name: str) -> bytes:
    """A picture that ``pictures`` made as WebP, ``width`` pixels wide at most; grey stays grey.

    Raises DamagedFile, which says ``name``.
    """
    try:
        with Image.open(source, formats=["JPEG"]) as picture:
            picture.draft(None, (width, width))
            made = BytesIO()
            small = width < THUMBNAIL_WIDTH
            quality = _SMALL_QUALITY if small else _NARROW_QUALITY
            _fitted(picture, width).save(made, "WEBP", quality=quality, method=_EFFORT)
    except BROKEN as error:
        raise DamagedFile(name=name, detail=str(error)[:300]) from error
    return made.getvalue()


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
