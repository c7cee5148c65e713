"""`andon edge`: what `andon-edge` does, for who has all of Andon installed."""

from pathlib import Path
from typing import Annotated

import typer

from infra.command import Home, Json

edge = typer.Typer(no_args_is_help=True, help="Bring a plant's readings to Andon; the same as andon-edge.")
File = Annotated[Path, typer.Argument(help="The TOML file that sets the edge up.")]
Source = Annotated[str | None, typer.Option("--source", help="This one only, by its name.")]


@edge.command()
def run(file: File, as_json: Json = False, home: Home = None) -> None:
    """Read and send until stopped."""
    from andon_sdk.edge import cli  # noqa: PLC0415  `andon --help` should not pay for its imports

    raise typer.Exit(cli.run(file, as_json=as_json))


@edge.command()
def dry_run(file: File, source: Source = None, as_json: Json = False, home: Home = None) -> None:
    """Show what would become of the first 100 readings of each source. Sends nothing."""
    from andon_sdk.edge import cli  # noqa: PLC0415

    raise typer.Exit(cli.dry_run(file, source=source, as_json=as_json))


@edge.command()
def browse(file: File, source: Source = None, as_json: Json = False, home: Home = None) -> None:
    """List the tags of each source."""
    from andon_sdk.edge import cli  # noqa: PLC0415

    raise typer.Exit(cli.browse(file, source=source, as_json=as_json))


@edge.command()
def status(file: File, as_json: Json = False, home: Home = None) -> None:
    """Say how the edge is; exit code 1 if it does not run."""
    from andon_sdk.edge import cli  # noqa: PLC0415

    raise typer.Exit(cli.show_status(file, as_json=as_json))
