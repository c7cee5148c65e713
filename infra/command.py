"""What the commands of `andon` share: where the state is, asking the supervisor, saying what went wrong."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.local import control
from infra.local.state import State
from infra.settings import SettingMissing, Settings

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Home = Annotated[Path | None, typer.Option("--home", help="State folder; default ANDON_HOME or .andon.")]
console = Console()
errors = Console(stderr=True)


def opened(home: Path | None) -> tuple[Settings, State]:
    settings = Settings() if home is None else Settings(home=home)
    return settings, State(settings.home)


def fail(what: str, *, as_json: bool = False) -> typer.Exit:
    if as_json:
        print(json.dumps({"ok": False, "error": what}))
    else:
        errors.print(f"[red]✗[/red] {what}", highlight=False)
    return typer.Exit(1)


def ask(state: State, do: str, *, as_json: bool, **arguments: Any) -> dict[str, Any]:
    try:
        return asyncio.run(control.ask(state.run, do, **arguments))
    except (control.NotRunning, RuntimeError) as error:
        raise fail(str(error), as_json=as_json) from error


def run(work: Coroutine[Any, Any, Any], as_json: bool) -> Any:
    """What `work` answers; a failure that was foreseen ends the command with a sentence and 1."""
    from infra.export import ExportStopped  # noqa: PLC0415
    from infra.rows import TenantBusy  # noqa: PLC0415  `andon --help` should not pay for the platform's imports
    from services.kernel.errors import DomainError  # noqa: PLC0415

    try:
        return asyncio.run(work)
    except (DomainError, SettingMissing, TenantBusy, ExportStopped, FileExistsError) as error:
        raise fail(str(error), as_json=as_json) from error
