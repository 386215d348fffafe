"""The object store of the large shelf: a gibibyte in bounded memory, and 100,000 objects listed and audited.

Each errand runs in a process of its own, whose highest resident memory is told (VmHWM). The floor is the bare
client as it comes, with the same file in the same run: it keeps no digest and compares nothing. Then three
objects are changed behind the store's back, and the audit has to name these three and no other.

    python -m bench.store [--mib 1024] [--items 1000]

on the server that TUSACH_TEST_STORE_URL names (MinIO), in a bucket of its own that is gone afterwards.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from minio import Minio
from minio.deleteobjects import DeleteObject

from bench.measure import Check, show, stop, verdict, workplace
from catalog.sql import open_catalog
from domain.holdings import Batch, Counts, FileEntry, Item, Scan, ScanFile, ScanForm, State
from domain.ids import ItemId, ObjectKey, derivative_key, new_batch_id, original_key
from domain.ports import Shelf
from domain.records import Record
from domain.values import Actor, Fixity
from flows.steps.audit import Trouble, audit
from storage.s3 import SHA256, S3Store, open_store

URL = os.environ.get("TUSACH_TEST_STORE_URL", "")
SECRETS = {
    "access_key": os.environ.get("TUSACH_TEST_STORE_ACCESS_KEY", ""),
    "secret_key": os.environ.get("TUSACH_TEST_STORE_SECRET_KEY", ""),
}
PROMISED_MB = 100.0
EACH = 100  # objects of one item: its scan and its derivatives
THREADS = 8
LARGE = ObjectKey("originals/00/large.tif")
BARE = "bare.tif"
BLOCK = 1 << 20
_WHO = Actor("lan", "stp")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one errand took."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    requests: int
    told: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.store")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--errand", choices=sorted(ERRANDS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.errand:
        print(json.dumps(_run_here(chosen.errand, chosen.url, chosen.folder, chosen.items)))
        return
    if not URL:
        stop("TUSACH_TEST_STORE_URL names no server (scripts/services start minio)")
    with ExitStack() as opened:
        folder, url = opened.enter_context(workplace("store")), opened.enter_context(own_bucket())
        checks = [*large(url, folder, chosen.mib), *many(url, folder, chosen.items)]
    verdict(checks)


def large(url: str, folder: Path, mib: int) -> list[Check]:
    """One object of ``mib`` MiB by the store, and by the bare client."""
    sha256 = _draw(folder / "large", mib)
    names = ("bare put", "put", "bare get", "open", "check")
    ran = {name: errand(name, url, folder) for name in names}
    show(
        f"one object of {mib} MiB",
        ("errand", "wall s", "CPU s", "MiB/s", "peak MB", "requests"),
        [
            (name, f"{one.wall_s:.1f}", f"{one.cpu_s:.1f}", f"{mib / one.wall_s:.0f}", *_costs(one))
            for name, one in ran.items()
        ],
    )
    for ours, floor in (("put", "bare put"), ("open", "bare get"), ("check", "bare get")):
        wall, cpu = ran[ours].wall_s / ran[floor].wall_s, ran[ours].cpu_s / ran[floor].cpu_s
        print(f"{ours} / {floor}: {wall:.2f} of the time, {cpu:.2f} of the CPU")
    same = all(ran[name].told["sha256"] == sha256 for name in ("put", "open", "check"))
    return [
        Check("peak of put", ran["put"].peak_mb, PROMISED_MB, "MB"),
        Check("peak of open", ran["open"].peak_mb, PROMISED_MB, "MB"),
        Check("digest of put, open and check is the file's", float(same), 1.0, at_least=True),
    ]


def many(url: str, folder: Path, items: int) -> list[Check]:
    """``items`` × 100 small objects put, listed, and audited with three of them not right."""
    count = items * EACH
    ran = {name: errand(name, url, folder, items) for name in ("fill", "list")}
    planted = plant(url, items)
    ran["audit"] = errand("audit", url, folder, items)
    show(
        f"{count:,} objects of 2 KB",
        ("errand", "wall s", "CPU s", "ms an object", "requests an object", "peak MB"),
        [
            (
                name,
                f"{one.wall_s:.1f}",
                f"{one.cpu_s:.1f}",
                f"{1e3 * one.wall_s / count:.2f}",
                f"{one.requests / count:.3f}",
                f"{one.peak_mb:.0f}",
            )
            for name, one in ran.items()
        ],
    )
    found = ran["audit"].told["findings"]
    for key, (trouble, accession) in sorted(found.items()):
        print(f"{trouble}: {key} of {accession}")
    return [
        Check("objects listed", float(ran["list"].told["keys"]), float(count), at_least=True),
        Check("objects audited", float(ran["audit"].told["objects"]), float(count), at_least=True),
        Check(
            "the three planted found with their items, and nothing else",
            float(found == planted),
            1.0,
            at_least=True,
        ),
        Check("requests an object, audit", ran["audit"].requests / count, 1.05),
        Check("peak of audit", ran["audit"].peak_mb, PROMISED_MB, "MB"),
    ]


def errand(name: str, url: str, folder: Path, items: int = 0) -> Ran:
    """Run it in a process of its own."""
    more = ["--folder", str(folder), "--items", str(items)]
    child = subprocess.run(
        [sys.executable, "-m", "bench.store", "--errand", name, "--url", url, *more],
        capture_output=True,
        check=False,
        env={**os.environ, **{f"TUSACH_TEST_STORE_{name.upper()}": SECRETS[name] for name in SECRETS}},
    )
    if child.returncode != 0:
        stop(f"{name} gave {child.returncode}:\n{child.stderr.decode(errors='replace')[-2000:]}")
    return Ran(**json.loads(child.stdout))


def plant(url: str, items: int) -> dict[str, list[str]]:
    """Flip a bit, take one away, add one; which key has what trouble, and of which item."""
    client, bucket = _bare(url)
    flipped, gone, more = (items // 4, items // 2, items - 1)
    keys = {number: _files(number)[EACH // 2].key for number in (flipped, gone)}
    kept = client.get_object(bucket, keys[flipped])
    data = bytearray(kept.data)
    data[len(data) // 2] ^= 1
    meta = cast(Any, {SHA256: kept.headers[SHA256]})
    client.put_object(bucket, keys[flipped], io.BytesIO(data), len(data), kept.headers["Content-Type"], meta)
    client.remove_object(bucket, keys[gone])
    extra = derivative_key(_item(more), "notes.txt")
    client.put_object(bucket, extra, io.BytesIO(b"x"), 1)
    return {
        keys[flipped]: [Trouble.ALTERED.value, _accession(flipped)],
        keys[gone]: [Trouble.MISSING.value, _accession(gone)],
        extra: [Trouble.EXTRA.value, _accession(more)],
    }


@contextmanager
def own_bucket(name: str = "bench-store") -> Iterator[str]:
    """The address of a bucket of our own; it is gone, with all versions, when the block ends."""
    url = urlsplit(URL)._replace(path=f"/{name}-{os.getpid()}").geturl()
    try:
        yield url
    finally:
        client, bucket = _bare(url)
        if client.bucket_exists(bucket):
            found = client.list_objects(bucket, recursive=True, include_version=True)
            doomed = (DeleteObject(str(one.object_name), one.version_id) for one in found)
            for error in client.remove_objects(bucket, doomed):
                print(f"left on the server: {error}", file=sys.stderr)
            client.remove_bucket(bucket)


def _run_here(name: str, url: str, folder: Path, items: int) -> dict[str, object]:
    with open_store(url, secrets=SECRETS) as store:
        requests = _counted(store)
        began, cpu = time.monotonic(), time.process_time()
        told = ERRANDS[name](store, folder, items)
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = int(cast("re.Match[str]", re.search(r"VmHWM:\s+(\d+) kB", status))[1]) * 1024 / 1e6
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak, "requests": len(requests), "told": told}


def _counted(store: S3Store) -> list[str]:
    """The methods of all requests from now on."""
    pool = store._client._http
    methods: list[str] = []
    send = pool.urlopen

    def urlopen(method: str, *given: Any, **more: Any) -> Any:
        methods.append(method)
        return send(method, *given, **more)

    pool.urlopen = urlopen  # type: ignore[method-assign]
    return methods


def _put(store: S3Store, folder: Path, _: int) -> Mapping[str, object]:
    with (folder / "large").open("rb") as source:
        return {"sha256": store.put(LARGE, source, media_type="image/tiff").fixity.sha256}


def _open(store: S3Store, _: Path, __: int) -> Mapping[str, object]:
    digest = hashlib.sha256()
    with store.open(LARGE) as source:
        while block := source.read(BLOCK):
            digest.update(block)
    return {"sha256": digest.hexdigest()}


def _check(store: S3Store, _: Path, __: int) -> Mapping[str, object]:
    return {"sha256": store.check(LARGE).found.sha256}


def _bare_put(store: S3Store, folder: Path, _: int) -> Mapping[str, object]:
    if not store._client.bucket_exists(store._place.bucket):
        store.put(ObjectKey("first"), io.BytesIO(b""), media_type="text/plain")  # makes it
        store.delete(ObjectKey("first"))
    store._client.fput_object(store._place.bucket, BARE, str(folder / "large"))
    return {}


def _bare_get(store: S3Store, folder: Path, _: int) -> Mapping[str, object]:
    store._client.fget_object(store._place.bucket, BARE, str(folder / "fetched"))
    (folder / "fetched").unlink()
    store._client.remove_object(store._place.bucket, BARE)
    return {}


def _fill(store: S3Store, folder: Path, items: int) -> Mapping[str, object]:
    store.delete(LARGE)
    batch = Batch(new_batch_id(), _WHO, dt.datetime.now(dt.UTC), "bench", publish=False)
    with _catalog(folder) as catalog, ThreadPoolExecutor(THREADS) as pool:
        with catalog.begin() as changes:
            changes.add_batch(batch)
        for number in range(items):
            scan = _scan(number)
            files: list[ScanFile | FileEntry] = [*scan.files, *_files(number)]
            held = [(file.key, file.media_type, file.fixity) for file in files]
            stored = pool.map(partial(_put_small, store, number), range(EACH), held)
            assert all(stored)
            with catalog.begin() as changes:
                changes.next_accession("VN", 2026)
                changes.add_item(_entered(number, batch), scan, Record())
                changes.keep_files(_item(number), _files(number))
    return {"objects": items * EACH}


def _list(store: S3Store, _: Path, __: int) -> Mapping[str, object]:
    return {"keys": sum(1 for _ in store.keys(""))}


def _audit(store: S3Store, folder: Path, _: int) -> Mapping[str, object]:
    with _catalog(folder) as catalog:
        found = audit(Shelf(store, catalog, cast(Any, None), cast(Any, None)))
    findings = {one.key: (one.trouble.value, one.accession) for one in found.findings}
    return {"objects": found.objects, "findings": findings}


ERRANDS: Mapping[str, Callable[[S3Store, Path, int], Mapping[str, object]]] = {
    "put": _put,
    "open": _open,
    "check": _check,
    "bare put": _bare_put,
    "bare get": _bare_get,
    "fill": _fill,
    "list": _list,
    "audit": _audit,
}


def _put_small(store: S3Store, number: int, place: int, one: tuple[ObjectKey, str, Fixity]) -> bool:
    key, media_type, fixity = one
    return store.put(key, io.BytesIO(_bytes(number, place)), media_type=media_type).fixity == fixity


def _bytes(number: int, place: int) -> bytes:
    """2 KB, different for each object; the scan is at place 0."""
    return hashlib.sha256(f"{number}/{place}".encode()).digest() * 64


def _fixity(number: int, place: int) -> Fixity:
    data = _bytes(number, place)
    return Fixity(hashlib.sha256(data).hexdigest(), len(data))


def _item(number: int) -> ItemId:
    return ItemId(hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest())


def _accession(number: int) -> str:
    return f"TSPL-VN-2026-{number + 1:06d}"


def _scan(number: int) -> Scan:
    fixity = _fixity(number, 0)
    key = original_key(fixity.sha256, ".pdf")
    file = ScanFile(1, f"{number}.pdf", key, "application/pdf", fixity)
    return Scan(ScanForm.MEDIA, fixity.sha256, (file,), image_count=None)


def _files(number: int) -> list[FileEntry]:
    names = [(place, f"alto/{place:06d}.xml") for place in range(1, EACH)]
    item = _item(number)
    return [
        FileEntry(name, derivative_key(item, name), "application/xml", _fixity(number, place), place)
        for place, name in names
    ]


def _entered(number: int, batch: Batch) -> Item:
    """An item of which nothing is to be done any more."""
    return Item(
        id=_item(number),
        accession=cast(Any, _accession(number)),
        batch_id=batch.id,
        actor=_WHO,
        state=State.RECEIVED,
        reason=None,
        title=f"Sổ tay {number}",
        resource_type=None,
        year=None,
        form=ScanForm.MEDIA,
        counts=Counts(),
        confidence=None,
        revision=1,
        indexed_revision=1,
        publish=False,
        created_at=batch.created_at,
        updated_at=batch.created_at,
    )


@contextmanager
def _catalog(folder: Path) -> Iterator[Any]:
    with open_catalog(f"sqlite:///{folder}/catalog.sqlite3", secrets={}) as catalog:
        yield catalog


def _bare(url: str) -> tuple[Minio, str]:
    parts = urlsplit(url)
    client = Minio(parts.netloc, SECRETS["access_key"], SECRETS["secret_key"], secure=False)
    return client, parts.path.strip("/")


def _draw(path: Path, mib: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as target:
        for _ in range(mib):
            block = os.urandom(BLOCK)
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _costs(one: Ran) -> tuple[str, str]:
    return f"{one.peak_mb:.0f}", str(one.requests)


if __name__ == "__main__":
    main()
