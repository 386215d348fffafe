"""From the addresses in the settings to adapters. A module is imported only when its scheme is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from typing import Any

from config.settings import Settings
from domain.errors import UnknownScheme
from domain.ports import Shelf

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
    scheme = url.partition(":")[0].lower()
    if scheme not in table:
        raise UnknownScheme(setting=setting, scheme=scheme, known=sorted(table))
    module, _, function = table[scheme].partition(":")
    opened: AbstractContextManager[Any] = getattr(import_module(module), function)(url, secrets=secrets)
    return opened


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
