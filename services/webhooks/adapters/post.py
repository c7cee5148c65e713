"""Posting to an address that a tenant gave, without being led anywhere it must not lead.

The name is resolved here, every address it leads to is judged, and the connection is made to one of those: a name that
leads elsewhere a moment later changes nothing. TLS is verified against the name. Redirects are not followed, proxies of
the environment not used, and no connection is kept. A new connection is judged like the first.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import httpcore
import httpx

from services.kernel.reach import Reach

TIMEOUT_S = 15.0
MOST_READ = 1024
"""Bytes of an answer that are read at most."""
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses a name leads to. Raises `OSError`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try."""

    status: int | None
    error: str | None
    """For people; None for a success."""
    duration_ms: int
    answer: str = ""
    retry_after: float | None = None
    """Seconds the receiver asks to wait."""


class AddressRefused(Exception):
    """The name leads to an address that must not be connected to."""


class Resolver:
    """Asks the system for the addresses of names, in threads of its own: the loop's few are for everybody, and a name
    server that does not answer holds one for many seconds."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, "webhook-names")

    async def __call__(self, host: str, port: int) -> list[str]:
        ask = asyncio.get_running_loop().run_in_executor
        found = await ask(self._threads, socket.getaddrinfo, host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to what is within reach."""

    def __init__(self, reach: Reach, resolve: Resolve, *, encrypted: bool) -> None:
        self._reach = reach
        self._resolve = resolve
        self._allows = reach.allows if encrypted else reach.opens
        self._encrypted = encrypted
        self._tcp = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._judged(host, port)
        for address in addresses[:-1]:
            try:
                return await self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                continue  # the next one may be reachable: a machine without IPv6 has the addresses of it all the same
        return await self._tcp.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def _judged(self, host: str, port: int) -> list[str]:
        """All addresses of the host. Raises `AddressRefused` if one of them is none of ours to connect to: an honest
        name does not lead to both worlds."""
        addresses = [ipaddress.ip_address(text) for text in await self._resolve(host, port)]
        for address in addresses:
            if self._reach.allows(address) and not self._allows(address):
                raise AddressRefused("Without https only networks that the operator opened are posted to.")
            if not self._allows(address):
                raise AddressRefused(
                    f"The name leads to {address}, which is no public address, and the operator of this installation "
                    "did not open its network."
                )
        return [str(address) for address in addresses]


async def post(
    url: str, headers: Mapping[str, str], body: bytes, *, reach: Reach, resolve: Resolve, tls: ssl.SSLContext
) -> Outcome:
    """Posts once. Whatever goes wrong on the way or over there is in the answer and not raised."""
    began = time.monotonic()
    outcome = await _tried(httpx.URL(url), headers, body, reach, resolve, tls)
    return Outcome(
        outcome.status, outcome.error, round((time.monotonic() - began) * 1000), outcome.answer, outcome.retry_after
    )


async def _tried(
    url: httpx.URL, headers: Mapping[str, str], body: bytes, reach: Reach, resolve: Resolve, tls: ssl.SSLContext
) -> Outcome:
    guarded = _Guarded(reach, resolve, encrypted=url.scheme == "https")
    host = url.raw_host
    target = httpcore.URL(scheme=url.raw_scheme, host=host, port=url.port, target=url.raw_path)
    ours = {"host": url.netloc.decode("ascii"), "user-agent": "Andon-Webhooks/1", "content-type": "application/json"}
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async with httpcore.AsyncConnectionPool(ssl_context=tls, network_backend=guarded) as pool:
                sent = {**ours, **headers, "content-length": str(len(body)), "connection": "close"}
                async with pool.stream("POST", target, headers=list(sent.items()), content=body) as response:
                    return _judge(response, await _beginning(response))
    except AddressRefused as error:
        return _without_answer(str(error))
    except TimeoutError:
        return _without_answer(f"There was no whole answer within {TIMEOUT_S:.0f} seconds.")
    except (socket.gaierror, UnicodeError):  # the latter for a name that cannot even be asked for
        return _without_answer("The name of the host cannot be resolved.")
    except (OSError, httpcore.ConnectError) as error:
        return _without_answer(f"There is no connection to the host: {str(error) or type(error).__name__}.")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        return _without_answer("The connection broke, or what came over it is no HTTP.")


def _without_answer(error: str) -> Outcome:
    return Outcome(None, error, 0)


async def _beginning(response: httpcore.Response) -> str:
    """The first of what is answered; the rest is left where it is."""
    found = b""
    async for part in response.aiter_stream():
        found += part
        if len(found) >= MOST_READ:
            break
    return found[:MOST_READ].decode("utf-8", "replace").replace("\0", "�")


def _judge(response: httpcore.Response, answer: str) -> Outcome:
    status = response.status
    if 200 <= status < 300:
        return Outcome(status, None, 0)
    error = f"The receiver answered {status}."
    if 300 <= status < 400:
        error = f"The receiver answered {status}, a redirect. Redirects are not followed: give the address itself."
    return Outcome(status, error, 0, answer, _retry_after(response))


def _retry_after(response: httpcore.Response) -> float | None:
    """Seconds of the header; its other form, a date, is passed over."""
    for name, value in response.headers:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            return float(value)
    return None
