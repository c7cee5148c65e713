"""`andon-sdk link run`, `prove`, `generate` and `search`: these run the notebook's steps, in processes of their own."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from andon_sdk.command import Refused
from andon_sdk.link import words

if TYPE_CHECKING:
    from andon_sdk.link.contracts import Analysis
    from andon_sdk.link.running import Progress
    from andon_sdk.link.shown import Shown

T = TypeVar("T")
Word = Callable[..., argparse.ArgumentParser]


def add_words(steps: Any, word: Word) -> None:
    """`word` makes the parser of a word that is about one notebook."""
    run = word(steps, "run", _run, "Run the steps that have changed")
    words.run_words(run)
    run.add_argument("--json", action="store_true", help="metrics and steps as JSON")
    prove = word(steps, "prove", _prove, "Let a clean process make the notebook's numbers once more")
    words.prove_words(prove)
    prove.add_argument(
        "--file", action="append", default=[], metavar="NAME=PATH", help="put before the steps under that name"
    )
    prove.add_argument("--json", action="store_true", help="the proof as JSON")
    generate = word(steps, "generate", _generate, "Write the pipeline as a module of plain functions")
    generate.add_argument("--into", type=Path, metavar="FILE", help="instead of the standard output")
    words.search_words(word(steps, "search", _search, "Try values of parameters"))


def _sound(path: Path) -> "Analysis":
    """Raises `Refused` where no pipeline can be made of it."""
    from andon_sdk.command.link import analysis_of  # noqa: PLC0415 - it imports this
    from andon_sdk.link.contracts import Severity  # noqa: PLC0415

    analysis = analysis_of(path)
    if not analysis.sound:
        first = next(each for each in analysis.findings if each.severity is Severity.ERROR)
        where = f"Cell {first.cell}, line {first.line}: {first.what}"
        raise Refused(f"{where} {first.fix} andon-sdk link check {path} says all that is wrong.")
    return analysis


def _run(told: argparse.Namespace) -> int:
    from andon_sdk.link import shown  # noqa: PLC0415 - each word imports what it needs
    from andon_sdk.link.running import run  # noqa: PLC0415

    analysis = _sound(told.notebook)
    given = _asked(lambda: words.parameters(told.parameters, analysis.graph))
    folder = told.notebook.parent / words.CACHE
    came = _asked(lambda: run(analysis.graph, given, folder, notebook=analysis.notebook, told=_on_the_way))
    if told.json:
        steps = [asdict(each) for each in came.progress]
        failure = None if came.failure is None else asdict(came.failure)
        print(json.dumps({"metrics": came.metrics, "steps": steps, "failure": failure}, indent=2, ensure_ascii=False))
    else:
        _say(shown.outcome(analysis.graph, came))
    return 0 if came.failure is None else 1


def _prove(told: argparse.Namespace) -> int:
    from andon_sdk.link import shown  # noqa: PLC0415
    from andon_sdk.link.proving import prove  # noqa: PLC0415
    from andon_sdk.link.reading import NotebookRefused  # noqa: PLC0415
    from andon_sdk.link.standing import Mark  # noqa: PLC0415

    files = {name: Path(path) for name, _, path in (each.partition("=") for each in told.file)}
    for name, path in files.items():
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts and name not in {"", "."}
        if not inside or not path.is_file():
            raise Refused(
                f"--file {name}={path}: write NAME=PATH, a name inside of the folder and a file that is there."
            )
    limits = _asked(lambda: words.tolerances(told.tolerance))
    try:
        proof = prove(told.notebook, files, limits, told=_on_the_way)
    except NotebookRefused as error:
        raise Refused(str(error)) from error
    if told.json:
        print(json.dumps(asdict(proof), indent=2, ensure_ascii=False))
    else:
        _say(shown.proof(proof))
    return 0 if proof.state is Mark.PROVEN else 1


def _generate(told: argparse.Namespace) -> int:
    from andon_sdk.link.generate import source  # noqa: PLC0415

    analysis = _sound(told.notebook)
    text = _asked(lambda: source(analysis.graph))
    if told.into is None:
        print(text, end="")
    else:
        told.into.write_text(text, "utf-8")
        print(f"{told.into} is written.")
    return 0


def _search(told: argparse.Namespace) -> int:
    from andon_sdk.link import shown  # noqa: PLC0415
    from andon_sdk.link.search import search  # noqa: PLC0415

    analysis = _sound(told.notebook)
    meant, tried = _asked(lambda: words.trials(told, analysis.graph))
    folder = told.notebook.parent / words.CACHE
    came = _asked(
        lambda: search(
            analysis, tried, told.metric, greatest=told.greatest, folder=folder, at_once=told.at_once,
            told=lambda trial: print(f"trial {trial.number} ended", file=sys.stderr),
        )
    )  # fmt: skip
    _say(shown.found(came, meant))
    return 0 if came.best is not None else 1


def _asked(work: Callable[[], T]) -> T:
    """Raises `Refused` for parameters that cannot be, and for what is no pipeline."""
    from andon_sdk.link.generate import NotWritten  # noqa: PLC0415
    from andon_sdk.link.given import ParameterRefused  # noqa: PLC0415

    try:
        return work()
    except (ParameterRefused, NotWritten) as error:
        raise Refused(str(error)) from error


def _on_the_way(steps: "tuple[Progress, ...]") -> None:
    """Who waits sees what runs; programs read the standard output alone."""
    running = [each.step for each in steps if each.state.value == "running"]
    if running:
        print(f"▶ {running[0]}", file=sys.stderr)


def _say(said: "Shown") -> None:
    print(said.text)
