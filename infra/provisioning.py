"""What making enclaves takes wherever the servers are: asking until a server has taken a thing up, making a bucket."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from minio import Minio
from minio.error import S3Error
from nats.errors import Error as StreamError
from nats.errors import NoServersError
from urllib3.exceptions import HTTPError

from services.enclaves.adapters.objects import open_bucket
from services.enclaves.box.login import proof
from services.enclaves.contracts import BucketCredential, StreamCredential
from services.enclaves.errors import ProvisioningFailed
from services.kernel.cancel import StreamClient

_PATIENCE_S = 10.0
_PROBE_S = 0.05
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


async def look_in(credential: BucketCredential) -> None:
    """Raises what the object store's client raises when the credential does not open the bucket."""
    client = open_bucket(credential).client
    await asyncio.to_thread(lambda: next(iter(client.list_objects(credential.bucket)), None))


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
