"""The reference of the alarm budget is what the code does."""

from pathlib import Path

from services.monitoring import budget, lines

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_limits_stand_as_they_are():
    page = (DOCS / "reference/alarm-budget.md").read_text("utf-8")
    for said in (
        f"the budget: {budget.USUAL.per_hour:g} unless said, up to {budget.MOST_PER_HOUR:g} |",
        f"not members: {budget.USUAL.operators} unless said, up to {budget.MOST_OPERATORS} |",
        f"1 to {budget.LONGEST_HOURS})",
    ):
        assert said in page, said
    words = {3: "three", 5: "five"}
    assert f"the {words[budget.OFFENDERS]} pairs of asset and rule" in page
    guide = (DOCS / "how-to/operator.md").read_text("utf-8")
    assert f"up\nto {words[lines.HOLDERS]}: alarms first" in guide
