"""What the registry of models takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Alias(StrEnum):
    CHAMPION = "champion"
    CHALLENGER = "challenger"


@dataclass(frozen=True, slots=True)
class Lineage:
    """All that made a version."""

    run_id: UUID
    snapshot_digest: str
    blueprint: str
    blueprint_version: str
    plugin: str
    plugin_digest: str
    contract_id: UUID
    contract_version: int
    environment: Mapping[str, str]
    seed: int
    borrowed_from: UUID | None = None
    """The asset whose model this is, adapted; None for a model trained on the asset's own rows."""


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What champions were made with, as far as numbers depend on it; one for all that were made alike."""

    plugin: str
    plugin_digest: str
    environment: Mapping[str, str]
    champions: int


@dataclass(frozen=True, slots=True)
class NewVersion:
    asset_id: UUID
    artefact_digest: str
    index: int
    """Which model of the pack."""
    lineage: Lineage
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    id: UUID
    asset_id: UUID
    number: int
    """Counts up from 1 within the asset's model."""
    artefact_digest: str
    index: int
    lineage: Lineage
    metrics: Mapping[str, float]
    aliases: frozenset[Alias]
    created_at: datetime
