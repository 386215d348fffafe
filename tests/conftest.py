"""What holds for every test: no setting leaks in from outside, and in CI nothing is passed over."""

from __future__ import annotations

import os
import sys

import pytest

# A developer's own shelf must neither be touched by a test nor change its outcome.
for _name in [name for name in os.environ if name.startswith("TUSACH_")]:
    if not _name.startswith("TUSACH_TEST_"):
        del os.environ[_name]

LONGEST = [
    "test_killed_supervisor.py",
    "test_served.py",
    "test_add.py",
    "test_batch.py",
    "test_hostile_queries.py",
    "test_killed_flow.py",
    "test_containers_run.py",
    "test_elastic_crashes.py",
    "test_index_answers.py",
    "test_tantivy_crashes.py",
    "test_index.py",
    "test_demo.py",
    "test_store_bench.py",
    "test_s3_faults.py",
    "test_kill.py",
    "test_backup.py",
    "test_move.py",
    "test_repair.py",
    "test_keep.py",
    "test_describe.py",
]
SERVERS = {
    "TUSACH_TEST_INDEX_URL": "the Elasticsearch index",
    "TUSACH_TEST_CATALOG_URL": "the PostgreSQL catalogue",
    "TUSACH_TEST_STORE_URL": "the MinIO store",
    "TUSACH_TEST_INDEX_KEEPER": "making a key for Elasticsearch",
}
MARKED = {"elasticsearch": "TUSACH_TEST_INDEX_URL", "postgresql": "TUSACH_TEST_CATALOG_URL"}
PASSED_OVER = ("skipped", "xfailed", "xpassed")


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The files that take minutes first, so that the cores end together; without what has no server here."""
    left_out = [item for item in items if not all(os.environ.get(name) for name in _asked_by(item))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


def _asked_by(item: pytest.Item) -> set[str]:
    """The variables that name the servers a test needs."""
    asked = {name for marker in item.iter_markers("servers") for name in marker.args}
    return asked | {server for mark, server in MARKED.items() if item.get_closest_marker(mark)}


def pytest_report_header() -> list[str]:
    """Which adapters these tests do not reach, and what would let them."""
    return [
        f"NOT TESTED HERE: {adapter}, since {name} names no server"
        for name, adapter in SERVERS.items()
        if not os.environ.get(name)
    ]


def pytest_terminal_summary(terminalreporter, exitstatus, config) -> None:
    if in_ci() and any(terminalreporter.stats.get(kind) for kind in PASSED_OVER):
        terminalreporter.write_line("CI: a skipped or expected failure counts as a failure", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if in_ci() and exitstatus == 0 and any(reporter.stats.get(kind) for kind in PASSED_OVER):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    """Nothing of a run stays on a server that others use too."""
    if "tests.indexing.server" in sys.modules and os.environ.get("TUSACH_TEST_INDEX_URL"):
        sys.modules["tests.indexing.server"].sweep()


@pytest.fixture
def python() -> str:
    """The interpreter of this environment, for tests that start programs of ours."""
    return sys.executable
