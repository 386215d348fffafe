"""Imported by Python itself at start: puts the killing adapters in place where a test asks for them."""

import os

if "KILLED_AT_MARKS" in os.environ:
    from config import wiring

    wiring.CATALOGS["sqlite"] = "tests.faults.killing:open_catalog"
    wiring.ENGINES["tesseract"] = "tests.faults.killing:open_engine"
