"""A part of a picture, turned as people turned it, as a picture of its own."""

from __future__ import annotations

from dataclasses import replace

from domain.arrangement import WHOLE, Place
from domain.errors import PageUnreadable
from domain.text import PageImage
from domain.values import Box


def placed(picture: PageImage, place: Place, home: int) -> PageImage:
    """The page of that home; ``picture`` is the whole picture, whose file goes where another takes its place.

    Its box is where it lies on the whole picture. Raises PageUnreadable.
    """
    if place.is_whole and not place.turns:
        return replace(picture, number=home)
    from PIL import Image

    from ocr.imaging import BROKEN, opened
    from ocr.pictureframes import on_white

    turned = {
        1: Image.Transpose.ROTATE_270,  # Pillow turns the other way
        2: Image.Transpose.ROTATE_180,
        3: Image.Transpose.ROTATE_90,
    }
    target = picture.path.with_name(f"{home:06d}.placed.png")
    try:
        with opened(picture.path) as whole:
            box = part_of(place, *whole.size)
            whole.load()
            plain = whole if whole.mode in ("1", "L", "RGB") else on_white(whole).convert("RGB")
            part = plain.crop((box.left, box.top, box.right, box.bottom))
            if place.turns:
                part = part.transpose(turned[place.turns])
            part.save(target, "PNG", compress_level=1)
    except BROKEN as error:
        picture.path.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise PageUnreadable(image=picture.image, detail=f"{type(error).__name__}: {error}"[:300]) from error
    picture.path.unlink(missing_ok=True)
    return replace(picture, path=target, number=home, box=box, width=part.width, height=part.height)


def part_of(place: Place, width: int, height: int) -> Box:
    """Where the place is on an upright picture of that size, in its pixels; a pixel at least."""
    left, top = place.left * width // WHOLE, place.top * height // WHOLE
    right, bottom = place.right * width // WHOLE, place.bottom * height // WHOLE
    return Box(left, top, max(left + 1, right), max(top + 1, bottom))
