from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr.blank import is_blank
from tests.ocr.drawnpages import A5, font, text_page

WHITE = 245


def paper():
    return Image.new("L", A5, WHITE)


def bearing(text, size=42, at=(870, 2290)):
    page = paper()
    ImageDraw.Draw(page).text(at, text, font=font(size), fill=20)
    return page


def changed(page, share, more=0):
    return Image.fromarray((np.asarray(page) * share + more).clip(0, 255).astype("uint8"))


@cache
def grain():
    return np.random.default_rng(5).normal(0, 12, A5[::-1]).astype("float32")


@cache
def light():
    down, across = np.mgrid[0 : A5[1], 0 : A5[0]].astype("float32")
    return (0.55 + 0.45 * across / A5[0]) * (1 - 0.2 * down / A5[1])


@cache
def other_side():
    seen = text_page().image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2.5))
    return 1 - 0.18 * (1 - np.asarray(seen, "float32") / 255)


def noise(page):
    return changed(page, 1, grain())


def shade(page):
    return changed(page, light())


def gutter(page):
    return changed(page, (1 - 0.85 * np.exp(-np.arange(A5[0]) / 110)).astype("float32"))


def bleed_through(page):
    return changed(page, other_side())


def skew(page):
    return page.rotate(2, fillcolor=30, resample=Image.Resampling.BICUBIC)


def specks(page):
    page, chance = page.copy(), np.random.default_rng(7)
    pen = ImageDraw.Draw(page)
    for _ in range(80):
        x, y, size = chance.integers(0, page.width), chance.integers(0, page.height), chance.integers(1, 7)
        pen.ellipse((x, y, x + size, y + size), fill=int(chance.integers(0, 120)))
    return page


def holes(page):
    page = page.copy()
    for top in (700, 1700):
        ImageDraw.Draw(page).ellipse((120, top, 191, top + 71), fill=10)
    return page


def worn(page):
    return noise(gutter(shade(bleed_through(skew(page)))))


WEAR = [lambda page: page, noise, shade, gutter, skew, bleed_through, specks, holes, worn]
NAMES = ["clean", "noise", "shade", "gutter", "skew", "bleed_through", "specks", "holes", "worn"]


@pytest.fixture
def saved(tmp_path):
    def save(page):
        path = tmp_path / "page.jpg"
        page.save(path, dpi=(300, 300))
        return path

    return save


@pytest.mark.parametrize("wear", WEAR, ids=NAMES)
def test_an_empty_page_is_blank_however_worn(wear, saved):
    assert is_blank(saved(wear(paper())))


@pytest.mark.parametrize("wear", WEAR, ids=NAMES)
@pytest.mark.parametrize(
    "page",
    [
        bearing("5"),
        bearing("12", 38),
        bearing("- 7 -", 36, (820, 180)),
        bearing("Nơi nhận: như trên.", 38, (300, 400)),
    ],
    ids=["digit", "folio", "dashes", "line"],
)
def test_a_page_that_bears_a_folio_or_a_short_line_is_not_blank(page, wear, saved):
    assert not is_blank(saved(wear(page)))


@pytest.mark.parametrize("wear", WEAR, ids=NAMES)
def test_a_page_of_text_is_not_blank(wear, saved):
    assert not is_blank(saved(wear(text_page().image)))


@pytest.mark.parametrize("size", [(1748, 2480), (2480, 3508), (874, 1240), (3500, 4960)])
def test_pictures_without_dpi_are_judged_by_their_size(size, tmp_path):
    text_page(("Điều 1",)).image.resize(size).save(tmp_path / "text.png")
    Image.new("L", size, WHITE).save(tmp_path / "blank.png")
    assert not is_blank(tmp_path / "text.png")
    assert is_blank(tmp_path / "blank.png")


@pytest.mark.parametrize("mode", ["1", "RGB", "RGBA", "P"])
def test_any_kind_of_picture_is_judged(mode, tmp_path):
    text_page().image.convert(mode).save(tmp_path / "text.png")
    Image.new("L", A5, "white").convert(mode).save(tmp_path / "blank.png")
    assert not is_blank(tmp_path / "text.png")
    assert is_blank(tmp_path / "blank.png")


@pytest.mark.parametrize("shade_of_grey", [0, 90, 255])
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (300, 2), (40, 40)])
def test_tiny_and_even_pictures_are_blank(shade_of_grey, size, tmp_path):
    Image.new("L", size, shade_of_grey).save(tmp_path / "even.png")
    assert is_blank(tmp_path / "even.png")


def test_what_is_no_picture_is_an_oserror(tmp_path):
    (tmp_path / "page.jpg").write_bytes(b"\xff\xd8 no picture")
    with pytest.raises(OSError):
        is_blank(tmp_path / "page.jpg")
