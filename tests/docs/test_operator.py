"""What the operator is told of times is what the rules say."""

from pathlib import Path

from services.monitoring.model import CASE_QUIET

OPERATOR = (Path(__file__).resolve().parents[2] / "docs/how-to/operator.md").read_text("utf-8")


def test_the_quiet_time_of_a_case_stands_as_it_is():
    hours = f"{CASE_QUIET.total_seconds() / 3600:.0f}"
    assert f"closes by itself after {hours} quiet hours" in OPERATOR
    assert f"returns within {hours} hours of" in " ".join(OPERATOR.split())
