"""What a tenant has to itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.kernel.ids import TenantId

MOST_SCORERS = 8
"""Of a tenant. Each has a consumer of its own, and a right to it."""


class StreamUser(StrEnum):
    """Who connects to a tenant's stream account, each with rights of its own."""

    PLATFORM = "platform"
    """Gateway, worker and historian: the whole account."""
    TRAINER = "trainer"
    """Inside the training cluster: takes commands, publishes progress."""
    SCORER = "scorer"
    """Inside the serving cluster: takes readings and wanted state, publishes scores and applied state."""
    DEVICE = "device"
    """Over MQTT: publishes on `andon/#` and nothing else."""


class ClusterKind(StrEnum):
    TRAINING = "training"
    SERVING = "serving"


class ClusterState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StreamCredential:
    url: str
    user: str
    password: str
    """A password, or what stands for one: `services.enclaves.box.login` tells how it is used."""


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """How the tenant's devices publish over MQTT: one login for all of them."""

    address: str | None
    """`mqtt://host:port`; None where the installation was not told how devices reach it."""
    user: str
    password: str
    topic: str
    """Where a contract's readings go; `{contract}` stands for its key."""


@dataclass(frozen=True, slots=True)
class BucketCredential:
    endpoint: str
    """`http://host:port`."""
    bucket: str
    access_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class EnclaveRemains:
    """What is left of an enclave that was to be removed."""

    streams: int
    objects: int
    processes: int


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    tenant: TenantId
    kind: ClusterKind
    state: ClusterState
    detail: str
    score_socket: str | None
    """Path of the unix socket that takes score requests, for a serving cluster whose box lives. Whether it
    answers is for the socket to say: a cluster may serve before, or while, it says that it mends."""


@dataclass(frozen=True, slots=True)
class BoxPlugin:
    """A plugin that the tenant enabled, as its boxes are given it."""

    name: str
    digest: str
    paths: tuple[str, ...]
    """Folders that are shown to the box and put on its path; none for what is installed with Andon."""
    settings: Mapping[str, Any]
    """With the secret ones."""
    environment: str | None = None
    """Folder of packages that it needs beside Andon's own, or in other versions; None: it needs none."""


@dataclass(frozen=True, slots=True)
class BoxPlugins:
    mounted: tuple[BoxPlugin, ...] = ()
    left_out: tuple[str, ...] = ()
    """Plugins that are installed with Andon and that this tenant does not use, by name."""
