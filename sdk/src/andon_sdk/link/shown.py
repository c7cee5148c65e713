"""What people are shown: each thing as HTML for a notebook and as text for a terminal, saying the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from andon_sdk.link.contracts import Analysis, Graph, Metrics, Severity
from andon_sdk.link.picture import picture, scatter, words
from andon_sdk.link.running import Failure, Outcome, Progress
from andon_sdk.link.search import Found, Range, Space
from andon_sdk.link.standing import Mark, Proof

_SIGNS = {
    Mark.UNPROVEN: ("○", "#6b7280"),
    Mark.PROVING: ("▶", "#1d4ed8"),
    Mark.PROVEN: ("✓", "#047857"),
    Mark.DIFFERS: ("≠", "#b45309"),
    Mark.FAILED: ("✗", "#b91c1c"),
}
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing, twice."""

    html: str
    text: str

    def __add__(self, other: "Shown") -> "Shown":
        return Shown(self.html + other.html, "\n\n".join(part for part in (self.text, other.text) if part))


NOTHING = Shown("", "")


def steps(graph: Graph, progress: Sequence[Progress]) -> Shown:
    """The picture."""
    return Shown(picture(graph, progress), words(graph, progress))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> Shown:
    """Rows under a head. Columns are as wide as they must be in text."""
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    html = (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{_cells('th', head)}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
    wide = [max(len(each) for each in column) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(each.ljust(width) for each, width in zip(row, wide, strict=True)).rstrip() for row in (head, *rows)
    ]
    return Shown(html, "\n".join([caption, *lines]))


def _cells(kind: str, row: Sequence[str]) -> str:
    scope = ' scope="col"' if kind == "th" else ""
    return "".join(f'<{kind}{scope} style="text-align:left">{escape(each)}</{kind}>' for each in row)


def findings(analysis: Analysis) -> Shown:
    """What is wrong, by cell."""
    if not analysis.findings:
        return _line("✓", "#047857", "Nothing found: a pipeline can be made of it.")
    rows = [
        (str(each.cell), str(each.line), each.severity.value, each.rule, f"{each.what} {each.why}", each.fix)
        for each in analysis.findings
    ]
    errors = sum(each.severity is Severity.ERROR for each in analysis.findings)
    caption = f"{len(rows)} found, {errors} of them in the way of a pipeline."
    return table(("cell", "line", "severity", "rule", "what", "fix"), rows, caption)


def numbers(metrics: Metrics) -> Shown:
    if not metrics:
        return NOTHING
    return table(("metric", "value"), [(name, f"{value:.8g}") for name, value in metrics.items()], "Metrics")


def failure(broke: Failure) -> Shown:
    """Why a run broke off, and the last that was printed."""
    said = _line("✗", "#b91c1c", str(broke))
    if not broke.printed.strip():
        return said
    return said + Shown(f"<pre>{escape(broke.printed.strip())}</pre>", broke.printed.strip())


def outcome(graph: Graph, came: Outcome) -> Shown:
    """A run that has ended."""
    last = failure(came.failure) if came.failure else numbers(came.metrics)
    return steps(graph, came.progress) + last


def proof(made: Proof) -> Shown:
    """The mark, and why it is none."""
    sign, colour = _SIGNS[made.state]
    facts = [f"against {'its own outputs' if made.against == 'outputs' else 'a first run'}"] if made.against else []
    facts += [f"network {made.network}"] if made.network else []
    facts += [f"{made.seconds:.1f} s"] if made.seconds else []
    said = _line(sign, colour, f"{made.state.value} ({', '.join(facts)})" if facts else made.state.value)
    if made.failure:
        return said + Shown(f"<p>{escape(made.failure)}</p>", made.failure)
    if not made.differences:
        return said + numbers(made.metrics)
    rows = [
        (each.metric, f"{each.notebook:.8g}", "none" if each.proof is None else f"{each.proof:.8g}", each.cause)
        for each in made.differences
    ]
    return said + table(("metric", "notebook", "proof", "probable cause"), rows, "What came out otherwise")


def _line(sign: str, colour: str, said: str) -> Shown:
    return Shown(f'<p><strong style="color:{colour}">{sign}</strong> {escape(said)}</p>', f"{sign} {said}")


def found(search: Found, meant: Space) -> Shown:
    """A search's trials, the best first, and a picture for each parameter of numbers."""
    keys = list(meant)
    rows = []
    for trial in search.ranked[:_MOST_ROWS]:
        value = trial.metrics.get(search.metric)
        said = "cancelled" if trial.cancelled else str(trial.failure) if trial.failure else ""
        values = [str(trial.parameters[key]) for key in keys]
        number = "" if value is None else f"{value:.8g}"
        rows.append((str(trial.number), *values, number, f"{trial.seconds:.2f}", str(trial.cached), said))
    done = sum(search.metric in trial.metrics for trial in search.trials)
    left = len(search.trials) - _MOST_ROWS
    more = f" The {left} worst are not shown." if left > 0 else ""
    way = "greatest" if search.greatest else "least"
    caption = f"{done} of {search.asked} trials ended with {search.metric}; the {way} first.{more}"
    shown = table(("trial", *keys, search.metric, "seconds", "cached steps", ""), rows, caption) if rows else NOTHING
    return shown + Shown("".join(_pictures(search, meant)), "")


def _pictures(search: Found, meant: Space) -> list[str]:
    """Their values are in the table, for who sees no pictures."""
    trials = [trial for trial in search.trials if search.metric in trial.metrics]
    varied = [key for key, each in meant.items() if isinstance(each, Range) or len(each) > 1]
    if not trials:
        return []
    best = search.best
    return [
        scatter(
            key,
            search.metric,
            [(trial.parameters[key], trial.metrics[search.metric]) for trial in trials],
            (best.parameters[key], best.metrics[search.metric]) if best else None,
        )
        for key in varied
    ]
