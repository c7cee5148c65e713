"""The proof: a clean process, knowing nothing of the kernel, makes the notebook's own numbers once more.

The pipeline runs from an empty cache in an empty folder. At least two runs that know nothing of each other have to
agree, with other seeds: the notebook's own, whose numbers its file keeps, and this; or two of these. A result that is
not the code's alone is found out that way. What a run may read are the files that the notebook names, by digest.
"""

import math
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from andon_sdk.link.cache import file_digest, said
from andon_sdk.link.causes import of_failure, of_two_runs, of_wrong_number
from andon_sdk.link.contracts import Analysis, Role, Severity
from andon_sdk.link.findings import analyse
from andon_sdk.link.generate import NotWritten, content, written
from andon_sdk.link.given import complete
from andon_sdk.link.plain import plain
from andon_sdk.link.process import Place, ProcessEnded, StepsProcess
from andon_sdk.link.reading import read
from andon_sdk.link.running import Outcome, Told, run
from andon_sdk.link.standing import Difference, Mark, Proof, files_named, keep, key_of, tolerances
from andon_sdk.link.stored import Stored, stored

LIMIT_S = 1800.0
"""Of one step."""


def prove(
    notebook: Path | str,
    files: Mapping[str, Path] | None = None,
    tolerance: Mapping[str, float] | None = None,
    *,
    limit_s: float = LIMIT_S,
    told: Told | None = None,
) -> Proof:
    """Proves the notebook as it is saved, and keeps the mark beside it.

    `files` are put before the steps under their names, beside those that the code names. `tolerance` is relative, by
    metric. Whatever is wrong with the notebook is told by the proof; raises `NotebookRefused` for what is none.
    """
    path = Path(notebook)
    analysis = analyse(read(path))
    folder = path.resolve().parent
    here = {name: folder / name for name in files_named(analysis)} | dict(files or {})
    digests = {name: file_digest(each) for name, each in sorted(here.items())}
    limits = tolerances(analysis, tolerance)
    try:
        begun = Proof(
            Mark.PROVING,
            key_of(analysis, limits, digests),
            content(analysis.graph),
            tolerance=limits,
            files=digests,
            snapshot=said(digests) if digests else "",
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            process=os.getpid(),
        )
    except NotWritten as error:
        return _kept(path, Proof(Mark.FAILED, "", failure=str(error)))
    wrong = _wrong(analysis)
    if wrong:
        return _kept(path, replace(begun, state=Mark.FAILED, failure=wrong, process=None))
    keep(path, begun)
    began = time.perf_counter()
    try:
        proof = _Trial(analysis, begun, Place(walled=True, files=here, limit_s=limit_s), told).judged()
    except BaseException:
        keep(path, replace(begun, state=Mark.UNPROVEN, process=None))
        raise
    return _kept(path, replace(proof, seconds=time.perf_counter() - began, process=None))


def _kept(path: Path, proof: Proof) -> Proof:
    keep(path, proof)
    return proof


def _wrong(analysis: Analysis) -> str:
    """Why no proof is tried."""
    found = next((each for each in analysis.findings if each.severity is Severity.ERROR), None)
    if found is not None:
        return f"Cell {found.cell}, line {found.line}: {found.what} {found.fix}"
    if analysis.graph.metrics is None or not analysis.graph.metrics.gives:
        return "It has no metrics to be held against: tag a cell `metrics` and bind numbers in it."
    return ""


class _Trial:
    def __init__(self, analysis: Analysis, begun: Proof, place: Place, told: Told | None) -> None:
        self._analysis, self._begun, self._place, self._told = analysis, begun, place, told

    def judged(self) -> Proof:
        first = self._run(1)
        proof = replace(self._begun, metrics=first.metrics, network="shut off" if first.shut_off else "not shut off")
        if first.failure is not None:
            cause = of_failure(first.failure, self._analysis)
            return replace(proof, state=Mark.FAILED, failure=f"{first.failure}. {cause}".strip())
        if not first.metrics:
            return replace(proof, state=Mark.FAILED, failure="Nothing that its metrics bind is a number.")
        own, against = stored(self._analysis), "outputs"
        if own and self._same(own, first) and set(first.metrics) <= set(own):
            second = first  # two processes that knew nothing of each other agree: the notebook's and this
        elif own:
            second = self._run(2)
        else:
            try:
                own, against = self._as_notebook(2), "first run"
            except ProcessEnded as ended:
                failure = f"The pipeline runs, and the cells one after the other in one process do not: {ended}"
                return replace(proof, state=Mark.FAILED, failure=failure)
            second = first if self._same(own, first) else self._run(3)
        if second.failure is not None:
            failure = f"A second run failed where the first did not. {second.failure}"
            return replace(proof, state=Mark.FAILED, failure=failure)
        differences = tuple(self._differences(own, first, second))
        return replace(
            proof,
            state=Mark.DIFFERS if differences else Mark.PROVEN,
            notebook={name: each.value for name, each in own.items()},
            against=against,
            differences=differences,
        )

    def _run(self, seed: int) -> Outcome:
        with TemporaryDirectory(prefix="andon-link-") as cache:
            notebook, told = self._analysis.notebook, self._told
            return run(
                self._analysis.graph, {}, Path(cache), notebook=notebook, told=told, seed=seed, place=self._place
            )

    def _as_notebook(self, seed: int) -> dict[str, Stored]:
        """Metrics of all cells in one namespace, from the top to the bottom, as the notebook runs them."""
        graph, notebook = self._analysis.graph, self._analysis.notebook
        assert graph.metrics is not None
        cells = [
            (each.role.value if each.role is not Role.STEP else f"{each.step}", plain(each.source).source)
            for each in notebook.cells
            if each.role is not Role.SKIP
        ]
        asked = {"cells": cells, "parameters": complete(graph, {}), "gives": graph.metrics.gives}
        with (
            TemporaryDirectory(prefix="andon-link-") as values,
            StepsProcess(graph, written(graph), Path(values), seed, self._place) as process,
        ):
            answer = process.ask("whole", **asked)
        if "failed" in answer:
            raise ProcessEnded(f"{answer['failed']['kind']}: {answer['failed']['message']}")
        return {name: Stored(float(value)) for name, value in answer["metrics"].items()}

    def _same(self, own: Mapping[str, Stored], outcome: Outcome) -> bool:
        return not any(self._far(name, each, outcome.metrics.get(name)) for name, each in own.items())

    def _far(self, name: str, own: Stored, value: float | None) -> bool:
        if value is None:
            return True
        if math.isnan(own.value) or math.isnan(value):
            return math.isnan(own.value) != math.isnan(value)
        limit = self._begun.tolerance[name] * max(abs(own.value), abs(value)) + own.slack
        return own.value != value and not abs(own.value - value) <= limit

    def _differences(self, own: Mapping[str, Stored], first: Outcome, second: Outcome) -> list[Difference]:
        found: list[Difference] = []
        for name, value in first.metrics.items():
            other = second.metrics.get(name)
            if self._far(name, Stored(value), other):
                notebook = own.get(name, Stored(value)).value
                cause = of_two_runs(name, first, second, self._analysis)
                found.append(Difference(name, notebook, other if notebook == value else value, cause))
        named = {each.metric for each in found}
        for name, each in own.items():
            if name not in named and self._far(name, each, first.metrics.get(name)):
                cause = of_wrong_number(name, self._analysis)
                found.append(Difference(name, each.value, first.metrics.get(name), cause))
        return found
