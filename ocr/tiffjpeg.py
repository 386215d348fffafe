"""A JPEG picture inside a TIFF as the JPEG file that it is, without decoding it.

TIFF keeps such a picture in strips: each is a JPEG stream of its own, with the tables that they
share put aside (TIFF Technical Note 2). A strip begins with fresh predictors, as JPEG does after a
restart marker; so the strips, with restart markers between them, are one picture's scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

JPEG_COMPRESSION = 7
_COMPRESSION, _PHOTOMETRIC, _OFFSETS, _LENGTHS, _TABLES = 259, 262, 273, 279, 347
_RGB = 2
_MOST_BYTES = 256 * 1024 * 1024
_SOI, _EOI, _SOS, _DRI, _DQT, _DHT, _SOF0, _SOF1 = 0xD8, 0xD9, 0xDA, 0xDD, 0xDB, 0xC4, 0xC0, 0xC1
# Tells readers that three components are red, green and blue; without it they are taken for YCbCr.
_ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

Segment = tuple[int, bytes]  # marker, what follows its length


def jpeg_of_frame(file: BinaryIO, tags: Mapping[int, Any], height: int) -> bytes | None:
    """The frame's picture as a JPEG file; None where it is packed otherwise or in an unusual way."""
    if tags.get(_COMPRESSION) != JPEG_COMPRESSION or _OFFSETS not in tags or _LENGTHS not in tags:
        return None
    strips = list(zip(tags[_OFFSETS], tags[_LENGTHS], strict=False))
    if not strips or sum(length for _, length in strips) > _MOST_BYTES:
        return None
    try:
        tables = list(_segments(bytes(tags[_TABLES])))[:-1] if _TABLES in tags else []
        return _joined(file, strips, tables, height, rgb=tags.get(_PHOTOMETRIC) == _RGB)
    except (ValueError, IndexError):
        return None


def _joined(
    file: BinaryIO, strips: list[tuple[int, int]], tables: list[Segment], height: int, *, rgb: bool
) -> bytes | None:
    head: list[Segment] | None = None
    scans: list[bytes] = []
    for offset, length in strips:
        file.seek(offset)
        *segments, (_, scan) = _segments(file.read(length))
        if head is None:
            head = segments
        elif _kinds(segments) != _kinds(head):  # tables of its own, or another layout
            return None
        scans.append(scan)
    if head is None or (any(marker == _DRI for marker, _ in head) and len(scans) > 1):
        return None
    frame = next((body for marker, body in head if marker in (_SOF0, _SOF1)), None)
    if frame is None:
        return None
    out = bytearray(b"\xff\xd8" + (_ADOBE_RGB if rgb else b""))
    for marker, body in [*tables, *head]:
        if marker in (_SOF0, _SOF1):
            body = body[:1] + height.to_bytes(2, "big") + body[3:]
        if marker == _SOS and len(scans) > 1:
            out += _segment(_DRI, _units(frame).to_bytes(2, "big"))
        out += _segment(marker, body)
    for place, scan in enumerate(scans):
        out += scan
        if place < len(scans) - 1:
            out += bytes((0xFF, 0xD0 + place % 8))
    return bytes(out + b"\xff\xd9")


def _units(frame: bytes) -> int:
    """How many minimum coded units a strip has. ValueError where a restart interval cannot say it."""
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    parts = [frame[6 + 3 * part + 1] for part in range(frame[5])]
    across = max(part >> 4 for part in parts) if len(parts) > 1 else 1
    down = max(part & 15 for part in parts) if len(parts) > 1 else 1
    units = -(-width // (8 * across)) * -(-height // (8 * down))
    if not 0 < units < 65536 or height % (8 * down):
        raise ValueError(units)
    return units


def _segments(data: bytes) -> Iterator[Segment]:
    """Marker segments of a JPEG stream; the last one is the scan's data without its end marker."""
    if data[:2] != bytes((0xFF, _SOI)):
        raise ValueError("not a JPEG stream")
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == _EOI:
            yield _EOI, b""
            return
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD7:
            raise ValueError("a marker out of place")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == _SOS:
            end = data.rfind(bytes((0xFF, _EOI)))
            yield _EOI, data[at : end if end >= at else len(data)]
            return
    raise ValueError("no marker where one should be")


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def _kinds(segments: list[Segment]) -> list[Segment]:
    """What has to be the same in all strips: everything but a frame's height."""
    return [(marker, body[:1] + body[3:] if marker in (_SOF0, _SOF1) else body) for marker, body in segments]
