"""What the demo found, beside the bounds of acceptance."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from infra.demo.arm.story import LABELLED, UNLABELLED, Report

BOUNDS = {UNLABELLED: 0.67, LABELLED: 0.86}
"""Area under the ROC curve over the later rows."""


def reached(report: Report) -> bool:
    """Whether every row was answered or refused, and every bound was reached."""
    whole = not report.stopped and report.sent == report.scored + report.refused
    return whole and all(report.results[key].auc >= bound for key, bound in BOUNDS.items())


def table(report: Report) -> Table:
    shown = Table(title="Protective stops and lost grips in the later rows, causal scores")
    for column in ("arm", "AUC", "bound", "F1", "false alarms", "missed"):
        shown.add_column(column, justify="left" if column == "arm" else "right")
    for key, found in report.results.items():
        rates = f"{found.f1:.3f}", f"{100 * found.false_alarms:.1f} %", f"{100 * found.misses:.1f} %"
        shown.add_row(key, f"{found.auc:.3f}", f"{BOUNDS[key]:.2f}", *rates)
    return shown


def as_json(report: Report) -> dict[str, Any]:
    return {"ok": reached(report), **asdict(report)}
