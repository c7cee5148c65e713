"""What steps gave, kept under what it came from: code, inputs, parameters, files and packages.

A record of a step is found by its key, a digest of everything the step depends on. A step that draws random numbers
depends on the generators' state too; whether it does is known once it has run, so its record is found in two steps.
"""

import ast
import hashlib
import json
import os
import platform
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from andon_sdk.link import randomness
from andon_sdk.link.contracts import Graph, Step
from andon_sdk.link.generate import meaning, names_of
from andon_sdk.link.handover import Damaged, Node, digest, files_of
from andon_sdk.link.handover.nodes import whole

FORMAT = 1
SNAPSHOTS = ".link/snapshots"
_LOCKS: dict[tuple[str, str], threading.Lock] = {}
_LOCKS_OPEN = threading.Lock()
_SNAPSHOT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def said(*parts: Any) -> str:
    """SHA-256 of what JSON says of the parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def packages() -> str:
    """Digest of the Python and of the names and versions of all that is installed."""
    names = sorted({each.stem for path in sys.path if path for each in Path(path).glob("*.dist-info")})
    return said(platform.python_version(), platform.machine(), names)


def imports_for(imports: str, names: set[str]) -> str:
    """The statements of the imports that code with these names depends on: those that bind them, what these need in
    turn, and those that bind nothing, which are there for what they do."""
    statements = ast.parse(imports).body
    bound = [_binds(each) for each in statements]
    needs = [names_of(ast.unparse(each)) for each in statements]
    kept = {at for at, names_bound in enumerate(bound) if not names_bound}
    wanted = names.union(*(needs[at] for at in kept))
    while True:
        more = {at for at, names_bound in enumerate(bound) if at not in kept and names_bound & (wanted | {"*"})}
        if not more:
            return "\n".join(ast.unparse(statements[at]) for at in sorted(kept))
        kept |= more
        wanted = wanted.union(*(needs[at] for at in more))


def effects_of(imports: str) -> str:
    """The statements of the imports that may draw random numbers or set a seed, and what these need: all but imports
    and definitions that only others need."""
    still = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    acting = [ast.unparse(each) for each in ast.parse(imports).body if not isinstance(each, still)]
    return imports_for(imports, names_of("\n".join(acting))) if acting else ""


def _binds(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(each.asname or each.name).partition(".")[0] for each in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Expr):
        return set()
    stored = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
    return {each.id for each in stored if isinstance(each.ctx, ast.Store)}


def named_files(code: str, values: Iterable[Any], folder: Path) -> dict[str, str]:
    """Files beside the notebook, or in its folders, that the code names in a text, with the SHA-256 of each; of the
    name of a snapshot, the files it is kept in."""
    texts = {each.value for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Constant)} | set(values)
    found: dict[str, str] = {}
    for text in sorted(each for each in texts if isinstance(each, str) and 0 < len(each) < 200 and "\0" not in each):
        path = Path(text)
        if path.is_absolute() or ".." in path.parts:
            continue
        for name in (text, *_snapshot(folder, text)):
            if (folder / name).is_file():
                found[name] = file_digest(folder / name)
    return found


def _snapshot(folder: Path, name: str) -> tuple[str, ...]:
    """The files of a snapshot of that name (`andon_sdk.link.data`), if there is one."""
    told = Path(SNAPSHOTS, f"{name}.json")
    if not _SNAPSHOT.fullmatch(name) or not (folder / told).is_file():
        return ()
    try:
        rows = Path(SNAPSHOTS, f"{json.loads((folder / told).read_bytes())['digest']}.parquet")
    except (ValueError, KeyError, TypeError):  # then reading it says what is wrong
        return (str(told),)
    return (str(told), str(rows)) if rows.parent == Path(SNAPSHOTS) else (str(told),)


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    facts = path.stat()
    return _file_digest(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(1000)
def _file_digest(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """What a step gave."""

    gives: Mapping[str, Node]
    metrics: Mapping[str, Any]
    """Numbers, of the step of metrics."""
    random: randomness.State
    """Of the generators after it."""
    drawn: tuple[str, ...]
    """Libraries whose generators it drew from or seeded; then `random` is what it left, and not what it met."""
    seconds: float


class Cache:
    """A folder of records and of the files they name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "values"
        self.files.mkdir(parents=True, exist_ok=True)

    def once(self, key: str) -> threading.Lock:
        """Held by who looks for a step and runs it: runs side by side in one process run no step twice."""
        with _LOCKS_OPEN:
            return _LOCKS.setdefault((str(self.folder.resolve()), key), threading.Lock())

    def find(self, key: str, random: randomness.State) -> Record | None:
        """A record whose files are all what they were. What was damaged is as if it had never been."""
        drew = self._read(key)
        if drew is not None and "again" in drew:
            drew = self._read(said(key, randomness.digest(random)))
        if drew is None:
            return None
        try:
            for file in dict.fromkeys(files_of(drew["gives"])):
                whole(self.files, file)
        except Damaged:
            return None
        return Record(drew["gives"], drew["metrics"], drew["random"], tuple(drew["drawn"]), drew["seconds"])

    def keep(self, key: str, random: randomness.State, record: Record) -> None:
        """`random` is the state the step met."""
        told = {
            "gives": record.gives,
            "metrics": record.metrics,
            "random": record.random,
            "drawn": record.drawn,
            "seconds": record.seconds,
        }
        if record.drawn:
            self._write(key, {"again": True})
            self._write(said(key, randomness.digest(random)), told)
        else:
            self._write(key, told)

    def _read(self, key: str) -> dict[str, Any] | None:
        try:
            told = json.loads((self.folder / f"{key}.json").read_bytes())
            record = told["record"]
            sound = told["digest"] == said(key, record)
        except (OSError, ValueError, KeyError, TypeError):  # not there, cut off, or another's: the step runs again
            return None
        return record if sound else None

    def _write(self, key: str, record: dict[str, Any]) -> None:
        path = self.folder / f"{key}.json"
        temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        temporary.write_text(json.dumps({"digest": said(key, record), "record": record}), "utf-8")
        os.replace(temporary, path)


class Keys:
    """Keys of a graph's steps, for parameters and for the folder the notebook lies in."""

    def __init__(self, graph: Graph, parameters: Mapping[str, Any], folder: Path) -> None:
        self._graph, self._parameters, self._folder = graph, parameters, folder
        self._packages = packages()

    def imports(self, seed: int, libraries: Iterable[str]) -> str:
        """Of what the generators hold after the imports, those of these libraries seeded before."""
        return said(FORMAT, "imports", self._packages, effects_of(self._graph.imports), seed, [*libraries])

    def step(self, step: Step, takes: Mapping[str, Node]) -> str:
        """Of a step that takes these values."""
        parameters = {key: self._parameters[key] for key in step.parameters}
        imports = imports_for(self._graph.imports, names_of(step.source) | _nodes_need(takes, self._graph))
        code = meaning(step.source)
        files = named_files(f"{imports}\n{code}", parameters.values(), self._folder)
        inputs = {name: digest(node) for name, node in takes.items()}
        defined = {name: _source(self._graph, name) for name in sorted(set(_steps_named(list(takes.values()))))}
        return said(
            FORMAT, step.name, self._packages, imports, code, step.gives, parameters, inputs, files, defined,
            step is self._graph.metrics,
        )  # fmt: skip


def _steps_named(node: Any) -> Iterator[str]:
    """Steps that define functions or classes among the values."""
    if isinstance(node, dict):
        if node.get("kind") == "code" and "step" in node:
            yield node["step"]
        if node.get("kind") != "json":
            for each in node.values():
                yield from _steps_named(each)
    elif isinstance(node, list):
        for each in node:
            yield from _steps_named(each)


def _source(graph: Graph, name: str) -> str:
    return next(meaning(step.source) for step in graph.steps if step.name == name)


def _nodes_need(takes: Mapping[str, Node], graph: Graph) -> set[str]:
    """Names that functions of other steps use, where the step takes such functions."""
    needed: set[str] = set()
    for name in set(_steps_named(list(takes.values()))):
        needed |= names_of(_source(graph, name))
    return needed
