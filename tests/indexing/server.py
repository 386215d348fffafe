"""The real search server of the tests, where one is given; each process of a test run has its own alias."""

from __future__ import annotations

import os

from elasticsearch import Elasticsearch

from tests.servers import OWN

_GIVEN = os.environ.get("TUSACH_TEST_INDEX_URL", "")  # elasticsearch+http://host:9200/any-alias

SERVER_URL = f"{_GIVEN}-{OWN}" if _GIVEN else ""
SERVER_SECRETS = {"api_key": os.environ.get("TUSACH_TEST_INDEX_API_KEY", "")}
ADDRESS, _, ALIAS = (
    (SERVER_URL or "elasticsearch+http://127.0.0.1:1/none").removeprefix("elasticsearch+").rpartition("/")
)


def server() -> Elasticsearch:
    return Elasticsearch(ADDRESS, api_key=SERVER_SECRETS["api_key"])


def empty() -> None:
    """As if nothing had ever been written; making an index costs a second, so the one there is stays."""
    with server() as client:
        names = [*client.indices.get(index=f"{ALIAS}-*", features="aliases")]
        kept = [*client.indices.get_alias(index=f"{ALIAS}-*", name=ALIAS)] if names else []
        for name in names:
            if name in kept or name.endswith("-lease"):
                everything = {"match_all": {}}
                client.delete_by_query(index=name, query=everything, refresh=True, conflicts="proceed")
            else:
                client.indices.delete(index=name)


def sweep() -> None:
    """Take away what this process left on the server."""
    with server() as client:
        for name in client.indices.get(index=f"{ALIAS}-*", features="settings"):
            client.indices.delete(index=name)
