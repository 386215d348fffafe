"""MinIO or any other S3, through the ``minio`` client and nothing but the S3 API.

The digest has to be known before an object is sent, since S3 takes its metadata first: a file is read twice,
anything else goes through a temporary file. Memory stays bounded, and the object appears whole or not at all.
What is read comes to a temporary file and is checked before it is handed out.
"""

from __future__ import annotations

import base64
import datetime as dt
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError
from urllib3.response import BaseHTTPResponse

from domain.errors import FixityMismatch, ObjectNotFound, SettingNotValid, StoreError, StoreUnavailable
from domain.ids import ObjectKey
from domain.ports import Checked, StoredObject
from domain.values import Fixity
from storage.bucket import clear_uploads, ensure_bucket, keeps_versions
from storage.connections import patient_pool
from storage.keys import begins_keys, checked
from storage.links import checked_expiry, content_disposition
from storage.parts import check_part, check_same
from storage.retries import BUSY, wait_s
from storage.transfer import (
    PART,
    Sending,
    SourceFailed,
    part_size,
    receive,
    rewindable,
    scratch,
)

SHA256 = "x-amz-meta-sha256"
FOLDERS = 2  # items/<id>/ and originals/<ab>/ are listed one by one, so that no more names are held
SENDINGS = 3

Headers = dict[str, str | list[str] | tuple[str]]  # as the client spells it

_REFUSED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})
_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchObject", "NoSuchVersion"})
# What did not arrive as it was sent, and an upload whose end the server knows and we do not.
_DAMAGED = frozenset(
    {
        "BadDigest",
        "IncompleteBody",
        "NoSuchUpload",
        "RequestTimeout",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store's address leads."""

    endpoint: str  # host:port
    secure: bool
    bucket: str
    prefix: str  # "" or "folder/"
    region: str


class S3Store:
    def __init__(self, client: Minio, place: Place) -> None:
        self._client, self._place = client, place
        self._ready = False  # the bucket is there
        self._cleared = False  # of what killed senders left

    def put(self, key: ObjectKey, source: BinaryIO, *, media_type: str) -> StoredObject:
        """Raises FixityMismatch where ``source`` changes while it is read."""
        key = checked(key)
        with rewindable(source) as (held, fixity):
            stored = StoredObject(key, fixity, media_type)
            try:
                with self._translated(key):
                    self._keep(stored, held)
            except SourceFailed as failed:  # the caller's error passes as it is
                raise failed.error from None
        return stored

    @contextmanager
    def open(self, key: ObjectKey) -> Iterator[BinaryIO]:
        with scratch() as held:
            self._fetch(checked(key), held)
            held.seek(0)
            yield held

    @contextmanager
    def part(self, key: ObjectKey, first: int, end: int, *, of: Fixity) -> Iterator[BinaryIO]:
        check_part(first, end, of)
        key = checked(key)
        with scratch() as held:
            put = self._fetch_part(key, held, first, end)
            check_same(key, of, self.stat(key).fixity if put is None else put)
            held.seek(0)
            yield held

    @contextmanager
    def as_file(self, key: ObjectKey) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="tusach-") as folder:
            path = Path(folder, key.rpartition("/")[2])
            with path.open("xb") as target:
                self._fetch(checked(key), target)
            yield path

    def stat(self, key: ObjectKey) -> StoredObject:
        key = checked(key)
        with self._translated(key):
            found = self._client.stat_object(self._place.bucket, self._name(key))
        sha256 = (found.metadata or {}).get(SHA256)
        if sha256 is None:  # put there by something else
            return self.check(key).stored
        return StoredObject(key, Fixity(sha256, found.size or 0), found.content_type or "")

    def check(self, key: ObjectKey) -> Checked:
        return self._read(checked(key), None)

    def keys(self, prefix: str) -> Iterator[ObjectKey]:
        """One request for each item, and for each thousand of its objects. Holds the names of one folder."""
        if begins_keys(prefix):  # some servers refuse what others find nothing for
            start = prefix.rstrip(".")  # so are "." and ".." at its end
            found = self._walk(start) if start.count("/") < FOLDERS else self._listed(start, recursive=True)
            yield from (ObjectKey(key) for key in found if key.startswith(prefix))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """One more request for each object: a listing does not tell digests."""
        for key in self.keys(prefix):
            try:
                yield self.stat(key)
            except ObjectNotFound:  # deleted since it was listed
                continue

    def delete(self, key: ObjectKey) -> None:
        key = checked(key)
        try:
            with self._translated(key):
                self._client.remove_object(self._place.bucket, self._name(key))
        except ObjectNotFound:
            return

    def reading_url(self, key: ObjectKey, *, expires: dt.timedelta, name: str) -> str | None:
        stored = self.stat(key)
        told: Headers = {"response-content-disposition": content_disposition(name, stored.media_type)}
        with self._translated(key):
            return self._client.presigned_get_object(
                self._place.bucket, self._name(key), checked_expiry(expires), response_headers=told
            )

    def keeps_versions(self) -> bool:
        """Whether the server keeps what is overwritten or deleted. Raises ObjectNotFound without a bucket."""
        with self._translated(ObjectKey(self._place.prefix)):
            return keeps_versions(self._client, self._place.bucket)

    def _name(self, key: ObjectKey) -> str:
        return self._place.prefix + key

    def _walk(self, start: str) -> Iterator[str]:
        for name in self._listed(start, recursive=False):
            if not name.endswith("/"):
                yield name
            elif name.count("/") < FOLDERS:
                yield from self._walk(name)
            else:
                yield from self._listed(name, recursive=True)

    def _listed(self, start: str, *, recursive: bool) -> Sequence[str]:
        """Keys, and folders as "name/", in key order."""
        try:
            with self._translated(ObjectKey(start)):
                found = self._client.list_objects(
                    self._place.bucket, prefix=self._place.prefix + start, recursive=recursive
                )
                names = [str(one.object_name) for one in found if not (recursive and one.is_dir)]
        except ObjectNotFound:  # no bucket yet
            return []
        # Servers that keep folders list "a/b" before "a-b", and an emptied folder as lying in itself. Keys
        # are ASCII, so this is their order.
        found = (name.removeprefix(self._place.prefix) for name in names)
        return sorted(name for name in found if not (name == start and name.endswith("/")))

    def _keep(self, stored: StoredObject, held: BinaryIO) -> None:
        """Send it, again from its beginning where it did not arrive as it is."""
        place = self._place
        if not self._ready:
            ensure_bucket(self._client, place.bucket, region=place.region, prefix=place.prefix)
            self._ready = True
        if stored.fixity.size > PART and not self._cleared:
            clear_uploads(self._client, place.bucket, prefix=place.prefix, now=dt.datetime.now(dt.UTC))
            self._cleared = True
        start = held.tell()
        for failures in range(1, SENDINGS + 1):
            held.seek(start)
            try:
                return self._send(stored, held)
            except (MinioException, HTTPError, FixityMismatch) as error:
                if failures == SENDINGS or not _passes(error):
                    raise
            time.sleep(wait_s(failures))
        return None

    def _send(self, stored: StoredObject, held: BinaryIO) -> None:
        """Raises FixityMismatch where the server kept something else; that is removed again."""
        told: Headers = {SHA256: stored.fixity.sha256}
        if stored.fixity.size <= PART:
            told["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(stored.fixity.sha256)).decode()
        sending = Sending(stored.key, held, stored.fixity)
        kept = self._client.put_object(
            self._place.bucket,
            self._name(stored.key),
            cast(BinaryIO, sending),
            length=stored.fixity.size,
            content_type=stored.media_type,
            metadata=told,
            part_size=part_size(stored.fixity.size),
            num_parallel_uploads=1,
        )
        if kept.etag is None:  # 200, and an error in the body: S3 may find one after it has begun to answer
            raise ProtocolError("the server does not say that it keeps the object")
        if sending.arrived(kept.etag, kept.http_headers):
            return
        # Either altered on the way, or by a server whose ETags are of its own making: its bytes tell.
        read = self._read(stored.key, None, version=kept.version_id)
        if read.found != read.stored.fixity:
            self._client.remove_object(self._place.bucket, self._name(stored.key), version_id=kept.version_id)
            expected, found = stored.fixity.sha256, read.found.sha256
            raise FixityMismatch(key=stored.key, expected=expected, found=found)

    def _fetch(self, key: ObjectKey, target: IO[bytes]) -> None:
        """Write the object to ``target``. Raises FixityMismatch where it is not what was put."""
        read = self._read(key, target)
        expected, found = read.stored.fixity.sha256, read.found.sha256
        if found != expected:
            raise FixityMismatch(key=key, expected=expected, found=found)

    def _fetch_part(self, key: ObjectKey, target: IO[bytes], first: int, end: int) -> Fixity | None:
        """Write these bytes to ``target``; the fixity of the object as it was put, None where it has to be
        asked for: something else put it there, or it has become too short for them.
        """

        def ask(offset: int, etag: str | None) -> BaseHTTPResponse:
            return self._client.get_object(
                self._place.bucket,
                self._name(key),
                offset=first + offset,
                length=end - first - offset,
                request_headers={"If-Match": etag} if etag else None,
            )

        with self._translated(key):
            try:
                _, headers = receive(ask, target, part=True)
            except S3Error as error:
                if error.code != "InvalidRange":
                    raise
                return None
        sha256, size = headers.get(SHA256), headers.get("Content-Range", "").rpartition("/")[2]
        return Fixity(sha256, int(size)) if sha256 and size.isdecimal() else None

    def _read(self, key: ObjectKey, target: IO[bytes] | None, *, version: str | None = None) -> Checked:
        def ask(offset: int, etag: str | None) -> BaseHTTPResponse:
            return self._client.get_object(
                self._place.bucket,
                self._name(key),
                offset=offset,
                request_headers={"If-Match": etag} if offset and etag else None,
                version_id=version,
            )

        with self._translated(key):
            found, headers = receive(ask, target)
        put = Fixity(headers.get(SHA256, found.sha256), found.size)
        return Checked(StoredObject(key, put, headers.get("Content-Type", "")), found)

    @contextmanager
    def _translated(self, key: ObjectKey) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            raise _ours(error, key) from error
        except (HTTPError, InvalidResponseError, ServerError, OSError) as error:
            raise StoreUnavailable(detail=f"{self._place.endpoint}: {error}") from error


def _ours(error: S3Error, key: ObjectKey) -> StoreError | SettingNotValid:
    if error.code in _ABSENT:
        return ObjectNotFound(key=key)
    detail = f"{error.code}: {error.message}"
    if error.code in _REFUSED:
        return SettingNotValid(setting="TUSACH_STORE_ACCESS_KEY", detail=detail)
    if error.code in {"InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed"}:
        return SettingNotValid(setting="TUSACH_STORE_URL", detail=detail)
    return StoreUnavailable(detail=detail)


def _passes(error: Exception) -> bool:
    """Whether sending everything once more may help. What never connected was tried often enough."""
    if isinstance(error, S3Error):
        return error.code in _DAMAGED or error.response.status in BUSY
    if isinstance(error, ServerError):
        return error.status_code in BUSY
    return not isinstance(error, MaxRetryError)


def place_of(url: str) -> Place:
    """``s3://bucket/prefix?endpoint=https://host:9000&region=…`` or ``s3+http://host:9000/bucket/prefix``."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    path = parts.path.strip("/")
    if parts.username or parts.password:
        raise ValueError("keys belong in settings of their own, not in the address")
    if parts.scheme == "s3+http":
        secure, endpoint = False, parts.netloc
        bucket, _, prefix = path.partition("/")
    else:
        server = urlsplit(asked.get("endpoint", "https://s3.amazonaws.com"))
        secure, endpoint = server.scheme != "http", server.netloc
        bucket, prefix = parts.netloc, path
    if not endpoint or not bucket:
        raise ValueError("names no server or no bucket")
    if prefix:
        prefix = checked(prefix) + "/"
    return Place(endpoint, secure, bucket, prefix, asked.get("region", "us-east-1"))


@contextmanager
def open_store(url: str, *, secrets: Mapping[str, str]) -> Iterator[S3Store]:
    """The bucket is made by the first put where it is missing. Nothing is asked of the server before."""
    pool = patient_pool()
    try:
        store = S3Store(*_client(url, secrets, pool))
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_STORE_URL", detail=str(error)) from error
    try:
        yield store
    finally:
        pool.clear()


def _client(url: str, secrets: Mapping[str, str], pool: PoolManager) -> tuple[Minio, Place]:
    place = place_of(url)
    client = Minio(
        place.endpoint,
        access_key=secrets.get("access_key") or None,
        secret_key=secrets.get("secret_key") or None,
        secure=place.secure,
        region=place.region,
        http_client=pool,
    )
    return client, place
