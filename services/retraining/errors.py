"""What can be wrong with what is asked of retraining."""

from services.kernel.errors import Conflict, Invalid, NotFound


class PlanNotFound(NotFound):
    code = "RETRAINING_PLAN_NOT_FOUND"


class PlanInvalid(Invalid):
    """`field` says which part; the sentence what it may be."""

    code = "RETRAINING_PLAN_INVALID"


class PlanExists(Conflict):
    """Another plan has the name. Facts: `plan`."""

    code = "RETRAINING_PLAN_EXISTS"
