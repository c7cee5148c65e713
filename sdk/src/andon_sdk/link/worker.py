"""The process that a pipeline's steps run in: `python -I -B -m andon_sdk.link.worker <settings as JSON>`.

It reads questions, a line of JSON each, and answers each with one. `run` is a step of the pipeline, whose values come
from files and go to files; `whole` runs all cells one after the other in one namespace, as the notebook itself does.
An error of the engineer's code is an answer too: what was raised, and in which lines of the module.
"""

import ast
import json
import linecache
import math
import os
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from andon_sdk.link import randomness
from andon_sdk.link.handover import Damaged, HandoverRefused, Origin, Reader, Writer
from andon_sdk.link.handover.tensors import remember_arguments

FILE = "pipeline.py"
_LAST = 20
_LONGEST = 2000


class Steps:
    """The module, loaded once: its imports have run, its functions are there."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings, self._folder = settings, Path(settings["folder"])
        self._module = ModuleType("pipeline")
        self._module.__file__ = FILE
        self._origin: Origin | None = None

    def load(self, _: dict[str, Any]) -> dict[str, Any]:
        """Seeds, then runs the imports. Answers with the state of random generators after them."""
        text: str = self._settings["text"]
        sys.modules["pipeline"] = self._module
        linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
        for library in self._settings["libraries"]:
            __import__(library)
        remember_arguments()
        randomness.seed(self._settings["seed"])
        tree = ast.parse(text, FILE)
        functions: dict[str, str] = self._settings["functions"]
        steps = {name: step for step, name in functions.items()}
        trees: dict[str, ast.FunctionDef] = {}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in steps:
                _give_all(node)
                trees[steps[node.name]] = node
        namespace = vars(self._module)
        namespace["__locals"] = locals  # by a name that no step binds
        exec(compile(tree, FILE, "exec", dont_inherit=True), namespace)  # noqa: S102 - the engineer's own code
        code = {step: namespace[name].__code__ for step, name in functions.items()}
        self._origin = Origin(code, trees, namespace)
        return {"random": randomness.taken()}

    def run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One step: `step`, `takes` and `parameters` by name, `random`, `gives`, whether these are `numbers`."""
        assert self._origin is not None
        origin, step = self._origin, asked["step"]
        reader = Reader(self._folder, origin)
        takes = {name: reader.value(node) for name, node in asked["takes"].items()}
        parameters = {key: asked["parameters"][key] for key in asked["reads"]}
        function = origin.namespace[self._settings["functions"][step]]
        randomness.given(asked["random"])
        before, began = randomness.taken(), time.perf_counter()
        bound = function(**takes, **parameters)
        seconds, after = time.perf_counter() - began, randomness.taken()
        for name in asked["gives"]:
            if name not in bound:
                return _failed("NameError", f"the step ended without binding {name}, which is taken from it", [])
        if asked["numbers"]:
            return {"metrics": _metrics(bound, asked["gives"]), "seconds": seconds, **_drawn(before, after)}
        origin.step, origin.bound = step, bound
        writer = Writer(self._folder, origin)
        gives = {name: writer.node(bound[name], name) for name in asked["gives"]}
        return {"gives": gives, "seconds": seconds, **_drawn(before, after)}

    def whole(self, asked: dict[str, Any]) -> dict[str, Any]:
        """All cells, in one namespace. `cells` are their sources, each a step's with its name."""
        namespace: dict[str, Any] = {"__name__": "__main__"}
        for library in self._settings["libraries"]:
            __import__(library)
        randomness.seed(self._settings["seed"])
        began = time.perf_counter()
        for name, text in asked["cells"]:
            code = compile(text, f"<{name}>", "exec", dont_inherit=True)
            exec(code, namespace)  # noqa: S102 - the engineer's own code
            if name == "parameters":
                namespace.update(asked["parameters"])
        return {"metrics": _metrics(namespace, asked["gives"]), "seconds": time.perf_counter() - began}


def _drawn(before: randomness.State, after: randomness.State) -> dict[str, Any]:
    return {"random": after, "drawn": randomness.drawn(before, after)}


def _metrics(bound: dict[str, Any], gives: list[str]) -> dict[str, Any]:
    """Numbers as JSON can tell them; what is not finite as a word."""
    numbers: dict[str, Any] = {}
    for name in gives:
        if hasattr(bound[name], "__float__") and not getattr(bound[name], "ndim", 0):
            value = float(bound[name])
            numbers[name] = value if math.isfinite(value) else repr(value)
    return numbers


def _give_all(function: ast.FunctionDef) -> None:
    """Lets a step's function return all that it bound: a class that is handed over is made again from these."""
    if function.body and isinstance(function.body[-1], ast.Return):
        function.body.pop()
    call = ast.Call(ast.Name("__locals", ast.Load()), [], [])
    function.body.append(ast.Return(call))
    last = function.end_lineno or function.lineno
    for node in ast.walk(function.body[-1]):
        node.lineno = node.end_lineno = last  # type: ignore[attr-defined]
        node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]


def _failed(kind: str, message: str, lines: list[int]) -> dict[str, Any]:
    return {"failed": {"kind": kind, "message": message[:_LONGEST], "lines": lines[-_LAST:]}}


def _told(error: BaseException) -> dict[str, Any]:
    """What was raised, and the lines of the module on the way to it, the innermost last."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    places = [line for line in lines if line is not None]
    if isinstance(error, SyntaxError) and error.lineno and error.filename == FILE:
        places.append(error.lineno)
    message = str(error)
    if type(error).__name__ == "NetworkUsed":  # its advice is for tests
        message = message.partition(". ")[0]
    return _failed(type(error).__name__, message, places)


def answer(steps: Steps, asked: dict[str, Any]) -> dict[str, Any]:
    """What the question asks for, or what is wrong."""
    ways = {"load": steps.load, "run": steps.run, "whole": steps.whole}
    try:
        return ways[asked["do"]](asked)
    except HandoverRefused as error:
        return {"refused": {"where": error.where, "kind": error.kind, "fix": error.fix}}
    except Damaged as error:
        return {"damaged": str(error)}
    except BaseException as error:  # noqa: BLE001 - the engineer's code may raise whatever it likes, SystemExit too
        return _told(error)


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    sys.argv[:] = [FILE]
    if settings["offline"]:
        from andon_sdk.testing.watching import without_network  # noqa: PLC0415

        without_network()
    steps = Steps(settings)
    with os.fdopen(settings["asks"], "r", encoding="utf-8") as asks, os.fdopen(settings["answers"], "wb", 0) as answers:
        for line in asks:
            said = answer(steps, json.loads(line))
            sys.stdout.flush()
            answers.write(json.dumps(said).encode() + b"\n")
    os._exit(0)  # nothing that a step left behind is waited for


if __name__ == "__main__":
    main()
