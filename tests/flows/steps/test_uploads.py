"""Files that arrive outlive a kill at any moment, and go when nobody comes back for them."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from domain.errors import ChecksumNotRight, DraftNotFound, TooManyDrafts, UploadNotFound
from domain.ids import new_batch_id
from domain.options import OcrOptions
from flows.steps.drafts import MOST_DRAFTS, Drafts
from flows.steps.uploads import KEPT_OPEN, KEPT_UNFINISHED, Draft, declared
from flows.steps.work import now

DATA = bytes(range(256)) * 40
HALF = len(DATA) // 2
STEPS = ("pwrite", "fsync", "ftruncate", "unlink", "replace", "rename", "close", "open")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def drafts(tmp_path):
    return Drafts(tmp_path / "uploads")


@pytest.fixture
def draft(drafts):
    made = Draft(
        id=new_batch_id(),
        owner="0" * 32,
        login="lan",
        unit="stp",
        created_at=now(),
        options=OcrOptions(),
        publish=False,
    )
    drafts.begin(made)
    return made


def _expect(drafts, draft, name="sách.pdf"):
    return drafts.expect(draft.id, declared(name, "", len(DATA), None, longest=len(DATA))).upload.id


def _send(drafts, draft, upload_id, piece, at, *, promised=False):
    digest = hashlib.sha256(piece).digest() if promised else None
    writer = drafts.writer(draft.id, upload_id, offset=at, size=len(piece), promised=digest)
    try:
        writer.write(piece[:1_000])
        writer.write(piece[1_000:])
        return writer.keep()
    finally:
        writer.close()


# kills


def _dies_at(step: int, work: Callable[[], object]) -> bool:
    """Whether a process that does this work is killed before its ``step``-th call to the system."""
    child = os.fork()
    if child == 0:
        count = itertools.count(1)

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any, **named: Any) -> Any:
                if next(count) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            return call

        try:
            for name in STEPS:
                setattr(os, name, counted(getattr(os, name)))
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("promised", [False, True])
@pytest.mark.parametrize("power", ["stays", "goes"])
def test_a_piece_that_is_killed_between_any_two_steps_goes_on_right(drafts, draft, promised, power):
    killed_at = []
    for step in itertools.count(1):
        upload_id = _expect(drafts, draft)  # in the place of the one before
        _send(drafts, draft, upload_id, DATA[:HALF], 0)

        def work(upload_id=upload_id):
            _send(drafts, draft, upload_id, DATA[HALF:], HALF, promised=promised)

        if not _dies_at(step, work):
            break
        data = drafts.data(draft.id, upload_id)
        killed_at.append(data.stat().st_size)
        if (
            power == "goes" and killed_at[-1] > HALF
        ):  # what was written and not yet told to stay is lost in part
            os.truncate(data, (HALF + killed_at[-1]) // 2)
        there = drafts.upload(draft.id, upload_id).offset
        assert HALF <= there <= data.stat().st_size
        assert data.read_bytes()[:there] == DATA[:there]
        assert _send(drafts, draft, upload_id, DATA[there:], there, promised=promised) == len(DATA)
        assert data.read_bytes() == DATA
        assert drafts.upload(draft.id, upload_id).whole
    assert {HALF, HALF + 1_000, len(DATA)} <= set(killed_at)  # before, between and behind the writes
    assert drafts.upload(draft.id, upload_id).whole


def test_a_promised_piece_that_was_killed_before_its_digest_was_compared_is_not_believed(drafts, draft):
    upload_id = _expect(drafts, draft)
    _send(drafts, draft, upload_id, DATA[:HALF], 0)

    def work():
        writer = drafts.writer(draft.id, upload_id, offset=HALF, size=HALF, promised=b"0" * 32)
        writer.write(DATA[HALF:])
        os.kill(os.getpid(), signal.SIGKILL)

    assert _dies_at(0, work)
    assert drafts.data(draft.id, upload_id).stat().st_size == len(DATA)
    assert drafts.upload(draft.id, upload_id).offset == HALF


def test_a_digest_that_is_not_right_takes_the_piece_back(drafts, draft):
    upload_id = _expect(drafts, draft)
    writer = drafts.writer(draft.id, upload_id, offset=0, size=HALF, promised=b"0" * 32)
    writer.write(DATA[:HALF])
    with pytest.raises(ChecksumNotRight):
        writer.keep()
    writer.close()
    assert drafts.data(draft.id, upload_id).read_bytes() == b""


# what nobody comes back for


def _last_touched(path, at):
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_what_is_unfinished_goes_a_week_after_its_last_byte_and_what_is_whole_stays(drafts, draft):
    at = now()
    unfinished, whole, fresh = (_expect(drafts, draft, f"{name}.pdf") for name in ("dở", "đủ", "mới"))
    _send(drafts, draft, unfinished, DATA[:HALF], 0)
    _send(drafts, draft, whole, DATA, 0)
    for upload_id in (unfinished, whole):
        _last_touched(drafts.data(draft.id, upload_id), at - KEPT_UNFINISHED)
    _last_touched(drafts.data(draft.id, fresh), at - KEPT_UNFINISHED + HOUR)
    assert drafts.sweep(at - HOUR) == 0
    assert drafts.sweep(at + HOUR / 2) == 1
    with pytest.raises(UploadNotFound):
        drafts.upload(draft.id, unfinished)
    assert {one.upload.id for one in drafts.uploads(draft.id)} == {whole, fresh}
    assert drafts.data(draft.id, whole).read_bytes() == DATA


def test_a_file_that_somebody_writes_is_in_nobodys_way_though_its_time_is_over(drafts, draft):
    upload_id = _expect(drafts, draft)
    writer = drafts.writer(draft.id, upload_id, offset=0, size=None, promised=None)
    _last_touched(drafts.data(draft.id, upload_id), now() - 2 * KEPT_UNFINISHED)
    assert drafts.sweep(now()) == 0
    writer.write(DATA)
    assert writer.keep() == len(DATA)
    writer.close()
    assert drafts.sweep(now()) == 0
    assert drafts.upload(draft.id, upload_id).whole


def test_what_killed_processes_left_goes_after_a_day(drafts, draft):
    home = drafts.incoming(draft.id).parent
    debris = [home / f"{'a' * 32}.data", home / f"{'b' * 32}.incoming", home / ".draft.json.0123"]
    for path in debris:
        path.write_bytes(b"x")
    assert drafts.sweep(now() + DAY / 2) == 0
    assert drafts.sweep(now() + 2 * DAY) == 3
    assert not any(path.exists() for path in debris)
    assert drafts.draft(draft.id) == draft


def test_a_draft_that_nobody_came_back_for_goes_whole_and_one_handed_in_stays(drafts, draft):
    upload_id = _expect(drafts, draft)
    _send(drafts, draft, upload_id, DATA, 0)
    later = now() + KEPT_OPEN + HOUR
    handed = draft.model_copy(update={"id": new_batch_id()})
    drafts.begin(handed)
    _send(drafts, handed, _expect(drafts, handed), DATA, 0)
    drafts.hand_in(handed.id)
    assert drafts.sweep(now() + KEPT_OPEN - HOUR) == 0
    assert drafts.sweep(later) == 1
    with pytest.raises(DraftNotFound):
        drafts.draft(draft.id)
    assert not drafts.draft(handed.id).is_open


def test_a_draft_that_was_half_removed_is_removed_by_the_sweep(drafts, draft):
    home = drafts.incoming(draft.id).parent
    (home / "draft.json").unlink()
    assert drafts.sweep(now()) == 0  # somebody may be about to begin it
    assert drafts.sweep(now() + 2 * HOUR) == 1
    assert not home.exists()
    assert drafts.sweep(now() + 2 * HOUR) == 0


def test_whoever_begins_many_at_once_has_no_more_than_one_after_the_other(drafts, draft):
    def begin(_: int) -> None:
        with suppress(TooManyDrafts):
            drafts.begin(draft.changed(id=new_batch_id()))

    with ThreadPoolExecutor(20) as together:
        list(together.map(begin, range(MOST_DRAFTS + 20)))
    assert len(drafts.of(draft.owner)) == MOST_DRAFTS
