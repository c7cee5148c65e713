"""Values of a notebook's parameters: from people's words, complete, and within their ranges."""

from collections.abc import Mapping

from andon_sdk.link.contracts import Graph, LinkParameter

Value = bool | int | float | str


class ParameterRefused(Exception):
    """A value that a parameter cannot have. The message says why and what to do."""


def complete(graph: Graph, given: Mapping[str, Value]) -> dict[str, Value]:
    """A value for every parameter. Raises `ParameterRefused`."""
    known = {parameter.key: parameter for parameter in graph.parameters}
    for key in given:
        if key not in known:
            there = f"It has {', '.join(known)}." if known else "It has none: tag a cell `parameters`."
            raise ParameterRefused(f"The notebook has no parameter {key}. {there}")
    return {key: checked(parameter, given.get(key, parameter.default)) for key, parameter in known.items()}


def read(parameter: LinkParameter, text: str) -> Value:
    """The value that a text stands for: `20`, `1e-3`, `true`. Raises `ParameterRefused`."""
    kind = parameter.kind
    try:
        if kind is bool:
            return checked(parameter, {"true": True, "yes": True, "false": False, "no": False}[text.lower()])
        return checked(parameter, kind(text))
    except (KeyError, ValueError) as error:
        raise ParameterRefused(f"{parameter.key} takes {_kind(parameter)}, and {text!r} is none.") from error


def checked(parameter: LinkParameter, value: Value) -> Value:
    """The value, as its kind. Raises `ParameterRefused`."""
    kind, key = parameter.kind, parameter.key
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ParameterRefused(f"{key} takes {_kind(parameter)}, and {value!r} is none.")
    if isinstance(value, int | float) and kind is not bool:
        below = parameter.low is not None and not value >= parameter.low
        if below or (parameter.high is not None and not value <= parameter.high):
            low = "…" if parameter.low is None else f"{parameter.low:g}"
            high = "…" if parameter.high is None else f"{parameter.high:g}"
            raise ParameterRefused(f"{key} = {value:g} is outside of its range, {low} to {high}.")
    if parameter.choices and value not in parameter.choices:
        raise ParameterRefused(f"{key} is one of {', '.join(parameter.choices)}, and {value!r} is none of them.")
    return value


def _kind(parameter: LinkParameter) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[parameter.kind]
