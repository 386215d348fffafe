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
