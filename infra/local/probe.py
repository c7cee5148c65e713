"""Knocks at a port as a stranger would, and tells whether it opened.

Knows no list of ports: it asks in each protocol our parts speak, plain and under TLS, with no credential.
"""

import json
import re
import socket
import ssl
from dataclasses import dataclass

import psutil

_WAIT_S = 2.0
_GUARDED_PATHS = (("POST", "/graphql"), ("GET", "/v1/trend"), ("POST", "/v1/ingest"), ("GET", "/metrics"))
"""Of our gateway, whose start page is public."""
_MQTT_CONNECT = bytes.fromhex("101100044d5154540402003c0005") + b"guest"
_MQTT_REFUSALS = (4, 5)
_POSTGRES_STARTUP = b"\0\0\0\x15\0\3\0\0user\0guest\0\0"


@dataclass(frozen=True, slots=True)
class Knock:
    port: int
    address: str
    refused: bool
    answer: str
    """What was heard, in words."""

    @property
    def loopback(self) -> bool:
        return self.address in {"127.0.0.1", "::1"}


def listening(pids: list[int]) -> list[tuple[str, int]]:
    """Address and TCP port of every socket on which these processes or their descendants listen."""
    found: set[tuple[str, int]] = set()
    for pid in pids:
        for process in _family(pid):
            try:
                connections = process.net_connections("tcp")
            except psutil.Error:
                continue  # ended meanwhile
            found |= {(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}
    return sorted(found, key=lambda place: place[1])


def knock(address: str, port: int) -> Knock:
    """Tries to get in without a credential."""
    heard = _greeting(address, port)
    if heard.startswith(b"INFO "):
        return _nats(address, port)
    for attempt in (_http, _postgres, _mqtt, _tls):
        verdict = attempt(address, port)
        if verdict is not None:
            return verdict
    return Knock(port, address, refused=False, answer="it listens, and no protocol we know explains what it wants")


def _family(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _say(address: str, port: int, data: bytes, *, context: ssl.SSLContext | None = None) -> bytes:
    """What comes back, up to 4 kB; empty when the other side closes or keeps silent."""
    try:
        with socket.create_connection((address, port), _WAIT_S) as raw:
            raw.settimeout(_WAIT_S)
            channel = context.wrap_socket(raw) if context else raw
            channel.sendall(data)
            return channel.recv(4096)
    except ssl.SSLError as error:
        return f"TLS {error.reason}".encode()
    except OSError:
        return b""


def _greeting(address: str, port: int) -> bytes:
    try:
        with socket.create_connection((address, port), _WAIT_S) as channel:
            channel.settimeout(0.2)
            return channel.recv(64)
    except OSError:
        return b""


def _nats(address: str, port: int) -> Knock:
    with socket.create_connection((address, port), _WAIT_S) as channel:
        channel.settimeout(_WAIT_S)
        channel.recv(4096)
        channel.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
        answer = channel.recv(200)
    refused = b"Authorization Violation" in answer
    return Knock(port, address, refused, f"NATS: {answer.decode(errors='replace').strip()}")


def _http(address: str, port: int) -> Knock | None:
    status, text = _request(address, port, "GET", "/")
    if status is None or (status == 400 and "HTTPS" in text):
        return None
    if status in (401, 403):
        return Knock(port, address, refused=True, answer=f"HTTP {status}")
    statuses = {path: _request(address, port, method, path)[0] for method, path in _GUARDED_PATHS}
    refused = all(code in (401, 403) for code in statuses.values())
    return Knock(port, address, refused, f"HTTP {status} on /, then {json.dumps(statuses)}")


def _request(address: str, port: int, method: str, path: str) -> tuple[int | None, str]:
    head = f"{method} {path} HTTP/1.1\r\nHost: {address}:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    answer = _say(address, port, head.encode()).decode(errors="replace")
    found = re.match(r"HTTP/1\.[01] (\d{3})", answer)
    return (int(found[1]) if found else None), answer


def _postgres(address: str, port: int) -> Knock | None:
    answer = _say(address, port, _POSTGRES_STARTUP)
    if answer[:1] not in (b"R", b"E") or len(answer) < 9:
        return None
    return Knock(port, address, answer[:9] != b"R\0\0\0\x08\0\0\0\0", "Postgres asks for a password")


def _mqtt(address: str, port: int) -> Knock | None:
    answer = _say(address, port, _MQTT_CONNECT)
    if answer[:2] != b"\x20\x02":
        return None
    return Knock(port, address, answer[3] in _MQTT_REFUSALS, f"MQTT: connection answer {answer[3]}")


def _tls(address: str, port: int) -> Knock | None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    answer = _say(address, port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", context=context)
    if not answer:
        return None
    refused = b"CERTIFICATE_REQUIRED" in answer
    return Knock(port, address, refused, "TLS asks for a client certificate" if refused else f"TLS: {answer[:60]!r}")
