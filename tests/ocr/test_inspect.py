import struct
import unicodedata
import zipfile
import zlib

import pikepdf
import pytest

from domain.errors import (
    DamagedFile,
    EmptyFile,
    EncryptedPdf,
    FileTooLarge,
    IntakeError,
    NotWhatItsNameSays,
    TooManyPages,
    TooManyPixels,
    UnknownFormat,
)
from domain.holdings import ScanForm
from domain.options import IntakePolicy
from ocr.inspect import IMAGE_SUFFIXES, inspect, inspect_folder
from tests.ocr.scanfiles import edited, jpeg, pdf, sheet, tiff

POLICY = IntakePolicy()


def judge(path, policy=POLICY):
    return inspect(path, path.name, policy)


def office(path, *parts):
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return path


def bomb(path, side=60_000):
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">LLBBBBB", side, side, 8, 0, 0, 0, 0)
    png = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + png)
    return path


def test_a_pdf_is_counted_and_says_what_it_says_of_itself(tmp_path):
    def describe(document):
        document.docinfo["/Title"] = unicodedata.normalize("NFD", "Sổ tay  hòa giải\x00\n")
        document.docinfo["/Author"] = "Sở Tư pháp" * 1000
        document.docinfo["/Keywords"] = " "

    facts = judge(edited(pdf(tmp_path / "sách có dấu.pdf"), describe))
    assert (facts.form, facts.image_count, facts.media_type) == (ScanForm.PDF, 3, "application/pdf")
    assert facts.properties["title"] == "Sổ tay hòa giải"
    assert len(facts.properties["author"]) <= 500
    assert "keywords" not in facts.properties


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits"])
def test_frames_of_a_tiff_are_counted(tmp_path, compression):
    facts = judge(tiff(tmp_path / "a.tif", 3, compression))
    assert (facts.form, facts.image_count) == (ScanForm.TIFF, 3)


def test_frames_of_a_fax_are_counted(tmp_path):
    assert judge(tiff(tmp_path / "a.tiff", 4, "group4", mode="1")).image_count == 4


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "webp"])
def test_a_picture_is_one_image(tmp_path, suffix):
    path = tmp_path / f"ảnh.{suffix}"
    sheet().save(path)
    facts = judge(path)
    assert (facts.form, facts.image_count) == (ScanForm.IMAGE, 1)
    assert f".{suffix}" in IMAGE_SUFFIXES


def test_a_png_called_jpg_is_taken_for_what_it_is(tmp_path):
    sheet().save(tmp_path / "a.png")
    facts = judge((tmp_path / "a.png").rename(tmp_path / "a.JPG"))
    assert (facts.form, facts.media_type) == (ScanForm.IMAGE, "image/png")


def test_a_name_that_promises_nothing_cannot_be_wrong(tmp_path):
    assert judge(pdf(tmp_path / "Quyết định số 14.2019")).form is ScanForm.PDF


def test_an_empty_file_is_empty(tmp_path):
    (tmp_path / "a.pdf").touch()
    with pytest.raises(EmptyFile):
        judge(tmp_path / "a.pdf")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", b"<html>404 Not Found</html>" * 30, None),
        ("a.pdf", jpeg(), "image/jpeg"),
        ("a.jpg", b"%PDF-1.7\n", "application/pdf"),
        ("a.docx", b"%PDF-1.7\n", "application/pdf"),
        ("a.mp4", b"just text, no film", None),
        ("a.docx", b"\0\0\0\x18ftypmp42" + b"\0" * 99, "video/mp4"),
        ("a.tif", b"\0" * 4096, None),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content, found):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NotWhatItsNameSays) as told:
        judge(tmp_path / name)
    assert told.value.fields["expected"] == f".{name[2:]}"
    assert found is None or told.value.fields["found"] == found


def test_an_archive_called_pdf_or_docx_is_not_one(tmp_path):
    for name in ("a.pdf", "a.docx"):
        with pytest.raises(NotWhatItsNameSays) as told:
            judge(office(tmp_path / name, "thư mục/a.txt"))
        assert told.value.fields["found"] == "application/zip"


@pytest.mark.parametrize("name", ["a.zip", "a.txt", "a.exe", "a"])
def test_what_is_no_scan_and_no_film_is_unknown(tmp_path, name):
    (tmp_path / name).write_bytes(b"MZ\x90 hello, nothing to digitise here")
    with pytest.raises(UnknownFormat):
        judge(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 99),
        ("a.mp3", b"ID3\x04" + b"\0" * 99),
        ("a.mp3", b"\xff\xfb\x90\x64" + b"\0" * 99),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99),
        ("a.rtf", b"{\\rtf1 x}"),
        ("a.avi", b"RIFF\0\0\0\0AVI LIST"),
    ],
)
def test_films_sounds_and_office_files_wait_for_their_pdf(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    facts = judge(tmp_path / name)
    assert (facts.form, facts.image_count) == (ScanForm.MEDIA, None)


@pytest.mark.parametrize(("name", "part"), [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")])
def test_office_archives_are_known_by_their_parts(tmp_path, name, part):
    assert judge(office(tmp_path / name, "[Content_Types].xml", part)).form is ScanForm.MEDIA


def test_an_open_document_is_known_by_its_own_word(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert judge(tmp_path / "a.odt").form is ScanForm.MEDIA


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("linearize", [False, True])
@pytest.mark.parametrize("streams", [False, True])
def test_a_pdf_cut_short_is_damaged(tmp_path, share, linearize, streams):
    mode = pikepdf.ObjectStreamMode.generate if streams else pikepdf.ObjectStreamMode.disable
    path = edited(pdf(tmp_path / "a.pdf", 8), lambda _: None, linearize=linearize, object_stream_mode=mode)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DamagedFile):
        judge(path)


def test_a_pdf_half_filled_with_zeros_is_damaged(tmp_path):
    path = pdf(tmp_path / "a.pdf", 8)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    with pytest.raises(DamagedFile):
        judge(path)


def test_a_pdf_with_something_after_its_end_is_taken(tmp_path):
    path = pdf(tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes() + b"\0" * 10_000)
    assert judge(path).image_count == 3


def test_a_pdf_with_something_before_its_start_is_taken(tmp_path):
    path = pdf(tmp_path / "a.pdf")
    path.write_bytes(b"\r\n\r\n" + path.read_bytes())
    assert judge(path).image_count == 3


def test_a_pdf_whose_table_points_nowhere_is_taken(tmp_path):
    path = pdf(tmp_path / "a.pdf")
    data = path.read_bytes()
    at = data.rindex(b"startxref")
    path.write_bytes(data[:at] + b"startxref\n5\n%%EOF\n")
    assert judge(path).image_count == 3


def test_a_pdf_that_only_poppler_can_read_is_taken(tmp_path):
    path = pdf(tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxxxx"))
    assert judge(path).image_count == 3


def test_a_lost_page_keeps_its_number(tmp_path):
    def lose(document):
        document.Root.Pages.Kids[1] = document.make_indirect(pikepdf.Dictionary(Lost=True))

    assert judge(edited(pdf(tmp_path / "a.pdf"), lose)).image_count == 3


def test_a_pdf_without_pages_is_damaged(tmp_path):
    with pytest.raises(DamagedFile):
        judge(edited(pdf(tmp_path / "a.pdf"), lambda document: document.pages.__delitem__(slice(None))))


@pytest.mark.parametrize("r", [3, 4, 6])
def test_a_password_keeps_a_pdf_closed(tmp_path, r):
    lock = pikepdf.Encryption(
        user="mật khẩu" if r == 6 else "secret", owner="x", R=r, aes=r > 3, metadata=r > 3
    )
    with pytest.raises(EncryptedPdf):
        judge(edited(pdf(tmp_path / "a.pdf"), lambda _: None, encryption=lock))


@pytest.mark.parametrize("r", [3, 4, 6])
def test_an_empty_password_opens_it(tmp_path, r):
    lock = pikepdf.Encryption(user="", owner="x", R=r, aes=r > 3, metadata=r > 3)
    assert judge(edited(pdf(tmp_path / "a.pdf"), lambda _: None, encryption=lock)).image_count == 3


def test_books_are_bounded(tmp_path):
    policy = IntakePolicy(max_pages=2)
    for path in (pdf(tmp_path / "a.pdf"), tiff(tmp_path / "a.tif", 3, "tiff_lzw")):
        with pytest.raises(TooManyPages) as told:
            judge(path, policy)
        assert told.value.fields["limit"] == 2
    with pytest.raises(FileTooLarge):
        judge(tmp_path / "a.pdf", IntakePolicy(max_file_bytes=100))


def test_a_bomb_is_seen_before_it_is_opened(tmp_path):
    with pytest.raises(TooManyPixels) as told:
        judge(bomb(tmp_path / "a.png"))
    assert told.value.fields["pixels"] == 60_000**2


def test_a_bomb_in_a_pdf_is_seen_too(tmp_path):
    def swell(document):
        picture = document.pages[1].Resources.XObject[next(iter(document.pages[1].Resources.XObject))]
        picture.Width = picture.Height = 60_000

    with pytest.raises(TooManyPixels):
        judge(edited(pdf(tmp_path / "a.pdf"), swell))


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "webp"])
def test_a_picture_cut_short_is_damaged(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    sheet(9).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DamagedFile):
        judge(path)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_tiff_cut_short_is_damaged(tmp_path, share):
    path = tiff(tmp_path / "a.tif", 5, "tiff_lzw")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(DamagedFile):
        judge(path)


def test_a_tiff_that_goes_round_in_a_circle_ends(tmp_path):
    path = tiff(tmp_path / "a.tif", 1, "tiff_lzw")
    data = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<L", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<L", data, first + 2 + 12 * entries, first)
    path.write_bytes(data)
    with pytest.raises(DamagedFile):
        judge(path)


def test_a_folder_of_pictures_is_one_book(tmp_path):
    paths = [tmp_path / "1.jpg", tmp_path / "2.jpg"]
    for number, path in enumerate(paths, start=1):
        path.write_bytes(jpeg(number))
    facts = inspect_folder([*paths, tiff(tmp_path / "3.tif", 2, "tiff_lzw")], POLICY)
    assert (facts.form, facts.image_count) == (ScanForm.FOLDER, 4)


def test_a_picture_cut_short_does_not_stop_its_folder(tmp_path):
    (tmp_path / "1.jpg").write_bytes(jpeg())
    (tmp_path / "2.jpg").write_bytes(jpeg()[:500])
    assert inspect_folder([tmp_path / "1.jpg", tmp_path / "2.jpg"], POLICY).image_count == 2


@pytest.mark.parametrize(
    ("name", "content"), [("2.jpg", b""), ("2.jpg", b"no picture"), ("2.pdf", b"%PDF-1.4\n")]
)
def test_a_stranger_in_a_folder_is_named(tmp_path, name, content):
    (tmp_path / "1.jpg").write_bytes(jpeg())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IntakeError) as told:
        inspect_folder([tmp_path / "1.jpg", tmp_path / name], POLICY)
    assert told.value.fields["name"] == name


def test_nothing_is_said_on_the_terminal(tmp_path, capfd):
    path = pdf(tmp_path / "a.pdf")
    path.write_bytes(b"junk" + path.read_bytes().replace(b"/Type /Page\n", b"/Type /Paeg\n"))
    judge(path)
    assert capfd.readouterr() == ("", "")
