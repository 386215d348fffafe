"""Gives the workers what they may do on the servers, and no more: a user of MinIO, a key of Elasticsearch.

Run before the workers; run again, it changes nothing that is right. It alone knows the servers' own keepers.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import AuthenticationException, Elasticsearch
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from config.settings import Settings, load_settings, secret_in
from storage.s3 import place_of

KEY = "tusach"  # what the key of the index is called on its server


def main() -> None:
    """Exit code 1, with a traceback in the container's log, where a server refuses."""
    parser = argparse.ArgumentParser(prog="python -m containers.prepare")
    parser.add_argument("--store-keeper", required=True, metavar="NAME", help="MinIO's root user")
    parser.add_argument("--store-password", required=True, metavar="FILE", type=Path, help="and its password")
    parser.add_argument("--index-keeper", default="elastic", metavar="NAME", help="Elasticsearch's keeper")
    parser.add_argument("--index-password", required=True, metavar="FILE", type=Path, help="and its password")
    parser.add_argument("--index-key", required=True, metavar="FILE", type=Path, help="to hold the key")
    asked = parser.parse_args()
    settings = load_settings()
    admit_to_store(settings, asked.store_keeper, secret_in(asked.store_password))
    made = admit_to_index(
        settings.index_url, (asked.index_keeper, secret_in(asked.index_password)), asked.index_key
    )
    sys.stdout.write(
        f"MinIO: {settings.store_url}; Elasticsearch: {'a new key' if made else 'the key is good'}\n"
    )


def admit_to_store(settings: Settings, keeper: str, password: str) -> None:
    """The user of the settings may make its bucket, and put, get, list and delete in it."""
    place, user = place_of(settings.store_url), settings.secrets["access_key"]
    admin = MinioAdmin(
        endpoint=place.endpoint,
        credentials=StaticProvider(keeper, password),
        secure=place.secure,
        region=place.region,
    )
    admin.policy_add(user, policy=store_policy(place.bucket))
    admin.user_add(user, settings.secrets["secret_key"])
    admin.policy_set(user, user=user)


def store_policy(bucket: str) -> dict[str, Any]:
    """What ``storage.s3`` asks of a server."""
    of_bucket = ["s3:CreateBucket", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    of_object = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    of_parts = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": of_bucket, "Resource": [f"arn:aws:s3:::{bucket}"]},
            {"Effect": "Allow", "Action": of_object + of_parts, "Resource": [f"arn:aws:s3:::{bucket}/*"]},
        ],
    }


def admit_to_index(url: str, keeper: tuple[str, str], kept: Path) -> bool:
    """A key for the index of ``url``, in the file ``kept``; False where the one in it is good already."""
    parts = urlsplit(url)
    server, alias = f"{parts.scheme.partition('+')[2]}://{parts.netloc}", parts.path.strip("/")
    held = kept.read_text("ascii").strip() if kept.exists() else ""
    if held and _good(server, held):
        return False
    with Elasticsearch(server, basic_auth=keeper) as client:
        client.security.invalidate_api_key(name=KEY)
        made = client.security.create_api_key(name=KEY, role_descriptors={KEY: index_role(alias)})
    # In place: the file is what both this container and the host see, so that no other may be put there.
    kept.touch(mode=0o600)
    kept.write_text(made["encoded"], "ascii")
    return True


def index_role(alias: str) -> dict[str, Any]:
    """What ``indexing.elastic`` asks of a server."""
    may = ["read", "write", "manage"]
    return {"cluster": ["monitor"], "indices": [{"names": [f"{alias}*"], "privileges": may}]}


def _good(server: str, key: str) -> bool:
    with Elasticsearch(server, api_key=key) as client:
        try:
            client.security.authenticate()
        except AuthenticationException:
            return False
    return True


if __name__ == "__main__":
    main()
