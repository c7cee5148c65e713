"""The port to whoever makes accounts, buckets and boxes: the local supervisor, or an operator of Kubernetes.

Every `ensure` and `want` is idempotent, so a crash half-way costs a repetition and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.enclaves.contracts import BucketCredential, ClusterKind, ClusterState, StreamCredential
from services.enclaves.model import BoxLimits, StreamRights
from services.kernel.ids import TenantId


@dataclass(frozen=True, slots=True)
class StreamLogin:
    """A user to be made on a stream account."""

    login: str
    password: str
    rights: StreamRights


@dataclass(frozen=True, slots=True)
class BoxSpec:
    """A cluster as wanted: all it will ever know of the world outside."""

    tenant: TenantId
    kind: ClusterKind
    driver: str
    """Module that leads the cluster, run as `python -m`."""
    stream: StreamCredential
    inbox_prefix: str
    bucket: BucketCredential
    limits: BoxLimits


@dataclass(frozen=True, slots=True)
class BoxStatus:
    state: ClusterState
    detail: str
    idle_since: datetime | None = None
    """Since when the driver has had nothing to do, if it says so."""
    score_socket: str | None = None


class Provisioner(Protocol):
    """Raises `ProvisioningFailed` when a server does not take a thing up."""

    @property
    def stream_url(self) -> str:
        """`nats://host:port`, without a credential."""
        ...

    @property
    def bucket_endpoint(self) -> str:
        """`http://host:port`."""
        ...

    async def ensure_stream_account(self, account: str, logins: Sequence[StreamLogin]) -> None: ...

    async def ensure_bucket(self, credential: BucketCredential) -> None:
        """Makes the bucket, and makes the credential reach it and nothing else."""
        ...

    async def want_box(self, spec: BoxSpec) -> None: ...

    async def release_box(self, tenant: UUID, kind: ClusterKind) -> None: ...

    async def box_status(self, tenant: UUID, kind: ClusterKind) -> BoxStatus:
        """`STOPPED` where there is no box. Quick: it reads, and asks nobody."""
        ...
