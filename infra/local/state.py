"""The state folder: where everything of one installation lives, readable by its owner only."""

import fcntl
import hashlib
import json
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

LOWEST_PORT, HIGHEST_PORT = 10_000, 19_999
"""Below those that Linux gives to outgoing connections (32,768 on), which would take a port between its choice and its
use; and so that what the object server puts 10,000 above its ports meets neither these nor those."""
_LONGEST_SOCKET_PATH = 75
"""Linux takes 107 bytes; some are left for the name."""


def is_free(port: int) -> bool:
    """Whether 127.0.0.1:port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class State:
    """Folders (0700), secrets (0600) and ports of one installation. Creating it twice is harmless."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.logs = self.folder("logs")
        self.run = self._run_folder()
        self._secrets = self.folder("secrets")

    def folder(self, name: str) -> Path:
        """A folder of the state, made if needed, open to the owner only."""
        path = self.home / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self.home.chmod(0o700)
        return path

    def secret(self, name: str) -> str:
        """The secret of that name: 43 random characters, made at the first call and kept.

        All processes of an installation start together; the first to make a secret makes it for all.
        """
        path = self._secrets / name
        if not path.exists():
            mine = _private_file(path.parent, secrets.token_urlsafe(32).encode())
            with suppress(FileExistsError):  # another process was first: its secret holds
                os.link(mine, path)
            mine.unlink()
        return path.read_text()

    def write_private(self, path: Path, content: str | bytes) -> None:
        """Writes a file that only the owner can read, whole or not at all."""
        _private_file(path.parent, content.encode() if isinstance(content, str) else content).replace(path)

    def port(self, name: str, *, also: int | None = None) -> int:
        """The port remembered for `name`, or a free one when there is none or another process took it.

        `also` is an offset whose port must be free too. Ask only while the part is not running.
        """
        with self._ports() as ports:
            known = ports.get(name)
            if known is None or not self._suits(known, also):
                taken = set(ports.values())
                ports[name] = self._choose(also, taken)
            return ports[name]

    def known_port(self, name: str) -> int:
        """The port remembered for `name`, running or not. Raises `KeyError` when it was never chosen."""
        with self._ports() as ports:
            return ports[name]

    @staticmethod
    def _suits(port: int, also: int | None) -> bool:
        return is_free(port) and (also is None or is_free(port + also))

    def _choose(self, also: int | None, taken: set[int]) -> int:
        while True:
            port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT + 1)
            if port not in taken and self._suits(port, also):
                return port

    def _ports(self) -> "_PortFile":
        return _PortFile(self.home / "ports.json")

    def _run_folder(self) -> Path:
        """Sockets live in the state folder, unless its path is too long for a socket: then in a folder beside."""
        if len(str(self.home)) < _LONGEST_SOCKET_PATH - len("/run"):
            return self.folder("run")
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        path = Path(tempfile.gettempdir()) / f"andon-{os.getuid()}-{digest}"
        path.mkdir(mode=0o700, exist_ok=True)
        if path.stat().st_uid != os.getuid():
            raise PermissionError(
                f"{path} belongs to somebody else, so sockets cannot go there. Choose a shorter ANDON_HOME."
            )
        return path


def _private_file(folder: Path, data: bytes) -> Path:
    """A whole file that only the owner can read, under a name nobody knows yet."""
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return Path(name)


class _PortFile:
    """The remembered ports, under a lock while they are looked at."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> dict[str, int]:
        self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._ports: dict[str, int] = json.loads(self._file.read() or "{}")
        return self._ports

    def __exit__(self, *_: object) -> None:
        self._file.seek(0)
        self._file.truncate()
        json.dump(self._ports, self._file)
        self._file.close()
