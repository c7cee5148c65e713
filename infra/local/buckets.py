"""Buckets on the object server that runs here: its identities are a file that it reads again on SIGHUP."""

import asyncio
import json
from typing import Any

from infra.local import s3
from infra.local.shared_file import alone, reload
from infra.local.state import State
from infra.provisioning import look_in, make_bucket, settled
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

    async def ensure(self, bucket: str, known: BucketCredential | None) -> BucketCredential:
        """Raises `ProvisioningFailed`."""
        credential = known or BucketCredential(self.endpoint, bucket, bucket, new_secret())
        await asyncio.to_thread(make_bucket, s3.admin_client(self._state), bucket)
        changed = await asyncio.to_thread(self._write, credential)
        await settled(
            f"The credential of {bucket}",
            lambda: look_in(credential),
            tell=reload(self._state, "s3", changed=changed),
            remedy=f"It is tried again; look into {self._state.logs / 's3'}.log.",
        )
        return credential

    def _write(self, credential: BucketCredential) -> bool:
        """Returns whether anything changed."""
        entry = {
            "name": credential.bucket,
            "credentials": [{"accessKey": credential.access_key, "secretKey": credential.secret_key}],
            "actions": [f"{action}:{credential.bucket}" for action in _ACTIONS],
        }
        with alone(self._state, "s3"):
            file = s3.identities_file(self._state)
            content: dict[str, list[dict[str, Any]]] = json.loads(file.read_text())
            if entry in content["identities"]:
                return False
            others = [one for one in content["identities"] if one["name"] != credential.bucket]
            self._state.write_private(file, json.dumps({**content, "identities": [*others, entry]}))
            return True
