"""`andon capsule`: scores of production, given again on this machine."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from infra.command import Home, Json, console, fail

capsule = typer.Typer(no_args_is_help=True, help="Scores of production, given again here.")
File = Annotated[Path, typer.Argument(help="A capsule, as the portal and `GET /v1/capsules/{id}/file` give it.")]
Changed = Annotated[
    Path | None, typer.Option("--with", help="Score with this code instead: a plugin's folder or its wheel.")
]


@capsule.command("open")
def open_capsule(file: File, changed: Changed = None, as_json: Json = False, home: Home = None) -> None:
    """Score a capsule's row again and hold every bit against what was answered. Ends with 1 where one differs.

    Runs the code of the plugins that are installed here, and of `--with`; nothing in a capsule is code.
    """
    del home
    from infra.capsules import CapsuleUnopened, opened  # noqa: PLC0415  torch takes seconds to load

    try:
        told = opened(file, changed)
    except CapsuleUnopened as error:
        raise fail(str(error), as_json=as_json) from error
    if as_json:
        print(json.dumps(told))
    else:
        _show(told)
    if not told["equal"]:
        raise typer.Exit(1)


def _show(told: dict[str, Any]) -> None:
    score = told["score"]
    console.print(f"[bold]{score['asset_key']}[/bold] at {score['time']}, {told['rows']} rows", highlight=False)
    for version in told["versions"]:
        role = "shadow" if version["shadow"] else "champion"
        title = f"{role}, version {version['number']} of {version['blueprint']}, {version['begins']}"
        if version["reason"]:
            console.print(f"[red]✗[/red] {title}: {version['reason']}", highlight=False)
            continue
        table = Table("", "column", "answered then", "answered here", title=title, title_justify="left")
        for column in version["columns"]:
            mark = "[green]✓[/green]" if column["equal"] else "[red]✗[/red]"
            table.add_row(mark, column["column"], column["recorded"], column["here"])
        console.print(table)
    for difference in told["differs"]:
        console.print(f"[yellow]differs:[/yellow] {difference}", highlight=False)
    equal = "[green]✓[/green] Every bit is the same." if told["equal"] else "[red]✗[/red] Not every bit is the same."
    console.print(equal)
