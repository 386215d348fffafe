"""The sample batch: deterministic, complete, and its truth is true."""

import json
import zipfile
from io import BytesIO
from random import Random

import pikepdf
import pytest
from openpyxl import load_workbook
from PIL import Image, ImageOps

from samples.batch import make_batch
from samples.items import Order, decision, leaflet, notice, outline
from samples.manifest import Line, write_manifest
from samples.text import topics


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    out = tmp_path_factory.mktemp("samples")
    return out, make_batch(out, "a promise")


def told(batch, resource_type, state="published"):
    _, truths = batch
    return next(t for t in truths if t.resource_type == resource_type and t.state == state)


def opened(batch, truth):
    return pikepdf.open(batch[0] / "batch" / truth.file)


SHORT = (leaflet, outline, notice, decision)  # every kind of text, in few pages


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(batch, tmp_path):
    out, _ = batch
    make_batch(tmp_path / "again", "a promise")
    names = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert len(names) == 10
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name
    others = [
        make(Order(tmp_path, Random(f"{make.__name__}/another"), topic, "Bắc Ninh", set()))
        for make, topic in zip(SHORT, topics(), strict=False)
    ]
    mine = {sentence for truth in batch[1] for page in truth.pages for sentence in page.sentences}
    theirs = {sentence for truth in others for page in truth.pages for sentence in page.sentences}
    assert theirs
    assert not mine & theirs


def test_the_same_form_is_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_manifest(tmp_path / name, [Line("Sổ tay hòa giải", 24)], agency="Sở Tư pháp", year=2019)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_truth_lies_outside_the_batch_folder(batch):
    out, truths = batch
    said = json.loads((out / "truth.json").read_text("utf-8"))
    assert [file["file"] for file in said["files"]] == [truth.file for truth in truths]
    assert sorted(path.name for path in (out / "batch").iterdir()) == sorted(t.file for t in truths)
    assert said["files"][0]["numbers"]


def test_every_book_page_with_running_text_can_be_searched_for(batch):
    for truth in batch[1]:
        for page in truth.pages:
            if page.label is not None:
                assert page.sentences, (truth.file, page.number)
        assert truth.state == "quarantined" or truth.numbers


def test_a_sentence_stands_on_one_page_of_the_whole_batch(batch):
    _, truths = batch
    pages = [" ".join(page.text.split()) for truth in truths for page in truth.pages]
    for truth in truths:
        for page in truth.pages:
            for sentence in page.sentences:
                assert sum(sentence in text for text in pages) == 1, sentence


def test_the_book_has_24_grey_pages_with_folios(batch):
    truth = told(batch, "handbook")
    assert [page.label for page in truth.pages] == [None] * 4 + [str(n) for n in range(5, 24)] + [None]
    with opened(batch, truth) as pdf:
        assert len(pdf.pages) == 24
        for page in pdf.pages:
            (image,) = page.obj.Resources.XObject.values()
            assert (image.Width, image.Height) == (1748, 2480)
            assert (image.ColorSpace, image.Filter) == ("/DeviceGray", "/DCTDecode")
    assert truth.isbn.replace("-", "").isdigit()


def test_the_book_of_questions_lost_a_leaf_and_has_a_blank_page(batch):
    truth = told(batch, "qa_book")
    labels = [page.label for page in truth.pages]
    assert labels[4:8] == ["5", "6", "9", "10"]
    assert [page.number for page in truth.pages if page.blank] == [10]
    assert truth.counts == {"images": 14, "scanned": 14, "blank": 1, "missing": 2}
    assert truth.declared == 16


def test_the_outline_carries_its_text(batch):
    truth = told(batch, "outline")
    with opened(batch, truth) as pdf:
        assert len(pdf.pages) == 3
        assert "/XObject" not in pdf.pages[0].obj.Resources
        fonts = pdf.pages[0].obj.Resources.Font
        assert "/FontFile2" in fonts.F0.DescendantFonts[0].FontDescriptor
        assert str(pdf.docinfo["/Title"]) == truth.title


def test_the_photograph_stands_upright_only_by_its_exif(batch):
    truth = next(t for t in batch[1] if t.file.endswith(".jpg"))
    with Image.open(batch[0] / "batch" / truth.file) as photo:
        assert photo.width > photo.height
        upright = ImageOps.exif_transpose(photo)
        assert upright.width < upright.height


def test_the_decision_is_a_group_4_tiff(batch):
    truth = next(t for t in batch[1] if t.file.endswith(".tif"))
    with Image.open(batch[0] / "batch" / truth.file) as tiff:
        assert tiff.n_frames == len(truth.pages) >= 2
        assert (tiff.mode, tiff.info["compression"]) == ("1", "group4")
    assert truth.so_ky_hieu in truth.pages[0].numbers


def test_the_truncated_file_cannot_be_opened_as_a_whole(batch):
    truth = told(batch, "handbook", state="quarantined")
    data = (batch[0] / "batch" / truth.file).read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"%%EOF" not in data


def test_the_form_names_every_title_one_absent_and_its_own_total(batch):
    out, truths = batch
    rows = list(load_workbook(out / "phu-luc-ii.xlsx").active.iter_rows(values_only=True))
    head = rows.index(("STT", "Tên sách, tài liệu pháp luật", "Số trang", "Ghi chú"))
    lines = rows[head + 1 : head + 2 + len(truths)]
    assert [line[1] for line in lines[:-1]] == [truth.title for truth in truths]
    assert rows[head + 2 + len(truths)][0] == "Tổng"
    assert rows[head + 2 + len(truths)][2] == sum(line[2] or 0 for line in lines)
    differing = [truth for truth in truths if _differs(truth)]
    assert [truth.resource_type for truth in differing] == ["qa_book"]  # counted before the leaf was lost
    stamped = {
        entry.date_time
        for entry in zipfile.ZipFile(BytesIO((out / "phu-luc-ii.xlsx").read_bytes())).infolist()
    }
    assert stamped == {(1980, 1, 1, 0, 0, 0)}


def _differs(truth):
    return truth.declared is not None and bool(truth.pages) and truth.declared != len(truth.pages)
