"""Searching as every reader's question comes in: on the terminal now, in the portal later."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from domain.errors import CatalogError
from domain.ports import Shelf
from domain.queries import Query, SearchResult

PATIENCE_S = 0.05  # for another writer; a reader waits for the answer


def find(shelf: Shelf, query: Query) -> SearchResult:
    """What the index answers. Raises QueryNotUnderstood, IndexUnavailable, IndexOutOfDate.

    That nothing was found is counted for its day; what was asked, and by whom, is not kept.
    """
    result = shelf.index.search(query)
    if result.total == 0 and query.item_id is None:
        # A count that is missed on a busy or read-only catalogue is none of the reader's trouble.
        with suppress(CatalogError), shelf.catalog.begin(wait_s=PATIENCE_S) as changes:
            changes.count_unanswered(dt.datetime.now(dt.UTC).date())
    return result
