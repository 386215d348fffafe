"""Catalogues of every kind that can be reached here."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from catalog.sql import open_catalog
from tests import servers
from tests.catalog.databases import empty, secrets


@pytest.fixture(scope="module")
def database(request):
    with servers.own_database(request.module.__name__.rpartition(".")[2]) as address:
        yield address


@pytest.fixture(params=["sqlite", *(["postgresql"] if servers.CATALOG_URL else [])])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{quote(str(tmp_path))}/catalog.sqlite3"
    address = request.getfixturevalue("database")
    empty(address)
    return address


@pytest.fixture
def catalog(url):
    with open_catalog(url, secrets=secrets(), wait_s=30) as opened:
        yield opened
