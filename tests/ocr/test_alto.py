import io
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree

from domain.errors import DamagedFile
from domain.values import Box
from ocr.alto import NAMESPACE, read_alto, write_alto
from tests.ocr.ocrpages import ocr_pages


def written(*pages) -> bytes:
    out = io.BytesIO()
    write_alto(iter(pages), out, source_name="Sổ tay & luật.pdf")
    return out.getvalue()


@given(ocr_pages())
@settings(max_examples=100, deadline=None)
def test_words_boxes_and_grouping_come_back(page):
    (back,) = read_alto(written(page))
    assert [word for line in back.lines for word in line.words] == list(page.words)
    assert [line.box for line in back.lines] == [line.box for line in page.lines]
    assert (back.number, back.image, back.dpi, back.languages) == (
        page.number,
        page.image,
        page.dpi,
        page.languages,
    )
    assert (back.width, back.height, back.box) == (
        page.width,
        page.height,
        Box(0, 0, page.width, page.height),
    )

    def breaks(lines):
        groups = [(line.block, line.paragraph) for line in lines]
        return [a != b for a, b in itertools.pairwise(groups)]

    assert breaks(back.lines) == breaks(page.lines)


@given(ocr_pages())
@settings(max_examples=20, deadline=None)
def test_a_document_is_written_as_the_standard_orders_it(page):
    root = etree.fromstring(written(page, replace(page, number=page.number + 1)))
    assert root.tag == f"{{{NAMESPACE}}}alto"
    assert [etree.QName(child).localname for child in root] == ["Description", "Layout"]
    assert [etree.QName(child).localname for child in root[0]] == [
        "MeasurementUnit",
        "sourceImageInformation",
        "Processing",
    ]
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(names) == len(set(names))
    assert len(read_alto(etree.tostring(root))) == 2


def test_no_pages_are_no_pages():
    assert read_alto(written()) == []


@pytest.mark.parametrize("data", [b"", b"<alto/>", b"<alto xmlns='http://example.org/'/>"])
def test_what_is_no_alto_is_refused(data):
    with pytest.raises(DamagedFile):
        read_alto(data)
