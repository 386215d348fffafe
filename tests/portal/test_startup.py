"""A portal is small: what it needs for rare pages, and what only those who read scans need, comes late."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("PIL", "authlib", "httpx", "lxml", "numpy", "openpyxl", "pikepdf", "prefect", "pypdf", "rapidfuzz")


def test_the_api_comes_when_somebody_asks_for_it():
    loaded = (
        "import sys, portal.app; print([one for one in sys.modules if one.startswith('portal.routes.api.')])"
    )
    told = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=120
    )
    assert told.stdout.strip() == "['portal.routes.api.shapes']"


@pytest.mark.parametrize("module", ["portal.__main__", "portal.app"])
def test_what_is_heavy_and_rare_is_not_loaded_with_the_portal(module):
    loaded = f"import sys, {module}; print([one for one in {HEAVY!r} if one in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=120
    )
    assert told.stdout.strip() == "[]"
