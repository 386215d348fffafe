"""What a search server adds to the contract: addresses and refusals. The rest needs a real one."""

from __future__ import annotations

import pytest

from domain.errors import IndexOutOfDate, IndexUnavailable, SettingNotValid
from domain.queries import Query
from indexing.elastic import open_index
from tests.indexing.server import SERVER_SECRETS, SERVER_URL
from tests.indexing.shelved import LAND, ask, fill, land
from tests.storage.seaweed import free_ports

real = pytest.mark.elasticsearch  # tests/conftest.py leaves these out, loudly, where no server is given


@pytest.mark.parametrize(
    "url",
    [
        "elasticsearch+http://search:9200",
        "elasticsearch+http://search:9200/A",
        "elasticsearch+http://search:9200/a/b",
        "elasticsearch+http://search:9200/a*",
        "elasticsearch+http://user:word@search:9200/books",
    ],
)
def test_addresses_that_lead_nowhere_are_told(url):
    with pytest.raises(SettingNotValid) as raised:
        open_index(url, secrets={}).__enter__()
    assert raised.value.fields["setting"] == "TUSACH_INDEX_URL"
    assert "word" not in str(raised.value)


def test_a_server_that_is_away_is_told_and_may_be_tried_again():
    (port,) = free_ports(1)
    with open_index(f"elasticsearch+http://127.0.0.1:{port}/books", secrets={}) as index:
        for deed in (
            lambda: index.search(Query("đất")),
            lambda: index.replace_item(LAND, land()),
            index.status,
            lambda: list(index.contents()),
        ):
            with pytest.raises(IndexUnavailable) as raised:
                deed()
            assert raised.value.retryable


@real
def test_a_wrong_key_is_told_as_a_setting():
    wrong = {"api_key": "d3Jvbmc6a2V5"}
    with open_index(SERVER_URL, secrets=wrong) as index, pytest.raises(SettingNotValid) as raised:
        ask(index, "đất")
    assert raised.value.fields["setting"] == "TUSACH_INDEX_API_KEY"


@real
def test_an_index_of_another_layout_is_told_and_mended_by_a_rebuild():
    with open_index(SERVER_URL, secrets=SERVER_SECRETS) as index:
        index.rebuild([])
        fill(index)
        index._client.indices.put_mapping(index=index._alias, meta={"layout": 999})
    with open_index(SERVER_URL, secrets=SERVER_SECRETS) as index:
        with pytest.raises(IndexOutOfDate):
            ask(index, "đất")
        index.rebuild([(LAND, land())])
        assert ask(index, "toàn dân").total == 1


@real
def test_a_read_only_index_is_the_servers_trouble():
    with open_index(SERVER_URL, secrets=SERVER_SECRETS) as index:
        index.rebuild([(LAND, land())])
        name = index._current()
        index._client.indices.put_settings(index=name, settings={"index.blocks.write": True})
        with pytest.raises(IndexUnavailable):
            index.replace_item(LAND, land())
        index._client.indices.put_settings(index=name, settings={"index.blocks.write": None})
        index.replace_item(LAND, land()[:1])
        assert [held.pages for held in index.contents()] == [1]
