"""``python -m flows.receiving DRAFT``: take in a batch that a person handed in through the portal.

A process of its own, so that hashing a gigabyte makes no page wait and a file that kills its reader kills
nothing else. Killed at any instant and run again, the result is the same: the batch has the draft's id,
lines that are in its report are not taken in again, and the files go when everything else is done.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence

from catalog.manifest import read_manifest
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import DraftNotFound, DraftNotOne, IntakeError, ShelfError
from domain.holdings import Batch
from domain.ids import BatchId
from domain.ports import Shelf
from domain.values import Reason
from flows.locks import held
from flows.steps.drafts import Drafts, drafts_in
from flows.steps.intake import BatchReport, receive_inputs
from flows.steps.replacing import receive_instead
from flows.steps.uploads import Arriving, Draft
from flows.steps.work import now
from flows.submit import submit_or_leave
from flows.tether import die_with_parent, name_process

_log = logging.getLogger("tusach.receiving")
NICE = 5  # behind those who wait for a page
_MOST_SOURCE = 2_000  # characters of what a batch is said to be made of


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m flows.receiving")
    options.add_argument("draft")
    options.add_argument("--parent", type=int, help="process to die with")
    asked = options.parse_args()
    if asked.parent is not None:
        die_with_parent(asked.parent)
    name_process("tusach-receive")
    os.nice(NICE)
    settings = load_settings()
    drafts = drafts_in(settings.data_dir)
    try:
        lock = drafts.taking(asked.draft)
        with held(lock) as ours:
            if ours:
                receive_draft(settings, drafts, asked.draft)
    except DraftNotFound:
        return  # another process was quicker


def receive_draft(settings: Settings, drafts: Drafts, draft_id: str) -> None:
    """Take the draft in and forget it; what goes wrong is written beside it. Raises DraftNotFound.

    What its owner has to put right gives the draft back to them; anything else is for another try.
    """
    draft = drafts.draft(draft_id)
    if draft.is_open:
        return
    drafts.note_try(draft_id, draft.trouble.reason if draft.trouble else None, tries=draft.tries + 1)
    try:
        with open_shelf(settings) as shelf:
            report = take_in_draft(shelf, settings, drafts, draft)
        if not submit_or_leave(settings, report.to_digitise):
            _log.info("batch %s waits for the supervisor", report.batch.id)
    except IntakeError as error:
        drafts.reopen(draft_id, error.reason)
    except DraftNotOne as error:
        drafts.reopen(draft_id, error.reason)
    except ShelfError as error:
        _log.warning("draft %s: %s", draft_id, error)
        drafts.note_try(draft_id, error.reason, tries=draft.tries + 1)
    except Exception as error:
        _log.exception("draft %s", draft_id)
        reason = Reason("upload.unforeseen", {"error": type(error).__name__})
        drafts.note_try(draft_id, reason, tries=draft.tries + 1)
    else:
        drafts.remove_all(draft_id)


def take_in_draft(shelf: Shelf, settings: Settings, drafts: Drafts, draft: Draft) -> BatchReport:
    """What ``tusach add`` does with paths, for what was uploaded. Raises DraftNotOne too."""
    files = drafts.uploads(draft.id)
    inputs = drafts.inputs(draft, files)
    if draft.replaces is not None:
        if len(inputs) != 1:
            raise DraftNotOne(found=len(inputs))
        return receive_instead(
            shelf,
            inputs[0],
            batch_id=BatchId(draft.replaces.batch_id),
            ordinal=draft.replaces.ordinal,
            by=draft.actor,
            policy=settings.intake,
            province=settings.province,
        )
    rows = None
    if draft.manifest is not None:
        listed = drafts.upload(draft.id, draft.manifest)
        rows = read_manifest(drafts.data(draft.id, draft.manifest), name=listed.upload.name)
    batch = Batch(
        id=draft.batch_id,
        actor=draft.actor,
        created_at=now(),
        source=source_of(files)[:_MOST_SOURCE],
        publish=draft.publish,
        options=draft.options.model_dump(mode="json"),
    )
    return receive_inputs(
        shelf, inputs, rows, batch=batch, policy=settings.intake, province=settings.province
    )


def source_of(files: Sequence[Arriving]) -> str:
    """What people see of where a batch came from: the folders and files that were dropped."""
    return ", ".join(
        dict.fromkeys(one.upload.folder[0] if one.upload.folder else one.upload.name for one in files)
    )


if __name__ == "__main__":
    main()
