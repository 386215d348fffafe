"""All routes of the API, in the order of its description."""

from __future__ import annotations

from portal.routes.api import (
    account,
    arranging,
    batches,
    guide,
    items,
    operate,
    pages,
    people,
    readers,
    record,
    reports,
    runs,
)

ROUTERS = (
    guide.router,
    readers.router,
    batches.router,
    items.router,
    record.router,
    pages.router,
    arranging.router,
    reports.router,
    operate.router,
    runs.router,
    people.router,
    account.router,
)
