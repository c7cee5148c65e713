"""Asks every installed plugin once what it declares, so that a broken one is told at the start by name.

python -m infra.plugins
"""

import sys

from infra.local.part import run_once
from infra.local.state import State
from infra.local.supervisor import PartFailed
from infra.settings import Settings


async def check() -> str:
    """One line on the plugins there are. Raises `PartFailed` naming plugin and hook."""
    try:
        return (await run_once((sys.executable, "-m", "infra.plugins"))).strip().splitlines()[-1]
    except RuntimeError as error:
        raise PartFailed(f"A plugin cannot be used. {error}") from error


def keep_in(state: State) -> None:
    """This process reads from the state folder what plugins declared, and notes there what they do wrong."""
    from services.plugins.host import use  # noqa: PLC0415  it imports pyarrow, which `check` should not

    use(state.folder("plugins"))


def main() -> None:
    from services.blueprints.declared import core  # noqa: PLC0415  as above
    from services.plugins.api import core_problems  # noqa: PLC0415

    keep_in(State(Settings().home))
    found = core()
    if problems := core_problems():
        sys.exit("\n".join(f"Plugin {each.plugin} {each.version}: {each.what} {each.next}" for each in problems))
    print(", ".join(f"{plugin.name} {plugin.version}" for _, plugin in sorted(found.plugins.items())) or "none")


if __name__ == "__main__":
    main()
