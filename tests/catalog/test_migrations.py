from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

import catalog
from catalog.engines import open_database
from catalog.migrate import HEAD, REVISIONS, _create, _upgrade
from catalog.sql import open_catalog
from catalog.tables import metadata


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
def _migrated(path):
    """A database that Alembic led from nothing to the newest layout."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        _upgrade(connection)
        yield connection
    engine.dispose()


def test_the_migrations_lead_where_a_new_catalogue_begins(tmp_path):
    migrated, created = tmp_path / "migrated.sqlite3", tmp_path / "created.sqlite3"
    with _migrated(migrated):
        pass
    with open_catalog(f"sqlite:///{created}", secrets={}):
        pass
    assert _shape(migrated) == _shape(created)
    assert _marks(migrated) == _marks(created) == [HEAD]


def test_an_older_catalogue_is_led_on_with_what_it_holds(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        _upgrade(connection, REVISIONS[0])
        connection.execute(text("INSERT INTO accession_sequence VALUES ('SPL', 2026, 7)"))
    engine.dispose()
    with open_catalog(f"sqlite:///{path}", secrets={}) as catalogue, catalogue.begin() as changes:
        assert changes.next_accession("SPL", 2026).endswith("8")
    assert _marks(path) == [HEAD]


def _marks(path):
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    engine.dispose()
    return found


def _shape(path):
    """Every table with all that a database knows of it."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        looked = inspect(engine)
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
                "indexes": sorted(map(str, looked.get_indexes(table))),
            }
            for table in looked.get_table_names()
        }
    finally:
        engine.dispose()


def test_alembic_sees_no_difference_either(tmp_path):
    with _migrated(tmp_path / "catalog.sqlite3") as connection:
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
def test_a_creation_left_in_the_middle_leaves_no_table_behind(tmp_path, make):
    """It is done inside our one transaction, so that kill -9 cannot leave half a layout."""
    database = open_database(f"sqlite:///{tmp_path}/catalog.sqlite3", {}, wait_s=5)
    database.prepare()
    with pytest.raises(KeyboardInterrupt), database.engine.begin() as connection:
        _make_and_stop(make, connection)
    with database.engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
    database.engine.dispose()


def _make_and_stop(make, connection):
    make(connection)
    assert inspect(connection).get_table_names()
    raise KeyboardInterrupt
