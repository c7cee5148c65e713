"""What plugins declare, for processes of the platform: read from what each said in a process of its own."""

from collections.abc import Sequence
from functools import lru_cache

from services.blueprints.contracts import PluginInfo
from services.blueprints.errors import PluginBroken
from services.blueprints.host import PluginHost, gather
from services.plugins import api as plugins
from services.plugins.contracts import Declared
from services.plugins.errors import PluginClashes


def core() -> PluginHost:
    """Of all that is installed with Andon. One that is faulty, or declares a key that another has, is left out."""
    return together(tuple(plugins.core()))


def together(declared: tuple[Declared, ...]) -> PluginHost:
    """Those plugins, in that order."""
    return _together(_ByDigest(declared))


def check_together(declared: Sequence[Declared]) -> None:
    """Raises `PluginClashes` for a key offered twice."""
    try:
        _gathered(declared)
    except PluginBroken as error:
        told = {key: str(error.facts[key]) for key in ("plugin", "hook")}
        raise PluginClashes(f"{error} Disable the other one first.", field="plugin", **told) from error


class _ByDigest(tuple[Declared, ...]):
    """Declarations are what their digests say, which are quicker to compare."""

    def __hash__(self) -> int:
        return hash(tuple(each.plugin.digest for each in self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and [each.plugin.digest for each in self] == [
            each.plugin.digest for each in other
        ]


@lru_cache(maxsize=64)
def _together(declared: _ByDigest) -> PluginHost:
    kept: list[Declared] = []
    for each in declared:
        try:
            _gathered([*kept, each])
        except PluginBroken as error:
            plugins.note_clash(each.plugin, str(error.facts["hook"]), str(error))
        else:
            kept.append(each)
    return _gathered(kept)


def _gathered(declared: Sequence[Declared]) -> PluginHost:
    return gather(
        (PluginInfo(each.plugin.name, each.plugin.version, each.plugin.digest), each.hooks) for each in declared
    )
