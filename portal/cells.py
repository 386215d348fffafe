"""Cells of a table that a spreadsheet will open."""

from __future__ import annotations

import re

# At the very beginning white space stands for nothing in front of a formula.
_BEGINS = re.compile(r"^(?=[\t\r\n]|\s*[=+@-])|;(?=\s*[=+@-])")


def plain_cell(text: str) -> str:
    """A text that no spreadsheet runs: what would begin a formula there is quoted, here and behind a ";".

    Where a comma is the decimal mark, as in Vietnam, spreadsheets part cells at ";" and do not heed the
    quotation marks around a cell that ends at a comma.
    """
    return _BEGINS.sub(lambda found: f"{found[0]}'", text)
