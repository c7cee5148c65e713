"""Makes enclaves on this machine: accounts of NATS, identities of the object server, boxes under the supervisor.

Accounts and identities are files that both servers read again on SIGHUP (seen: live in 0.2 s, nobody is dropped). The
supervisor is asked through its control socket, so any process of the installation may provision; a lock on a file
keeps two of them apart.
"""

import asyncio
import fcntl
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from minio.error import S3Error
from nats.aio.client import Client
from nats.errors import Error as StreamError
from nats.errors import NoServersError
from urllib3.exceptions import HTTPError

from infra.local import control, nats, s3
from infra.local.boxes import Boxes
from infra.local.state import State
from services.enclaves.adapters.objects import open_bucket
from services.enclaves.contracts import BucketCredential, ClusterKind
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.provisioner import BoxSpec, BoxStatus, StreamLogin

_PATIENCE_S = 10.0
_PROBE_S = 0.05
_ACTIONS = ("Read", "Write", "List")
"""What a tenant may do in its bucket. Making and removing buckets, policies and identities is not among it."""


class LocalProvisioner:
    """`services.enclaves.provisioner.Provisioner` for the servers that run under the local supervisor."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._boxes = Boxes(state)

    @property
    def stream_url(self) -> str:
        return nats.url(self._state)

    @property
    def bucket_endpoint(self) -> str:
        return s3.endpoint(self._state)

    async def ensure_stream_account(self, account: str, logins: Sequence[StreamLogin]) -> None:
        """Returns when the first login is let in. Raises `ProvisioningFailed`."""
        changed = await asyncio.to_thread(self._write_account, account, account_entry(account, logins))
        await self._settle("nats", changed, lambda: _log_in(self.stream_url, logins[0]), f"the account {account}")

    async def ensure_bucket(self, credential: BucketCredential) -> None:
        """Returns when the credential can write and list. Raises `ProvisioningFailed`."""
        await asyncio.to_thread(self._make_bucket, credential.bucket)
        changed = await asyncio.to_thread(self._write_identity, credential)
        await self._settle(
            "s3", changed, lambda: asyncio.to_thread(_list, credential), f"the credential of {credential.bucket}"
        )

    async def want_box(self, spec: BoxSpec) -> None:
        await self._boxes.want(spec)

    async def release_box(self, tenant: UUID, kind: ClusterKind) -> None:
        await self._boxes.release(tenant, kind)

    async def box_status(self, tenant: UUID, kind: ClusterKind) -> BoxStatus:
        return await asyncio.to_thread(self._boxes.status, tenant, kind)

    async def _settle(self, server: str, changed: bool, probe: Callable[[], Awaitable[None]], what: str) -> None:
        """Makes the server read its file again, if that changed or it does not know `what` yet."""
        began, reason = time.monotonic(), ""
        while time.monotonic() - began < _PATIENCE_S:
            if changed:
                await self._reload(server)
            try:
                await probe()
            except (StreamError, NoServersError, S3Error, HTTPError, OSError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
                changed = time.monotonic() - began > 1.0  # it had its time: another process may have died in between
                await asyncio.sleep(_PROBE_S)
            else:
                return
        raise ProvisioningFailed(
            f"{server} did not take up {what} within {_PATIENCE_S:.0f} s: {reason}. "
            f"It is tried again; look into {self._state.logs / server}.log."
        )

    async def _reload(self, server: str) -> None:
        try:
            await control.ask(self._state.run, "reload", name=server)
        except (control.NotRunning, RuntimeError) as error:
            raise ProvisioningFailed(f"{server} could not be told of the change: {error}") from error

    def _write_account(self, account: str, entry: str) -> bool:
        """One file an account; `accounts.conf` is all of them. Returns whether anything changed."""
        folder = self._state.folder("nats/accounts")
        with self._alone("nats"):
            file, joined = folder / f"{account}.conf", nats.accounts_file(self._state)
            if not file.exists() or file.read_text() != entry:
                self._state.write_private(file, entry)
            whole = "".join(path.read_text() for path in sorted(folder.glob("*.conf")))
            if joined.exists() and joined.read_text() == whole:
                return False
            self._state.write_private(joined, whole)
            return True

    def _write_identity(self, credential: BucketCredential) -> bool:
        entry = {
            "name": credential.bucket,
            "credentials": [{"accessKey": credential.access_key, "secretKey": credential.secret_key}],
            "actions": [f"{action}:{credential.bucket}" for action in _ACTIONS],
        }
        with self._alone("s3"):
            file = s3.identities_file(self._state)
            content: dict[str, list[dict[str, Any]]] = json.loads(file.read_text())
            others = [one for one in content["identities"] if one["name"] != credential.bucket]
            if [*others, entry] == content["identities"] or entry in content["identities"]:
                return False
            self._state.write_private(file, json.dumps({**content, "identities": [*others, entry]}))
            return True

    def _make_bucket(self, bucket: str) -> None:
        client = s3.admin_client(self._state)
        try:
            if not client.bucket_exists(bucket):
                client.make_bucket(bucket)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise ProvisioningFailed(f"The bucket {bucket} could not be made: {error}") from error
        except (HTTPError, OSError) as error:
            raise ProvisioningFailed(f"The object server does not answer: {error}") from error

    @contextmanager
    def _alone(self, server: str) -> Iterator[None]:
        """No other process rewrites that server's file meanwhile."""
        with (self._state.folder(server) / "provision.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def account_entry(account: str, logins: Sequence[StreamLogin]) -> str:
    """One entry of NATS's `accounts { … }`. Names and secrets are quoted; none is taken from outside."""
    users = "".join(f"    {_user(login)}\n" for login in logins)
    return f"{json.dumps(account)}: {{\n  jetstream: enabled\n  users: [\n{users}  ]\n}}\n"


def _user(login: StreamLogin) -> str:
    permissions = {
        "publish": _subjects(login.rights.publish),
        "subscribe": _subjects(login.rights.subscribe),
    }
    return json.dumps(
        {
            "user": login.login,
            "password": login.password,
            "allowed_connection_types": [login.rights.connection],
            "permissions": permissions,
        }
    )


def _subjects(allowed: Sequence[str]) -> dict[str, list[str]]:
    """An empty list of what is allowed would allow everything, so nothing is said by denying all."""
    return {"allow": list(allowed)} if allowed else {"deny": [">"]}


async def _log_in(url: str, login: StreamLogin) -> None:
    client = Client()

    async def quiet(error: Exception) -> None:
        del error  # what fails is raised below, and asked again

    await client.connect(
        url, user=login.login, password=login.password, allow_reconnect=False, connect_timeout=2, error_cb=quiet
    )
    await client.close()


def _list(credential: BucketCredential) -> None:
    client = open_bucket(credential).client
    next(iter(client.list_objects(credential.bucket)), None)
