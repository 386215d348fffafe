"""The ``Catalog`` port over SQLAlchemy: SQLite beside the scans, PostgreSQL for a large installation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
    TimeoutError,
)

from catalog.engines import Database, open_database
from catalog.migrate import HEAD, ensure_schema, layout, migrate
from catalog.people import Trees
from catalog.transaction import SqlTransaction
from domain.errors import CatalogDamaged, CatalogError, CatalogUnavailable
from domain.ports import Catalog, CatalogTransaction, Layout

WAIT_S = 60.0
MIGRATION_WAIT_S = 3_600.0  # for another migration, which may rewrite large tables
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class SqlCatalog:
    """What we hold and what happened to it; may be shared by threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._trees = Trees()

    @contextmanager
    def begin(self, *, wait_s: float | None = None) -> Iterator[CatalogTransaction]:
        engine = self._database.writing(wait_s)
        with self._database.writers(wait_s), _translated(), engine.begin() as connection:
            yield SqlTransaction(connection, may_write=True)

    @contextmanager
    def view(self) -> Iterator[CatalogTransaction]:
        with _translated(), self._database.readers().begin() as connection:
            yield SqlTransaction(connection, may_write=False, trees=self._trees)


@contextmanager
def open_catalog(url: str, *, secrets: Mapping[str, str], wait_s: float = WAIT_S) -> Iterator[Catalog]:
    """The catalogue at ``url``; an empty database is set up, an older file brought to the present layout.

    A writer waits ``wait_s`` seconds for the others before it gives up. Raises NewerData,
    CatalogUnavailable, SettingNotValid; OlderData for a server, where ``migrate_catalog`` is to be called.
    """
    with _opened(url, secrets, wait_s) as database:
        with _reached():
            ensure_schema(database)
        yield SqlCatalog(database)


def catalog_layout(url: str, *, secrets: Mapping[str, str]) -> Layout:
    """The layout of the catalogue at ``url`` beside ours; changes nothing.

    Raises NewerData, CatalogUnavailable, SettingNotValid.
    """
    with _opened(url, secrets, WAIT_S) as database, _reached():
        return Layout(found=layout(database), known=HEAD)


def migrate_catalog(url: str, *, secrets: Mapping[str, str]) -> Layout:
    """Bring the catalogue at ``url`` to our layout; says which was found. Those who come meanwhile wait.

    Raises NewerData, CatalogUnavailable, SettingNotValid.
    """
    with _opened(url, secrets, MIGRATION_WAIT_S) as database, _reached():
        return Layout(found=migrate(database), known=HEAD)


@contextmanager
def _opened(url: str, secrets: Mapping[str, str], wait_s: float) -> Iterator[Database]:
    with _reached():
        database = open_database(url, secrets, wait_s=wait_s)
    try:
        yield database
    finally:
        database.engine.dispose()


@contextmanager
def _reached() -> Iterator[None]:
    """While opening, a folder or file out of reach is the catalogue's trouble as well."""
    try:
        with _translated():
            yield
    except OSError as error:
        raise CatalogUnavailable(detail=str(error)) from error


@contextmanager
def _translated() -> Iterator[None]:
    """Our errors for SQLAlchemy's, which carry the statement and its values: neither belongs in a log."""
    try:
        yield
    except (IntegrityError, DataError, ProgrammingError) as error:
        raise CatalogError(detail=str(error.orig)) from error
    except DBAPIError as error:
        broken = getattr(error.orig, "sqlite_errorcode", None) in _BROKEN
        raise (CatalogDamaged if broken else CatalogUnavailable)(detail=str(error.orig)) from error
    except TimeoutError as error:  # of the pool
        raise CatalogUnavailable(detail="every connection of this process is in use") from error
    except SQLAlchemyError as error:
        raise CatalogError(detail=str(getattr(error, "orig", error))) from error
