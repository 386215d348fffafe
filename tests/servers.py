"""The real servers of the tests, where they are given (``scripts/services start``).

Each process of a test run has databases, a bucket and an alias of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from urllib.parse import urlsplit

CATALOG_URL = os.environ.get("TUSACH_TEST_CATALOG_URL", "")  # postgresql://role@host/database
CATALOG_PASSWORD = os.environ.get("TUSACH_TEST_CATALOG_PASSWORD", "")
STORE_URL = os.environ.get("TUSACH_TEST_STORE_URL", "")  # s3+http://host:9000/bucket
STORE_SECRETS = {
    "access_key": os.environ.get("TUSACH_TEST_STORE_ACCESS_KEY", ""),
    "secret_key": os.environ.get("TUSACH_TEST_STORE_SECRET_KEY", ""),
}
# By chance, not by the process's number: a run that was killed leaves its databases, and numbers come again.
OWN = f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}-{token_hex(4)}"


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """The address of an empty database; it is gone when the block ends."""
    import psycopg
    from psycopg import sql

    given = urlsplit(CATALOG_URL)
    database = f"tusach-test-{OWN}-{name}"
    server = f"postgresql://{given.username}@{given.hostname}:{given.port}/{given.path.strip('/')}"
    with psycopg.connect(server, password=CATALOG_PASSWORD, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        try:
            yield given._replace(path=f"/{database}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def own_bucket() -> str:
    """The address of a bucket that is this process's."""
    return f"{STORE_URL}-{OWN}"


@contextmanager
def own_prefix(name: str) -> Iterator[str]:
    """The address of an empty part of that bucket; what was put there is gone when the block ends."""
    from storage.s3 import open_store

    url = f"{own_bucket()}/{name}"
    try:
        yield url
    finally:
        with open_store(url, secrets=STORE_SECRETS) as store:
            for key in list(store.keys("")):
                store.delete(key)
