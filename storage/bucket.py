"""What a bucket of ours is like: it keeps every version of an original, and a week of everything else's.

Only a bucket that we make is set up; what an administrator made stays as it is, and ``doctor`` says what
it lacks.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import MinioException, S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.versioningconfig import VersioningConfig

REWRITTEN = "items/"  # keys of what is derived, and derived again (domain.ids); originals never change
KEPT_DAYS = 7  # of a version that was replaced or deleted there
STALE = dt.timedelta(days=1)  # an upload that takes longer was killed
_RULE = "tusach-rewritten"

# Another process was quicker, or we may not ask: then somebody made it who decides that.
_THERE = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "AccessDenied"})
_log = logging.getLogger(__name__)


def ensure_bucket(client: Minio, bucket: str, *, region: str, prefix: str) -> None:
    """Make the bucket where there is none. What the server cannot do beyond that is logged.

    To be asked before a put: SeaweedFS makes a missing bucket by itself, one that keeps no versions.
    """
    try:
        if client.bucket_exists(bucket):
            return
        client.make_bucket(bucket, location=region)
    except S3Error as error:
        if error.code not in _THERE:
            raise
        return
    _try("keeping versions", lambda: client.set_bucket_versioning(bucket, VersioningConfig(ENABLED)))
    _try("letting versions expire", lambda: client.set_bucket_lifecycle(bucket, _lifecycle(prefix)))


def keeps_versions(client: Minio, bucket: str) -> bool:
    """Whether what is overwritten or deleted can be had back; False where the server does not tell."""
    try:
        return bool(client.get_bucket_versioning(bucket).status == ENABLED)
    except S3Error as error:
        if error.code == "NoSuchBucket":
            raise
        return False


def clear_uploads(client: Minio, bucket: str, *, prefix: str, now: dt.datetime) -> None:
    """Remove the parts that senders left who were killed more than a day before ``now``.

    MinIO does so by itself, other servers where a rule tells them; this needs neither.
    """
    _try("clearing away unfinished uploads", lambda: _clear(client, bucket, prefix, now))


def _clear(client: Minio, bucket: str, prefix: str, now: dt.datetime) -> None:
    key: str | None = None
    upload_id: str | None = None
    while True:
        # The client has no public name for either. Not asked by prefix: MinIO takes one for a whole key.
        found = client._list_multipart_uploads(bucket, key_marker=key, upload_id_marker=upload_id)
        for one in found.uploads:
            begun = one.initiated_time or now
            if one.object_name.startswith(prefix) and begun < now - STALE:
                client._abort_multipart_upload(bucket, one.object_name, str(one.upload_id))
        following = (found.next_key_marker, found.next_upload_id_marker)
        if not found.is_truncated or following == (key, upload_id):
            return
        key, upload_id = following


def _lifecycle(prefix: str) -> LifecycleConfig:
    return LifecycleConfig(
        [
            Rule(
                ENABLED,
                rule_id=_RULE,
                rule_filter=Filter(prefix=prefix + REWRITTEN),
                noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=KEPT_DAYS),
                expiration=Expiration(expired_object_delete_marker=True),
            )
        ]
    )


def _try(what: str, ask: Callable[[], None]) -> None:
    """A server that cannot, or may not for us, still stores objects."""
    try:
        ask()
    except MinioException as error:
        _log.warning("the store's server refuses %s: %s", what, error)
