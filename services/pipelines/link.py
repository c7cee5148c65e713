"""What a wheel says of its notebook in `link.json`, read as something a stranger wrote. Pure functions.

`docs/reference/pipelines.md` has the format. Keys that are not known are left alone: a later SDK may say more.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from services.pipelines.contracts import Link, LinkFinding, LinkParameter, LinkStep, ParameterKind, Proof
from services.pipelines.errors import NotAPipeline

FILE = "link.json"
MOST_BYTES = 4 * 1024 * 1024
FORMAT = 1
_FILE = re.compile(r"\w[\w.+-]{0,120}\.(ipynb|py)", re.ASCII)
_MOST, _LONGEST = 500, 4000
"""Entries of a list, characters of a text."""


def parsed(content: bytes) -> dict[str, Any]:
    """The file as JSON, when `link` can read it. Raises `NotAPipeline`, which names the place."""
    if len(content) > MOST_BYTES:
        raise _wrong(f"has {len(content):,} bytes; {MOST_BYTES:,} are read at most")
    try:
        said = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"is not JSON: {str(error)[:80]}") from error
    if not isinstance(said, dict):
        raise _wrong("is no JSON object")
    if said.get("format") != FORMAT:
        raise _wrong(f"has the format {str(said.get('format'))[:20]}; this Andon reads {FORMAT}")
    link(said)
    return said


def link(said: Mapping[str, Any]) -> Link:
    """Raises `NotAPipeline`, which names the place."""
    graph = _object(said, "graph")
    recipe = set(_texts(graph, "recipe", "graph"))
    steps = [_step(each, f"graph.steps[{place}]", recipe) for place, each in enumerate(_list(graph, "steps", "graph"))]
    if graph.get("metrics") is not None:
        steps.append(_step(graph["metrics"], "graph.metrics", set(), metrics=True))
    _check_order(steps)
    fixed = set(_texts(said, "fixed", ""))
    return Link(
        contract=_text(said, "contract", "", optional=True),
        parameters=tuple(
            _parameter(each, f"parameters[{place}]", fixed) for place, each in enumerate(_list(said, "parameters", ""))
        ),
        steps=tuple(steps),
        findings=tuple(_finding(each, f"findings[{place}]") for place, each in enumerate(_list(said, "findings", ""))),
        environment=_object(said, "environment"),
        notebook=_notebook(said),
        proof=proof(said.get("proof")),
    )


def proof(said: Any) -> Proof | None:
    """Raises `NotAPipeline`."""
    if said is None:
        return None
    at = "proof"
    metrics = _object({"proof": said}, "proof").get("metrics", {})
    if not isinstance(metrics, dict) or len(metrics) > _MOST:
        raise _wrong(f"has no numbers by name at {at}.metrics")
    numbers = {str(key)[:200]: _number(value, f"{at}.metrics.{str(key)[:80]}") for key, value in metrics.items()}
    tolerance = _number(said.get("tolerance", 0.0), f"{at}.tolerance")
    proven = said.get("state", "proven" if said.get("proven") is True else "unproven") == "proven"
    return Proof(proven, numbers, tolerance, _text(said, "snapshot", at, optional=True) or "")


def _notebook(said: Mapping[str, Any]) -> str | None:
    """A file beside `link.json`, and nothing else on any disk."""
    name = _text(said, "notebook", "", optional=True)
    if name is not None and not _FILE.fullmatch(name):
        raise _wrong("has no name of an .ipynb or .py file at notebook")
    return name


def _parameter(said: Any, at: str, fixed: set[str]) -> LinkParameter:
    told = _object({at: said}, at)
    try:
        kind = ParameterKind(told.get("kind"))
    except ValueError as error:
        raise _wrong(f"has no kind of parameter at {at}.kind: one of {', '.join(ParameterKind)}") from error
    default = told.get("default")
    right: dict[ParameterKind, tuple[type, ...]] = {
        ParameterKind.BOOL: (bool,),
        ParameterKind.INT: (int,),
        ParameterKind.FLOAT: (int, float),
        ParameterKind.STR: (str,),
    }
    if type(default) not in right[kind]:
        raise _wrong(f"has no {kind} at {at}.default")
    assert isinstance(default, bool | int | float | str)
    limits = [None if told.get(key) is None else _number(told[key], f"{at}.{key}") for key in ("low", "high")]
    key = _text(told, "key", at) or ""
    return LinkParameter(
        key=key,
        fixed=key in fixed,
        kind=kind,
        default=default,
        help=_text(told, "help", at, optional=True) or "",
        low=limits[0],
        high=limits[1],
        choices=_texts(told, "choices", at),
    )


def _step(said: Any, at: str, recipe: set[str], *, metrics: bool = False) -> LinkStep:
    told = _object({at: said}, at)
    name = _text(told, "name", at) or ""
    cells = _list(told, "cells", at)
    if not all(type(each) is int for each in cells):
        raise _wrong(f"has no numbers of cells at {at}.cells")
    texts = {key: _texts(told, key, at) for key in ("takes", "gives", "parameters", "after")}
    return LinkStep(name=name, cells=tuple(cells), is_recipe=name in recipe, is_metrics=metrics, **texts)


def _check_order(steps: list[LinkStep]) -> None:
    known: set[str] = set()
    for step in steps:
        if strange := [each for each in step.after if each not in known]:
            raise _wrong(f"says that the step {step.name} comes after {strange[0]}, which does not come before it")
        if step.name in known:
            raise _wrong(f"has two steps called {step.name}")
        known.add(step.name)


def _finding(said: Any, at: str) -> LinkFinding:
    told = _object({at: said}, at)
    places = [told.get(key, 0) for key in ("cell", "line")]
    if not all(type(each) is int for each in places):
        raise _wrong(f"has no place in the notebook at {at}")
    texts = {key: _text(told, key, at, optional=True) or "" for key in ("rule", "severity", "what", "why", "fix")}
    return LinkFinding(cell=places[0], line=places[1], **texts)


def _object(said: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = said.get(key, {})
    if not isinstance(value, dict):
        raise _wrong(f"has no object at {key}")
    return value


def _list(said: Mapping[str, Any], key: str, at: str) -> list[Any]:
    value = said.get(key, [])
    if not isinstance(value, list) or len(value) > _MOST:
        raise _wrong(f"has no list of at most {_MOST} at {f'{at}.{key}' if at else key}")
    return value


def _texts(said: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
    values = _list(said, key, at)
    if not all(isinstance(each, str) and len(each) <= _LONGEST for each in values):
        raise _wrong(f"has no texts at {at}.{key}")
    return tuple(values)


def _text(said: Mapping[str, Any], key: str, at: str, *, optional: bool = False) -> str | None:
    value = said.get(key)
    if value is None and optional:
        return None
    if not isinstance(value, str) or not len(value) <= _LONGEST or (not optional and not value):
        raise _wrong(f"has no text of at most {_LONGEST} characters at {f'{at}.{key}' if at else key}")
    return value


def _number(value: Any, at: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise _wrong(f"has no number at {at}")
    return float(value)


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _wrong(what: str) -> NotAPipeline:
    return NotAPipeline(f"Its {FILE} {what}. Make the package anew with `%link deploy`.", field="uploadId")
