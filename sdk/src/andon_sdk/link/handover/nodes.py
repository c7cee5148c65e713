"""Writing values into a folder and reading them again: what all kinds share."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import FunctionType
from typing import Any

from andon_sdk.link.handover.origin import Origin

Node = dict[str, Any]
_DEEP = 60
_ROOMS = ("plain", "frames", "tensors", "learned", "code", "instances")
"""Modules whose `KINDS` are asked in order."""


class HandoverRefused(Exception):
    """A value that no step can hand to another. The message says what it is and what to do."""

    def __init__(self, where: str, kind: str, fix: str) -> None:
        super().__init__(f"{where} ({kind}) cannot be handed over: {fix}")
        self.where, self.kind, self.fix = where, kind, fix


class Damaged(Exception):
    """A file of the folder is not there, or is not what it was."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to hand over."""

    name: str
    fits: Callable[[Any], bool]
    """Imports nothing: a library that is not loaded has made no value."""
    write: "Callable[[Any, Writer, str], Node]"
    """Value, writer, and the value's name for people."""
    read: "Callable[[Node, Reader], Any]"


def digest(node: Node) -> str:
    """SHA-256 of a value: of its node, which names its files by theirs."""
    return hashlib.sha256(json.dumps(node, sort_keys=True).encode()).hexdigest()


def files_of(node: Any) -> Iterator[str]:
    """Names of all files that a node needs."""
    if isinstance(node, dict):
        if node.get("kind") == "json":
            return  # somebody's values, in which "file" is a word as any other
        if isinstance(node.get("file"), str):
            yield node["file"]
        for each in node.values():
            yield from files_of(each)
    elif isinstance(node, list):
        for each in node:
            yield from files_of(each)


def whole(folder: Path, file: str) -> bytes:
    """The file's bytes. Raises `Damaged` unless they are those it was named by."""
    name, _, _ = file.partition(".")
    if Path(file).name != file:
        raise Damaged(f"{file} is no name of a file of the cache.")
    try:
        data = (folder / file).read_bytes()
    except OSError as error:
        raise Damaged(f"{file} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(data).hexdigest() != name:
        raise Damaged(f"{file} is not what was written: its digest is another.")
    return data


class Writer:
    """Writes the values that one step gives."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        self.folder, self.origin = folder, origin
        self._open: dict[int, int] = {}
        self._deep = 0

    def node(self, value: Any, where: str) -> Node:
        """Raises `HandoverRefused`, with `where` in it."""
        if id(value) in self._open:
            if not isinstance(value, FunctionType):
                raise HandoverRefused(where, told_type(value), "it holds itself: give its parts one by one.")
            return {"kind": "again", "of": self._open[id(value)]}
        kind = next((each for each in kinds() if each.fits(value)), None)
        if kind is None:
            raise refused(value, where)
        if self._deep >= _DEEP:
            raise HandoverRefused(where, told_type(value), "lists in lists without end: make it flat.")
        place = len(self._open)
        self._open[id(value)] = place
        self._deep += 1
        try:
            node = {"kind": kind.name, **kind.write(value, self, where)}
        finally:
            self._deep -= 1
            del self._open[id(value)]
        return {**node, "place": place} if _called_again(node, place) else node

    def file(self, data: bytes, ending: str) -> str:
        """Name of the file with these bytes. It is there whole or not at all."""
        name = f"{hashlib.sha256(data).hexdigest()}.{ending}"
        with NamedTemporaryFile(dir=self.folder, delete=False) as temporary:
            temporary.write(data)
        os.replace(temporary.name, self.folder / name)
        return name


class Reader:
    """Reads the values that one step takes; what is the same class in two of them is one class."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        self.folder, self.origin = folder, origin
        self.open: dict[int, Any] = {}
        self.made: dict[str, Any] = {}

    def value(self, node: Node) -> Any:
        """Raises `Damaged`."""
        if node["kind"] == "again":
            return self.open[node["of"]]
        for kind in kinds():
            if kind.name == node["kind"]:
                return kind.read(node, self)
        raise Damaged(f"{node['kind']} is no kind of value.")

    def bytes_of(self, node: Node) -> bytes:
        """Raises `Damaged`."""
        return whole(self.folder, node["file"])


def _called_again(node: Any, place: int) -> bool:
    if isinstance(node, dict):
        if node.get("kind") == "json":
            return False
        return (node.get("kind") == "again" and node.get("of") == place) or any(
            _called_again(each, place) for each in node.values()
        )
    return isinstance(node, list) and any(_called_again(each, place) for each in node)


_kinds: list[Kind] = []


def kinds() -> list[Kind]:
    if not _kinds:
        for room in _ROOMS:
            _kinds.extend(import_module(f"andon_sdk.link.handover.{room}").KINDS)
    return _kinds


def told_type(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


_FIXES = (
    (("builtins.generator", "builtins.map", "builtins.filter", "builtins.zip"), "make a list of it: list(…)."),
    (("itertools.",), "make a list of it: list(…)."),
    (("_io.",), "read the file in the step that opens it, and give what it says; or give its path."),
    (("_thread.", "threading.", "multiprocessing."), "make it in the step that uses it."),
    (("sqlite3.", "psycopg.", "sqlalchemy.", "socket."), "read the rows in the step that connects, and give a frame."),
    (("polars.lazyframe",), "give its rows: .collect()."),
    (("pandas._libs.tslibs", "pandas."), "give a frame, or .to_pydatetime() of a single time."),
    (("torch.optim", "torch.utils.data"), "make it in the step that trains, and give the module and the rows."),
    (("lightgbm.sklearn",), "give its booster: model.booster_."),
)


def refused(value: Any, where: str) -> HandoverRefused:
    """Says what to do, by what it is."""
    kind = type(value)
    full = f"{kind.__module__}.{kind.__qualname__}"
    other = "give what it holds as a frame, an array, numbers or text; or make it in the step that uses it."
    fix = next((said for starts, said in _FIXES if full.startswith(starts)), other)
    return HandoverRefused(where, told_type(value), fix)
