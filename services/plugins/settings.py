"""Settings of a plugin, held against its form, with the secret ones apart. Pure functions."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match

from services.plugins.errors import PluginSettingsInvalid

MOST_BYTES = 64 * 1024


def secret_names(schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Those that the form marks as write-only, as pydantic does for `SecretStr`."""
    properties = (schema or {}).get("properties", {})
    return tuple(sorted(key for key, each in properties.items() if isinstance(each, dict) and each.get("writeOnly")))


def checked(
    plugin: str, schema: Mapping[str, Any] | None, plain: Mapping[str, Any], secrets: Mapping[str, Any]
) -> None:
    """Raises `PluginSettingsInvalid`, which names the place and never repeats a secret."""
    known = set(secret_names(schema))
    if schema is None and (plain or secrets):
        raise _invalid(plugin, "", "has no settings.")
    if misplaced := sorted(known & set(plain)):
        raise _invalid(plugin, misplaced[0], "is secret: send it under `secrets`, so that it is kept apart.")
    if strange := sorted(set(secrets) - known):
        raise _invalid(plugin, strange[0], "is no secret setting of this plugin.")
    try:
        Draft202012Validator.check_schema(schema or {})
        error = best_match(Draft202012Validator(schema or {}).iter_errors({**plain, **secrets}))
    except (SchemaError, RecursionError) as error:
        raise _invalid(plugin, "", "has a form that cannot be read. Ask its maker for a mended version.") from error
    if error is None:
        return
    at = ".".join(str(each) for each in error.absolute_path)
    secret = at.split(".")[0] in known
    raise _invalid(plugin, at, "does not fit the form." if secret else f"does not fit the form: {error.message[:300]}.")


def _invalid(plugin: str, at: str, what: str) -> PluginSettingsInvalid:
    subject = f"The setting “{at}” of {plugin}" if at else plugin
    return PluginSettingsInvalid(
        f"{subject} {what}", field=f"settings.{at}" if at else "settings", plugin=plugin, at=at
    )
