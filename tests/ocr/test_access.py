import re
import runpy
import subprocess
import unicodedata
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageChops

from domain.errors import DamagedFile, EncryptedPdf
from domain.holdings import ScanForm
from domain.values import Box
from ocr.access import write_access_pdf
from tests.ocr.drawnpages import A5, TEXT, Drawn, scanned_pdf, text_page

ROOT = Path(__file__).resolve().parents[2]


def program(*arguments) -> str:
    return subprocess.run([str(part) for part in arguments], check=True, capture_output=True).stdout.decode()


def text_of(path, *options) -> str:
    return program("pdftotext", *options, path, "-")


def seen(path, folder, dpi=100) -> list[Image.Image]:
    program("pdftoppm", "-r", dpi, "-png", "-cropbox", path, folder / path.stem)
    return [Image.open(found).convert("RGB") for found in sorted(folder.glob(f"{path.stem}-*.png"))]


def look_alike(one, other, folder) -> bool:
    before, after = seen(one, folder), seen(other, folder)
    return len(before) == len(after) and all(
        left.size == right.size and ImageChops.difference(left, right).getbbox() is None
        for left, right in zip(before, after, strict=True)
    )


def word_boxes(path, number=1) -> list[tuple[str, tuple[float, ...]]]:
    found = re.findall(
        r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>',
        text_of(path, "-bbox", "-f", number, "-l", number),
    )
    return [(text, tuple(float(side) for side in box)) for *box, text in found]


def pictures_of(page) -> list[pikepdf.Stream]:
    return list(page.Resources.XObject.values())


def write(form, files, pages, tmp_path, **given):
    out = tmp_path / "access.pdf"
    write_access_pdf(form, files, pages, out, **{"title": "Sổ tay", "scratch": tmp_path} | given)
    return out


@pytest.fixture
def book(tmp_path):
    """A scanned PDF of three pages, the second one blank, and what was read of it."""
    drawn = text_page()
    drawn.save(tmp_path / "1.jpg", quality=85)
    Drawn().save(tmp_path / "2.jpg", quality=85)
    pdf = scanned_pdf(tmp_path / "scan.pdf", [tmp_path / f"{name}.jpg" for name in (1, 2, 1)])
    return pdf, [drawn.page(1), None, drawn.page(3)]


def test_words_come_back_in_order_with_their_marks(book, tmp_path):
    pdf, pages = book
    out = write(ScanForm.PDF, [pdf], pages, tmp_path)
    first, second, third, *_ = text_of(out).split("\f")
    assert first.split("\n")[: len(TEXT)] == list(TEXT)
    assert first == third
    assert second.strip() == ""
    assert unicodedata.is_normalized("NFC", first)


def test_each_word_lies_where_it_is_printed(book, tmp_path):
    pdf, pages = book
    out = write(ScanForm.PDF, [pdf], pages, tmp_path)
    for word, (text, box) in zip(pages[0].words, word_boxes(out), strict=True):
        printed = [side * 72 / 300 for side in (word.box.left, word.box.top, word.box.right, word.box.bottom)]
        assert text == word.text
        assert box[0] == pytest.approx(printed[0], abs=0.3)
        assert box[2] == pytest.approx(printed[2], abs=0.5)
        assert box[1] - 3 < printed[1] < printed[3] < box[3] + 3


def test_pages_look_exactly_as_the_scan(book, tmp_path):
    pdf, pages = book
    assert look_alike(pdf, write(ScanForm.PDF, [pdf], pages, tmp_path), tmp_path)


def test_pictures_are_taken_over_byte_for_byte_and_the_file_hardly_grows(book, tmp_path):
    pdf, pages = book
    out = write(ScanForm.PDF, [pdf], pages, tmp_path)
    assert out.stat().st_size <= 1.05 * pdf.stat().st_size
    with Pdf.open(pdf) as before, Pdf.open(out) as after:
        for page, same in zip(before.pages, after.pages, strict=True):
            assert [picture.read_raw_bytes() for picture in pictures_of(page)] == [
                picture.read_raw_bytes() for picture in pictures_of(same)
            ]


def test_the_same_input_makes_the_same_bytes(book, tmp_path):
    pdf, pages = book
    first = write(ScanForm.PDF, [pdf], pages, tmp_path).read_bytes()
    assert write(ScanForm.PDF, [pdf], pages, tmp_path).read_bytes() == first
    images = [tmp_path / "1.jpg", tmp_path / "2.jpg"]
    first = write(ScanForm.FOLDER, images, pages, tmp_path).read_bytes()
    assert write(ScanForm.FOLDER, images, pages, tmp_path).read_bytes() == first


def test_the_document_says_its_title_and_language_and_keeps_what_it_said(book, tmp_path):
    pdf, pages = book
    with Pdf.open(pdf, allow_overwriting_input=True) as changed:
        with changed.open_metadata() as said:
            said["dc:title"] = "scan0001"
            said["dc:rights"] = "Công khai"
        changed.docinfo["/Author"] = "Sở Tư pháp"
        changed.docinfo["/Title"] = "scan0001"
        changed.save(pdf)
    with Pdf.open(write(ScanForm.PDF, [pdf], pages, tmp_path, title="Hỏi đáp pháp luật")) as written:
        assert written.docinfo["/Author"] == "Sở Tư pháp"
        assert written.docinfo["/Title"] == "Hỏi đáp pháp luật"
        assert written.Root.Lang == "vi"
        with written.open_metadata() as said:
            assert said["dc:title"] == "Hỏi đáp pháp luật"
            assert said["dc:rights"] == "Công khai"


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_the_layer_follows_rotation_boxes_and_user_units(rotate, tmp_path):
    drawn = text_page()
    raw = drawn.image.rotate(rotate, expand=True)  # lies so that a viewer's turn sets it upright
    raw.save(tmp_path / "raw.jpg", quality=85)
    width, height = raw.width * 0.24, raw.height * 0.24
    pdf = tmp_path / "odd.pdf"
    with Pdf.new() as made:
        page = made.add_blank_page(page_size=(width, height))
        picture = pikepdf.Stream(made, (tmp_path / "raw.jpg").read_bytes())
        picture.update(
            Dictionary(
                Type=Name.XObject, Subtype=Name.Image, Width=raw.width, Height=raw.height,
                ColorSpace=Name.DeviceGray, BitsPerComponent=8, Filter=Name.DCTDecode,
            )
        )  # fmt: skip
        page.Resources = Dictionary(XObject=Dictionary(Im0=picture))
        drawing = f"{width} 0 0 {height} -40 70 cm /Im0 Do"  # no q, no Q: the state is left changed
        page.Contents = made.make_stream(drawing.encode())
        page.MediaBox = Array([-50, 60, width + 10, height + 100])
        page.CropBox = Array([-40, 70, width - 40, height + 70])
        page.Rotate, page.UserUnit = rotate, 2
        made.save(pdf)
    out = write(ScanForm.PDF, [pdf], [drawn.page()], tmp_path)
    assert look_alike(pdf, out, tmp_path)
    assert text_of(out).split("\n")[: len(TEXT)] == list(TEXT)
    if rotate == 0:
        left = float(re.search(r'<word xMin="(.*?)"', text_of(out, "-cropbox", "-bbox"))[1])
        assert left == pytest.approx(150 * 0.24, abs=0.5)


def test_a_page_read_at_another_resolution_gets_its_words_at_the_same_places(book, tmp_path):
    pdf, _ = book
    half = Drawn((A5[0] // 2, A5[1] // 2), dpi=150)
    for place, line in enumerate(TEXT):
        half.line(line, 75, 150 + place * 40, size=23)
    out = write(ScanForm.PDF, [pdf], [half.page()], tmp_path)
    text, box = word_boxes(out)[0]
    assert text == "Cộng"
    assert box[0] == pytest.approx(150 * 0.24, abs=0.5)


def climbing(lines, slope):
    """A page whose lines rise by ``slope``, as an engine sees a sheet that lay askew."""
    drawn = text_page(lines)
    for place, line in enumerate(drawn.lines):
        words = []
        for word in line.words:
            rise = round(slope * (word.box.left - line.box.left))
            box = Box(word.box.left, word.box.top - rise, word.box.right, word.box.bottom - rise)
            words.append(replace(word, box=box))
        top = min(word.box.top for word in words)
        box = Box(line.box.left, top, line.box.right, line.box.bottom)
        drawn.lines[place] = replace(line, words=tuple(words), box=box, baseline=(-slope, line.baseline[1]))
    return drawn


def test_lines_that_climb_are_followed(tmp_path):
    drawn = climbing(TEXT[2:3], 0.01)
    pdf = scanned_pdf(tmp_path / "scan.pdf", [drawn.save(tmp_path / "1.jpg")])
    boxes = word_boxes(write(ScanForm.PDF, [pdf], [drawn.page()], tmp_path))
    assert [text for text, _ in boxes] == TEXT[2].split()
    climbed = boxes[0][1][3] - boxes[-1][1][3]
    across = boxes[-1][1][0] - boxes[0][1][0]
    assert climbed == pytest.approx(0.01 * across, rel=0.2)


@pytest.mark.parametrize("slope", [0.02, -0.02, 0.04, -0.05])
def test_lines_of_a_sheet_that_lay_askew_stay_lines(slope, tmp_path):
    drawn = climbing(TEXT, slope)
    pdf = scanned_pdf(tmp_path / "scan.pdf", [drawn.save(tmp_path / "1.jpg")])
    text = text_of(write(ScanForm.PDF, [pdf], [drawn.page()], tmp_path))
    assert [line for line in text.strip("\f").split("\n") if line] == list(TEXT)


# text that the PDF brought along


def typed_pdf(path, lines, *, mode=0, picture=None):
    """A page with text of its own in Helvetica: seen (mode 0) or not (mode 3)."""
    with Pdf.new() as made:
        page = made.add_blank_page(page_size=(A5[0] * 0.24, A5[1] * 0.24))
        face = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(Font=Dictionary(F1=face))
        content = f"BT /F1 11 Tf {mode} Tr 36 500 Td 14 TL "
        content += " T* ".join(f"({line}) Tj" for line in lines) + " ET"
        if picture:
            raw = pikepdf.Stream(made, picture.read_bytes())
            raw.update(
                Dictionary(
                    Type=Name.XObject, Subtype=Name.Image, Width=A5[0], Height=A5[1],
                    ColorSpace=Name.DeviceGray, BitsPerComponent=8, Filter=Name.DCTDecode,
                )
            )  # fmt: skip
            page.Resources.XObject = Dictionary(Im0=raw)
            content = f"q {A5[0] * 0.24} 0 0 {A5[1] * 0.24} 0 0 cm /Im0 Do Q {content}"
        page.Contents = made.make_stream(content.encode("latin-1"))
        made.save(path)
    return path


def test_text_that_agrees_with_the_reading_is_kept_and_nothing_is_added(tmp_path):
    lines = ("The People's Committee of the province", "has decided as follows on this day")
    pdf = typed_pdf(tmp_path / "typed.pdf", lines)
    out = write(ScanForm.PDF, [pdf], [text_page(lines).page()], tmp_path)
    assert text_of(out) == text_of(pdf)
    with Pdf.open(out) as written:
        assert list(written.pages[0].Resources.Font.keys()) == ["/F1"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_scanners_garbage_that_nobody_sees_gives_way_to_our_reading(packed, tmp_path):
    drawn = text_page()
    picture = drawn.save(tmp_path / "1.jpg", quality=85)
    garbage = ("CONG Hcok xA HQI CHiJ NGHiA VIVT NAM", "Dcc lap Tu do Hanh phuc")
    pdf = typed_pdf(tmp_path / "scan.pdf", garbage, mode=3, picture=picture)
    if packed:
        with Pdf.open(pdf, allow_overwriting_input=True) as changed:
            content = changed.pages[0].Contents
            content.write(zlib.compress(content.read_bytes()), filter=Name.FlateDecode)
            changed.save(pdf)
    out = write(ScanForm.PDF, [pdf], [drawn.page()], tmp_path)
    assert text_of(out).split("\n")[: len(TEXT)] == list(TEXT)
    assert "Hcok" not in text_of(out)
    assert look_alike(pdf, out, tmp_path)


def test_hidden_garbage_within_a_form_goes_too(tmp_path):
    drawn = text_page()
    pdf = typed_pdf(tmp_path / "scan.pdf", ("seen",))
    with Pdf.open(pdf, allow_overwriting_input=True) as changed:
        page = changed.pages[0]
        form = changed.make_stream(b"BT /F1 9 Tf 3 Tr 36 300 Td (Hcok) Tj (HQI) ' 1 1 (CHiJ) \" ET")
        form.update(
            Dictionary(
                Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 400, 600]), Resources=page.Resources
            )
        )
        page.Resources.XObject = Dictionary(Fm0=form)
        page.contents_add(b"/Fm0 Do")
        changed.save(pdf)
    text = text_of(write(ScanForm.PDF, [pdf], [drawn.page()], tmp_path))
    assert not {"Hcok", "HQI", "CHiJ"} & set(text.split())
    assert {"seen", "Cộng"} <= set(text.split())


def test_text_that_is_seen_stays_where_our_reading_is_added(tmp_path):
    drawn = text_page()
    picture = drawn.save(tmp_path / "1.jpg", quality=85)
    pdf = typed_pdf(tmp_path / "scan.pdf", ("RECEIVED 12",), picture=picture)
    out = write(ScanForm.PDF, [pdf], [drawn.page()], tmp_path)
    assert "RECEIVED 12" in text_of(out)
    assert "nghĩa" in text_of(out)
    assert look_alike(pdf, out, tmp_path)


def test_a_page_where_nothing_was_read_keeps_what_it_has(tmp_path):
    pdf = typed_pdf(tmp_path / "typed.pdf", ("hidden",), mode=3)
    assert "hidden" in text_of(write(ScanForm.PDF, [pdf], [None], tmp_path))


def test_scripts_launches_and_attachments_are_left_out_and_notes_stay(book, tmp_path):
    pdf, pages = book
    script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    with Pdf.open(pdf, allow_overwriting_input=True) as changed:
        root = changed.Root
        root.OpenAction = script
        root.AA = Dictionary(WC=script)
        root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["a", script])))
        changed.attachments["evil.exe"] = b"MZ"
        root.AcroForm = Dictionary(Fields=Array([Dictionary(T="f", AA=Dictionary(K=script))]))
        page = changed.pages[0]
        page.AA = Dictionary(O=script)
        box = Array([10, 10, 60, 60])
        look = changed.make_stream(b"1 0 0 rg 0 0 50 50 re f")
        look.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 50, 50])))
        launch = Dictionary(S=Name.Launch, F="evil.exe")
        web = Dictionary(S=Name.URI, URI="https://example.org", Next=script)
        page.Annots = Array(
            changed.make_indirect(
                Dictionary(
                    Type=Name.Annot, Subtype=Name.Stamp, Rect=box, A=action, AP=Dictionary(N=look), F=4
                )
            )
            for action in (launch, web)
        )
        with changed.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("evil", action=Dictionary(S=Name.JavaScript, JS="1")))
            outline.root.append(pikepdf.OutlineItem("good", 0))
        changed.save(pdf)
    out = write(ScanForm.PDF, [pdf], pages, tmp_path)
    with Pdf.open(out) as written:
        written.save(tmp_path / "plain.pdf", qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        assert len(written.pages[0].Annots) == 2
        assert str(written.pages[0].Annots[1].A.URI) == "https://example.org"
    plain = (tmp_path / "plain.pdf").read_bytes()
    assert not any(word in plain for word in (b"JavaScript", b"/AA", b"Launch", b"OpenAction", b"evil.exe"))
    assert b"(good)" in plain
    assert look_alike(pdf, out, tmp_path)


# damaged and refused


def test_a_file_that_is_no_pdf_is_told_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4\nnothing here")
    with pytest.raises(DamagedFile):
        write(ScanForm.PDF, [tmp_path / "bad.pdf"], [], tmp_path)
    assert not list(tmp_path.glob("access*"))


def test_a_password_is_told(book, tmp_path):
    pdf, pages = book
    with Pdf.open(pdf, allow_overwriting_input=True) as changed:
        changed.save(pdf, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(EncryptedPdf):
        write(ScanForm.PDF, [pdf], pages, tmp_path)


def test_an_owners_password_alone_does_not_hinder(book, tmp_path):
    pdf, pages = book
    with Pdf.open(pdf, allow_overwriting_input=True) as changed:
        changed.save(pdf, encryption=pikepdf.Encryption(owner="a", user=""))
    assert "nghĩa" in text_of(write(ScanForm.PDF, [pdf], pages, tmp_path))


def test_odd_objects_on_a_page_do_not_stop_the_book(book, tmp_path):
    pdf, pages = book
    with Pdf.open(pdf, allow_overwriting_input=True) as changed:
        changed.pages[0].obj.Annots = Dictionary(A=1)
        changed.pages[0].obj.Rotate = Name.Sideways
        changed.pages[2].obj.MediaBox = Array(["a", 0, 1])
        changed.Root.Names = Array([1])
        changed.Root.Outlines = 5
        changed.save(pdf)
    assert text_of(write(ScanForm.PDF, [pdf], pages, tmp_path)).startswith(TEXT[0])


# pictures


def folder_of(tmp_path, count=3):
    drawn = text_page()
    drawn.save(tmp_path / "page.jpg", quality=85)
    return [tmp_path / "page.jpg"] * count, [drawn.page(number) for number in range(1, count + 1)]


def test_photographs_are_embedded_as_they_are(tmp_path):
    images, pages = folder_of(tmp_path, 45)  # more than two chunks
    out = write(ScanForm.FOLDER, images, pages, tmp_path)
    with Pdf.open(out) as written:
        assert len(written.pages) == 45
        for page in written.pages:
            [picture] = pictures_of(page)
            assert picture.read_raw_bytes() == images[0].read_bytes()
        assert float(written.pages[0].MediaBox[2]) == pytest.approx(A5[0] * 0.24, abs=0.1)
    assert text_of(out).split("\f")[44].split("\n")[0] == TEXT[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["access.pdf", "page.jpg"]


def test_a_picture_that_cannot_be_decoded_is_an_empty_page_in_its_place(tmp_path):
    images, pages = folder_of(tmp_path)
    images[1] = tmp_path / "broken.jpg"
    images[1].write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    out = write(ScanForm.FOLDER, images, [pages[0], None, pages[2]], tmp_path)
    first, second, third, *_ = text_of(out).split("\f")
    assert second.strip() == ""
    assert first == third
    with Pdf.open(out) as written:
        assert list(written.pages[1].MediaBox) == list(written.pages[0].MediaBox)


def test_transparency_becomes_paper(tmp_path):
    clear = Image.new("RGBA", (600, 800), (0, 0, 0, 0))
    clear.paste((200, 0, 0, 255), (100, 100, 200, 200))
    clear.save(tmp_path / "clear.png", dpi=(100, 100))
    [shown] = seen(write(ScanForm.IMAGE, [tmp_path / "clear.png"], [None], tmp_path), tmp_path)
    assert shown.getpixel((10, 10)) == (255, 255, 255)
    assert shown.getpixel((150, 150)) == (200, 0, 0)


@pytest.mark.parametrize(("orientation", "turn"), [(3, 180), (6, 270), (8, 90)])
def test_a_turned_photograph_stands_upright_with_its_words(orientation, turn, tmp_path):
    drawn = text_page()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = drawn.image.rotate(-turn, expand=True)
    stored.save(tmp_path / "photo.jpg", dpi=(300, 300), exif=exif, quality=90)
    out = write(ScanForm.IMAGE, [tmp_path / "photo.jpg"], [drawn.page()], tmp_path)
    assert text_of(out).split("\n")[: len(TEXT)] == list(TEXT)
    [shown] = seen(out, tmp_path, dpi=75)
    upright = drawn.image.resize(shown.size).convert("RGB")
    assert (
        ImageChops.difference(shown, upright).convert("L").point(lambda v: v > 160 and 255).histogram()[255]
        < 200
    )


def test_a_turned_photograph_that_was_read_unturned_stays_so(tmp_path):
    drawn = text_page()
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn.save(tmp_path / "photo.jpg", exif=exif)
    with Pdf.open(write(ScanForm.IMAGE, [tmp_path / "photo.jpg"], [drawn.page()], tmp_path)) as written:
        assert int(written.pages[0].get("/Rotate", 0)) == 0


@pytest.mark.parametrize("dpi", [(1, 1), (72, 72), (30_000, 30_000), None])
def test_a_page_has_a_sensible_size_whatever_the_camera_says(dpi, tmp_path):
    drawn = Drawn((3000, 4000))
    drawn.image.save(tmp_path / "photo.jpg", **({"dpi": dpi} if dpi else {}))
    with Pdf.open(write(ScanForm.IMAGE, [tmp_path / "photo.jpg"], [drawn.page()], tmp_path)) as written:
        width, height = (float(side) for side in written.pages[0].MediaBox[2:])
    assert (width, height) == pytest.approx((720, 960), abs=0.1)


def test_a_tiff_of_black_and_white_pages_stays_small(tmp_path):
    drawn = [text_page(mode="1"), text_page(TEXT[:2], mode="1")]
    path = tmp_path / "fax.tif"
    drawn[0].image.save(
        path, save_all=True, append_images=[drawn[1].image], compression="group4", dpi=(300, 300)
    )
    out = write(ScanForm.TIFF, [path], [page.page(n) for n, page in enumerate(drawn, 1)], tmp_path)
    assert text_of(out).split("\f")[1].split("\n")[:2] == list(TEXT[:2])
    with Pdf.open(out) as written:
        assert len(written.pages) == 2
        for page, original in zip(written.pages, drawn, strict=True):
            [picture] = pictures_of(page)
            assert "/CCITTFaxDecode" in str(picture.Filter)
            shown = pikepdf.PdfImage(picture).as_pil_image().convert("1")
            assert ImageChops.difference(shown.convert("L"), original.image.convert("L")).getbbox() is None


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", None])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_tiff_packed_without_loss_keeps_its_pixels(compression, mode, tmp_path):
    drawn = text_page(mode=mode)
    drawn.save(tmp_path / "scan.tif", compression=compression)
    with Pdf.open(write(ScanForm.TIFF, [tmp_path / "scan.tif"], [drawn.page()], tmp_path)) as written:
        [picture] = pictures_of(written.pages[0])
        shown = pikepdf.PdfImage(picture).as_pil_image()
        assert ImageChops.difference(shown.convert(mode), drawn.image).getbbox() is None


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_tiff_of_jpeg_pictures_is_not_decoded(mode, tmp_path):
    drawn = text_page(mode=mode)
    path = tmp_path / "scan.tif"
    drawn.image.save(
        path, save_all=True, append_images=[drawn.image], compression="jpeg", quality=80, dpi=(300, 300)
    )
    with Image.open(path) as scan:
        assert len(scan.tag_v2[273]) > 1  # strips
        as_pillow_sees_it = scan.convert("RGB")
    out = write(ScanForm.TIFF, [path], [drawn.page(), None], tmp_path)
    assert out.stat().st_size <= 1.05 * path.stat().st_size
    with Pdf.open(out) as written:
        for page in written.pages:
            [picture] = pictures_of(page)
            assert str(picture.Filter) == "/DCTDecode"
            shown = Image.open(BytesIO(picture.read_raw_bytes())).convert("RGB")
            assert max(high for _, high in ImageChops.difference(shown, as_pillow_sees_it).getextrema()) <= 2
    [first, _] = seen(out, tmp_path, dpi=75)
    likeness = ImageChops.difference(first, as_pillow_sees_it.resize(first.size))
    assert likeness.convert("L").point(lambda v: v > 160 and 255).histogram()[255] < 200


def test_a_png_with_a_palette_and_one_with_sixteen_bits_are_taken(tmp_path):
    Image.new("P", (400, 600), 3).save(tmp_path / "palette.png")
    Image.new("I;16", (400, 600), 40_000).save(tmp_path / "deep.png")
    out = write(ScanForm.FOLDER, [tmp_path / "palette.png", tmp_path / "deep.png"], [None, None], tmp_path)
    shades = [page.getpixel((50, 50)) for page in seen(out, tmp_path)]
    assert shades[1] == pytest.approx((156, 156, 156), abs=1)


def test_the_font_is_the_one_that_the_script_draws():
    drawn = runpy.run_path(str(ROOT / "scripts" / "make_glyphless_font.py"))["draw"]()
    assert drawn == (ROOT / "ocr" / "resources" / "glyphless.ttf").read_bytes()
