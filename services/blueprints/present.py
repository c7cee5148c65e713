"""What a tenant's clusters have now, told by processes of the platform, which load neither plugins nor torch."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence

from andon_sdk.link.differences import Difference, Kind
from andon_sdk.link.environment import PROCESSOR, Lock
from services.blueprints.contracts import ClusterEnvironment
from services.blueprints.environment import compared, environment
from services.plugins import api as plugins
from services.plugins.contracts import Declared
from services.registry.contracts import Lineage, MadeWith

_ASK = """
import json, torch
from andon_sdk.link.environment import processor_here
torch.set_num_threads(1)
print(json.dumps(processor_here()))
"""
_TOLD: dict[str, str] = {}


async def processor() -> Mapping[str, str]:
    """What of this machine changes sums, as `Lock.processor`. A process of its own is asked, once: torch is large."""
    if not _TOLD:
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", _ASK, stdout=asyncio.subprocess.PIPE)
        said, _ = await child.communicate()
        if child.returncode:
            raise RuntimeError(f"torch cannot be loaded: the process that asked it ended with {child.returncode}")
        _TOLD.update(json.loads(said))
    return _TOLD


async def cluster_environment(used: Sequence[Declared]) -> ClusterEnvironment:
    """Of clusters that are started with these plugins."""
    python, packages = "", dict[str, str]()
    for plugin in (each.plugin for each in used):
        here = Lock.of(environment(plugin.name, (*sys.path, *plugin.paths), processor=False))
        python, packages = here.python, {**packages, **here.packages}
    own = {each.plugin.name: apart for each in used if (apart := plugins.own_packages(each.plugin))}
    return ClusterEnvironment(python, dict(sorted(packages.items())), await processor(), own)


async def differences(lineages: Sequence[Lineage | MadeWith], used: Sequence[Declared]) -> list[tuple[Difference, ...]]:
    """What is not as it was when each of these versions was made, that which matters first."""
    told = {f"{PROCESSOR}{name}": said for name, said in (await processor()).items()}
    known = {each.plugin.name: each.plugin for each in used}
    found: list[tuple[Difference, ...]] = []
    for lineage in lineages:
        plugin = known.get(lineage.plugin)
        if plugin is None:
            found.append((_gone(lineage),))
            continue
        here = {**environment(plugin.name, plugins.path_of(plugin), processor=False), **told}
        facts = {"environment": lineage.environment, "plugin": {"digest": lineage.plugin_digest}}
        found.append(compared(facts, plugin.name, plugin.digest, here).found)
    return found


def _gone(lineage: Lineage | MadeWith) -> Difference:
    return Difference(
        Kind.FILES,
        f"files of {lineage.plugin}",
        lineage.plugin_digest[:12],
        "none",
        True,
        f"The plugin {lineage.plugin}, which made it, is not used any more.",
        "An admin enables it on the page Plugins.",
    )
