"""A capsule opened on this machine: scored again by the plugins that are installed here, or by changed code."""

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

import torch

from andon_sdk.plugin import Recipe
from andon_sdk.plugin.hooks import ENTRY_POINTS
from andon_sdk.plugin.loading import Loaded, PluginError, ask
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.errors import PluginBroken
from services.blueprints.host import installed
from services.fleet.capsule import MOST_BYTES, Capsule, CapsuleMalformed
from services.kernel import wire
from services.serving.cluster.again import Again, changed_bits, score_again, surroundings


class CapsuleUnopened(Exception):
    """The file, or the code that is to score it, cannot be used; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Enough of a distribution to ask its hooks."""

    name: str


def opened(file: Path, changed: Path | None = None) -> dict[str, Any]:
    """What `andon capsule open` tells, as plain JSON. Raises `CapsuleUnopened`."""
    torch.set_num_threads(1)  # as in a serving cluster: more threads add up in another order
    try:
        capsule = Capsule.decode(_content(file))
        own = _declared(changed) if changed is not None else {}
        offered = _offered(capsule, own)
        recipes: dict[str, Recipe] = {key: one.blueprint for key, one in offered.items()} | own
        found = score_again(capsule, recipes.get)
        differs = [*changed_bits(capsule), *surroundings(capsule, offered)]
    except (CapsuleMalformed, PluginError, PluginBroken) as error:
        raise CapsuleUnopened(str(error)) from error
    models = {(str(one["version"]), int(one["role"])): one for one in capsule.manifest["models"]}
    return {
        "equal": all(one.equal for one in found),
        "score": dict(capsule.manifest["score"]),
        "rows": capsule.manifest["rows"],
        "versions": [_told(one, models[one.version, one.role]) for one in found],
        "differs": differs,
    }


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CapsuleUnopened(f"{file} has more than the {MOST_BYTES:,} bytes that a capsule may have.")
        return file.read_bytes()
    except OSError as error:
        raise CapsuleUnopened(f"{file} cannot be read: {error.strerror}.") from error


def _offered(capsule: Capsule, own: Mapping[str, Recipe]) -> Mapping[str, OfferedBlueprint]:
    """What is installed; nothing of it is loaded where the changed code offers all that the capsule asks for."""
    wanted = {str(model["blueprint"]) for model in capsule.manifest["models"]}
    return {} if wanted <= own.keys() else installed().blueprints


def _declared(place: Path) -> dict[str, Recipe]:
    """Blueprints of a plugin's folder or wheel, by key; its module goes before one of the same name that is installed.
    Raises `CapsuleUnopened`, `PluginError`."""
    name, value = _entry(place)
    sys.path.insert(0, str(place if place.suffix == ".whl" else place / "src"))
    try:
        module = import_module(value)
    except Exception as error:
        raise CapsuleUnopened(f"{value} in {place} cannot be imported: {error!r}") from error
    loaded = Loaded(_Named(name), EntryPoint(name, value, ENTRY_POINTS), module)  # pyright: ignore[reportArgumentType]
    return {recipe.key: recipe for recipe in ask(loaded, "blueprints")}


def _entry(place: Path) -> tuple[str, str]:
    """Name and module of the plugin there."""
    if place.suffix == ".whl":
        for distribution in distributions(path=[str(place)]):
            for entry in distribution.entry_points:
                if entry.group == ENTRY_POINTS:
                    return distribution.name, entry.value
    else:
        try:
            project = tomllib.loads((place / "pyproject.toml").read_text("utf-8"))["project"]
            return str(project["name"]), str(next(iter(project["entry-points"][ENTRY_POINTS].values())))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration):
            pass
    raise CapsuleUnopened(f"{place} is no plugin: it names no entry point in the group {ENTRY_POINTS}.")


def _told(one: Again, model: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": one.version,
        "number": model["number"],
        "shadow": one.role == wire.ROLE_SHADOW,
        "blueprint": model["blueprint"],
        "begins": f"{model['rows']} rows from where its window is exact"
        if model["begins"] == "window"
        else f"{model['rows']} rows from its first one",
        "reason": one.reason,
        "equal": one.equal,
        "columns": [
            {"column": column.column, "recorded": column.expected, "here": column.found, "equal": column.equal}
            for column in one.columns
        ],
    }
