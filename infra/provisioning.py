"""What making enclaves takes wherever the servers are: asking until a server has taken a thing up, making a bucket."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator

from minio import Minio
from minio.datatypes import Object, Upload
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from nats.errors import Error as StreamError
from nats.errors import NoServersError
from urllib3.exceptions import HTTPError

from services.enclaves.adapters.connect import connect
from services.enclaves.adapters.objects import open_bucket
from services.enclaves.box.login import proof
from services.enclaves.contracts import BucketCredential, StreamCredential
from services.enclaves.errors import ProvisioningFailed
from services.kernel.streams import StreamClient

_PATIENCE_S = 10.0
_PROBE_S = 0.05
_ANSWER_S = 5.0
_REFUSALS = (StreamError, NoServersError, S3Error, HTTPError, OSError, TimeoutError)
Step = Callable[[], Awaitable[None]]


async def settled(what: str, probe: Step, *, remedy: str, tell: Step | None = None) -> None:
    """Returns when `probe` passes; `tell`, before each, makes the server look again if that is needed.

    Raises `ProvisioningFailed` when ten seconds do not suffice.
    """
    began = time.monotonic()
    while True:
        if tell is not None:
            await tell()
        try:
            await probe()
        except _REFUSALS as error:
            reason, past = str(error) or type(error).__name__, time.monotonic() - began
        else:
            return
        if past > _PATIENCE_S:
            raise ProvisioningFailed(f"{what} was not taken up within {_PATIENCE_S:.0f} s: {reason}. {remedy}")
        await asyncio.sleep(_PROBE_S)


async def log_in(credential: StreamCredential) -> None:
    """Raises what the stream's client raises when the user is not let in."""
    client = StreamClient()

    async def quiet(error: Exception) -> None:
        del error  # what fails is raised below, and asked again

    login = proof(credential.user, credential.password)
    await client.connect(credential.url, **login, allow_reconnect=False, connect_timeout=2, error_cb=quiet)
    await client.close()


async def refused(credential: StreamCredential) -> None:
    """Raises `ConnectionError` while the user is let in."""
    try:
        await log_in(credential)
    except _REFUSALS:
        return
    raise ConnectionError(f"{credential.user} is still let in")


async def streams_of(system: StreamCredential, account: str) -> int:
    """How many streams the server keeps for an account, as it tells the system account. Raises `ProvisioningFailed`."""
    client = await connect(system, name="andon", attempts=3)
    try:
        wanted = json.dumps({"acc": account, "streams": True}).encode()
        answer = json.loads((await client.request("$SYS.REQ.SERVER.PING.JSZ", wanted, _ANSWER_S)).data)
    except StreamError as error:
        raise ProvisioningFailed(
            f"The server of the stream does not tell what it keeps of {account}: {error}"
        ) from error
    finally:
        await client.close()
    accounts = answer.get("data", {}).get("account_details", [])
    return sum(len(found.get("stream_detail", [])) for found in accounts if found.get("id", found["name"]) == account)


async def look_in(credential: BucketCredential) -> None:
    """Raises what the object store's client raises when the credential does not open the bucket."""
    client = open_bucket(credential).client
    await asyncio.to_thread(lambda: next(iter(client.list_objects(credential.bucket)), None))


async def locked_out(credential: BucketCredential) -> None:
    """Raises `ConnectionError` while the credential opens the bucket."""
    try:
        await look_in(credential)
    except S3Error as error:
        if error.code in {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"}:
            return
        raise
    raise ConnectionError(f"{credential.access_key} still opens the bucket")


def remove_bucket(admin: Minio, bucket: str) -> None:
    """With all that is in it; harmless when it is not there. Nobody may write to it any more.

    Raises `ProvisioningFailed`.
    """
    try:
        while admin.bucket_exists(bucket):
            for upload in unfinished(admin, bucket):
                admin._abort_multipart_upload(bucket, upload.object_name, str(upload.upload_id))
            found = (DeleteObject(str(each.object_name), each.version_id) for each in versions(admin, bucket))
            for error in admin.remove_objects(bucket, found):
                raise ProvisioningFailed(f"{error.name} in {bucket} could not be deleted: {error.message}")
            _remove_if_empty(admin, bucket)
    except (S3Error, HTTPError, OSError) as error:
        raise ProvisioningFailed(f"The bucket {bucket} could not be removed: {error}. Say it again.") from error


def _remove_if_empty(admin: Minio, bucket: str) -> None:
    try:
        admin.remove_bucket(bucket)
    except S3Error as error:
        if error.code not in {"BucketNotEmpty", "NoSuchBucket"}:
            raise


def count_objects(admin: Minio, bucket: str) -> int:
    """Objects with their versions, and unfinished uploads; 0 where there is no bucket. Raises `ProvisioningFailed`."""
    try:
        if not admin.bucket_exists(bucket):
            return 0
        return sum(1 for _ in versions(admin, bucket)) + sum(1 for _ in unfinished(admin, bucket))
    except (S3Error, HTTPError, OSError) as error:
        raise ProvisioningFailed(f"It could not be seen what is in {bucket}: {error}") from error


def versions(admin: Minio, bucket: str) -> Iterator[Object]:
    return admin.list_objects(bucket, recursive=True, include_version=True)


def unfinished(admin: Minio, bucket: str) -> list[Upload]:
    """Multipart uploads that were begun and not completed."""
    return admin._list_multipart_uploads(bucket, max_uploads=1000).uploads


def make_bucket(admin: Minio, bucket: str) -> None:
    """Harmless when it is there. Raises `ProvisioningFailed`."""
    try:
        if not admin.bucket_exists(bucket):
            admin.make_bucket(bucket)
    except S3Error as error:
        if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise ProvisioningFailed(f"The bucket {bucket} could not be made: {error}") from error
    except (HTTPError, OSError) as error:
        raise ProvisioningFailed(f"The object server does not answer: {error}") from error
