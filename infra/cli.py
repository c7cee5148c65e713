"""`andon`: everything a person does with an installation on one machine. Every command speaks JSON with `--json`."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.table import Table

from infra.capsule_command import capsule
from infra.command import Home, Json, ask, console, fail, opened, run
from infra.demo.command import demo
from infra.edge_command import edge
from infra.local import control, logs
from infra.local.state import State
from infra.local.supervisor import PartFailed
from infra.plugin_command import plugins
from infra.settings import SettingMissing, Settings, SettingUnusable
from infra.tenant_command import tenants
from infra.workbench_command import workbench

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(tenants, name="tenant")
audit = typer.Typer(no_args_is_help=True, help="The audit trails of customers.")
app.add_typer(audit, name="audit")
app.add_typer(capsule, name="capsule")
app.add_typer(demo, name="demo")
app.add_typer(edge, name="edge")
app.add_typer(plugins, name="plugin")
app.command()(workbench)
DEMO_TENANT = "acme"


def _report(as_json: bool, began: float) -> Any:
    def line(part: str, news: str) -> None:
        seconds = time.monotonic() - began
        if as_json:
            print(json.dumps({"seconds": round(seconds, 2), "part": part, "news": news}), flush=True)
        elif part != "andon":
            console.print(f"[dim]{seconds:6.1f} s[/dim]  [bold]{part:<12}[/bold] {news}", highlight=False)

    return line


@app.command()
def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when all is up, and leave it running.")
    ] = False,
    demo: Annotated[bool, typer.Option(help="Make and feed the demo tenants.")] = True,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Start everything and print the address with a one-time login. Harmless when it runs already."""
    from infra import up as running  # noqa: PLC0415  `andon --help` should not pay for the platform's imports

    settings, state = opened(home)
    settings = settings.model_copy(update={"demo": settings.demo and demo})
    report = _report(as_json, time.monotonic())

    def news(part: str, line: str) -> None:
        report(part, line)
        if (part, line) == ("andon", running.READY):
            link = asyncio.get_running_loop().create_task(_welcome(settings, state, as_json))
            link.add_done_callback(lambda task: task.result())

    async def attach(lives: Callable[[], bool]) -> None:
        await running.wait_ready(state, report, lives)
        await _welcome(settings, state, as_json)

    try:
        if running.is_running(state):
            asyncio.run(attach(lambda: running.is_running(state)))
        elif detach:
            asyncio.run(attach(running.detach(state, ["--json", *([] if demo else ["--no-demo"])])))
        else:
            asyncio.run(running.supervise(settings, state, news))
    except (PartFailed, running.AlreadyRunning, SettingMissing, SettingUnusable) as error:
        raise fail(str(error), as_json=as_json) from error


async def _welcome(settings: Settings, state: State, as_json: bool) -> None:
    """Prints the one address. With the demo, waits for its first tenant, which takes moments at the first start."""
    from infra.installation import address  # noqa: PLC0415
    from infra.links import NobodyToSignIn, login_url  # noqa: PLC0415

    url, hint, until = address(settings, state), "", time.monotonic() + (60 if settings.demo else 0)
    while True:
        try:
            url, hint = await login_url(settings, state, DEMO_TENANT), ""
            break
        except NobodyToSignIn as nobody:
            hint = str(nobody)
            if time.monotonic() > until:
                break
            await asyncio.sleep(0.2)
    if as_json:
        print(json.dumps({"ok": True, "url": url}), flush=True)
        return
    console.print(f"\n  [bold green]Andon is up.[/bold green]  {url}", soft_wrap=True, highlight=False)
    console.print(f"  {hint or 'The link signs you in once, within 15 minutes; `andon up` again prints another.'}\n")


@app.command()
def down(as_json: Json = False, home: Home = None) -> None:
    """Stop everything. Harmless when nothing runs."""
    from infra import up as running  # noqa: PLC0415

    _, state = opened(home)
    with suppress(control.NotRunning):  # that is what is wanted
        asyncio.run(control.ask(state.run, "shutdown"))
    until = time.monotonic() + 60
    while running.is_running(state):
        if time.monotonic() > until:
            raise fail("Andon has not stopped within 60 s. `andon status` shows what still runs.", as_json=as_json)
        time.sleep(0.05)
    print(json.dumps({"ok": True})) if as_json else console.print("Andon is down.")


@app.command()
def status(as_json: Json = False, home: Home = None) -> None:
    """What runs: state, pid, restarts and memory of every part."""
    _, state = opened(home)
    answer = ask(state, "list", as_json=as_json)
    if as_json:
        print(json.dumps(answer))
        return
    table = Table("part", "state", "pid", "restarts", "for", "memory", "last end", box=None)
    for part in answer["parts"]:
        pid, minutes = str(part["pid"] or ""), f"{part['seconds'] / 60:.1f} min"
        memory = f"{part['pss'] / 1e6:.0f} MB"
        table.add_row(part["name"], part["state"], pid, str(part["restarts"]), minutes, memory, part["reason"])
    console.print(table)


@app.command()
def doctor(as_json: Json = False, home: Home = None) -> None:
    """Look at every part, port and limit; say what is wrong, why it matters and what to do."""
    from dataclasses import asdict  # noqa: PLC0415

    from infra.doctor import examine  # noqa: PLC0415

    settings, state = opened(home)
    findings = asyncio.run(examine(settings, state))
    well = all(finding.ok for finding in findings)
    if as_json:
        print(json.dumps({"ok": well, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mark = "[green]✓[/green]" if finding.ok else "[red]✗[/red]"
            console.print(f"{mark} [bold]{finding.subject}[/bold]: {finding.what}", highlight=False, soft_wrap=True)
            if not finding.ok:
                console.print(f"    why: {finding.why}\n    next: {finding.next_step}", highlight=False, soft_wrap=True)
    if not well:
        raise typer.Exit(1)


@app.command(name="logs")
def show_logs(
    part: Annotated[str | None, typer.Argument(help="A part's name; all when left out.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1)] = 50,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """The last lines of a part's log."""
    _, state = opened(home)
    known = sorted(path.stem for path in state.logs.glob("*.log"))
    if part is not None and part not in known:
        raise fail(f"There is no log of {part!r}. There are: {', '.join(known) or 'none'}.", as_json=as_json)
    found = {name: logs.tail(state.logs, name, lines) for name in ([part] if part else known)}
    if as_json:
        print(json.dumps(found))
        return
    for name, said in found.items():
        for line in said:
            console.print(f"[dim]{name}[/dim] {line}", markup=part is None, highlight=False, soft_wrap=True)


@app.command()
def reset(
    demo: Annotated[bool, typer.Option("--demo", help="Required: says that the demo's state may be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Delete this installation's state, so that the next `andon up` makes a fresh demo."""
    from infra import up as running  # noqa: PLC0415
    from infra.tenants import only_demo  # noqa: PLC0415

    settings, state = opened(home)
    if not demo:
        raise fail("This deletes data. Say `andon reset --demo` if that is meant.", as_json=as_json)
    runs = running.is_running(state)
    if strangers := asyncio.run(only_demo(settings, state, runs)):
        raise fail(
            f"This installation also has the tenants {', '.join(strangers)}, which are no demo; nothing was "
            f"deleted. To delete them too, stop Andon and remove {state.home} yourself.",
            as_json=as_json,
        )
    if runs:
        down(as_json=False, home=home)
    if not yes and not as_json and not typer.confirm(f"Delete everything in {state.home}?"):
        raise typer.Exit(1)
    shutil.rmtree(state.home)
    print(json.dumps({"ok": True})) if as_json else console.print("Gone. `andon up` makes a fresh demo.")


@audit.command("verify")
def verify_audit(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Its address; all tenants when left out.")] = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Prove that nothing in the audit trails was edited, removed or cut off. Ends with 1 when something was."""
    from dataclasses import asdict  # noqa: PLC0415

    from infra.auditing import verified  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    trails = run(verified(settings, state, tenant), as_json)
    whole = not any(trail.findings for trail in trails)
    if as_json:
        print(json.dumps({"ok": whole, "trails": [asdict(trail) for trail in trails]}))
    else:
        for trail in trails:
            mark = "[red]✗[/red]" if trail.findings else "[green]✓[/green]"
            anchored = f"anchored at {trail.anchored}" if trail.anchored else "not anchored yet"
            told = f"{trail.records} records of {trail.changes} changes, {anchored}"
            console.print(f"{mark} [bold]{trail.tenant}[/bold]: {told}", highlight=False, soft_wrap=True)
            for finding in trail.findings:
                console.print(f"    {finding.what}", highlight=False, soft_wrap=True)
    if not whole:
        raise typer.Exit(1)


def main() -> None:
    app()


if __name__ == "__main__":
    sys.exit(main())
