"""What the operator is told of times is what the rules say."""

from pathlib import Path

from services.events.model import LEAST_OF_REGIME
from services.monitoring.model import CASE_QUIET
from services.monitoring.regimes import MUTED_FOR

OPERATOR = (Path(__file__).resolve().parents[2] / "docs/how-to/operator.md").read_text("utf-8")


def test_the_quiet_time_of_a_case_stands_as_it_is():
    hours = f"{CASE_QUIET.total_seconds() / 3600:.0f}"
    assert f"closes by itself after {hours} quiet hours" in OPERATOR
    assert f"returns within {hours} hours of" in " ".join(OPERATOR.split())


def test_how_long_alarms_are_muted_and_when_a_machine_has_recovered_stand_as_they_are():
    text = " ".join(OPERATOR.split())
    assert f"That ends after {MUTED_FOR.days} days at most" in text
    assert LEAST_OF_REGIME == 0.5
    assert "at least half lie in the new regime" in text
