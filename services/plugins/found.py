"""Plugins that are installed with Andon, found without importing anything of them."""

import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

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


def _paths(distribution: Distribution) -> Iterator[str]:
    """Where it lies, unless that is in the environment; and its sources, where it is installed for editing."""
    folder = Path(str(distribution.locate_file(""))).resolve()
    if not folder.is_relative_to(sys.prefix):
        yield str(folder)
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        root = Path(unquote(urlsplit(origin["url"]).path))
        yield str(root / "src" if (root / "src").is_dir() else root)
