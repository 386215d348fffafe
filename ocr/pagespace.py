"""Where the picture of a page lies on its PDF page."""

from __future__ import annotations

from pikepdf import Array, Dictionary

from ocr.textlayer import Placement

Rectangle = tuple[float, float, float, float]

# What PDF readers take where a page does not say its size: US letter.
_LETTER = (0.0, 0.0, 612.0, 792.0)


def placement(page: Dictionary) -> Placement:
    """The crop box within the media box: what people see, and what was read.

    The picture may have been drawn at any resolution. User units and pixels per inch play no
    part, since the layer is scaled to the page.
    """
    media = _box(page, "/MediaBox") or _LETTER
    crop = _within(_box(page, "/CropBox") or media, media)
    return Placement(*crop, rotate=_rotation(page))


def _rotation(page: Dictionary) -> int:
    try:
        turned = int(page.get("/Rotate", 0))
    except (TypeError, ValueError):
        return 0
    return turned % 360 if turned % 90 == 0 else 0


def _box(page: Dictionary, name: str) -> Rectangle | None:
    found = page.get(name)
    if not isinstance(found, Array) or len(found) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(value) for value in found)
    except (TypeError, ValueError):
        return None
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if box[2] - box[0] > 0 and box[3] - box[1] > 0 else None


def _within(crop: Rectangle, media: Rectangle) -> Rectangle:
    """The part of the crop box that is on the medium, as readers show it."""
    left, bottom = max(crop[0], media[0]), max(crop[1], media[1])
    right, top = min(crop[2], media[2]), min(crop[3], media[3])
    return (left, bottom, right, top) if right > left and top > bottom else media
