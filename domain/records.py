"""The bibliographic description of an item. Each field knows where it came from and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.values import Json


class Source(StrEnum):
    """Where a field's value came from, the weightiest first."""

    STAFF = "staff"
    MANIFEST = "manifest"
    TITLE_PAGE = "title_page"
    DOCUMENT = "document"  # the file's own properties
    FILE_NAME = "file_name"


@dataclass(frozen=True, slots=True)
class FieldValue:
    value: Json
    source: Source
    confidence: float  # 0.0 to 1.0; 1.0 for what a person said


@dataclass(frozen=True, slots=True)
class Citation:
    """A reference to a legal instrument, as a page makes it."""

    so_ky_hieu: str  # number and notation, normalised: "14/2019/QĐ-TTg"
    page: int  # from 1
    raw: str  # as the page prints it
    confidence: float  # 0.0 to 1.0
    article: str | None = None  # "điểm a khoản 2 Điều 1"
    confirmed_by: str | None = None


RESOURCE_TYPES: Mapping[str, tuple[str, str]] = {
    # code: (Vietnamese, English); from the Lào Cai and Đắk Lắk plans; audio, manual, case and press are ours
    "book": ("sách", "book"),
    "outline": ("đề cương giới thiệu văn bản", "outline of a document"),
    "qa_book": ("sách hỏi đáp", "questions and answers"),
    "commentary": ("bình luận", "commentary"),
    "explanation": ("giải thích", "explanation"),
    "guide": ("hướng dẫn pháp luật", "legal guide"),
    "handbook": ("cẩm nang", "handbook"),
    "manual": ("sổ tay nghiệp vụ", "practitioner's manual"),
    "leaflet": ("tờ gấp", "leaflet"),
    "skit": ("tiểu phẩm", "skit"),
    "story": ("câu chuyện pháp luật", "legal story"),
    "case": ("tình huống", "case study"),
    "lecture": ("bài giảng điện tử", "electronic lecture"),
    "video": ("video clip", "video"),
    "audio": ("audio", "audio"),
    "training": ("tài liệu tập huấn", "training material"),
    "press": ("thông cáo báo chí", "press material"),
    "document": ("văn bản (toàn văn)", "legal document (full text)"),
    "other": ("khác", "other"),
}

# Field name -> what its value is; the order is the order of display. Names follow the domain's record.
FIELDS: Mapping[str, str] = {
    "title": "text",
    "resource_type": "resource_type",
    "compiling_agency": "text",
    "publisher": "text",
    "place": "text",
    "year": "year",
    "edition": "text",
    "so_ky_hieu": "legal_number",
    "isbn": "text",
    "permit_no": "text",
    "languages": "list",
    "field": "text",
    "topics": "list",
    "abstract": "text",
    "legal_status": "text",
    "note": "text",
    "pages_declared": "count",
}


@dataclass(frozen=True, slots=True)
class Record:
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    cites: tuple[Citation, ...] = ()

    def value(self, name: str) -> Json:
        """The field's value, or None where it is not known."""
        found = self.fields.get(name)
        return None if found is None else found.value

    def text(self, name: str) -> str | None:
        found = self.value(name)
        return None if found is None else str(found)
