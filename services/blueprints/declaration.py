"""What a recipe declares as plain JSON, so that it is still known when the plugin has long been replaced.

Made when plugins are loaded, while the sources on disk are those that were imported.
"""

import math
from dataclasses import asdict
from typing import Any

from andon_sdk.boundary.spelling import spelled
from andon_sdk.plugin import Blueprint, Contract, Parameter, Recipe


def declaration(recipe: Recipe, contract: Contract | None) -> dict[str, Any]:
    """`title`, `contract`, `parameters`, `threshold`, `history_rows` and how models are made.

    `contract` is the one that the recipe reads, where a plugin offers it; null stands for any. The same recipe gives
    the same in every process.
    """
    said = {
        "title": recipe.title,
        "contract": _contract(recipe.contract, contract),
        "parameters": [_parameter(each) | {"own": each.key in recipe.own} for each in recipe.parameters],
        "threshold": asdict(recipe.threshold),
        "history_rows": recipe.history_rows,
        **_making(recipe),
    }
    return {key: _plain(value) for key, value in said.items()}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """Without a help that is not there: what was recorded before parameters had one is the same content."""
    said = asdict(parameter)
    return said if parameter.help else {key: value for key, value in said.items() if key != "help"}


def _plain(value: Any) -> Any:
    """JSON has no infinity, which a limit may be: it is kept as the text that `float` reads."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _contract(key: str | None, contract: Contract | None) -> dict[str, Any] | None:
    if key is None:
        return None
    if contract is None:
        return {"key": key, "signals": []}
    signals = [asdict(signal) | {"importance": signal.importance.value} for signal in contract.signals]
    return {"key": key, "title": contract.title, "period_s": contract.period_s, "signals": signals}


def _making(recipe: Recipe) -> dict[str, Any]:
    if isinstance(recipe, Blueprint):
        parts = {"module": recipe.module, "loss": recipe.loss, "score": recipe.score}
        return {"kind": "trained", "code": {name: spelled(part) for name, part in parts.items()}}
    parts = {"fit": recipe.fit, "score": recipe.score}
    taught = {"learns_labels": True} if recipe.learns_labels else {}
    code = {name: spelled(part) for name, part in parts.items()}
    return {"kind": "fitted", "stacked": recipe.stacked, **taught, "code": code}
