"""What the parts of Link hand each other: the notebook as it was read, what its code says, what is wrong with it.

A notebook is only an editor of a pipeline. Its cells are tagged `imports`, `parameters`, `step:<name>`, `metrics` or
`skip`; cells of one step follow each other in its order. What a step takes and gives is found from its code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

RECIPE = "recipe"
"""The name that a step gives to what is deployed: a `Blueprint` or an `Estimator` of `andon_sdk.plugin`. It is made of
functions, classes and parameters only: its rows are given to it where it trains."""


class Form(StrEnum):
    """How a notebook is written down."""

    JUPYTER = "ipynb"
    MARIMO = "marimo"
    PYTHON = "python"
    """With cells after `# %%` lines, tags in brackets: `# %% tags=["step:clean"]`, as jupytext writes them."""


class Role(StrEnum):
    """What a cell is there for."""

    IMPORTS = "imports"
    PARAMETERS = "parameters"
    STEP = "step"
    METRICS = "metrics"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of code."""

    number: int
    """As people count in the notebook: from 1, with cells of text."""
    source: str
    role: Role
    step: str | None = None
    """Name of its step, where it is one's."""
    executed: int | None = None
    """The kernel's count when it last ran, as the file keeps it."""
    tags: tuple[str, ...] = ()
    """All its tags. A cell with none of ours has the role `SKIP`, and a finding says so."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """A file, read and not run."""

    path: Path
    form: Form
    cells: tuple[Cell, ...]
    language: str = "python"


@dataclass(frozen=True, slots=True)
class LinkParameter:
    """A value that a run may be given, read from the cell of parameters:

    epochs: Annotated[int, Range(1, 200), Help("Passes over the rows")] = 60
    """

    key: str
    kind: type[bool] | type[int] | type[float] | type[str]
    default: bool | int | float | str
    help: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    cell: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Cells of one name, as one function."""

    name: str
    cells: tuple[int, ...]
    """Numbers of its cells."""
    source: str
    """Of its cells, an empty line between each; lines keep their numbers, and what is IPython's stands in comments."""
    takes: tuple[str, ...]
    """Names that earlier steps give, in order of first use."""
    gives: tuple[str, ...]
    """Names that later steps, the metrics or the recipe take, in order of first binding."""
    parameters: tuple[str, ...]
    """Keys of the parameters that its code reads."""
    after: tuple[str, ...]
    """Names of the steps whose results it takes."""


@dataclass(frozen=True, slots=True)
class Graph:
    """What the code says of how steps hang together. `metrics` is one more step, whose gives are numbers."""

    imports: str
    """Source of the cells of imports."""
    parameters: tuple[LinkParameter, ...]
    steps: tuple[Step, ...]
    """Each after those it takes from."""
    metrics: Step | None
    recipe: tuple[str, ...] = ()
    """Names of the steps that `recipe` is made of, in order; empty where no step gives one."""


class Severity(StrEnum):
    ERROR = "error"
    """No pipeline can be made, or it would not do what the notebook did."""
    WARNING = "warning"
    """It can, and something is doubtful."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake, told as a good linter does."""

    rule: str
    """Words with dashes, such as `changed-after-use`; documented under that name."""
    severity: Severity
    cell: int
    line: int
    """Of the cell, from 1."""
    what: str
    """One sentence with the names in it: “`df` is changed in *clean* after *plot* used it.”"""
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """`analyse(notebook)`: never runs anything. Where an error is found, the graph is as far as it could be made."""

    notebook: Notebook
    graph: Graph
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether a pipeline can be made of it."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


Metrics = Mapping[str, float]
"""Numbers that the cell of metrics bound at its top level, by name."""
