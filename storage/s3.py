"""MinIO or any other S3, through the ``minio`` client and nothing but the S3 API.

The digest has to be known before an object is sent, since S3 takes its metadata first. So a put
goes through a temporary file: the disk is used, memory stays bounded, and the object appears whole
or not at all. What is read comes to a temporary file too and is checked before it is handed out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3.exceptions import HTTPError

from domain.errors import FixityMismatch, ObjectNotFound, SettingNotValid, StoreError, StoreUnavailable
from domain.ids import ObjectKey
from domain.ports import StoredObject
from domain.values import Fixity
from storage.fixity import copy, fixity_of
from storage.keys import begins_keys, checked

SMALL = 8 * 1024 * 1024  # bytes kept in memory; what is larger goes to a file
PART = 16 * 1024 * 1024  # bytes of one part of a large object, one in memory at a time
SHA256 = "x-amz-meta-sha256"

_REFUSED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})
_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchObject"})


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

    def put(self, key: ObjectKey, source: BinaryIO, *, media_type: str) -> StoredObject:
        key = checked(key)
        with _scratch() as held:
            fixity = copy(source, held)
            with self._translated(key):
                try:
                    self._send(key, held, fixity, media_type)
                except S3Error as error:
                    if error.code != "NoSuchBucket":
                        raise
                    self._make_bucket()
                    self._send(key, held, fixity, media_type)
        return StoredObject(key, fixity, media_type)

    @contextmanager
    def open(self, key: ObjectKey) -> Iterator[BinaryIO]:
        with _scratch() as held:
            self._fetch(checked(key), held)
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
            found = self._client.stat_object(self._place.bucket, self._place.prefix + key)
        sha256 = (found.metadata or {}).get(SHA256)
        if sha256 is None:  # put there by something else
            with _scratch() as held:
                self._fetch(key, held)
                held.seek(0)
                sha256 = fixity_of(held).sha256
        return StoredObject(key, Fixity(sha256, found.size or 0), found.content_type or "")

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """One more request for each object: a listing does not tell digests."""
        for key in self._keys(prefix):
            try:
                yield self.stat(key)
            except ObjectNotFound:  # deleted since it was listed
                continue

    def delete(self, key: ObjectKey) -> None:
        key = checked(key)
        try:
            with self._translated(key):
                self._client.remove_object(self._place.bucket, self._place.prefix + key)
        except ObjectNotFound:
            return

    def _keys(self, prefix: str) -> Iterator[ObjectKey]:
        if not begins_keys(prefix):  # some servers refuse what others find nothing for
            return
        start = self._place.prefix + prefix.rstrip(".")  # so are "." and ".." at its end
        try:
            with self._translated(ObjectKey(prefix)):
                found = self._client.list_objects(self._place.bucket, prefix=start, recursive=True)
                names = [str(one.object_name) for one in found if not one.is_dir]
        except ObjectNotFound:  # no bucket yet
            return
        # Servers that keep folders list "a/b" before "a-b"; keys are ASCII, so this is their order.
        for key in sorted(name.removeprefix(self._place.prefix) for name in names):
            if key.startswith(prefix):
                yield ObjectKey(key)

    def _send(self, key: ObjectKey, held: IO[bytes], fixity: Fixity, media_type: str) -> None:
        held.seek(0)
        self._client.put_object(
            self._place.bucket,
            self._place.prefix + key,
            cast(BinaryIO, held),
            length=fixity.size,
            content_type=media_type,
            metadata={SHA256: fixity.sha256},
            part_size=PART,
            num_parallel_uploads=1,
        )

    def _fetch(self, key: ObjectKey, target: IO[bytes]) -> None:
        """Write the object to ``target``. Raises FixityMismatch where it is not what was put."""
        with self._translated(key):
            answer = self._client.get_object(self._place.bucket, self._place.prefix + key)
            try:
                fixity = copy(cast(BinaryIO, answer), target)
            finally:
                answer.close()
                answer.release_conn()
        expected = answer.headers.get(SHA256, fixity.sha256)
        if expected != fixity.sha256:
            raise FixityMismatch(key=key, expected=expected, found=fixity.sha256)

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._place.bucket, location=self._place.region)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise

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


def _scratch() -> Any:
    return tempfile.SpooledTemporaryFile(max_size=SMALL, prefix="tusach-")


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
    retries = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=120), maxsize=8, retries=retries)
    try:
        place = place_of(url)
        client = Minio(
            place.endpoint,
            access_key=secrets.get("access_key") or None,
            secret_key=secrets.get("secret_key") or None,
            secure=place.secure,
            region=place.region,
            http_client=pool,
        )
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_STORE_URL", detail=str(error)) from error
    try:
        yield S3Store(client, place)
    finally:
        pool.clear()
