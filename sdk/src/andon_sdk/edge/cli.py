"""`andon-edge`: the commands of an edge. Each gives an exit code, 0 when all is well."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from andon_sdk.client import ClientError
from andon_sdk.connector import ConnectorError, Tag
from andon_sdk.edge import mapping, process, status, trial
from andon_sdk.edge.config import EdgeConfig, SourcePart, load
from andon_sdk.edge.errors import ConfigRefused, EdgeError
from andon_sdk.edge.look import browse as tags_of
from andon_sdk.edge.outward import trial as outward_trial
from andon_sdk.edge.outward.way import opened
from andon_sdk.plugin.loading import PluginError

MOST_SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("andon-edge", description="The commands of an edge.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does, says in (
        ("run", run, "Read and send until stopped."),
        ("dry-run", dry_run, "Show what would become of the first 100 readings of each source. Sends nothing."),
        ("browse", browse, "List the tags of each source."),
        ("tell", tell, "Send a test notice, an alarm raised and cleared, to each destination."),
        ("status", show_status, "Say how the edge is; exit code 1 if it does not run."),
    ):
        command = commands.add_parser(name, help=says, description=says)
        command.add_argument("file", type=Path, help="the TOML file that sets the edge up")
        command.add_argument("--json", action="store_true", dest="as_json", help="answer in JSON")
        if name in {"dry-run", "browse"}:
            command.add_argument("--source", help="this one only, by its name")
        if name == "tell":
            command.add_argument("--destination", help="this one only, by its name")
        command.set_defaults(does=does)
    given = vars(parser.parse_args(arguments))
    does = given.pop("does")
    del given["command"]
    return does(**given)


def _answered(work: Callable[[], int], *, as_json: bool) -> int:
    """The exit code of `work`; what is known to go wrong becomes a sentence."""
    try:
        return work()
    except (EdgeError, ConnectorError, ClientError, PluginError) as error:
        if as_json:
            print(json.dumps({"ok": False, "error": str(error)}))
        else:
            print(f"andon-edge: {error}", file=sys.stderr)
        return 1


def run(file: Path, *, as_json: bool = False) -> int:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)

    def work() -> int:
        asyncio.run(process.run(load(file), str(file)))
        return 0

    return _answered(work, as_json=as_json)


def show_status(file: Path, *, as_json: bool = False) -> int:
    def work() -> int:
        said = status.read(load(file).buffer.folder)
        if said is None:
            raise EdgeError("This edge never ran. Start it: andon-edge run FILE.")
        print(json.dumps(said) if as_json else status.text(said))
        return 0 if said["running"] else 1

    return _answered(work, as_json=as_json)


def browse(file: Path, *, source: str | None = None, as_json: bool = False) -> int:
    def work() -> int:
        parts = _chosen(load(file), source, str(file))
        found = {part.name: asyncio.run(tags_of(part, str(file))) for part in parts}
        if as_json:
            print(json.dumps({name: [asdict(tag) for tag in tags] for name, tags in found.items()}))
        else:
            for name, tags in found.items():
                print(f"{name}: {len(tags)} tags", *(f"  {_tag(tag)}" for tag in tags), sep="\n")
        return 0

    return _answered(work, as_json=as_json)


def dry_run(file: Path, *, source: str | None = None, as_json: bool = False) -> int:
    def work() -> int:
        config = load(file)
        config = mapping.filled(config, mapping.read(config.buffer.folder))
        parts = _chosen(config, source, str(file))
        trials = [asyncio.run(trial.try_out(config, part, str(file))) for part in parts]
        if as_json:
            print(json.dumps([asdict(each) for each in trials], default=str))
        else:
            for each in trials:
                _show(each)
        return 1 if any(each.refused for each in trials) else 0

    return _answered(work, as_json=as_json)


def tell(file: Path, *, destination: str | None = None, as_json: bool = False) -> int:
    def work() -> int:
        parts = [part for part in load(file).destination if destination in {None, part.name}]
        if not parts:
            named = (
                "there is no [[destination]]" if destination is None else f"no destination is called “{destination}”"
            )
            raise ConfigRefused(f"{named}.", file=str(file))
        found = {part.name: asyncio.run(outward_trial.tell(opened(part, str(file)))) for part in parts}
        if as_json:
            print(json.dumps({name: {"arrived": not why, "why": why} for name, why in found.items()}))
        else:
            for name, why in found.items():
                print(f"{name}: {f'not delivered: {why}' if why else 'delivered'}")
        return 1 if any(found.values()) else 0

    return _answered(work, as_json=as_json)


def _chosen(config: EdgeConfig, source: str | None, file: str) -> list[SourcePart]:
    parts = [part for part in config.source if source in {None, part.name}]
    if not parts:
        raise ConfigRefused(f"no source is called “{source}”.", file=file)
    return parts


def _tag(tag: Tag) -> str:
    told = [tag.address, tag.title if tag.title != tag.address else "", f"[{tag.unit}]" if tag.unit else ""]
    return "  ".join(part for part in [*told, "/".join(tag.path)] if part)


def _show(tried: trial.Trial) -> None:
    counts = asdict(tried.counts)
    print(f"{tried.source}: nothing was sent.")
    print("  readings: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
    for contract, rows in tried.rows.items():
        print(f"  {contract}: {len(rows)} rows would be sent, the first of them:")
        for row in rows[:MOST_SHOWN]:
            values = ", ".join(f"{key} {value:g}" for key, value in list(row.items())[2:] if value is not None)
            missing = [key for key, value in row.items() if value is None]
            print(f"    {row['time'].isoformat()} {row['asset']}: {values}{' | missing: ' if missing else ''}", end="")
            print(", ".join(missing))
    for reason in tried.refused:
        print(f"  not stored: {reason}")
    if tried.silent:
        print(f"  nothing came of: {', '.join(tried.silent)}")


if __name__ == "__main__":
    sys.exit(main())
