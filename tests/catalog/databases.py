"""The databases of tests that every catalogue has to pass."""

from __future__ import annotations

from sqlalchemy import text

from catalog.engines import open_database
from tests import servers


def secrets() -> dict[str, str]:
    return {"catalog_password": servers.CATALOG_PASSWORD}


def empty(address: str) -> None:
    database = open_database(address, secrets(), wait_s=5)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.engine.dispose()
