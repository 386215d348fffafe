"""``digitise``: files in, files out, and nothing else changed."""

import json
import shutil
from hashlib import sha256

import pytest
from pypdf import PdfReader

from config.messages import sentence
from tests.cli.shell import program
from tests.faults.scans import draw_book, draw_page, page_lines, page_tree_with_a_circle

PAGE_KEYS = ["number", "image", "box", "label", "kind", "width", "height", "dpi", "confidence", "text"]
COUNTS = ["declared", "images", "scanned", "printed", "blank", "missing", "duplicate"]


@pytest.fixture
def book(tmp_path):
    return draw_book(tmp_path / "bản quét" / "sổ tay.pdf", pages=2)


def test_a_book_becomes_a_searchable_pdf_text_hocr_and_pages(tusach, book, tmp_path):
    before = book.read_bytes()
    out = tmp_path / "kết quả"
    said = tusach("digitise", book, "--out", out, "--json")
    assert said.code == 0
    [told] = said.json
    assert list(told) == ["source", "sha256", "pages", "counts", "outputs", "problems"]
    assert (told["source"], told["sha256"]) == (str(book), sha256(before).hexdigest())
    assert [list(page) for page in told["pages"]] == [PAGE_KEYS, PAGE_KEYS]
    assert [(page["number"], page["image"]) for page in told["pages"]] == [(1, 1), (2, 2)]
    assert all(0 < page["confidence"] <= 1 for page in told["pages"])
    assert all(page["box"] == [0, 0, page["width"], page["height"]] for page in told["pages"])
    assert list(told["counts"]) == COUNTS
    assert (told["counts"]["images"], told["counts"]["scanned"], told["counts"]["declared"]) == (2, 2, None)
    assert told["outputs"] == {
        name: str(out / f"sổ tay{suffix}")
        for name, suffix in {"pdf": ".pdf", "text": ".txt", "hocr": ".hocr", "pages": ".pages.json"}.items()
    }
    assert told["problems"] == []
    assert json.loads((out / "sổ tay.pages.json").read_text("utf-8")) == told
    words = " ".join(page_lines(1))
    assert words in " ".join(told["pages"][0]["text"].split())
    assert (out / "sổ tay.txt").read_text("utf-8").count("\f") == 2
    assert words in " ".join(PdfReader(out / "sổ tay.pdf").pages[0].extract_text().split())
    assert "ocr_page" in (out / "sổ tay.hocr").read_text("utf-8")
    assert book.read_bytes() == before
    assert len(list(out.iterdir())) == 4
    assert not tusach.data_dir.exists()


def test_a_second_run_replaces_its_own_outputs(tusach, book, tmp_path):
    out = tmp_path / "out"
    first = tusach("digitise", book, "--out", out, "--json").json
    assert tusach("digitise", book, "--out", out, "--json").json == first
    assert len(list(out.iterdir())) == 4


def test_results_beside_the_scan_leave_the_scan_alone(tusach, book):
    before = book.read_bytes()
    said = tusach("digitise", book, "--out", book.parent, "--json")
    assert said.json[0]["outputs"]["pdf"] == str(book.parent / "sổ tay-2.pdf")
    assert book.read_bytes() == before


def test_the_same_content_twice_is_read_once_and_answered_twice(tusach, book, tmp_path):
    copy = shutil.copy(book, tmp_path / "copy.pdf")
    first, second = tusach("digitise", book, copy, "--out", tmp_path / "out", "--json").json
    assert first == second
    assert len(list((tmp_path / "out").iterdir())) == 4


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_cannot_be_read_is_told_and_the_rest_is_done(tusach, tmp_path, lang):
    draw_page(["Điều 1.", "Trẻ em có quyền được học tập."]).save(tmp_path / "a.png", dpi=(150, 150))
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "cut.pdf").write_bytes(draw_book(tmp_path / "x.pdf", pages=1).read_bytes()[:900])
    names = ["empty.pdf", "a.png", "cut.pdf"]
    out = tmp_path / "out"
    said = tusach("digitise", *(tmp_path / name for name in names), "--out", out, "--json", lang=lang)
    assert said.code == 3
    empty, good, cut = said.json
    assert good["problems"] == []
    assert empty["outputs"] == cut["outputs"] == dict.fromkeys(["pdf", "text", "hocr", "pages"])
    assert empty["problems"] == [
        {
            "code": "intake.empty_file",
            "page": None,
            "message": sentence("intake.empty_file", lang, {"name": "empty.pdf"}),
        }
    ]
    assert cut["problems"][0]["code"] == "intake.damaged_file"
    assert set(empty["counts"].values()) == {None}
    assert len(list(out.iterdir())) == 4


def test_people_are_told_where_the_results_are(tusach, book, tmp_path):
    said = tusach("digitise", book, "--out", tmp_path / "out", lang="vi")
    assert said.out.splitlines() == [
        str(tmp_path / "out" / f"sổ tay{suffix}") for suffix in (".pdf", ".txt", ".hocr", ".pages.json")
    ]


def test_a_shelf_named_in_the_environment_is_not_touched(book, tmp_path):
    shelf = tmp_path / "shelf"
    said = program(
        *("digitise", str(book), "--out", str(tmp_path / "out")),
        TUSACH_DATA_DIR=str(shelf),
        TUSACH_CATALOG_URL=f"sqlite:///{shelf}/catalog.sqlite3",
    )
    assert said.returncode == 0, said.stderr
    assert not shelf.exists()


def test_a_missing_language_is_told_before_anything_is_written(book, tmp_path):
    said = program(
        *("--lang", "en", "digitise", str(book), "--out", str(tmp_path / "out")),
        TUSACH_OCR__LANGUAGES='["xyz"]',
    )
    assert said.returncode in (1, 3)
    assert "tesseract-ocr-xyz" in said.stderr
    assert "Traceback" not in said.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_book_that_was_read_but_cannot_be_bound_does_not_stop_the_others(tusach, tmp_path):
    circle, good = tmp_path / "vòng tròn.pdf", draw_book(tmp_path / "tốt.pdf", pages=1)
    circle.write_bytes(page_tree_with_a_circle())
    said = tusach("digitise", circle, good, "--out", tmp_path / "out", "--json", lang="vi")
    assert said.code == 3
    [stuck, made] = said.json
    assert [one["code"] for one in stuck["problems"]] == ["intake.damaged_file"]
    assert "“vòng tròn.pdf”" in stuck["problems"][0]["message"]
    assert stuck["outputs"] == dict.fromkeys(made["outputs"])
    assert len(list((tmp_path / "out").iterdir())) == 4
