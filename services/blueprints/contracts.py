"""What blueprints take and give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from andon_sdk.plugin import Recipe


@dataclass(frozen=True, slots=True)
class PluginInfo:
    name: str
    """Of the distribution, such as `andon-laser-drill`."""
    version: str
    digest: str
    """SHA-256 over the files of the distribution: what ran can be told from what is installed."""


@dataclass(frozen=True, slots=True)
class OfferedBlueprint:
    plugin: PluginInfo
    blueprint: Recipe
    declaration: Mapping[str, Any]
    """What the blueprint says of itself, as plain JSON; `services.blueprints.declaration` makes it."""


@dataclass(frozen=True, slots=True)
class BlueprintVersion:
    """What a blueprint declared when a run of the tenant first used it; it outlives the plugin."""

    id: UUID
    key: str
    version: str
    """The number its plugin gave it."""
    plugin: PluginInfo
    declaration: Mapping[str, Any]
    restated: bool
    """Whether the tenant's runs met other content under the same number too: its plugin changed, the number did not."""
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ClusterEnvironment:
    """What a tenant's clusters have, of all that can change a model's numbers."""

    python: str
    packages: Mapping[str, str]
    """Versions by name: what plugins that the tenant uses ask for, with all that this asks for."""
    processor: Mapping[str, str]
    """As `andon_sdk.link.environment.Lock.processor`."""
    own: Mapping[str, Mapping[str, str]]
    """By plugin what it is fitted with beside these or in place of them."""


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that differs between two blueprint versions."""

    path: str
    """Where in the declaration, for programs: `parameters.epochs.default`."""
    title: str
    """The same for people: `Epochs: default`."""
    kind: ChangeKind
    before: str | None
    """None for what was added."""
    after: str | None
    """None for what was removed."""


@dataclass(frozen=True, slots=True)
class BlueprintDiff:
    before: BlueprintVersion
    after: BlueprintVersion
    changes: tuple[Change, ...]
    """What is new or different, in the order people read it, then what is gone."""
