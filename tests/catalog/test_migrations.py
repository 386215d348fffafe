from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import catalog
from catalog.engines import open_database
from catalog.migrate import HEAD, REVISIONS, _create, _upgrade
from catalog.sql import catalog_layout, migrate_catalog, open_catalog
from catalog.tables import metadata
from domain.errors import CatalogUnavailable, NewerData, OlderData
from domain.people import ROOT, Unit
from domain.ports import Layout
from tests import servers

SECRETS = {"catalog_password": servers.CATALOG_PASSWORD}


@pytest.fixture(params=["sqlite", *(["postgresql"] if servers.CATALOG_URL else [])])
def urls(request, tmp_path):
    """Addresses of two databases that are empty."""
    if request.param == "sqlite":
        yield [f"sqlite:///{tmp_path}/{name}/catalog.sqlite3" for name in ("one", "other")]
        return
    with servers.own_database("migrated") as one, servers.own_database("created") as other:
        yield [one, other]


@pytest.fixture
def url(urls):
    return urls[0]


def _scripts():
    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def test_the_revisions_we_know_without_alembic_are_alembics():
    scripts = _scripts()
    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)


@contextmanager
def _database(url):
    database = open_database(url, SECRETS, wait_s=30)
    try:
        yield database
    finally:
        database.engine.dispose()


@contextmanager
def _connection(url):
    """A connection in a transaction of its own that is committed at the end."""
    with _database(url) as database, database.writers(), database.engine.begin() as connection:
        yield connection


def _led_to(url, revision):
    """What an older version of this program left there, with an accession counted."""
    with _connection(url) as connection:
        _upgrade(connection, revision)
        connection.execute(text("INSERT INTO accession_sequence VALUES ('SPL', 2026, 7)"))


def test_the_migrations_lead_where_a_new_catalogue_begins(urls):
    migrated, created = urls
    with _connection(migrated) as connection:
        _upgrade(connection)
    with open_catalog(created, secrets=SECRETS):
        pass
    assert _shape(migrated) == _shape(created)
    assert _marks(migrated) == _marks(created) == [HEAD]


@pytest.mark.parametrize("older", REVISIONS[:-1])
def test_an_older_catalogue_is_led_on_with_what_it_holds(url, older):
    _led_to(url, older)
    assert migrate_catalog(url, secrets=SECRETS) == Layout(found=older, known=HEAD)
    with open_catalog(url, secrets=SECRETS) as catalogue, catalogue.begin() as changes:
        assert changes.next_accession("SPL", 2026).endswith("8")
    assert _marks(url) == [HEAD]
    assert migrate_catalog(url, secrets=SECRETS) == Layout(found=HEAD, known=HEAD)


def test_the_units_of_older_batches_are_entered_below_the_root(url):
    with _connection(url) as connection:
        _upgrade(connection, "0005")
        for batch, unit in enumerate(("stp", "default", "stp")):
            connection.execute(
                text("INSERT INTO batch VALUES (:id, 'an', :unit, '2026-01-01', '/', false, '{}')"),
                {"id": str(batch), "unit": unit},
            )
    migrate_catalog(url, secrets=SECRETS)
    with open_catalog(url, secrets=SECRETS) as catalogue, catalogue.view() as seen:
        assert list(seen.people.units()) == [Unit(ROOT, "Tủ sách", None), Unit("stp", "stp")]


def test_an_older_file_is_led_on_where_it_is_opened(tmp_path):
    url = f"sqlite:///{tmp_path}/catalog.sqlite3"
    _led_to(url, REVISIONS[0])
    with open_catalog(url, secrets={}):
        pass
    assert _marks(url) == [HEAD]


@pytest.mark.postgresql
def test_an_older_catalogue_that_machines_share_waits_for_somebody_to_decide():
    with servers.own_database("older") as url:
        _led_to(url, REVISIONS[-2])
        with pytest.raises(OlderData) as caught, open_catalog(url, secrets=SECRETS):
            pass
        assert caught.value.fields == {"found": REVISIONS[-2], "known": HEAD}
        assert not caught.value.retryable
        assert _marks(url) == [REVISIONS[-2]]


def test_migrations_at_once_wait_for_each_other(url):
    _led_to(url, REVISIONS[0])
    with ThreadPoolExecutor(4) as threads:
        found = [one.found for one in threads.map(lambda _: migrate_catalog(url, secrets=SECRETS), range(4))]
    assert sorted(found) == [REVISIONS[0], HEAD, HEAD, HEAD]


def test_asking_for_the_layout_changes_nothing(url):
    assert catalog_layout(url, secrets=SECRETS) == Layout(found=None, known=HEAD)
    assert catalog_layout(url, secrets=SECRETS).found is None
    _led_to(url, REVISIONS[0])
    told = catalog_layout(url, secrets=SECRETS)
    assert told == Layout(found=REVISIONS[0], known=HEAD)
    assert told.is_older
    assert _marks(url) == [REVISIONS[0]]


def test_asking_for_the_layout_of_no_file_makes_none(tmp_path):
    catalog_layout(f"sqlite:///{tmp_path}/new/catalog.sqlite3", secrets={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ask", [catalog_layout, migrate_catalog])
def test_newer_data_and_other_programs_tables_are_left_alone(url, ask):
    with _connection(url) as connection:
        connection.execute(text("CREATE TABLE recipes (name VARCHAR)"))
    with pytest.raises(CatalogUnavailable):
        ask(url, secrets=SECRETS)
    with _connection(url) as connection:
        connection.execute(text("DROP TABLE recipes"))
        _upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerData):
        ask(url, secrets=SECRETS)
    assert _marks(url) == ["9999"]


def _marks(url):
    with _connection(url) as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _shape(url):
    """Every table with all that a database knows of it."""
    with _connection(url) as connection:
        looked = inspect(connection)
        return {
            table: {
                "columns": [
                    (column["name"], repr(column["type"]), column["nullable"])
                    for column in looked.get_columns(table)
                ],
                "primary key": looked.get_pk_constraint(table),
                "foreign keys": sorted(map(str, looked.get_foreign_keys(table))),
                "unique": sorted(map(str, looked.get_unique_constraints(table))),
                "checks": sorted(map(str, looked.get_check_constraints(table))),
                "indexes": sorted(map(_index, looked.get_indexes(table))),
            }
            for table in looked.get_table_names()
        }


def _index(found):
    options = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return str(found | {"dialect_options": options})


def test_alembic_sees_no_difference_either(url):
    with _connection(url) as connection:
        _upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_batch_item_and_provenance_carry_unit_and_actor():
    for name in ("batch", "item", "provenance"):
        assert {"unit", "actor"} <= set(metadata.tables[name].c.keys())
        assert not metadata.tables[name].c.unit.nullable


def test_the_migrations_lie_inside_the_package_that_owns_them():
    folder = Path(catalog.__file__).parent / "migrations"
    assert Path(_scripts().dir).samefile(folder)
    assert (folder / "env.py").is_file()


@pytest.mark.parametrize("make", [_create, _upgrade], ids=["created", "migrated"])
def test_a_creation_left_in_the_middle_leaves_no_table_behind(url, make):
    """It is done inside our one transaction, so that kill -9 cannot leave half a layout."""
    with _database(url) as database:
        with database.writers():
            database.prepare()
            with pytest.raises(KeyboardInterrupt), database.engine.begin() as connection:
                _make_and_stop(make, connection)
        with database.engine.begin() as connection:
            assert inspect(connection).get_table_names() == []


def _make_and_stop(make, connection):
    make(connection)
    assert inspect(connection).get_table_names()
    raise KeyboardInterrupt
