"""Statements are built once for every database; SQLite runs them in the contract suite."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from catalog import queries, readers_queries
from catalog.tables import metadata

UPSERTS = [
    queries.keep_entry,
    queries.replace_page,
    queries.keep_file,
    queries.keep_record,
    queries.complete_stage,
    queries.take_claim,
]


@pytest.mark.parametrize("upsert", UPSERTS)
def test_replacing_a_row_can_be_said_to_postgresql(upsert):
    said = str(upsert("postgresql").compile(dialect=postgresql.dialect()))
    assert "ON CONFLICT" in said
    assert "DO UPDATE SET" in said


def test_counting_a_sequence_can_be_said_to_postgresql():
    said = str(queries.next_in_sequence("postgresql", "VN", 2026).compile(dialect=postgresql.dialect()))
    assert "RETURNING accession_sequence.last" in said


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_tables_can_be_made_in_postgresql(table):
    said = str(CreateTable(table).compile(dialect=postgresql.dialect()))
    assert "DATETIME" not in said


PAIRS = [
    readers_queries.homes([("a", 1), ("b", 2)]),
    readers_queries.files_named([("a", "thumbs/000001.jpg"), ("b", "access.pdf")]),
]


@pytest.mark.parametrize("statement", PAIRS)
def test_what_every_list_asks_for_is_found_by_an_index_and_not_by_reading_a_table(statement):
    said = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    memory = create_engine("sqlite://")
    with memory.connect() as connection:
        metadata.create_all(connection)
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {said}"))]
    memory.dispose()
    assert any(step.startswith("SEARCH") for step in plan)
    assert not any(step.startswith("SCAN") for step in plan)
