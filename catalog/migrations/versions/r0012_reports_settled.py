"""What became of what readers say of a page's text, and those that nobody has looked into found quickly.

So is the line of its batch that an item came from, to send another file there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("text_report", sa.Column("outcome", sa.String(), nullable=True))
    op.add_column("text_report", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("text_report", sa.Column("settled_by", sa.String(), nullable=True))
    op.create_index("ix_text_report_outcome", "text_report", ["outcome", "item_id"], unique=False)
    op.create_index("ix_batch_entry_item_id", "batch_entry", ["item_id"], unique=False)
