"""Pictures opened with Pillow, without its warnings and within bounds of our own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

# Whoever opens a picture here looks at its size before a pixel is decoded; Pillow's own limit
# would warn of a large but honest scan on the terminal, and refuse one at twice that.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "PPM")
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    EOFError,
    MemoryError,
)
"""What Pillow raises on files that are not as they should be."""


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture with only its header read; its oddities are no news for the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path, formats=FORMATS) as picture:
            yield picture


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels; None where the file is no picture."""
    try:
        with opened(path) as picture:
            return picture.size
    except BROKEN:
        return None


def is_white(path: Path) -> bool:
    """True where no pixel of a grey picture is darker than paper white."""
    with opened(path) as picture:
        darkest = picture.getextrema()[0]
    return isinstance(darkest, (int, float)) and darkest >= 250
