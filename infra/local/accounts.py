"""Stream accounts on the NATS that runs here: entries of a file that it reads again on SIGHUP.

Seen: live in 0.2 s, and nobody is dropped.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from infra.local import nats
from infra.local.shared_file import alone, reload
from infra.local.state import State
from infra.provisioning import log_in, refused, settled, streams_of
from services.enclaves import model
from services.enclaves.contracts import StreamCredential, StreamUser
from services.enclaves.provisioner import StreamAccount


class LocalAccounts:
    """`services.enclaves.provisioner.StreamAccounts`: a user's secret is its password."""

    def __init__(self, state: State, device_address: str | None = None) -> None:
        """`device_address` where it is another than the port of this machine."""
        self._state = state
        self._device_address = device_address

    @property
    def device_address(self) -> str:
        return self._device_address or f"mqtt://127.0.0.1:{self._state.known_port('mqtt')}"

    async def ensure(self, account: StreamAccount) -> None:
        """Raises `ProvisioningFailed`."""
        await settled(
            f"The account {account.name}",
            lambda: log_in(self.credential(account, StreamUser.PLATFORM)),
            tell=reload(self._state, "nats", changed=self._write(account)),
            remedy=f"It is tried again; look into {self._state.logs / 'nats'}.log.",
        )

    async def remove(self, account: StreamAccount) -> None:
        """Raises `ProvisioningFailed`."""
        login = self.credential(account, StreamUser.PLATFORM)
        await settled(
            f"That there is no account {account.name} any more",
            lambda: refused(login),
            tell=reload(self._state, "nats", changed=self._erase(account.name)),
            remedy=f"Say it again; look into {self._state.logs / 'nats'}.log.",
        )
        shutil.rmtree(nats.store(self._state, account.name), ignore_errors=True)

    async def streams(self, name: str) -> int:
        """Raises `ProvisioningFailed`."""
        system = StreamCredential(nats.url(self._state), nats.SYSTEM_USER, self._state.secret("nats-system"))
        return await streams_of(system, name)

    def credential(self, account: StreamAccount, user: StreamUser) -> StreamCredential:
        login = model.stream_login(account.name, user)
        return StreamCredential(nats.url(self._state), login, account.secrets[user])

    def _write(self, account: StreamAccount) -> bool:
        """One file an account; `accounts.conf` is all of them. Returns whether anything changed."""
        folder, entry = self._state.folder("nats/accounts"), account_entry(account)
        with alone(self._state, "nats"):
            file, joined = folder / f"{account.name}.conf", nats.accounts_file(self._state)
            if not file.exists() or file.read_text() != entry:
                self._state.write_private(file, entry)
            return self._join(folder, joined)

    def _erase(self, name: str) -> bool:
        """Returns whether anything changed."""
        folder = self._state.folder("nats/accounts")
        with alone(self._state, "nats"):
            (folder / f"{name}.conf").unlink(missing_ok=True)
            return self._join(folder, nats.accounts_file(self._state))

    def _join(self, folder: Path, joined: Path) -> bool:
        whole = "".join(path.read_text() for path in sorted(folder.glob("*.conf")))
        if joined.exists() and joined.read_text() == whole:
            return False
        self._state.write_private(joined, whole)
        return True


def account_entry(account: StreamAccount) -> str:
    """One entry of NATS's `accounts { … }`. Names and secrets are quoted; none is taken from outside."""
    users = "".join(f"    {_user(account, user)}\n" for user in account.users)
    return f"{json.dumps(account.name)}: {{\n  jetstream: enabled\n  users: [\n{users}  ]\n}}\n"


def _user(account: StreamAccount, user: StreamUser) -> str:
    rights = model.rights_of(user)
    return json.dumps(
        {
            "user": model.stream_login(account.name, user),
            "password": account.secrets[user],
            "allowed_connection_types": [rights.connection],
            "permissions": {"publish": _subjects(rights.publish), "subscribe": _subjects(rights.subscribe)},
        }
    )


def _subjects(allowed: Sequence[str]) -> dict[str, list[str]]:
    """An empty list of what is allowed would allow everything, so nothing is said by denying all."""
    return {"allow": list(allowed)} if allowed else {"deny": [">"]}
