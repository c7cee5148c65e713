"""`andon demo`: the platform shown on real data."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.local.state import State
from infra.settings import Settings

demo = typer.Typer(no_args_is_help=True, help="The platform shown on real data; needs a running `andon up`.")
console = Console()


@demo.callback()
def of_demo() -> None:
    """The platform shown on real data."""


@demo.command()
def skab(
    folder: Annotated[Path, typer.Argument(help="Folder that holds the benchmark as skab.parquet.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    home: Annotated[Path | None, typer.Option("--home", help="State folder; default ANDON_HOME or .andon.")] = None,
) -> None:
    """Train, deploy and judge the Skoltech Anomaly Benchmark's valve files, every step through the public API."""
    # Imported here so that `andon --help` does not pay for the platform.
    from andon_sdk.client import Client, ClientError  # noqa: PLC0415
    from infra.demo.access import make_tenant  # noqa: PLC0415
    from infra.demo.skab import report as reports  # noqa: PLC0415
    from infra.demo.skab import story  # noqa: PLC0415
    from infra.installation import address  # noqa: PLC0415
    from services.blueprints.api import offered_contracts  # noqa: PLC0415
    from services.kernel.ids import new_id  # noqa: PLC0415

    settings = Settings() if home is None else Settings(home=home)
    state = State(settings.home)

    def say(line: str) -> None:
        if not as_json:
            console.print(line, highlight=False)

    [contract] = [offered for offered in offered_contracts() if offered.key == story.CONTRACT]
    try:
        key = asyncio.run(make_tenant(settings, state, f"skab-{new_id().hex[-8:]}", "SKAB benchmark"))
        with Client(address(settings, state), key) as andon:
            report = story.run(andon, folder, contract, say)
    except (ClientError, FileNotFoundError, RuntimeError, TimeoutError, KeyError) as error:
        message = str(error) if not isinstance(error, KeyError) else "Andon was never started here: run `andon up`."
        print(json.dumps({"ok": False, "error": message})) if as_json else console.print(f"[red]✗[/red] {message}")
        raise typer.Exit(1) from error
    if as_json:
        print(json.dumps(reports.as_json(report)))
        return
    console.print(reports.table(report))
    say(f"rows sent {report.sent} = rows scored {report.scored} + rows refused {report.refused}")
    if report.sent != report.scored + report.refused:
        raise typer.Exit(1)
