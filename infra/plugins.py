"""Loads every installed plugin once, in a process of its own, so that a broken one is told at the start by name.

python -m infra.plugins
"""

import sys

from infra.local.part import run_once
from infra.local.supervisor import PartFailed


async def check() -> str:
    """One line on the plugins there are. Raises `PartFailed` naming plugin and hook."""
    try:
        return (await run_once((sys.executable, "-m", "infra.plugins"))).strip().splitlines()[-1]
    except RuntimeError as error:
        raise PartFailed(f"A plugin cannot be used. {error}") from error


def main() -> None:
    from services.blueprints.api import plugins  # noqa: PLC0415  it imports torch, which `check` should not
    from services.blueprints.errors import PluginBroken  # noqa: PLC0415

    try:
        found = plugins()
    except PluginBroken as error:
        sys.exit(str(error))
    print(", ".join(f"{plugin.name} {plugin.version}" for _, plugin in sorted(found.plugins.items())) or "none")


if __name__ == "__main__":
    main()
