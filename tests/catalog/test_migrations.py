from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import catalog
from catalog.engines import open_database
from catalog.migrate import HEAD, REVISIONS, _upgrade
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


def test_the_migrations_make_the_tables_that_are_described(tmp_path):
    migrated, described = tmp_path / "migrated.sqlite3", tmp_path / "described.sqlite3"
    with open_catalog(f"sqlite:///{migrated}", secrets={}):
        pass
    engine = create_engine(f"sqlite:///{described}")
    metadata.create_all(engine)
    engine.dispose()
    left, right = _shape(migrated), _shape(described)
    left.pop("alembic_version")
    assert left == right


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
    path = tmp_path / "catalog.sqlite3"
    with open_catalog(f"sqlite:///{path}", secrets={}):
        pass
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_batch_item_and_provenance_carry_unit_and_actor():
    for name in ("batch", "item", "provenance"):
        assert {"unit", "actor"} <= set(metadata.tables[name].c.keys())
        assert not metadata.tables[name].c.unit.nullable


def test_the_migrations_lie_inside_the_package_that_owns_them():
    folder = Path(catalog.__file__).parent / "migrations"
    assert Path(_scripts().dir).samefile(folder)
    assert (folder / "env.py").is_file()


def test_a_creation_left_in_the_middle_leaves_no_table_behind(tmp_path):
    """Alembic works inside our one transaction, so that kill -9 cannot leave half a layout."""
    database = open_database(f"sqlite:///{tmp_path}/catalog.sqlite3", {}, wait_s=5)
    database.prepare()
    with pytest.raises(KeyboardInterrupt), database.engine.begin() as connection:
        _upgrade_and_stop(connection)
    with database.engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
    database.engine.dispose()


def _upgrade_and_stop(connection):
    _upgrade(connection)
    assert inspect(connection).get_table_names()
    raise KeyboardInterrupt
