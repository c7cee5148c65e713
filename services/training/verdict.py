"""What the verdict on a range means for a run, and how it is kept with one."""

from collections.abc import Sequence
from typing import Any

from services.kernel.rights import Permission, Principal
from services.suitability.contracts import SEVERITY, Fitness, Suitability
from services.training.contracts import Calibration, Fared, JudgedFactor, RangeVerdict, StartRun
from services.training.errors import OverrideInvalid, RangeDoesNotFit

LONGEST_REASON = 500


def check_verdict(principal: Principal, command: StartRun, judged: Suitability | None) -> str | None:
    """The reason to be kept, where a verdict is overridden. Raises `RangeDoesNotFit`, `OverrideInvalid`, and
    `Forbidden` for an override by somebody without the right to edit blueprints."""
    if judged is None or judged.verdict is not Fitness.DOES_NOT_FIT:
        return None
    if command.override_reason is None:
        worst = next((one for one in judged.factors if one.verdict is Fitness.DOES_NOT_FIT), None)
        sentence = worst.sentence if worst else "Too many assets of the fleet do not fit."
        raise RangeDoesNotFit(
            f"The range does not suit: {sentence} Choose another range; an engineer may override this with a reason.",
            field="start",
            factor=worst.code if worst else None,
            sentence=sentence,
            betterStart=judged.better.start.isoformat() if judged.better else None,
            betterEnd=judged.better.end.isoformat() if judged.better else None,
        )
    principal.require(Permission.EDIT_BLUEPRINTS)
    reason = command.override_reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise OverrideInvalid(
            f"Say in 1 to {LONGEST_REASON} characters why this range is to be taken.", field="overrideReason"
        )
    return reason


def verdict_to_json(judged: Suitability) -> dict[str, Any]:
    return {
        "verdict": judged.verdict.value,
        "rows": judged.rows,
        "factors": [
            {
                "code": one.code,
                "verdict": one.verdict.value,
                "value": one.value,
                "care": one.care,
                "refuse": one.refuse,
                "sentence": one.sentence,
            }
            for one in judged.factors
        ],
    }


def verdict_from_json(body: dict[str, Any]) -> RangeVerdict:
    factors = tuple(JudgedFactor(**{**one, "verdict": Fitness(one["verdict"])}) for one in body["factors"])
    return RangeVerdict(Fitness(body["verdict"]), body["rows"], factors)


def calibrated(fared: Sequence[Fared]) -> Calibration:
    assets = sum(one.assets for one in fared)
    said = sum(one.assets - one.passed if one.verdict is Fitness.DOES_NOT_FIT else one.passed for one in fared)
    ordered = tuple(sorted(fared, key=lambda one: SEVERITY.index(one.verdict)))
    return Calibration(assets, said / assets if assets else None, ordered)
