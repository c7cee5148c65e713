"""One connection to a stream account."""

from collections.abc import Awaitable, Callable

import structlog
from nats.aio.client import Client
from nats.errors import Error, NoServersError
from nats.protocol.parser import AUTHORIZATION_VIOLATION

from services.enclaves.box.login import proof
from services.enclaves.contracts import StreamCredential
from services.enclaves.errors import ProvisioningFailed
from services.kernel.errors import DomainError
from services.kernel.streams import StreamClient

_RETRY_S = 0.25
_PING_S = 5
_PENDING_BYTES = 64 * 1024 * 1024

log = structlog.get_logger(__name__)


async def connect(
    credential: StreamCredential,
    *,
    name: str,
    attempts: int = 40,
    renewed: Callable[[], Awaitable[StreamCredential]] | None = None,
) -> Client:
    """A connection that comes back by itself for ever, once it was there.

    The first time it tries `attempts` times, a quarter of a second apart, and raises `ProvisioningFailed` then. With
    `renewed`, which may raise `DomainError`, it comes back with another credential when this one is good no more.
    """

    async def report(error: Exception) -> None:
        log.warning("stream connection", login=credential.user, reason=str(error) or type(error).__name__)
        # A server whose operator's keys rule says nothing when it cuts off, and refuses the login that comes back.
        if renewed is not None and AUTHORIZATION_VIOLATION in str(error).lower():
            await renew()

    async def renew() -> bool:
        nonlocal credential
        assert renewed is not None
        try:
            present = await renewed()
        except DomainError as error:  # its enclave is gone: the connection ends, as the server wished
            log.warning("stream connection", login=credential.user, reason=str(error))
            return False
        changed, credential = present != credential, present
        client.log_in_with(proof(present.user, present.password))
        return changed

    client = StreamClient()
    client.renew = renew if renewed is not None else None
    try:
        await client.connect(
            credential.url,
            **proof(credential.user, credential.password),
            name=name,
            error_cb=report,
            max_reconnect_attempts=attempts,
            reconnect_time_wait=_RETRY_S,  # pyright: ignore[reportArgumentType]  any number of seconds will do
            ping_interval=_PING_S,
            max_outstanding_pings=2,
            pending_size=_PENDING_BYTES,
        )
    except (NoServersError, Error, OSError, TimeoutError) as error:
        raise ProvisioningFailed(
            f"The stream does not take the login {credential.user}: {error}. It is tried again; see the log of nats."
        ) from error
    client.options["max_reconnect_attempts"] = -1
    return client
