"""Buckets on somebody's S3: a user of its IAM for each tenant, with a policy on that one bucket."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from minio import Minio

from infra.outside.iam import Admin, Iam, IamRefused, NoIam
from infra.provisioning import count_objects, look_in, make_bucket, remove_bucket, settled
from services.enclaves.adapters.objects import REGION
from services.enclaves.contracts import BucketCredential
from services.enclaves.errors import ProvisioningFailed

_POLICY = "bucket"
_ON_BUCKET = ("s3:ListBucket", "s3:GetBucketLocation")
_ON_OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")


class IamBuckets:
    """`services.enclaves.provisioner.Buckets`. Without an admin it knows the endpoint and makes nothing."""

    def __init__(self, endpoint: str, iam_endpoint: str, admin: Admin | None) -> None:
        self._endpoint = endpoint
        self._iam_endpoint = iam_endpoint
        self._admin = admin

    @property
    def endpoint(self) -> str:
        return self._endpoint

    async def ensure(
        self, bucket: str, known: BucketCredential | None, passing: BucketCredential | None = None
    ) -> BucketCredential:
        """Raises `ProvisioningFailed`."""
        admin = self._given()
        await asyncio.to_thread(make_bucket, self._client(admin), bucket)
        iam = Iam(self._iam_endpoint, admin)
        credential = await asyncio.to_thread(self._ensure_user, iam, bucket, known, passing)
        await settled(
            f"The credential of {bucket}",
            lambda: look_in(credential),
            remedy="It is tried again; the log of the S3 at S3_ENDPOINT may say why.",
        )
        return credential

    async def remove(self, bucket: str) -> None:
        """Raises `ProvisioningFailed`."""
        admin = self._given()
        try:
            await asyncio.to_thread(Iam(self._iam_endpoint, admin).remove_user, bucket, _POLICY)
        except (NoIam, IamRefused) as error:
            raise ProvisioningFailed(f"The user {bucket} could not be removed: {error}. Say it again.") from error
        await asyncio.to_thread(remove_bucket, self._client(admin), bucket)

    async def objects(self, bucket: str) -> int:
        """Raises `ProvisioningFailed`."""
        return await asyncio.to_thread(count_objects, self._client(self._given()), bucket)

    def _given(self) -> Admin:
        if self._admin is None:
            raise ProvisioningFailed("This process was not given the object store's admin key; the worker has it.")
        return self._admin

    def _client(self, admin: Admin) -> Minio:
        place = urlsplit(self._endpoint)
        return Minio(
            place.netloc,
            access_key=admin.access_key,
            secret_key=admin.secret_key,
            secure=place.scheme == "https",
            region=REGION,
        )

    def _ensure_user(
        self, iam: Iam, bucket: str, known: BucketCredential | None, passing: BucketCredential | None
    ) -> BucketCredential:
        """Any key but these is deleted: nobody has the secret of a key that was made before a crash, and a user
        may hold two at most."""
        try:
            iam.ensure_user(bucket)
            iam.put_policy(bucket, _POLICY, policy(bucket))
            present = iam.access_keys(bucket)
            good = {one.access_key for one in (known, passing) if one is not None}
            for key in present:
                if key not in good:
                    iam.delete_access_key(bucket, key)
            if known is not None and known.access_key in present:
                return known
            return BucketCredential(self._endpoint, bucket, *iam.create_access_key(bucket))
        except NoIam as error:
            raise ProvisioningFailed(
                f"A tenant's credential is made through IAM, and there is none: {error}. Set ANDON_S3_IAM_ENDPOINT to "
                "the IAM API of the object store (AWS: https://iam.amazonaws.com), or switch it on there."
            ) from error
        except IamRefused as error:
            raise ProvisioningFailed(
                f"IAM refused the user {bucket}: {error}. The key ANDON_S3_ACCESS_KEY must be allowed to make users, "
                "policies and keys."
            ) from error


def policy(bucket: str) -> dict[str, Any]:
    """What a tenant may do in its bucket. Making and removing buckets, policies and users is not among it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(_ON_BUCKET), "Resource": [f"arn:aws:s3:::{bucket}"]},
            {"Effect": "Allow", "Action": list(_ON_OBJECTS), "Resource": [f"arn:aws:s3:::{bucket}/*"]},
        ],
    }
