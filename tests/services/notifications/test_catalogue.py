"""What is told of a retraining and of new models, in words."""

from datetime import UTC, datetime

import pytest

from services.assets.contracts import Asset
from services.kernel.ids import global_id, new_id
from services.notifications import catalogue
from services.training.contracts import Run, RunState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def machine(number: int, title: str | None = None) -> Asset:
    return Asset(new_id(), f"press-{number}", title or f"Press {number}", "Suwon", "Line 1", new_id(), NOON)


def run(state: RunState) -> Run:
    return Run(
        id=new_id(), blueprint="b", blueprint_version="1", declared_id=None, asset_count=2, start=NOON, end=NOON,
        parameters={}, seed=0, state=state, progress=1.0, message="Two assets were judged.", snapshot_digest=None,
        created_by="Ana", created_at=NOON, started_at=NOON, ended_at=NOON, stages={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "ended"),
    [
        (RunState.SUCCEEDED, "finished"),
        (RunState.STOPPED, "was stopped by its gates"),
        (RunState.FAILED, "failed"),
        (RunState.CANCELLED, "was cancelled"),
    ],
)
def test_a_run_is_told_with_its_end_and_its_page(state, ended):
    ended_run, one = run(state), machine(1)
    words = catalogue._run_words(ended_run, {})([one])
    assert words.headline == f"Retraining of Press 1 {ended}"
    assert words.detail == "Started by Ana at 2026-03-01 12:00 UTC. Two assets were judged."
    assert words.path == f"/runs/{global_id('Run', ended_run.id)}"


def test_a_run_names_who_was_stopped_and_by_which_gate():
    machines = [machine(number) for number in range(8)]
    stopped = {each.id: "Held-out loss 0.8 is above 0.5." for each in machines}
    words = catalogue._run_words(run(RunState.STOPPED), stopped)(machines)
    assert words.headline == "Retraining of 8 machines was stopped by its gates"
    told = words.detail.splitlines()[1:]
    assert told == [f"Press {number}: Held-out loss 0.8 is above 0.5." for number in range(5)]


def test_new_models_are_one_message_however_many():
    words = catalogue._challenger_words([machine(number) for number in range(1000)])
    assert (words.headline, words.path) == ("New model for 1,000 machines waits for promotion", "/")
    assert len(words.detail.splitlines()) == 6
    one = catalogue._challenger_words([machine(7, "Press\r\nseven")])
    assert (one.headline, one.path) == ("New model for Press seven waits for promotion", "/assets/press-7")
