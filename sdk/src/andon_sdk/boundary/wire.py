"""Declarations as JSON and back, so that who reads them need not run the code that makes them.

What comes back equals what was declared, but that `Elsewhere` stands in it for every callable. The reader trusts
nothing: what is not of the declared type is refused, and each declaration checks itself as it is made anew.
"""

from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from andon_sdk.boundary.spelling import Elsewhere, spelled
from andon_sdk.plugin.blueprint import Blueprint
from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.demo import DemoPlant
from andon_sdk.plugin.estimator import Estimator
from andon_sdk.plugin.gate import Gate
from andon_sdk.plugin.rules import AlarmRule
from andon_sdk.plugin.suitability import SuitabilityFactor

KINDS: dict[str, tuple[type, ...]] = {
    "contracts": (Contract,),
    "blueprints": (Blueprint, Estimator),
    "alarm_rules": (AlarmRule,),
    "suitability_factors": (SuitabilityFactor,),
    "gates": (Gate,),
    "demo_plants": (DemoPlant,),
}
"""What each hook may declare."""
_CODE = "code"
_KIND = "kind"


class NotADeclaration(ValueError):
    """Something that the hook cannot declare; the message says what was expected and what was found."""


def told(hook: str, declaration: object) -> dict[str, Any]:
    """A declaration as JSON. Raises `NotADeclaration`."""
    for kind in KINDS[hook]:
        if isinstance(declaration, kind):
            return {_KIND: kind.__name__, **_told(declaration, kind)}
    expected = " or ".join(kind.__name__ for kind in KINDS[hook])
    raise NotADeclaration(f"hook {hook} declares {expected}, not {type(declaration).__name__}")


def heard(hook: str, said: Any) -> Any:
    """The declaration that `told` told of. Raises `NotADeclaration`."""
    name = said.get(_KIND) if isinstance(said, dict) else None
    kind = next((kind for kind in KINDS[hook] if kind.__name__ == name), None)
    if kind is None:
        raise NotADeclaration(f"hook {hook} cannot declare {str(name)[:80]}")
    rest: dict[str, Any] = {key: value for key, value in said.items() if key != _KIND}
    return _heard(rest, kind, kind.__name__)


def _told(value: Any, kind: type) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(kind)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str | bool | NoneType):
        return value
    if isinstance(value, int | float):
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return _told(value, type(value))
    if callable(value):
        return {_CODE: spelled(value)}
    raise NotADeclaration(f"{type(value).__name__} is nothing that a declaration may hold")


def _heard(said: Any, kind: type, at: str) -> Any:
    if not isinstance(said, dict):
        raise NotADeclaration(f"{at} must be a {kind.__name__}, not {type(said).__name__}")
    known = {field.name: field for field in fields(kind)}
    if strange := said.keys() - known.keys():
        raise NotADeclaration(f"{at} has no “{str(min(strange, key=str))[:80]}”")
    values = {name: _typed(value, known[name].type, f"{at}.{name}") for name, value in said.items()}
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise NotADeclaration(f"{at}: {error}") from error


def _typed(said: Any, wanted: Any, at: str) -> Any:
    """`wanted` is a field's annotation. Those of callables are texts, since they name what is not imported."""
    if isinstance(wanted, str) or get_origin(wanted) is Callable:
        return _code(said, at, optional=isinstance(wanted, str) and wanted.endswith("| None"))
    if isinstance(wanted, UnionType):
        options = [each for each in get_args(wanted) if each is not NoneType]
        return None if said is None else _typed(said, options[0], at)
    if get_origin(wanted) is tuple:
        if not isinstance(said, list):
            raise NotADeclaration(f"{at} must be a list, not {type(said).__name__}")
        return tuple(_typed(each, get_args(wanted)[0], f"{at}[{place}]") for place, each in enumerate(said))
    if hasattr(wanted, "__dataclass_fields__"):
        return _heard(said, wanted, at)
    if issubclass(wanted, Enum):
        try:
            return wanted(said)
        except ValueError as error:
            raise NotADeclaration(f"{at}: {error}") from error
    right = (int, float) if wanted is float else (wanted,)
    if type(said) not in right:
        raise NotADeclaration(f"{at} must be {wanted.__name__}, not {type(said).__name__}")
    return said


def _code(said: Any, at: str, *, optional: bool) -> Elsewhere | None:
    if said is None and optional:
        return None
    if isinstance(said, dict) and isinstance(code := said.get(_CODE), str):
        return Elsewhere(code)
    raise NotADeclaration(f"{at} must be code, not {type(said).__name__}")
