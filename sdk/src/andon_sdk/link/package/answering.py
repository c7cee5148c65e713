"""Run as a process: prints what the recipe of the package named is, as JSON in the last line."""

import json
import sys
from importlib import import_module
from typing import Any

from andon_sdk.link.contracts import LinkParameter
from andon_sdk.link.recipes.packaged import fixed
from andon_sdk.plugin import Blueprint, Contract, Estimator

_KINDS = {"bool": bool, "int": int, "float": float, "str": str}


def answer(package: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """What `asking.Asked` holds, or why it is refused."""
    module = import_module(f"{package}.recipe")
    recipe, made = module.recipe(), module.contract() if hasattr(module, "contract") else None
    if not isinstance(recipe, Blueprint | Estimator):
        return {"refused": f"recipe is {_kind(recipe)}: bind it to a Blueprint or an Estimator of andon_sdk.plugin."}
    defined = made if isinstance(made, Contract) else None
    if defined is not None and recipe.contract not in {None, defined.key}:
        return {
            "refused": f"The notebook defines the contract {defined.key!r}, and its recipe reads {recipe.contract!r}: "
            "give the recipe contract=contract."
        }
    told = [LinkParameter(**{**each, "kind": _KINDS[each["kind"]]}) for each in parameters]
    return {
        "key": recipe.key,
        "title": recipe.title,
        "contract": recipe.contract,
        "defines": defined.key if defined else None,
        "fixed": fixed(recipe, told),
    }


def _kind(value: object) -> str:
    return f"a {type(value).__name__}" if value is not None else "None"


if __name__ == "__main__":
    print("\n" + json.dumps(answer(sys.argv[1], json.load(sys.stdin))))
