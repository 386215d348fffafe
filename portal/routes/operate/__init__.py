"""The operators' pages, below /van-hanh; what others have to see of them asks again for its unit."""

from __future__ import annotations

from fastapi import APIRouter

from portal.routes.operate import audits, now, numbers, quarantine, refusing, runs, settings

ROUTERS: tuple[APIRouter, ...] = (
    now.router,
    quarantine.router,
    refusing.router,
    runs.router,
    audits.router,
    settings.router,
    numbers.router,
)
