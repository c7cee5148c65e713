"""One sentence for each finding."""

from services.drift.contracts import DriftState, Finding, Middle

_OF_SILENT = {
    Finding.MISSING: "The newest rows have no value of it.",
    Finding.FEW_ROWS: "The newest rows have too few values of it to compare.",
    Finding.STILL: "It stands still: it moved in the rows the champion was trained on.",
    Finding.NO_REFERENCE: "The rows the champion was trained on have too few values of it to compare with.",
    Finding.WAITING: "The champion has not answered long enough to know its usual scores.",
}


def sentence(
    state: DriftState,
    finding: Finding,
    figure: float | None,
    limit: float | None,
    before: Middle | None,
    now: Middle | None,
    unit: str | None,
) -> str:
    if finding in _OF_SILENT:
        return _OF_SILENT[finding]
    if before is None or now is None or finding is Finding.NEVER_MOVED or figure is None or limit is None:
        return "It did not move in the rows the champion was trained on, so there is nothing to compare with." + (
            f" It was {before.median:.4g} then and is {now.median:.4g} now." if before and now else ""
        )
    beyond = f"{figure:.2f} spreads from before, where {limit:.2f} are usual"
    if finding is Finding.UNIT:
        return (
            f"The values look converted ({unit}): the median went from {before.median:.4g} to {now.median:.4g}, "
            f"{beyond}. Check the unit at its source."
        )
    if finding is Finding.SHIFTED:
        told = f"Its median went from {before.median:.4g} to {now.median:.4g}, {beyond}."
    elif finding is Finding.SPREAD:
        told = (
            f"Its values lie between {now.low:.4g} and {now.high:.4g}, before between {before.low:.4g} and "
            f"{before.high:.4g}: {beyond}."
        )
    else:
        told = f"It lies {figure:.2f} spreads from before; up to {limit:.2f} are usual."
        return f"{told} It counts as drift until it is well below the limit." if state is DriftState.DRIFT else told
    return told if state is DriftState.DRIFT else f"{told} That is once; at two looks in a row it is drift."
