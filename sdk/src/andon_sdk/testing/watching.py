"""What code does to the machine while it is watched: files written, hosts reached, processes started.

Python tells an audit hook of each (PEP 578). Such a hook cannot be removed, so there is one, which hears only while
somebody watches. It is there to find mistakes: code that means to hide can (see the page on trust).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PROCESSES = {"subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn"}
_LOCAL = ("127.", "::1", "localhost")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_state: dict[str, list[str] | None] = {"heard": None}
_installed: list[bool] = []


class NetworkUsed(RuntimeError):
    """Code under test reached for a host."""


@contextmanager
def watched() -> Iterator[list[str]]:
    """Sentences on what happens inside, in order."""
    _install()
    before, heard = _state["heard"], list[str]()
    _state["heard"] = heard
    try:
        yield heard
    finally:
        _state["heard"] = before


def without_network() -> None:
    """From now on, whoever connects to another host or asks for its address gets `NetworkUsed`; this machine's own
    loopback is free, for peers that tests start."""

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        told = _network(event, arguments)
        if told is not None:
            raise NetworkUsed(f"it {told}. Tests run without a network: start the peer in the test, on the loopback.")

    sys.addaudithook(refuse)


def _install() -> None:
    if _installed:
        return
    _installed.append(True)
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    heard = _state["heard"]
    if heard is None:
        return
    told = _network(event, arguments) or _written(event, arguments)
    if told is None and event in _PROCESSES:
        told = f"started a process ({event})"
    if told is not None:
        heard.append(told)


def _network(event: str, arguments: tuple[object, ...]) -> str | None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return None
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return None if host in {None, ""} or str(host).startswith(_LOCAL) else f"reached for the host {host}"


def _written(event: str, arguments: tuple[object, ...]) -> str | None:
    if event != "open" or not isinstance(arguments[0], str) or "__pycache__" in arguments[0]:
        return None
    mode, flags = arguments[1], arguments[2]
    writes = (
        any(letter in mode for letter in "wax+")
        if isinstance(mode, str)
        else isinstance(flags, int) and flags & _WRITES
    )
    return f"opened {arguments[0]} to write" if writes and arguments[0] != os.devnull else None
