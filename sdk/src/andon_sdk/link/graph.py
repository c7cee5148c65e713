"""How steps hang together: who gives a name, who takes it, who changes it, and what could not be found.

Cells are read from the top to the bottom, as they would run. A name that a step reads before it has surely bound it is
taken from the last step above that gives it. A step that changes in place what it took gives it anew, so that whoever
comes later takes the changed one.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from andon_sdk.link.contracts import RECIPE, Cell, Graph, LinkParameter, Notebook, Role, Step
from andon_sdk.link.names import Binding, Change, Deleted, Event, Read, Walker
from andon_sdk.link.names.changes import Habits, habits
from andon_sdk.link.parameters import Mistake, parameters_of
from andon_sdk.link.plain import Plain, plain


@dataclass(frozen=True, slots=True)
class Text:
    """A cell, as Python, and what it does with names."""

    cell: Cell
    plain: Plain
    events: tuple[Event, ...] = ()

    @property
    def tree(self) -> ast.Module:
        return self.plain.tree


@dataclass(frozen=True, slots=True)
class Taken:
    """A name that one step has from another."""

    name: str
    giver: "Unit"
    taker: "Unit"
    cell: int
    line: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A read of a name that nothing above binds."""

    name: str
    unit: "Unit"
    cell: int
    line: int
    deferred: str | None
    deleted: bool = False
    """Whether this step bound it, and then deleted it."""


@dataclass(eq=False, slots=True)
class Unit:
    """Cells that become one function: those of a step, of the metrics, or of the imports."""

    name: str
    role: Role
    texts: list[Text] = field(default_factory=list)
    sure: set[str] = field(default_factory=set)
    bound: dict[str, tuple[Binding, int]] = field(default_factory=dict)
    """First binding of each name, with its cell."""
    changed: dict[str, tuple[Change, int]] = field(default_factory=dict)
    """First change of each name that an earlier step gave."""
    takes: dict[str, Taken] = field(default_factory=dict)
    gives: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    """Names that it bound, deleted, and has not bound since."""
    parameters: dict[str, int] = field(default_factory=dict)
    later: list[tuple[Read, int]] = field(default_factory=list)
    """Reads in functions, which happen when these are called."""

    @property
    def cells(self) -> tuple[int, ...]:
        return tuple(text.cell.number for text in self.texts)


@dataclass(slots=True)
class Links:
    """All that was found out about names."""

    texts: tuple[Text, ...]
    units: list[Unit]
    parameters: tuple[LinkParameter, ...]
    mistakes: tuple[tuple[int, Mistake], ...]
    """Of the cells of parameters, with the cell."""
    taken: list[Taken] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    order: list[Unit] = field(default_factory=list)
    """Steps, each after those it takes from."""
    circle: list[Unit] = field(default_factory=list)
    """Steps of which each waits for another."""

    @property
    def steps(self) -> list[Unit]:
        return [unit for unit in self.units if unit.role is Role.STEP]

    @property
    def imports(self) -> Unit | None:
        return next((unit for unit in self.units if unit.role is Role.IMPORTS), None)

    @property
    def metrics(self) -> Unit | None:
        return next((unit for unit in self.units if unit.role is Role.METRICS), None)


def linked(notebook: Notebook) -> Links:
    """Reads all cells and finds who gives what to whom."""
    texts = [Text(cell, plain(cell.source)) for cell in notebook.cells]
    known: dict[str, Habits] = {}
    for text in texts:
        for name, its in habits(text.tree).items():
            known[name] = known.get(name, Habits()) | its
    found = [
        each
        for text in texts
        if text.cell.role is Role.PARAMETERS
        for each in ((text.cell.number, said) for said in parameters_of(text.tree, text.cell.number))
    ]
    parameters = {said.key: said for _, said in found if isinstance(said, LinkParameter)}
    mistakes = tuple((cell, said) for cell, said in found if isinstance(said, Mistake))
    links = Links((), [], tuple(parameters.values()), mistakes)
    _walked(texts, links, Walker(known), set(parameters))
    _ordered(links)
    return links


def _walked(texts: list[Text], links: Links, walker: Walker, parameters: set[str]) -> None:
    units: dict[tuple[Role, str], Unit] = {}
    givers: dict[str, list[Unit]] = {}
    imported = _imported(texts)
    read: list[Text] = []
    last = {(text.cell.role, text.cell.step): text for text in texts}
    for text in texts:
        cell = text.cell
        key = (cell.role, cell.step or cell.role.value)
        unit = units.setdefault(key, Unit(key[1], cell.role))
        its = Walker() if cell.role in {Role.SKIP, Role.PARAMETERS} else walker
        done = Text(cell, text.plain, its.walk(text.tree, unit.sure))
        read.append(done)
        unit.texts.append(done)
        if cell.role in {Role.SKIP, Role.PARAMETERS}:
            for event in done.events:
                if isinstance(event, Binding):
                    unit.bound.setdefault(event.name, (event, cell.number))
            unit.sure.clear()
            continue
        at = _At(unit, cell.number, links, givers, parameters, imported)
        for event in done.events:
            at.happens(event)
        if text is last[cell.role, cell.step]:
            at.ends()
    links.texts = tuple(read)
    links.units = list(units.values())
    _found_later(links)
    for unit in links.steps:
        if RECIPE in unit.bound:
            unit.gives.add(RECIPE)


def _imported(texts: list[Text]) -> set[str]:
    """Names of the cells of imports, wherever these stand."""
    found: set[str] = set()
    for text in texts:
        if text.cell.role is Role.IMPORTS:
            events = Walker().walk(text.tree, set())
            found |= {event.name for event in events if isinstance(event, Binding)}
    return found


@dataclass(slots=True)
class _At:
    """One cell being read."""

    unit: Unit
    cell: int
    links: Links
    givers: dict[str, list[Unit]]
    parameters: set[str]
    imported: set[str]

    def happens(self, event: Event) -> None:
        if isinstance(event, Binding):
            self.unit.bound.setdefault(event.name, (event, self.cell))
            self.unit.deleted.discard(event.name)
            self._gives(event.name)
        elif isinstance(event, Deleted):
            self.unit.deleted.add(event.name)
            self.givers.pop(event.name, None)
        elif isinstance(event, Change):
            if event.open and self._is_value(event.name):
                self.unit.changed.setdefault(event.name, (event, self.cell))
                if event.via is None:
                    self._takes(event.name, event.line)
                    self._gives(event.name)
        elif event.deferred:
            self.unit.later.append((event, self.cell))
        elif event.open:
            self._reads(event, self.cell)

    def ends(self) -> None:
        """Of the unit: what its functions read is known now, and what it bound only sometimes."""
        for read, cell in self.unit.later:
            if read.name not in self.unit.bound or self._giver(read.name) is not None:
                self._reads(read, cell)
        for name, (binding, cell) in self.unit.bound.items():
            sometimes = name not in self.unit.sure and binding.kind != "except"
            if sometimes and name not in self.unit.takes and self._giver(name) is not None:
                self._takes(name, binding.line, cell)

    def _reads(self, read: Read, cell: int) -> None:
        name, unit = read.name, self.unit
        if name in self.parameters and unit.role is not Role.IMPORTS:
            unit.parameters.setdefault(name, read.line)
        elif unit.role is Role.IMPORTS or self._giver(name) is None:
            here = name in unit.bound or (name in self.imported and (unit.role is not Role.IMPORTS or read.deferred))
            deleted = name in unit.deleted
            if not here or deleted:
                self.links.missing.append(Missing(name, unit, cell, read.line, read.deferred, deleted))
        elif name not in self.imported:
            self._takes(name, read.line, cell)

    def _giver(self, name: str) -> Unit | None:
        """The last step above, other than this, that gives it."""
        return next((unit for unit in reversed(self.givers.get(name, [])) if unit is not self.unit), None)

    def _is_value(self, name: str) -> bool:
        """Whether a step above gives it, and not as a module: `tf.add(a, b)` changes nothing."""
        giver = self._giver(name)
        return giver is not None and not (name in giver.bound and giver.bound[name][0].kind == "import")

    def _takes(self, name: str, line: int, cell: int | None = None) -> None:
        giver = self._giver(name)
        assert giver is not None
        taken = Taken(name, giver, self.unit, cell or self.cell, line)
        if name not in self.unit.takes:
            self.unit.takes[name] = taken
            self.links.taken.append(taken)
            giver.gives.add(name)

    def _gives(self, name: str) -> None:
        if self.unit.role is Role.STEP and self.unit not in self.givers.setdefault(name, []):
            self.givers[name].append(self.unit)


def _found_later(links: Links) -> None:
    """Reads of what only a later step binds: the graph holds them too, as far as it can be made."""
    for missing in links.missing:
        if missing.unit.role is Role.IMPORTS or missing.name in missing.unit.takes:
            continue
        giver = next((unit for unit in links.steps if unit is not missing.unit and missing.name in unit.bound), None)
        if giver is not None and missing.name not in missing.unit.bound:
            taken = Taken(missing.name, giver, missing.unit, missing.cell, missing.line)
            missing.unit.takes[missing.name] = taken
            links.taken.append(taken)
            giver.gives.add(missing.name)


def _ordered(links: Links) -> None:
    """As in the notebook, except where a step takes from a later one."""
    waiting = links.steps
    while waiting:
        ready = next((unit for unit in waiting if not _before(unit) & set(waiting)), None)
        if ready is None:
            links.circle = _circle(waiting)
            ready = waiting[0]
        links.order.append(ready)
        waiting.remove(ready)


def _before(unit: Unit) -> set[Unit]:
    return {taken.giver for taken in unit.takes.values()} - {unit}


def _circle(waiting: list[Unit]) -> list[Unit]:
    """From any of them back along what it waits for, until one comes again."""
    path = [waiting[0]]
    while True:
        following = next(unit for unit in waiting if unit in _before(path[-1]))
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def graph(links: Links) -> Graph:
    """As others see it."""
    imports, metrics = links.imports, links.metrics
    steps = tuple(_step(unit, links) for unit in links.order)
    return Graph(
        imports=_source(imports) if imports else "",
        parameters=links.parameters,
        steps=steps,
        metrics=_step(metrics, links) if metrics else None,
        recipe=_recipe(steps),
    )


def _step(unit: Unit, links: Links) -> Step:
    givers = _before(unit)
    given = unit.gives if unit.role is Role.STEP else set(numbers_of(unit))
    order = [*unit.bound, *(name for name in unit.changed if name not in unit.bound)]
    return Step(
        name=unit.name,
        cells=unit.cells,
        source=_source(unit),
        takes=tuple(unit.takes),
        gives=tuple(name for name in order if name in given),
        parameters=tuple(unit.parameters),
        after=tuple(each.name for each in links.order if each in givers),
    )


def _source(unit: Unit) -> str:
    return "\n\n".join(text.plain.source for text in unit.texts)


def _recipe(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Names of the steps that the last `recipe` is made of."""
    last = next((step for step in reversed(steps) if RECIPE in step.gives), None)
    if last is None:
        return ()
    made_of = {last.name}
    for step in reversed(steps):
        if step.name in made_of:
            made_of |= set(step.after)
    return tuple(step.name for step in steps if step.name in made_of)


_NO_NUMBER = (
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Tuple,
    ast.JoinedStr,
    ast.Lambda,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
)


def numbers_of(unit: Unit) -> Iterator[str]:
    """Names that the metrics bind at their top and that may be numbers: none with an underscore first, no function,
    nothing that is plainly something else."""
    for name, (binding, _) in unit.bound.items():
        value = binding.value
        plainly_not = isinstance(value, _NO_NUMBER) or (
            isinstance(value, ast.Constant) and not isinstance(value.value, int | float)
        )
        if binding.kind in {"assignment", "augmented"} and not name.startswith("_") and not plainly_not:
            yield name
