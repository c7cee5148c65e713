"""Asking over HTTP at an address that a tenant gave, without being led anywhere it must not lead.

The name is resolved here, every address it leads to is judged, and the connection is made to one of those: a name that
leads elsewhere a moment later changes nothing. TLS is verified against the name. Redirects are not followed, proxies of
the environment not used, and no connection is kept. A new connection is judged like the first. What is read and how
long it may take have an end.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import httpcore
import httpx

from services.kernel.reach import Reach

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses a name leads to. Raises `OSError`."""


class NoAnswer(Exception):
    """Nothing came back that could be used; the message says why, for people."""


class AddressRefused(NoAnswer):
    """The name leads to an address that must not be connected to."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    """As much of it as was wanted."""
    whole: bool
    """Whether it ended before as much was read as was wanted."""

    def header(self, name: bytes) -> str | None:
        """The first of that name, which is in lower case."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), None)


class Resolver:
    """Asks the system for the addresses of names, in threads of its own: the loop's few are for everybody, and a name
    server that does not answer holds one for many seconds."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, "outward-names")

    async def __call__(self, host: str, port: int) -> list[str]:
        ask = asyncio.get_running_loop().run_in_executor
        found = await ask(self._threads, socket.getaddrinfo, host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Outward:
    """The way out: where it may lead, who resolves names, whom TLS trusts."""

    reach: Reach
    resolve: Resolve
    tls: ssl.SSLContext

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        most_read: int,
        seconds: float,
    ) -> Answer:
        """Asks once and reads at most `most_read` bytes of the answer, within so many seconds. Without TLS only
        networks that the operator opened are reached. Raises `NoAnswer`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._asked(method, httpx.URL(url), headers, body, most_read)
        except TimeoutError as error:
            raise NoAnswer(f"There was no whole answer within {seconds:.0f} seconds.") from error
        except (socket.gaierror, UnicodeError) as error:  # the latter for a name that cannot even be asked for
            raise NoAnswer("The name of the host cannot be resolved.") from error
        except (OSError, httpcore.ConnectError) as error:
            raise NoAnswer(f"There is no connection to the host: {str(error) or type(error).__name__}.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise NoAnswer("The connection broke, or what came over it is no HTTP.") from error

    async def _asked(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes, most_read: int
    ) -> Answer:
        guarded = _Guarded(self.reach, self.resolve, encrypted=url.scheme == "https")
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        known = {"host": url.netloc.decode("ascii"), **headers, "connection": "close"}
        if body or method == "POST":
            known["content-length"] = str(len(body))
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self.tls, network_backend=guarded) as pool,
            pool.stream(method, target, headers=list(known.items()), content=body or None) as response,
        ):
            found, whole = await _beginning(response, most_read)
            return Answer(response.status, tuple(response.headers), found, whole)


async def judged(reach: Reach, resolve: Resolve, host: str, port: int, *, encrypted: bool) -> list[str]:
    """All addresses of the host, one at least; connect to them and to no name.

    Raises `OSError` where the name leads nowhere, and `AddressRefused` if one of them is none of ours to connect to: an
    honest name does not lead to both worlds. Without encryption only networks that the operator opened are reached.
    """
    addresses = [ipaddress.ip_address(text) for text in await resolve(host, port)]
    for address in addresses:
        if not reach.allows(address):
            raise AddressRefused(
                f"The name leads to {address}, which is no public address, and the operator of this installation "
                "did not open its network."
            )
        if not encrypted and not reach.opens(address):
            raise AddressRefused("Without encryption only networks that the operator opened are reached.")
    return [str(address) for address in addresses]


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to what is within reach."""

    def __init__(self, reach: Reach, resolve: Resolve, *, encrypted: bool) -> None:
        self._reach = reach
        self._resolve = resolve
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
        addresses = await judged(self._reach, self._resolve, host, port, encrypted=self._encrypted)
        for address in addresses[:-1]:
            try:
                return await self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                continue  # the next one may be reachable: a machine without IPv6 has the addresses of it all the same
        return await self._tcp.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)


async def _beginning(response: httpcore.Response, most: int) -> tuple[bytes, bool]:
    """The first of what is answered, and whether that is all; the rest is left where it is."""
    found = b""
    async for part in response.aiter_stream():
        found += part
        if len(found) >= most:
            return found[:most], False
    return found, True
