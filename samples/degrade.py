"""What a scanner, a fax and a camera do to a clean sheet; numpy and Pillow only, seeded."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

Pixels = np.typing.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wear:
    """How badly a sheet was scanned; grey levels are of 255."""

    skew: float = 0.6  # degrees, at most
    noise: float = 3.0  # standard deviation in grey levels
    shade: float = 26.0  # how much darker the darkest corner is
    bleed: float = 9.0  # how dark the other side shines through
    blur: float = 0.5  # pixels
    specks: int = 40
    folds: tuple[float, ...] = ()  # where folds throw shadows, 0.0 to 1.0 of the width


def scan(
    sheet: Image.Image, random: np.random.Generator, wear: Wear, *, behind: Image.Image | None = None
) -> Image.Image:
    """The sheet as a flat-bed scanner gives it, grey and of the same size; ``behind`` is its other side."""
    paper = int(random.integers(236, 248))
    turned = sheet.rotate(
        float(random.uniform(-wear.skew, wear.skew)), Image.Resampling.BILINEAR, fillcolor=255
    )
    seen = np.asarray(turned.filter(ImageFilter.GaussianBlur(wear.blur)), dtype=np.float32)
    seen = seen * (paper / 255.0)
    if behind is not None:
        ghost = behind.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2.5))
        seen -= (255.0 - np.asarray(ghost, dtype=np.float32)) * (wear.bleed / 255.0)
    seen -= _shade(seen.shape, random, wear)
    _speck(seen, random, wear.specks)
    seen += random.standard_normal(seen.shape, dtype=np.float32) * wear.noise
    return _grey(seen)


def fax(sheet: Image.Image, random: np.random.Generator) -> Image.Image:
    """Black and white, a little askew, with stray dots: what goes into a CCITT TIFF."""
    worn = scan(sheet, random, Wear(skew=0.4, noise=9.0, shade=10.0, bleed=0.0, blur=0.7, specks=120))
    return worn.point(lambda value: 255 if value > 150 else 0).convert("1", dither=Image.Dither.NONE)


def photograph(sheet: Image.Image, random: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """The sheet on a desk, seen by a hand-held camera: perspective, uneven light, colour."""
    width, height = size
    corners = _corners(random, width, height)
    matrix = _perspective(corners, sheet.size)
    projected = Image.Transform.PERSPECTIVE
    on_desk = sheet.transform(size, projected, matrix, Image.Resampling.BICUBIC)
    mask = Image.new("L", sheet.size, 255).transform(size, projected, matrix)
    paper = np.asarray(on_desk, dtype=np.float32)[..., None] * np.array([0.95, 0.93, 0.88], np.float32)
    inside = np.asarray(mask.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32)[..., None] / 255.0
    seen = paper * inside + _desk(random, width, height) * (1.0 - inside)
    seen *= _light(random, width, height)[..., None]
    seen += random.standard_normal((height, width, 1), dtype=np.float32) * 3.5
    picture = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def jpeg(picture: Image.Image, quality: int, dpi: int, *, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    more = {} if exif is None else {"exif": exif.tobytes()}
    picture.save(out, "JPEG", quality=quality, dpi=(dpi, dpi), **more)
    return out.getvalue()


def _shade(shape: tuple[int, ...], random: np.random.Generator, wear: Wear) -> Pixels:
    """Levels to take away: soft blotches from a coarse grid, and the fold's shadow."""
    height, width = shape
    dark = _spread(random.uniform(0.0, wear.shade, (4, 3)).astype(np.float32), width, height)
    for fold in wear.folds:
        across = np.linspace(0.0, 1.0, width, dtype=np.float32) - fold
        dark = dark + 60.0 * np.exp(-((across / 0.007) ** 2))
    return dark


def _speck(seen: Pixels, random: np.random.Generator, count: int) -> None:
    height, width = seen.shape
    for _ in range(count):
        y, x = int(random.integers(0, height - 3)), int(random.integers(0, width - 3))
        size = int(random.integers(1, 4))
        seen[y : y + size, x : x + size] -= random.uniform(40.0, 150.0)


def _grey(seen: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))


def _corners(random: np.random.Generator, width: int, height: int) -> list[tuple[float, float]]:
    square = [(0.07, 0.06), (0.93, 0.06), (0.94, 0.94), (0.06, 0.94)]
    return [
        ((x + random.uniform(-0.02, 0.02)) * width, (y + random.uniform(-0.015, 0.015)) * height)
        for x, y in square
    ]


def _perspective(seen: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Pillow's eight coefficients: from a point of the picture to the point of the sheet it shows."""
    width, height = size
    flat = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved: list[float] = np.linalg.solve(np.array(rows, float), np.array(values, float)).tolist()
    return solved


def _desk(random: np.random.Generator, width: int, height: int) -> Pixels:
    grain = random.uniform(-14.0, 14.0, (height // 6, 5)).astype(np.float32)
    brown: Pixels = np.array([118.0, 84.0, 56.0], np.float32) + _spread(grain, width, height)[..., None]
    return brown


def _light(random: np.random.Generator, width: int, height: int) -> Pixels:
    return _spread(random.uniform(0.72, 1.04, (3, 3)).astype(np.float32), width, height)


def _spread(coarse: Pixels, width: int, height: int) -> Pixels:
    """A few values spread softly over a whole picture."""
    return np.asarray(
        Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32
    )
