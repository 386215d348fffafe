"""A batch as an installation takes it in: its settings say who asks, how to read, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from config.settings import Settings
from domain.holdings import BatchEntry
from domain.ports import Shelf
from flows.steps.intake import BatchReport, receive_batch


def take_in(
    shelf: Shelf,
    settings: Settings,
    paths: Sequence[Path],
    *,
    manifest: Path | None = None,
    publish: bool,
    told: Callable[[BatchEntry], None] = lambda _: None,
) -> BatchReport:
    """What ``receive_batch`` does, in the terms of these settings."""
    return receive_batch(
        shelf,
        paths,
        manifest=manifest,
        publish=publish,
        by=settings.who,
        options=settings.ocr,
        policy=settings.intake,
        province=settings.province,
        told=told,
    )
