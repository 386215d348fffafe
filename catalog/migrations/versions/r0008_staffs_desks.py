"""What staff judge and put right: verdicts on use, four eyes, typed kinds, corrected readings.

A record's number and notation gets a column of its own, since duplicates of it are looked for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("assessor", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_assessment_ordinal")),
        sa.CheckConstraint("verdict IN ('usable', 'unusable', 'review')", name=op.f("ck_assessment_verdict")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_assessment_item_id")),
        sa.PrimaryKeyConstraint("item_id", "ordinal", name=op.f("pk_assessment")),
    )
    op.create_table(
        "four_eyes",
        sa.Column("unit", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_four_eyes_unit")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_four_eyes")),
    )
    op.add_column("page", sa.Column("kind_source", sa.String(), nullable=True))
    op.add_column("page", sa.Column("doubtful", sa.Integer(), nullable=True))
    op.add_column("page", sa.Column("reading", sa.String(), nullable=True))
    op.create_index("ix_item_unit", "item", ["unit", "accession"], unique=False)
