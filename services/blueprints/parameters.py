"""Overrides of a blueprint's parameters, checked against the ranges in which the blueprint is known to work."""

import math
from collections.abc import Mapping

from andon_sdk.plugin import Parameter, Recipe
from services.blueprints.errors import ParameterOutOfRange, UnknownParameter


def resolve(blueprint: Recipe, overrides: Mapping[str, float], *, at: str = "parameters") -> dict[str, float]:
    """Every parameter of the blueprint by key: the override where there is one, else the default.

    Raises `UnknownParameter` or `ParameterOutOfRange`; `field` is `<at>.<key>`.
    """
    known = {parameter.key: parameter for parameter in blueprint.parameters}
    for key in overrides:
        if key not in known:
            raise UnknownParameter(
                f"The blueprint “{blueprint.title}” has no parameter “{key}”. It has: {', '.join(known)}.",
                field=f"{at}.{key}",
                blueprint=blueprint.key,
                known=tuple(known),
            )
    return {key: _checked(parameter, overrides.get(key, parameter.default), at) for key, parameter in known.items()}


def _checked(parameter: Parameter, value: float, at: str) -> float:
    inside = math.isfinite(value) and parameter.low <= value <= parameter.high
    if not inside or (parameter.whole and value != int(value)):
        kind = "a whole number" if parameter.whole else "a number"
        raise ParameterOutOfRange(
            f"{parameter.title} must be {kind} from {parameter.low:g} to {parameter.high:g}, not {value:g}.",
            field=f"{at}.{parameter.key}",
            value=value,
            low=parameter.low,
            high=parameter.high,
            whole=parameter.whole,
        )
    return float(value)
