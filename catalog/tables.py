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
    Connection,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    event,
    text,
)

from catalog.columns import JsonValue, Text, UtcTime
from domain.desk import Verdict
from domain.holdings import Outcome, PageKind, ScanForm, Stage, State
from domain.people import Verb

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

# In the very words of the question: a database uses the index only for what is said alike.
_BEHIND = {
    "postgresql": "indexed_revision IS DISTINCT FROM revision",
    "sqlite": "indexed_revision IS NOT revision",
}
_BEHIND_INDEX = Index("ix_item_behind_index", "accession")

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
    Column("field", Text),
    Column("so_ky_hieu", Text),
    Column("legal_status", Text),
    Column("published_at", UtcTime),
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
    Index("ix_item_waiting", "state", "unit", "images"),
    Index("ix_item_taken_in", "created_at", "unit", "resource_type", "scanned", "images"),
    Index("ix_item_type", "state", "resource_type", "accession"),
    Index("ix_item_field", "state", "field", "accession"),
    Index("ix_item_year", "state", "year", "accession"),
    Index("ix_item_published_at", "state", "published_at"),
    Index("ix_item_so_ky_hieu", "so_ky_hieu"),
    Index("ix_item_unit", "unit", "accession"),
    _BEHIND_INDEX,
)


@event.listens_for(item, "before_create")
def _behind_index_only(_table: Table, connection: Connection, **_options: object) -> None:
    """Said where the table is made: to say it above loads both dialects, 0.05 CPU-seconds of each command."""
    dialect = connection.dialect.name
    _BEHIND_INDEX.dialect_options[dialect]["where"] = text(_BEHIND[dialect])


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
    Index("ix_batch_entry_item_id", "item_id"),
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
    Column("form", Text),
    Column("image", Integer),
    PrimaryKeyConstraint("item_id", "ordinal"),
    CheckConstraint("ordinal >= 1", name="ordinal"),
    _sha256("sha256"),
    *_not_negative("size"),
)

arrangement = Table(
    "arrangement",
    metadata,
    Column("item_id", Text, ForeignKey("scan.item_id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("images", Integer, nullable=False),
    Column("homes", Text, nullable=False),  # domain.arrangement.spans
    *_not_negative("version", "images"),
)

place = Table(
    "place",
    metadata,
    Column("item_id", Text, ForeignKey("arrangement.item_id"), nullable=False),
    Column("home", Integer, nullable=False),
    Column("image", Integer, nullable=False),
    Column("edge_left", Integer, nullable=False),
    Column("edge_top", Integer, nullable=False),
    Column("edge_right", Integer, nullable=False),
    Column("edge_bottom", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("former", Integer),
    PrimaryKeyConstraint("item_id", "home"),
    CheckConstraint("home >= 1", name="home"),
    CheckConstraint("image >= 1", name="image"),
    CheckConstraint("0 <= edge_left AND edge_left < edge_right AND edge_right <= 10000", name="across"),
    CheckConstraint("0 <= edge_top AND edge_top < edge_bottom AND edge_bottom <= 10000", name="down"),
    CheckConstraint("turns >= 0 AND turns < 4", name="turns"),
)

resting_page = Table(
    "resting_page",
    metadata,
    Column("item_id", Text, ForeignKey("arrangement.item_id"), nullable=False),
    Column("home", Integer, nullable=False),
    Column("page", JsonValue, nullable=False),  # the columns of the table page
    PrimaryKeyConstraint("item_id", "home"),
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
    Column("kind_source", Text),
    Column("doubtful", Integer),
    Column("reading", Text),
    Column("home", Integer),
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
    Index("ix_stage_at", "stage", "at", "item_id"),
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
    Column("done", Integer),
)

pages_read = Table(
    "pages_read",
    metadata,
    Column("slot", Integer, nullable=False),  # the minute of its hour, so that the table stays small
    Column("unit", Text, nullable=False),
    Column("minute", UtcTime, nullable=False),
    Column("pages", Integer, nullable=False),
    PrimaryKeyConstraint("slot", "unit"),
    CheckConstraint("slot >= 0 AND slot < 60", name="slot"),
    *_not_negative("pages"),
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

assessment = Table(
    "assessment",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("assessor", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", JsonValue, nullable=False),
    PrimaryKeyConstraint("item_id", "ordinal"),
    _one_of("verdict", Verdict),
    CheckConstraint("ordinal >= 1", name="ordinal"),
)

four_eyes = Table(
    "four_eyes",
    metadata,
    Column("unit", Text, ForeignKey("unit.code"), primary_key=True),  # that asks for them
)

unanswered_search = Table(
    "unanswered_search",
    metadata,
    Column("day", Date, primary_key=True),
    Column("searches", Integer, nullable=False),
    *_not_negative("searches"),
)

unit = Table(
    "unit",
    metadata,
    Column("code", Text, primary_key=True),
    Column("revision", Integer, nullable=False),  # of the whole tree, when this unit last changed
    Index("ix_unit_revision", "revision"),
)

unit_span = Table(
    "unit_span",
    metadata,
    Column("code", Text, ForeignKey("unit.code"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # the last day
    Column("name", Text, nullable=False),
    Column("parent", Text, ForeignKey("unit.code")),
    PrimaryKeyConstraint("code", "valid_from"),
    CheckConstraint("valid_to >= valid_from", name="valid_to"),
    CheckConstraint("parent <> code", name="parent"),
)

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("password_hash", Text),  # Argon2id with its parameters; NULL: they come by another door
    Column("disabled", Boolean, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("login"),
)

role = Table(
    "role",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("verb", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    PrimaryKeyConstraint("person_id", "verb", "unit"),
    _one_of("verb", Verb),
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_sha256", Text, nullable=False),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    UniqueConstraint("secret_sha256"),
    _sha256("secret_sha256"),
    Index("ix_session_person_id", "person_id"),
)

failed_sign_in = Table(
    "failed_sign_in",
    metadata,
    Column("subject_sha256", Text, primary_key=True),  # of an account, an address, or both together
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    _sha256("subject_sha256"),
    *_not_negative("failures"),
    Index("ix_failed_sign_in_last_at", "last_at"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_sha256", Text, nullable=False),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", JsonValue, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("expires_at", UtcTime),
    UniqueConstraint("secret_sha256"),
    _sha256("secret_sha256"),
    Index("ix_api_token_person_id", "person_id"),
)

act = Table(
    "act",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("person_id", Text, ForeignKey("person.id")),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("details", JsonValue, nullable=False),
    Index("ix_act_actor", "actor", "id"),
    Index("ix_act_unit", "unit", "id"),
    Index("ix_act_action", "action", "id"),
)

text_report = Table(
    "text_report",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("page", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("outcome", Text),
    Column("settled_at", UtcTime),
    Column("settled_by", Text),
    CheckConstraint("page >= 1", name="page"),
    Index("ix_text_report_item_id", "item_id", "at"),
    Index("ix_text_report_at", "at"),
    Index("ix_text_report_outcome", "outcome", "item_id"),
)
