"""The green mark: how a notebook stands, kept beside it and true of its present content only."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from andon_sdk.link.cache import named_files, said
from andon_sdk.link.contracts import Analysis, Metrics
from andon_sdk.link.generate import content, steps_of

FORMAT = 1
RELATIVE = 1e-6
"""How far a metric may be from the notebook's, relative to it, where nothing else is said."""
_TOLERANCE = re.compile(
    r"^\s*(?P<name>\w+)\s*(?::[^=]*)?=.*#.*\btolerance\s*[:=]?\s*(?P<value>[\d.]+(?:[eE][+-]?\d+)?)"
)


class Mark(StrEnum):
    """How a notebook stands."""

    UNPROVEN = "unproven"
    PROVING = "proving"
    PROVEN = "proven"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric that came out otherwise."""

    metric: str
    notebook: float
    proof: float | None
    """None where the proof has no such number."""
    cause: str
    """The probable one, and what to do."""

    def __str__(self) -> str:
        came = "nothing" if self.proof is None else f"{self.proof:.8g}"
        return f"{self.metric}: {self.notebook:.8g} in the notebook, {came} in the proof. {self.cause}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a clean process made of a notebook."""

    state: Mark
    key: str
    """SHA-256 of what was proven: content, tolerances, files. Of another notebook, the proof says nothing."""
    content: str = ""
    """SHA-256 of the pipeline: `generate.content`."""
    metrics: Metrics = field(default_factory=dict)
    notebook: Metrics = field(default_factory=dict)
    """The notebook's own."""
    against: str = ""
    """`outputs`: those its file keeps; `first run`: those of all cells run one after the other in one clean process."""
    tolerance: Mapping[str, float] = field(default_factory=dict)
    """Relative, of each metric."""
    differences: tuple[Difference, ...] = ()
    failure: str = ""
    network: str = ""
    """`shut off`, or `not shut off` where there are no walls to be had."""
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files it was given, by name."""
    snapshot: str = ""
    """One SHA-256 of all of them; empty without files."""
    seconds: float = 0.0
    at: str = ""
    """When, in UTC."""
    process: int | None = None
    """Of who proves it, while it is being proven."""


def tolerances(analysis: Analysis, given: Mapping[str, float] | None = None) -> dict[str, float]:
    """By metric: as given, else as a comment says, `auc = …  # tolerance: 1e-3`, else `RELATIVE`."""
    metrics = analysis.graph.metrics
    if metrics is None:
        return {}
    said_here = {
        found["name"]: float(found["value"])
        for found in map(_TOLERANCE.match, metrics.source.split("\n"))
        if found is not None
    }
    return {name: (given or {}).get(name, said_here.get(name, RELATIVE)) for name in metrics.gives}


def files_named(analysis: Analysis) -> dict[str, str]:
    """Files beside the notebook that its code names, with the SHA-256 of each."""
    graph, folder = analysis.graph, analysis.notebook.path.resolve().parent
    code = "\n".join([graph.imports, *(step.source for step in steps_of(graph))])
    return named_files(code, [parameter.default for parameter in graph.parameters], folder)


def key_of(analysis: Analysis, tolerance: Mapping[str, float], files: Mapping[str, str]) -> str:
    """What a proof is of. Raises `NotWritten`."""
    return said(FORMAT, content(analysis.graph), dict(tolerance), dict(files))


def path_of(notebook: Path) -> Path:
    """Where a notebook's mark is kept."""
    return notebook.parent / ".link" / f"{notebook.stem}.json"


def keep(notebook: Path, proof: Proof) -> None:
    """Writes the mark; it is there whole or not at all."""
    path = path_of(notebook)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps({"format": FORMAT, **asdict(proof)}, indent=1), "utf-8")
    os.replace(temporary, path)


def kept(notebook: Path) -> Proof | None:
    """The last mark, whatever it was of; None where there is none that can be read."""
    try:
        told = json.loads(path_of(notebook).read_text("utf-8"))
        return _proof(told) if told.pop("format") == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # as if nobody had ever proven it
        return None


def _proof(told: dict[str, Any]) -> Proof:
    differences = tuple(Difference(**each) for each in told.pop("differences"))
    return Proof(**{**told, "state": Mark(told["state"]), "differences": differences})


def standing(analysis: Analysis, given: Mapping[str, float] | None = None) -> Proof:
    """How the notebook stands as it is now: an edit, another file or another tolerance makes it unproven at once."""
    path = analysis.notebook.path
    last = kept(path)
    if last is None:
        return Proof(Mark.UNPROVEN, "")
    named = files_named(analysis)
    files = named if set(named) == set(last.files) else {**last.files, **named}
    key = key_of(analysis, tolerances(analysis, given), files)
    if last.key != key or (last.state is Mark.PROVING and not _alive(last.process)):
        return Proof(Mark.UNPROVEN, key)
    return last


def _alive(process: int | None) -> bool:
    try:
        os.kill(process or 0, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return process is not None
