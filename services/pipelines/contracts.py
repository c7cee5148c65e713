"""What pipelines take and give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from services.plugins.contracts import NewOwnVersion, PackageState


class ParameterKind(StrEnum):
    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    STR = "str"


@dataclass(frozen=True, slots=True)
class LinkParameter:
    """A value that the notebook reads from its cell of parameters."""

    key: str
    kind: ParameterKind
    default: bool | int | float | str
    help: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    fixed: bool
    """Whether it is as the notebook had it in every run."""


@dataclass(frozen=True, slots=True)
class LinkStep:
    """Cells of one name."""

    name: str
    cells: tuple[int, ...]
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    parameters: tuple[str, ...]
    after: tuple[str, ...]
    """Names of the steps whose results it takes."""
    is_recipe: bool
    """Whether what is deployed is made of it."""
    is_metrics: bool


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """Something that was doubtful when the package was made."""

    rule: str
    severity: str
    cell: int
    line: int
    what: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That a clean process gave the notebook's own metrics, or what it gave instead."""

    proven: bool
    metrics: Mapping[str, float]
    tolerance: float
    """Relative."""
    snapshot: str
    """Digest of the rows that it was made from; empty where it names none."""


@dataclass(frozen=True, slots=True)
class Link:
    """All that a wheel says of its notebook."""

    contract: str | None
    parameters: tuple[LinkParameter, ...]
    steps: tuple[LinkStep, ...]
    """Each after those it takes from; metrics last."""
    findings: tuple[LinkFinding, ...]
    environment: Mapping[str, Any]
    """Packages and versions that it was made with, by name, and what else the lock says."""
    notebook: str | None
    """Name of the file in the package."""
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wheel that was judged, unpacked and asked, before the tenant has it."""

    new: NewOwnVersion
    wheel: Path


@dataclass(frozen=True, slots=True)
class Notebook:
    """As it was registered."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """One content of a pipeline."""

    id: UUID
    pipeline: str
    version: str
    number: int
    content: str
    """SHA-256 over all its files."""
    bytes: int
    """Of the wheel."""
    title: str
    summary: str
    blueprints: tuple[str, ...]
    """Keys of those it offers."""
    proof: Proof | None
    registered_by: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class VersionDetails:
    """What of a version is read only when somebody asks for it."""

    id: UUID
    state: PackageState
    reasons: tuple[str, ...]
    link: Link


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline, its versions, and which of them the tenant uses."""

    id: UUID
    name: str
    enabled: bool
    """Whether it is used at all; a retired one is kept and used no more."""
    version: str
    """That is used, or was last."""
    former_version: str | None
    """That was used before, to which it can go back."""
    changed_by: str
    changed_at: datetime
    versions: tuple[PipelineVersion, ...]
    """Newest first."""
