"""How the manifest fits an entry, beside what became of the entry: a duplicate can be matched too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("batch_entry", sa.Column("match", sa.JSON(), nullable=True))
