"""The ports to whoever makes stream accounts, buckets and boxes. They are three things, chosen one by one.

Accounts and buckets are made on the servers that run here (`infra.local`) or on an operator's (`infra.outside`); boxes
by the local supervisor. Every `ensure` and `want` is idempotent, so a crash half-way costs a repetition and nothing
else, and raises `ProvisioningFailed` when a server does not take a thing up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.enclaves.contracts import (
    BoxPlugins,
    BucketCredential,
    ClusterKind,
    ClusterState,
    StreamCredential,
    StreamUser,
)
from services.enclaves.model import BoxLimits
from services.kernel.ids import TenantId


@dataclass(frozen=True, slots=True)
class StreamAccount:
    """An account as wanted: each user has the rights of `model.rights_of`."""

    name: str
    secrets: Mapping[StreamUser, str] = field(repr=False)
    """What each user's credential is made from."""
    open: bool = True
    """Whether others than the platform are let in."""

    @property
    def users(self) -> tuple[StreamUser, ...]:
        """Those that are let in."""
        return tuple(StreamUser) if self.open else (StreamUser.PLATFORM,)


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
    plugins: BoxPlugins = field(default_factory=BoxPlugins)


@dataclass(frozen=True, slots=True)
class BoxStatus:
    state: ClusterState
    detail: str
    idle_since: datetime | None = None
    """Since when the driver has had nothing to do, if it says so."""
    score_socket: str | None = None


@dataclass(frozen=True, slots=True)
class WorkbenchSpec:
    """A member's workbench as wanted: all it will ever know of the world outside."""

    tenant: TenantId
    member: UUID
    name: str
    """Of the member."""
    start: int
    """Grows with each start; a box is of one start."""
    key: str = field(repr=False)
    """An API key, which the box is given."""
    token: str = field(repr=False)
    """What its JupyterLab lets in."""
    limits: BoxLimits


@dataclass(frozen=True, slots=True)
class WorkbenchBox:
    state: ClusterState
    """`FAILED` for a box that has ended: it does not come back by itself."""
    detail: str
    start: int | None = None
    """Which start it is of; None where there is no box."""
    idle_since: datetime | None = None
    """Since when nobody has looked at it and no kernel has worked, as the box says."""
    socket: str | None = None
    """Path of the unix socket that JupyterLab answers at, while the box lives."""
    memory_bytes: int | None = None
    """Proportional set size, as last measured; None in its first seconds."""


class WorkbenchBoxes(Protocol):
    async def want(self, spec: WorkbenchSpec) -> None:
        """Quick: the box comes up by itself. One of an earlier start is ended; one of this start that has ended is
        left as it is."""
        ...

    async def release(self, tenant: UUID, member: UUID) -> None:
        """Ends the box. The member's files stay. Harmless when there is none."""
        ...

    async def remove(self, tenant: UUID) -> None:
        """Ends all boxes of the tenant and deletes the files of all its members."""
        ...

    async def status(self, tenant: UUID, member: UUID) -> WorkbenchBox:
        """`STOPPED` where there is no box. Quick: it reads, and asks nobody."""
        ...

    async def stored_bytes(self, tenant: UUID) -> int:
        """What the files of all members of the tenant take."""
        ...


class StreamAccounts(Protocol):
    async def ensure(self, account: StreamAccount) -> None:
        """Makes the account and its users; who is connected and not among them any more is cut off. Returns when the
        platform's user is let in."""
        ...

    async def remove(self, account: StreamAccount) -> None:
        """Takes the account away, which must have no streams any more. Returns when nobody is let in. Harmless when it
        is not there."""
        ...

    async def streams(self, name: str) -> int:
        """How many streams the server has of the account of that name, whether it still lets anybody in or not."""
        ...

    @property
    def device_address(self) -> str | None:
        """`mqtt://host:port` as devices reach it; None where that is not known."""
        ...

    def credential(self, account: StreamAccount, user: StreamUser) -> StreamCredential:
        """How that user logs in: the same for the same account and secret, in every process. A device's user and
        password are good at `device_address`, and not at the URL."""
        ...


class Buckets(Protocol):
    @property
    def endpoint(self) -> str:
        """`http://host:port`."""
        ...

    async def ensure(
        self, bucket: str, known: BucketCredential | None, passing: BucketCredential | None = None
    ) -> BucketCredential:
        """Makes the bucket, and a credential that reaches it and nothing else: `known` if that is still good, else a
        new one. All others are void when it returns, but `passing`, which stays good until the next call. The caller
        keeps what it is given; only one may call at a time."""
        ...

    async def remove(self, bucket: str) -> None:
        """Voids every credential of the bucket, then removes it with all objects, their older versions and uploads that
        were never finished. Harmless when it is not there."""
        ...

    async def objects(self, bucket: str) -> int:
        """How many objects, versions and unfinished uploads there are in the bucket; 0 where there is no bucket."""
        ...


class Boxes(Protocol):
    async def want(self, spec: BoxSpec) -> None:
        """Quick: the box comes up by itself. A box made from another spec is made anew."""
        ...

    async def release(self, tenant: UUID, kind: ClusterKind) -> None: ...

    async def processes(self, tenant: UUID) -> int:
        """How many processes of the tenant's boxes run, whether anybody knows of them or not."""
        ...

    async def status(self, tenant: UUID, kind: ClusterKind) -> BoxStatus:
        """`STOPPED` where there is no box. Quick: it reads, and asks nobody."""
        ...
