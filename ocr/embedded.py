"""The one picture that a scanned page consists of, as it lies in the PDF.

Reading it as it is costs a few milliseconds instead of a tenth of a second for drawing the page,
and the engine sees what the scanner saw. Only where drawing the page would show exactly that
picture; in every doubt None, and the page is drawn.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass

from PIL import Image
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, PdfObject, StreamObject

from ocr.imaging import BROKEN
from ocr.pdf import Rectangle, number, present, visible_box

_MAX_CONTENT = 65_536  # bytes of drawing instructions; one picture takes a line
_MAX_RAW = 512 * 1024 * 1024  # bytes of one compressed picture
_SLACK = 0.015  # of the page's side: scanners and writers round
_SQUARE = 0.02  # horizontal and vertical resolution may differ by this share

_TOKEN = re.compile(rb"/?[^\s()<>\[\]{}%/]+")
_PAINTS_NOTHING = frozenset(
    b"w J j M i ri g G rg RG k K BT ET Tf TL Tc Tw Tz Ts Tr Td TD Tm T*".split()
)  # operators that set something a picture does not heed
_BLACK_AND_WHITE_SWAPPED = bytes(255 - value for value in range(256))

Matrix = tuple[float, float, float, float, float, float]
_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file's worth of bytes that Tesseract and Pillow read."""

    data: bytes
    suffix: str
    width: int
    height: int
    dpi: int


def embedded_image(page: DictionaryObject, *, max_pixels: int) -> Embedded | None:
    """The page's one full-page picture; None where the page has to be drawn.

    May raise whatever pypdf raises on a broken file, and ValueError for a broken picture: the
    caller draws then, and looks at what comes out.
    """
    if present(page, "/Annots") or (number(page.get("/Rotate")) or 0) % 360 or present(page, "/UserUnit"):
        return None
    placed = _only_picture(_content(page))
    if placed is None:
        return None
    name, matrix = placed
    picture = _picture(page, name)
    if picture is None:
        return None
    width, height = int(number(picture.get("/Width")) or 0), int(number(picture.get("/Height")) or 0)
    if width < 2 or height < 2 or width * height > max_pixels:
        return None
    dpi = _resolution(matrix, visible_box(page), width, height)
    if dpi is None:
        return None
    found = _file(picture, width, height)
    return Embedded(found[0], found[1], width, height, dpi) if found else None


def _content(page: DictionaryObject) -> bytes:
    found = page.get("/Contents")
    found = found.get_object() if found is not None else None
    streams = [part.get_object() for part in found] if isinstance(found, ArrayObject) else [found]
    parts: list[bytes] = []
    for stream in streams[:64]:
        if not isinstance(stream, StreamObject) or len(stream._data) > _MAX_CONTENT:
            return b""
        parts.append(stream.get_data())
        if sum(map(len, parts)) > _MAX_CONTENT:
            return b""
    return b"\n".join(parts)


def _only_picture(content: bytes) -> tuple[str, Matrix] | None:
    """The name and the matrix of the one picture, where the instructions draw nothing else."""
    operands: list[bytes] = []
    matrix, stack = _UNIT, []
    placed: tuple[str, Matrix] | None = None
    if _TOKEN.sub(b"", content).strip():
        return None  # strings, arrays, comments: more than placing a picture
    for token in _TOKEN.findall(content):
        if token[:1] in b"+-.0123456789/":
            operands.append(token)
            continue
        if token == b"q":
            stack.append(matrix)
        elif token == b"Q" and stack:
            matrix = stack.pop()
        elif token == b"cm" and len(operands) == 6:
            matrix = _times(tuple(float(part) for part in operands), matrix)
        elif token == b"Do" and len(operands) == 1 and placed is None:
            placed = operands[0].decode("latin-1"), matrix
        elif token not in _PAINTS_NOTHING:
            return None
        operands = []
    return placed


def _times(first: tuple[float, ...], then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _picture(page: DictionaryObject, name: str) -> StreamObject | None:
    """The named picture, if it is a plain one: no masks, no inverted samples, no layers."""
    resources = _dictionary(page.get("/Resources"))
    pictures = _dictionary(resources.get("/XObject")) if resources else None
    # pypdf decodes #xx in names; such names are rare enough to be drawn
    picture = pictures.get(name) if pictures and "#" not in name else None
    picture = picture.get_object() if picture is not None else None
    if not isinstance(picture, StreamObject) or picture.get("/Subtype") != "/Image":
        return None
    if any(present(picture, entry) for entry in ("/SMask", "/Mask", "/Decode", "/OC", "/SMaskInData")):
        return None
    if _true(picture.get("/ImageMask")) or len(picture._data) > _MAX_RAW:
        return None
    return picture


def _dictionary(given: PdfObject | None) -> DictionaryObject | None:
    found = given.get_object() if given is not None else None
    return found if isinstance(found, DictionaryObject) else None


def _resolution(matrix: Matrix, box: Rectangle, width: int, height: int) -> int | None:
    """Pixels per inch of a picture that stands upright and fills the page; None otherwise."""
    a, b, c, d, e, f = matrix
    page_width, page_height = box[2] - box[0], box[3] - box[1]
    if a <= 0 or d <= 0 or page_width <= 0 or page_height <= 0:
        return None
    if abs(b) > 1e-3 * d or abs(c) > 1e-3 * a:
        return None
    across, up = _SLACK * page_width, _SLACK * page_height
    if abs(e - box[0]) > across or abs(e + a - box[2]) > across:
        return None
    if abs(f - box[1]) > up or abs(f + d - box[3]) > up:
        return None
    horizontal, vertical = width * 72 / a, height * 72 / d
    if abs(horizontal - vertical) > _SQUARE * vertical:
        return None
    return max(1, round(vertical))


def _file(picture: StreamObject, width: int, height: int) -> tuple[bytes, str] | None:
    filters = _names(picture.get("/Filter"))
    bits = int(number(picture.get("/BitsPerComponent")) or 0)
    colours = _colours(picture.get("/ColorSpace"))
    parameters = picture.get("/DecodeParms")
    parameters = parameters.get_object() if parameters is not None else None
    if isinstance(parameters, ArrayObject) and len(parameters) == 1:
        parameters = parameters[0].get_object()
    settings = parameters if isinstance(parameters, DictionaryObject) else DictionaryObject()
    raw = picture._data  # as it lies in the file; pypdf's own way would decode it
    if filters == ["/DCTDecode"] and bits == 8 and colours and not settings:
        return (raw, ".jpg") if _plain_jpeg(raw, width, height, colours) else None
    if filters == ["/CCITTFaxDecode"] and colours in (1, None):
        return _fax(raw, settings, width, height)
    if filters == ["/FlateDecode"] and colours and (bits, colours) in ((1, 1), (8, 1), (8, 3)):
        return _samples(raw, settings, width, height, bits, colours)
    return None


def _names(given: PdfObject | None) -> list[str]:
    found = given.get_object() if given is not None else None
    if isinstance(found, NameObject):
        return [str(found)]
    return [str(part.get_object()) for part in found] if isinstance(found, ArrayObject) else []


def _colours(given: PdfObject | None) -> int | None:
    """1 for a grey colour space, 3 for an RGB one, None for every other."""
    found = given.get_object() if given is not None else None
    family = str(found[0].get_object()) if isinstance(found, ArrayObject) and found else str(found)
    if family == "/ICCBased" and isinstance(found, ArrayObject) and len(found) == 2:
        profile = _dictionary(found[1])
        components = number(profile.get("/N")) if profile else None
        return int(components) if components in (1.0, 3.0) else None
    return {"/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3}.get(family)


def _plain_jpeg(raw: bytes, width: int, height: int, colours: int) -> bool:
    """True where the JPEG says the same of itself as the PDF does, and is not turned.

    ValueError where it is broken or cut short.
    """
    if b"\xff\xd9" not in raw[-64:]:
        raise ValueError("a JPEG that is cut short")
    try:
        with Image.open(io.BytesIO(raw), formats=["JPEG"]) as jpeg:
            turned = jpeg.getexif().get(0x0112, 1) != 1 if "exif" in jpeg.info else False
            return jpeg.size == (width, height) and jpeg.mode == {1: "L", 3: "RGB"}[colours] and not turned
    except BROKEN as error:
        raise ValueError("a JPEG that is broken") from error


def _fax(raw: bytes, settings: DictionaryObject, width: int, height: int) -> tuple[bytes, str] | None:
    """CCITT group 4 in a TIFF of one strip."""
    columns, rows = number(settings.get("/Columns")) or 1728, number(settings.get("/Rows")) or height
    if (number(settings.get("/K")) or 0) >= 0 or _true(settings.get("/EncodedByteAlign")):
        return None
    if (columns, rows) != (width, height):
        return None
    # What is coded as black shows as black, unless the PDF makes ones of it: 1 is white there.
    white_is_one = int(_true(settings.get("/BlackIs1")))
    tags = (
        (256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 4), (262, 3, white_is_one),
        (273, 4, 8 + 2 + 12 * 9 + 4), (277, 3, 1), (278, 4, height), (279, 4, len(raw)),
    )  # fmt: skip
    entries = b"".join(struct.pack("<HHLL", tag, kind, 1, value) for tag, kind, value in tags)
    return struct.pack("<2sHLH", b"II", 42, 8, len(tags)) + entries + b"\0\0\0\0" + raw, ".tif"


def _true(given: PdfObject | None) -> bool:
    found = given.get_object() if given is not None else None
    return isinstance(found, BooleanObject) and bool(found.value)


def _samples(
    raw: bytes, settings: DictionaryObject, width: int, height: int, bits: int, colours: int
) -> tuple[bytes, str] | None:
    """Deflated samples: those with PNG's predictors are a PNG but for its frame."""
    predictor = int(number(settings.get("/Predictor")) or 1)
    if predictor >= 10:
        said = tuple(
            int(number(settings.get(name)) or usual)
            for name, usual in (("/Columns", 1), ("/Colors", 1), ("/BitsPerComponent", 8))
        )
        if said != (width, colours, bits):
            return None
        png = _png(raw, width, height, bits, colours)
        if colours == 1:
            return png, ".png"
        try:
            with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
                return _grey(picture), ".pgm"
        except BROKEN as error:
            raise ValueError("samples that are broken") from error
    if predictor != 1:
        return None
    wanted = (width * bits * colours + 7) // 8 * height
    try:
        samples = zlib.decompressobj().decompress(raw, wanted)
    except zlib.error as error:
        raise ValueError("samples that are broken") from error
    if len(samples) != wanted:
        raise ValueError("samples are missing")
    if bits == 1:
        return b"P4\n%d %d\n" % (width, height) + samples.translate(_BLACK_AND_WHITE_SWAPPED), ".pbm"
    if colours == 1:
        return b"P5\n%d %d\n255\n" % (width, height) + samples, ".pgm"
    return _grey(Image.frombytes("RGB", (width, height), samples)), ".pgm"


def _png(raw: bytes, width: int, height: int, bits: int, colours: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">LLBBBBB", width, height, bits, 0 if colours == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


def _grey(picture: Image.Image) -> bytes:
    # Tesseract takes a third longer over a coloured picture, and reads the same.
    out = io.BytesIO()
    picture.convert("L").save(out, "PPM")
    return out.getvalue()
