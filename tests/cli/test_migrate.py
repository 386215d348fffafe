"""``tusach migrate``: asked, done, done again; on a shelf of one machine and on one that machines share."""

from __future__ import annotations

import pytest

from catalog.engines import open_database
from catalog.migrate import HEAD, REVISIONS, _upgrade
from tests import servers

OLDER = REVISIONS[-2]


@pytest.fixture(params=["sqlite", *(["postgresql"] if servers.CATALOG_URL else [])])
def url(request, tusach, monkeypatch):
    if request.param == "sqlite":
        yield f"sqlite:///{tusach.data_dir}/catalog.sqlite3"
        return
    with servers.own_database("cli") as address:
        monkeypatch.setenv("TUSACH_CATALOG_URL", address)
        monkeypatch.setenv("TUSACH_CATALOG_PASSWORD", servers.CATALOG_PASSWORD)
        yield address


def _make_older(url):
    database = open_database(url, {"catalog_password": servers.CATALOG_PASSWORD}, wait_s=30)
    with database.writers(), database.engine.begin() as connection:
        _upgrade(connection, OLDER)
    database.engine.dispose()


def test_an_older_catalogue_is_told_then_led_on_then_left_alone(tusach, url):
    _make_older(url)
    asked = tusach("migrate", "--check", "--json")
    assert (asked.code, asked.json) == (1, {"found": OLDER, "known": HEAD})
    done = tusach("migrate", "--json")
    assert (done.code, done.json) == (0, {"found": OLDER, "known": HEAD})
    for again in (tusach("migrate", "--json"), tusach("migrate", "--check", "--json")):
        assert (again.code, again.json) == (0, {"found": HEAD, "known": HEAD})
    assert tusach("list", "--json").json == []


def test_no_catalogue_yet_needs_no_migration_and_gets_one_where_asked(tusach, url):
    asked = tusach("migrate", "--check", "--json")
    assert (asked.code, asked.json) == (0, {"found": None, "known": HEAD})
    assert tusach("migrate", "--json").json == {"found": None, "known": HEAD}
    assert tusach("migrate", "--check", "--json").json == {"found": HEAD, "known": HEAD}


def test_people_are_told_in_sentences(tusach, url):
    assert "first use" in tusach("migrate", "--check").out
    _make_older(url)
    assert "tusach migrate" in tusach("migrate", "--check").out
    assert f"{OLDER} sang {HEAD}" in tusach("migrate", lang="vi").out
    assert HEAD in tusach("migrate").out


@pytest.mark.postgresql
def test_other_commands_on_an_older_shared_catalogue_say_what_is_to_be_done(tusach, monkeypatch):
    with servers.own_database("refused") as address:
        monkeypatch.setenv("TUSACH_CATALOG_URL", address)
        monkeypatch.setenv("TUSACH_CATALOG_PASSWORD", servers.CATALOG_PASSWORD)
        _make_older(address)
        said = tusach("list")
        assert said.code == 1
        assert "tusach migrate" in said.err
        assert tusach("migrate").code == 0
        assert tusach("list").code == 0
