"""How many searches of a day found nothing; not what was asked, nor by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "unanswered_search",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.CheckConstraint("searches >= 0", name=op.f("ck_unanswered_search_searches")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_unanswered_search")),
    )
