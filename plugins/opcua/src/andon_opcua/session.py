"""A session with a server: connecting with what the settings say, and what a failure means.

A server that cannot be reached, is starting or does not know the client's certificate yet is *unavailable*: it is tried
again. Settings that cannot work however often they are tried are *refused*.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlparse

from asyncua import Client, ua
from asyncua.common.utils import Buffer
from asyncua.crypto import security_policies
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary

from andon_opcua import certificates
from andon_opcua.settings import OpcUaSettings
from andon_sdk.connector import SettingsRefused, SourceUnavailable

MODES = {
    "none": ua.MessageSecurityMode.None_,
    "sign": ua.MessageSecurityMode.Sign,
    "sign-and-encrypt": ua.MessageSecurityMode.SignAndEncrypt,
}
SESSION_MS = 120_000
NONSENSE = (struct.error, ValueError, LookupError, OverflowError)
"""What comes of reading answers that are malformed, too short, of too few parts, or from the year 30,000."""
REFUSALS = {
    ua.StatusCodes.BadIdentityTokenRejected: "refused the user name or password",
    ua.StatusCodes.BadIdentityTokenInvalid: "does not take this kind of user; it may want a user name, or none",
    ua.StatusCodes.BadUserAccessDenied: "refused the user name or password",
    ua.StatusCodes.BadSecurityPolicyRejected: "does not offer this security and policy",
    ua.StatusCodes.BadSecurityModeRejected: "does not offer this security and policy",
}
UNTRUSTED = {
    ua.StatusCodes.BadSecurityChecksFailed,
    ua.StatusCodes.BadCertificateUntrusted,
    ua.StatusCodes.BadCertificateInvalid,
    ua.StatusCodes.BadCertificateUriInvalid,
}


async def connect(settings: OpcUaSettings) -> Client:
    """A client with an active session. Raises `SourceUnavailable` or `SettingsRefused`."""
    client = Client(settings.url, timeout=settings.timeout, watchdog_intervall=max(settings.silence, settings.timeout))
    client.name = client.description = "Andon edge"
    client.product_uri = "urn:andon:edge"
    client.session_timeout = SESSION_MS
    if settings.username is not None:
        client.set_user(settings.username)
        client.set_password(settings.password.get_secret_value() if settings.password is not None else "")
    async with failures(settings.url):
        if settings.security != "none":
            await _secure(client, settings)
        await client.connect()
    return client


@asynccontextmanager
async def failures(url: str) -> AsyncIterator[None]:
    """Says a failure of asyncua, and nonsense of a server, in the connector's two words."""
    try:
        yield
    except ua.UaStatusCodeError as error:
        if error.code in REFUSALS:
            raise SettingsRefused(f"{url} {REFUSALS[error.code]} ({_said(error)}).") from error
        if error.code in UNTRUSTED:
            raise SourceUnavailable(
                f"{url} does not trust this client's certificate ({_said(error)}). Move it to the trusted ones on the "
                "server; it is tried again."
            ) from error
        raise SourceUnavailable(f"{url} answered {_said(error)}.") from error
    except (OSError, TimeoutError, ua.UaError) as error:
        raise SourceUnavailable(f"{url} cannot be reached: {str(error) or type(error).__name__}.") from error
    except NONSENSE as error:
        raise SourceUnavailable(f"{url} answered what cannot be read: {error}.") from error


def _said(error: ua.UaStatusCodeError) -> str:
    return ua.StatusCode(error.code).name


async def _secure(client: Client, settings: OpcUaSettings) -> None:
    """Picks the endpoint, pins its certificate and gives the client its own."""
    policy = getattr(security_policies, f"SecurityPolicy{settings.policy}")
    mode = MODES[settings.security]
    offered = await client.connect_and_get_server_endpoints()
    fitting = [
        endpoint
        for endpoint in offered
        if endpoint.SecurityMode == mode and endpoint.SecurityPolicyUri == policy.URI and endpoint.ServerCertificate
    ]
    if not fitting:
        names = sorted({f"{e.SecurityPolicyUri.rpartition('#')[2]} {e.SecurityMode.name.strip('_')}" for e in offered})
        raise SettingsRefused(
            f"{settings.url} does not offer {settings.policy} with {settings.security}. It offers: {', '.join(names)}."
        )
    server = fitting[0].ServerCertificate
    server = server[: int.from_bytes(server[2:4], "big") + 4]  # the first of a chain; the rest are its issuers
    certificates.pin(server, settings.certificates, urlparse(settings.url).netloc, settings.server_certificate)
    if settings.certificate is not None and settings.private_key is not None:
        identity = certificates.given(settings.certificate, settings.private_key)
    else:
        identity = await asyncio.to_thread(certificates.own, settings.certificates)
    client.application_uri = identity.uri
    await client.set_security(policy, identity.certificate, identity.private_key, server_certificate=server, mode=mode)


async def ask(client: Client, request: Any, *, patient: bool = False) -> Buffer:
    """Sends a request; answers its response after the header, undecoded. `patient` waits as long as it takes.

    Raises what asyncua raises.
    """
    protocol = client.uaclient.protocol
    if protocol is None:
        raise ConnectionError("the connection is closed")
    data = await protocol.send_request(request, 0 if patient else None)
    nodeid_from_binary(data)
    struct_from_binary(ua.ResponseHeader, data).ServiceResult.check()
    return data
