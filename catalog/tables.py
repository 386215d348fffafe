"""The tables: the only place where their columns and constraints are described.

SQLAlchemy Core rather than mapped classes: importing the ORM alone costs 0.12 CPU-seconds, a seventh
of what ``tusach list`` may take, and rows leave this package as frozen domain values at once.
``migrations/`` makes these tables; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from catalog.columns import JsonValue, Text, UtcTime
from domain.holdings import Outcome, PageKind, ScanForm, Stage, State

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _not_negative(*columns: str) -> tuple[CheckConstraint, ...]:
    return tuple(CheckConstraint(f"{column} >= 0", name=column) for column in columns)


def _share(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0 AND {column} <= 1", name=column)


def _sha256(column: str) -> CheckConstraint:
    return CheckConstraint(f"length({column}) = 64", name=column)


batch = Table(
    "batch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("source", Text, nullable=False),
    Column("publish", Boolean, nullable=False),
    Column("options", JsonValue, nullable=False),
    Index("ix_batch_created_at", "created_at"),
)

accession_sequence = Table(
    "accession_sequence",
    metadata,
    Column("province", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("province", "year"),
    CheckConstraint("last >= 1", name="last"),
)

item = Table(
    "item",
    metadata,
    Column("id", Text, primary_key=True),
    Column("accession", Text, nullable=False),
    Column("batch_id", Text, ForeignKey("batch.id"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", JsonValue),  # {"code": …, "fields": {…}}
    Column("title", Text, nullable=False),
    Column("resource_type", Text),
    Column("year", Integer),
    Column("form", Text, nullable=False),
    Column("declared", Integer),
    Column("images", Integer),
    Column("scanned", Integer),
    Column("printed", Integer),
    Column("blank", Integer),
    Column("missing", Integer),
    Column("duplicate", Integer),
    Column("confidence", Float),
    Column("revision", Integer, nullable=False),
    Column("indexed_revision", Integer),
    Column("publish", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("accession"),
    _one_of("state", State),
    _one_of("form", ScanForm),
    *_not_negative(
        "declared",
        "images",
        "scanned",
        "printed",
        "blank",
        "missing",
        "duplicate",
        "revision",
        "indexed_revision",
    ),
    _share("confidence"),
    Index("ix_item_batch_id", "batch_id"),
    Index("ix_item_state", "state", "accession"),
    Index("ix_item_totals", "state", "scanned"),
    Index(
        "ix_item_behind_index",
        "accession",
        # In the very words of the question: a database uses the index only for what is said alike.
        postgresql_where=text("indexed_revision IS DISTINCT FROM revision"),
        sqlite_where=text("indexed_revision IS NOT revision"),
    ),
)

batch_entry = Table(
    "batch_entry",
    metadata,
    Column("batch_id", Text, ForeignKey("batch.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("item_id", Text, ForeignKey("item.id")),
    Column("note", JsonValue),
    Column("match", JsonValue),
    PrimaryKeyConstraint("batch_id", "ordinal"),
    _one_of("outcome", Outcome),
    CheckConstraint("ordinal >= 1", name="ordinal"),
)

scan = Table(
    "scan",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("content_sha256", Text, nullable=False),
    Column("image_count", Integer),
    UniqueConstraint("content_sha256"),
    _sha256("content_sha256"),
    *_not_negative("image_count"),
)

scan_file = Table(
    "scan_file",
    metadata,
    Column("item_id", Text, ForeignKey("scan.item_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    PrimaryKeyConstraint("item_id", "ordinal"),
    CheckConstraint("ordinal >= 1", name="ordinal"),
    _sha256("sha256"),
    *_not_negative("size"),
)

page = Table(
    "page",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("image", Integer, nullable=False),
    Column("box_left", Integer, nullable=False),
    Column("box_top", Integer, nullable=False),
    Column("box_right", Integer, nullable=False),
    Column("box_bottom", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("confidence", Float),
    Column("engine", Text, nullable=False),
    Column("languages", JsonValue, nullable=False),
    Column("options_digest", Text, nullable=False),
    Column("label", Text),
    Column("label_source", Text),
    Column("text_source", Text, nullable=False),
    Column("image_sha256", Text),
    Column("problem", JsonValue),
    Column("locked", Boolean, nullable=False),
    PrimaryKeyConstraint("item_id", "number"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("image >= 1", name="image"),
    _one_of("kind", PageKind),
    *_not_negative("width", "height", "dpi", "words"),
    _share("confidence"),
)

file = Table(
    "file",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("page", Integer),
    PrimaryKeyConstraint("item_id", "name"),
    _sha256("sha256"),
    *_not_negative("size"),
)

record = Table(
    "record",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("fields", JsonValue, nullable=False),  # {name: {"value": …, "source": …, "confidence": …}}
)

item_cite = Table(
    "item_cite",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("so_ky_hieu", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("raw", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("article", Text),
    Column("confirmed_by", Text),
    PrimaryKeyConstraint("item_id", "ordinal"),
    _share("confidence"),
    Index("ix_item_cite_so_ky_hieu", "so_ky_hieu"),
)

stage = Table(
    "stage",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("item_id", "stage"),
    _one_of("stage", Stage),
)

claim = Table(
    "claim",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

provenance = Table(
    "provenance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("options", JsonValue, nullable=False),
    Column("item_id", Text, ForeignKey("item.id")),
    Column("batch_id", Text, ForeignKey("batch.id")),
    Index("ix_provenance_item_id", "item_id", "at"),
    Index("ix_provenance_batch_id", "batch_id"),
)

unanswered_search = Table(
    "unanswered_search",
    metadata,
    Column("day", Date, primary_key=True),
    Column("searches", Integer, nullable=False),
    *_not_negative("searches"),
)
