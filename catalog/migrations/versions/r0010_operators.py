"""What operators see: pages read by the minute, how far a lease's holder is, what was done by day.

An item that was published by hand has its stage noted from now on; of those before, the time of their
last change is the best that is known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "pages_read",
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.CheckConstraint("slot >= 0 AND slot < 60", name=op.f("ck_pages_read_slot")),
        sa.CheckConstraint("pages >= 0", name=op.f("ck_pages_read_pages")),
        sa.PrimaryKeyConstraint("slot", "unit", name=op.f("pk_pages_read")),
    )
    op.add_column("lease", sa.Column("done", sa.Integer(), nullable=True))
    op.create_index("ix_item_waiting", "item", ["state", "unit", "images"], unique=False)
    op.create_index(
        "ix_item_taken_in", "item", ["created_at", "unit", "resource_type", "scanned", "images"], unique=False
    )
    op.create_index("ix_stage_at", "stage", ["stage", "at", "item_id"], unique=False)
    op.execute(
        "INSERT INTO stage (item_id, stage, mark, at) SELECT id, 'publish', 'published', updated_at FROM item"
        " WHERE state IN ('published', 'withdrawn') AND NOT EXISTS"
        " (SELECT 1 FROM stage AS known WHERE known.item_id = item.id AND known.stage = 'publish')"
    )
