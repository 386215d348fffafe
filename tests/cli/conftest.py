from __future__ import annotations

from collections.abc import Iterator
from signal import SIGTERM, getsignal, signal

import pytest

from tests.cli.shell import Terminal


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    before = getsignal(SIGTERM)
    yield
    signal(SIGTERM, before)


@pytest.fixture
def tusach(tmp_path, capfd) -> Terminal:
    return Terminal(tmp_path / "data", capfd)
