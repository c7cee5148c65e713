"""Running a pipeline by steps: what is known is not run again, and each step says how it stands.

A step takes its values from files and gives them to files, so that no step changes what another one holds, and what a
run gives does not depend on which of its steps came from the cache.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from andon_sdk.link import randomness
from andon_sdk.link.cache import Cache, Keys, Record
from andon_sdk.link.contracts import Graph, Metrics, Notebook, Step
from andon_sdk.link.generate import IMPORTS, Written, steps_of, written
from andon_sdk.link.given import Value, complete
from andon_sdk.link.handover import Node
from andon_sdk.link.places import in_cell
from andon_sdk.link.process import Place, ProcessEnded, StepsProcess, libraries


class State(StrEnum):
    """How a step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    CACHED = "cached"
    """Known from an earlier run."""
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a run."""

    step: str
    state: State = State.WAITING
    seconds: float | None = None
    """Of the step's own code; of a cached one, when it ran."""
    drawn: tuple[str, ...] = ()
    """Libraries whose random generators it drew from or seeded."""
    random: Mapping[str, str] = field(default_factory=dict)
    """Digest of what each of these generators holds after it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended early, told of the notebook and not of generated code."""

    step: str
    cell: int | None
    line: int | None
    """Of the cell, from 1."""
    what: str
    printed: str = ""
    """The last of what the code printed."""

    def __str__(self) -> str:
        where = f"cell {self.cell}, line {self.line}" if self.cell else "no single cell"
        return f"{self.step} failed ({where}): {self.what}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    metrics: Metrics
    progress: tuple[Progress, ...]
    failure: Failure | None
    seconds: float
    shut_off: bool = False
    """Whether the system kept the network away from what was run."""
    gives: Mapping[str, Node] = field(default_factory=dict)
    """What the steps gave, by name, as kept in the cache's `values`."""


Told = Callable[[tuple[Progress, ...]], None]
"""Called with all steps each time that one of them changes."""


def run(
    graph: Graph,
    parameters: Mapping[str, Value] | None = None,
    folder: Path = Path(".link/cache"),
    *,
    notebook: Notebook | None = None,
    told: Told | None = None,
    seed: int = 0,
    place: Place | None = None,
) -> Outcome:
    """Runs the steps in order, each from the cache in `folder` where nothing that it depends on has changed.

    `parameters` go before the notebook's defaults. With the `notebook`, files are looked for beside it and a failure
    names its cell. Raises `ParameterRefused` for parameters that cannot be, `NotWritten` for what is no pipeline.
    """
    values = complete(graph, parameters or {})
    return _Run(graph, values, Cache(folder), notebook, told, seed, place).run()


def known(
    graph: Graph, parameters: Mapping[str, Value] | None, folder: Path, notebook: Notebook | None = None
) -> tuple[Progress, ...]:
    """How the steps stand before a run: those that it would have from the cache, and those that wait. Runs nothing.
    Raises as `run` does."""
    return _Run(graph, complete(graph, parameters or {}), Cache(folder), notebook, None, 0, None).known()


class _Run:
    def __init__(
        self,
        graph: Graph,
        parameters: Mapping[str, Value],
        cache: Cache,
        notebook: Notebook | None,
        told: Told | None,
        seed: int,
        place: Place | None,
    ) -> None:
        self._graph, self._parameters, self._cache, self._notebook = graph, parameters, cache, notebook
        self._told, self._seed = told, seed
        beside = notebook.path.resolve().parent if notebook else None
        self._place = place or Place(folder=beside)
        self._written: Written = written(graph)
        self._keys = Keys(graph, parameters, beside or Path())
        self._progress = {step.name: Progress(step.name) for step in steps_of(graph)}
        self._process: StepsProcess | None = None
        self._given: dict[str, Node] = {}
        self._random: randomness.State | None = None
        self._metrics: dict[str, float] = {}
        self._shut_off = False

    def run(self) -> Outcome:
        began, failure = time.perf_counter(), None
        self._tell()
        with ExitStack() as self._stack:
            step = IMPORTS
            try:
                self._imports()
                for each in steps_of(self._graph):
                    step = each.name
                    self._step(each)
            except _Failed as failed:
                failure = failed.failure
            except ProcessEnded as ended:
                failure = Failure(step, None, None, f"{ended}.", self._printed())
            if failure is not None and failure.step in self._progress:
                self._set(failure.step, state=State.FAILED)
        seconds = time.perf_counter() - began
        progress = tuple(self._progress.values())
        return Outcome(self._metrics, progress, failure, seconds, self._shut_off, self._given)

    def known(self) -> tuple[Progress, ...]:
        imports = self._cache.find(self._keys.imports(self._seed, libraries(self._written)), {})
        if imports is not None:
            self._random = imports.random
            for step in steps_of(self._graph):
                if not set(step.takes) <= set(self._given) or not self._remembered(step):
                    break
        return tuple(self._progress.values())

    def _remembered(self, step: Step) -> bool:
        assert self._random is not None
        found = self._cache.find(self._keys.step(step, {name: self._given[name] for name in step.takes}), self._random)
        if found is not None:
            self._stands(step, found, State.CACHED)
        return found is not None

    def _imports(self) -> None:
        """What generators hold after the imports, which may seed them; runs nothing where that is known."""
        key = self._keys.imports(self._seed, libraries(self._written))
        known = self._cache.find(key, {})
        if known is not None:
            self._random = known.random
            return
        self._started()
        assert self._random is not None
        self._cache.keep(key, {}, Record({}, {}, self._random, (), 0.0))

    def _started(self) -> StepsProcess:
        if self._process is None:
            process = StepsProcess(self._graph, self._written, self._cache.files, self._seed, self._place)
            self._process = self._stack.enter_context(process)
            self._shut_off = process.shut_off
            answer = process.ask("load")
            self._refuse(IMPORTS, answer)
            if self._random is None:
                self._random = answer["random"]
        return self._process

    def _step(self, step: Step) -> None:
        takes = {name: self._given[name] for name in step.takes}
        assert self._random is not None
        key = self._keys.step(step, takes)
        state = State.CACHED
        with self._cache.once(key):
            known = self._cache.find(key, self._random)
            if known is None:
                self._set(step.name, state=State.RUNNING)
                known, state = self._ran(step, takes), State.DONE
                self._cache.keep(key, self._random, known)
        self._stands(step, known, state)

    def _stands(self, step: Step, record: Record, state: State) -> None:
        if record.drawn:
            self._random = record.random
        self._given |= record.gives
        if step is self._graph.metrics:
            self._metrics = {name: float(value) for name, value in record.metrics.items()}
        random = {library: randomness.digest({library: record.random[library]}) for library in record.drawn}
        self._set(step.name, state=state, seconds=record.seconds, drawn=record.drawn, random=random)

    def _ran(self, step: Step, takes: Mapping[str, Node]) -> Record:
        process = self._started()
        numbers = step is self._graph.metrics
        asked = {"takes": takes, "parameters": self._parameters, "reads": step.parameters, "gives": step.gives}
        answer = process.ask("run", step=step.name, random=self._random, numbers=numbers, **asked)
        self._refuse(step.name, answer)
        return Record(
            answer.get("gives", {}),
            answer.get("metrics", {}),
            answer["random"],
            tuple(answer["drawn"]),
            answer["seconds"],
        )

    def _refuse(self, step: str, answer: dict[str, Any]) -> None:
        """Raises `_Failed` for an answer that is none."""
        if "failed" in answer:
            self._fail(step, answer["failed"])
        if "refused" in answer:
            said = answer["refused"]
            takers = [each.name for each in steps_of(self._graph) if said["where"].split(".")[0] in each.takes]
            to = " and ".join(takers) or "another step"
            what = f"{said['where']} ({said['kind']}) cannot be handed to {to}: {said['fix']}"
            raise _Failed(Failure(step, *self._binding(step, said["where"]), what, self._printed()))
        if "damaged" in answer:
            raise _Failed(Failure(step, None, None, f"A file of the cache was changed meanwhile: {answer['damaged']}"))

    def _fail(self, step: str, said: dict[str, Any]) -> None:
        places = [self._written.places[line - 1] for line in said["lines"] if line <= len(self._written.places)]
        own = [each for each in places if each is not None]
        cell = in_cell(self._notebook, self._graph, own[-1]) if own and self._notebook else None
        line = cell[1] if cell else own[-1].line if own else None
        message = f"{said['kind']}: {said['message']}" if said["message"] else said["kind"]
        raise _Failed(Failure(step, cell[0] if cell else None, line, message, self._printed()))

    def _binding(self, step: str, where: str) -> tuple[int | None, int | None]:
        """The cell of the step that speaks of the name last."""
        if self._notebook is None:
            return None, None
        name = where.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
        numbers = next(each.cells for each in steps_of(self._graph) if each.name == step)
        lines = [
            (cell.number, at)
            for cell in self._notebook.cells
            if cell.number in numbers
            for at, line in enumerate(cell.source.split("\n"), 1)
            if name in line
        ]
        return lines[-1] if lines else (None, None)

    def _printed(self) -> str:
        return self._process.printed() if self._process is not None else ""

    def _set(self, step: str, **change: Any) -> None:
        self._progress[step] = replace(self._progress[step], **change)
        self._tell()

    def _tell(self) -> None:
        if self._told is not None:
            self._told(tuple(self._progress.values()))


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure
