"""`andon workbench`: a member's JupyterLab from the platform's own machine."""

import json
from typing import Annotated

import typer

from infra.command import Home, Json, console, opened, run


def workbench(
    tenant: Annotated[str, typer.Argument(help="The tenant's address.")],
    member: Annotated[str, typer.Argument(help="E-mail address of the member whose it is.")],
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Start a member's workbench and print a link that opens it, once, within 15 minutes."""
    from infra import workbenches  # noqa: PLC0415  `andon --help` should not pay for the platform's imports

    settings, state = opened(home)
    url = run(workbenches.opened(settings, state, tenant, member), as_json)
    if as_json:
        print(json.dumps({"ok": True, "url": url}))
    else:
        console.print(url, soft_wrap=True, highlight=False)
