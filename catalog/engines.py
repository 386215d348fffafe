"""SQLAlchemy engines for the databases we know, and the lock that their writers queue at."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event

from catalog import queries
from domain.addresses import path_of
from domain.errors import CatalogDamaged, CatalogUnavailable, SettingNotValid

_MODE = "tusach_mode"  # execution option: what a transaction of this connection may do
_READ, _MIGRATE = "read", "migrate"
_WAIT = "tusach_wait_s"  # execution option: how long it waits for other writers
# SQLite takes a file of fewer bytes than its smallest page for an empty database and overwrites it. The size
# has to do: opening and closing the file ourselves would drop the locks that this process has on it.
_SMALLEST = 512

# Of PostgreSQL. A process of ours opens connections as it needs them, so that a flow run has one or two; ten
# let nine processes with many threads each share a server of 100 connections as it is installed.
_CONNECTIONS = 10
_RENEW_S = 1_800  # a connection that old is opened anew: routers forget silent ones, and passwords change
_QUESTION_S = 60  # no question of ours takes a second; one that takes this long is stopped
_IDLE_S = 60  # in a transaction: a machine that was cut off must not hold the writers' lock for longer
_REACHING = {  # as libpq calls them; the address may say otherwise
    "application_name": "tusach",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}


class Database(Protocol):
    """One database as ``catalog.sql`` uses it."""

    engine: Engine  # its transactions may write
    of_many: bool  # several machines may work with it, so that somebody has to decide on a new layout

    def readers(self) -> Engine:
        """The same pool; its transactions only read."""
        ...

    def writing(self, wait_s: float | None) -> Engine:
        """The same pool; its transactions wait so long for other writers, None for as usual."""
        ...

    def migrating(self) -> Engine:
        """The same pool; its transactions may write and may take their time."""
        ...

    def writers(self, wait_s: float | None = None) -> AbstractContextManager[None]:
        """Hold the place of the one writer, waiting a bounded time. Raises CatalogUnavailable."""
        ...

    def is_new(self) -> bool:
        """Whether there is certainly nothing in it yet. Raises CatalogUnavailable for another file."""
        ...

    def prepare(self) -> None:
        """What a new database needs before its tables; called while the writer's place is held."""
        ...


class SqliteDatabase:
    """A file. One writer at a time, readers beside it (write-ahead log)."""

    of_many = False

    def __init__(self, path: Path, *, wait_s: float) -> None:
        self._path = path
        self._queue = _Queue(Path(f"{path}.lock"), wait_s)
        self.engine = create_engine(
            URL.create("sqlite", database=str(path)),
            poolclass=QueuePool,
            max_overflow=-1,  # as many as there are threads at work; five stay open
            connect_args={"timeout": wait_s, "check_same_thread": False},
        )
        event.listen(self.engine, "connect", _prepare_connection)
        event.listen(self.engine, "begin", _begin)

    def readers(self) -> Engine:
        return self.engine.execution_options(**{_MODE: _READ})

    def writing(self, wait_s: float | None) -> Engine:  # noqa: ARG002 - writers wait at the queue
        return self.engine

    def migrating(self) -> Engine:
        return self.engine

    def writers(self, wait_s: float | None = None) -> AbstractContextManager[None]:
        return self._queue.held(wait_s)

    def is_new(self) -> bool:
        # Nobody may look into a file of 0 bytes: a reader's lock would keep the process that is
        # making the catalogue from switching the file to the write-ahead log.
        size = self._path.stat().st_size if self._path.exists() else 0
        if 0 < size < _SMALLEST:
            raise CatalogDamaged(detail=f"{self._path}: file is not a database")
        return size == 0

    def prepare(self) -> None:
        try:
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA journal_mode=WAL")  # kept in the file
        except sqlite3.Error as error:  # a full disk, say; the raw connection's errors nobody translates
            raise CatalogUnavailable(detail=str(error)) from error


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # FULL: a commit is on disk before it is told. NORMAL would survive kill -9 as well, but a power cut
    # could take back the last commits, while the index and the store keep what came of them.
    for pragma in ("foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_MODE) == _READ
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


class _Queue:
    """Writers wait for each other here: threads at a lock, processes at a file beside the database.

    SQLite's own waiting is a poll with growing pauses in which a writer can starve.
    """

    def __init__(self, path: Path, wait_s: float) -> None:
        self._path = path
        self._wait_s = wait_s
        self._threads = threading.Lock()

    @contextmanager
    def held(self, wait_s: float | None = None) -> Iterator[None]:
        """Be the one who writes, after at most ``wait_s`` seconds."""
        from filelock import FileLock, Timeout  # 0.08 CPU-s that a command which only reads need not pay

        patience = self._wait_s if wait_s is None else wait_s
        until = time.monotonic() + patience
        if not self._threads.acquire(timeout=patience):
            raise self._too_long(patience)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)  # the very first writer finds no folder
            lock = FileLock(self._path, poll_interval=0.005, thread_local=False, fallback_to_soft=False)
            try:
                lock.acquire(timeout=max(0.0, until - time.monotonic()))
            except Timeout as error:
                raise self._too_long(patience) from error
            except (OSError, NotImplementedError) as error:
                raise CatalogUnavailable(detail=str(error)) from error
            try:
                yield
            finally:
                lock.release()
        finally:
            self._threads.release()

    def _too_long(self, waited_s: float) -> CatalogUnavailable:
        return CatalogUnavailable(detail=f"another writer held {self._path} for {waited_s:g} s")


class PostgresDatabase:
    """A server. Writers queue at an advisory lock that ends with their transaction."""

    of_many = True

    def __init__(self, url: str, *, password: str, wait_s: float) -> None:
        parts = urlsplit(url)
        address = URL.create(
            "postgresql+psycopg",
            username=unquote(parts.username or "") or None,
            password=password or None,
            host=parts.hostname,
            port=parts.port,
            database=unquote(parts.path.lstrip("/")) or None,
            query=_REACHING | dict(parse_qsl(parts.query)),
        )
        try:
            self.engine = create_engine(
                address,
                pool_pre_ping=True,
                pool_size=_CONNECTIONS,
                max_overflow=0,
                pool_timeout=wait_s,
                pool_recycle=_RENEW_S,
                pool_use_lifo=True,  # those that are not needed grow old and are closed
            )
        except ModuleNotFoundError as error:
            detail = f"PostgreSQL needs the Python package {error.name}"
            raise SettingNotValid(setting="TUSACH_CATALOG_URL", detail=detail) from error
        self._wait_s = wait_s
        event.listen(self.engine, "begin", self._begin)

    def readers(self) -> Engine:
        return self.engine.execution_options(**{_MODE: _READ})

    def writing(self, wait_s: float | None) -> Engine:
        if wait_s is None:
            return self.engine
        return self.engine.execution_options(**{_WAIT: wait_s})

    def migrating(self) -> Engine:
        return self.engine.execution_options(**{_MODE: _MIGRATE})

    def writers(self, wait_s: float | None = None) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

    def is_new(self) -> bool:
        return False  # only a look inside can tell

    def prepare(self) -> None:
        """Nothing: a server's database is ready as it is."""

    def _begin(self, connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_MODE) == _READ:
            said = ["TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", *_limits(_QUESTION_S, _IDLE_S)]
            # A plan made once for every state takes a rare one for common, and walks the shelf to find it.
            said.append("LOCAL plan_cache_mode = force_custom_plan")
        else:
            wait_s = options.get(_WAIT, self._wait_s)
            said = [f"LOCAL lock_timeout = {max(1, int(1000 * wait_s))}"]  # 0 would be for ever
            if options.get(_MODE) == _MIGRATE:
                said += _limits(0, 0)
            else:
                said += _limits(wait_s + _QUESTION_S, _IDLE_S)  # waiting for the others is a statement too
        connection.exec_driver_sql("; ".join(f"SET {one}" for one in said))  # one message to the server
        if options.get(_MODE) != _READ:
            connection.execute(queries.wait_for_writers())


def _limits(statement_s: float, idle_s: float) -> list[str]:
    """How long a statement may take, and the pause between two; 0 for as long as they like."""
    return [
        f"LOCAL statement_timeout = {int(1000 * statement_s)}",
        f"LOCAL idle_in_transaction_session_timeout = {int(1000 * idle_s)}",
    ]


def open_database(url: str, secrets: Mapping[str, str], *, wait_s: float) -> Database:
    """The database that ``url`` names; a file's folder is made. Raises SettingNotValid, OSError."""
    if url.startswith("postgresql"):
        return PostgresDatabase(url, password=secrets.get("catalog_password", ""), wait_s=wait_s)
    try:
        path = path_of(url)
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_CATALOG_URL", detail=str(error)) from error
    return SqliteDatabase(path, wait_s=wait_s)
