"""`andon-sdk`: from nothing to a signed plugin. Each step says which extra of the SDK it needs, if it is not there."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

Action = Callable[[argparse.Namespace], int]


class Refused(Exception):
    """What the command cannot do. The message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0 when all is well, 1 for findings, 2 for what cannot be done."""
    told = _parser().parse_args(arguments)
    try:
        return told.action(told)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        extra = "link" if told.command == "link" else "testing"
        print(f"andon-sdk {told.command} needs {error.name}: pip install 'andon-sdk[{extra}]'.", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    from andon_sdk.command.link import add_words  # noqa: PLC0415 - it needs what stands above

    parser = argparse.ArgumentParser("andon-sdk", description="Write, check, build and sign plugins for Andon.")
    steps = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    new = _step(steps, "new", _new, "Make a working plugin that you then change")
    new.add_argument("name", metavar="NAME", help="words with dashes, such as boiler-feed")
    new.add_argument("--title", required=True, help="what it is for, in people's words")
    new.add_argument(
        "--into", type=Path, default=Path(), metavar="FOLDER", help="where its folder is made (default: here)"
    )
    check = _step(steps, "check", _check, "Look for what every plugin has to show, and run its own tests")
    check.add_argument("project", type=Path, nargs="?", default=Path(), metavar="PATH", help="folder of the plugin")
    check.add_argument("--json", action="store_true", help="findings as JSON")
    check.add_argument("--no-tests", action="store_true", help="leave the plugin's own tests out")
    build = _step(steps, "build", _build, "Write the plugin's wheel into its folder dist")
    build.add_argument("project", type=Path, nargs="?", default=Path(), metavar="PATH", help="folder of the plugin")
    run = _step(steps, "run", _run, "Try the plugin in an Andon on this machine, anew whenever a file of it is saved")
    run.add_argument("project", type=Path, nargs="?", default=Path(), metavar="PATH", help="folder of the plugin")
    run.add_argument(
        "--url", default=os.environ.get("ANDON_URL", "http://127.0.0.1:8080"), help="of Andon (default: ANDON_URL)"
    )
    run.add_argument(
        "--key",
        default=os.environ.get("ANDON_API_KEY", ""),
        help="an API key that may manage plugins (default: ANDON_API_KEY)",
    )
    run.add_argument("--andon", default="andon", metavar="COMMAND", help="the andon command of that installation")
    run.add_argument("--once", action="store_true", help="put it there, say how it went, and end")
    keys = _step(steps, "keys", _keys, "Make a private and a public key, once")
    keys.add_argument("folder", type=Path, metavar="FOLDER", help="where they are written; no key is ever written over")
    sign = _step(steps, "sign", _sign, "Sign wheels; a signature is written beside each")
    sign.add_argument("wheels", type=Path, nargs="+", metavar="WHEEL")
    sign.add_argument("--key", type=Path, required=True, help="private key in PEM")
    look = _step(steps, "inspect", _inspect, "Say what wheels are, without running any of it")
    look.add_argument("wheels", type=Path, nargs="+", metavar="WHEEL")
    look.add_argument("--trust", type=Path, action="append", default=[], metavar="KEY", help="a public key you trust")
    look.add_argument("--json", action="store_true", help="as JSON")
    add_words(steps.add_parser("link", help="Notebooks that become pipelines", description="Notebooks as pipelines."))
    return parser


def _step(
    steps: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, action: Action, told: str
) -> argparse.ArgumentParser:
    parser = steps.add_parser(name, help=told, description=told)
    parser.set_defaults(action=action)
    return parser


def _new(told: argparse.Namespace) -> int:
    from andon_sdk.command.new import make  # noqa: PLC0415 - each step imports what it needs, and no more

    made = make(told.name, told.title, told.into)
    print(f"{made} is a plugin that works. Next:\n\n    cd {made}\n    pip install -e '.[dev]'\n    andon-sdk check")
    return 0


def _check(told: argparse.Namespace) -> int:
    from andon_sdk.command.check import report  # noqa: PLC0415

    return report(told.project, own_tests=not told.no_tests, as_json=told.json)


def _build(told: argparse.Namespace) -> int:
    from andon_sdk.command.build import build  # noqa: PLC0415
    from andon_sdk.command.inspection import said  # noqa: PLC0415

    return said(build(told.project), [], as_json=False)


def _run(told: argparse.Namespace) -> int:
    from andon_sdk.command.run import Trial, watch  # noqa: PLC0415

    if not told.key:
        raise Refused("An API key is needed that may manage plugins: --key, or ANDON_API_KEY. Make one on Access.")
    return watch(Trial(told.project, told.url, told.key, told.andon), once=told.once)


def _keys(told: argparse.Namespace) -> int:
    from andon_sdk.package.signing import make_keys  # noqa: PLC0415

    try:
        private, public = make_keys(told.folder)
    except FileExistsError as error:
        raise Refused(f"{error.filename} is there already and stays as it is: name another folder.") from error
    print(f"{private}  keep it to yourself: who has it can sign as you\n{public}  give it to who installs your plugins")
    return 0


def _sign(told: argparse.Namespace) -> int:
    from andon_sdk.package.signing import SigningRefused, sign  # noqa: PLC0415

    try:
        for wheel in told.wheels:
            print(sign(wheel, told.key))
    except SigningRefused as error:
        raise Refused(str(error)) from error
    return 0


def _inspect(told: argparse.Namespace) -> int:
    from andon_sdk.command.inspection import said  # noqa: PLC0415

    return max(said(wheel, told.trust, as_json=told.json) for wheel in told.wheels)
