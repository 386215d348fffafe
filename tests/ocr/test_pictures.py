from io import BytesIO

import pytest
from PIL import Image, ImageChops

from domain.errors import PageUnreadable
from domain.text import PageImage
from domain.values import Box
from ocr.pictures import MEDIA_TYPE, pictures
from tests.ocr.drawnpages import text_page


def shown(path, size):
    image = PageImage(path, 1, 1, Box(0, 0, *size), *size, 300, drawn=False)
    return [Image.open(BytesIO(made)) for made in pictures(image)]


def saved(image, path, **options):
    image.save(path, **options)
    return path, image.size


@pytest.mark.parametrize("name", ["page.jpg", "page.png", "page.tif"])
def test_a_thumbnail_and_a_reading_size_are_made(name, tmp_path):
    thumbnail, reading = shown(*saved(text_page().image, tmp_path / name))
    assert thumbnail.size == (200, 284)
    assert reading.size == (1240, 1759)


def test_grey_stays_grey_and_colour_stays_colour(tmp_path):
    assert [picture.mode for picture in shown(*saved(text_page().image, tmp_path / "grey.jpg"))] == ["L", "L"]
    red = Image.new("RGB", (600, 800), "red")
    assert [picture.mode for picture in shown(*saved(red, tmp_path / "red.jpg"))] == ["RGB", "RGB"]


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "CMYK", "LA"])
def test_any_kind_of_picture_is_shown_on_white(mode, tmp_path):
    name = "page.tif" if mode == "CMYK" else "page.png"
    thumbnail, _ = shown(*saved(text_page().image.convert(mode), tmp_path / name))
    assert thumbnail.convert("L").getpixel((5, 5)) == 255


def test_small_pictures_are_not_blown_up(tmp_path):
    thumbnail, reading = shown(*saved(Image.new("L", (150, 220), 255), tmp_path / "small.png"))
    assert thumbnail.size == reading.size == (150, 220)


def test_a_strip_of_paper_stays_within_bounds(tmp_path):
    thumbnail, reading = shown(*saved(Image.new("L", (300, 9000), 255), tmp_path / "strip.png"))
    assert thumbnail.height <= 800
    assert reading.height <= 4960
    assert thumbnail.width >= 1


def test_a_turned_photograph_is_shown_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = text_page().image.rotate(90, expand=True)
    thumbnail, _ = shown(*saved(stored, tmp_path / "photo.jpg", exif=exif))
    upright = text_page().image.resize(thumbnail.size)
    assert ImageChops.difference(thumbnail, upright).point(lambda v: v > 128 and 255).histogram()[255] == 0


def test_the_name_says_what_they_are(tmp_path):
    thumbnail, _ = shown(*saved(text_page().image, tmp_path / "page.jpg"))
    assert Image.MIME[thumbnail.format] == MEDIA_TYPE


def test_what_cannot_be_decoded_is_told(tmp_path):
    (tmp_path / "page.jpg").write_bytes(b"\xff\xd8 no picture")
    with pytest.raises(PageUnreadable):
        shown(tmp_path / "page.jpg", (100, 100))
