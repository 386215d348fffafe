"""What readers browse by, what is new for them, and what they say of a page's text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

LONGEST = 200  # characters: a database refuses a long text in an index


def upgrade() -> None:
    for name in ("field", "so_ky_hieu", "legal_status"):
        op.add_column("item", sa.Column(name, sa.String()))
    op.add_column("item", sa.Column("published_at", sa.DateTime(timezone=True)))
    _fill()
    op.create_index("ix_item_type", "item", ["state", "resource_type", "accession"], unique=False)
    op.create_index("ix_item_field", "item", ["state", "field", "accession"], unique=False)
    op.create_index("ix_item_year", "item", ["state", "year", "accession"], unique=False)
    op.create_index("ix_item_published_at", "item", ["state", "published_at"], unique=False)
    op.create_index("ix_item_so_ky_hieu", "item", ["so_ky_hieu"], unique=False)
    op.create_table(
        "text_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("page >= 1", name=op.f("ck_text_report_page")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_text_report_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_report")),
    )
    op.create_index("ix_text_report_item_id", "text_report", ["item_id", "at"], unique=False)
    op.create_index("ix_text_report_at", "text_report", ["at"], unique=False)


def _fill() -> None:
    """From the records, and from the history of moves."""
    item = sa.table(
        "item",
        *map(sa.column, ("id", "field", "so_ky_hieu", "legal_status", "published_at")),
    )
    record = sa.table("record", sa.column("item_id"), sa.column("fields", sa.JSON))
    said = {
        name: sa.select(sa.func.substr(record.c.fields[name]["value"].as_string(), 1, LONGEST))
        .where(record.c.item_id == item.c.id)
        .scalar_subquery()
        for name in ("field", "so_ky_hieu", "legal_status")
    }
    event = sa.table(
        "provenance",
        sa.column("item_id"),
        sa.column("action"),
        sa.column("at"),
        sa.column("options", sa.JSON),
    )
    published = (
        sa.select(sa.func.max(event.c.at))
        .where(
            event.c.item_id == item.c.id,
            event.c.action == "moved",
            event.c.options["to"].as_string() == "published",
        )
        .scalar_subquery()
    )
    op.execute(sa.update(item).values(said | {"published_at": published}))
