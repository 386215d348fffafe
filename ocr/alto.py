"""``OcrPage`` to and from ALTO 4.4, the form in which libraries exchange recognised text.

A block becomes a ComposedBlock, a paragraph a TextBlock. ALTO has no place for a page's
resolution and languages; they stand in the settings of the processing step, taken from the
first page.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from lxml import etree

from domain.errors import DamagedFile
from domain.text import Line, OcrPage, Word
from domain.values import Box
from ocr.xml import Unreadable, carried, parse

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = f"{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_NS = f"{{{NAMESPACE}}}"
_SETTINGS = re.compile(r"dpi=(\d{1,6}) languages=(\S*)", re.ASCII)
_BCP47 = {"vie": "vi", "eng": "en", "fra": "fr", "chi_tra": "zh-Hant", "chi_sim": "zh-Hans"}


def write_alto(pages: Iterable[OcrPage], out: BinaryIO, *, source_name: str) -> None:
    """All pages in one document, written as they come; measures are pixels of each page's picture."""
    coming = iter(pages)
    first = next(coming, None)
    with etree.xmlfile(out, encoding="UTF-8") as document:
        document.write_declaration()
        with document.element(f"{_NS}alto", {_XSI: _SCHEMA, "SCHEMAVERSION": "4.4"}, nsmap={None: NAMESPACE}):
            document.write(_description(first, source_name))
            with document.element(f"{_NS}Layout"):
                for page in itertools.chain([first] if first else [], coming):
                    document.write(_page_element(page))


def _description(first: OcrPage | None, source_name: str) -> etree._Element:
    description = etree.Element(f"{_NS}Description")
    _add(description, "MeasurementUnit").text = "pixel"
    source = _add(description, "sourceImageInformation")
    _add(source, "fileName").text = carried(source_name)
    if first is not None:
        step = _add(description, "Processing", ID="ocr")
        settings = f"dpi={first.dpi} languages={'+'.join(first.languages)}"
        _add(step, "processingStepSettings").text = carried(settings)
        name, _, version = first.engine.partition(" ")
        software = _add(step, "processingSoftware")
        _add(software, "softwareName").text = carried(name)
        _add(software, "softwareVersion").text = carried(version)
    return description


def _page_element(page: OcrPage) -> etree._Element:
    number, confidence = page.number, page.confidence
    extent = {"WIDTH": str(page.width), "HEIGHT": str(page.height)}
    element = etree.Element(f"{_NS}Page", extent)
    element.set("ID", f"page_{number}")
    element.set("PHYSICAL_IMG_NR", str(page.image))
    if confidence is not None:
        element.set("PC", f"{confidence:.4f}")
    space = _add(element, "PrintSpace", HPOS="0", VPOS="0", **extent)
    names = itertools.count(1)
    for _, block in itertools.groupby(page.lines, key=lambda line: line.block):
        lines = list(block)
        composed = _add(space, "ComposedBlock", ID=f"block_{number}_{next(names)}", **_place(_around(lines)))
        for _, paragraph in itertools.groupby(lines, key=lambda line: line.paragraph):
            part = list(paragraph)
            text = _add(composed, "TextBlock", ID=f"text_{number}_{next(names)}", **_place(_around(part)))
            if page.languages and page.languages[0] in _BCP47:
                text.set("LANG", _BCP47[page.languages[0]])
            for line in part:
                _add_line(text, line, f"line_{number}_{next(names)}")
    return element


def _add_line(block: etree._Element, line: Line, name: str) -> None:
    slope, offset = line.baseline
    left, right = line.box.left, line.box.right
    start = line.box.bottom + offset
    points = f"{left},{round(start)} {right},{round(start + slope * (right - left))}"
    element = _add(block, "TextLine", ID=name, **_place(line.box), BASELINE=points)
    last: Word | None = None
    for word in line.words:
        if last is not None:
            gap = {"WIDTH": str(max(0, word.box.left - last.box.right))}
            _add(element, "SP", HPOS=str(last.box.right), VPOS=str(line.box.top), **gap)
        confidence = repr(float(word.confidence))
        _add(element, "String", **_place(word.box), CONTENT=carried(word.text), WC=confidence)
        last = word


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{_NS}{name}", attributes)


def _place(box: Box) -> dict[str, str]:
    return {
        "HPOS": str(box.left),
        "VPOS": str(box.top),
        "WIDTH": str(box.width),
        "HEIGHT": str(box.height),
    }


def _around(lines: list[Line]) -> Box:
    return Box(
        min(line.box.left for line in lines),
        min(line.box.top for line in lines),
        max(line.box.right for line in lines),
        max(line.box.bottom for line in lines),
    )


def read_alto(data: bytes) -> list[OcrPage]:
    """The pages of an ALTO document of any version 4; text, boxes, confidences and grouping.

    Baselines and heights of rows are left out. Raises DamagedFile.
    """
    try:
        root = parse(data)
    except Unreadable as error:
        raise DamagedFile(name="ALTO", detail=str(error)[:500]) from error
    if root.tag != f"{_NS}alto":
        raise DamagedFile(name="ALTO", detail="no alto element")
    said = _SETTINGS.match(root.findtext(f".//{_NS}processingStepSettings") or "")
    dpi, languages = (int(said[1]), tuple(filter(None, said[2].split("+")))) if said else (0, ())
    software = (root.findtext(f".//{_NS}softwareName"), root.findtext(f".//{_NS}softwareVersion"))
    engine = " ".join(part for part in software if part)
    return [
        _page(element, number, dpi, languages, engine)
        for number, element in enumerate(root.iterfind(f"{_NS}Layout/{_NS}Page"), start=1)
    ]


def _page(element: etree._Element, order: int, dpi: int, languages: tuple[str, ...], engine: str) -> OcrPage:
    width, height = _whole(element, "WIDTH"), _whole(element, "HEIGHT")
    named = re.fullmatch(r"page_(\d{1,9})", element.get("ID", ""), re.ASCII)
    return OcrPage(
        number=int(named[1]) if named else order,
        image=_whole(element, "PHYSICAL_IMG_NR") or order,
        box=Box(0, 0, width, height),
        width=width,
        height=height,
        dpi=dpi,
        engine=engine,
        languages=languages,
        lines=tuple(_lines(element)),
    )


def _lines(page: etree._Element) -> Iterator[Line]:
    block = 0
    composed: etree._Element | None = None
    for paragraph, text in enumerate(page.iter(f"{_NS}TextBlock"), start=1):
        parent = text.getparent()
        # A text block outside a composed one is a block of its own.
        block += parent is None or parent is not composed or parent.tag != f"{_NS}ComposedBlock"
        composed = parent
        for line in text.iterfind(f"{_NS}TextLine"):
            words = tuple(
                Word(word.get("CONTENT", ""), _box(word), _share(word.get("WC", "")))
                for word in line.iterfind(f"{_NS}String")
            )
            yield Line(words, _box(line), block, paragraph)


def _box(element: etree._Element) -> Box:
    left, top = _whole(element, "HPOS"), _whole(element, "VPOS")
    return Box(left, top, left + _whole(element, "WIDTH"), top + _whole(element, "HEIGHT"))


def _whole(element: etree._Element, name: str) -> int:
    """ALTO allows decimals; 0 for what is no number, or one beyond any picture."""
    try:
        value = float(element.get(name, "0"))
    except ValueError:
        return 0
    return round(value) if abs(value) < 1e7 else 0


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(1.0, max(0.0, value)) if value == value else 0.0
