"""Pictures opened with Pillow, without its warnings and within bounds of our own."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

# Whoever opens a picture here looks at its size before a pixel is decoded; Pillow's own limit
# would warn of a large but honest scan on the terminal, and refuse one at twice that.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "PPM")
_NOTICEABLE = 8  # of 256 greys
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    EOFError,
    MemoryError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow raises on files that are not as they should be."""


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture with only its header read; its oddities are no news for the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Given a name, Pillow 13 maps uncompressed TIFF into memory and garbles those that lie on their side.
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as picture:
            yield picture


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels; None where the file is no picture."""
    try:
        with opened(path) as picture:
            return picture.size
    except BROKEN:
        return None


def is_featureless(path: Path) -> bool:
    """True where a grey picture is the same grey all over, be it white or black."""
    with opened(path) as picture:
        greys = picture.convert("L").histogram()
    seen = [grey for grey, count in enumerate(greys) if count]
    return seen[-1] - seen[0] < _NOTICEABLE
