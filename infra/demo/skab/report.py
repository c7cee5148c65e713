"""What the demo found, beside what others published."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from infra.demo.skab.story import Report

PUBLISHED = {
    "Conv-AE (all files, 58 rows of look-ahead)": (0.78, 0.136, 0.280, None),
    "T2+Q (all files)": (0.76, 0.266, 0.249, None),
    "LSTM-AE (all files, 8 rows of look-ahead)": (0.74, 0.300, 0.259, None),
    "Isolation forest (all files)": (0.29, 0.026, 0.829, None),
    "T2+Q, causal, valve1": (0.76, None, None, 0.789),
    "T2+Q, causal, valve2": (0.72, None, None, 0.722),
}
"""F1, false alarms, misses, mean AUC: the benchmark's leaderboard, and T2+Q as we measured it without look-ahead."""


def table(report: Report) -> Table:
    """The results and the published figures, one row each."""
    shown = Table(title="SKAB, rows after the 400 training rows, causal scores")
    for column in ("group", "sensors missing", "F1", "false alarms", "missed", "mean AUC"):
        shown.add_column(column, justify="left" if column == "group" else "right")
    for result in report.results:
        found = result.quality
        shown.add_row(
            result.group, f"{result.missing} of 8", *_figures((found.f1, found.false_alarms, found.misses, found.auc))
        )
    shown.add_section()
    for name, figures in PUBLISHED.items():
        shown.add_row(name, "0 of 8", *_figures(figures))
    return shown


def as_json(report: Report) -> dict[str, Any]:
    return {"ok": True, **asdict(report)}


def _figures(figures: tuple[float | None, ...]) -> tuple[str, ...]:
    f1, false_alarms, misses, auc = figures
    shares = tuple("" if share is None else f"{100 * share:.1f} %" for share in (false_alarms, misses))
    return ("" if f1 is None else f"{f1:.3f}", *shares, "" if auc is None else f"{auc:.3f}")
