"""What the fleet's life came to."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from infra.demo.fleet.story import Report


def table(report: Report) -> Table:
    shown = Table(title="A row a machine and second, one sensor in ten silent")
    for column in ("tenant", "machines", "served", "rows sent", "answered", "doubled", "by shadows", "swapped"):
        shown.add_column(column, justify="left" if column == "tenant" else "right")
    for one in report.counted:
        figures = one.assets, one.served, one.sent, one.answered, one.doubled, one.shadowed, one.swapped
        shown.add_row(one.tenant, *(f"{figure:,}" for figure in figures))
    return shown


def lines(report: Report) -> list[str]:
    """The rest in words."""
    models = sum(one.served for one in report.counted)
    told = [f"{name}: {seconds:.1f} s" for name, seconds in report.stages.items()]
    trained = report.stages["first models trained"]
    told.append(f"{models / trained:.1f} machines a second from the start of a run to verified versions")
    told.append(
        f"from acknowledged to visible: median {report.delay_ms[0]:.0f} ms, 95 % within {report.delay_ms[1]:.0f} ms; "
        f"rows were sent at most {max(one.behind_s for one in report.counted):.1f} s late"
    )
    gib = [size / 2**30 for size in report.memory]
    told.append(f"memory of the whole installation: {gib[0]:.2f} GiB at first, {max(gib):.2f} GiB at most")
    return told


def as_json(report: Report) -> dict[str, Any]:
    return {"ok": report.whole, **asdict(report)}
