"""The first tables: batches, items, scans, pages, files, records, stages, claims and provenance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accession_sequence",
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 1", name=op.f("ck_accession_sequence_last")),
        sa.PrimaryKeyConstraint("province", "year", name=op.f("pk_accession_sequence")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_created_at", "batch", ["created_at"], unique=False)
    op.create_table(
        "item",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("accession", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("declared", sa.Integer(), nullable=True),
        sa.Column("images", sa.Integer(), nullable=True),
        sa.Column("scanned", sa.Integer(), nullable=True),
        sa.Column("printed", sa.Integer(), nullable=True),
        sa.Column("blank", sa.Integer(), nullable=True),
        sa.Column("missing", sa.Integer(), nullable=True),
        sa.Column("duplicate", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("indexed_revision", sa.Integer(), nullable=True),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form IN ('pdf', 'tiff', 'image', 'folder', 'media', 'other')", name=op.f("ck_item_form")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'reading', 'read', 'described', 'approved', 'published', "
            "'withdrawn', 'quarantined')",
            name=op.f("ck_item_state"),
        ),
        sa.CheckConstraint("blank >= 0", name=op.f("ck_item_blank")),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_item_confidence")),
        sa.CheckConstraint("declared >= 0", name=op.f("ck_item_declared")),
        sa.CheckConstraint("duplicate >= 0", name=op.f("ck_item_duplicate")),
        sa.CheckConstraint("images >= 0", name=op.f("ck_item_images")),
        sa.CheckConstraint("indexed_revision >= 0", name=op.f("ck_item_indexed_revision")),
        sa.CheckConstraint("missing >= 0", name=op.f("ck_item_missing")),
        sa.CheckConstraint("printed >= 0", name=op.f("ck_item_printed")),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_item_revision")),
        sa.CheckConstraint("scanned >= 0", name=op.f("ck_item_scanned")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_item_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("accession", name=op.f("uq_item_accession")),
    )
    op.create_index("ix_item_batch_id", "item", ["batch_id"], unique=False)
    op.create_index("ix_item_state", "item", ["state", "accession"], unique=False)
    op.create_table(
        "batch_entry",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("note", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('new', 'duplicate', 'quarantined', 'waiting', 'absent')",
            name=op.f("ck_batch_entry_outcome"),
        ),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_batch_entry_ordinal")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_entry_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_batch_entry_item_id")),
        sa.PrimaryKeyConstraint("batch_id", "ordinal", name=op.f("pk_batch_entry")),
    )
    op.create_table(
        "claim",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_claim_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_claim")),
    )
    op.create_table(
        "file",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_file_sha256")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_file_size")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_file_item_id")),
        sa.PrimaryKeyConstraint("item_id", "name", name=op.f("pk_file")),
    )
    op.create_table(
        "item_cite",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("so_ky_hieu", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_item_cite_confidence")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_cite_item_id")),
        sa.PrimaryKeyConstraint("item_id", "ordinal", name=op.f("pk_item_cite")),
    )
    op.create_index("ix_item_cite_so_ky_hieu", "item_cite", ["so_ky_hieu"], unique=False)
    op.create_table(
        "page",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("image", sa.Integer(), nullable=False),
        sa.Column("box_left", sa.Integer(), nullable=False),
        sa.Column("box_top", sa.Integer(), nullable=False),
        sa.Column("box_right", sa.Integer(), nullable=False),
        sa.Column("box_bottom", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("options_digest", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("label_source", sa.String(), nullable=True),
        sa.Column("text_source", sa.String(), nullable=False),
        sa.Column("image_sha256", sa.String(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('cover', 'contents', 'body', 'blank', 'plate', 'insert', 'unreadable')",
            name=op.f("ck_page_kind"),
        ),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_page_confidence")),
        sa.CheckConstraint("dpi >= 0", name=op.f("ck_page_dpi")),
        sa.CheckConstraint("height >= 0", name=op.f("ck_page_height")),
        sa.CheckConstraint("image >= 1", name=op.f("ck_page_image")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_page_number")),
        sa.CheckConstraint("width >= 0", name=op.f("ck_page_width")),
        sa.CheckConstraint("words >= 0", name=op.f("ck_page_words")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_page_item_id")),
        sa.PrimaryKeyConstraint("item_id", "number", name=op.f("pk_page")),
    )
    op.create_table(
        "provenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_provenance_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_provenance_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provenance")),
    )
    op.create_index("ix_provenance_batch_id", "provenance", ["batch_id"], unique=False)
    op.create_index("ix_provenance_item_id", "provenance", ["item_id", "at"], unique=False)
    op.create_table(
        "record",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_record_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_record")),
    )
    op.create_table(
        "scan",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("image_count", sa.Integer(), nullable=True),
        sa.CheckConstraint("image_count >= 0", name=op.f("ck_scan_image_count")),
        sa.CheckConstraint("length(content_sha256) = 64", name=op.f("ck_scan_content_sha256")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_scan_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_scan")),
        sa.UniqueConstraint("content_sha256", name=op.f("uq_scan_content_sha256")),
    )
    op.create_table(
        "stage",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage IN ('read', 'ledger', 'describe', 'derive', 'publish', 'index')",
            name=op.f("ck_stage_stage"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_stage_item_id")),
        sa.PrimaryKeyConstraint("item_id", "stage", name=op.f("pk_stage")),
    )
    op.create_table(
        "scan_file",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_scan_file_sha256")),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_scan_file_ordinal")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_scan_file_size")),
        sa.ForeignKeyConstraint(["item_id"], ["scan.item_id"], name=op.f("fk_scan_file_item_id")),
        sa.PrimaryKeyConstraint("item_id", "ordinal", name=op.f("pk_scan_file")),
    )
