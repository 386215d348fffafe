"""Everything the catalogue says of one item, as JSON values: the answer of ``show`` and of an export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict

from domain.desk import Assessment
from domain.holdings import FileEntry, Item, PageEntry, PageKind, ProvenanceEvent, Scan
from domain.ids import ItemId
from domain.ports import Shelf
from domain.records import Record
from domain.values import Json, Reason


def portrait(shelf: Shelf, item_id: ItemId) -> dict[str, Json]:
    """``{id, accession, state, …, record, assessments, pages, files, history}``; unknown figures are null."""
    with shelf.catalog.view() as seen:
        item, pages = seen.item(item_id), seen.pages(item_id)
        numbers = {page.kept_as: page.number for page in pages}
        return {
            **item_json(item),
            "record": _record(seen.record(item_id)),
            "assessments": [_assessment(one) for one in seen.desk.assessments(item_id)],
            "pages": [_page(page) for page in pages],
            "files": [*_originals(seen.scan(item_id)), *(_file(one, numbers) for one in seen.files(item_id))],
            "history": [_event(one) for one in seen.history(item_id)],
        }


def item_json(item: Item) -> dict[str, Json]:
    """What a list or a status says of an item."""
    return {
        "id": item.id,
        "accession": item.accession,
        "batch": item.batch_id,
        "unit": item.actor.unit,
        "actor": item.actor.name,
        "state": item.state.value,
        "reason": _reason(item.reason),
        "title": item.title,
        "type": item.resource_type,
        "year": item.year,
        "form": item.form.value,
        "counts": asdict(item.counts),
        "confidence": _rounded(item.confidence),
        "revision": item.revision,
        "indexed_revision": item.indexed_revision,
        "created_at": _time(item.created_at),
        "updated_at": _time(item.updated_at),
    }


def _record(record: Record) -> dict[str, Json]:
    return {
        "fields": {
            name: {"value": one.value, "source": one.source.value, "confidence": _rounded(one.confidence)}
            for name, one in record.fields.items()
        },
        "cites": [asdict(one) for one in record.cites],
    }


def _assessment(one: Assessment) -> Json:
    return {
        "verdict": one.verdict.value,
        "assessor": one.assessor.name,
        "unit": one.assessor.unit,
        "at": _time(one.at),
        "reason": _reason(one.reason),
    }


def _page(page: PageEntry) -> dict[str, Json]:
    return {
        "number": page.number,
        "image": page.image,
        "box": box_json(page),
        "label": page.label,
        "label_source": page.label_source,
        "kind": page.kind.value,
        "width": page.width or None,
        "height": page.height or None,
        "dpi": page.dpi or None,
        "words": None if page.kind is PageKind.UNREADABLE else page.words,
        "confidence": _rounded(page.confidence),
        "engine": page.engine or None,
        "languages": list(page.languages),
        "text_source": page.text_source,
        "image_sha256": page.image_sha256,
        "problem": _reason(page.problem),
    }


def box_json(page: PageEntry) -> Json:
    """``[left, top, right, bottom]``; null for a page whose picture could not be drawn."""
    box = page.box
    return [box.left, box.top, box.right, box.bottom] if page.width else None


def _originals(scan: Scan) -> list[Json]:
    return [
        {
            "name": file.name,
            "role": "original" if file.form is None else "scanned_again",
            "key": file.key,
            "media_type": file.media_type,
            "sha256": file.fixity.sha256,
            "size": file.fixity.size,
            "page": None,
        }
        for file in scan.files
    ]


def _file(file: FileEntry, numbers: Mapping[int, int]) -> Json:
    return {
        "name": file.name,
        "role": "derivative",
        "key": file.key,
        "media_type": file.media_type,
        "sha256": file.fixity.sha256,
        "size": file.fixity.size,
        "page": None if file.page is None else numbers.get(file.page),
    }


def _event(one: ProvenanceEvent) -> Json:
    return {
        "at": _time(one.at),
        "actor": one.actor.name,
        "unit": one.actor.unit,
        "action": one.action,
        "program": one.program,
        "version": one.version,
        "options": dict(one.options),
    }


def _reason(reason: Reason | None) -> Json:
    return None if reason is None else {"code": reason.code, "fields": dict(reason.fields)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
