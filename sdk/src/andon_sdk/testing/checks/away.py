"""What a connector and a destination have in common: they are opened, and there may be nobody."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from andon_sdk.testing.finding import Seen
from andon_sdk.testing.watching import watched

_SECONDS = 20.0
_DEEPEST = 4
_NOWHERE: dict[str, Any] = {"host": "127.0.0.1", "port": 9, "address": "127.0.0.1:9", "broker": "127.0.0.1:9"}
"""Port 9 of this machine, where nobody listens; for settings of these names."""


class Opens(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...


def opened_nowhere(where: str, make: Callable[[], Opens], told: tuple[type[Exception], ...]) -> Seen:
    """Findings on what `make` makes, which may raise what is `told` when it is opened."""
    with watched() as done:
        made = make()
    for each in dict.fromkeys(done):
        yield where, f"open(settings) {each}; making it does no I/O.", "Do that in its own open()."
    began = time.perf_counter()
    said = asyncio.run(_nowhere(made, told))
    if said is not None:
        yield where, *said
    if time.perf_counter() - began > _SECONDS:
        yield where, f"With nobody there it took more than {_SECONDS:.0f} s.", "Give what you wait for a limit of time."


async def _nowhere(made: Opens, told: tuple[type[Exception], ...]) -> tuple[str, str] | None:
    """Closes without open, opens to nowhere, closes twice, and does it once more."""
    await made.close()
    for _ in range(2):
        try:
            async with asyncio.timeout(_SECONDS):
                await made.open()
        except told:
            pass
        except TimeoutError:
            return f"open() still waits after {_SECONDS:.0f} s with nobody there.", "Give connecting a limit of time."
        except Exception as error:  # noqa: BLE001 - whatever else it raises is the finding
            said = f"{type(error).__name__}: {str(error)[:120]}"
            return (
                f"Where nobody listens, open() raises {said}.",
                f"Raise {told[0].__name__}, so that it is tried again.",
            )
        await made.close()
        await made.close()
    return None


def settings_of(model: type[BaseModel]) -> Any:
    """Settings that lead nowhere, made of examples, names and types; None where that gives none that are valid."""
    schema = model.model_json_schema()
    properties, required = schema.get("properties", {}), set(schema.get("required", ()))
    given = {key: _guess(key, told, schema) for key, told in properties.items() if key in required or key in _NOWHERE}
    try:
        return model.model_validate(given)
    except ValidationError:
        return None


def _guess(key: str, told: Mapping[str, Any], schema: Mapping[str, Any], deep: int = 0) -> Any:
    """A value that the JSON Schema `told` may let through; text where nothing better is known."""
    if deep > _DEEPEST:
        return None
    if "$ref" in told:
        return _guess(key, schema["$defs"][told["$ref"].rpartition("/")[2]], schema, deep + 1)
    known = [*told.get("examples", ()), *([_NOWHERE[key]] if key in _NOWHERE else ()), *told.get("enum", ())]
    if known or "anyOf" in told:
        return known[0] if known else _guess(key, told["anyOf"][0], schema, deep + 1)
    inner: Mapping[str, Any] = told.get("properties", {})
    by_type: dict[str, Callable[[], Any]] = {
        "object": lambda: {name: _guess(name, inner[name], schema, deep + 1) for name in told.get("required", ())},
        "array": lambda: [_guess(key, told.get("items", {}), schema, deep + 1)],
        "integer": lambda: told.get("minimum", told.get("exclusiveMinimum", 0) + 1),
        "number": lambda: told.get("minimum", told.get("exclusiveMinimum", 0) + 1),
        "boolean": lambda: False,
    }
    return by_type.get(told.get("type", ""), lambda: "nowhere")()
