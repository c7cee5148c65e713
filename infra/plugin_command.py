"""`andon plugin`: the packages that customers may enable."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.command import Home, Json, console, fail, opened

plugins = typer.Typer(no_args_is_help=True, help="Plugins that customers may enable.")
Name = Annotated[str, typer.Argument(help="Of the distribution, such as andon-pump.")]
Version = Annotated[str, typer.Argument(help="Such as 1.2.0.")]


@plugins.callback()
def of_plugins() -> None:
    """Plugins that customers may enable."""


@plugins.command("add")
def add_plugin(
    wheel: Annotated[Path, typer.Argument(help="The .whl file.")],
    signature: Annotated[Path | None, typer.Option(help="Default: the file that lies beside it.")] = None,
    allow_unsigned: Annotated[bool, typer.Option(help="Take it though nobody trusted signed it.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Judge a wheel, ask it in its box what it declares, and take it into the catalogue. An upgrade is added beside the
    version before: each customer's admin says which of them to use."""
    from infra import packages  # noqa: PLC0415  `andon --help` should not pay for the platform's imports
    from services.kernel.errors import DomainError  # noqa: PLC0415

    _, state = opened(home)
    try:
        package, declared = packages.add(state, wheel, signature, unsigned=allow_unsigned)
    except DomainError as error:
        raise fail(str(error), as_json=as_json) from error
    own = packages.own_packages(state, package)
    keys = {hook: len(found) for hook, found in declared.hooks.items() if found}
    if as_json:
        named = {"name": package.name, "version": package.version, "state": package.state}
        print(json.dumps({**named, "declares": keys, "own": own}))
        return
    told = ", ".join(f"{count} {hook.replace('_', ' ')}" for hook, count in keys.items()) or "nothing"
    console.print(f"{package.name} {package.version} ({package.state}) is in the catalogue: {told}.", highlight=False)
    if own:
        fetched = ", ".join(f"{name} {version}" for name, version in own.items())
        console.print(f"Its models are fitted with packages of its own: {fetched}.", highlight=False)


@plugins.command("list")
def list_plugins(as_json: Json = False, home: Home = None) -> None:
    """What the catalogue has, and in which state its files are now."""
    from infra import packages  # noqa: PLC0415  as above

    _, state = opened(home)
    kept = packages.catalogue(state)
    found: list[dict[str, Any]] = []
    for package in kept.packages():
        now, reasons = kept.state_of(package)
        found.append({"name": package.name, "version": package.version, "state": now.value, "reasons": list(reasons)})
    if as_json:
        print(json.dumps(found))
        return
    for one in found:
        console.print(
            f"{one['name']:<24} {one['version']:<10} {one['state']:<13} {' '.join(one['reasons'])}", highlight=False
        )


@plugins.command("remove")
def remove_plugin(name: Name, version: Version, as_json: Json = False, home: Home = None) -> None:
    """Take a version out of the catalogue. Customers that use it have it no more."""
    from infra import packages  # noqa: PLC0415  as above
    from services.kernel.errors import DomainError  # noqa: PLC0415

    _, state = opened(home)
    try:
        gone = packages.remove(state, name, version)
    except DomainError as error:
        raise fail(str(error), as_json=as_json) from error
    _done(f"{gone.name} {gone.version} is gone.", as_json)


@plugins.command("retry")
def retry_plugin(name: Name, version: Version, as_json: Json = False, home: Home = None) -> None:
    """Ask a plugin again that was disabled after repeated faults."""
    from infra import packages  # noqa: PLC0415  as above
    from services.kernel.errors import DomainError  # noqa: PLC0415

    _, state = opened(home)
    try:
        packages.retry(state, name, version)
    except DomainError as error:
        raise fail(str(error), as_json=as_json) from error
    _done(f"{name} {version} answers again.", as_json)


@plugins.command("trust")
def trust_key(
    key: Annotated[Path, typer.Argument(help="The maker's public key, a PEM file.")],
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Believe from now on what is signed with this key."""
    from infra import packages  # noqa: PLC0415  as above
    from services.kernel.errors import DomainError  # noqa: PLC0415

    _, state = opened(home)
    try:
        kept = packages.trust(state, key)
    except DomainError as error:
        raise fail(str(error), as_json=as_json) from error
    _done(f"Signatures by {kept.name} are believed.", as_json)


def _done(sentence: str, as_json: bool) -> None:
    print(json.dumps({"ok": True})) if as_json else console.print(sentence, highlight=False)
