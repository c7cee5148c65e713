"""`%load_ext andon_sdk.link`: the pipeline of the notebook that is open, from inside of it."""

import argparse
import json
import os
import shlex
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from andon_sdk.link import shown, words
from andon_sdk.link.contracts import Analysis
from andon_sdk.link.findings import analyse
from andon_sdk.link.generate import NotWritten, source
from andon_sdk.link.given import ParameterRefused
from andon_sdk.link.proving import prove
from andon_sdk.link.reading import NotebookRefused, read
from andon_sdk.link.running import Progress, known, run
from andon_sdk.link.saves import Watch
from andon_sdk.link.search import Trial, search
from andon_sdk.link.shown import Shown
from andon_sdk.link.standing import standing
from andon_sdk.link.stored import MIME

_STATUS = f"andon-link-{os.getpid()}"


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(f"%link {message}\n{self.format_usage()}")


@magics_class
class LinkMagics(Magics):
    """`%link`, and what happens at each save."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._names = shell.user_ns
        self._path: Path | None = None
        self._parser = self._words()
        self.watch = Watch(lambda said: _show(said, _STATUS, update=True))

    @line_magic
    def link(self, line: str) -> None:
        """%link graph | check | run | prove | generate | search | deploy | auto, of the notebook as it is saved."""
        try:
            told, rest = self._parser.parse_known_args(shlex.split(line))
            told.words = rest
            if rest and told.word != "deploy":
                self._parser.error(f"it knows nothing of {' '.join(rest)}")
        except ValueError as error:
            raise UsageError(f"%link: {error}.") from error
        if told.file is not None:
            self._named(told.file)
        if told.word is None:
            return _show(shown.proof(standing(self._analysis())))
        try:
            told.action(told)
        except (ParameterRefused, NotWritten, NotebookRefused) as error:
            raise UsageError(str(error)) from error
        return None

    def _words(self) -> _Words:
        parser = _Words("%link", description="Compile, run and prove the notebook as it is saved.", add_help=False)
        parser.add_argument("--file", type=Path, help="the notebook, where the kernel does not say")
        steps = parser.add_subparsers(dest="word", metavar="WORD", parser_class=_Words)

        def word(name: str, action: Callable[[argparse.Namespace], None], said: str) -> argparse.ArgumentParser:
            step = steps.add_parser(name, help=said, add_help=False)
            step.set_defaults(action=action)
            return step

        word("graph", self._graph, "The steps, and what is known of them")
        word("check", self._check, "What is wrong with it")
        words.run_words(word("run", self._run, "Run what has changed"))
        words.prove_words(word("prove", self._prove, "Let a clean process make its numbers once more"))
        into = word("generate", self._generate, "The pipeline as a module")
        into.add_argument("into", type=Path, nargs="?", help="a file; without one it is shown")
        words.search_words(word("search", self._search, "Try values of parameters"))
        word("deploy", self._deploy, "Make a package of it and register it")
        auto = word("auto", self._auto, "Prove each save by itself")
        auto.add_argument("on", choices=("on", "off"))
        return parser

    def _named(self, path: Path) -> None:
        path = path.expanduser().resolve()
        if not path.is_file():
            raise UsageError(f"{path} is no file: name the notebook, %link --file work.ipynb.")
        self._path = path
        self.watch.look_at(path)

    def notebook(self) -> Path:
        """The file. Raises `UsageError` where nobody says which it is."""
        if self._path is None:
            said = os.environ.get("JPY_SESSION_NAME") or self._names.get("__vsc_ipynb_file__")
            if not said or not Path(said).is_file():
                raise UsageError("This kernel does not know its notebook's file. Say it once: %link --file work.ipynb")
            self._named(Path(said))
        assert self._path is not None
        return self._path

    def _analysis(self) -> Analysis:
        try:
            return analyse(read(self.notebook()))
        except NotebookRefused as error:
            raise UsageError(str(error)) from error

    def _sound(self) -> Analysis | None:
        """None, with what is wrong on the screen, where no pipeline can be made."""
        analysis = self._analysis()
        if analysis.sound:
            return analysis
        _show(shown.findings(analysis))
        return None

    def _cache(self) -> Path:
        return self.notebook().parent / words.CACHE

    def _graph(self, _: argparse.Namespace) -> None:
        analysis = self._analysis()
        stands = known(analysis.graph, None, self._cache(), analysis.notebook) if analysis.sound else ()
        _show(shown.steps(analysis.graph, stands))

    def _check(self, _: argparse.Namespace) -> None:
        _show(shown.findings(self._analysis()))

    def _run(self, told: argparse.Namespace) -> None:
        if (analysis := self._sound()) is None:
            return
        given = words.parameters(told.parameters, analysis.graph)
        live = _Live(analysis)
        live.last(shown.outcome(
            analysis.graph, run(analysis.graph, given, self._cache(), notebook=analysis.notebook, told=live.steps)
        ))  # fmt: skip

    def _prove(self, told: argparse.Namespace) -> None:
        analysis = self._analysis()
        live = _Live(analysis)
        live.last(shown.proof(prove(self.notebook(), tolerance=words.tolerances(told.tolerance), told=live.steps)))

    def _generate(self, told: argparse.Namespace) -> None:
        if (analysis := self._sound()) is None:
            return
        text = source(analysis.graph)
        if told.into is None:
            print(text)
        else:
            told.into.write_text(text, "utf-8")
            print(f"{told.into} is written.")

    def _search(self, told: argparse.Namespace) -> None:
        if (analysis := self._sound()) is None:
            return
        meant, tried = words.trials(told, analysis.graph)
        live, done = _Live(analysis), list[Trial]()

        def ended(trial: Trial) -> None:
            done.append(trial)
            live.show(Shown(f"<p>{len(done)} of {len(tried)} trials</p>", f"{len(done)} of {len(tried)} trials"))

        came = search(
            analysis,
            tried,
            told.metric,
            greatest=told.greatest,
            folder=self._cache(),
            at_once=told.at_once,
            told=ended,
        )
        live.last(shown.found(came, meant))

    def _deploy(self, told: argparse.Namespace) -> None:
        from andon_sdk.command import main  # noqa: PLC0415 - what it needs may not be installed

        main(["link", "deploy", str(self.notebook()), *told.words])

    def _auto(self, told: argparse.Namespace) -> None:
        self.notebook()
        self.watch.auto = told.on == "on"
        self.watch.again()
        print("Each save is proven." if self.watch.auto else "Saves are compiled; %link prove proves.")

    def ran(self, result: ExecutionResult) -> None:
        """After each cell: the numbers of a cell of metrics are kept in the notebook with all their digits."""
        if not result.success or result.info is None or self._path is None:
            return
        try:
            analysis = analyse(read(self._path))
        except NotebookRefused:  # what is wrong is said at each save
            return
        metrics = analysis.graph.metrics
        cell = result.info.raw_cell.strip()
        if metrics is None or not any(
            each.source.strip() == cell for each in analysis.notebook.cells if each.number in metrics.cells
        ):
            return
        bound = {name: self._names[name] for name in metrics.gives if name in self._names}
        found = {
            name: float(value)
            for name, value in bound.items()
            if hasattr(value, "__float__") and not getattr(value, "ndim", 0)
        }
        if found:
            said = shown.numbers(found)
            display({MIME: json.loads(json.dumps(found)), "text/html": said.html, "text/plain": said.text}, raw=True)


class _Live:
    """One output that changes while something runs."""

    def __init__(self, analysis: Analysis) -> None:
        self._graph, self._handle = analysis.graph, display(_data(shown.NOTHING), raw=True, display_id=True)

    def steps(self, progress: tuple[Progress, ...]) -> None:
        self.show(shown.steps(self._graph, progress))

    def show(self, said: Shown) -> None:
        assert self._handle is not None
        self._handle.update(_data(said), raw=True)

    last = show


def _data(said: Shown) -> dict[str, str]:
    return {"text/html": said.html, "text/plain": said.text or " "}


def _show(said: Shown, name: str | None = None, *, update: bool = False) -> None:
    if update:
        display(_data(said), raw=True, display_id=name, update=True)
    else:
        display(_data(said), raw=True, display_id=name)


def step_lines(lines: list[str]) -> list[str]:
    """A cell that begins with `%%step name` is plain code: the line only tags it."""
    return [f"# {lines[0]}", *lines[1:]] if lines and lines[0].startswith("%%step") else lines


def load(shell: InteractiveShell) -> None:
    """Adds `%link` and `%%step`, and begins to watch the notebook's file."""
    magics = LinkMagics(shell)
    shell.register_magics(magics)
    shell.input_transformers_cleanup.append(step_lines)
    shell.events.register("post_run_cell", magics.ran)
    _LOADED[id(shell)] = magics
    try:
        path = magics.notebook()
    except UsageError as error:
        _show(Shown(f"<p>{escape(str(error))}</p>", str(error)), _STATUS)
    else:
        _show(Shown(f"<p>{escape(path.name)} is watched.</p>", f"{path.name} is watched."), _STATUS)
    magics.watch.start()


def unload(shell: InteractiveShell) -> None:
    """Takes away what `load` added."""
    magics = _LOADED.pop(id(shell))
    magics.watch.end()
    shell.events.unregister("post_run_cell", magics.ran)
    shell.input_transformers_cleanup.remove(step_lines)
    del shell.magics_manager.magics["line"]["link"]


_LOADED: dict[int, LinkMagics] = {}
