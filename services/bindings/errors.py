"""What can be wrong with what is asked of bindings."""

from services.kernel.errors import Conflict, NotFound


class RuleNotFound(NotFound):
    code = "RULE_NOT_FOUND"


class RuleExists(Conflict):
    """There is a rule with this blueprint and label query. Facts: `rule`."""

    code = "RULE_EXISTS"
