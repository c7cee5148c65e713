"""The pipeline of a notebook as one module of plain functions, a function a step, in the engineer's own words.

The text of each cell is kept, comments and all: it is only moved to the right. `ast.unparse` is used for digests alone.
"""

import ast
import builtins
import hashlib
import io
import json
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from andon_sdk.link.contracts import RECIPE, Graph, LinkParameter, Step

PARAMETERS, PIPELINE = "PARAMETERS", "pipeline"
IMPORTS = "imports"
_INDENT = "    "
_TITLE = '"""Steps of a pipeline, written by Link from a notebook: change the notebook, not this file."""'
_TAKEN = frozenset({PARAMETERS, PIPELINE, RECIPE})


class NotWritten(Exception):
    """No module can be written of a graph. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a generated line comes from: a step's source, or that of the imports."""

    step: str
    line: int
    """Of the source, from 1."""


@dataclass(frozen=True, slots=True)
class Written:
    """The module, and how it hangs together with the notebook."""

    text: str
    places: tuple[Place | None, ...]
    """For each line of the text; None for lines that no cell has."""
    functions: dict[str, str]
    """Names of functions by names of steps."""


def source(graph: Graph) -> str:
    """The module's text: imports, `PARAMETERS`, a function a step, `metrics`, `recipe`, and `pipeline` which runs them.

    The same graph gives the same text. Raises `NotWritten`.
    """
    return written(graph).text


def content(graph: Graph) -> str:
    """SHA-256 of what the pipeline does: code without its comments and layout, parameters, and how steps hang
    together. Raises `NotWritten` for code that cannot be parsed."""
    steps = [*graph.steps, *([graph.metrics] if graph.metrics else [])]
    said = [
        meaning(graph.imports),
        [[p.key, p.kind.__name__, p.default, p.help, p.low, p.high, p.choices] for p in graph.parameters],
        [[s.name, meaning(s.source), s.takes, s.gives, s.parameters, s.after] for s in steps],
        graph.metrics is not None,
        graph.recipe,
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def meaning(code: str) -> str:
    """Code without comments and layout. Raises `NotWritten`."""
    try:
        return ast.unparse(ast.parse(code))
    except (SyntaxError, ValueError) as error:
        raise NotWritten(f"A cell cannot be read: {error}. Mend it; `andon-sdk link check` says where.") from error


def steps_of(graph: Graph) -> tuple[Step, ...]:
    """All steps in order, the metrics last."""
    return graph.steps if graph.metrics is None else (*graph.steps, graph.metrics)


def written(graph: Graph) -> Written:
    """The module with the places of its lines. Raises `NotWritten`."""
    functions = _functions(graph)
    lines: list[tuple[str, Place | None]] = [(_TITLE, None), ("", None)]
    if graph.imports.strip():
        lines += [(line, Place(IMPORTS, at)) for at, line in enumerate(graph.imports.rstrip("\n").split("\n"), 1)]
        lines.append(("", None))
    lines += _plain(_constants(graph.parameters))
    parameters = {each.key: each for each in graph.parameters}
    for step in steps_of(graph):
        lines += [("", None), ("", None), *_step(step, functions[step.name], parameters, step is graph.metrics)]
    if graph.recipe:
        lines += _plain(["", "", *_recipe(graph, functions, parameters)])
    lines += _plain(["", "", *_pipeline(graph, functions, parameters)])
    text = "\n".join(line for line, _ in lines) + "\n"
    try:
        compile(text, "pipeline.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        place = lines[error.lineno - 1][1] if isinstance(error, SyntaxError) and error.lineno else None
        where = f" in line {place.line} of {place.step}" if place else ""
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise NotWritten(
            f"It cannot be a module of functions{where}: {said}. `andon-sdk link check` says what to do."
        ) from error
    return Written(text, tuple(place for _, place in lines), functions)


def _plain(lines: Iterable[str]) -> list[tuple[str, Place | None]]:
    return [(line, None) for line in lines]


def _functions(graph: Graph) -> dict[str, str]:
    """A function's name must be nobody else's: code of a step that reads `clean` means what the notebook means."""
    bound = {name for code in (graph.imports,) for name in names_of(code)}
    for name in sorted(_TAKEN & bound):
        raise NotWritten(f"The imports use the name {name}, which is the pipeline's own: import it under another name.")
    for parameter in graph.parameters:
        if parameter.key in _TAKEN:
            raise NotWritten(f"No parameter may be called {parameter.key}, a name of the pipeline: call it otherwise.")
    used = bound | _TAKEN | set(dir(builtins)) | {parameter.key for parameter in graph.parameters}
    for step in steps_of(graph):
        used |= names_of(step.source) | {*step.takes, *step.gives}
    functions: dict[str, str] = {}
    for step in steps_of(graph):
        if step.name in functions:
            raise NotWritten(f"Two steps are called {step.name}: give one of them another name.")
        functions[step.name] = _free(step.name, used)
        used.add(functions[step.name])
    return functions


def names_of(code: str) -> set[str]:
    """Every identifier the code speaks. Raises `NotWritten`."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        raise NotWritten(f"A cell cannot be read: {error}. Mend it; `andon-sdk link check` says where.") from error
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
    return names


def _free(name: str, used: set[str]) -> str:
    word = re.sub(r"\W", "_", name)
    word = word if word.isidentifier() and not keyword.iskeyword(word) else f"step_{word}"
    choices = (word, f"{word}_step", *(f"{word}_step_{number}" for number in range(2, 1000)))
    return next(each for each in choices if each not in used)


def _constants(parameters: tuple[LinkParameter, ...]) -> list[str]:
    if not parameters:
        return [f"{PARAMETERS} = {{}}"]
    lines = [f"{PARAMETERS} = {{"]
    for each in parameters:
        told = [each.help.replace("\n", " ").strip(), _bounds(each)]
        comment = ". ".join(part.rstrip(".") for part in told if part)
        lines.append(f"{_INDENT}{each.key!r}: {each.default!r}," + (f"  # {comment}" if comment else ""))
    return [*lines, "}"]


def _bounds(parameter: LinkParameter) -> str:
    if parameter.choices:
        return "One of " + ", ".join(parameter.choices)
    low = f"at least {parameter.low:g}" if parameter.low is not None else ""
    high = f"at most {parameter.high:g}" if parameter.high is not None else ""
    return ", ".join(part for part in (low, high) if part).capitalize()


def _step(
    step: Step, function: str, parameters: dict[str, LinkParameter], is_metrics: bool
) -> list[tuple[str, Place | None]]:
    returns = " -> dict[str, float]" if is_metrics else ""
    lines = _plain([f"def {function}({_signature(step.takes, step.parameters, parameters)}){returns}:"])
    text = step.source.rstrip("\n")
    lines += [(line, Place(step.name, at)) for at, line in enumerate(_indented(text), 1)]
    if is_metrics:
        return lines + _plain(_numbers(step.gives))
    if step.gives:
        return [*lines, (f"{_INDENT}return {', '.join(step.gives)}", None)]
    return lines if ast.parse(text).body else [*lines, (f"{_INDENT}pass", None)]


def _numbers(gives: tuple[str, ...]) -> list[str]:
    """What the metrics bound may be more than numbers: only these are metrics."""
    if not gives:
        return [f"{_INDENT}return {{}}"]
    bound = ", ".join(f'"{name}": {name}' for name in gives)
    return [
        f"{_INDENT}return {{",
        f"{_INDENT * 2}name: float(value)",
        f"{_INDENT * 2}for name, value in {{{bound}}}.items()",
        f'{_INDENT * 2}if hasattr(value, "__float__") and not getattr(value, "ndim", 0)',
        f"{_INDENT}}}",
    ]


def _indented(text: str) -> Iterator[str]:
    """Lines moved to the right, but for those that begin inside a string, whose text would change."""
    inside = _inside_strings(text)
    for at, line in enumerate(text.split("\n"), 1):
        yield line if at in inside or not line.strip() else _INDENT + line


def _inside_strings(text: str) -> set[int]:
    """Numbers of lines that begin inside a string."""
    inside: set[int] = set()
    begun: list[int] = []  # f-strings come as tokens of their own from Python 3.12 on
    for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif kind in {"FSTRING_START", "TSTRING_START"}:
            begun.append(token.start[0])
        elif kind in {"FSTRING_END", "TSTRING_END"}:
            inside.update(range(begun.pop() + 1, token.end[0] + 1))
    return inside


def _signature(takes: Iterable[str], reads: Iterable[str], parameters: dict[str, LinkParameter]) -> str:
    asked = [f"{key}: {parameters[key].kind.__name__} = {parameters[key].default!r}" for key in reads]
    return ", ".join([*takes, *(["*", *asked] if asked else [])])


def _call(step: Step, function: str) -> str:
    return f"{function}({', '.join([*step.takes, *(f'{key}={key}' for key in step.parameters)])})"


def _calls(steps: Iterable[Step], functions: dict[str, str]) -> Iterator[str]:
    for step in steps:
        call = _call(step, functions[step.name])
        yield _INDENT + (f"{', '.join(step.gives)} = {call}" if step.gives else call)


def _recipe(graph: Graph, functions: dict[str, str], parameters: dict[str, LinkParameter]) -> Iterator[str]:
    steps = [step for step in graph.steps if step.name in graph.recipe]
    reads = [key for key in parameters if any(key in step.parameters for step in steps)]
    yield f"def {RECIPE}({_signature((), reads, parameters)}):"
    yield f'{_INDENT}"""What is deployed: made of functions, classes and parameters, without a row."""'
    yield from _calls(steps, functions)
    yield f"{_INDENT}return {RECIPE}"


def _pipeline(graph: Graph, functions: dict[str, str], parameters: dict[str, LinkParameter]) -> Iterator[str]:
    steps = steps_of(graph)
    reads = [key for key in parameters if any(key in step.parameters for step in steps)]
    yield f"def {PIPELINE}({_signature((), reads, parameters)}) -> dict[str, float]:"
    yield f'{_INDENT}"""Runs every step and returns the metrics."""'
    yield from _calls(graph.steps, functions)
    yield (
        f"{_INDENT}return {_call(graph.metrics, functions[graph.metrics.name])}"
        if graph.metrics
        else (f"{_INDENT}return {{}}")
    )
