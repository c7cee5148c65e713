"""What differs between two environments, and whether a model's numbers can change by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from andon_sdk.link.environment import Lock

COMPUTE = frozenset(
    {"torch", "numpy", "scipy", "scikit-learn", "lightgbm", "xgboost", "polars", "pandas", "statsmodels", "numba"}
)
"""Packages that numbers go through, whoever asked for them."""
_OURS = frozenset({"andon", "andon-sdk"})
_PROCESSOR = {
    "machine": "kind of processor",
    "capability": "processor's instructions",
    "mkl": "MKL",
    "onednn": "oneDNN",
    "threads": "threads that torch uses",
}
_NONE = "none"


class Kind(StrEnum):
    PYTHON = "python"
    PACKAGE = "package"
    FILES = "files"
    PROCESSOR = "processor"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another than it was."""

    kind: Kind
    what: str
    """A package, `python`, `files of <plugin>`, or what of the processor."""
    made: str
    """Where the model was made; `none` where it was missing."""
    here: str
    matters: bool
    """Whether numbers can change by it."""
    sentence: str
    mend: str
    """What to do that it is again as it was: a command, or a sentence. Empty where there is nothing to do."""

    def __str__(self) -> str:
        return f"{self.what} {self.made}, here {self.here}"


@dataclass(frozen=True, slots=True)
class Differences:
    """Those that matter first, each part in order of the alphabet."""

    found: tuple[Difference, ...]

    @property
    def that_matter(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.found if each.matters)

    @property
    def that_do_not(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.found if not each.matters)

    @property
    def command(self) -> str:
        """One line for a shell that mends those packages that matter; empty where no package does."""
        wanted = [
            f'"{each.what}=={_public(each.made)}"'
            for each in self.that_matter
            if each.kind is Kind.PACKAGE and each.made != _NONE
        ]
        return f"pip install {' '.join(wanted)}" if wanted else ""


def compare(made: Lock, here: Lock) -> Differences:
    """What differs here from where a model was made. What only one of them tells of processor and files, or only the
    one here of packages, is not held against it: older locks tell less."""
    found = [*_python(made, here), *_packages(made, here), *_files(made, here), *_processor(made, here)]
    return Differences(tuple(sorted(found, key=lambda each: (not each.matters, each.what))))


def _python(made: Lock, here: Lock) -> Iterator[Difference]:
    then, now = made.python, here.python
    if then == now or not then:
        return
    matters, mend = _minor(then) != _minor(now), ""
    sentence = f"Python {then} and {now} differ in mended mistakes only."
    if matters:
        sentence = f"It was made by Python {then}; here is {now}, which may order and round otherwise."
        mend = f"Use Python {'.'.join(_minor(then))}, or train it again."
    yield Difference(Kind.PYTHON, "python", then, now, matters, sentence, mend)


def _packages(made: Lock, here: Lock) -> Iterator[Difference]:
    asked = {*made.asked, *here.asked} - _OURS
    for name in made.packages.keys() | here.packages.keys():
        then, now = made.packages.get(name, _NONE), here.packages.get(name, _NONE)
        if then == now or (then == _NONE and not made.is_whole):
            continue
        counts = name in COMPUTE or name in asked
        matters = counts and (_NONE in {then, now} or _minor(then) != _minor(now))
        if then == _NONE:
            mend = f"pip uninstall {name}" if matters else ""
        else:
            mend = f'pip install "{name}=={_public(then)}"' if matters else ""
        yield Difference(Kind.PACKAGE, name, then, now, matters, _of_package(name, then, now, counts, matters), mend)


def _of_package(name: str, then: str, now: str, counts: bool, matters: bool) -> str:
    if matters and then == _NONE:
        return f"It was made without {name}; here is {now}, and what finds it may compute by it."
    if matters and now == _NONE:
        return f"It was made with {name} {then}, which is missing here."
    if matters:
        return f"It was made with {name} {then}; {now} may give other numbers."
    if counts:
        return f"{name} {then} and {now} differ in mended mistakes only."
    return f"The recipe's numbers do not go through {name}."


def _files(made: Lock, here: Lock) -> Iterator[Difference]:
    for name in sorted(made.files.keys() & here.files.keys()):
        then, now = made.files[name], here.files[name]
        if then == now:
            continue
        matters = name not in _OURS
        sentence = (
            f"The files of {name} are not those that made it: its code may compute otherwise."
            if matters
            else f"The files of {name} are others; models are judged again by what they answered where they were made."
        )
        mend = f"Add the version of {name} that made it again (`andon plugin add`), or train again." if matters else ""
        yield Difference(Kind.FILES, f"files of {name}", then[:12], now[:12], matters, sentence, mend)


def _processor(made: Lock, here: Lock) -> Iterator[Difference]:
    for name in sorted(made.processor.keys() & here.processor.keys()):
        then, now = made.processor[name], here.processor[name]
        if then == now:
            continue
        what, matters = _PROCESSOR.get(name, name), name != "threads"
        sentence = (
            f"The {what}: {then} where it was made, {now} here. Sums are added in another order."
            if matters
            else "Models are trained and served with one thread, whatever the machine has."
        )
        mend = "Train it again on the processors that are here." if matters else ""
        yield Difference(Kind.PROCESSOR, what, then, now, matters, sentence, mend)


def _public(version: str) -> str:
    """Without what a maker of wheels added, such as `+cpu`: indexes do not know it."""
    return version.split("+", maxsplit=1)[0]


def _minor(version: str) -> tuple[str, ...]:
    return tuple(_public(version).split(".")[:2])
