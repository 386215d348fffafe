"""What a quick question costs is what it imports."""

import pytest

from tests.cli.shell import start

HEAVY = [
    "prefect",
    "fastapi",
    "alembic",
    "pikepdf",
    "pypdf",
    "PIL",
    "numpy",
    "lxml",
    "openpyxl",
    "elasticsearch",
    "minio",
]
CODE = """
import sys
from cli.main import main
main(sys.argv[1:])
print(*(name for name in {names} if name in sys.modules), file=sys.stderr)
"""


def imported(names, *arguments, data_dir):
    """Which of these modules a command has imported when it ends; the shelf exists already."""
    said = start(["-c", CODE.format(names=names), "--lang", "en", "--data-dir", str(data_dir), *arguments])
    return said.stderr.splitlines()[-1].split() if said.stderr.splitlines()[-1:] else []


def test_help_imports_none_of_the_crafts(tmp_path):
    heavy = [
        *HEAVY,
        "sqlalchemy",
        "tantivy",
        "pydantic_settings",
        "flows",
        "catalog",
        "ocr",
        "indexing",
        "storage",
    ]
    assert imported(heavy, "--help", data_dir=tmp_path) == []


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["list"], ["show", "TSPL-VN-2026-000001"], ["search", "luật"]],
    ids=lambda a: a[0],
)
def test_questions_import_neither_prefect_nor_the_tools_of_the_work(arguments, tmp_path):
    imported([], "list", data_dir=tmp_path)  # the first command makes the catalogue
    assert imported(HEAVY, *arguments, data_dir=tmp_path) == []
