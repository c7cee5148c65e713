"""`andon-sdk link`: what a notebook says, and what keeps it from being a pipeline, and what runs and proves it."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from andon_sdk.command import Action, Refused, link_deploy
from andon_sdk.command.link_import import add_words as add_making_words
from andon_sdk.command.pipelines import add_words as add_running_words
from andon_sdk.link.contracts import Analysis, Finding, Graph, LinkParameter, Notebook, Severity, Step


def add_words(link: argparse.ArgumentParser) -> None:
    """What `andon-sdk link` can do."""
    words = link.add_subparsers(dest="word", required=True, metavar="WORD")
    check = _word(words, "check", _check, "Say what keeps a notebook from being a pipeline, without running it")
    check.add_argument("--json", action="store_true", help="findings as JSON")
    graph = _word(words, "graph", _graph, "Show what its steps take and give, without running it")
    form = graph.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--mermaid", action="store_true", help="as a picture in Mermaid")
    add_running_words(words, _word)
    link_deploy.add_options(_word(words, "deploy", link_deploy.deploy, "Register its package at a tenant, and train"))
    add_making_words(words)


def _word(
    words: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, action: Action, told: str
) -> argparse.ArgumentParser:
    """A word that is about one notebook."""
    parser = words.add_parser(name, help=told, description=told)
    parser.add_argument("notebook", type=Path, metavar="FILE", help=".ipynb, or .py of marimo or with # %% cells")
    parser.set_defaults(action=action)
    return parser


def notebook_of(path: Path) -> Notebook:
    """Raises `Refused` for what is none."""
    from andon_sdk.link.reading import NotebookRefused, read  # noqa: PLC0415 - each word imports what it needs

    try:
        return read(path)
    except NotebookRefused as error:
        raise Refused(str(error)) from error


def analysis_of(path: Path) -> Analysis:
    """Raises `Refused` for what is no notebook."""
    from andon_sdk.link.findings import analyse  # noqa: PLC0415

    return analyse(notebook_of(path))


def _check(told: argparse.Namespace) -> int:
    found = analysis_of(told.notebook)
    if told.json:
        print(json.dumps([asdict(finding) for finding in found.findings], indent=2, ensure_ascii=False))
    else:
        print("\n".join(_told(found)))
    return 0 if found.sound else 1


def _told(found: Analysis) -> Iterator[str]:
    yield from (_line(finding) for finding in found.findings)
    errors = sum(finding.severity is Severity.ERROR for finding in found.findings)
    warnings = _count(len(found.findings) - errors, "warning")
    if found.sound:
        yield f"✓ A pipeline of {_count(len(found.graph.steps), 'step')} can be made; {warnings}."
    else:
        yield f"{_count(errors, 'error')}, {warnings}."


def _line(finding: Finding) -> str:
    sign = "✗" if finding.severity is Severity.ERROR else "!"
    where = f"cell {finding.cell}, line {finding.line}"
    return f"{sign} {where}: {finding.rule}: {finding.what}\n    {finding.why}\n    Fix: {finding.fix}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _graph(told: argparse.Namespace) -> int:
    found = analysis_of(told.notebook)
    if told.json:
        print(json.dumps(_plain(found.graph), indent=2, ensure_ascii=False))
    else:
        print("\n".join(mermaid(found.graph) if told.mermaid else _drawn(found.graph)))
    return 0 if found.sound else 1


def _plain(graph: Graph) -> dict[str, Any]:
    kinds = {"parameters": [asdict(each) | {"kind": each.kind.__name__} for each in graph.parameters]}
    return asdict(graph) | kinds


def _drawn(graph: Graph) -> Iterator[str]:
    for parameter in graph.parameters:
        yield f"parameter {parameter.key}: {_parameter(parameter)}"
    for step in _functions(graph):
        yield f"{step.name} (cells {', '.join(str(cell) for cell in step.cells)})"
        for word, names in (
            ("takes", step.takes),
            ("from", step.after),
            ("reads", step.parameters),
            ("gives", step.gives),
        ):
            if names:
                yield f"    {word} {', '.join(names)}"
    if graph.recipe:
        yield f"recipe: {' → '.join(graph.recipe)}"


def _parameter(parameter: LinkParameter) -> str:
    told = f"{parameter.kind.__name__} = {parameter.default!r}"
    if parameter.low is not None and parameter.high is not None:
        told = f"{told}, {parameter.low:g} to {parameter.high:g}"
    if parameter.choices:
        told = f"{told}, one of {', '.join(parameter.choices)}"
    return f"{told}. {parameter.help}" if parameter.help else told


def _functions(graph: Graph) -> tuple[Step, ...]:
    return (*graph.steps, *([graph.metrics] if graph.metrics else []))


def mermaid(graph: Graph) -> Iterator[str]:
    """Lines of a flowchart: a box a step, an arrow for each name that goes from one to another."""
    yield "flowchart LR"
    givers: dict[str, str] = {}
    names = {step.name: f"s{at}" for at, step in enumerate(_functions(graph))}
    for step in _functions(graph):
        quoted = step.name.replace('"', "#quot;")
        yield f'    {names[step.name]}["{quoted}"]'
        taken: dict[str, list[str]] = {}
        for name in step.takes:
            if name in givers:
                taken.setdefault(givers[name], []).append(name)
        for giver, its in taken.items():
            arrow = ", ".join(its)
            yield f'    {names[giver]} -- "{arrow}" --> {names[step.name]}'
        givers |= dict.fromkeys(step.gives, step.name)
