"""Each of the seven packages this was asked to stand on does the job it is named for, and here is where.

And the named folders hold what their names say. What each adapter promises is in ``tests/contracts``.
"""

import ast
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from minio import Minio
from PIL import Image
from pypdf import PdfReader, PdfWriter

from config import wiring
from domain.holdings import ScanForm
from domain.ids import Accession, ItemId
from domain.options import IntakePolicy, OcrOptions
from domain.queries import PageDocument, Query
from domain.text import PageImage
from domain.values import Box
from indexing.elastic import open_index
from indexing.elastic_bodies import document, settings_and_mapping
from ocr.inspect import inspect
from ocr.pictures import pictures
from ocr.raster import open_scan
from ocr.tesseract import open_engine
from storage.s3 import open_store
from tests.faults.scans import DPI, SENTENCES, draw_book, draw_page

ROOT = Path(__file__).resolve().parents[1]
JOBS = {
    "pytesseract": {"ocr.tesseract"},
    "pdf2image": {"ocr.drawing"},
    "pypdf": {"ocr.embedded", "ocr.inspect_pdf", "ocr.pdf"},
    "PIL": {"ocr.blank", "ocr.pictures", "ocr.stills"},
    "prefect": {"flows.digitise", "flows.worker"},
    "minio": {"storage.s3"},
    "elasticsearch": {"indexing.elastic", "indexing.elastic_bulk", "indexing.leases"},
}
HOMES = {  # the only folder of ours that may import a package
    "pytesseract": "ocr",
    "pdf2image": "ocr",
    "pypdf": "ocr",
    "PIL": "ocr",
    "prefect": "flows",
    "minio": "storage",
    "elasticsearch": "indexing",
}
FOLDERS = ("ocr", "catalog", "storage", "indexing", "flows", "config", "cli", "domain")


def importers(package: str) -> set[str]:
    """Our modules that import a package, wherever in them they do."""
    found = set()
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == package for name in names):
                found.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


@pytest.mark.parametrize("package", JOBS)
def test_a_package_is_used_where_its_job_is_and_nowhere_else(package):
    found = importers(package)
    assert found >= JOBS[package]
    assert {module.partition(".")[0] for module in found} == {HOMES[package]}


def test_pytesseract_reads_a_page(tmp_path):
    path = tmp_path / "page.png"
    draw_page([SENTENCES[1][:40]]).save(path, dpi=(DPI, DPI))
    with Image.open(path) as picture:
        width, height = picture.size
    page = PageImage(path, 1, 1, Box(0, 0, width, height), width, height, DPI, drawn=False)
    with open_engine("tesseract:", secrets={}) as engine:
        assert "Người khiếu nại" in engine.recognise(page, OcrOptions()).text


def test_pdf2image_draws_a_page_that_is_more_than_a_picture(tmp_path):
    scan = tmp_path / "outline.pdf"
    Image.new("L", (300, 400), 255).save(scan, resolution=72)
    scan.write_bytes(_turned(scan))
    with open_scan(ScanForm.PDF, [scan]) as opened:
        page = opened.page_image(1, tmp_path, OcrOptions(dpi=150))
    assert page.drawn
    assert (page.width, page.height) == (pytest.approx(400 * 150 / 72, abs=2), pytest.approx(625, abs=2))


def _turned(path: Path) -> bytes:
    writer, out = PdfWriter(clone_from=path), BytesIO()
    writer.pages[0].rotate(90)
    writer.write(out)
    return out.getvalue()


def test_pypdf_counts_a_books_pages_and_hands_out_their_pictures_untouched(tmp_path):
    book = draw_book(tmp_path / "book.pdf", pages=3)
    assert inspect(book, "book.pdf", IntakePolicy()).image_count == 3
    with open_scan(ScanForm.PDF, [book]) as opened:
        page = opened.page_image(2, tmp_path, OcrOptions())
    assert not page.drawn
    (stored,) = PdfReader(book).pages[1]["/Resources"]["/XObject"].values()
    assert page.path.read_bytes() == stored.get_object()._data


def test_pillow_makes_the_small_pictures(tmp_path):
    path = tmp_path / "page.png"
    draw_page(["Điều 1."]).save(path)
    with Image.open(path) as picture:
        width, height = picture.size
    made = pictures(PageImage(path, 1, 1, Box(0, 0, width, height), width, height, DPI, drawn=False))
    assert [len(data) > 0 for data in made] == [True, True]


def test_prefect_knows_our_flows_by_their_names():
    from prefect import Flow

    from flows.digitise import digitise_item, digitise_items
    from flows.orders import BOOK, SHORT_ITEMS

    assert isinstance(digitise_item, Flow)
    assert [digitise_item.name, digitise_items.name] == [BOOK, SHORT_ITEMS]


def test_the_minio_client_is_what_speaks_to_an_s3_store():
    """That it keeps every promise of a store is shown on a real server, in tests/contracts/test_store.py."""
    with open_store("s3+http://127.0.0.1:9/scans", secrets={"access_key": "a", "secret_key": "b"}) as store:
        assert any(isinstance(held, Minio) for held in vars(store).values())


@contextmanager
def listening() -> Iterator[tuple[int, list[tuple[str, str, object]]]]:
    """A server that says it is Elasticsearch and has nothing; its port, and what it was asked."""
    asked: list[tuple[str, str, object]] = []

    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, json.loads(body) if body.startswith(b"{") else None))
            answer = b'{"error": {"type": "index_not_found_exception"}, "status": 404}'
            self.send_response(404)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Nothing, f"do_{method}", Nothing.do_any)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def test_the_elasticsearch_client_is_what_asks_a_search_server():
    """What it asks for; that the answers are right needs a server: TUSACH_TEST_INDEX_URL, tests/contracts."""
    with (
        listening() as (port, asked),
        open_index(f"elasticsearch+http://127.0.0.1:{port}/books", secrets={}) as index,
    ):
        assert index.search(Query("hòa giải")).total == 0
    assert asked
    assert all("books" in path for _, path, _ in asked)


def test_what_elasticsearch_is_told_is_json_that_fits_its_mapping():
    page = PageDocument(
        item_id=ItemId("a" * 32),
        accession=Accession("TSPL-VN-2026-000001"),
        revision=3,
        published=True,
        title="Sổ tay hòa giải ở cơ sở",
        resource_type="handbook",
        agency="Sở Tư pháp",
        year=2024,
        so_ky_hieu=None,
        number=2,
        label="2",
        text=SENTENCES[0],
        cites=("35/2013/QH13",),
    )
    mapping = json.loads(json.dumps(settings_and_mapping()))["mappings"]
    told = json.loads(json.dumps(document(page, 1, last=True)))
    assert mapping["dynamic"] == "strict"
    assert told.keys() <= mapping["properties"].keys()
    assert (told["published"], told["page"], told["revision"]) == (True, 2, 3)


@pytest.mark.parametrize(
    ("folder", "table"),
    [
        ("storage", wiring.STORES),
        ("catalog", wiring.CATALOGS),
        ("indexing", wiring.INDEXES),
        ("ocr", wiring.ENGINES),
    ],
)
def test_a_craft_holds_every_adapter_of_its_port(folder, table):
    assert {target.partition(".")[0] for target in table.values()} == {folder}
    assert all(
        (ROOT / target.partition(":")[0].replace(".", "/")).with_suffix(".py").is_file()
        for target in table.values()
    )


def test_every_port_has_a_contract_suite():
    assert {path.name for path in (ROOT / "tests" / "contracts").glob("test_*.py")} >= {
        "test_store.py",
        "test_catalog.py",
        "test_index.py",
    }


def test_flows_are_prefects_and_their_steps_are_not():
    assert not any(module.startswith("flows.steps") for module in importers("prefect"))


def test_only_config_reads_the_environments_settings():
    """Other modules may look at the environment as a whole, to hand it on; none reads a setting from it."""
    readers = {
        path.relative_to(ROOT).parts[0]
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"""(environ(\.get)?|getenv)[\[(]f?["']TUSACH_""", path.read_text("utf-8"))
    }
    assert readers <= {"config"}
