"""The files of a pipeline's package, as text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from andon_sdk.link.contracts import LinkParameter
from andon_sdk.link.package.asking import Asked

WRITTEN = "Written by Link from {notebook}: change the notebook, not this file."


@dataclass(frozen=True, slots=True)
class Told:
    """What the files say."""

    name: str
    """Of the distribution."""
    package: str
    title: str
    version: str
    notebook: str
    """The notebook's file in the package."""
    made_from: str
    """Its own name."""
    recipe: Asked
    parameters: tuple[LinkParameter, ...]
    """Those that the recipe is made of."""
    requires: tuple[str, ...]
    """Distributions that the recipe's module needs."""
    develops: tuple[str, ...]
    """What the whole pipeline and its tests need beside."""
    metrics: Mapping[str, float]
    tolerance: Mapping[str, float]
    files: tuple[str, ...]
    """Beside the tests: what the notebook read; empty where it is too large to come along."""


def project(told: Told) -> str:
    return f"""\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{told.name}"
version = "{told.version}"
description = {json.dumps(summary(told))}
readme = "README.md"
requires-python = ">=3.11"
dependencies = {json.dumps(list(told.requires))}

[project.optional-dependencies]
dev = {json.dumps(list(told.develops))}

[project.entry-points."andon.plugins.v1"]
{told.package} = "{told.package}.plugin"

[tool.setuptools.packages.find]
where = ["src"]

[tool.setuptools.package-data]
{told.package} = ["andon-plugin.toml", "link.json", "py.typed", "*.ipynb"]
"""


def summary(told: Told) -> str:
    return f"Pipeline made from {told.made_from}."


def manifest(told: Told, sdk: str) -> str:
    hooks = ["blueprints", *(["contracts"] if told.recipe.defines else [])]
    return f"""\
manifest = 1
title = {json.dumps(told.title, ensure_ascii=False)}
summary = {json.dumps(summary(told))}
sector = "any"
capabilities = {json.dumps(hooks)}
sdk = "{sdk}"
hosts = []
"""


def plugin(told: Told) -> str:
    defines = told.recipe.defines is not None
    rows = "".join(f"    {_parameter(each)},\n" for each in told.parameters)
    imports = ["from andon_sdk.link.contracts import LinkParameter"] if rows else []
    imports += [
        "from andon_sdk.link.recipes import packaged",
        f"from andon_sdk.plugin import {'Contract, ' if defines else ''}Recipe, hook",
        f"from {told.package}.recipe import {'contract, ' if defines else ''}recipe",
    ]
    contracts = "\n\n@hook\ndef contracts() -> list[Contract]:\n    return [contract()]\n" if defines else ""
    return (
        f'"""What the notebook\'s recipe became. {WRITTEN.format(notebook=told.made_from)}"""\n\n'
        + "\n".join(imports)
        + ("\n\nPARAMETERS = (\n" + rows + ")\n" if rows else "\n\nPARAMETERS = ()\n")
        + '"""What a run may be given, as far as the recipe can take it."""\n'
        + f'RECIPE = packaged(recipe, PARAMETERS, "{told.version}")\n'
        + "\n\n@hook\ndef blueprints() -> list[Recipe]:\n    return [RECIPE]\n"
        + contracts
    )


def conformance(told: Told) -> str:
    return f'''\
"""What every plugin has to show."""

from andon_sdk.testing import Conformance


class TestConformance(Conformance):
    plugin = "{told.name}"
'''


def own_test(told: Told) -> str:
    imports = [f"from {told.package}.plugin import blueprints"]
    if told.files:
        imports = [
            "from pathlib import Path",
            "",
            "import pytest",
            f"from {told.package}.pipeline import pipeline",
            *imports,
        ]
    lines = [
        f'"""The pipeline is the notebook\'s. {WRITTEN.format(notebook=told.made_from)}"""',
        "",
        *imports,
        "",
        "",
        "def test_it_offers_the_recipe():",
        "    [recipe] = blueprints()",
        f"    assert (recipe.key, recipe.version) == ({told.recipe.key!r}, {told.version!r})",
    ]
    if told.files:
        lines += [
            "",
            "",
            "def test_its_metrics_are_those_that_were_proven(monkeypatch):",
            '    monkeypatch.chdir(Path(__file__).with_name("data"))',
            "    found = pipeline()",
            *(
                f"    assert found[{key!r}] == pytest.approx({value!r}, rel={told.tolerance.get(key, 1e-6)!r})"
                for key, value in told.metrics.items()
            ),
        ]
    return "\n".join(lines) + "\n"


def readme(told: Told) -> str:
    recipe = told.recipe
    numbers = "\n".join(f"| {key} | {value:.6g} |" for key, value in told.metrics.items())
    metrics = f"\n## What it reached\n\n| metric | value |\n|---|---|\n{numbers}\n" if numbers else ""
    rows = "\n".join(
        f"| `{each.key}` | {each.default} | {_range(each)} | {each.help or ''} |"
        for each in told.parameters
        if each.key not in recipe.fixed
    )
    asked = (
        f"\n## What a run may change\n\n| parameter | default | range | |\n|---|---|---|---|\n{rows}\n" if rows else ""
    )
    fixed = ", ".join(f"`{key}`" for key in recipe.fixed)
    stays = f"\nFixed as the notebook had it: {fixed}. Change it there, and make the package anew.\n" if fixed else ""
    reads = f"the contract `{recipe.contract}`" if recipe.contract else "any contract"
    return f"""\
# {told.name}

{told.title}: a pipeline made from {told.made_from}, which comes with it.
It offers the blueprint `{recipe.key}`, which reads {reads}.
{asked}{stays}{metrics}
## Check it

    pip install -e '.[dev]'
    andon-sdk check
"""


def link(told: Told, more: Mapping[str, Any]) -> str:
    """`more`: content, graph, proof, environment and findings."""
    said = {
        "format": 1,
        "name": told.name,
        "version": told.version,
        "blueprint": told.recipe.key,
        "contract": told.recipe.contract,
        "notebook": told.notebook,
        "made_from": told.made_from,
        "parameters": [parameter(each) for each in told.parameters],
        "fixed": list(told.recipe.fixed),
    }
    return json.dumps(said | dict(more), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def parameter(told: LinkParameter) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "key": told.key,
        "kind": told.kind.__name__,
        "default": told.default,
        "help": told.help,
        "low": told.low,
        "high": told.high,
        "choices": list(told.choices),
        "cell": told.cell,
    }


def _parameter(told: LinkParameter) -> str:
    parts = [repr(told.key), told.kind.__name__, repr(told.default)]
    named: Sequence[tuple[str, Any]] = (
        ("help", told.help),
        ("low", told.low),
        ("high", told.high),
        ("choices", told.choices),
    )
    parts += [f"{key}={value!r}" for key, value in named if value not in {"", None, ()}]
    return f"LinkParameter({', '.join(parts)})"


def _range(told: LinkParameter) -> str:
    return "yes or no" if told.kind is bool else f"{told.low:g} to {told.high:g}"
