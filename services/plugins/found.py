"""Plugins that are installed with Andon, found without importing anything of them."""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from andon_sdk.package.manifest import Manifest, ManifestRefused, manifest_in
from andon_sdk.plugin.loading import find
from services.plugins.contracts import Installation
from services.plugins.digest import digest_of


def core() -> list[Installation]:
    """By name."""
    return list(_core(tuple(sys.path)))


@cache
def _core(_: tuple[str, ...]) -> tuple[Installation, ...]:
    distributions = {distribution.name: distribution for distribution, _ in find()}
    return tuple(_installation(each) for _, each in sorted(distributions.items()))


def _installation(distribution: Distribution) -> Installation:
    paths = tuple(dict.fromkeys(_paths(distribution)))
    return Installation(distribution.name, distribution.version, digest_of(distribution), paths, paths)


@cache
def manifest_of(plugin: Installation) -> Manifest | None:
    """What a plugin that is installed with Andon says of itself; None where it says nothing that can be read."""
    for distribution, entry_point in find():
        if distribution.name == plugin.name:
            spec = find_spec(entry_point.module.partition(".")[0])  # of a top-level package: it runs nothing
            folders = (spec.submodule_search_locations if spec else None) or []
            for folder in folders:
                with suppress(ManifestRefused):
                    return manifest_in(Path(folder), name=plugin.name, version=plugin.version)
    return None


def _paths(distribution: Distribution) -> Iterator[str]:
    """Where it lies, unless that is in the environment; and its sources, where it is installed for editing."""
    folder = Path(str(distribution.locate_file(""))).resolve()
    if not folder.is_relative_to(sys.prefix):
        yield str(folder)
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        root = Path(unquote(urlsplit(origin["url"]).path))
        yield str(root / "src" if (root / "src").is_dir() else root)
