"""What to make of a wheel, before any of it is run."""

import hashlib
import re
import sys
from collections.abc import Sequence
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version as installed_version
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from andon_sdk.package.archive import Limits, Wheel, WheelModified, WheelRefused
from andon_sdk.package.manifest import MANIFEST, SETTINGS, Manifest, ManifestRefused, parse
from andon_sdk.package.signing import SignatureBroken, signature_of, signer_of
from andon_sdk.plugin.hooks import ENTRY_POINTS

_RESERVED = {"andon_sdk", "services", "gateway", "infra", "tests"}


class State(StrEnum):
    """How far a plugin can be believed."""

    CORE = "core"
    """Installed with Andon itself. Whoever hosts plugins says so; a wheel never is."""
    SIGNED = "signed"
    """By a key that is trusted here, byte for byte."""
    UNSIGNED = "unsigned"
    """Without a signature, or by a key that is not trusted here."""
    MODIFIED = "modified"
    """Not what was signed, or not what its own RECORD describes."""
    INCOMPATIBLE = "incompatible"
    """Whole, and not for this SDK, this Python or this machine; or no plugin at all."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is known of a wheel."""

    digest: str
    """SHA-256 of the bytes that were looked at, in hex; empty when they could not be read within the limits."""
    state: State
    reasons: tuple[str, ...]
    """Sentences for people: why it is in this state. None for SIGNED."""
    manifest: Manifest | None
    """None where there is none that can be read."""
    entry_points: tuple[tuple[str, str], ...] = ()
    """Name and module of each, in the plugins' group."""
    signed_by: str | None = None
    """Fingerprint of the trusted key."""


def inspect(
    wheel: Path, trusted: Sequence[Path], *, signature: Path | None = None, limits: Limits | None = None
) -> Inspected:
    """Judges a wheel by its bytes, its RECORD, its manifest and its signature, which lies beside it unless named.

    `trusted` are public keys in PEM. Nothing of the wheel is run, and time and memory are bounded by `limits`. Inspect
    a copy nobody else can write to, and keep to its digest. Raises `SigningRefused` for a trusted key that is none.
    """
    limits, signature = limits or Limits(), signature or signature_of(wheel)
    digest, manifest, entry_points = "", None, ()
    modified: list[str] = []
    refused: list[str] = []
    signer: str | None = None
    try:
        with Wheel(wheel, limits) as opened:
            with wheel.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if signature.exists():
                signer = _verified(wheel, signature, trusted, modified)
            entry_points = _entry_points(opened, refused)
            manifest = _manifest(opened, entry_points, refused)
            opened.check_record()
    except WheelModified as error:
        modified.append(str(error))
    except ManifestRefused as error:
        refused += error.reasons
    except WheelRefused as error:
        refused.append(str(error))
    if modified:
        said = (*modified, "Get the wheel again from who made it.", *refused)
        return Inspected(digest, State.MODIFIED, said, manifest, entry_points)
    if refused:
        return Inspected(digest, State.INCOMPATIBLE, tuple(refused), manifest, entry_points, signer)
    if signer is None:
        return Inspected(digest, State.UNSIGNED, (_unsigned(signature),), manifest, entry_points)
    return Inspected(digest, State.SIGNED, (), manifest, entry_points, signer)


def _verified(wheel: Path, signature: Path, trusted: Sequence[Path], modified: list[str]) -> str | None:
    try:
        return signer_of(wheel, signature, trusted)
    except SignatureBroken as error:
        modified.append(f"{error}.")
        return None


def _unsigned(signature: Path) -> str:
    if signature.exists():
        return "It is signed by a key that is not trusted here: add the maker's public key, if you trust the maker."
    return f"It is not signed: there is no {signature.name} beside it."


def _manifest(wheel: Wheel, entry_points: Sequence[tuple[str, str]], refused: list[str]) -> Manifest:
    """Adds to `refused` what stands against it on this machine."""
    told = wheel.metadata()
    name, version = told["Name"], told["Version"]
    if max(len(name), len(version), len(told.get("Requires-Python", ""))) > 100:
        raise WheelRefused("METADATA has a Name, Version or Requires-Python of more than 100 characters.")
    if not re.fullmatch(r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?", name, re.ASCII):
        raise WheelRefused("METADATA has a Name that is none.")
    package = canonicalize_name(name).replace("-", "_")
    _named_alike(wheel, name, version, refused)
    strangers = sorted({each.split("/")[0] for each in wheel.names} - {package, wheel.info})
    if strangers:
        refused.append(
            f"It brings {strangers[0]!r}: a plugin called {name} brings the package {package} and nothing else, "
            "so that it cannot stand in for another."
        )
    if package in _RESERVED:
        refused.append(f"{package} is a name of Andon itself: call the plugin otherwise.")
    if any(value.split(".")[0] != package for _, value in entry_points):
        refused.append(f"Its entry point names a module outside {package}.")
    content = wheel.text(f"{package}/{MANIFEST}")
    if content is None:
        raise WheelRefused(
            f"It has no {package}/{MANIFEST}: write one, and name it in package-data (see the manifest's page)."
        )
    manifest = parse(content, name=name, version=version, package=package, settings=wheel.text(f"{package}/{SETTINGS}"))
    refused += _unmet("andon-sdk", manifest.sdk, installed_version("andon-sdk"))
    refused += _unmet("Python", told.get("Requires-Python", ""), ".".join(map(str, sys.version_info[:3])))
    return manifest


def _named_alike(wheel: Wheel, name: str, version: str, refused: list[str]) -> None:
    """The file's name, the folder's and METADATA's say the same, and the tags fit this machine."""
    try:
        said, number, _, tags = parse_wheel_filename(wheel.path.name)
        same = said == canonicalize_name(name) and number == Version(version)
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise WheelRefused(
            f"{wheel.path.name} is no name of a wheel: {error}. Keep the name it was built with."
        ) from error
    folder, _, rest = wheel.info.removesuffix(".dist-info").partition("-")
    if not same or canonicalize_name(folder) != said or rest != version:
        refused.append(f"Its file is called {wheel.path.name}, and inside it is {name} {version}.")
    if not tags & frozenset(sys_tags()):
        refused.append(f"It is built for {', '.join(sorted(map(str, tags))[:3])}, which this machine is not.")


def _unmet(what: str, wanted: str, have: str) -> list[str]:
    try:
        met = SpecifierSet(wanted).contains(have, prereleases=True)
    except InvalidSpecifier:
        return [f"{wanted[:80]!r} is no range of versions of {what}: write it as in `>=0.1,<0.2`."]
    return [] if met else [f"It asks for {what} {wanted}; here is {have}. Ask its maker for a version that fits."]


def _entry_points(wheel: Wheel, refused: list[str]) -> tuple[tuple[str, str], ...]:
    content = wheel.text(f"{wheel.info}/entry_points.txt") or b""
    parser = ConfigParser(delimiters=("=",), interpolation=None, strict=True)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - names keep their capitals
    try:
        parser.read_string(content.decode("utf-8"))
    except (ConfigError, UnicodeDecodeError) as error:
        raise WheelRefused(f"entry_points.txt cannot be read: {str(error)[:80]}") from error
    groups = [section for section in parser.sections() if section != ENTRY_POINTS]
    if ENTRY_POINTS not in parser:
        others = [group for group in groups if group.startswith("andon.plugins.")]
        said = f"It is for {others[0]}" if others else "It has no entry point"
        refused.append(f"{said}; this SDK's plugins have one in the group {ENTRY_POINTS}.")
        return ()
    if groups:
        refused.append(f"It has entry points in {groups[0][:80]!r} too: a plugin has them in {ENTRY_POINTS} only.")
    found = tuple(parser[ENTRY_POINTS].items())
    if not all(re.fullmatch(r"[a-z_]\w*(\.[a-z_]\w*)*", module, re.ASCII) for _, module in found):
        refused.append("An entry point of a plugin names a module, such as andon_pump.plugin, and no object in it.")
    return found
