import io
from dataclasses import replace
from pathlib import Path

from domain.options import OcrOptions
from ocr.plaintext import write_text
from tests.faults.engines import page_of, picture


def test_every_page_ends_with_a_form_feed():
    full = page_of(picture(Path("x")), OcrOptions(), "Điều 1.\nPhạm vi\n\nĐiều 2.")
    out = io.BytesIO()
    write_text(iter([full, replace(full, lines=()), full]), out)
    pages = out.getvalue().decode().split("\f")
    assert pages == ["Điều 1.\nPhạm vi\n\nĐiều 2.\n", "", "Điều 1.\nPhạm vi\n\nĐiều 2.\n", ""]
