import hashlib
import io
import shutil
import warnings

import img2pdf
import pikepdf
import pytest
from PIL import Image

from domain.errors import DamagedFile, PageUnreadable
from domain.holdings import ScanForm
from domain.options import OcrOptions
from domain.values import Box
from ocr.raster import open_scan
from tests.ocr.scanfiles import A4, SIZE, bars, edited, jpeg, pdf, sheet, tiff

OPTIONS = OcrOptions()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "ra ngoài [1]"
    made.mkdir()
    return made


def first(path, folder, form=ScanForm.PDF, options=OPTIONS):
    with open_scan(form, [path]) as scan:
        return scan.page_image(1, folder, options)


def one_picture(path, filter_name, raw, *, colours="/DeviceGray", bits=8, content=None, page=None, **entries):
    """A page that is one picture, with whatever entries are to be tried."""
    document = pikepdf.new()
    document.add_blank_page(page_size=A4)
    stream = pikepdf.Stream(
        document,
        raw,
        Type=pikepdf.Name("/XObject"),
        Subtype=pikepdf.Name("/Image"),
        Width=SIZE[0],
        Height=SIZE[1],
        ColorSpace=pikepdf.Name(colours),
        BitsPerComponent=bits,
    )
    for name, value in entries.items():
        stream[f"/{name}"] = value
    if filter_name:
        stream.Filter = pikepdf.Name(filter_name)
    leaf = document.pages[0]
    leaf.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=stream))
    leaf.Contents = pikepdf.Stream(document, content or b"q %g 0 0 %g 0 0 cm /Im0 Do Q" % A4)
    for name, value in (page or {}).items():
        leaf.obj[f"/{name}"] = value
    document.save(path, compress_streams=filter_name is None)
    return path


def test_an_embedded_jpeg_comes_out_byte_for_byte(tmp_path, folder):
    with open_scan(ScanForm.PDF, [pdf(tmp_path / "sách.pdf", 3)]) as scan:
        assert scan.image_count == 3
        for number in (3, 1, 2):
            page = scan.page_image(number, folder, OPTIONS)
            assert page.path.read_bytes() == jpeg(number)
            assert (page.path.suffix, page.drawn, page.dpi) == (".jpg", False, 60)
            assert (page.number, page.image, page.box) == (number, number, Box(0, 0, *SIZE))
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"q 595.2 0 0 842.4 0 0 cm /Im0 Do Q",
        b"1 0 0 1 0 0 cm  BT /F1 12 Tf 14.4 TL ET\nq 595.2 0 0 842.4 0 0 cm /Im0 Do Q",
        b"q 0.24 0 0 0.24 0 0 cm q 2480 0 0 3510 0 0 cm /Im0 Do Q Q",
        b"2 J 0.57 w q 598 0 0 845 -1 -1 cm/Im0 Do Q",
    ],
)
def test_however_it_is_placed_a_full_page_picture_is_taken_as_it_is(tmp_path, folder, content):
    page = first(one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), content=content), folder)
    assert not page.drawn
    assert page.path.read_bytes() == jpeg()


FULL = b"q 595.2 0 0 842.4 0 0 cm /Im0 Do Q"


@pytest.mark.parametrize(
    "content",
    [
        FULL + b" q 0 0 100 100 re f Q",
        FULL + FULL,
        FULL + b" BT (x) Tj ET",
        FULL + b" (a comment %) pop",
        b"0 0 100 100 re W n " + FULL,
        b"/Fog gs " + FULL,
        b"/OC /Layer BDC " + FULL + b" EMC",
        b"q 300 0 0 421 0 0 cm /Im0 Do Q",
        b"q 595.2 0 0 842.4 40 0 cm /Im0 Do Q",
        b"q -595.2 0 0 842.4 595.2 0 cm /Im0 Do Q",
        b"q 595.2 0 0 -842.4 0 842.4 cm /Im0 Do Q",
        b"q 0 842.4 -595.2 0 595.2 0 cm /Im0 Do Q",
        b"q 590 30 -30 840 0 0 cm /Im0 Do Q",
        b"q 595.2 0 0 842.4 0 0 cm /Im0 Do Q" + b" q Q" * 30_000,
    ],
)
def test_a_page_that_is_more_or_other_than_its_picture_is_drawn(tmp_path, folder, content):
    assert first(one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), content=content), folder).drawn


@pytest.mark.parametrize(
    "entries",
    [
        {"Decode": pikepdf.Array([1, 0])},
        {"Mask": pikepdf.Array([0, 5])},
        {"Intent": pikepdf.Name("/Perceptual"), "OC": pikepdf.Dictionary(Type=pikepdf.Name("/OCG"))},
        {"Width": SIZE[0] * 2},
        {"DecodeParms": pikepdf.Dictionary(ColorTransform=0)},
    ],
)
def test_a_picture_that_is_shown_otherwise_than_it_lies_there_is_drawn(tmp_path, folder, entries):
    assert first(one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), **entries), folder).drawn


@pytest.mark.parametrize(
    "page",
    [
        {"Rotate": 90},
        {"UserUnit": 2},
        {"CropBox": pikepdf.Array([0, 0, 300, 842])},
        {"Annots": pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name("/Square"))])},
    ],
)
def test_a_page_that_is_turned_cropped_or_annotated_is_drawn(tmp_path, folder, page):
    assert first(one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), page=page), folder).drawn


def test_a_turned_page_is_drawn_the_way_it_is_seen(tmp_path, folder):
    page = first(one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), page={"Rotate": 90}), folder)
    assert page.width > page.height


def test_a_soft_mask_is_drawn(tmp_path, folder):
    sheet(2).convert("RGBA").save(tmp_path / "a.png")
    data = io.BytesIO()
    img2pdf.convert(jpeg(), outputstream=data)
    mask = img2pdf.convert(jpeg())

    def cover(document):
        with pikepdf.open(io.BytesIO(mask)) as other:
            picture = next(iter(document.pages[0].Resources.XObject.values()))
            picture.SMask = document.copy_foreign(next(iter(other.pages[0].Resources.XObject.values())))

    (tmp_path / "a.pdf").write_bytes(data.getvalue())
    assert first(edited(tmp_path / "a.pdf", cover), folder).drawn


@pytest.mark.parametrize("mode", ["CMYK"])
def test_a_jpeg_for_the_press_is_drawn(tmp_path, folder, mode):
    (tmp_path / "a.pdf").write_bytes(img2pdf.convert(jpeg(2, mode)))
    page = first(tmp_path / "a.pdf", folder)
    assert page.drawn
    assert bars(page.path) == 2


def test_a_jpeg_that_says_it_is_turned_is_drawn_as_the_pdf_shows_it(tmp_path, folder):
    exif = Image.Exif()
    exif[0x0112] = 3
    path = one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(3, exif=exif))
    page = first(path, folder)
    assert page.drawn
    assert bars(page.path) == 3


def test_a_jpeg_cut_short_is_left_to_poppler(tmp_path, folder):
    path = one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(9)[:-600])
    assert first(path, folder).drawn


@pytest.mark.parametrize(("mode", "suffix"), [("1", ".png"), ("L", ".png"), ("RGB", ".pgm")])
def test_deflated_pictures_come_out_without_loss(tmp_path, folder, mode, suffix):
    original = sheet(4, mode)
    original.save(tmp_path / "a.png", dpi=(60, 60))
    (tmp_path / "a.pdf").write_bytes(img2pdf.convert(str(tmp_path / "a.png")))
    page = first(tmp_path / "a.pdf", folder)
    assert (page.drawn, page.path.suffix) == (False, suffix)
    with Image.open(page.path) as found:
        assert found.convert("L").tobytes() == original.convert("L").tobytes()


@pytest.mark.parametrize(
    ("mode", "colours", "bits"), [("1", "/DeviceGray", 1), ("L", "/DeviceGray", 8), ("RGB", "/DeviceRGB", 8)]
)
def test_plain_samples_come_out_without_loss(tmp_path, folder, mode, colours, bits):
    original = sheet(5, mode)
    path = one_picture(tmp_path / "a.pdf", None, original.tobytes(), colours=colours, bits=bits)
    page = first(path, folder)
    assert not page.drawn
    with Image.open(page.path) as found:
        assert found.convert("L").tobytes() == original.convert("L").tobytes()


def test_samples_that_are_too_few_are_left_to_poppler(tmp_path, folder):
    path = one_picture(tmp_path / "a.pdf", None, sheet(5).tobytes()[:-1000])
    assert first(path, folder).drawn


@pytest.mark.parametrize("white_is_zero", [True, False])
def test_a_fax_comes_out_as_one(tmp_path, folder, white_is_zero):
    given = {} if not white_is_zero else {"tiffinfo": {262: 0}}
    path = tiff(tmp_path / "a.tif", 1, "group4", mode="1", **given)
    (tmp_path / "a.pdf").write_bytes(img2pdf.convert(str(path)))
    page = first(tmp_path / "a.pdf", folder)
    assert (page.drawn, page.path.suffix) == (False, ".tif")
    with Image.open(page.path) as found:
        assert found.tobytes() == sheet(1, "1").tobytes()


def test_a_born_digital_page_is_drawn_at_the_resolution_asked_for(tmp_path, folder):
    document = pikepdf.new()
    document.add_blank_page(page_size=(420, 595))
    document.pages[0].Contents = pikepdf.Stream(document, b"20 20 100 100 re f")
    document.save(tmp_path / "a.pdf")
    page = first(tmp_path / "a.pdf", folder, options=OcrOptions(dpi=150))
    assert (page.width, page.height, page.dpi, page.drawn) == (875, 1240, 150, True)
    with Image.open(page.path) as picture:
        assert (picture.mode, picture.getextrema()) == ("L", (0, 255))
    assert list(folder.iterdir()) == [page.path]


def test_a_large_page_is_drawn_within_the_cap_and_says_at_what_resolution(tmp_path, folder):
    document = pikepdf.new()
    document.add_blank_page(page_size=(7200, 7200))
    document.pages[0].Contents = pikepdf.Stream(document, b"20 20 1000 1000 re f")
    document.save(tmp_path / "a.pdf")
    page = first(tmp_path / "a.pdf", folder, options=OcrOptions(max_pixels=4_000_000))
    assert page.width * page.height <= 4_000_000
    assert page.dpi == page.width // 100


@pytest.mark.parametrize("size", [(14_000_000, 14_000_000), (10, 9_000_000)])
def test_a_page_miles_wide_is_unreadable(tmp_path, folder, size):
    def stretch(document):
        document.pages[0].obj.MediaBox = pikepdf.Array([0, 0, *size])

    path = edited(pdf(tmp_path / "a.pdf", 2), stretch)
    with open_scan(ScanForm.PDF, [path]) as scan:
        with pytest.raises(PageUnreadable):
            scan.page_image(1, folder, OPTIONS)
        assert scan.page_image(2, folder, OPTIONS).path.exists()


def test_a_picture_over_the_cap_is_drawn_smaller(tmp_path, folder):
    (tmp_path / "a.pdf").write_bytes(img2pdf.convert(_large_jpeg(2000, 1500)))
    page = first(tmp_path / "a.pdf", folder, options=OcrOptions(max_pixels=1_000_000))
    assert page.drawn
    assert page.width * page.height <= 1_000_000


def _large_jpeg(width, height):
    out = io.BytesIO()
    sheet(3, size=(width, height)).save(out, "JPEG", dpi=(100, 100))
    return out.getvalue()


def test_one_bad_page_does_not_cost_the_book(tmp_path, folder):
    def spoil(document):
        pages = document.pages
        pages[1].obj.Contents = document.make_indirect(pikepdf.Dictionary(Nothing=1))
        pages[1].obj.Resources = pikepdf.Dictionary(XObject=7)
        picture = next(iter(pages[2].Resources.XObject.values()))
        picture.write(b"\xff\xd8 garbage " * 50 + b"\xff\xd9", filter=pikepdf.Name("/DCTDecode"))
        document.Root.Pages.Kids[3] = document.make_indirect(pikepdf.Dictionary(Lost=True))

    path = edited(pdf(tmp_path / "a.pdf", 5), spoil)
    read, failed = [], []
    with open_scan(ScanForm.PDF, [path]) as scan:
        for number in range(1, scan.image_count + 1):
            try:
                read.append((number, bars(scan.page_image(number, folder, OPTIONS).path)))
            except PageUnreadable as error:
                failed.append(error.fields["image"])
    assert {number for number, seen in read if seen == number} == {1, 5}
    assert {3, 4} <= set(failed)


def test_pages_after_a_lost_one_are_drawn_under_their_own_number(tmp_path, folder):
    def lose(document):
        for page in document.pages:
            page.Rotate = 360
            page.UserUnit = 1
        document.Root.Pages.Kids[1] = document.make_indirect(pikepdf.Dictionary(Lost=True))

    path = edited(pdf(tmp_path / "a.pdf", 4), lose)
    with open_scan(ScanForm.PDF, [path]) as scan:
        assert scan.image_count == 4
        page = scan.page_image(3, folder, OPTIONS)
        assert page.drawn
        assert bars(page.path) == 3


@pytest.mark.parametrize(
    "content", [b"q 1e400 0 0 842 0 0 cm /Im0 Do Q", b"q x 0 0 842 0 0 cm /Im0 Do Q", b"\xff"]
)
def test_a_page_of_nonsense_is_unreadable_not_blank(tmp_path, folder, content):
    with pytest.raises(PageUnreadable):
        first(one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), content=content), folder)


def test_what_pypdf_cannot_open_poppler_may_still_draw(tmp_path, folder):
    path = pdf(tmp_path / "a.pdf", 2)
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxxxx"))
    with open_scan(ScanForm.PDF, [path]) as scan:
        assert scan.image_count == 2
        page = scan.page_image(2, folder, OPTIONS)
    assert (page.drawn, bars(page.path)) == (True, 2)


def test_what_neither_can_open_is_damaged(tmp_path, folder):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing\n%%EOF\n")
    with pytest.raises(DamagedFile):
        first(tmp_path / "a.pdf", folder)


def test_a_hang_of_poppler_costs_one_page(tmp_path, folder, monkeypatch):
    program = tmp_path / "bin" / "pdftoppm"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\n[ "$1" = -v ] && { echo "pdftoppm version 22.12.0" >&2; exit 0; }\nexec tail -f $0\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    path = one_picture(tmp_path / "a.pdf", "/DCTDecode", jpeg(), page={"Rotate": 90})
    with pytest.raises(PageUnreadable):
        first(path, folder, options=OcrOptions(timeout_s=0.5))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "tiff_adobe_deflate"])
def test_frames_of_a_tiff_come_one_by_one(tmp_path, folder, compression):
    path = tiff(tmp_path / "a.tif", 4, compression)
    with open_scan(ScanForm.TIFF, [path]) as scan:
        assert scan.image_count == 4
        for number in (4, 1, 3):
            page = scan.page_image(number, folder, OPTIONS)
            assert bars(page.path) == number
            assert (page.image, page.dpi, page.path.suffix) == (number, 300, ".pgm")


def test_a_fax_stays_black_and_white(tmp_path, folder):
    path = tiff(tmp_path / "a.tif", 3, "group4", mode="1")
    with open_scan(ScanForm.TIFF, [path]) as scan:
        page = scan.page_image(2, folder, OPTIONS)
    assert (page.path.suffix, bars(page.path)) == (".pbm", 2)


def test_a_fax_with_oblong_pixels_is_made_square(tmp_path, folder):
    path = tiff(tmp_path / "a.tif", 2, "group4", mode="1", dpi=(204, 102))
    page = first(path, folder, ScanForm.TIFF)
    assert (page.width, page.height, page.dpi) == (SIZE[0], SIZE[1] * 2, 204)


def test_a_file_that_tesseract_reads_is_handed_on_as_it_is(tmp_path, folder):
    (tmp_path / "a.jpg").write_bytes(jpeg(dpi=(200, 200)))
    page = first(tmp_path / "a.jpg", folder, ScanForm.IMAGE)
    assert page.path.parent == folder
    assert page.path.read_bytes() == (tmp_path / "a.jpg").read_bytes()
    assert (page.drawn, page.dpi) == (False, 200)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_a_photograph_stands_upright_whatever_its_exif_says(tmp_path, folder, turn, form):
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = sheet(5).transpose(back[turn]) if turn in back else sheet(5)
    exif = Image.Exif()
    exif[0x0112] = turn
    path = tmp_path / f"a.{form.lower()}"
    held.save(path, form, exif=exif)
    page = first(path, folder, ScanForm.TIFF if form == "TIFF" else ScanForm.IMAGE)
    assert (page.width, page.height) == SIZE
    assert bars(page.path) == 5
    with Image.open(page.path) as found:
        assert found.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "CMYK", "I;16"])
def test_colours_become_grey_on_white(tmp_path, folder, mode):
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        Image.frombytes("I;16", SIZE, b"".join(bytes((value, value)) for value in sheet(3).tobytes())).save(
            path
        )
    elif mode in ("RGBA", "LA"):
        page = Image.new("LA", SIZE, (0, 0))  # clear black, as screenshots and scanners' viewers leave it
        page.paste((0, 255), mask=sheet(3).point(lambda value: 255 - value))
        page.convert(mode).save(path)
    else:
        sheet(3, mode).save(path)
    page = first(path, folder, ScanForm.IMAGE)
    assert bars(page.path) == 3
    with Image.open(page.path) as found:
        assert (found.mode, found.getpixel((SIZE[0] - 9, SIZE[1] - 9))) == ("L", 255)


def test_a_photograph_without_a_resolution_is_taken_for_a_sheet_of_a4(tmp_path, folder):
    sheet(2, size=(2480, 3508)).save(tmp_path / "a.png", dpi=(72, 72))
    assert first(tmp_path / "a.png", folder, ScanForm.IMAGE).dpi == 300


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_photograph_over_the_cap_is_made_smaller(tmp_path, folder, suffix):
    sheet(4, size=(3000, 4200)).save(tmp_path / f"a.{suffix}", dpi=(300, 300))
    page = first(tmp_path / f"a.{suffix}", folder, ScanForm.IMAGE, OcrOptions(max_pixels=1_000_000))
    assert page.width * page.height <= 1_000_000
    assert page.dpi == pytest.approx(300 * page.width / 3000, abs=1)
    with Image.open(page.path) as found:
        assert found.size == (page.width, page.height)


def test_a_folder_is_read_in_the_order_given(tmp_path, folder):
    paths = []
    for number in (1, 2):
        paths.append(tmp_path / f"trang {number}.jpg")
        paths[-1].write_bytes(jpeg(number))
    paths.append(tiff(tmp_path / "trang 3.tif", 2, "tiff_lzw"))
    (tmp_path / "trang 4.jpg").write_bytes(b"\xff\xd8\xff cut short")
    with open_scan(ScanForm.FOLDER, [*paths, tmp_path / "trang 4.jpg"]) as scan:
        seen = [bars(scan.page_image(number, folder, OPTIONS).path) for number in range(1, 5)]
        assert (scan.image_count, seen) == (5, [1, 2, 1, 2])
        with pytest.raises(PageUnreadable) as told:
            scan.page_image(5, folder, OPTIONS)
    assert told.value.fields["image"] == 5


def test_no_warning_and_no_line_is_left_on_the_terminal(tmp_path, folder, capfd):
    path = tiff(tmp_path / "a.tif", 2, "tiff_lzw")
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    broken = pdf(tmp_path / "a.pdf", 2)
    broken.write_bytes(b"junk" + broken.read_bytes().replace(b"/Im0", b"/Im9", 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form, file in ((ScanForm.TIFF, path), (ScanForm.PDF, broken)):
            with open_scan(form, [file]) as scan:
                for number in range(1, scan.image_count + 1):
                    try:
                        scan.page_image(number, folder, OPTIONS)
                    except PageUnreadable:
                        continue
    assert capfd.readouterr() == ("", "")


def test_the_scan_itself_is_left_as_it_was(tmp_path, folder):
    path = pdf(tmp_path / "a.pdf")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with open_scan(ScanForm.PDF, [path]) as scan:
        page = scan.page_image(1, folder, OPTIONS)
    page.path.write_bytes(b"")
    shutil.rmtree(folder)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
