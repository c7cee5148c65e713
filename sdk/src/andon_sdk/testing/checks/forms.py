"""A settings form: people fill it in, so it has to explain itself, and strangers may, so it has to stand anything."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from andon_sdk.testing.finding import Seen

_SECRET = re.compile(r"(?i)pass(word|phrase)?$|secret|token|api_?key|private_?key|credential")
_HOSTILE: tuple[Any, ...] = (
    None, True, -1, 2**70, float("nan"), "", "x" * 100_000, "\x00", "../../etc/passwd", "${HOME}", [], {}, [[[]]],
)  # fmt: skip


def form(where: str, model: Any) -> Seen:
    """Findings on a pydantic model of settings."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        yield where, "It is no pydantic model.", "Derive it from pydantic.BaseModel."
        return
    schema = model.model_json_schema()
    properties: Mapping[str, Any] = schema.get("properties", {})
    for key, told in properties.items():
        if not told.get("description"):
            yield (
                f"{where}.{key}",
                "It has no description, and people are asked for it.",
                "Give Field(description=…), a sentence.",
            )
        if _SECRET.search(key) and not _written_only(told):
            yield (
                f"{where}.{key}",
                "It looks like a secret and is none.",
                "Make it a SecretStr: then it is kept apart and never shown.",
            )
    yield from _typing_errors(where, model)
    for key, value in _tried(properties):
        try:
            model.model_validate({key: value})
        except ValidationError:
            continue
        except Exception as error:  # noqa: BLE001 - whatever else it raises is the finding
            said = f"A value of {type(value).__name__} raised {type(error).__name__} instead of a ValidationError."
            yield f"{where}.{key}", said, "Raise ValueError in validators: then people are told which field is wrong."
            break


def _typing_errors(where: str, model: type[BaseModel]) -> Seen:
    """A setting that nobody knows is a typing error, and one that is silently ignored is found much later."""
    if model.model_config.get("extra") != "forbid":
        yield where, "A misspelt setting would be ignored.", 'Add model_config = ConfigDict(extra="forbid").'


def _tried(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in properties:
        for value in _HOSTILE:
            yield key, value


def _written_only(told: Mapping[str, Any]) -> bool:
    """A secret, or nothing that could hold one: the path of a file, a yes or no."""
    kinds = (told, *told.get("anyOf", ()))
    return any(each.get("writeOnly") or each.get("format") == "path" or each.get("type") == "boolean" for each in kinds)
