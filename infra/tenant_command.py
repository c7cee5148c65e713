"""`andon tenant`: the life of a customer on this installation."""

import getpass
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.command import Home, Json, ask, console, fail, opened, run
from services.budgets.contracts import Budget, Ceiling

if TYPE_CHECKING:
    from infra.deleting import Deleted

tenants = typer.Typer(no_args_is_help=True, help="Customers on this installation.")

DEMO_TENANTS = frozenset({"acme", "borealis"})
_WARNING = """Everything of {slug} goes, and nothing brings it back.
`andon tenant export {slug} {slug}.zip` keeps a copy. Type {slug} to delete it"""
Slug = Annotated[str, typer.Argument(help="Its address.")]


@tenants.command("create")
def create_tenant(
    slug: Annotated[str, typer.Argument(help="Its address: lower-case letters, digits, hyphens.")],
    admin: Annotated[str, typer.Option("--admin", help="E-mail of its first admin.")],
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Make a tenant and its first admin, and print a one-time login for them."""
    from infra.tenants import create  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    url = run(create(settings, state, slug, name or slug, admin), as_json)
    print(json.dumps({"ok": True, "url": url})) if as_json else console.print(
        f"Tenant {slug} is made. Its admin signs in once at\n  {url}", soft_wrap=True, highlight=False
    )


@tenants.command("list")
def list_tenants(as_json: Json = False, home: Home = None) -> None:
    """The tenants of this installation, with their state."""
    from infra.tenants import listed  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    found = run(listed(settings, state), as_json)
    if as_json:
        facts = ({"slug": one.slug, "name": one.name, "id": str(one.id), "state": one.state} for one in found)
        print(json.dumps(list(facts)))
        return
    for tenant in found:
        console.print(f"{tenant.slug:<20} {tenant.state:<10} {tenant.name}", highlight=False)


@tenants.command("quota")
def tenant_quota(
    slug: Slug,
    budget: Annotated[Budget | None, typer.Argument(help="Which budget; all are shown when left out.")] = None,
    per_second: Annotated[float | None, typer.Option(help="What comes back in a second.")] = None,
    burst: Annotated[int | None, typer.Option(help="What a budget that was left alone holds.")] = None,
    usual: Annotated[bool, typer.Option("--usual", help="The installation's quota again.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Show what a tenant may ask of the gateway in a time, or give it a quota of its own."""
    from infra.quotas import ask as ask_quotas  # noqa: PLC0415
    from infra.quotas import change_of  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    try:
        change = change_of(budget, per_second, burst, usual=usual)
    except ValueError as error:
        raise fail(str(error), as_json=as_json) from error
    lines = run(ask_quotas(settings, state, slug, change), as_json)
    if as_json:
        print(json.dumps([line.plain() for line in lines]))
        return
    for line in lines:
        own = "of its own" if line.own else "the installation's"
        told = f"{line.quota.per_second:>12,g} a second {line.quota.burst:>16,} at once"
        console.print(f"{line.budget:<10}{told}   [dim]{own}[/dim]", highlight=False)


@tenants.command("login")
def tenant_login(
    slug: Slug,
    issuer: Annotated[str | None, typer.Argument(help="Of the provider to add or remove; all are shown.")] = None,
    client_id: Annotated[str | None, typer.Option(help="What the provider knows Andon by.")] = None,
    secret_file: Annotated[Path | None, typer.Option(help="File with the client's secret; - reads it here.")] = None,
    name: Annotated[str | None, typer.Option(help="What the button on the sign-in page says.")] = None,
    domain: Annotated[list[str] | None, typer.Option(help="Of addresses that may come by it; may be repeated.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Trust it no more.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Show the providers of identity by which members of a tenant log in, add one, or remove one."""
    from infra.logins import ask as ask_logins  # noqa: PLC0415
    from infra.logins import secret_of, wish_of  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    try:
        secret = secret_of(secret_file)
        wish = wish_of(issuer, client_id, secret, name, tuple(domain or ()), remove=remove)
    except (ValueError, OSError) as error:
        raise fail(str(error), as_json=as_json) from error
    found = run(ask_logins(settings, state, slug, wish, getpass.getuser()), as_json)
    if as_json:
        facts = ({"name": one.name, "issuer": one.issuer, "clientId": one.client_id} for one in found)
        print(json.dumps(list(facts)))
        return
    for one in found:
        console.print(f"{one.name:<20} {one.issuer}   [dim]{one.client_id}[/dim]", highlight=False, soft_wrap=True)


@tenants.command("ceiling")
def tenant_ceiling(
    slug: Slug,
    ceiling: Annotated[Ceiling | None, typer.Argument(help="Which ceiling; all are shown when left out.")] = None,
    most: Annotated[int | None, typer.Option(help="What the tenant may have at most.")] = None,
    usual: Annotated[bool, typer.Option("--usual", help="The usual ceiling again.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Show what a tenant may have at most of imports, exports and stored bytes, or give it a ceiling of its own."""
    from infra.ceilings import ask as ask_ceilings  # noqa: PLC0415
    from infra.ceilings import change_of  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    try:
        change = change_of(ceiling, most, usual=usual)
    except ValueError as error:
        raise fail(str(error), as_json=as_json) from error
    lines = run(ask_ceilings(settings, state, slug, change), as_json)
    if as_json:
        print(json.dumps([line.plain() for line in lines]))
        return
    for line in lines:
        own = "of its own" if line.own else "the usual one"
        used = f" {line.used:>20,} used" if line.used is not None else ""
        console.print(f"{line.ceiling:<12}{line.most:>20,} at most{used}   [dim]{own}[/dim]", highlight=False)


@tenants.command("suspend")
def suspend_tenant(slug: Slug, as_json: Json = False, home: Home = None) -> None:
    """Close a tenant: nobody signs in, no row is taken, no work begins. Nothing of it is lost."""
    from infra.suspending import suspend  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    run(suspend(settings, state, slug, getpass.getuser()), as_json)
    said = f"Tenant {slug} is suspended. `andon tenant resume {slug}` opens it again."
    print(json.dumps({"ok": True})) if as_json else console.print(said, highlight=False)


@tenants.command("resume")
def resume_tenant(slug: Slug, as_json: Json = False, home: Home = None) -> None:
    """Open a suspended tenant again."""
    from infra.suspending import resume  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    run(resume(settings, state, slug, getpass.getuser()), as_json)
    print(json.dumps({"ok": True})) if as_json else console.print(f"Tenant {slug} is open again.", highlight=False)


@tenants.command("rotate")
def rotate_tenant(
    slug: Slug,
    devices: Annotated[
        bool, typer.Option("--devices", help="The login of its devices too, which must be given to each of them anew.")
    ] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Exchange a tenant's inner credentials while rows come in; the former ones open nothing then."""
    from infra.rotating import rotate  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    tell = partial(_tell, as_json)
    run(rotate(settings, state, slug, getpass.getuser(), tell, devices=devices), as_json)
    said = f"The credentials of {slug} are new. The former ones open nothing any more."
    print(json.dumps({"ok": True})) if as_json else console.print(said, highlight=False)


@tenants.command("export")
def export_tenant(
    slug: Slug,
    file: Annotated[Path, typer.Argument(help="Where to: a zip file that is not there yet.")],
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Write everything that is the tenant's into one file, in open formats."""
    from infra.export import export  # noqa: PLC0415

    settings, state = opened(home)
    ask(state, "list", as_json=as_json)
    done = run(export(settings, state, slug, file, lambda step: _tell(as_json, step)), as_json)
    print(json.dumps({"ok": True, **asdict(done)})) if as_json else console.print(
        f"{file}: {done.files} files of {done.bytes / 1e6:.1f} MB, {done.rows} rows in tables", highlight=False
    )


@tenants.command("delete")
def delete_tenant(
    slug: Slug,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for the address again.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Delete a tenant with everything that it has, look whether anything is left, and say what was found."""
    from infra import deleting  # noqa: PLC0415

    settings, state = opened(home)
    parts = ask(state, "list", as_json=as_json)["parts"]
    tenant, begun = run(deleting.find(settings, state, slug), as_json)
    if slug in DEMO_TENANTS and any(part["name"] == "demo" for part in parts):
        raise fail(f"The demo that runs would make {slug} again. Say `andon up --no-demo` first.", as_json=as_json)
    if begun:
        _tell(as_json, f"the deletion of {slug} was begun before and goes on")
    elif not yes and typer.prompt(_WARNING.format(slug=slug)) != slug:
        raise fail("That is another address. Nothing was deleted.", as_json=as_json)
    work = deleting.delete(settings, state, tenant, slug, getpass.getuser(), lambda step: _tell(as_json, step))
    done = run(work, as_json)
    _print_deleted(done, as_json)
    if not done.remains.nothing:
        raise typer.Exit(1)


def _print_deleted(done: "Deleted", as_json: bool) -> None:
    left, burial = done.remains, done.burial
    if as_json:
        facts = {"tenant": str(burial.tenant), "trail": {"number": burial.number, "digest": burial.digest}}
        print(json.dumps({"ok": left.nothing, **facts, "remains": asdict(left)}))
        return
    found = left.enclave
    console.print(
        f"rows {sum(left.rows.values())} in {left.tables} tables, jobs {left.queued}, objects {found.objects}, "
        f"streams {found.streams}, processes {found.processes}, files {len(left.files)}",
        highlight=False,
    )
    for what in (*(f"{number} rows in {table}" for table, number in left.rows.items()), *left.files):
        console.print(f"  [red]✗[/red] left: {what}", highlight=False, soft_wrap=True)
    if left.nothing:
        console.print(f"Tenant {burial.slug} is deleted. Its audit trail ended with record {burial.number}.")
    else:
        console.print("Not everything is gone. Say it again, and `andon doctor` if it stays so.")


def _tell(as_json: bool, step: str) -> None:
    if as_json:
        print(json.dumps({"news": step}), flush=True)
    else:
        console.print(f"[dim]…[/dim] {step}", highlight=False)
