"""What blueprints take and give."""

from dataclasses import dataclass

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
