"""What plugins take and give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from andon_sdk.boundary.wire import KINDS

ALL_HOOKS = tuple(KINDS)
PIPELINE_HOOKS = ("contracts", "blueprints")
"""That a package may implement which a tenant registered itself."""


class FaultKind(StrEnum):
    RAISED = "raised"
    """An exception came out of it."""
    HUNG = "hung"
    """It did not answer in time, or used up its processor time."""
    MEMORY = "memory"
    DISK = "disk"
    PROCESSES = "processes"
    """It started more than it may."""
    FLOODED = "flooded"
    """It wrote more than anyone would read."""
    WRONG_ANSWER = "wrong_answer"
    """What it gave is nothing that the hook may give."""
    ENDED = "ended"
    """Its process ended, by itself or by a crash."""


NEXT = {
    FaultKind.RAISED: "Give its maker this message; a version that is mended can be put in its place.",
    FaultKind.HUNG: "Hooks answer without I/O and within seconds. Ask its maker for a version that does.",
    FaultKind.MEMORY: "Ask its maker for a version that takes less memory when it is loaded.",
    FaultKind.DISK: "It may write some megabytes to its scratch folder only. Ask its maker for a version that does.",
    FaultKind.PROCESSES: "Plugins need no processes of their own. Ask its maker for a version that starts none.",
    FaultKind.FLOODED: "Ask its maker for a version that prints less.",
    FaultKind.WRONG_ANSWER: "Check it with `andon-sdk check`, and give its maker what that says.",
    FaultKind.ENDED: "Give its maker this message; a version that is mended can be put in its place.",
}
"""What to do, by kind."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a plugin did, to whom it can be told as it stands."""

    plugin: str
    version: str
    hook: str | None
    """None where no hook was asked yet: the plugin was being loaded."""
    kind: FaultKind
    what: str
    next: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plugin's process may take."""

    seconds: float = 60.0
    """For an answer, loading included."""
    memory_bytes: int = 1536 * 1024 * 1024
    """Of all its processes. Who imports torch needs some 500 MiB."""
    scratch_bytes: int = 64 * 1024 * 1024
    processes: int = 16
    output_bytes: int = 1024 * 1024
    """Printed; it is thrown away but for the end of what goes to standard error."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a plugin's files are."""

    name: str
    """Of the distribution, such as `andon-laser-drill`."""
    version: str
    digest: str
    paths: tuple[str, ...]
    """Folders that are put on its process's path, in order; none where the environment knows the way."""
    reads: tuple[str, ...]
    """Folders outside of the environment that its process is shown, read-only."""
    hooks: tuple[str, ...] = ALL_HOOKS
    """That it is asked."""
    own: bool = False
    """Whether a tenant registered it itself: of such a one nothing is noted where the platform keeps what plugins do.
    """


Hooks = Mapping[str, tuple[Any, ...]]
"""Declarations by hook."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A plugin and what it declares, read from what its own process said."""

    plugin: Installation
    hooks: Hooks


class PackageState(StrEnum):
    """How far a plugin can be believed."""

    CORE = "core"
    """Installed with Andon itself."""
    SIGNED = "signed"
    """By a key that the platform's operator trusts, byte for byte."""
    UNSIGNED = "unsigned"
    """The platform's operator let it in all the same."""
    OWN = "own"
    """An engineer of the tenant registered it, for this tenant alone."""
    MODIFIED = "modified"
    """Its files are not those that were added: nobody is given it."""
    INCOMPATIBLE = "incompatible"
    """Not for this Andon: nobody is given it."""


USABLE = frozenset({PackageState.CORE, PackageState.SIGNED, PackageState.UNSIGNED, PackageState.OWN})


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a plugin in the catalogue."""

    name: str
    version: str
    wheel: str
    """SHA-256 of the wheel."""
    files: str
    """SHA-256 over all that was unpacked of it."""
    state: PackageState
    """When it was added."""
    reasons: tuple[str, ...]
    title: str
    summary: str
    sector: str
    capabilities: tuple[str, ...]
    hosts: tuple[str, ...]
    sdk: str
    settings: Mapping[str, Any] | None
    """JSON Schema."""
    signed_by: str | None
    """Fingerprint of the key."""
    added_at: datetime


@dataclass(frozen=True, slots=True)
class OfferedVersion:
    """A version of a plugin as it is now."""

    name: str
    version: str
    state: PackageState
    reasons: tuple[str, ...]
    title: str
    summary: str
    sector: str
    declares: Mapping[str, tuple[str, ...]]
    """Keys by hook."""
    hosts: tuple[str, ...]
    settings: Mapping[str, Any] | None
    faults: tuple[Fault, ...]
    disabled: bool
    """After repeated faults, for everybody."""
    added_at: datetime | None
    """None for what is installed with Andon."""


@dataclass(frozen=True, slots=True)
class TenantPlugin:
    """A plugin as one tenant sees it."""

    name: str
    versions: tuple[OfferedVersion, ...]
    """Newest first. None where the one that the tenant enabled was taken out of the catalogue."""
    enabled: bool
    version: str | None
    """That the tenant uses, or would use: the one that runs are started with."""
    former_version: str | None
    """That it used before, to which it can go back."""
    settings: Mapping[str, Any]
    secrets: tuple[str, ...]
    """Names of the secret settings that are set; the values are never shown."""
    changed_by: str | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewOwnVersion:
    """A package that was judged and asked, before the tenant has it."""

    name: str
    version: str
    wheel: str
    """SHA-256 of the wheel."""
    files: str
    """SHA-256 over all that was unpacked of it."""
    digest: str
    """Of the plugin."""
    bytes: int
    title: str
    summary: str
    sector: str
    package: str
    sdk: str
    declared: Mapping[str, Any]
    """What its hooks declared, as JSON."""
    link: Mapping[str, Any]
    """What it says of its notebook."""
    unpacked: Path


@dataclass(frozen=True, slots=True)
class OwnVersion:
    """A version of a package that the tenant registered itself."""

    id: UUID
    plugin: str
    version: str
    number: int
    content: str
    """SHA-256 over all that was unpacked of it."""
    wheel: str
    bytes: int
    title: str
    summary: str
    blueprints: tuple[str, ...]
    proof: Mapping[str, Any] | None
    """As the wheel has it."""
    registered_by: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class OwnPlugin:
    """A package that the tenant registered itself, and which of its versions it uses."""

    id: UUID
    name: str
    enabled: bool
    version: str
    """That is used, or would be."""
    former_version: str | None
    changed_by: str
    changed_at: datetime
    versions: tuple[OwnVersion, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """What of a version is read only when somebody asks for it."""

    id: UUID
    state: PackageState
    reasons: tuple[str, ...]
    link: Mapping[str, Any]
    folder: Path
    """Of the import package."""
