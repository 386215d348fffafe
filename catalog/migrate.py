"""Bringing a database to the layout that this program knows.

Alembic does the work, but is imported only when there is work: a database is recognised by
the one value that Alembic keeps in it.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select, table
from sqlalchemy.sql import column

from catalog.engines import Database
from domain.errors import CatalogUnavailable, NewerData

REVISIONS = ("0001", "0002")  # oldest first; a test compares them with ``migrations/versions``
HEAD = REVISIONS[-1]

_VERSION = table("alembic_version", column("version_num"))


def ensure_schema(database: Database) -> None:
    """Create or upgrade the tables where needed; one process does it, others wait.

    Raises NewerData for a layout that this program does not know, CatalogUnavailable for a
    database that holds something else.
    """
    if not database.is_new() and _is_current(database.readers()):
        return
    with database.writers():
        database.prepare()
        with database.engine.begin() as connection:
            if _revision(connection) != HEAD:  # nobody did it while we waited
                _upgrade(connection)


def _is_current(readers: Engine) -> bool:
    with readers.begin() as connection:
        return _revision(connection) == HEAD


def _revision(connection: Connection) -> str | None:
    """The layout of this database; None for an empty one. Raises NewerData, CatalogUnavailable."""
    dialect = connection.dialect
    if not dialect.has_table(connection, _VERSION.name):
        if dialect.get_table_names(connection):
            raise CatalogUnavailable(detail="the database holds tables, but no catalogue of ours")
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    if found is not None and found not in REVISIONS:
        raise NewerData(found=found, known=HEAD)
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
