"""Ways to tenants' buckets."""

import time
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3
from minio import Minio

from services.enclaves.contracts import BucketCredential
from services.enclaves.errors import EnclaveMissing
from services.enclaves.model import CREDENTIAL_FRESH_S
from services.enclaves.platform import Bucket, Ground
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import bucket_credential
from services.kernel.ids import TenantId
from services.kernel.uow import Database

REGION = "us-east-1"
"""Signed into every request; named so that no client has to ask for it."""
_CONNECTIONS = 16
_TIMEOUT = urllib3.Timeout(connect=2, read=60)
_RETRIES = urllib3.Retry(total=4, backoff_factor=0.1, status_forcelist=(500, 502, 503, 504))


def open_bucket(credential: BucketCredential) -> Bucket:
    place = urlsplit(credential.endpoint)
    client = Minio(
        place.netloc,
        access_key=credential.access_key,
        secret_key=credential.secret_key,
        secure=place.scheme == "https",
        region=REGION,
        http_client=urllib3.PoolManager(maxsize=_CONNECTIONS, timeout=_TIMEOUT, retries=_RETRIES),
    )
    return Bucket(client=client, name=credential.bucket, delta_options=delta_options(credential))


def delta_options(credential: BucketCredential) -> dict[str, str]:
    """What deltalake and polars need. Commits put their file only if it is absent, so two writers cannot both win."""
    return {
        "aws_endpoint_url": credential.endpoint,
        "aws_access_key_id": credential.access_key,
        "aws_secret_access_key": credential.secret_key,
        "aws_region": REGION,
        "aws_virtual_hosted_style_request": "false",
        "aws_allow_http": str(credential.endpoint.startswith("http://")).lower(),
        "aws_conditional_put": "etag",
    }


class _Kept(NamedTuple):
    bucket: Bucket
    credential: BucketCredential
    until: float


class S3Objects:
    """`services.enclaves.platform.Objects` over any S3."""

    def __init__(self, database: Database, ground: Ground) -> None:
        self._database = database
        self._ground = ground
        self._buckets: dict[TenantId, _Kept] = {}

    async def bucket(self, tenant: TenantId) -> Bucket:
        """By a credential that was the present one `CREDENTIAL_FRESH_S` ago or later. Raises `EnclaveMissing`."""
        kept, now = self._buckets.get(tenant), time.monotonic()
        if kept is not None and now < kept.until:
            return kept.bucket
        credential = await self._credential(tenant)
        bucket = kept.bucket if kept and kept.credential == credential else open_bucket(credential)
        self._buckets[tenant] = _Kept(bucket, credential, now + CREDENTIAL_FRESH_S)
        return bucket

    def forget(self, tenant: TenantId) -> None:
        self._buckets.pop(tenant, None)

    async def _credential(self, tenant: TenantId) -> BucketCredential:
        async with self._database.unit(tenant) as uow:
            store = Enclaves(uow)
            enclave, rows = await store.enclave(), await store.credentials()
        found = enclave and bucket_credential(self._ground.vault, enclave, rows, self._ground.buckets.endpoint)
        if found is None:
            raise EnclaveMissing("This tenant has no bucket yet; it is made within seconds of the tenant.")
        return found
