"""From the addresses in the settings to adapters. A module is imported only when its scheme is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from typing import Any

from config.settings import Settings
from domain.errors import UnknownScheme
from domain.ports import Layout, Shelf

# scheme -> "module:function"; the function takes (url, *, secrets) and gives a context manager.
STORES = {
    "file": "storage.local:open_store",
    "memory": "storage.memory:open_store",
    "s3": "storage.s3:open_store",
    "s3+http": "storage.s3:open_store",
}
CATALOGS = {
    "sqlite": "catalog.sql:open_catalog",
    "postgresql": "catalog.sql:open_catalog",
}
CATALOG_LAYOUTS = {
    "sqlite": "catalog.sql:catalog_layout",
    "postgresql": "catalog.sql:catalog_layout",
}
CATALOG_MIGRATIONS = {
    "sqlite": "catalog.sql:migrate_catalog",
    "postgresql": "catalog.sql:migrate_catalog",
}
INDEXES = {
    "tantivy": "indexing.tantivy:open_index",
    "elasticsearch+http": "indexing.elastic:open_index",
    "elasticsearch+https": "indexing.elastic:open_index",
}
ENGINES = {
    "tesseract": "ocr.tesseract:open_engine",
}


def adapter(
    setting: str, table: Mapping[str, str], url: str, secrets: Mapping[str, str]
) -> AbstractContextManager[Any]:
    """The adapter that ``url``'s scheme means. Raises UnknownScheme."""
    opened: AbstractContextManager[Any] = _meant(setting, table, url)(url, secrets=secrets)
    return opened


def _meant(setting: str, table: Mapping[str, str], url: str) -> Callable[..., Any]:
    scheme = url.partition(":")[0].lower()
    if scheme not in table:
        raise UnknownScheme(setting=setting, scheme=scheme, known=sorted(table))
    module, _, name = table[scheme].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def catalog_layout(settings: Settings) -> Layout:
    """How the tables of the settings' catalogue are laid out, beside what we know; changes nothing."""
    return _layout(CATALOG_LAYOUTS, settings)


def migrate_catalog(settings: Settings) -> Layout:
    """Bring the settings' catalogue to the layout that we know; says which was found."""
    return _layout(CATALOG_MIGRATIONS, settings)


def _layout(table: Mapping[str, str], settings: Settings) -> Layout:
    url = settings.catalog_url
    found: Layout = _meant("TUSACH_CATALOG_URL", table, url)(url, secrets=settings.secrets)
    return found


@contextmanager
def open_shelf(settings: Settings) -> Iterator[Shelf]:
    """The shelf that the settings describe; closed when the block ends."""
    secrets = settings.secrets
    with ExitStack() as opened:
        yield Shelf(
            store=opened.enter_context(adapter("TUSACH_STORE_URL", STORES, settings.store_url, secrets)),
            catalog=opened.enter_context(
                adapter("TUSACH_CATALOG_URL", CATALOGS, settings.catalog_url, secrets)
            ),
            index=opened.enter_context(adapter("TUSACH_INDEX_URL", INDEXES, settings.index_url, secrets)),
            ocr=opened.enter_context(adapter("TUSACH_OCR_URL", ENGINES, settings.ocr_url, secrets)),
        )
