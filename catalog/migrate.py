"""Bringing a database to the layout that this program knows.

An empty one gets the tables as they are described and Alembic's mark of the newest layout, an older
one is led there by Alembic's migrations; a test holds the two together. Alembic is imported only
where there is something to migrate: a database is recognised by the one value that Alembic keeps in it.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, select

from catalog import people_queries
from catalog.engines import Database
from catalog.people import ROOT_NAME
from catalog.tables import metadata
from domain.errors import CatalogUnavailable, NewerData, OlderData
from domain.people import ROOT, Unit

# Oldest first; a test compares them with ``migrations/versions``.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0008", "0009", "0010", "0011", "0012")
HEAD = REVISIONS[-1]

# As Alembic makes it, and apart from our tables: those are what its migrations are compared with.
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def ensure_schema(database: Database) -> None:
    """Create the tables of an empty database; upgrade those of an older one that is ours alone.

    Raises OlderData where several machines may work with it, so that somebody has to decide;
    NewerData for a layout that this program does not know; CatalogUnavailable for a database that
    holds something else.
    """
    found = layout(database)
    if found == HEAD:
        return
    if found is not None and database.of_many:
        raise OlderData(found=found, known=HEAD)
    migrate(database)


def layout(database: Database) -> str | None:
    """The layout that the database has; None for an empty one. Raises NewerData, CatalogUnavailable."""
    if database.is_new():
        return None
    with database.readers().begin() as connection:
        return _revision(connection)


def migrate(database: Database) -> str | None:
    """Create or upgrade the tables where needed, and say which layout was found.

    One process does it, others wait as long as writers do. Raises NewerData, CatalogUnavailable.
    """
    with database.writers():
        database.prepare()
        with database.migrating().begin() as connection:
            found = _revision(connection)
            if found is None:
                _create(connection)
            elif found != HEAD:  # otherwise somebody did it while we waited
                _upgrade(connection)
            return found


def _revision(connection: Connection) -> str | None:
    dialect = connection.dialect
    if not dialect.has_table(connection, _VERSION.name):
        if dialect.get_table_names(connection):
            raise CatalogUnavailable(detail="the database holds tables, but no catalogue of ours")
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    if found is not None and found not in REVISIONS:
        raise NewerData(found=found, known=HEAD)
    return found


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    keep_root(connection)
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=HEAD))


def keep_root(connection: Connection) -> None:
    """The unit that is there from the start, where it is not."""
    dialect = connection.dialect.name
    if connection.execute(people_queries.enter_unit(dialect), {"code": ROOT}).first():
        connection.execute(people_queries.keep_span(dialect), asdict(Unit(ROOT, ROOT_NAME, None)))


def begin_at(connection: Connection, layout: str) -> None:
    """Make the empty tables anew as they were in an older layout."""
    metadata.drop_all(connection)
    _VERSION.drop(connection)
    _upgrade(connection, layout)


def lead_on(connection: Connection) -> None:
    """Bring older tables, with what is in them, to the present layout."""
    _upgrade(connection)


def _upgrade(connection: Connection, to: str = HEAD) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
