"""Pages as people arrange them: where each is on its picture, their order, and pictures scanned again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("scan_file", sa.Column("form", sa.String(), nullable=True))
    op.add_column("scan_file", sa.Column("image", sa.Integer(), nullable=True))
    op.add_column("page", sa.Column("home", sa.Integer(), nullable=True))
    op.create_table(
        "arrangement",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("homes", sa.String(), nullable=False),
        sa.CheckConstraint("version >= 0", name=op.f("ck_arrangement_version")),
        sa.CheckConstraint("images >= 0", name=op.f("ck_arrangement_images")),
        sa.ForeignKeyConstraint(["item_id"], ["scan.item_id"], name=op.f("fk_arrangement_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_arrangement")),
    )
    op.create_table(
        "place",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("home", sa.Integer(), nullable=False),
        sa.Column("image", sa.Integer(), nullable=False),
        sa.Column("edge_left", sa.Integer(), nullable=False),
        sa.Column("edge_top", sa.Integer(), nullable=False),
        sa.Column("edge_right", sa.Integer(), nullable=False),
        sa.Column("edge_bottom", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("former", sa.Integer(), nullable=True),
        sa.CheckConstraint("home >= 1", name=op.f("ck_place_home")),
        sa.CheckConstraint("image >= 1", name=op.f("ck_place_image")),
        sa.CheckConstraint(
            "0 <= edge_left AND edge_left < edge_right AND edge_right <= 10000",
            name=op.f("ck_place_across"),
        ),
        sa.CheckConstraint(
            "0 <= edge_top AND edge_top < edge_bottom AND edge_bottom <= 10000", name=op.f("ck_place_down")
        ),
        sa.CheckConstraint("turns >= 0 AND turns < 4", name=op.f("ck_place_turns")),
        sa.ForeignKeyConstraint(["item_id"], ["arrangement.item_id"], name=op.f("fk_place_item_id")),
        sa.PrimaryKeyConstraint("item_id", "home", name=op.f("pk_place")),
    )
    op.create_table(
        "resting_page",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("home", sa.Integer(), nullable=False),
        sa.Column("page", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["arrangement.item_id"], name=op.f("fk_resting_page_item_id")),
        sa.PrimaryKeyConstraint("item_id", "home", name=op.f("pk_resting_page")),
    )
