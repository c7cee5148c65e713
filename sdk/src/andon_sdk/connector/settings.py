"""A connector's settings from plain values, with errors that name the field, and secrets that stand elsewhere."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from andon_sdk.connector.errors import SettingsRefused

Model = TypeVar("Model", bound=BaseModel)


def read_settings(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The settings, once `{ file = "…" }` and `{ env = "…" }` of secret fields are replaced by what they name.

    A secret that is written out is refused: the file of settings is copied, mailed and kept in version control.
    Raises `SettingsRefused`, naming the field.
    """
    given = {name: secret(name, value) if _is_secret(model, name) else value for name, value in values.items()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SettingsRefused(first["msg"], field=field or None) from None


def _is_secret(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and "SecretStr" in str(field.annotation)


def secret(name: str, value: Any) -> SecretStr | None:
    """What `{ file = "…" }` or `{ env = "…" }` names. Raises `SettingsRefused`, `name` being the field."""
    match value:
        case None | SecretStr():
            return value
        case {"file": str(path), **rest} if not rest:
            try:
                return SecretStr(Path(path).read_text("utf-8").strip())
            except OSError as error:
                raise SettingsRefused(f"{path} cannot be read: {error.strerror}.", field=name) from error
        case {"env": str(variable), **rest} if not rest:
            if variable not in os.environ:
                raise SettingsRefused(f"the environment variable {variable} is not set.", field=name)
            return SecretStr(os.environ[variable])
    raise SettingsRefused('a secret is not written here: say { file = "…" } or { env = "…" }.', field=name)
