"""A shelf on which nothing is ordinary: hostile words, a law out of force, what readers may not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

import pytest
from PIL import Image

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.ids import Accession, derivative_key, page_key
from domain.ports import Shelf
from domain.records import Citation, FieldValue, Record, Source
from domain.text import Line, Word
from domain.values import Box
from flows.batches import take_in
from flows.steps.leaf import leaf
from flows.steps.publish import index_item, withdraw
from flows.steps.way import digitise
from flows.steps.work import Work
from ocr.hocr import write_hocr
from tests.faults.scans import draw_book, draw_page, jpeg
from tests.flows.serving import free_port
from tests.portal.serving import served

TITLE = "<script>alert('nhan đề')</script>\u202e đảo ngược & “lạ” " + "x" * 300
FIELD = "\"><img src=x onerror=alert('linhvuc')>"
WORDS = (
    "<svg/onload=alert(1)>",
    "</text><script>alert('chữ')</script>",
    "\u202eogneurt",
    "hòa",
    "giải",
    "w" * 10_000,
    "&lt;b&gt;",
    "{{7*7}}",
)
REASON = "<b>Bản in lỗi</b> \u202eđọc ngược"
LAW = "13/2003/QH11"


@dataclass(frozen=True)
class Odd:
    settings: Settings
    hostile: Accession
    law: Accession
    leaflet: Accession
    withdrawn: Accession
    hidden: Accession  # read and described, not published
    bare: Accession  # published, its text and its picture for reading gone


def _record(**fields: object) -> Record:
    return Record({name: FieldValue(value, Source.STAFF, 1.0) for name, value in fields.items()})  # type: ignore[arg-type]


def _leaflet() -> Image.Image:
    page = Image.new("L", (1240, 874), 250)
    for at, words in enumerate(("Bên trong gấp vào", "Mặt sau tờ gấp", "Bìa của tờ gấp")):
        panel = draw_page([words, "Trẻ em có quyền"], size=(413, 874))
        page.paste(panel.crop((60, 0, 413, 874)), (413 * at, 0))
    return page


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Odd:
    folder, data = tmp_path_factory.mktemp("odd-in"), tmp_path_factory.mktemp("odd")
    names = ("hostile", "law", "leaflet", "withdrawn", "hidden", "bare")
    for at, name in enumerate(names, start=1):
        if name == "leaflet":
            (folder / f"{at}.jpg").write_bytes(jpeg(_leaflet()))
        else:
            draw_book(folder / f"{at}.pdf", pages=2 if name == "hostile" else 1, first_folio=10 * at)
    settings = load_settings(data_dir=data, actor="lan", unit="stp", portal_port=free_port())
    with open_shelf(settings) as shelf:
        inputs = sorted(folder.iterdir())
        taken = [
            item
            for path in inputs
            for item in take_in(shelf, settings, [path], publish=path.name != "5.pdf").to_digitise
        ]
        for item_id in taken:
            digitise(shelf, item_id, Work(settings.who, settings.ocr))
        ids = dict(zip(names, taken, strict=True))
        _make_odd(shelf, settings, ids)
        with shelf.catalog.view() as seen:
            codes = {name: seen.item(item_id).accession for name, item_id in ids.items()}
    return Odd(settings, **codes)


def _make_odd(shelf: Shelf, settings: Settings, ids: dict[str, str]) -> None:
    hostile = ids["hostile"]
    with shelf.catalog.begin() as changes:
        cites = (Citation(LAW, 1, LAW, 0.9), Citation("1/2000/QH10", 2, "1/2000/QH10", 0.9))
        changes.set_record(hostile, Record(_record(title=TITLE, field=FIELD, abstract=TITLE).fields, cites))
        status = "Hết hiệu lực toàn bộ"
        changes.set_record(
            ids["law"], _record(title="Luật Đất đai", so_ky_hieu=LAW, legal_status=status, year=2003)
        )
        changes.set_record(ids["leaflet"], _record(title="Tờ gấp về trẻ em", resource_type="leaflet"))
        changes.set_record(ids["withdrawn"], _record(title="Sách đã rút <i>"))
        changes.set_record(ids["bare"], _record(title="Sách không có ảnh"))
    _write_hostile_page(shelf, hostile)
    with shelf.catalog.begin() as changes:
        second = changes.pages(hostile)[1]
        changes.replace_page(hostile, replace(second, label="xii"))
    # What the catalogue tells of and the store has lost.
    for name in ("text.txt", "reading/000001.jpg"):
        shelf.store.delete(derivative_key(ids["bare"], name))
    for item_id in ids.values():
        index_item(shelf, item_id, settings.who)
    withdraw(shelf, ids["withdrawn"], settings.who, REASON)


def _write_hostile_page(shelf: Shelf, item_id: str) -> None:
    found = leaf(shelf, item_id, 1)
    assert found is not None
    assert found.page is not None
    words = tuple(
        Word(text, Box(90 + 80 * at, 120, 160 + 80 * at, 150), 0.9) for at, text in enumerate(WORDS)
    )
    line = Line(words, Box(90, 120, 760, 150), size=30.0)
    data = write_hocr(replace(found.page, lines=(line,)))
    shelf.store.put(page_key(item_id, 1), BytesIO(data), media_type="text/vnd.hocr+html")


@pytest.fixture(scope="session")
def odd_base(odd: Odd) -> Iterator[str]:
    with served(odd.settings) as address:
        yield address
