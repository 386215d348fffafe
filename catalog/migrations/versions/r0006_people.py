"""Units, people, roles, sessions, failed sign-ins, tokens and acts.

Every unit that batches and items name already is entered below the one that is there from the start.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _units()
    _people()
    _doors()
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_act_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
    )
    for column in ("actor", "unit", "action"):
        op.create_index(f"ix_act_{column}", "act", [column, "id"], unique=False)


def _units() -> None:
    op.create_table(
        "unit",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
    )
    op.create_index("ix_unit_revision", "unit", ["revision"], unique=False)
    op.create_table(
        "unit_span",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_unit_span_valid_to")),
        sa.CheckConstraint("parent <> code", name=op.f("ck_unit_span_parent")),
        sa.ForeignKeyConstraint(["code"], ["unit.code"], name=op.f("fk_unit_span_code")),
        sa.ForeignKeyConstraint(["parent"], ["unit.code"], name=op.f("fk_unit_span_parent")),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_unit_span")),
    )
    op.execute("INSERT INTO unit VALUES ('default', 1)")
    op.execute("INSERT INTO unit_span VALUES ('default', '0001-01-01', NULL, 'Tủ sách', NULL)")
    op.execute(
        "INSERT INTO unit SELECT unit, 1 FROM batch WHERE unit <> 'default'"
        " UNION SELECT unit, 1 FROM item WHERE unit <> 'default'"
    )
    op.execute(
        "INSERT INTO unit_span (code, valid_from, name, parent)"
        " SELECT code, '0001-01-01', code, 'default' FROM unit WHERE code <> 'default'"
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_person_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "role",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.CheckConstraint("verb IN ('update', 'manage', 'operate', 'access')", name=op.f("ck_role_verb")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_person_id")),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_role_unit")),
        sa.PrimaryKeyConstraint("person_id", "verb", "unit", name=op.f("pk_role")),
    )


def _doors() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.CheckConstraint("length(secret_sha256) = 64", name=op.f("ck_session_secret_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_session_secret_sha256")),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"], unique=False)
    op.create_table(
        "failed_sign_in",
        sa.Column("subject_sha256", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.CheckConstraint("length(subject_sha256) = 64", name=op.f("ck_failed_sign_in_subject_sha256")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_failed_sign_in_failures")),
        sa.PrimaryKeyConstraint("subject_sha256", name=op.f("pk_failed_sign_in")),
    )
    op.create_index("ix_failed_sign_in_last_at", "failed_sign_in", ["last_at"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.CheckConstraint("length(secret_sha256) = 64", name=op.f("ck_api_token_secret_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_api_token_secret_sha256")),
    )
    op.create_index("ix_api_token_person_id", "api_token", ["person_id"], unique=False)
