"""What ``python -m bench.store`` promises, on less: memory, digests, requests, and what an audit finds."""

from __future__ import annotations

import pytest

from bench import store as bench
from tests import servers
from tests.storage.seaweed import running_s3

MIB, ITEMS = 64, 20


SERVERS = ["seaweedfs", *(["minio"] if servers.STORE_URL else [])]


@pytest.fixture(params=SERVERS)
def url(request, tmp_path, monkeypatch):
    if request.param == "minio":
        with bench.own_bucket("test-bench") as url:
            yield url
    else:
        with running_s3(tmp_path) as server:
            monkeypatch.setattr(bench, "SECRETS", server.secrets)
            yield f"s3+http://{server.endpoint}/bench"


def test_a_large_object_passes_in_bounded_memory(url, tmp_path):
    assert [check for check in bench.large(url, tmp_path, MIB) if not check.kept] == []


@pytest.mark.parametrize("url", SERVERS[-1:], indirect=True)
def test_many_objects_are_listed_and_audited_in_one_request_each(url, tmp_path):
    assert [check for check in bench.many(url, tmp_path, ITEMS) if not check.kept] == []
