"""A shelf of real adapters in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.options import OcrOptions
from domain.ports import Shelf
from domain.values import Actor
from flows.steps.work import Work
from tests.faults.scans import draw_book
from tests.faults.walk import walk

BY = Actor("lan", "stp")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "kệ sách")


@pytest.fixture
def shelf(settings: Settings) -> Iterator[Shelf]:
    with open_shelf(settings) as opened:
        yield opened


@pytest.fixture
def work() -> Work:
    return Work(by=BY, options=OcrOptions())


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("in")
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.4 and nothing behind")
    return [
        draw_book(folder / "Sổ tay hòa giải.pdf", pages=2),
        draw_book(folder / "Cẩm nang.pdf", pages=3, first_folio=7),
        folder / "hỏng.pdf",
    ]


@pytest.fixture(scope="module")
def source(batch, tmp_path_factory) -> Settings:
    """A shelf with two published books and a broken file; tests leave it as it is."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("source"), actor="lan", unit="stp")
    with open_shelf(settings) as shelf:
        walk(shelf, settings, batch)
    return settings
