"""`andon-sdk link deploy`: a proven notebook becomes a pipeline of the tenant whose key is used."""

import argparse
import os
import sys
from datetime import datetime

from andon_sdk.command import Refused

URL, KEY = "ANDON_URL", "ANDON_KEY"


def add_options(parser: argparse.ArgumentParser) -> None:
    """What it asks beside the notebook."""
    parser.add_argument("--name", required=True, help="of the package: words with dashes, such as drill-wear")
    parser.add_argument("--title", help="in people's words (default: the recipe's)")
    parser.add_argument("--version", help="such as 2.0 (default: 1.<n>, the next one when anything has changed)")
    parser.add_argument("--assets", help="keys with commas between: they are trained at once")
    parser.add_argument("--from", dest="start", type=_moment, help="first row of the run, such as 2026-03-01T00:00Z")
    parser.add_argument("--to", dest="end", type=_moment, help="end of the run's rows")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=NUMBER", help="a parameter of the run")
    parser.add_argument("--url", default=os.environ.get(URL), help=f"of Andon (default: ${URL})")


def deploy(told: argparse.Namespace) -> int:
    """1 when the run that was asked for did not succeed. The key is taken from the environment. Raises `Refused`."""
    from andon_sdk.client import Bar, Client  # noqa: PLC0415 - each word imports what it needs
    from andon_sdk.link.deploy import DeployRefused, deploy  # noqa: PLC0415

    key = os.environ.get(KEY)
    if not told.url or not key:
        raise Refused(f"Andon's address and a key are needed: set {URL} and {KEY}.")
    try:
        with Client(told.url, key) as andon, Bar(quiet=not sys.stderr.isatty()) as bar:
            deployed = deploy(
                told.notebook,
                andon,
                name=told.name,
                title=told.title,
                version=told.version,
                assets=[each.strip() for each in told.assets.split(",")] if told.assets else (),
                start=told.start,
                end=told.end,
                parameters=_numbers(told.set),
                told=print,
                progress=bar,
            )
    except DeployRefused as error:
        raise Refused(str(error)) from error
    print("\n".join(deployed.links))
    if deployed.run is None:
        return 0
    print(f"The run ended as {deployed.run.state.value.lower()}: {deployed.run.message}")
    return 0 if deployed.run.state.value == "SUCCEEDED" else 1


def _moment(told: str) -> datetime:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{told} is no time: write it as in 2026-03-01T00:00Z") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{told} says no zone: write it as in 2026-03-01T00:00Z")
    return moment


def _numbers(told: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in told:
        key, _, value = each.partition("=")
        try:
            found[key] = float(value)
        except ValueError as error:
            raise Refused(f"{each!r} is no parameter: write it as in epochs=20.") from error
    return found
