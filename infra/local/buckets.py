"""Buckets on the object server that runs here: its identities are a file that it reads again on SIGHUP."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any

from infra.local import s3
from infra.local.shared_file import alone, reload
from infra.local.state import State
from infra.provisioning import count_objects, locked_out, look_in, make_bucket, remove_bucket, settled
from services.enclaves.contracts import BucketCredential
from services.enclaves.vault import new_secret

_ACTIONS = ("Read", "Write", "List")
"""What a tenant may do in its bucket. Making and removing buckets, policies and identities is not among it."""


class LocalBuckets:
    """`services.enclaves.provisioner.Buckets`."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def endpoint(self) -> str:
        return s3.endpoint(self._state)

    async def ensure(
        self, bucket: str, known: BucketCredential | None, passing: BucketCredential | None = None
    ) -> BucketCredential:
        """Raises `ProvisioningFailed`."""
        credential = known or BucketCredential(self.endpoint, bucket, f"{bucket}.{secrets.token_hex(4)}", new_secret())
        good = [credential, *([passing] if passing else [])]
        await asyncio.to_thread(make_bucket, s3.admin_client(self._state), bucket)
        before = await asyncio.to_thread(self._replace, bucket, _entry(bucket, good, _ACTIONS))
        void = [one for one in self._credentials(before) if one not in good]
        changed = before != [_entry(bucket, good, _ACTIONS)]
        await settled(
            f"The credential of {bucket}",
            lambda: look_in(credential),
            tell=reload(self._state, "s3", changed=changed),
            remedy=f"It is tried again; look into {self._state.logs / 's3'}.log.",
        )
        await self._locked_out(void)
        return credential

    async def remove(self, bucket: str) -> None:
        """Raises `ProvisioningFailed`."""
        await self._locked_out(await asyncio.to_thread(self._void, bucket))
        await asyncio.to_thread(remove_bucket, s3.admin_client(self._state), bucket)
        await asyncio.to_thread(self._replace, bucket, None)

    async def objects(self, bucket: str) -> int:
        """Raises `ProvisioningFailed`."""
        return await asyncio.to_thread(count_objects, s3.admin_client(self._state), bucket)

    async def _locked_out(self, void: list[BucketCredential]) -> None:
        for credential in void:
            await settled(
                f"That a former credential of {credential.bucket} is good no more",
                partial(locked_out, credential),
                tell=reload(self._state, "s3", changed=True),
                remedy=f"Say it again; look into {self._state.logs / 's3'}.log.",
            )

    def _void(self, bucket: str) -> list[BucketCredential]:
        """Gives the identity another secret and no rights, and returns what it signed in with. Taking it out of the
        file would not do: the server goes on with identities that it has read once."""
        dead = BucketCredential(self.endpoint, bucket, bucket, new_secret())
        return self._credentials(self._replace(bucket, _entry(bucket, [dead], ())))

    def _credentials(self, entries: list[dict[str, Any]]) -> list[BucketCredential]:
        return [
            BucketCredential(self.endpoint, one["name"], key["accessKey"], key["secretKey"])
            for one in entries
            for key in one["credentials"]
        ]

    def _replace(self, bucket: str, entry: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Puts the entry in the place of those of the bucket, which it returns."""
        with alone(self._state, "s3"):
            file = s3.identities_file(self._state)
            content: dict[str, list[dict[str, Any]]] = json.loads(file.read_text())
            before = [one for one in content["identities"] if one["name"] == bucket]
            if before != ([entry] if entry else []):
                others = [one for one in content["identities"] if one["name"] != bucket]
                identities = [*others, *([entry] if entry else [])]
                self._state.write_private(file, json.dumps({**content, "identities": identities}))
        return before


def _entry(bucket: str, good: Sequence[BucketCredential], actions: Sequence[str]) -> dict[str, Any]:
    """An identity as the server reads it."""
    return {
        "name": bucket,
        "credentials": [{"accessKey": one.access_key, "secretKey": one.secret_key} for one in good],
        "actions": [f"{action}:{bucket}" for action in actions],
    }
