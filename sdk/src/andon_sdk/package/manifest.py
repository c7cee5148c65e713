"""The manifest: what a plugin is, may do and needs, known without running a line of it.

It is the file `andon-plugin.toml` in the plugin's import package. Not a table of `pyproject.toml`, which no wheel
holds: as package data it is copied by the ordinary build, is named in RECORD, and is covered by the signature. Name
and version stand in the wheel's METADATA and nowhere else.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from andon_sdk.plugin.hooks import Hooks

MANIFEST = "andon-plugin.toml"
SETTINGS = "andon-settings.json"
"""JSON Schema of the plugin's settings, made from its pydantic model: a wheel is judged before its code may run."""
LONGEST_TEXT, MOST_ENTRIES = 300, 50
_MANIFEST_BYTES, _SETTINGS_BYTES = 64_000, 256_000
_CAPABILITIES = frozenset(name for name in vars(Hooks) if not name.startswith("_"))
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*:[0-9]{{1,5}}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_SECTOR = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MODEL = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*:[A-Za-z_]\w*")
_KEYS = {"manifest", "title", "summary", "sector", "capabilities", "hosts", "sdk", "settings", "locales"}


class ManifestRefused(ValueError):
    """A manifest that is none. `reasons` are sentences, each with what to do."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Texts:
    """What people read of the plugin, in one language."""

    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a plugin says of itself."""

    name: str
    """Of its distribution, as METADATA has it."""
    version: str
    package: str
    """The import package, the only one it brings."""
    title: str
    summary: str
    sector: str
    """Of industry, in words with dashes; `any` for all."""
    capabilities: tuple[str, ...]
    """Hooks it implements, in order of the alphabet. No other hook of it is asked."""
    sdk: str
    """Versions of andon-sdk it works with, such as `>=0.1,<0.2` (PEP 440)."""
    hosts: tuple[str, ...] = ()
    """`name:port` of each host its code may reach; none: its code has no network."""
    locales: Mapping[str, Texts] = field(default_factory=dict[str, Texts])
    """Title and summary in further languages; what stands above is English."""
    settings_model: str | None = None
    """`module:Class` of the pydantic model, for the process that runs the plugin."""
    settings: Mapping[str, Any] | None = None
    """JSON Schema of that model."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Settings that are secret (pydantic's `SecretStr`): to be kept apart and never shown."""
        properties = (self.settings or {}).get("properties", {})
        return tuple(key for key, each in properties.items() if isinstance(each, dict) and each.get("writeOnly"))

    def texts(self, locale: str) -> Texts:
        """In that language or else in English."""
        return self.locales.get(locale, Texts(self.title, self.summary))


def parse(content: bytes, *, name: str, version: str, package: str, settings: bytes | None = None) -> Manifest:
    """The manifest in `andon-plugin.toml`; `settings` is the content of `andon-settings.json`. Raises
    `ManifestRefused` with everything that is wrong."""
    told = _toml(content)
    reasons = [f"{MANIFEST}: {key} is no key of a manifest: leave it out." for key in sorted(told.keys() - _KEYS)]
    if told.get("manifest") != 1:
        reasons.append(
            f"{MANIFEST}: manifest must be 1, the only kind this SDK reads, not {_short(told.get('manifest'))}."
        )
    manifest = Manifest(
        name=name,
        version=version,
        package=package,
        title=_text(told, "title", reasons),
        summary=_text(told, "summary", reasons),
        sector=_matching(told, "sector", _SECTOR, "words in small letters with dashes between, or any", reasons),
        capabilities=_capabilities(told, reasons),
        sdk=_text(told, "sdk", reasons),
        hosts=_hosts(told, reasons),
        locales=_locales(told, reasons),
        settings_model=_settings_model(told, package, reasons),
        settings=_schema(settings, reasons),
    )
    if (manifest.settings_model is None) != (settings is None):
        reasons.append(
            f"{MANIFEST}: settings and the file {SETTINGS} belong together: "
            "`andon-sdk build` writes the file from the model."
        )
    if reasons:
        raise ManifestRefused(reasons)
    return manifest


def manifest_in(folder: Path, *, name: str, version: str) -> Manifest:
    """The manifest of an import package that lies unpacked in `folder`. Raises `ManifestRefused`."""
    path, settings = folder / MANIFEST, folder / SETTINGS
    if not path.is_file():
        raise ManifestRefused(
            [f"{folder.name} has no {MANIFEST}: write one (docs/reference/manifest.md) as package data."]
        )
    return parse(
        path.read_bytes(),
        name=name,
        version=version,
        package=folder.name,
        settings=settings.read_bytes() if settings.is_file() else None,
    )


def _toml(content: bytes) -> dict[str, Any]:
    if len(content) > _MANIFEST_BYTES:
        raise ManifestRefused([f"{MANIFEST} has {len(content)} bytes; {_MANIFEST_BYTES} are read at most."])
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ManifestRefused([f"{MANIFEST} is not TOML in UTF-8: {_short(error)}."]) from error


def _text(told: Mapping[str, Any], key: str, reasons: list[str], where: str = "") -> str:
    value = told.get(key)
    if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT and value.isprintable():
        return value.strip()
    said = "is missing" if key not in told else f"is not that: {_short(value)}"
    reasons.append(f"{MANIFEST}: {where}{key} must be one line of 1 to {LONGEST_TEXT} characters, and {said}.")
    return ""


def _matching(told: Mapping[str, Any], key: str, pattern: re.Pattern[str], wanted: str, reasons: list[str]) -> str:
    before = len(reasons)
    value = _text(told, key, reasons)
    if len(reasons) == before and not pattern.fullmatch(value):
        reasons.append(f"{MANIFEST}: {key} must be {wanted}, not {_short(value)}.")
    return value


def _list(told: Mapping[str, Any], key: str, reasons: list[str]) -> tuple[str, ...]:
    value = told.get(key, [])
    if isinstance(value, list) and len(value) <= MOST_ENTRIES and all(isinstance(each, str) for each in value):
        if len(set(value)) == len(value):
            return tuple(sorted(value))
        reasons.append(f"{MANIFEST}: {key} names something twice.")
        return ()
    reasons.append(f"{MANIFEST}: {key} must be a list of at most {MOST_ENTRIES} texts, not {_short(value)}.")
    return ()


def _capabilities(told: Mapping[str, Any], reasons: list[str]) -> tuple[str, ...]:
    names = _list(told, "capabilities", reasons)
    if "capabilities" not in told or told["capabilities"] == []:
        reasons.append(f"{MANIFEST}: capabilities must name the hooks the plugin implements.")
    known = ", ".join(sorted(_CAPABILITIES))
    reasons += [
        f"{MANIFEST}: capability {_short(name)} is no hook that this andon-sdk knows; it knows {known}."
        for name in names
        if name not in _CAPABILITIES
    ]
    return names


def _hosts(told: Mapping[str, Any], reasons: list[str]) -> tuple[str, ...]:
    names = _list(told, "hosts", reasons)
    reasons += [
        f"{MANIFEST}: host {_short(name)} must be `name:port` in small letters, without a wildcard."
        for name in names
        if len(name) > 260 or not _HOST.fullmatch(name) or not 0 < int(name.rpartition(":")[2]) < 65536
    ]
    return names


def _locales(told: Mapping[str, Any], reasons: list[str]) -> dict[str, Texts]:
    value = told.get("locales", {})
    if not isinstance(value, dict) or len(value) > MOST_ENTRIES:
        reasons.append(f"{MANIFEST}: locales must be a table of at most {MOST_ENTRIES} languages, not {_short(value)}.")
        return {}
    found: dict[str, Texts] = {}
    for locale, texts in sorted(value.items()):
        if not _LOCALE.fullmatch(locale) or not isinstance(texts, dict) or texts.keys() != {"title", "summary"}:
            reasons.append(
                f"{MANIFEST}: locales.{_short(locale)} must be a language such as `de` with title and summary."
            )
            continue
        where = f"locales.{locale}."
        found[locale] = Texts(_text(texts, "title", reasons, where), _text(texts, "summary", reasons, where))
    return found


def _settings_model(told: Mapping[str, Any], package: str, reasons: list[str]) -> str | None:
    if "settings" not in told:
        return None
    wanted = f"`{package}.module:Class`, a pydantic model of the plugin"
    value = _matching(told, "settings", _MODEL, wanted, reasons)
    if value and value.partition(":")[0].split(".")[0] != package:
        reasons.append(f"{MANIFEST}: settings must be {wanted}, not {_short(value)}.")
    return value


def _schema(content: bytes | None, reasons: list[str]) -> Mapping[str, Any] | None:
    if content is None:
        return None
    if len(content) > _SETTINGS_BYTES:
        reasons.append(f"{SETTINGS} has {len(content)} bytes; {_SETTINGS_BYTES} are read at most.")
        return None
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        reasons.append(f"{SETTINGS} is not JSON: {_short(error)}.")
        return None
    if not isinstance(schema, dict) or schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        reasons.append(
            f"{SETTINGS} is not the JSON Schema of an object with properties: let `andon-sdk build` write it."
        )
        return None
    return schema


def _short(value: object) -> str:
    """What somebody else wrote, cut, and without what could move a terminal's cursor."""
    told = repr(str(value) if isinstance(value, Exception) else value)
    return told if len(told) <= 80 else f"{told[:77]}…"
