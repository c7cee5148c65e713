"""What a run found about an asset beside its gates: nothing of it stops a version. Pure functions."""

from services.training.cluster.messages import Measured
from services.training.contracts import Finding
from services.training.gates import LIMITS


def findings(measured: Measured) -> list[Finding]:
    """In the order people read them; empty where there is nothing to tell."""
    return [one for one in (labels(measured), old_ground(measured)) if one is not None]


def labels(measured: Measured) -> Finding | None:
    """What labelled events did for the alarm threshold, each told by a threshold that the others chose."""
    events, found, before = measured.label_events, measured.label_found, measured.label_found_before
    if not events or found is None or before is None:
        return None
    if events == 1:
        sentence = (
            "1 labelled event was kept out of what is normal; from the second on it is measured what labels change."
        )
        return Finding("labels", float(found), float(before), None, sentence)
    sentence = f"{events} labelled events: {found} of {events} found instead of {before}, {_false_alarms(measured)}."
    return Finding("labels", float(found), float(before), None, sentence)


def old_ground(measured: Measured) -> Finding | None:
    """What an update remembers of the rows its champion was trained on."""
    after, before = measured.old_quality_after, measured.old_quality_before
    if after is None or before is None:
        return None
    limit = before - LIMITS.champion_margin
    told = "nothing is forgotten" if after >= limit else "something is forgotten; train on a range that holds both"
    sentence = (
        f"On {measured.remembered_rows} rows from before, which the update did not learn from, quality is {after:.2f} "
        f"against the champion's {before:.2f}: {told}."
    )
    return Finding("old_ground", after, before, limit, sentence)


def _false_alarms(measured: Measured) -> str:
    before = measured.label_false_alarm_share_before
    if before is None or abs(measured.false_alarm_share - before) < 0.0005:
        return "false alarms unchanged"
    return f"false alarms {measured.false_alarm_share:.1%} instead of {before:.1%} of the newest rows"
