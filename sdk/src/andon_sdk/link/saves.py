"""Watching a notebook's file: each save is compiled at once, and proven when that is asked for."""

import threading
from collections.abc import Callable
from html import escape
from pathlib import Path

from andon_sdk.link import shown
from andon_sdk.link.contracts import Analysis
from andon_sdk.link.findings import analyse
from andon_sdk.link.generate import NotWritten, written
from andon_sdk.link.proving import prove
from andon_sdk.link.reading import NotebookRefused, read
from andon_sdk.link.shown import Shown
from andon_sdk.link.standing import Mark, standing

EVERY_S = 1.0


def compiled(path: Path) -> tuple[Analysis | None, Shown]:
    """What the saved notebook says, and how it stands, for people."""
    try:
        analysis = analyse(read(path))
    except NotebookRefused as error:
        return None, Shown(f"<p>✗ {escape(str(error))}</p>", f"✗ {error}")
    if not analysis.sound:
        return analysis, shown.findings(analysis)
    try:
        written(analysis.graph)
    except NotWritten as error:
        return None, Shown(f"<p>✗ {escape(str(error))}</p>", f"✗ {error}")
    mark = shown.proof(standing(analysis))
    return analysis, mark + (shown.findings(analysis) if analysis.findings else shown.NOTHING)


class Watch:
    """A thread that looks at a file each second. `told` is called with what is to be shown, from that thread."""

    def __init__(self, told: Callable[[Shown], None]) -> None:
        self._told = told
        self._path: Path | None = None
        self._seen: tuple[int, int] | None = None
        self._over = threading.Event()
        self.auto = False
        """Whether each save that can be proven is."""
        self._thread = threading.Thread(target=self._watch, name="notebook's saves", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Waits for what is being compiled; a proof that runs is waited for too."""
        self._over.set()
        self._thread.join()

    def look_at(self, path: Path) -> None:
        """From now on, this file."""
        self._path, self._seen = path, None

    def again(self) -> None:
        """As if it had just been saved."""
        self._seen = None

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            path = self._path
            if path is None:
                continue
            try:
                self._look(path)
            except Exception as error:  # noqa: BLE001 - the next save is looked at all the same, and people are told
                self._told(Shown(f"<p>✗ {escape(str(error))}</p>", f"✗ {error}"))

    def _look(self, path: Path) -> None:
        try:
            facts = path.stat()
        except OSError:  # between two writes of an editor, or moved away: it is looked for again
            return
        seen = (facts.st_mtime_ns, facts.st_size)
        if seen == self._seen:
            return
        self._seen = seen
        analysis, said = compiled(path)
        self._told(said)
        if self.auto and analysis is not None and analysis.sound and standing(analysis).state is Mark.UNPROVEN:
            self._told(shown.proof(prove(path, told=lambda steps: self._told(shown.steps(analysis.graph, steps)))))
