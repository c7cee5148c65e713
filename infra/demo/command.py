"""`andon demo`: the platform shown on real data, and with a fleet."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.local.state import State
from infra.plugins import keep_in
from infra.settings import Settings

demo = typer.Typer(
    no_args_is_help=True, help="The platform shown on real data and with a fleet; needs a running `andon up`."
)
console = Console()


AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Home = Annotated[Path | None, typer.Option("--home", help="State folder; default ANDON_HOME or .andon.")]


@demo.callback()
def of_demo() -> None:
    """The platform shown on real data, and with a fleet."""


@demo.command()
def skab(
    folder: Annotated[Path, typer.Argument(help="Folder that holds the benchmark as skab.parquet.")],
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Train, deploy and judge the Skoltech Anomaly Benchmark's valve files, every step through the public API."""
    # Imported here so that `andon --help` does not pay for the platform.
    from andon_sdk.client import Client  # noqa: PLC0415
    from infra.demo.skab import report as reports  # noqa: PLC0415
    from infra.demo.skab import story  # noqa: PLC0415
    from services.blueprints.api import offered_contracts  # noqa: PLC0415

    settings, say = _settings(home), _teller(as_json)
    keep_in(State(settings.home))
    [contract] = [offered for offered in offered_contracts() if offered.key == story.CONTRACT]
    with _told(as_json):
        url, key, _ = _tenant(settings, "skab", "SKAB benchmark")
        with Client(url, key) as andon:
            report = story.run(andon, folder, contract, say)
    if as_json:
        print(json.dumps(reports.as_json(report)))
        return
    console.print(reports.table(report))
    say(f"rows sent {report.sent} = rows scored {report.scored} + rows refused {report.refused}")
    if report.sent != report.scored + report.refused:
        raise typer.Exit(1)


@demo.command()
def arm(
    folder: Annotated[Path, typer.Argument(help="Folder that holds the recording as ur3_cobotops.parquet.")],
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Learn a robot arm's protective stops from its earlier rows, with labels and without, and tell its later ones."""
    from andon_sdk.client import Client  # noqa: PLC0415
    from infra.demo.arm import report as reports  # noqa: PLC0415
    from infra.demo.arm import story  # noqa: PLC0415
    from services.blueprints.api import offered_contracts  # noqa: PLC0415

    settings, say = _settings(home), _teller(as_json)
    [contract] = [offered for offered in offered_contracts() if offered.key == story.CONTRACT]
    with _told(as_json):
        url, key, _ = _tenant(settings, "arm", "Robot arm")
        with Client(url, key) as andon:
            report = story.run(andon, folder, contract, say)
    if as_json:
        print(json.dumps(reports.as_json(report)))
    else:
        console.print(reports.table(report))
        say(f"{report.labelled} events labelled")
        say(f"rows sent {report.sent} = rows scored {report.scored} + rows refused {report.refused}")
        for name, why in report.stopped.items():
            say(f"{name} got no model. {why}")
    if not reports.reached(report):
        raise typer.Exit(1)


@demo.command()
def fleet(
    machines: Annotated[int, typer.Option(help="How many machines, over all tenants.", min=2)] = 200,
    tenants: Annotated[int, typer.Option(help="Over how many customers.", min=1, max=8)] = 1,
    seconds: Annotated[float, typer.Option(help="How long they stream.", min=10.0)] = 60.0,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Train, verify, deploy, shadow, stream and partly swap a model for each of many simulated machines."""
    from contextlib import ExitStack  # noqa: PLC0415

    from andon_sdk.client import Client  # noqa: PLC0415
    from infra.demo.fleet import report as reports  # noqa: PLC0415
    from infra.demo.fleet import story  # noqa: PLC0415
    from infra.demo.fleet.plant import sized  # noqa: PLC0415
    from infra.local import control  # noqa: PLC0415
    from services.blueprints.api import offered_contracts  # noqa: PLC0415
    from services.blueprints.host import installed  # noqa: PLC0415

    settings, say = _settings(home), _teller(as_json)
    keep_in(State(settings.home))
    with _told(as_json), ExitStack() as exits:
        plants = sized([*installed().demo_plants.values()], machines, tenants)
        [contract] = [offered for offered in offered_contracts() if offered.key == plants[0].contract]
        places = []
        for number in range(len(plants)):
            url, key, slug = _tenant(settings, "fleet", f"Fleet {number + 1}")
            places.append(story.Place(slug, url, key, exits.enter_context(Client(url, key, timeout_s=300.0))))
        run = State(settings.home).run

        def memory() -> int:
            return sum(part["pss"] for part in asyncio.run(control.ask(run, "list"))["parts"])

        report = story.run(places, contract, plants, seconds, say, memory)
    if as_json:
        print(json.dumps(reports.as_json(report)))
    else:
        console.print(reports.table(report))
        for line in reports.lines(report):
            say(line)
    if not report.whole:
        raise typer.Exit(1)


def _settings(home: Path | None) -> Settings:
    return Settings() if home is None else Settings(home=home)


def _teller(as_json: bool) -> Callable[[str], None]:
    def say(line: str) -> None:
        if not as_json:
            console.print(line, highlight=False)

    return say


def _tenant(settings: Settings, prefix: str, name: str) -> tuple[str, str, str]:
    """A tenant of the demo's own: address, API key, slug."""
    from infra.demo.access import make_tenant  # noqa: PLC0415
    from infra.installation import address  # noqa: PLC0415
    from services.kernel.ids import new_id  # noqa: PLC0415

    state, slug = State(settings.home), f"{prefix}-{new_id().hex[-8:]}"
    key = asyncio.run(make_tenant(settings, state, slug, name))
    return address(settings, state), key, slug


@contextmanager
def _told(as_json: bool) -> Iterator[None]:
    """Ends with what went wrong as a sentence, or as JSON."""
    from andon_sdk.client import ClientError  # noqa: PLC0415
    from infra.local.control import NotRunning  # noqa: PLC0415

    try:
        yield
    except (ClientError, NotRunning, FileNotFoundError, RuntimeError, TimeoutError, KeyError) as error:
        message = str(error) if not isinstance(error, KeyError) else "Andon was never started here: run `andon up`."
        print(json.dumps({"ok": False, "error": message})) if as_json else console.print(f"[red]✗[/red] {message}")
        raise typer.Exit(1) from error
