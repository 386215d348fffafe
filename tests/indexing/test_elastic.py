"""What a search server adds to the contract: addresses, certificates, refusals, patience."""

from __future__ import annotations

import pytest

from domain.errors import IndexIncomplete, IndexOutOfDate, IndexReadOnly, IndexUnavailable, SettingNotValid
from domain.queries import IndexedItem, Query
from indexing import elastic_bulk
from indexing.elastic import open_index
from indexing.elastic_bodies import settings_and_mapping
from indexing.elastic_bulk import Operation, chunks
from tests.indexing.front import BUSY, Front, authority, standing
from tests.indexing.server import ADDRESS, ALIAS, SERVER_SECRETS, SERVER_URL, empty, server, sweep
from tests.indexing.shelved import LAND, MEDIATION, ask, fill, generation, items, land, mediation
from tests.storage.seaweed import free_ports

real = pytest.mark.elasticsearch  # tests/conftest.py leaves these out, loudly, where no server is given


@pytest.fixture
def index():
    empty()
    with open_index(SERVER_URL, secrets=SERVER_SECRETS) as index:
        yield index


@pytest.fixture
def settings(index):
    """Changes settings of the index that counts, and takes them back."""
    index.rebuild(items(land()))
    changed = []

    def change(**values):
        with server() as client:
            changed.extend(values)
            client.indices.put_settings(index=ALIAS, settings={f"index.{n}": v for n, v in values.items()})

    yield change
    change(**dict.fromkeys(changed))


def through(front: Front, secrets=SERVER_SECRETS):
    return open_index(f"elasticsearch+{front.url}/{ALIAS}", secrets=secrets)


# addresses


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
            lambda: index.complete("đất"),
            lambda: index.replace_item(LAND, land()),
            lambda: index.rebuild([]),
            index.status,
            lambda: list(index.contents()),
        ):
            with pytest.raises(IndexUnavailable) as raised:
                deed()
            assert raised.value.retryable


# certificates


def test_a_server_that_nobody_vouches_for_is_not_talked_to(tmp_path):
    _, certificate = authority(tmp_path)
    with standing(Front("http://127.0.0.1:1"), certificate) as front, through(front) as index:
        with pytest.raises(SettingNotValid) as raised:
            ask(index, "đất")
        assert raised.value.fields["setting"] == "TUSACH_INDEX_CA"
        assert front.asked == []


def test_an_authority_that_is_no_file_of_certificates_is_told(tmp_path):
    (tmp_path / "empty.pem").touch()
    for path in (tmp_path / "nowhere.pem", tmp_path / "empty.pem"):
        with pytest.raises(SettingNotValid) as raised:
            open_index("elasticsearch+https://search:9200/a", secrets={"index_ca": str(path)}).__enter__()
        assert raised.value.fields["setting"] == "TUSACH_INDEX_CA"


def test_a_server_without_tls_is_told_from_one_that_is_not_trusted():
    with standing(Front("http://127.0.0.1:1")) as front:
        url = f"elasticsearch+{front.url.replace('http:', 'https:')}/books"
        with open_index(url, secrets={}) as index, pytest.raises(SettingNotValid) as raised:
            ask(index, "đất")
        assert raised.value.fields["setting"] == "TUSACH_INDEX_URL"


@real
def test_the_librarys_own_authority_and_a_key_let_us_in(index, tmp_path):
    ours, certificate = authority(tmp_path)
    with standing(Front(ADDRESS), certificate) as front:
        with through(front, SERVER_SECRETS | {"index_ca": str(ours)}) as safe:
            fill(safe)
            assert ask(safe, "phẩm chất đạo đức").total == 1
        with through(front, {"api_key": "d3Jvbmc6a2V5", "index_ca": str(ours)}) as wrong:
            with pytest.raises(SettingNotValid) as raised:
                ask(wrong, "đất")
            assert raised.value.fields["setting"] == "TUSACH_INDEX_API_KEY"


@real
def test_a_key_for_other_indexes_is_told_as_a_setting():
    with open_index(SERVER_URL.replace(ALIAS, "not-ours"), secrets=SERVER_SECRETS) as index:
        for deed in (lambda: ask(index, "đất"), lambda: index.replace_item(LAND, land())):
            with pytest.raises(SettingNotValid) as raised:
                deed()
            assert raised.value.fields["setting"] == "TUSACH_INDEX_API_KEY"


# what a server refuses


@real
def test_a_full_disk_is_told_and_reading_goes_on(index, settings):
    settings(**{"blocks.read_only_allow_delete": True})
    with pytest.raises(IndexReadOnly):
        index.replace_item(LAND, land()[:1])
    assert ask(index, "toàn dân").total == 1
    settings(**{"blocks.read_only_allow_delete": None})
    index.replace_item(LAND, land()[:1])
    assert [held.pages for held in index.contents()] == [1]


@real
def test_an_index_that_is_away_is_an_error_not_an_empty_answer():
    body = settings_and_mapping()
    body["settings"]["routing.allocation.require._name"] = "another-machine"
    sweep()
    with server() as client:
        client.indices.create(
            index=f"{ALIAS}-{'0' * 12}", aliases={ALIAS: {}}, wait_for_active_shards=0, **body
        )
        with open_index(SERVER_URL, secrets=SERVER_SECRETS) as reader:
            for deed in (
                lambda: ask(reader, "toàn dân"),
                lambda: reader.complete("toàn"),
                lambda: list(reader.contents()),
            ):
                with pytest.raises(IndexIncomplete):
                    deed()
            reader.rebuild(items(land()))
            assert ask(reader, "toàn dân").total == 1


@real
def test_an_index_of_another_layout_is_told_and_mended_by_a_rebuild(index):
    fill(index)
    with server() as client:
        client.indices.put_mapping(index=ALIAS, meta={"layout": 999})
    with open_index(SERVER_URL, secrets=SERVER_SECRETS) as reader:
        with pytest.raises(IndexOutOfDate):
            ask(reader, "đất")
        with pytest.raises(IndexOutOfDate):
            reader.replace_item(LAND, land())
        reader.rebuild(items(land()))
        assert ask(reader, "toàn dân").total == 1


@real
def test_an_index_of_somebody_else_is_not_taken_for_ours(index):
    with server() as client:
        client.indices.create(index=f"{ALIAS}-else")
        try:
            with (
                open_index(f"{SERVER_URL}-else", secrets=SERVER_SECRETS) as other,
                pytest.raises(SettingNotValid),
            ):
                other.rebuild([])
        finally:
            client.indices.delete(index=f"{ALIAS}-else")


# patience


def test_chunks_are_bounded_in_number_and_in_bytes(monkeypatch):
    monkeypatch.setattr(elastic_bulk, "CHUNK_BYTES", 1_000)
    small, large = Operation(b"x" * 10), Operation(b"x" * 2_000)
    assert [len(chunk) for chunk in chunks([small, small, large, small])] == [2, 1, 1]
    assert [len(chunk) for chunk in chunks([Operation(b"x")] * 900)] == [400, 400, 100]


@real
def test_a_busy_server_is_given_time_and_smaller_pieces(index):
    """Whole requests are refused first, then all documents of one."""
    left = [1, 2, 3]

    def refuse(method: str, path: str, body: bytes):
        if "_bulk" not in path or not left:
            return None
        if left.pop() > 1:
            return 429, {"error": BUSY | {"root_cause": [BUSY]}, "status": 429}
        refused = {"index": {"status": 429, "error": BUSY}}
        return 200, {"errors": True, "items": [refused] * (body.count(b"\n") // 2)}

    with standing(Front(ADDRESS, refuse)) as front, through(front) as patient:
        patient.replace_item(MEDIATION, generation(MEDIATION, 1, 40))
    sent = [lines // 2 for _, path, lines in front.asked if "_bulk" in path]
    assert sent[-1] < sent[0] == 40
    assert list(index.contents()) == [IndexedItem(MEDIATION, 1, 40, True)]


@real
def test_a_document_that_is_refused_leaves_the_item_as_it_was(index):
    fill(index)

    def refuse(method: str, path: str, body: bytes):
        if "_bulk" not in path or b'"delete"' in body:
            return None
        wrong = {"type": "document_parsing_exception", "reason": "failed to parse field"}
        return 200, {"errors": True, "items": [{"index": {"status": 400, "error": wrong}}]}

    with (
        standing(Front(ADDRESS, refuse)) as front,
        through(front) as unlucky,
        pytest.raises(IndexUnavailable, match="failed to parse"),
    ):
        unlucky.replace_item(LAND, generation(LAND, 9, 3))
    assert {held.item_id: held.revision for held in index.contents()}[LAND] == 1
    index.replace_item(MEDIATION, mediation())
    assert ask(index, '"đợt lượt9x"').total == 0


@real
def test_a_writer_that_lost_its_lease_is_refused_whatever_it_still_sends(index):
    """It sleeps with its documents on the way, another writer takes over, and it wakes up."""
    slept = []

    def refuse(method: str, path: str, body: bytes):
        if "_bulk" in path and not slept:
            slept.append(path)
            with server() as client:
                lease = client.get(index=f"{ALIAS}-lease", id="writer")["_source"]
                client.index(index=f"{ALIAS}-lease", id="writer", document=lease | {"until": 0})
            with open_index(SERVER_URL, secrets=SERVER_SECRETS) as other:
                other.replace_item(LAND, land())

    index.replace_item(LAND, generation(LAND, 1, 4))
    with (
        standing(Front(ADDRESS, refuse)) as front,
        through(front) as sleeper,
        pytest.raises(IndexUnavailable, match="another writer"),
    ):
        sleeper.replace_item(LAND, generation(LAND, 2, 4))
    index.replace_item(MEDIATION, mediation())
    assert {held.item_id: held.pages for held in index.contents()} == {LAND: 2, MEDIATION: 3}
    assert ask(index, '"đợt lượt2x"').total == 0
