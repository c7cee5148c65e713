"""`andon plugin`: the catalogue of packages, as the platform's operator keeps it.

Adding judges the wheel, unpacks it, and asks the plugin in its box what it declares; only then is it in the catalogue.
Whether a tenant uses it is the tenant's admin's to say.
"""

import shutil
import tempfile
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from andon_sdk.link.environment import requirements_of
from andon_sdk.package import Inspected, Limits, SigningRefused, WheelRefused, inspect, signature_of, unpack
from andon_sdk.plugin import Estimator
from infra.local.state import State
from services.kernel.clock import utc_now
from services.plugins import host
from services.plugins.catalogue import Catalogue
from services.plugins.contracts import Declared, Installation, Package, PackageState
from services.plugins.digest import tree_digest
from services.plugins.environments import Environments, OwnEnvironment
from services.plugins.errors import PackageNotFound, PackageRefused, PluginFaulty
from services.plugins.process import PluginProcess

_LIMITS = Limits()
_FOLDER = "plugins"


def catalogue(state: State) -> Catalogue:
    folder = state.folder(_FOLDER)
    host.use(folder)
    return Catalogue(folder)


def trust(state: State, key: Path) -> Path:
    """Believes from now on what is signed with this public key, in PEM. Raises `PackageRefused`."""
    try:
        content = key.read_bytes()
    except OSError as error:
        raise PackageRefused(
            f"{key} cannot be read: {error.strerror}. Name the maker's public key, a PEM file."
        ) from error
    if b"BEGIN PUBLIC KEY" not in content or len(content) > 10_000:
        raise PackageRefused(f"{key} is no public key in PEM. Ask the maker for the public half of their key.")
    kept = trusted_folder(state) / f"{key.stem}.pem"
    kept.write_bytes(content)
    return kept


def trusted_folder(state: State) -> Path:
    folder = state.folder(_FOLDER) / "trusted"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def add(
    state: State, wheel: Path, signature: Path | None = None, *, unsigned: bool = False
) -> tuple[Package, Declared]:
    """Takes a wheel into the catalogue. Raises `PackageRefused` for one that is not to be believed or not for here,
    `PluginFaulty` for one whose hooks fail."""
    kept = catalogue(state)
    with tempfile.TemporaryDirectory(dir=kept.folder) as scratch:
        copy, beside = _copied(wheel, signature, Path(scratch))
        judged = _judged(copy, beside, sorted(trusted_folder(state).glob("*.pem")), unsigned=unsigned)
        fresh = Path(scratch) / "files"
        try:
            unpack(copy, fresh)
        except WheelRefused as error:
            raise PackageRefused(str(error)) from error
        package = _package(judged, tree_digest(fresh))
        _check_free(kept, package)
        own = Environments(kept.folder).make(package.name, requirements_of(package.name, [str(fresh)]))
        package = replace(package, environment=None if own is None else own.key)
        fresh.chmod(0o700)
        kept.files_of(package).parent.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(kept.files_of(package), ignore_errors=True)
        fresh.rename(kept.files_of(package))
    try:
        declared = host.hosting().check(kept.installation(package))
        if own is not None and own.replaced:
            _check_serves(kept.installation(package), declared, own)
    except Exception:
        kept.clear(package)
        raise
    kept.put(package)
    return package, declared


def _check_serves(plugin: Installation, declared: Declared, own: OwnEnvironment) -> None:
    """Models serve together, with the versions that Andon has: what a plugin has of its own in place of these is for
    fitting only. Raises `PackageRefused`."""
    here = ", ".join(f"{name} {version(name)}" for name in own.replaced)
    if modules := [each.key for each in declared.hooks.get("blueprints", ()) if not isinstance(each, Estimator)]:
        raise PackageRefused(
            f"{plugin.name} asks for other versions than {here}. Its blueprint {modules[0]} is a module, whose code "
            "runs where models serve, with those: only what an estimator fits with may be of another version."
        )
    try:
        with PluginProcess(replace(plugin, behind=True)) as process:
            process.declarations()
    except PluginFaulty as error:
        raise PackageRefused(
            f"{plugin.name} asks for other versions than {here}, and cannot be loaded with these, as it must where "
            f"models serve: {error.fault.what} Ask its maker to import them inside of `fit`."
        ) from error


def own_packages(state: State, package: Package) -> dict[str, str]:
    """Versions by name of what was fetched for it, beside Andon's own packages or in place of them."""
    made = Environments(catalogue(state).folder).get(package.environment) if package.environment is not None else None
    return {**made.added, **made.replaced} if made is not None else {}


def remove(state: State, name: str, version: str) -> Package:
    """Takes a version out of the catalogue; who uses it has no such plugin any more. Raises `PackageNotFound`."""
    kept = catalogue(state)
    package = find(kept, name, version)
    kept.drop(package)
    return package


def retry(state: State, name: str, version: str) -> Declared:
    """Asks a plugin again that was disabled after repeated faults. Raises `PackageNotFound`, `PluginFaulty`."""
    kept = catalogue(state)
    installation = kept.installation(find(kept, name, version))
    host.hosting().faults.forgive(installation)
    return host.hosting().check(installation)


def find(kept: Catalogue, name: str, version: str) -> Package:
    for package in kept.packages():
        if (package.name, package.version) == (name, version):
            return package
    raise PackageNotFound(f"The catalogue has no {name} {version}. `andon plugin list` shows what it has.")


def _copied(wheel: Path, signature: Path | None, folder: Path) -> tuple[Path, Path]:
    """A copy that nobody else can write to, with its signature beside it."""
    try:
        copy = Path(shutil.copyfile(wheel, folder / wheel.name))
    except OSError as error:
        raise PackageRefused(f"{wheel} cannot be read: {error.strerror}. Name the .whl file.") from error
    given = signature or signature_of(wheel)
    if given.exists():
        shutil.copyfile(given, signature_of(copy))
    elif signature is not None:
        raise PackageRefused(f"There is no signature {signature}.")
    return copy, signature_of(copy)


def _judged(wheel: Path, signature: Path, trusted: list[Path], *, unsigned: bool) -> Inspected:
    try:
        judged = inspect(wheel, trusted, signature=signature, limits=_LIMITS)
    except SigningRefused as error:
        raise PackageRefused(str(error)) from error
    state, said = judged.state.value, " ".join(judged.reasons)
    if state == PackageState.UNSIGNED.value and not unsigned:
        raise PackageRefused(
            f"{wheel.name} is unsigned. {said} `andon plugin trust KEY.pem` adds a maker's key; "
            "with --allow-unsigned it is let in all the same, and shown as unsigned.",
            state=state,
        )
    if state not in (PackageState.SIGNED.value, PackageState.UNSIGNED.value) or judged.manifest is None:
        raise PackageRefused(f"{wheel.name} is {state}. {said}", state=state)
    return judged


def _package(judged: Inspected, files: str) -> Package:
    told = judged.manifest
    assert told is not None
    if find_spec(told.package) is not None:
        raise PackageRefused(
            f"{told.name} brings the package {told.package}, which Andon's own environment has. It would stand in "
            "for that: ask its maker to call it otherwise."
        )
    return Package(
        name=told.name,
        version=told.version,
        wheel=judged.digest,
        files=files,
        state=PackageState(judged.state.value),
        reasons=judged.reasons,
        title=told.title,
        summary=told.summary,
        sector=told.sector,
        capabilities=told.capabilities,
        hosts=told.hosts,
        sdk=told.sdk,
        settings=told.settings,
        signed_by=judged.signed_by,
        added_at=utc_now(),
    )


def _check_free(kept: Catalogue, package: Package) -> None:
    for known in kept.packages():
        if (known.name, known.version) == (package.name, package.version):
            raise PackageRefused(
                f"The catalogue has {known.name} {known.version} already. Remove it first, or ask for another "
                "version number: what ran under a number must stay known."
            )
