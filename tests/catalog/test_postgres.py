"""What a PostgreSQL server adds to the contract: limits, addresses, plans, a holder that is cut off."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from catalog.engines import PostgresDatabase, open_database
from catalog.sql import open_catalog
from domain.errors import CatalogUnavailable, ItemClaimed
from domain.holdings import State
from domain.ports import Criteria
from flows.steps.claims import claimed, good_leases, leased, renew
from tests import servers
from tests.catalog.holdings import a_page, add_some

SECRETS = {"catalog_password": servers.CATALOG_PASSWORD}


@pytest.fixture(scope="module")
def url():
    with servers.own_database("limits") as address:
        yield address


@pytest.fixture
def catalog(url):
    with open_catalog(url, secrets=SECRETS, wait_s=30) as opened:
        yield opened


@pytest.fixture
def database(url):
    database = open_database(url, SECRETS, wait_s=30)
    yield database
    database.engine.dispose()


def _shown(engine, *settings):
    with engine.begin() as connection:
        return [connection.execute(text(f"SHOW {name}")).scalar() for name in settings]


LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")


@pytest.mark.postgresql
def test_a_question_a_change_and_a_migration_have_limits_of_their_own(database):
    assert _shown(database.readers(), *LIMITS) == ["1min", "1min", "0"]
    assert _shown(database.engine, *LIMITS) == ["90s", "1min", "30s"]
    assert _shown(database.writing(5), *LIMITS) == ["65s", "1min", "5s"]
    assert _shown(database.migrating(), *LIMITS) == ["0", "0", "30s"]
    assert _shown(database.readers(), *LIMITS) == ["1min", "1min", "0"]  # the same connection


@pytest.mark.postgresql
def test_the_server_can_tell_whose_connection_it_is(database):
    assert _shown(database.readers(), "application_name") == ["tusach"]


@pytest.mark.postgresql
def test_a_statement_that_takes_too_long_is_unavailable_and_the_next_one_is_not(catalog):
    with pytest.raises(CatalogUnavailable), catalog.view() as seen:
        seen._connection.exec_driver_sql("SET LOCAL statement_timeout = 10; SELECT pg_sleep(60)")
    with catalog.view() as seen:
        assert seen.claims() == []


@pytest.mark.postgresql
def test_a_writer_that_is_cut_off_in_its_transaction_lets_the_next_one_go_on(catalog):
    (item_id,) = add_some(catalog)
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(CatalogUnavailable))
        changes = stack.enter_context(catalog.begin())
        changes.replace_page(item_id, a_page(1))
        changes._connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 10")
        with catalog.begin() as other:  # waits until the server has ended the one that says nothing
            other.replace_page(item_id, a_page(2))
    with catalog.view() as seen:
        assert [page.number for page in seen.pages(item_id)] == [2]


@pytest.mark.postgresql
def test_a_process_opens_no_more_than_its_connections(url):
    with open_catalog(url, secrets=SECRETS, wait_s=0.1) as catalog, ExitStack() as views:
        for _ in range(10):
            views.enter_context(catalog.view())
        with pytest.raises(CatalogUnavailable, match="connection"), catalog.view():
            pass
        views.close()
        with catalog.view() as seen:
            assert seen.claims() == []


@pytest.mark.postgresql
def test_more_threads_than_connections_lose_nothing(catalog):
    ids = add_some(catalog, 24)

    def write(item_id):
        for number in (1, 2, 3):
            with catalog.begin() as changes:
                changes.replace_page(item_id, a_page(number))

    with ThreadPoolExecutor(len(ids)) as threads:
        list(threads.map(write, ids))
    with catalog.view() as seen:
        assert set(seen.page_counts(ids).values()) == {3}


def test_what_the_address_says_of_tls_and_patience_reaches_the_driver():
    url = "postgresql://tu%40sach@db.example:5433/t%E1%BB%A7?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3"
    engine = PostgresDatabase(url, password="p@ss", wait_s=1).engine
    _, given = engine.dialect.create_connect_args(engine.url)
    assert {
        "user": "tu@sach",
        "password": "p@ss",
        "host": "db.example",
        "port": 5433,
        "dbname": "tủ",
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
        "connect_timeout": "3",
        "keepalives_idle": "30",
    }.items() <= given.items()


@pytest.mark.postgresql
def test_a_server_is_not_spoken_to_without_the_tls_that_was_asked_for(url, tmp_path):
    address = f"{url}?sslmode=verify-full&sslrootcert={tmp_path}/no-such.pem"
    with (
        pytest.raises(CatalogUnavailable, match=r"SSL|certificate"),
        open_catalog(address, secrets=SECRETS),
    ):
        pass


def _plan(database, ask):
    """How the server answers the first question of ``ask``."""
    from sqlalchemy import event

    told = []

    def explain(connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT item") and not told:
            with connection.connection.cursor() as other:
                other.execute("EXPLAIN (COSTS OFF) " + statement, parameters)
                told.extend(row[0] for row in other.fetchall())

    event.listen(database, "before_cursor_execute", explain)
    try:
        ask()
    finally:
        event.remove(database, "before_cursor_execute", explain)
    return "\n".join(told)


@pytest.mark.postgresql
def test_what_the_index_lags_behind_with_and_the_totals_are_read_from_indexes_of_their_own():
    with servers.own_database("plans") as url, open_catalog(url, secrets=SECRETS) as catalog:
        first, *others = add_some(catalog, 400)
        with catalog.begin() as changes:
            for item_id in others:
                changes.set_indexed(item_id, 1)
        database = catalog._database
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE item")

        def behind():
            with catalog.view() as seen:
                criteria = Criteria(states=frozenset({State.RECEIVED}), behind_index=True)
                assert [item.id for item in seen.find_items(criteria, after=None, limit=50).items] == [first]

        def totals():
            with catalog.view() as seen:
                seen._connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # 400 rows are few
                assert seen.totals()[State.RECEIVED].items == 400

        assert "ix_item_behind_index" in _plan(database.engine, behind)
        assert "Index Only Scan using ix_item_totals" in _plan(database.engine, totals)


@pytest.mark.postgresql
def test_machines_whose_clocks_differ_agree_on_who_holds_what(url, catalog, monkeypatch):
    with open_catalog(url, secrets=SECRETS) as fresh:
        [item_id] = add_some(fresh)
    shelf = SimpleNamespace(catalog=catalog)
    with claimed(shelf, item_id), leased(catalog, "run/1") as ours:
        assert ours
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr("catalog.rows.now", lambda: dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
            elsewhere.setattr("flows.steps.claims.holder", lambda: "elsewhere/boot/1/1.00")
            with pytest.raises(ItemClaimed), catalog.begin() as changes:
                renew(changes, item_id)
            with leased(catalog, "run/1") as theirs:
                assert not theirs
            with catalog.view() as seen:
                assert good_leases(seen) == {"run/1"}
