"""What staff ask of ten million pages: the totals by state, and what the index lags behind with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_item_totals", "item", ["state", "scanned"], unique=False)
    op.create_index(
        "ix_item_behind_index",
        "item",
        ["accession"],
        unique=False,
        postgresql_where=sa.text("indexed_revision IS DISTINCT FROM revision"),
        sqlite_where=sa.text("indexed_revision IS NOT revision"),
    )
