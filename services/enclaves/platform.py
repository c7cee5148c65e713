"""What a process of the platform holds: the database, and a way to each tenant's stream, bucket and clusters.

Built once by `infra.bootstrap` and passed down; nothing is built at import.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from minio import Minio
from nats.aio.client import Client
from nats.js import JetStreamContext

from services.enclaves.contracts import BoxPlugins, ClusterKind, ClusterStatus
from services.enclaves.model import ClusterPolicy, WorkbenchPolicy
from services.enclaves.provisioner import Boxes, Buckets, StreamAccounts, WorkbenchBoxes
from services.enclaves.vault import Vault
from services.kernel.clock import Clock, utc_now
from services.kernel.ids import TenantId
from services.kernel.news import News
from services.kernel.reach import Reach
from services.kernel.uow import Database, UnitOfWork


@dataclass(frozen=True, slots=True)
class Bucket:
    """A tenant's bucket, with the one credential that opens it."""

    client: Minio
    name: str
    delta_options: dict[str, str]
    """`storage_options` for deltalake and polars; the table's URI is `s3://{name}/{key}`."""


class Streams(Protocol):
    async def connection(self, tenant: TenantId) -> Client:
        """The process's connection to the tenant's stream account, opened on first use and kept."""
        ...

    async def jetstream(self, tenant: TenantId) -> JetStreamContext: ...

    def news(self, tenant: TenantId, subject: str) -> AbstractAsyncContextManager[asyncio.Queue[News]]:
        """What is told on the subject while it is open, over a connection of its own; nothing is kept for the slow."""
        ...

    async def forget(self, tenant: TenantId) -> None:
        """Closes what is kept open to it; the next use opens it anew."""
        ...


class Objects(Protocol):
    async def bucket(self, tenant: TenantId) -> Bucket: ...

    def forget(self, tenant: TenantId) -> None:
        """The next use reads the bucket's credential anew."""
        ...


class Clusters(Protocol):
    """Wanted clusters are brought up by whoever runs boxes here: the local supervisor, or KubeRay."""

    async def want(self, tenant: TenantId, kind: ClusterKind) -> ClusterStatus:
        """Asks for the cluster and returns at once; `status` tells when it is ready. Harmless when it is there."""
        ...

    async def release(self, tenant: TenantId, kind: ClusterKind) -> None: ...

    async def status(self, tenant: TenantId, kind: ClusterKind) -> ClusterStatus: ...


PluginsOf = Callable[[UnitOfWork, Callable[[str], str]], Awaitable[BoxPlugins]]
"""Given what opens a sealed secret."""


async def no_plugins(_: UnitOfWork, __: Callable[[str], str]) -> BoxPlugins:
    """All that is installed with Andon, and nothing else."""
    return BoxPlugins()


@dataclass(frozen=True, slots=True)
class Ground:
    """With what enclaves are made, and their credentials read."""

    accounts: StreamAccounts
    buckets: Buckets
    boxes: Boxes
    vault: Vault
    policy: ClusterPolicy = field(default_factory=ClusterPolicy)
    plugins: PluginsOf = no_plugins
    """What a tenant's boxes are given: said by a service above."""
    workbenches: WorkbenchBoxes | None = None
    """None where workbenches cannot be run."""
    workbench: WorkbenchPolicy = field(default_factory=WorkbenchPolicy)


@dataclass(frozen=True, slots=True)
class Platform:
    database: Database
    streams: Streams
    objects: Objects
    clusters: Clusters
    clock: Clock = utc_now
    ground: Ground | None = None
    reach: Reach = field(default_factory=Reach)
    """Where may be connected to on a tenant's behalf."""
    public_url: str = "http://127.0.0.1"
    """The portal's address, without a slash at the end: what links in messages begin with."""
